"""A line made ready to be drawn: sorted by step, its values as floats, its gaps known."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from .line import Columns, Line, columns_of

# The charts of a run share their steps, and so do the runs of a script: what follows from steps alone is found once.
# Longer series are rare, and would hold too much memory.
_REMEMBERED = 4_096


class Track(NamedTuple):
    """The steps of a line, sorted: ``order`` is where they stood, if elsewhere.

    ``whole`` says that they are integers, ``counted`` that each is one more than the one before.
    """

    steps: tuple[float, ...]
    order: tuple[int, ...] | None
    whole: bool
    counted: bool


class Curve(NamedTuple):
    """A line sorted by step, its values as floats; a gap is nan, and ``nulls`` are the gaps where nothing was said.

    ``finite`` are the values that can be drawn, and ``low`` and ``high`` the least and the greatest of them.
    """

    line: Line
    track: Track
    values: list[float]
    finite: list[float]
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
        """The same with the logarithms of its values: of zero and of what is below, minus infinity."""
        if self.low > 0 and not self.broken:
            return _curve(self.line, self.track, list(map(math.log10, self.values)))
        return _curve(self.line, self.track, [_log(value) for value in self.values], self.nulls)


def curve_of(line: Line) -> Curve:
    """A line with its points in order, those without a finite step left out."""
    steps, values = columns_of(line.points)
    track = _track_of(steps)
    if track is None:
        # A step that is nan spoils the order, so sorting comes after leaving it out.
        kept = [at for at, step in enumerate(steps) if math.isfinite(as_float(step))]
        return curve_of(line._replace(points=Columns([steps[at] for at in kept], [values[at] for at in kept])))
    if track.order is not None:
        values = [values[at] for at in track.order]
    try:
        return _curve(line, track, list(map(float, values)))  # type: ignore[arg-type]
    except (TypeError, OverflowError):  # a value is None, or larger than any float
        nulls = frozenset(at for at, value in enumerate(values) if value is None)
        return _curve(line, track, list(map(as_float, values)), nulls)


def drawable(values: list[float]) -> list[float]:
    """Those of the values that are finite; the same list where all are."""
    # A sum costs a quarter of a look at each; one that overflows only means to look closer.
    if math.isfinite(sum(values)) or all(map(math.isfinite, values)):
        return values
    return [value for value in values if math.isfinite(value)]


def pieces_of(steps: Sequence[float], values: list[float]) -> Iterator[tuple[tuple[float, ...], Sequence[float]]]:
    """The stretches of points without a gap."""
    if drawable(values) is values:
        if values:
            yield tuple(steps), values
        return
    points = zip(steps, values, strict=True)
    for finite, piece in groupby(points, key=lambda point: math.isfinite(point[1])):
        if finite:
            piece_steps, piece_values = zip(*piece, strict=True)
            yield piece_steps, piece_values


def as_float(value: float | None) -> float:
    """A value as a float: nan where there is none, infinite where it is larger than any float."""
    if value is None:
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _curve(line: Line, track: Track, values: list[float], nulls: frozenset[int] = frozenset()) -> Curve:
    finite = drawable(values)
    low, high = (min(finite), max(finite)) if finite else (math.nan, math.nan)
    return Curve(line, track, values, finite, low, high, nulls)


def _track_of(steps: Sequence[float]) -> Track | None:
    """The track of finite steps; None where one is not."""
    find = _find_track if len(steps) > _REMEMBERED else _known_track
    return find(tuple(steps))


def _find_track(given: tuple[float, ...]) -> Track | None:
    try:
        if not all(map(math.isfinite, given)):
            return None
    except (TypeError, OverflowError):
        return None  # a step is None, or larger than any float
    # As they were given: integers that differ may be equal as floats.
    order = sorted(range(len(given)), key=given.__getitem__)
    in_order = order == list(range(len(given)))
    steps = tuple([float(given[at]) for at in order])
    whole = all(map(float.is_integer, steps))
    counted = whole and len(set(steps)) == len(steps) == steps[-1] - steps[0] + 1 if steps else False
    return Track(steps, None if in_order else tuple(order), whole, counted)


_known_track = lru_cache(16)(_find_track)


def _log(value: float) -> float:
    if value > 0:
        return math.log10(value)
    return -math.inf if value <= 0 else value
