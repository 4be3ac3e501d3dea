"""Draws curves over numbers other than steps, with a reference line and error bars."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup

from .axis import Axis, linear, upright
from .line_chart import (
    POINTS,
    drawing,
    end_label,
    frame,
    inner,
    leader,
    line_ends,
    right_margin,
    side_of,
    x_labels,
)
from .series import ACROSS, Curve, Line, curve_of, pieces_of, thinned
from .svg import DrawnLine, across, circles, path

# As in line charts; a plot without line names has the full width of a phone.
_ROOM, _ROOM_NAMED = 280, 180
_NAMED = 10

Point = tuple[float, float]


class Bar(NamedTuple):
    """An error bar from ``low`` to ``high`` at ``x``."""

    x: float
    low: float
    high: float


def xy_chart(
    lines: Sequence[Line],
    *,
    alt: str,
    x_name: str,
    x: tuple[float, float] = (0.0, 1.0),
    y: tuple[float, float] = (0.0, 1.0),
    reference: Sequence[Point] = (),
    bars: Sequence[Bar] = (),
    dots: bool = False,
) -> Markup:
    """Draw curves in the ranges ``x`` and ``y``, over a dashed ``reference``, 196 pixels high and as wide as its card.

    Two to ten lines are named at their ends, unless all end at the same point. ``bars`` are
    errors; with ``dots`` each point is a circle. The points of a curve are sorted by x, those of one x stay in order.
    ``alt`` is the text alternative.
    """
    over = Axis(*x, 0, ACROSS).with_ticks(linear(*x, limit=5))
    up = upright(*y).with_ticks(linear(*y))
    curves = [curve_of(line) for line in lines]
    drawn = [_drawn(curve, over, up) for curve in curves]
    named = len(lines) <= _NAMED and len({one.end for one in drawn}) > 1
    ends = line_ends(drawn) if named else []
    room = _ROOM_NAMED if named else _ROOM
    marks = "".join(_dots(curve, over, up) for curve in curves) if dots else ""
    side = side_of(up, x_name)
    return drawing(
        f"left-{side.left} right-{right_margin(ends)}",
        alt,
        f"{inner(frame(over, side) + _reference(reference, over, up))}"
        f"{inner(''.join(map(leader, ends)) + _bars(bars, over, up) + ''.join(line.paths for line in drawn))}"
        f"{side.labels}{x_labels(over, x_name, room, side.left)}{marks}{''.join(map(end_label, ends))}",
    )


def curve_path(points: Sequence[Point], y: tuple[float, float], most: int) -> str:
    """The path of a curve with x from 0 to 1, for a script that adds it to a chart."""
    return _path(curve_of(Line("", points)), Axis(0, 1, 0, ACROSS), upright(*y), most)


def stepped(points: Sequence[Point]) -> list[Point]:
    """Points as a step curve: from each x to the next at the height of the next."""
    corners = [(before[0], after[1]) for before, after in pairwise(points)]
    return [points[0], *(point for pair in zip(corners, points[1:], strict=True) for point in pair)] if points else []


def _drawn(curve: Curve, x: Axis, y: Axis) -> DrawnLine:
    found = _path(curve, x, y, POINTS)
    end = (x.positions(curve.steps[-1:])[0], y.positions(curve.values[-1:])[0]) if found else None
    markup = f'<path class="line {curve.line.classes}" d="{found}"/>' if found else ""
    return DrawnLine(curve.line, markup, "", end)


def _path(curve: Curve, x: Axis, y: Axis, most: int) -> str:
    steps, values = thinned(curve.steps, curve.values, most)
    return "".join([path(across(at), piece, y) for at, piece in pieces_of(x.positions(steps), values)])


def _reference(points: Sequence[Point], x: Axis, y: Axis) -> str:
    if not points:
        return ""
    places = zip(x.positions([at for at, _ in points]), y.positions([value for _, value in points]), strict=True)
    return f'<path class="reference" d="M{" ".join(f"{at} {height}" for at, height in places)}"/>'


def _bars(bars: Sequence[Bar], x: Axis, y: Axis) -> str:
    ways = "".join(
        "M{} {}V{}".format(*x.positions([bar.x]), *y.positions([max(bar.low, y.low), min(bar.high, y.high)]))
        for bar in bars
    )
    return f'<path class="errors s1" d="{ways}"/>' if ways else ""


def _dots(curve: Curve, x: Axis, y: Axis) -> str:
    return circles(pieces_of(x.positions(curve.steps), curve.values), y, curve.line.classes)
