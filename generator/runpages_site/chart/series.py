"""Sorts, summarises and thins the points of lines."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from operator import eq, itemgetter
from typing import Any, NamedTuple, TypeVar

from runpages.format.records import Whole

HEIGHT = 196
TOP, BOTTOM = 8, 172
HALF_TEXT = 4  # from the middle of a line of text to its baseline

# The inner drawing: units across, and units a pixel down. Whole units keep the paths short.
ACROSS = 2_000
PIXEL = 10


def percent(at: float) -> str:
    """A horizontal position in the inner drawing as a CSS percentage."""
    return f"{at * 100 / ACROSS:g}%"


LABELLED = 8
"""Most lines that are named at their ends, have circles for points, and are described in words."""

_COLOURS = frozenset([*(f"s{number}" for number in range(1, 11)), *(f"r{number}" for number in range(1, 10)), "rest"])

Value = float | int | bool | None
Point = tuple[float, Value]


Step = TypeVar("Step")


class Columns(NamedTuple):
    """Points as two columns, so that no pair is made for each."""

    steps: Sequence[float]
    values: Sequence[Value]


class Line(NamedTuple):
    """One line of a chart: its name, style, and points in any order.

    A point is a step and a value: ``None`` and ``nan`` break the line, ``inf`` shows at the edge; points without a
    finite step are dropped. ``color`` is one of ``s1`` to ``s10``, of the ramp ``r1`` to ``r9``, or
    ``rest``; ``dash`` 0 (solid) to 3. ``whole`` counts all logged points if the line is thinned. A ``faint`` line lies
    behind the others, without a name.
    """

    label: str
    points: Sequence[Point] | Columns
    color: str = "s1"
    dash: int = 0
    whole: Whole | None = None
    faint: bool = False

    @property
    def classes(self) -> str:
        """CSS classes of the line's colour, dash and strength."""
        if self.color not in _COLOURS or not 0 <= self.dash <= 3:
            raise ValueError(f"a line is drawn in s1 to s10 with dash 0 to 3, not {self.color!r}, {self.dash!r}")
        return self.color + (f" d{self.dash}" if self.dash else "") + (" faint" if self.faint else "")


def columns_of(points: Sequence[Point] | Columns) -> Columns:
    """Points as two columns."""
    if isinstance(points, Columns):
        return points
    return Columns(*map(list, zip(*points, strict=True))) if points else Columns([], [])


# Cached: charts of a run share their steps, and so do runs of a script.
# Longer series are rare and would take too much memory.
_REMEMBERED = 4_096


@dataclass(frozen=True, slots=True, eq=False)
class SortedSteps:
    """The sorted steps of a line, equal to themselves only: positions are remembered by them.

    ``order`` is the original index of each if they were unsorted. ``whole``: all are integers. ``counted``: each is the
    one before plus one.
    """

    steps: tuple[float, ...]
    order: tuple[int, ...] | None
    whole: bool
    counted: bool


class Curve(NamedTuple):
    """A line sorted by step; gaps in its values are nan, and ``nulls`` are those from null values.

    ``finite`` are the values that can be drawn, ``low`` and ``high`` their range.
    """

    line: Line
    track: SortedSteps
    values: Sequence[float]
    finite: Sequence[float]
    low: float
    high: float
    nulls: frozenset[int] = frozenset()

    @property
    def steps(self) -> tuple[float, ...]:
        """The step of each value."""
        return self.track.steps

    @property
    def broken(self) -> bool:
        """Whether some values cannot be drawn."""
        return len(self.finite) < len(self.values)

    def logarithmic(self) -> Curve:
        """The curve with the logarithms of its values; minus infinity for values ≤ 0."""
        if self.low > 0 and not self.broken:
            values = list(map(math.log10, self.values))
            return _finite_curve(self.line, self.track, values) or _bounded(self.line, self.track, values)
        return _bounded(self.line, self.track, [_log(value) for value in self.values], self.nulls)


def curve_of(line: Line) -> Curve:
    """Sort the points of a line, dropping those without a finite step."""
    steps, values = columns_of(line.points)
    track = _sorted_steps(steps)
    if track is None:
        # nan breaks sorting, so drop such steps first.
        kept = [at for at, step in enumerate(steps) if math.isfinite(as_float(step))]
        return curve_of(line._replace(points=Columns([steps[at] for at in kept], [values[at] for at in kept])))
    if track.order is not None:
        values = [values[at] for at in track.order]
    return _finite_curve(line, track, values) or _bounded(
        line, track, list(map(as_float, values)), frozenset(at for at, value in enumerate(values) if value is None)
    )


def _finite_curve(line: Line, track: SortedSteps, values: Sequence[Any]) -> Curve | None:
    """The curve of values that are all finite, which is the usual case; None of others, and where an end is no float.

    Between the ends a value may be an integer or a truth value: they lie where they would as floats.
    """
    try:
        if not math.isfinite(sum(values)):
            return None
        ordered = sorted(values)  # At less than the least and the greatest take.
        low, high = ordered[0], ordered[-1]
    except (TypeError, OverflowError, IndexError):  # A value is None, or larger than any float, or there is none.
        return None
    return Curve(line, track, values, values, low, high) if type(low) is type(high) is float else None


def drawable(values: Sequence[float]) -> Sequence[float]:
    """The finite values; the same sequence if all are."""
    # A sum costs a quarter of a check of each; on overflow, check each.
    if math.isfinite(sum(values)) or all(map(math.isfinite, values)):
        return values
    return [value for value in values if math.isfinite(value)]


