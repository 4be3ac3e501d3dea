"""A line made ready to be drawn: sorted by step, its values as floats, its gaps known."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from .line import Line

_step = itemgetter(0)


class Curve(NamedTuple):
    """A line sorted by step, its values as floats; a gap is nan, and ``nulls`` are the gaps where nothing was said."""

    line: Line
    steps: list[float]
    values: list[float]
    broken: bool
    nulls: frozenset[int] = frozenset()

    def finite(self) -> list[float]:
        """The values that can be drawn."""
        return [value for value in self.values if math.isfinite(value)] if self.broken else self.values

    def logarithmic(self) -> Curve:
        """The same with the logarithms of its values: of zero and of what is below, minus infinity."""
        values = [_log(value) for value in self.values]
        return self._replace(values=values, broken=is_broken(values))


def curve_of(line: Line) -> Curve:
    """A line with its points in order, those without a finite step left out."""
    points = sorted(line.points, key=_step)
    try:
        steps = [float(step) for step, _ in points]
        if not is_broken(steps):
            values = [float(value) for _, value in points]  # type: ignore[arg-type]
            return Curve(line, steps, values, is_broken(values))
    except (TypeError, OverflowError):
        pass  # a value is None, or larger than any float
    # A step that is nan spoils the order, so sorting comes after leaving it out.
    points = sorted((point for point in line.points if math.isfinite(as_float(point[0]))), key=_step)
    values = [as_float(value) for _, value in points]
    nulls = frozenset(at for at, (_, value) in enumerate(points) if value is None)
    return Curve(line, [float(step) for step, _ in points], values, True, nulls)


def pieces_of(steps: Sequence[float], values: Sequence[float]) -> Iterator[tuple[list[float], list[float]]]:
    """The stretches of points without a gap."""
    points = zip(steps, values, strict=True)
    for drawable, piece in groupby(points, key=lambda point: math.isfinite(point[1])):
        if drawable:
            piece_steps, piece_values = zip(*piece, strict=True)
            yield list(piece_steps), list(piece_values)


def as_float(value: float | None) -> float:
    """A value as a float: nan where there is none, infinite where it is larger than any float."""
    if value is None:
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def is_broken(values: Iterable[float]) -> bool:
    """Whether some value may be nan or infinite. A sum that overflows only means to look closer."""
    return not math.isfinite(sum(values))


def _log(value: float) -> float:
    if value > 0:
        return math.log10(value)
    return -math.inf if value <= 0 else value
