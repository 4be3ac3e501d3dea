"""Draws lines as SVG: paths, circles for few points, triangles for infinite values, sparklines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from operator import sub
from typing import NamedTuple

from markupsafe import Markup

from .axis import Axis, padded
from .series import (
    ACROSS,
    BOTTOM,
    LABELLED,
    PIXEL,
    TOP,
    Curve,
    Line,
    SortedSteps,
    as_float,
    drawable,
    percent,
    pieces_of,
    thinned,
)

_MARKED = 12
_EDGE_GAP = 50  # units: the smallest that can be distinguished
_POINTS_IN_ALL, _FEWEST_POINTS = 1_200, 80
_FINE = 4  # units of a sparkline in a pixel
IN_TABLE = (64, 16)
"""Width and height of the sparklines that have none of their own, since the styles have them."""


class Across(NamedTuple):
    """Horizontal positions of points, and differences as path text."""

    places: Sequence[int]
    ways: list[str]


_Placed = Sequence[tuple[Across, list[int]]]


class DrawnLine(NamedTuple):
    """A drawn line: ``paths`` for the inner drawing, ``marks`` for the outer; ``end`` is its last point."""

    line: Line
    paths: str
    marks: str
    end: tuple[int, int] | None


class _Signed(dict[int, str]):
    """Cache of vertical differences as text; they are integers within the height of the plot."""

    def __missing__(self, way: int) -> str:
        text = self[way] = f"{way:+d}"
        return text


class _Spaced(dict[int, str]):
    """Cache of horizontal differences as text; they are whole numbers up to the width of the plot."""

    def __missing__(self, way: int) -> str:
        text = self[way] = f" {way}"
        return text


_signed, _spaced = _Signed().__getitem__, _Spaced().__getitem__


def draw(curve: Curve, x: Axis, y: Axis, count: int, most: int) -> DrawnLine:
    """Draw one of ``count`` lines with at most ``most`` points, fewer if there are many lines."""
    limit = min(most, max(_POINTS_IN_ALL // count, _FEWEST_POINTS))
    placed = _placed(curve, x, y, limit)
    marked = not curve.line.faint and count <= LABELLED and sum([len(ys) for _, ys in placed]) <= _MARKED
    classes = curve.line.classes
    return DrawnLine(
        curve.line,
        _line_paths(placed, classes, dots=not marked),
        (_circles(placed, classes) if marked else "") + (_edges(curve, x, classes) if curve.broken else ""),
        (placed[-1][0].places[-1], placed[-1][1][-1]) if placed else None,
    )


def _placed(curve: Curve, x: Axis, y: Axis, limit: int) -> _Placed:
    """The positions of a curve's points, for each of its pieces."""
    whole = _whole(x, curve.track)
    if len(curve.values) <= limit and not curve.broken:
        return [(whole, y.positions(curve.values))] if curve.values else []
    places, values = thinned(whole.places, curve.values, limit)
    return [(across(at), y.positions(piece)) for at, piece in pieces_of(places, values)]


# Cached: the charts of a run share their steps.
@lru_cache(16)
def _whole(x: Axis, track: SortedSteps) -> Across:
    return across(x.positions(track.steps))


def across(places: Sequence[int]) -> Across:
    """Horizontal positions, with the way to each from the one before."""
    return Across(places, list(map(_spaced, map(sub, places[1:], places))))


def path(across: Across, ys: Sequence[int]) -> str:
    """A path in relative coordinates, half as long as with absolute ones."""
    start = f"M{across.places[0]} {ys[0]}"
    if len(ys) == 1:
        return f"{start}h0"
    parts = across.ways * 2
    parts[::2] = across.ways
    parts[1::2] = map(_signed, map(sub, ys[1:], ys))
    return f"{start}l{''.join(parts)[1:]}"