def pieces_of(steps: Sequence[Step], values: Sequence[float]) -> Iterator[tuple[Sequence[Step], Sequence[float]]]:
    """The pieces of a line without gaps."""
    if drawable(values) is values:
        if values:
            yield steps, values
        return
    points = zip(steps, values, strict=True)
    for finite, piece in groupby(points, key=lambda point: math.isfinite(point[1])):
        if finite:
            piece_steps, piece_values = zip(*piece, strict=True)
            yield piece_steps, piece_values


def as_float(value: float | None) -> float:
    """A value as a float: nan for None, infinite if out of range."""
    if value is None:
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _bounded(line: Line, track: SortedSteps, values: Sequence[float], nulls: frozenset[int] = frozenset()) -> Curve:
    finite = drawable(values)
    low, high = (min(finite), max(finite)) if finite else (math.nan, math.nan)
    return Curve(line, track, values, finite, low, high, nulls)


def _sorted_steps(steps: Sequence[float]) -> SortedSteps | None:
    """The track of the steps; None if one is not finite."""
    if len(steps) > _REMEMBERED:
        return _sort_steps(tuple(steps))
    before, track = _latest[0]
    if steps != before:
        track = _cached_steps(tuple(steps))
        _latest[0] = (list(steps), track)
    return track


def _sort_steps(given: tuple[float, ...]) -> SortedSteps | None:
    try:
        if not all(map(math.isfinite, given)):
            return None
    except (TypeError, OverflowError):
        return None  # a step is None, or larger than any float
    # Sort the originals: different integers may be equal as floats.
    order = sorted(range(len(given)), key=given.__getitem__)
    in_order = order == list(range(len(given)))
    steps = tuple([float(given[at]) for at in order])
    whole = all(map(float.is_integer, steps))
    counted = whole and len(set(steps)) == len(steps) == steps[-1] - steps[0] + 1 if steps else False
    return SortedSteps(steps, None if in_order else tuple(order), whole, counted)


_cached_steps = lru_cache(16)(_sort_steps)
# To compare steps takes a fifth of finding them by their hash. In one tuple, for threads.
_latest: list[tuple[list[float], SortedSteps | None]] = [([], _sort_steps(()))]


def _log(value: float) -> float:
    if value > 0:
        return math.log10(value)
    return -math.inf if value <= 0 else value


def thinned(steps: Sequence[Step], values: Sequence[float], limit: int) -> tuple[Sequence[Step], Sequence[float]]:
    """The steps of a curve and its values, at most ``limit`` (eight or more) of each, so that it looks the same.

    Keeps the first and the last point, the minimum and maximum of each bucket, so that no spike is lost, and a
    non-finite point wherever some lay between two kept ones, so that no gap closes. ``steps`` may also be what else
    goes with the values, such as positions.
    """
    if len(steps) <= limit:
        return steps, values
    pick = itemgetter(*_kept(values, limit))  # The first and the last value are always among them.
    return pick(steps), list(pick(values))


def _kept(values: Sequence[float], limit: int) -> list[int]:
    """Indices of the values to keep, in order."""
    limit = max(limit, 8)
    stretches = limit // 2 - 1
    if drawable(values) is values:
        return _extremes(values, stretches, finite=True)
    broken = [at for at, value in enumerate(values) if not math.isfinite(value)]
    kept = _with_breaks(_extremes(values, stretches), broken)
    while len(kept) > limit:
        # Gaps take room, at most one for each point, so this terminates.
        stretches = max(stretches - (len(kept) - limit) // 2 - 1, (limit - 3) // 4)
        kept = _with_breaks(_extremes(values, stretches), broken)
    return kept


def _extremes(values: Sequence[float], stretches: int, *, finite: bool = False) -> list[int]:
    """The first and the last value, and the finite minimum and maximum of each bucket between."""
    starts, buckets = _buckets(len(values) - 2, stretches)
    cut: Sequence[Sequence[float]] = list(map(values.__getitem__, buckets))
    if not finite:
        cut = list(map(drawable, cut))
        starts = [start for start, bucket in zip(starts, cut, strict=True) if bucket]
        cut = list(filter(None, cut))
    cut = list(map(sorted, cut))  # It costs less than to find the least and the greatest of a few values.
    low, high = (list(map(values.index, map(itemgetter(end), cut), starts)) for end in (0, -1))
    kept = sorted(low + high)
    return [0, *(dict.fromkeys(kept) if True in map(eq, low, high) else kept), len(values) - 1]


@lru_cache(16)
def _buckets(inner: int, stretches: int) -> tuple[Sequence[int], Sequence[slice]]:
    """Where each bucket begins, and all buckets of so many values between the first and the last."""
    bounds = [1 + inner * number // stretches for number in range(stretches + 1)]
    filled = [(start, end) for start, end in pairwise(bounds) if start < end]
    return [start for start, _ in filled], [slice(start, end) for start, end in filled]


def _with_breaks(kept: Sequence[int], broken: Sequence[int]) -> list[int]:
    """The kept indices, plus the first point of each gap between two of them."""
    whole = [kept[0]]
    for before, after in pairwise(kept):
        at = bisect_right(broken, before)
        if at < len(broken) and broken[at] < after:
            whole.append(broken[at])
        whole.append(after)
    return whole
