"""The runs of an experiment by its main metric, with the parameters that vary: what charts over runs draw."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest, nsmallest
from itertools import groupby
from typing import NamedTuple

from .. import goal, select, summaries, text
from ..model import ExperimentSummary, RunSummary
from ..text import number

CATEGORIES = 12
"""Most texts of a parameter that are drawn as categories."""
_RAMP, _SERIES = 9, 10
_BINS = 5
_FEWEST = 4
_SEEDS = frozenset(["seed", "random_seed", "random_state", "rng"])


class Param(NamedTuple):
    """A parameter that varies: its number in each run, or the rank of its text; None where a run lacks it.

    ``spelled`` has each of them as logged, in their order.
    """

    name: str
    is_numeric: bool
    places: Sequence[float | None]
    spelled: Mapping[float, str]

    @property
    def is_common(self) -> bool:
        """Whether more than half of the runs have it."""
        return 2 * sum(place is not None for place in self.places) > len(self.places)

    def colors(self) -> list[str]:
        """The colour of each run: a ramp over numbers by their rank, series colours for texts."""
        last = len(self.spelled) - 1
        if self.is_numeric:
            known = {place: f"r{1 + round(rank * (_RAMP - 1) / last)}" for rank, place in enumerate(self.spelled)}
        else:
            known = {place: f"s{1 + rank % _SERIES}" for rank, place in enumerate(self.spelled)}
        return ["rest" if place is None else known[place] for place in self.places]


def varying(runs: Sequence[RunSummary]) -> list[Param]:
    """The parameters with more than one value among the runs, in the order of their first appearance.

    Those with more texts than an axis has room for are left out.
    """
    rows = [select.flatten(run.params) for run in runs]
    names = dict.fromkeys(name for row in rows for name in row)
    found = (_param(name, [row.get(name, _MISSING) for row in rows]) for name in names)
    return [one for one in found if one is not None and len(one.spelled) > 1]


_MISSING = object()


def _param(name: str, logged: Sequence[object]) -> Param | None:
    """A parameter: numbers where a chart can place all values, else texts as logged; None if these are too many."""
    present = [value for value in logged if value is not _MISSING]
    if all(type(value) in (int, float) and select.finite(value) is not None for value in present):
        places = [None if value is _MISSING else float(value) for value in logged]  # type: ignore[arg-type]
        spelled = {float(value): repr(value) for value in present}  # type: ignore[arg-type]
        return Param(name, True, places, dict(sorted(spelled.items())))
    texts, words = list[str | None](), set[str]()
    for value in logged:
        word = None if value is _MISSING else text.visible(text.compact(value))
        texts.append(word)
        if word is not None and word not in words:
            words.add(word)
            if len(words) > CATEGORIES:
                return None
    ranks = {word: float(rank) for rank, word in enumerate(sorted(words, key=_natural))}
    places = [None if word is None else ranks[word] for word in texts]
    return Param(name, False, places, {rank: word for word, rank in ranks.items()})


def _natural(word: str) -> list[tuple[bool, int, str]]:
    """A key that sorts ``b2`` before ``b10``."""
    parts = re.split(r"(\d{1,18})", word)
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]


def useful(params: Iterable[Param], results: Sequence[float]) -> Param | None:
    """The parameter whose values part the results best, by the epsilon squared of their ranks.

    Seeds are taken only where nothing else varies.
    """
    ranks = ranked(results)

    def merit(param: Param) -> tuple[bool, float]:
        is_seed = param.name.rpartition(".")[2].lower() in _SEEDS
        return not is_seed, _explained(param, ranks)

    return max(params, key=merit, default=None)


def ranked(values: Sequence[float]) -> list[float]:
    """The rank of each value, from 0; equal ones have the mean of their ranks."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    for _, same in groupby(order, key=values.__getitem__):
        places = list(same)
        for place in places:
            ranks[place] = start + (len(places) - 1) / 2
        start += len(places)
    return ranks


def _explained(param: Param, ranks: Sequence[float]) -> float:
    """The share of the variance of ranks between the groups of a parameter, less what groups have by chance.

    Numbers that mostly differ are put into five groups, by rank.
    """
    known = [(place, rank) for place, rank in zip(param.places, ranks, strict=True) if place is not None]
    count = len(known)
    if count < _FEWEST:
        return 0.0
    keys = [place for place, _ in known]
    if param.is_numeric and len(param.spelled) > count // 2:
        bins = min(_BINS, count // 2)
        keys = [rank * bins // count for rank in ranked(keys)]
    groups: dict[float, list[float]] = {}
    for key, (_, rank) in zip(keys, known, strict=True):
        groups.setdefault(key, []).append(rank)
    if not 1 < len(groups) < count:
        return 0.0
    mean = math.fsum(rank for _, rank in known) / count
    whole = math.fsum((rank - mean) ** 2 for _, rank in known)
    means = ((ranks, math.fsum(ranks) / len(ranks)) for ranks in groups.values())
    within = math.fsum((rank - mean) ** 2 for ranks, mean in means for rank in ranks)
    return 1 - (count - 1) / (count - len(groups)) * (within / whole) if whole else 0.0


# --- by the main metric ----------------------------------------------------------------------------------

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
        taken = sampled(range(len(self.runs)), most)
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
    taken = sorted({*sampled(known, LOOKED_AT), *_leading(known, values, aim), *([] if best is None else [best])})
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


def sampled(items: Sequence[int], most: int) -> list[int]:
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
