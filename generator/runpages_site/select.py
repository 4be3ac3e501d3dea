"""Pure choices over runs: which metric leads, which run is best, which columns a table needs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple, cast

from runpages.format.records import Series, Value

from . import goal, summaries, text
from .model import ExperimentSummary, MetricSummary, ModelSummary, RunSummary

SPARK_POINTS = 32
COLORS = 10
_LARGEST = 10**300
PARAM_COLUMNS = 8
METRIC_COLUMNS = 6
_VALIDATION = frozenset(["val", "valid", "validation", "test", "eval", "dev"])
Number = float | int


@dataclass(frozen=True, slots=True)
class Columns:
    """What a table of runs shows beside the run itself; ``*_all`` count what there is to choose from."""

    params: tuple[str, ...]
    params_all: int
    metrics: tuple[str, ...]
    metrics_all: int
    host: bool


def spans(runs: Sequence[RunSummary]) -> Sequence[float]:
    """How long each run took that began and ended, in seconds."""
    return summaries.once(runs, _spans)


def _spans(runs: Sequence[RunSummary]) -> tuple[float, ...]:
    pairs = zip(summaries.begins(runs), summaries.column(runs, "ended"), strict=True)
    # As ``duration`` has it, which takes twice as long to be called for each.
    return tuple([end - start for start, end in pairs if start is not None and end is not None and end >= start])


def newest(moments: Sequence[float | None]) -> int:
    """The place of the latest of some times, the first of equal ones; one that is not known is the earliest."""
    known = [moment or 0 for moment in moments]
    return known.index(max(known))


def summary(series: Series) -> MetricSummary:
    """A metric of a run in a few numbers, in the order of its steps.

    ``last``, ``min``, ``max`` and ``mean`` look at finite numbers only. Where the last datum is none, ``text``
    spells it.
    """
    values = in_order(series)
    known = _known(values) or _sifted(values)
    final = values[-1] if values else None
    whole = series.whole.mean if series.whole else None
    return MetricSummary(
        count=series.total,
        last=known.last,
        min=known.min,
        max=known.max,
        text=None if not values or known.values[-1] is not None else text.brief(spell(final)),
        spark=levels(spark(known.values, extremes=(known.min, known.max)), known.min, known.max),
        goal=series.declared.goal,
        unit=series.declared.unit,
        mean=known.sum.mean if whole is None else whole if math.isfinite(whole) else None,
    )


class _Known(NamedTuple):
    """Values with None for all but finite numbers, of those the last, the least and the greatest, and their sum."""

    values: Sequence[Number | None]
    last: Number | None
    min: Number | None
    max: Number | None
    sum: Sum


def _known(values: list[Any]) -> _Known | None:
    """The same of finite numbers whose ends are floats, which is the usual case, at a third of the time; else None."""
    try:
        total = _added(0.0, values)
        ordered = sorted(values)
        least, most, last = ordered[0], ordered[-1], values[-1]
    except (TypeError, OverflowError, IndexError):
        return None
    usual = math.isfinite(total) and type(least) is type(most) is type(last) is float
    # Of two zeros the first is the greatest.
    if not usual or not -_LARGEST < least <= most < _LARGEST or not most:
        return None
    return _Known(values, last, least, most, Sum(total, len(values)))


def _sifted(values: Sequence[Value]) -> _Known:
    known = numbers(values)
    found = [value for value in known if value is not None]
    last = found[-1] if found else None
    return _Known(known, last, min(found, default=None), max(found, default=None), Sum().plus(found))


class Sum(NamedTuple):
    """Finite numbers added from left to right as floats, in whatever pieces they come, and how many they are."""

    total: float = 0.0
    known: int = 0

    def plus(self, values: Sequence[Number | None]) -> Sum:
        """The sum with further values; None adds nothing."""
        try:
            return Sum(_added(self.total, values), self.known + len(values))
        except TypeError:  # Of None.
            added = [float(value) for value in values if value is not None]
            return Sum(_added(self.total, added), self.known + len(added))

    @property
    def mean(self) -> float | None:
        """The mean; None of no values, and where their sum is larger than any float."""
        return self.total / self.known if self.known and math.isfinite(self.total) else None


def _added(total: float, values: Sequence[Any]) -> float:
    # Not sum(), which newer versions of Python compensate, and so depends on the pieces.
    for value in values:
        total += value
    return total


def in_order(series: Series) -> list[Value]:
    """The values of a series by step; points of one step keep the order of the file."""
    order = step_order(series.steps)
    return series.values if order is None else [series.values[index] for index in order]


def step_order(steps: list[Number]) -> list[int] | None:
    """The order of the points by step, or ``None`` where they are in order already."""
    if sorted(steps) == steps:
        return None
    return sorted(range(len(steps)), key=steps.__getitem__)


def numbers(values: Sequence[object]) -> Sequence[Number | None]:
    """Each of ``values`` as a number that a chart can place, else ``None``; the same sequence if all are floats."""
    if values and list(map(type, values)).count(float) == len(values) and math.isfinite(sum(values)):  # type: ignore[arg-type]
        return values  # type: ignore[return-value] # The usual case, at a tenth of the time.
    return list(map(finite, values))


def finite(value: object) -> Number | None:
    """``value`` as a number that a chart can place; a truth value is 0 or 1, all else is ``None``."""
    if type(value) is float:
        return value if -math.inf < value < math.inf else None
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value if abs(value) < _LARGEST else None
    return None


def spell(value: object) -> str:
    """A datum as text where it is no finite number: ``nan``, ``inf``, ``null`` or the text itself."""
    if value is None:
        return "null"
    return str(value).replace("-", "−") if isinstance(value, float) else str(value)


def spark(
    values: Sequence[Number | None], limit: int = SPARK_POINTS, extremes: Sequence[Number | None] = ()
) -> tuple[float | None, ...]:
    """At most ``limit`` of the values, evenly taken, among them the first, the last, the lowest and the highest.

    ``extremes`` are the lowest and the highest where they are known already.
    """
    if len(values) <= limit:
        return tuple(values)
    last = len(values) - 1
    picked = list(evenly(last, limit))
    if not extremes:
        known = [value for value in values if value is not None]
        extremes = (min(known), max(known)) if known else ()
    # The way to the next is longer than 1, so they stay in order.
    before, places = 0, sorted({values.index(extreme) for extreme in extremes} - {0, last})
    for left, index in enumerate(places, 1 - len(places)):
        before = min(max(round(index * (limit - 1) / last), before + 1), limit - 2 + left)
        picked[before] = index
    return tuple(map(values.__getitem__, picked))


@lru_cache(64)
def evenly(last: int, limit: int) -> tuple[int, ...]:
    """So many places from 0 to ``last``, two at least, at even distances."""
    return tuple(round(place * last / (limit - 1)) for place in range(limit))


def levels(
    values: Sequence[Number | None], least: Number | None = None, most: Number | None = None
) -> tuple[int | None, ...]:
    """The course of values in whole numbers, from 0 for the least to 1,000 for the greatest: all that a spark shows.

    They are kept for every metric of every run, at a third of the room that floats take. ``least`` and ``most`` are
    those of the values where they are known already.
    """
    known = [value for value in values if value is not None] if None in values else cast(Sequence[Number], values)
    low = min(known, default=0) if least is None else least
    high = max(known, default=0) if most is None else most
    if high - low <= max(1e-9 * max(-low, high), 1e-300):  # What is noise is no course.
        return tuple(None if value is None else 0 for value in values)
    # Halves, since the way from the least float to the greatest is no float.
    bottom, reach = low / 2, high / 2 - low / 2
    found = [_LEVELS[1_000 * ((value / 2 - bottom) / reach) + _WHOLE] for value in known]
    if known is values:
        return tuple(found)
    following = iter(found)
    return tuple(None if value is None else next(following) for value in values)


_WHOLE = 1.5 * 2.0**52
# A sum with that is rounded like ``round`` does, for near to it only whole numbers are floats.
_LEVELS = {_WHOLE + level: level for level in range(1_001)}


_PLAIN = frozenset([str, int, float, bool, type(None), list])


def flatten(params: Mapping[str, object]) -> Mapping[str, object]:
    """Nested parameters with their names joined by ``.``; lists and empty groups are values."""
    if _PLAIN.issuperset(map(type, params.values())):
        return params
    flat: dict[str, object] = {}
    waiting: list[tuple[str, object]] = [(str(key), value) for key, value in reversed(list(params.items()))]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, Mapping) and value:
            waiting += [(f"{name}.{key}", item) for key, item in reversed(list(value.items()))]
        else:
            flat[name] = value
    return flat


def main_metric(runs: Sequence[RunSummary]) -> tuple[str | None, str | None]:
    """The metric that stands for the runs, and its goal where they state one.

    A stated goal leads, then what is not of the machine, then a name of a result that at least half as many runs have
    as any other, first where the last part of the name says so, then how many runs have it, then a name that speaks of
    validation, then the first logged.
    """
    known = summaries.metric_facts(runs)
    counts = {name: metric.numeric for name, metric in known.items() if metric.numeric}
    goals = {name: metric.main for name, metric in known.items() if metric.main is not None}
    if not counts:
        return None, None
    most = max(counts.values())

    def rank(name: str) -> tuple[bool, bool, bool, bool, int, bool]:
        result = goal.is_result(name) and 2 * counts[name] >= most
        last = result and goal.is_result(name.rpartition("/")[2])
        return name in goals, not is_system(name), result, last, counts[name], is_validation(name)

    name = max(counts, key=rank)
    return name, goals.get(name)


def is_system(name: str) -> bool:
    """Whether a metric tells how busy the machine was, and nothing of the experiment; others are shown before it."""
    return name.startswith("system/")


def is_validation(name: str) -> bool:
    """Whether a metric's name says that it was measured on held-out data."""
    return not _VALIDATION.isdisjoint(goal.words(name))


