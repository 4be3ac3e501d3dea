"""Draws charts over runs: curves of many runs, a value over another, and parallel coordinates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup

from .. import select
from ..text import html
from .alt_text import say
from .axis import Axis, Tick, anchor, elided, linear, of_exponents, padded, upright, width, x_axis, y_axis
from .line_chart import (
    POINTS,
    LineEnd,
    drawing,
    end_label,
    frame,
    inner,
    is_beside,
    leader,
    line_ends,
    right_margin,
    side_of,
    x_labels,
)
from .series import ACROSS, BOTTOM, HALF_TEXT, LABELLED, PIXEL, Curve, Line, curve_of, percent
from .svg import DrawnLine, draw

_ROOM, _ROOM_NAMED = 250, 180
_OF_PHONE = 290
"""The room of a phone of 390 pixels: names of values that fit there are whole, and may come near an axis on less."""
_BEFORE_AXES = 72
"""Most of a label before the first of several axes."""
_TICKS = 8
"""Most values of an axis that have a tick each."""
_FEW = 12
"""Most values of x whose dots lie side by side."""
_LOG_FROM = 8.0
"""Smallest ratio of the ends of a logarithmic axis."""
_DOT = 60  # units of the inner drawing, about the width of a dot in a card
_MANY_POINTS = 16
_HIGH = 6 * PIXEL
"""Height of a dot."""


class Scale(NamedTuple):
    """An axis of numbers or of categories: texts in their order, whose positions are 0, 1, …"""

    name: str
    low: float
    high: float
    log: bool
    ticks: tuple[Tick, ...]
    """With the positions as values."""
    categories: int = 0

    def position(self, value: float) -> float:
        """The position of a value between ``low`` and ``high``."""
        return math.log10(value) if self.log else value


def is_log(values: Sequence[float]) -> bool:
    """Whether numbers are better seen on a logarithmic axis: their median is nearer to the geometric middle.

    All are above zero then, the greatest at least eight times the least, and three differ.
    """
    known = sorted(set(values))
    if len(known) < 3 or known[0] <= 0 or known[-1] / known[0] < _LOG_FROM:
        return False
    middle = select.median(values) or 0.0
    return abs(middle - math.sqrt(known[0]) * math.sqrt(known[-1])) < abs(middle - (known[0] / 2 + known[-1] / 2))


def numbers(name: str, values: Sequence[float], *, exact: Mapping[float, str] = {}) -> Scale:
    """The scale of finite numbers; ``exact`` spells those that get a tick of their own where they are few."""
    log = is_log(values)
    placed = [math.log10(value) for value in values] if log else [float(value) for value in values]
    low, high = padded(min(placed), max(placed), whole=False, log=log)
    if 0 < len(exact) <= _TICKS:
        own = [Tick(math.log10(value) if log else float(value), spelled) for value, spelled in exact.items()]
        return Scale(name, low, high, log, tuple(sorted(own)))
    if min(placed) == max(placed):
        return Scale(name, low, high, log, (Tick(placed[0], say(values[0])),))
    if log:
        found = of_exponents(low, high, limit=5)
        return Scale(name, low, high, log, tuple(Tick(math.log10(tick.value), tick.label) for tick in found))
    return Scale(name, low, high, log, linear(low, high, limit=5))


def categories(name: str, texts: Sequence[str]) -> Scale:
    """The scale of categories."""
    ticks = tuple(Tick(float(at), text) for at, text in enumerate(texts))
    return Scale(name, -0.5, len(texts) - 0.5, False, ticks, len(texts))


def overlay_chart(lines: Sequence[Line], names: Mapping[str, str], *, alt: str, x_name: str, log: bool) -> Markup:
    """Draw the curves of runs over each other; ``names`` has the label of each colour, at the ends of its lines."""
    curves = [curve_of(line) for line in lines]
    shown = [curve.logarithmic() for curve in curves] if log else curves
    room = _ROOM_NAMED if names else _ROOM
    x, y = x_axis(shown, math.nan, room), y_axis(shown, log)
    drawn = [draw(curve, x, y, len(lines), _MANY_POINTS if len(lines) > LABELLED else POINTS) for curve in shown]
    ends = _named_ends(shown, drawn, names)
    side = side_of(y)
    many = " many" if len(lines) > LABELLED else ""
    return drawing(
        f"left-{side.left} right-{right_margin(ends)}{many}",
        alt,
        f"{inner(frame(x, side) + ''.join(map(leader, ends)) + ''.join(line.paths for line in drawn))}"
        f"{side.labels}{x_labels(x, x_name, room, side.left)}"
        f"{''.join(line.marks for line in drawn)}{''.join(map(end_label, ends))}",
    )


def _named_ends(curves: Sequence[Curve], drawn: Sequence[DrawnLine], names: Mapping[str, str]) -> list[LineEnd]:
    """A name for each colour, where the longest of its lines ends, at the mean height of their ends."""
    found = []
    for color, name in names.items():
        places = [one.end for curve, one in zip(curves, drawn, strict=True) if one.end and curve.line.color == color]
        if places:
            end = (max(across for across, _ in places), round(sum(height for _, height in places) / len(places)))
            found.append(DrawnLine(Line(name, (), color), "", "", end))
    return line_ends(found)


class Dot(NamedTuple):
    """A run in a chart of one value over another, in a colour; ``x`` is a number or the index of a category."""

    x: float
    y: float
    color: str


def points_chart(
    dots: Sequence[Dot],
    x: Scale,
    y: Scale,
    *,
    alt: str,
    line: Sequence[tuple[float, float]] = (),
    best: tuple[int, str] | None = None,
) -> Markup:
    """Draw a dot for each run; ``line`` are the means, or a front, by x, and ``best`` is the place and name of one.

    Over categories a mean is a bar, and dots that would hide each other lie side by side.
    """
    over = Axis(x.low, x.high, 0, ACROSS).with_ticks(x.ticks)
    if x.categories:
        over = over._replace(ticks=tuple((at, elided(label, _ROOM / x.categories)) for at, label in over.ticks))
    over = over._replace(ticks=_apart(over.ticks))
    up = upright(y.low, y.high).with_ticks(y.ticks)
    side = side_of(up)
    places = [(_at(over, x, dot.x), _at(up, y, dot.y)) for dot in dots]
    few = x.categories or len({dot.x for dot in dots})
    if few <= _FEW:
        places = _side_by_side(places, ACROSS // few if x.categories else min(ACROSS * 2 // (3 * (few + 1)), 180))
    by_color: dict[str, list[str]] = {}
    for dot, (across, height) in zip(dots, places, strict=True):
        by_color.setdefault(dot.color, []).append(f"M{across} {height}h0")
    paths = "".join(f'<path class="run-dots {color}" d="{"".join(parts)}"/>' for color, parts in by_color.items())
    ring = _ring(places[best[0]], best[1]) if best else ""
    name = x.name if is_beside(x.name, side.left) else ""
    labels = side.labels + x_labels(_escaped(over), name, _ROOM, side.left)
    body = inner(frame(over, side) + _means(line, x, y, over, up) + paths)
    return drawing(f"left-{side.left} right-12", alt, f"{body}{labels}{ring}")


def _means(line: Sequence[tuple[float, float]], x: Scale, y: Scale, over: Axis, up: Axis) -> str:
    if not line:
        return ""
    points = [(_at(over, x, at), _at(up, y, value)) for at, value in line]
    if x.categories:
        half = ACROSS * 3 // (10 * x.categories)
        return f'<path class="mean" d="{"".join(f"M{at - half} {height}h{2 * half}" for at, height in points)}"/>'
    return f'<path class="mean" d="M{" ".join(f"{at} {height}" for at, height in points)}"/>'


def _ring(place: tuple[int, int], name: str) -> str:
    at, height = place
    y = height / PIXEL
    last, offset = (' class="last"', -10) if at > ACROSS // 2 else ("", 10)
    base = min(y + HALF_TEXT, BOTTOM - 6)  # Above the axis.
    return (
        f'<svg class="best" x="{percent(at)}"><circle cy="{y:g}" r="5"/>'
        f'<text{last} x="{offset}" y="{base:g}">{html(elided(name, 120))}</text></svg>'
    )


def _side_by_side(places: Sequence[tuple[int, int]], room: int) -> list[tuple[int, int]]:
    """Dots of one category that would lie over each other, beside each other around its middle."""
    rows: dict[tuple[int, int], list[int]] = {}
    for index, (at, height) in enumerate(places):
        rows.setdefault((at, height // _HIGH), []).append(index)
    found = list(places)
    for (at, _), row in rows.items():
        apart = min(_DOT * 2 // 3, room * 8 // (10 * max(len(row), 1)))
        for turn, index in enumerate(row):
            found[index] = (at + round((turn - (len(row) - 1) / 2) * apart), places[index][1])
    return found


class Track(NamedTuple):
    """A run in parallel coordinates: its value on each axis, and its colour."""

    values: Sequence[float]
    color: str


def parallel_chart(tracks: Sequence[Track], scales: Sequence[Scale], *, alt: str) -> Markup:
    """Draw a line for each run through its values on some axes, whose names stand above them, in two rows if long."""
    share = _ROOM / len(scales)
    rows = 2 if any(width(scale.name) > share for scale in scales) else 1
    top = 10 + 16 * rows
    start, length = BOTTOM * PIXEL, (top - BOTTOM) * PIXEL
    axes = [Axis(scale.low, scale.high, start, length).with_ticks(scale.ticks) for scale in scales]
    rooms = [_BEFORE_AXES] + [_OF_PHONE / (len(scales) - 1) - 8] * (len(scales) - 1)
    axes = [
        axis._replace(ticks=tuple((at, elided(label, room)) for at, label in _spaced(axis.ticks)))
        for axis, room in zip(axes, rooms, strict=True)
    ]
    left = side_of(axes[0]).left
    across = [round(ACROSS * at / (len(axes) - 1)) for at in range(len(axes))]
    by_color: dict[str, list[str]] = {}
    for track in tracks:
        places = zip(across, axes, scales, track.values, strict=True)
        corners = [(at, _at(axis, scale, value)) for at, axis, scale, value in places]
        ways = " ".join(f"{x2 - x1} {y2 - y1:+d}".replace(" +", " ") for (x1, y1), (x2, y2) in pairwise(corners))
        by_color.setdefault(track.color, []).append(f"M{corners[0][0]} {corners[0][1]}l{ways}")
    lines = "".join(f'<path class="runs-line {color}" d="{"".join(parts)}"/>' for color, parts in by_color.items())
    bars = "".join(f"M{at} {top * PIXEL}V{BOTTOM * PIXEL}" for at in across)
    names = "".join(
        f'<text class="{_anchor(at)}" x="{percent(at)}" y="{14 + 16 * (turn % rows)}">'
        f"{html(elided(scale.name, share * rows))}</text>"
        for turn, (at, scale) in enumerate(zip(across, scales, strict=True))
    )
    labels = "".join(_axis_labels(at, axis) for at, axis in zip(across, axes, strict=True))
    body = inner(f'{lines}<path class="bar" d="{bars}"/>')
    return drawing(f"parallel left-{left} right-12", alt, f"{body}{names}{labels}")


def _axis_labels(at: int, axis: Axis) -> str:
    """The labels of an axis, left of it."""
    texts = "".join(
        f'<text x="-5" y="{height / PIXEL + HALF_TEXT:g}">{html(label)}</text>' for height, label in axis.ticks
    )
    return f'<svg class="beside" x="{percent(at)}">{texts}</svg>'


def _anchor(at: int) -> str:
    return "axis-name first" if at == 0 else "axis-name last" if at == ACROSS else "axis-name"


def _at(axis: Axis, scale: Scale, value: float) -> int:
    return axis.positions([scale.position(value)])[0]


def _escaped(axis: Axis) -> Axis:
    """The same axis with labels that were logged made fit for markup."""
    return axis._replace(ticks=tuple((at, html(label)) for at, label in axis.ticks))


_SHARES = {"start": 0.0, "middle": 0.5, "end": 1.0}
"""How much of a label lies before its tick."""


def _apart(ticks: Sequence[tuple[int, str]]) -> tuple[tuple[int, str], ...]:
    """The ticks along a narrow plot, without labels that would touch the one before."""
    kept: list[tuple[int, str]] = []
    end = -math.inf
    for at, label in ticks:
        place, size = at * _ROOM / ACROSS, width(label)
        start = place - size * _SHARES[anchor(place, label, _ROOM)]
        if start >= end:
            kept.append((at, label))
            end = start + size + 6
        else:
            kept.append((at, ""))
    return tuple(kept)


def _spaced(ticks: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """The ticks up an axis, without those that would touch the one before."""
    kept: list[tuple[int, str]] = []
    for at, label in ticks:
        if not kept or abs(kept[-1][0] - at) >= 13 * PIXEL:
            kept.append((at, label))
    return kept
