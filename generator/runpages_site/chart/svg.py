"""Draws lines as SVG: paths, circles for few points, triangles for infinite values, sparklines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from operator import sub
from typing import NamedTuple

from markupsafe import Markup

from .axis import WHOLE, Axis, padded
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
    """Horizontal positions of points, and the parts of a path through them: after each way there is room for another.

    The ways are differences from the point before as path text.
    """

    places: Sequence[int]
    parts: list[str]


_Placed = Sequence[tuple[Across, Sequence[float]]]


class DrawnLine(NamedTuple):
    """A drawn line: ``paths`` for the inner drawing, ``marks`` for the outer; ``end`` is its last point."""

    line: Line
    paths: str
    marks: str
    end: tuple[int, int] | None


class _Spaced(dict[int, str]):
    """Cache of horizontal differences as text; they are whole numbers up to the width of the plot."""

    def __missing__(self, way: int) -> str:
        text = self[way] = f" {way}"
        return text


_spaced = _Spaced().__getitem__


@cache
def _upwards() -> dict[float, str]:
    """The vertical difference to the next point, as text, by the way back from it; for all within the plot."""
    height = (BOTTOM - TOP) * PIXEL
    return {float(-way): f"{way:+d}" for way in range(-height, height + 1)}


def draw(curve: Curve, x: Axis, y: Axis, count: int, most: int) -> DrawnLine:
    """Draw one of ``count`` lines with at most ``most`` points, fewer if there are many lines."""
    limit = min(most, max(_POINTS_IN_ALL // count, _FEWEST_POINTS))
    classes = curve.line.classes
    if _MARKED < len(curve.values) <= limit and not curve.broken:  # The usual line.
        whole = _whole(x, curve.track)
        drawn = f'<path class="line {classes}" d="{path(whole, curve.values, y)}"/>'
        return DrawnLine(curve.line, drawn, "", (whole.places[-1], y.positions(curve.values[-1:])[0]))
    placed = _placed(curve, x, limit)
    marked = not curve.line.faint and count <= LABELLED and sum([len(values) for _, values in placed]) <= _MARKED
    return DrawnLine(
        curve.line,
        _line_paths(placed, y, classes, dots=not marked),
        (circles(((way.places, values) for way, values in placed), y, classes) if marked else "")
        + (_edges(curve, x, classes) if curve.broken else ""),
        (placed[-1][0].places[-1], y.positions(placed[-1][1][-1:])[0]) if placed else None,
    )


def _placed(curve: Curve, x: Axis, limit: int) -> _Placed:
    """The horizontal positions of a curve's points with their values, for each of its pieces."""
    whole = _whole(x, curve.track)
    if len(curve.values) <= limit and not curve.broken:
        return [(whole, curve.values)] if curve.values else []
    places, values = thinned(whole.places, curve.values, limit)
    return [(across(at), piece) for at, piece in pieces_of(places, values)]


# Cached: the charts of a run share their steps.
@lru_cache(16)
def _whole(x: Axis, track: SortedSteps) -> Across:
    return across(x.positions(track.steps))


def across(places: Sequence[int]) -> Across:
    """Horizontal positions, with the way to each from the one before."""
    ways = list(map(_spaced, map(sub, places[1:], places)))
    if ways:
        ways[0] = ways[0][1:]
    parts = ways * 2
    parts[::2] = ways
    return Across(places, parts)


def path(across: Across, values: Sequence[float], y: Axis) -> str:
    """A path in relative coordinates, half as long as with absolute ones."""
    low, factor, origin = y.scaling
    if not factor:
        return _path_of(across, y.positions(values))
    at = first = (values[0] - low) * factor + origin
    upwards = _upwards()
    parts = across.parts.copy()
    try:
        parts[1::2] = [upwards[at - (at := (value - low) * factor + origin)] for value in values[1:]]
    except KeyError:  # It leaves the plot.
        return _path_of(across, y.positions(values))
    start = f"M{across.places[0]} {int(first - WHOLE)}"
    return f"{start}l{''.join(parts)}" if parts else f"{start}h0"


def _path_of(across: Across, ys: Sequence[int]) -> str:
    parts = across.parts.copy()
    parts[1::2] = [f"{way:+d}" for way in map(sub, ys[1:], ys)]
    start = f"M{across.places[0]} {ys[0]}"
    return f"{start}l{''.join(parts)}" if parts else f"{start}h0"


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


def _line_paths(placed: _Placed, y: Axis, classes: str, *, dots: bool) -> str:
    line = "".join([path(across, values, y) for across, values in placed if len(values) > 1])
    points = "".join([path(across, values, y) for across, values in placed if len(values) == 1]) if dots else ""
    return (f'<path class="line {classes}" d="{line}"/>' if line else "") + (
        f'<path class="dots {classes}" d="{points}"/>' if points else ""
    )


def circles(pieces: Iterable[tuple[Sequence[int], Sequence[float]]], y: Axis, classes: str) -> str:
    """A circle for each point of some pieces of a line, from horizontal positions and values."""
    found = "".join(
        f'<circle cx="{percent(at)}" cy="{height / PIXEL:g}" r="3"/>'
        for places, values in pieces
        for at, height in zip(places, y.positions(values), strict=True)
    )
    return f'<g class="mark {classes}">{found}</g>' if found else ""


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
    body = _spark(_numbers(values), mark, width, height)
    size = "" if (width, height) == IN_TABLE else f' width="{width}" height="{height}"'
    return Markup(  # noqa: S704 - only numbers stand in it
        f'<svg class="spark" aria-hidden="true"{size} viewBox="0 0 {width * _FINE} {height * _FINE}">{body}</svg>'
    )


def _numbers(values: Sequence[float | None]) -> list[float]:
    try:
        return list(map(float, values))  # type: ignore[arg-type]
    except (TypeError, OverflowError):  # A value is None, or larger than any float.
        return list(map(as_float, values))


def _spark(values: list[float], mark: int | None, width: int, height: int) -> str:
    finite = drawable(values)
    if not finite:
        return ""
    whole = _spark_across(len(values), width)
    y = _spark_axis(min(finite), max(finite), height)
    if finite is values and len(values) <= 2 * width:
        line = path(whole, values, y)
    else:
        places, shown = thinned(whole.places, values, 2 * width)
        line = "".join([path(across(at), values, y) for at, values in pieces_of(places, shown)])
    if mark is None:
        mark = next(at for at in range(len(values) - 1, -1, -1) if math.isfinite(values[at]))
    dot = ""
    if 0 <= mark < len(values) and math.isfinite(values[mark]):
        dot = f'<path d="M{whole.places[mark]} {y.positions(values[mark : mark + 1])[0]}h0"/>'
    return f'<path d="{line}"/>{dot}'


# Cached: most curves of a site are kept in as many levels.
@lru_cache(64)
def _spark_across(count: int, width: int) -> Across:
    """The horizontal positions in a sparkline, with room for the dot at each side."""
    edge = 2 * _FINE
    x = Axis(0, count - 1, edge, width * _FINE - 2 * edge) if count > 1 else Axis(-1, 1, 0, width * _FINE)
    return across(x.positions(range(count)))


def _spark_axis(low: float, high: float, height: int) -> Axis:
    """The y axis with room for the dot at each side; a constant lies in the middle."""
    edge = 2 * _FINE
    if high - low <= max(1e-9 * max(-low, high), 1e-300):
        low, high = padded(low, high, whole=False, log=False)
    return Axis(low, high, height * _FINE - edge, 2 * edge - height * _FINE)
