"""A series of numbers as a small line chart: SVG without script or style sheet, readable on light and dark."""

from __future__ import annotations

from html import escape
from itertools import groupby
from math import isfinite
from operator import itemgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Point = tuple[float, float | None]

WIDTH, HEIGHT = 280, 130
LEFT, RIGHT, TOP, BOTTOM = 56, WIDTH - 10, 8, HEIGHT - 20
LINE = "#3691e7"
GRAY = "#868e97"
TEXT = "#757b82"
"""As dark as it can be on black and as light as it can be on white: an image has not the colours of the notebook."""


def curve(name: str, steps: Sequence[float], values: Sequence[object]) -> str:
    """Draw values over steps; what is no finite number is a gap. Empty where nothing can be drawn."""
    pairs = ((_finite(step), _finite(value)) for step, value in zip(steps, values, strict=True))
    points = sorted(((step, value) for step, value in pairs if step is not None), key=itemgetter(0))
    known = [value for _, value in points if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    first, last = points[0][0], points[-1][0]
    across, up = scale(first, last, LEFT, RIGHT), scale(low, high, BOTTOM, TOP)
    lines = "".join(_line(part, across, up) for part in _parts(_thinned(points, across)))
    label = f"{name}: {len(points)} values from {number(low)} to {number(high)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="{escape(label)}">'
        f'<path d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}" fill="none" stroke="{GRAY}" stroke-opacity="0.6"/>'
        f'<g fill="none" stroke="{LINE}" stroke-width="1.6" stroke-linejoin="round" stroke-linecap="round">{lines}</g>'
        f'<g fill="{TEXT}" font-size="11" font-family="sans-serif">'
        f"{_labels(low, high, first, last)}</g></svg>"
    )


def is_curve(values: Sequence[object]) -> bool:
    """Whether values make a line: two at least, and none of them a text."""
    return len(values) > 1 and not any(isinstance(value, str) for value in values) and any(map(_is_number, values))


def number(value: float) -> str:
    """A number in at most six digits; whole ones below a million as they are."""
    return str(int(value)) if abs(value) < 1_000_000 and value == int(value) else f"{value:.6g}"


def _labels(low: float, high: float, first: float, last: float) -> str:
    ends = [(LEFT - 5, BOTTOM if low != high else (TOP + BOTTOM) // 2 + 4, "end", low)]
    ends += [(LEFT - 5, TOP + 8, "end", high)] if high != low else []
    ends += [(LEFT, HEIGHT - 5, "start", first), (RIGHT, HEIGHT - 5, "end", last)][: 1 + (first != last)]
    return "".join(f'<text x="{x}" y="{y}" text-anchor="{anchor}">{value:.4g}</text>' for x, y, anchor, value in ends)


def _is_number(value: object) -> bool:
    return _finite(value) is not None


def _finite(value: object) -> float | None:
    if type(value) is float:
        return value if isfinite(value) else None
    try:
        return float(value) if isinstance(value, (int, float)) and isfinite(value) else None
    except OverflowError:  # A whole number beyond all floats.
        return None


def scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """Where a number lies between two places; halved first, since the span of two floats may be none."""
    half = high / 2 - low / 2
    return lambda value: start + (end - start) * ((value / 2 - low / 2) / half if half else 0.5)


def _thinned(points: list[Point], across: Callable[[float], float]) -> list[Point]:
    """At most the least and the greatest value of each pixel, so that no spike is lost, and whether it had a gap."""
    if len(points) <= 2 * WIDTH:
        return points
    found: list[Point] = []
    for _, group in groupby(points, lambda point: int(across(point[0]))):
        column = list(group)
        known = [(value, at, step) for at, (step, value) in enumerate(column) if value is not None]
        if known:
            ends = sorted({min(known), max(known)}, key=lambda end: end[1])
            found += [(step, value) for value, _, step in ends]
        if len(known) < len(column) / 2:
            found.append((column[-1][0], None))
    return found


def _parts(points: list[Point]) -> list[list[tuple[float, float]]]:
    """The stretches between gaps."""
    found: list[list[tuple[float, float]]] = [[]]
    for step, value in points:
        if value is None:
            found.append([])
        else:
            found[-1].append((step, value))
    return [part for part in found if part]


def _line(part: list[tuple[float, float]], across: Callable[[float], float], up: Callable[[float], float]) -> str:
    places = [(f"{across(step):.1f}", f"{up(value):.1f}") for step, value in part]
    if len(places) == 1:  # A line of no length, which round ends make a dot.
        return f'<path stroke-width="4" d="M{places[0][0]} {places[0][1]}h0"/>'
    return f'<polyline points="{" ".join(f"{x},{y}" for x, y in places)}"/>'