def area(edges: Sequence[Curve], x: Axis, y: Axis, most: int) -> str:
    """The area between a lower and an upper curve where both have values; empty without them."""
    if not edges:
        return ""
    sides = []
    for curve in edges:
        steps, values = thinned(curve.steps, curve.values, most)
        finite = [(step, value) for step, value in zip(steps, values, strict=True) if math.isfinite(value)]
        sides.append(
            list(zip(x.positions(step for step, _ in finite), y.positions(value for _, value in finite), strict=True))
        )
    corners = [f"{at} {height}" for at, height in sides[0] + sides[1][::-1]]
    return f'<path class="bars h2 {edges[0].line.classes}" d="M{"L".join(corners)}z"/>' if corners else ""


def _line_paths(placed: _Placed, classes: str, *, dots: bool) -> str:
    line = "".join([path(across, ys) for across, ys in placed if len(ys) > 1])
    points = "".join([path(across, ys) for across, ys in placed if len(ys) == 1]) if dots else ""
    return (f'<path class="line {classes}" d="{line}"/>' if line else "") + (
        f'<path class="dots {classes}" d="{points}"/>' if points else ""
    )


def _circles(placed: _Placed, classes: str) -> str:
    circles = "".join(
        f'<circle cx="{percent(at)}" cy="{height / PIXEL:g}" r="3"/>'
        for across, ys in placed
        for at, height in zip(across.places, ys, strict=True)
    )
    return f'<g class="mark {classes}">{circles}</g>' if circles else ""


def _edges(curve: Curve, x: Axis, classes: str) -> str:
    """Triangles where values are infinite; overlapping ones are drawn once."""
    parts = []
    for infinity, y, shape in ((math.inf, TOP, "M-4.5 7 0 0 4.5 7z"), (-math.inf, BOTTOM, "M-4.5-7 0 0 4.5-7z")):
        last = -ACROSS
        steps = (step for step, value in zip(curve.steps, curve.values, strict=True) if value == infinity)
        for at in x.positions(steps):
            if at - last >= _EDGE_GAP:
                parts.append(f'<svg class="edge {classes}" x="{percent(at)}" y="{y}"><path d="{shape}"/></svg>')
                last = at
    return "".join(parts)


def sparkline(values: Sequence[float | None], *, mark: int | None = None, width: int = 72, height: int = 20) -> Markup:
    """Draw values as a small line without axes, hidden from screen readers: the number stands beside it.

    Non-finite values are gaps. The dot is at index ``mark``, or at the last finite value. Tables have one in each row,
    so that every byte counts.
    """
    body = _spark(list(map(as_float, values)), mark, width, height)
    size = "" if (width, height) == IN_TABLE else f' width="{width}" height="{height}"'
    return Markup(  # noqa: S704 - only numbers stand in it
        f'<svg class="spark" aria-hidden="true"{size} viewBox="0 0 {width * _FINE} {height * _FINE}">{body}</svg>'
    )


def _spark(values: list[float], mark: int | None, width: int, height: int) -> str:
    finite = drawable(values)
    if not finite:
        return ""
    x, y = _spark_axes(len(values), min(finite), max(finite), width, height)
    steps, shown = thinned(range(len(values)), values, 2 * width)
    places = x.positions(steps)
    line = "".join([path(across(at), y.positions(values)) for at, values in pieces_of(places, shown)])
    if mark is None:
        mark = next(at for at in range(len(values) - 1, -1, -1) if math.isfinite(values[at]))
    dot = ""
    if 0 <= mark < len(values) and math.isfinite(values[mark]):
        dot = f'<path d="M{x.positions([mark])[0]} {y.positions([values[mark]])[0]}h0"/>'
    return f'<path d="{line}"/>{dot}'


def _spark_axes(count: int, low: float, high: float, width: int, height: int) -> tuple[Axis, Axis]:
    """Axes with room for the dot at each side; a constant lies in the middle."""
    edge = 2 * _FINE
    if high - low <= max(1e-9 * max(-low, high), 1e-300):
        low, high = padded(low, high, whole=False, log=False)
    y = Axis(low, high, height * _FINE - edge, 2 * edge - height * _FINE)
    return (Axis(0, count - 1, edge, width * _FINE - 2 * edge) if count > 1 else Axis(-1, 1, 0, width * _FINE)), y
