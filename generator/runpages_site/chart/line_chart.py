"""Draws line charts: lines, axes, nan bands and labels."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from markupsafe import Markup

from ..text import html
from ..text.number import short
from .alt_text import sentence
from .axis import Axis, anchor, elided, width, x_axis, y_axis
from .series import ACROSS, BOTTOM, HALF_TEXT, HEIGHT, LABELLED, PIXEL, TOP, Curve, Line, as_float, curve_of, percent
from .svg import DrawnLine, area, draw

# Narrowest plot that labels must fit, in pixels: a card on a phone, without and with line names.
_NARROW, _NARROW_NAMED = 250, 180
POINTS = 280
"""Points at which a thinned line looks like the whole line, at half the width of a page."""
_FLOOR = BOTTOM * PIXEL + 5


def line_chart(
    lines: Sequence[Line],
    *,
    name: str,
    x_name: str = "step",
    log_y: bool = False,
    ended_at: float | None = None,
    points: int = POINTS,
    band: Sequence[Line] = (),
    alt_note: str = "",
    bare: bool = False,
) -> Markup:
    """Draw values over steps, 196 pixels high and as wide as the container.

    Two to eight lines are named at their ends; for more, the caller adds a legend. ``log_y`` puts values
    that are not above zero at the lower edge, and does nothing where none is above. ``ended_at`` is the step of a
    dashed vertical: the last point read of a run that did not end. A line has at most so many ``points``. ``band`` is
    the lower and the upper line of an area behind the lines. ``alt_note`` is added to the text alternative.
    A ``bare`` chart is its lines alone, hidden from screen readers: they lie where those of the whole chart do.
    """
    curves = [curve_of(line) for line in lines if not line.faint]
    faint = [curve_of(line) for line in lines if line.faint]
    edges = list(map(curve_of, band))
    shown = curves
    if log_y and any(curve.high > 0 for curve in curves):
        shown, faint, edges = ([curve.logarithmic() for curve in some] for some in (curves, faint, edges))
    else:
        log_y = False
    named = 1 < len(curves) <= LABELLED
    room = _NARROW_NAMED if named else _NARROW
    stop = as_float(ended_at)
    x, y = x_axis(shown + faint, stop, room), y_axis(shown + faint + edges, log_y)
    behind = [draw(curve, x, y, len(lines), points) for curve in faint]
    drawn = [draw(curve, x, y, len(lines), points) for curve in shown]
    ends = line_ends(drawn) if named else []
    side = side_of(y)
    margins = f"left-{side.left} right-{right_margin(ends)}{' many' if len(curves) > LABELLED else ''}"
    paths = area(edges, x, y, points) + "".join([line.paths for line in behind + drawn])
    if bare:
        return Markup(f'<svg class="chart {margins}" aria-hidden="true">{inner(paths)}</svg>')  # noqa: S704 - numbers
    bands = _bands_of(shown, x)
    alt = sentence(curves, name, x_name) + (f" {alt_note}" if alt_note else "")
    return drawing(
        margins,
        alt,
        f"{inner(_band_path(bands) + frame(x, side) + _stop(stop, x) + ''.join(map(leader, ends)) + paths)}"
        f"{side.labels}{x_labels(x, x_name, room, side.left)}{_nan_labels(bands, room)}"
        f"{''.join([line.marks for line in behind + drawn])}{''.join(map(end_label, ends))}"
        f"{_single_point(curves, drawn)}",
    )


def drawing(classes: str, alt: str, body: str) -> Markup:
    """A whole chart; ``classes`` are those of its margins, ``alt`` is its text alternative, not escaped yet."""
    return Markup(f'<svg class="chart {classes}" role="img" aria-label="{html(alt)}">{body}</svg>')  # noqa: S704 - escaped


def inner(body: str) -> str:
    """The inner drawing, which stretches with the chart while its strokes do not."""
    return f'<svg viewBox="0 0 {ACROSS} {HEIGHT * PIXEL}" preserveAspectRatio="none">{body}</svg>'


def frame(x: Axis, side: Side) -> str:
    """Gridlines, x axis and ticks, on half pixels, where lines one pixel wide are sharp."""
    return (f'<path class="grid" d="{side.grid}"/>' if side.grid else "") + _x_line(x)


@lru_cache(256)
def _x_line(x: Axis) -> str:
    ticks = "".join([f"M{at} {_FLOOR}v40" for at, _ in x.ticks])
    return f'<path class="axis" d="M0 {_FLOOR}h{ACROSS}{ticks}"/>'


def _stop(stop: float, x: Axis) -> str:
    if not math.isfinite(stop):
        return ""
    return f'<path class="stop" d="M{x.positions([stop])[0]} {TOP * PIXEL}V{BOTTOM * PIXEL}"/>'


_RIGHT_MARGIN, _NAME_MARGINS = 12, (70, 86)
_NAME_AT = 12  # pixels right of the plot
_LABEL_GAP = 13


class LineEnd(NamedTuple):
    """The last point of a line in the inner drawing, and its name at a height in pixels."""

    line: Line
    x: int
    y: int
    text: str
    height: float


def line_ends(drawn: Sequence[DrawnLine]) -> list[LineEnd]:
    """The line ends from the top down, with names spread so that they do not overlap."""
    ended = sorted(((line.end[1], line.end[0], line.line) for line in drawn if line.end), key=itemgetter(0))
    heights = _spread([y / PIXEL for y, _, _ in ended])
    room = _NAME_MARGINS[-1] - _NAME_AT
    return [
        LineEnd(line, x, y, elided(line.label, room), height)
        for (y, x, line), height in zip(ended, heights, strict=True)
    ]


def leader(end: LineEnd) -> str:
    """A leader from a line that stops early to its name at the edge of the plot."""
    if end.x >= ACROSS:
        return ""
    return f'<path class="reach {end.line.classes}" d="M{end.x} {end.y}H{ACROSS}"/>'


def end_label(end: LineEnd) -> str:
    """Dot and name at the end of a line."""
    y = end.y / PIXEL
    return (
        f'<g class="end {end.line.classes}"><circle cx="{percent(end.x)}" cy="{y:g}" r="3"/>'
        f'<svg x="100%"><path class="lead" d="M{4 if end.x >= ACROSS else 0} {y:g} 9 {end.height:g}"/>'
        f'<text class="label" x="{_NAME_AT}" y="{end.height + HALF_TEXT:g}">{html(end.text)}</text></svg></g>'
    )


def right_margin(ends: Sequence[LineEnd]) -> int:
    """The smallest right margin of the style sheet that holds the names."""
    if not ends:
        return _RIGHT_MARGIN
    needed = max(width(end.text) for end in ends) + _NAME_AT
    return next((margin for margin in _NAME_MARGINS if margin >= needed), _NAME_MARGINS[-1])


def _spread(wanted: Sequence[float]) -> list[float]:
    """The heights nearest to the wanted ones (ascending) that are far enough apart."""
    # Isotonic regression: minus one label height per label above, heights must not decrease.
    blocks: list[tuple[float, int]] = []
    for at, height in enumerate(wanted):
        total, size = height - at * _LABEL_GAP, 1
        while blocks and blocks[-1][0] / blocks[-1][1] >= total / size:
            above, more = blocks.pop()
            total, size = total + above, size + more
        blocks.append((total, size))
    lowest = BOTTOM - _LABEL_GAP * (len(wanted) - 1)
    flat = [min(max(total / size, TOP), lowest) for total, size in blocks for _ in range(size)]
    return [round(height, 1) + at * _LABEL_GAP for at, height in enumerate(flat)]


_NOTE_TEXT = 19
_BAND_WIDTH, _BAND_GAP = 16, 20  # units: the smallest that can be distinguished

Band = tuple[int, int, int]
"""Start and end in units of the inner drawing, and the number of nan values, 0 if unknown."""


def _bands_of(curves: Sequence[Curve], x: Axis) -> list[Band]:
    """The ranges where values are nan; those that nearly touch are merged."""
    gaps = sorted([gap for curve in curves if curve.broken for gap in _gaps(curve)])
    if not gaps:
        return []
    starts, ends = x.positions([gap[0] for gap in gaps]), x.positions([gap[1] for gap in gaps])
    bands: list[Band] = []
    for start, end, (_, _, count) in zip(starts, ends, gaps, strict=True):
        thinness = max(_BAND_WIDTH - (end - start), 0)
        start = min(max(start - thinness // 2, 0), ACROSS - _BAND_WIDTH)
        end = min(max(end + thinness // 2, start + _BAND_WIDTH), ACROSS)
        if bands and start - bands[-1][1] < _BAND_GAP:
            start, before, others = bands.pop()
            end, count = max(end, before), count + others
        bands.append((start, end, count))
    return bands


def _band_path(bands: Sequence[Band]) -> str:
    """The nan bands as one path of the inner drawing."""
    if not bands:
        return ""
    top, bottom = TOP * PIXEL, BOTTOM * PIXEL
    shape = "".join([f"M{start} {top}H{end}V{bottom}H{start}z" for start, end, _ in bands])
    return f'<path class="band" d="{shape}"/>'


def _nan_labels(bands: Sequence[Band], room: int) -> str:
    """The number of nan values above each band; bands too close for two labels share one."""
    shared: list[Band] = []
    for start, end, count in bands:
        if shared:
            first, last, others = shared[-1]
            apart = (start + end) / 2 - (first + last) / 2
            if apart * room / ACROSS < width(_nan_label(others + count)) + 6:
                shared[-1] = (first, end, others + count)
                continue
        shared.append((start, end, count))
    return "".join([_nan_label_at(band, room) for band in shared])


def _gaps(curve: Curve) -> Iterator[tuple[float, float, int]]:
    """From the last point before a row of nan to the first after it, and their number."""
    steps, values, last = curve.steps, curve.values, len(curve.steps) - 1
    for gap, places in groupby(range(len(values)), key=lambda at: math.isnan(values[at])):
        if gap:
            row = list(places)
            count = sum(at not in curve.nulls for at in row)
            if count:
                known = 0 if curve.line.whole else count  # In a thinned line one nan represents many.
                yield steps[max(row[0] - 1, 0)], steps[min(row[-1] + 1, last)], known


def _nan_label(count: int) -> str:
    return f"{short(count)} nan" if count else "nan"


def _nan_label_at(band: Band, room: int) -> str:
    start, end, count = band
    text = _nan_label(count)
    middle, half = (start + end) / 2, width(text) / 2 * ACROSS / room
    classes, at = "note", middle
    if middle < half:
        classes, at = "note first", 0
    elif middle > ACROSS - half:
        classes, at = "note last", ACROSS
    return f'<text class="{classes}" x="{percent(at)}" y="{_NOTE_TEXT}">{text}</text>'


_TICK_TEXT = 190
_LEFT_MARGINS = (38, 46, 62, 80, 112)


class Side(NamedTuple):
    """What the ticks of a y axis make: gridlines, labels, and the left margin."""

    grid: str
    labels: str
    left: int


def side_of(y: Axis, name: str = "") -> Side:
    """The gridlines and tick labels of a y axis, and the smallest left margin of the style sheet that holds the labels.

    The margin also holds the ``name`` of the x axis, if that is short.
    """
    grid, labels, needed = "", "", 0.0
    for at, label in y.ticks:
        line, begin = _TICKS[at]
        grid += line
        labels += f"{begin}{label}</text>"
        if (size := width(label)) > needed:
            needed = size
    needed += 8
    if name and is_beside(name, _LEFT_OF_NAME):
        needed = max(needed, width(name) + _NAME_BESIDE)
    return Side(
        grid,
        f'<g class="tick y" transform="translate(-6)">{labels}</g>' if labels else "",
        _LEFT_MARGINS[min(bisect_left(_LEFT_MARGINS, needed), len(_LEFT_MARGINS) - 1)],
    )


class _Ticks(dict[int, tuple[str, str]]):
    """Cache of the gridline and the beginning of the label at a position; those are whole units within the plot."""

    def __missing__(self, at: int) -> tuple[str, str]:
        line = at // PIXEL * PIXEL + 5
        found = self[at] = (
            f"M0 {line}h{ACROSS}" if line < _FLOOR else "",
            f'<text y="{at / PIXEL + HALF_TEXT:g}">',
        )
        return found


_TICKS = _Ticks()


_ANCHORED = {"start": ' class="first"', "middle": "", "end": ' class="last"'}
_NAME_LEFT = 10
_NAME_BESIDE = _NAME_LEFT - 6
"""What the name of the x axis needs in the left margin beside its width."""
_LEFT_OF_NAME = 62
"""The widest left margin for the sake of that name."""


def is_beside(name: str, left: int) -> bool:
    """Whether the name of the x axis has room in the ``left`` margin."""
    return width(name) + _NAME_BESIDE <= left


@lru_cache(256)
def x_labels(x: Axis, name: str, room: int, left: int) -> str:
    """The tick labels of the x axis, and its name: in the ``left`` margin, or at the right end if it is too long."""
    shown: Sequence[tuple[int, str]] = x.ticks
    title = f'<text class="name" x="-{_NAME_LEFT}" y="{_TICK_TEXT}">{html(name)}</text>'
    if not is_beside(name, left):
        shown, title = _beside_name(x, name, room)
    labels = "".join(
        f'<text{_ANCHORED[anchor(at / ACROSS * room, label, room)]} x="{percent(at)}">{label}</text>'
        for at, label in shown
    )
    return (f'<g class="tick x" transform="translate(0 {_TICK_TEXT})">{labels}</g>' if labels else "") + title


def _beside_name(x: Axis, name: str, room: int) -> tuple[Sequence[tuple[int, str]], str]:
    """The ticks whose labels do not touch a name at the right end, and that name."""
    name = elided(name, room * 0.4)
    taken = width(f"{name} →") + 8
    shown = [(at, label) for at, label in x.ticks if width(label) / 2 + taken <= (1 - at / ACROSS) * room]
    return shown, f'<text class="name" x="100%" y="{_TICK_TEXT}">{html(name)} →</text>'


def _single_point(curves: Sequence[Curve], drawn: Sequence[DrawnLine]) -> str:
    """The text in a chart with one point (its value) or none."""
    if len(curves) == 1 and len(values := curves[0].finite) == 1 and drawn[0].end:
        x, y = drawn[0].end
        classes, offset = ("value", 8) if x <= ACROSS * 0.7 else ("value last", -8)
        return (
            f'<svg x="{percent(x)}"><text class="{classes}" x="{offset}" y="{y / PIXEL + HALF_TEXT:g}">'
            f"{short(float(values[0]))}</text></svg>"
        )
    if any(len(curve.values) > len(curve.nulls) for curve in curves):
        return ""
    return f'<text class="none" x="50%" y="{(TOP + BOTTOM) // 2 + HALF_TEXT}">No points</text>'