def columns(experiment: ExperimentSummary, params: Sequence[str]) -> Columns:
    """The columns of an experiment's table of runs: ``params`` that differ, and the metrics after the main one."""
    known = metrics(experiment.runs)
    names = [name for name in known if name != experiment.metric and not is_system(name)]
    hosts = set(summaries.column(experiment.runs, "host"))
    return Columns(
        params=tuple(params[:PARAM_COLUMNS]),
        params_all=len(params),
        metrics=tuple(names[:METRIC_COLUMNS]),
        metrics_all=len(known) - (experiment.metric in known),
        host=len(hosts) > 1,
    )


def metrics(runs: Sequence[RunSummary], main: str | None = None) -> list[str]:
    """The metrics of runs: with a stated goal, the main one, then by ``importance``; the machine's last."""
    known = summaries.metric_facts(runs)
    return sorted(known, key=lambda name: (known[name].goal is None, name != main, is_system(name), importance(name)))


@lru_cache(4096)  # The same names come with every run.
def importance(name: str) -> tuple[bool, bool, bool]:
    """A key that sorts metrics: a usual word in the last part of the name, one before it, a word of validation.

    What is equal stays in the order of logging.
    """
    leaf = name.rpartition("/")[2]
    return not goal.is_result(leaf), not goal.is_result(name), not is_validation(name)


