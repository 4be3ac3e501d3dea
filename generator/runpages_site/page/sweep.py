"""The runs of an experiment by its main metric, with the parameters that vary: what charts over runs draw."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nlargest, nsmallest
from typing import NamedTuple

from .. import goal, select, summaries
from ..model import ExperimentSummary, RunSummary
from ..text import number
from .run_params import Param, useful, varying

LOOKED_AT, BEST = 500, 10
"""Most runs from which a parameter is chosen and charts are drawn, taken at random, and so many best ones."""
_SEED, _PRIME = 20_000, 2**31 - 1


class Sweep(NamedTuple):
    """Runs that have a value of the main metric: all columns have an entry for each; ``total`` are all there are.

    ``places`` are those of the runs among all, ``best`` is the index of the best run, ``by`` the parameter that colours
    them.
    """

    metric: str
    aim: goal.Goal
    runs: Sequence[RunSummary]
    places: Sequence[int]
    values: Sequence[float]
    colors: Sequence[str]
    params: Sequence[Param]
    by: Param | None
    best: int | None
    total: int

    @property
    def key(self) -> str:
        """The key of the column of the main metric."""
        return f"metric:{self.metric}"

    def some(self, most: int) -> list[int]:
        """At most so many of the runs, taken at random, with the best one."""
        taken = evenly(range(len(self.runs)), most)
        return taken if self.best is None or self.best in taken else [*taken[:-1], self.best]

    def runs_note(self, shown: int) -> str:
        """How many runs a drawing shows."""
        if shown == self.total:
            return number.plural(shown, "run")
        return f"{number.integer(shown)} of {number.integer(self.total)} runs"


def sweep_of(experiment: ExperimentSummary) -> Sweep | None:
    """The runs that have the main metric; None where they are fewer than two."""
    metric = experiment.metric
    if metric is None:
        return None
    aim = goal.of_metric(experiment, metric)
    values = as_numbers(summaries.values(experiment.runs, metric, aim.aggregate))
    known = [place for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return None
    best = goal.Contest(experiment.runs).best(metric, aim)
    taken = sorted({*evenly(known, LOOKED_AT), *_leading(known, values, aim), *([] if best is None else [best])})
    runs, found = [experiment.runs[place] for place in taken], [values[place] or 0.0 for place in taken]
    params = varying(runs)
    by = useful(params, found)
    return Sweep(
        metric=metric,
        aim=aim,
        runs=runs,
        places=taken,
        values=found,
        colors=by.colors() if by else [select.color(experiment.runs, place) for place in taken],
        params=params,
        by=by,
        best=taken.index(best) if best is not None else None,
        total=len(known),
    )


def _leading(known: Sequence[int], values: Sequence[float | None], aim: goal.Goal) -> list[int]:
    """The places of the best values; a key is asked for near the end only, since there may be very many."""
    pick, found = (nlargest if aim.better == "max" else nsmallest), [values[place] or 0.0 for place in known]
    ends = pick(BEST, found)
    low, high = min(ends), max(ends)
    near = (place for place, value in zip(known, found, strict=True) if low <= value <= high)
    return pick(BEST, near, key=lambda place: values[place] or 0.0)


def evenly(items: Sequence[int], most: int) -> list[int]:
    """At most so many of the items, in their order, the same ones in each build.

    They are taken at random: a grid repeats itself, and at even distances only some of its values would be met.
    """
    if len(items) <= most:
        return list(items)
    taken, state = set[int](), _SEED
    for last in range(len(items) - most, len(items)):  # Algorithm F2 of Bentley and Floyd (1987)
        state = state * 48_271 % _PRIME  # Park and Miller (1988)
        place = state * (last + 1) // _PRIME
        taken.add(last if place in taken else place)
    return [items[place] for place in sorted(taken)]


def as_numbers(values: Sequence[float | int | None]) -> list[float | None]:
    """Values that a chart can place."""
    return [None if value is None else float(value) for value in select.numbers(values)]


def as_number(value: float | int | None) -> float | None:
    """A value that a chart can place."""
    return as_numbers([value])[0]
