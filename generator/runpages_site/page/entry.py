"""What the home page needs of an experiment, from the summaries of its runs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from .. import select, text
from ..model import ExperimentEntry, ExperimentSummary, RunSummary
from .view import began, fixed, status

LATEST = 10
"""Runs in the list of the latest ones."""

DAY = 86_400
SPARK_RUNS = 60
_LED_TO = ("running", "failed")


def entry_of(experiment: ExperimentSummary) -> ExperimentEntry:
    """The entry of an experiment; ``experiment.runs`` are the newest first."""
    runs = experiment.runs
    best, exact, best_of = _leading(experiment)
    spark, mark = _by_run(experiment)
    latest = sorted(runs, key=lambda run: (-(began(run) or 0), run.id))[:LATEST]
    spans = (select.duration(began(run), run.ended) for run in runs)
    moments = [moment for run in runs if (moment := began(run)) is not None]
    return ExperimentEntry(
        path=experiment.path,
        name=text.brief(experiment.name),
        description=experiment.description and text.brief(experiment.description),
        runs=len(runs),
        counts=Counter(run.status or "" for run in runs),
        metric=experiment.metric,
        goal=experiment.goal,
        best=best,
        best_exact=exact,
        best_of=best_of,
        spark=spark,
        mark=mark,
        latest=tuple(_short(run, experiment.metric) for run in latest),
        newest={kind: _short(run, None) for kind, run in _newest(runs)},
        began=max(moments, default=None),
        last_write=max((run.last_write for run in runs if run.last_write is not None), default=None),
        spans=tuple(span for span in spans if span is not None),
        days=Counter(math.floor(moment / DAY) for moment in moments),
        models=select.latest(model for run in runs for model in run.models),
    )


def _short(run: RunSummary, metric: str | None) -> RunSummary:
    """A run with no more than one metric: a row of the home page shows nothing else."""
    metrics = {metric: run.metrics[metric]} if metric is not None and metric in run.metrics else {}
    return replace(run, params={}, tags={}, metrics=metrics, models=())


def _newest(runs: Sequence[RunSummary]) -> Iterator[tuple[str, RunSummary]]:
    for kind in _LED_TO:
        found = [run for run in runs if status(run.status).kind == kind]
        if found:
            yield kind, max(found, key=lambda run: began(run) or 0)


def _leading(experiment: ExperimentSummary) -> tuple[str, str, str]:
    """The best value of the main metric; without a goal that of the newest run that has it."""
    if experiment.metric is None:
        return "", "", ""
    word = select.aggregate_word(experiment.goal)
    values = [select.aggregate(run.metrics.get(experiment.metric), word) for run in experiment.runs]
    index = select.best_index(values, experiment.goal)
    if index is None:
        index = next((place for place, value in enumerate(values) if value is not None), None)
    if index is None:
        return "", "", text.brief(experiment.metric)
    cell = fixed(values)[index]
    return cell.text, cell.exact, f"{word} {text.brief(experiment.metric)}"


def _by_run(experiment: ExperimentSummary) -> tuple[tuple[float, ...], int]:
    """The main metric of each run, oldest first, and which is the best of them, else the last."""
    if experiment.metric is None:
        return (), 0
    word = select.aggregate_word(experiment.goal)
    found = [select.aggregate(run.metrics.get(experiment.metric), word) for run in reversed(experiment.runs)]
    values = list(select.spark([value for value in found if value is not None], SPARK_RUNS))
    best = select.best_index(values, experiment.goal)
    return tuple(value for value in values if value is not None), len(values) - 1 if best is None else best
