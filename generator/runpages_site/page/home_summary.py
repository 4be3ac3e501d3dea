"""Reduces an experiment to what the pages of the whole site need of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from heapq import nlargest, nsmallest
from itertools import compress
from typing import Any

from .. import family, goal, select, summaries, text
from ..model import ExperimentEntry, ExperimentSummary, RunSummary
from ..searched import NO_SEARCH, SearchEntry
from .components import Cell, began, fixed_one, status

LATEST = 10
"""Most runs in the list of latest runs."""

DAY = 86_400
SPARK_RUNS = 60
FAILING = ("failed", "silent")
"""Kinds of status that the home page explains."""
FAILING_RUNS = 5
"""Most runs in the list of failed ones."""
_LED_TO = ("running", "failed")


def entry_of(experiment: ExperimentSummary, search: SearchEntry = NO_SEARCH) -> ExperimentEntry:
    """The home page's entry of an experiment, whose runs are newest first; children count with their parents."""
    runs = family.own(experiment.runs)
    kinds = {word: status(word).kind for word in {run.status for run in runs}}
    failing = [run for run in runs if kinds[run.status] in FAILING]
    spans = (select.duration(began(run), run.ended) for run in runs)
    moments = [moment for run in runs if (moment := began(run)) is not None]
    writes = (run.last_write for run in experiment.runs if run.last_write is not None)
    return ExperimentEntry(
        path=experiment.path,
        name=text.brief(experiment.name),
        description=experiment.description and text.brief(experiment.description),
        runs=len(runs),
        counts=Counter(run.status or "" for run in runs),
        metric=experiment.metric,
        **_leading(experiment),
        latest=tuple(_short(run, experiment.metric) for run in _latest(runs, LATEST)),
        newest={kind: _short(run, None) for kind, run in _newest(runs, kinds)},
        began=max(moments, default=None),
        last_write=max(writes, default=None),
        spans=tuple(span for span in spans if span is not None),
        days=Counter(math.floor(moment / DAY) for moment in moments),
        failing=tuple(_short(run, None) for run in _latest(failing, FAILING_RUNS)),
        search=search,
        models=select.latest(model for run in experiment.runs for model in run.models),
        goal=experiment.goal,
    )


def _latest(runs: Sequence[RunSummary], count: int) -> list[RunSummary]:
    """So many runs, the last begun first; of all others only the time is looked at."""
    times = [began(run) or 0 for run in runs]
    least = min(nlargest(count, times), default=0)
    return nsmallest(count, compress(runs, (time >= least for time in times)), key=_newest_first)


def _newest_first(run: RunSummary) -> tuple[float, str]:
    return -(began(run) or 0), run.id


def _short(run: RunSummary, metric: str | None) -> RunSummary:
    """A run reduced to one metric, all that a row of the home page shows."""
    metrics = {metric: run.metrics[metric]} if metric is not None and metric in run.metrics else {}
    wide: dict[str, Any] = {"params": {}, "tags": {}, "metrics": metrics, "models": (), "note": ""}
    return RunSummary(**wide, **{one.name: getattr(run, one.name) for one in fields(run) if one.name not in wide})


def _newest(runs: Sequence[RunSummary], kinds: Mapping[str | None, str]) -> Iterator[tuple[str, RunSummary]]:
    for kind in _LED_TO:
        found = [run for run in runs if kinds[run.status] == kind]
        if found:
            yield kind, max(found, key=lambda run: began(run) or 0)


def _leading(experiment: ExperimentSummary) -> dict[str, Any]:
    """The best value of the main metric, and its course over the runs that compete; else the newest value, over all."""
    name = experiment.metric
    aim = goal.of_metric(experiment, name) if name is not None else goal.Goal(None)
    values = goal.Contest(experiment.runs).values(name or "", aim.aggregate)
    index = goal.best_index(values, aim.better)
    is_best = index is not None
    if index is None:
        aim = goal.Goal(None)
        values = [*summaries.values(experiment.runs, name or "", aim.aggregate)]
        index = next((place for place, value in enumerate(values) if value is not None), None)
    cell = fixed_one(values, index) if index is not None else Cell("")
    course = select.spark([value for value in reversed(values) if value is not None], SPARK_RUNS)
    marked = goal.best_index(course, aim.better)
    return {
        "aggregate": aim.aggregate,
        "best": cell.text,
        "best_exact": cell.exact,
        "best_of": "" if name is None else f"{aim.label} {text.brief(name)}" if index is not None else text.brief(name),
        "best_run": _short(experiment.runs[index], None) if index is not None else None,
        "is_best": is_best,
        "spark": course,
        "mark": len(course) - 1 if marked is None else marked,
    }
