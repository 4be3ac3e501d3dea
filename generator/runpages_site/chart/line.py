"""A line as the caller gives it: a name, points and a look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from runpages.format.records import Whole

LABELLED = 8
"""At most so many lines are named at their ends, have circles for points, and are told in words."""

_COLOURS = frozenset(f"s{number}" for number in range(1, 11))

Value = float | int | bool | None
Point = tuple[float, Value]


class Columns(NamedTuple):
    """Points as they are read, the steps apart from the values: no pair has to be made for each."""

    steps: Sequence[float]
    values: Sequence[Value]


class Line(NamedTuple):
    """One line of a chart: its name, and its points in any order.

    A point is a step and a value: ``None`` and ``nan`` break the line, ``inf`` shows at the edge; points without a
    finite step are left out. ``color`` is one of ``s1`` to ``s10``, ``dash`` 0 (solid) to 3. ``whole`` counts what was
    logged, where the points are only some of it. A ``faint`` line lies behind the others, and has no name at its end.
    """

    label: str
    points: Sequence[Point] | Columns
    color: str = "s1"
    dash: int = 0
    whole: Whole | None = None
    faint: bool = False

    @property
    def classes(self) -> str:
        """The classes of the line's colour, dashes and strength."""
        if self.color not in _COLOURS or not 0 <= self.dash <= 3:
            raise ValueError(f"a line is drawn in s1 to s10 with dash 0 to 3, not {self.color!r}, {self.dash!r}")
        return self.color + (f" d{self.dash}" if self.dash else "") + (" faint" if self.faint else "")


def columns_of(points: Sequence[Point] | Columns) -> Columns:
    """Points as two columns."""
    if isinstance(points, Columns):
        return points
    return Columns(*zip(*points, strict=True)) if points else Columns((), ())