def lead_metrics(series: Iterable[Series], limit: int, main: str | None = None) -> list[Series]:
    """The series of one run that its first screen shows: with a goal, the main one, then by ``importance``."""
    numeric = [one for one in series if _has_number(one.values)]
    numeric.sort(key=lambda one: (one.declared.goal is None, one.name != main, importance(one.name)))
    lead = [one for one in numeric if one.declared.goal or one.name == main or not is_system(one.name)]
    return (lead or numeric)[:limit]


def _has_number(values: Sequence[Value]) -> bool:
    # Nearly always the first is one.
    return bool(values) and (finite(values[0]) is not None or any(finite(value) is not None for value in values))


def duration(started: float | None, ended: float | None) -> float | None:
    """How long a run took; ``None`` while it has no end, or where its clock went back."""
    if started is None or ended is None or ended < started:
        return None
    return ended - started


def median(values: Sequence[float]) -> float | None:
    """The middle value, or the mean of the two in the middle."""
    if not values:
        return None
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def color(runs: Sequence[RunSummary], place: int) -> str:
    """The series colour, ``s1`` to ``s10``, of one of an experiment's runs, newest first: by its number in it.

    A run without a number counts from the oldest, so that a new run changes no colour.
    """
    number = runs[place].number
    return f"s{((len(runs) - place if number is None else number) - 1) % COLORS + 1}"


def latest(models: Iterable[ModelSummary]) -> tuple[ModelSummary, ...]:
    """The latest version of each model, by name, with how many versions there are of it."""
    found: dict[str, ModelSummary] = {}
    for model in models:
        known = found.get(model.name)
        newest = max(known or model, model, key=lambda one: one.version)
        found[model.name] = replace(newest, versions=(known.versions if known else 0) + model.versions)
    return tuple(found[name] for name in sorted(found))
