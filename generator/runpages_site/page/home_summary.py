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
    words, moments = summaries.column(runs, "status"), summaries.begins(runs)
    kinds = {word: status(word).kind for word in set(words)}
    failing = [place for place, word in enumerate(words) if kinds[word] in FAILING]
    known = [moment for moment in moments if moment is not None]
    writes = (moment for moment in summaries.column(experiment.runs, "last_write") if moment is not None)
    return ExperimentEntry(
        path=experiment.path,
        name=text.brief(experiment.name),
        description=experiment.description and text.brief(experiment.description),
        runs=len(runs),
        counts=summaries.statuses(runs),
        metric=experiment.metric,
        **_leading(experiment),
        latest=tuple(_short(run, experiment.metric) for run in _latest(runs, moments, range(len(runs)), LATEST)),
        newest={kind: _short(runs[place], None) for kind, place in _newest(words, moments, kinds)},
        began=max(known, default=None),
        last_write=max(writes, default=None),
        spans=tuple(summaries.spans(runs)),
        days=Counter([math.floor(moment / DAY) for moment in known]),
        failing=tuple(_short(run, None) for run in _latest(runs, moments, failing, FAILING_RUNS)),
        search=search,
        models=select.latest(model for models in summaries.column(experiment.runs, "models") for model in models),
        goal=experiment.goal,
    )


def _latest(
    runs: Sequence[RunSummary], moments: Sequence[float | None], places: Sequence[int], count: int
) -> list[RunSummary]:
    """So many of the runs at some places, the last begun first; of all others only the time is looked at."""
    times = [moments[place] or 0 for place in places]
    least = min(nlargest(count, times), default=0)
    found = compress(places, (time >= least for time in times))
    return nsmallest(count, (runs[place] for place in found), key=_newest_first)


def _newest_first(run: RunSummary) -> tuple[float, str]:
    return -(began(run) or 0), run.id


def _short(run: RunSummary, metric: str | None) -> RunSummary:
    """A run reduced to one metric, all that a row of the home page shows."""
    metrics = {metric: run.metrics[metric]} if metric is not None and metric in run.metrics else {}
    wide: dict[str, Any] = {"params": {}, "tags": {}, "metrics": metrics, "models": (), "note": ""}
    return RunSummary(**wide, **{one.name: getattr(run, one.name) for one in fields(run) if one.name not in wide})


def _newest(
    words: Sequence[str | None], moments: Sequence[float | None], kinds: Mapping[str | None, str]
) -> Iterator[tuple[str, int]]:
    for kind in _LED_TO:
        found = [place for place, word in enumerate(words) if kinds[word] == kind]
        if found:
            times = [moments[place] or 0 for place in found]
            yield kind, found[times.index(max(times))]


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
