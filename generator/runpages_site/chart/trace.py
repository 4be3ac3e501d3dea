"""A line as markup: its path, circles where its points are few, and triangles where it is infinite."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from operator import sub
from typing import NamedTuple

from .axis import Axis
from .curve import Curve, pieces_of
from .line import LABELLED, Line
from .plot import ACROSS, BOTTOM, PIXEL, TOP, percent
from .sample import thinned

_MARKED = 12
_EDGE_GAP = 50  # units: the least that can be told apart
_POINTS, _POINTS_IN_ALL, _FEWEST_POINTS = 400, 1_200, 80

_Placed = Sequence[tuple[list[int], list[int]]]


class Trace(NamedTuple):
    """A line as markup: ``paths`` for the inner drawing, ``marks`` for the outer; ``end`` is its last point."""

    line: Line
    paths: str
    marks: str
    end: tuple[int, int] | None


def draw(curve: Curve, x: Axis, y: Axis, count: int) -> Trace:
    """Draw one of ``count`` lines."""
    limit = max(min(_POINTS, _POINTS_IN_ALL // count), _FEWEST_POINTS)
    steps, values = thinned(curve, limit)
    pieces = pieces_of(steps, values) if curve.broken else [(steps, values)] if steps else []
    placed = [(x.place(steps), y.place(values)) for steps, values in pieces]
    marked = count <= LABELLED and sum(len(xs) for xs, _ in placed) <= _MARKED
    classes = curve.line.classes
    return Trace(
        curve.line,
        _line_paths(placed, classes, dots=not marked),
        (_circles(placed, classes) if marked else "") + (_edges(curve, x, classes) if curve.broken else ""),
        (placed[-1][0][-1], placed[-1][1][-1]) if placed else None,
    )


def path(xs: Sequence[int], ys: Sequence[int]) -> str:
    """A line through points, by the way from each to the next: half as long as with coordinates."""
    if len(xs) == 1:
        return f"M{xs[0]} {ys[0]}h0"
    ways = chain.from_iterable(zip(map(sub, xs[1:], xs), map(sub, ys[1:], ys), strict=False))
    return f"M{xs[0]} {ys[0]}l" + (" %d%+d" * (len(xs) - 1) % tuple(ways))[1:]


def _line_paths(placed: _Placed, classes: str, *, dots: bool) -> str:
    line = "".join([path(xs, ys) for xs, ys in placed if len(xs) > 1])
    points = "".join([path(xs, ys) for xs, ys in placed if len(xs) == 1]) if dots else ""
    return (f'<path class="line {classes}" d="{line}"/>' if line else "") + (
        f'<path class="dots {classes}" d="{points}"/>' if points else ""
    )


def _circles(placed: _Placed, classes: str) -> str:
    circles = "".join(
        f'<circle cx="{percent(at)}" cy="{height / PIXEL:g}" r="3"/>'
        for xs, ys in placed
        for at, height in zip(xs, ys, strict=True)
    )
    return f'<g class="mark {classes}">{circles}</g>' if circles else ""


def _edges(curve: Curve, x: Axis, classes: str) -> str:
    """Triangles where values are infinite; of those that would lie on one another, one."""
    parts = []
    for infinity, y, shape in ((math.inf, TOP, "M-4.5 7 0 0 4.5 7z"), (-math.inf, BOTTOM, "M-4.5-7 0 0 4.5-7z")):
        last = -ACROSS
        steps = (step for step, value in zip(curve.steps, curve.values, strict=True) if value == infinity)
        for at in x.place(steps):
            if at - last >= _EDGE_GAP:
                parts.append(f'<svg class="edge {classes}" x="{percent(at)}" y="{y}"><path d="{shape}"/></svg>')
                last = at
    return "".join(parts)
