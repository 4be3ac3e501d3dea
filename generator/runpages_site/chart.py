"""Charts as SVG, made while the site is built: values in, markup out.

A chart is as wide as its card, at any width, without a script: text and dots stand at percentages of x and pixels of
y, and the lines lie in an inner ``<svg>`` that stretches (2,000 units wide, ten units a pixel high) while its strokes
do not. So text is never scaled and a card may be resized freely.

The look is the style sheet's (``css/chart.css``). The classes, outermost first:

=========================== =========================================================================================
``svg.chart``               the chart; ``left-38`` … ``right-86``: its margins; ``many``: more than eight lines
``path.grid``               gridlines
``path.axis``               the axis of x and its ticks
``path.band``               where values are nan; ``text.note``: how many
``path.stop``               the last point read of a run that stopped early
``path.line``               a line, with ``s1`` … ``s10`` for its colour and ``d1`` … ``d3`` for its dashes
``path.dots``               points of a line between two gaps, in the colour of the line
``path.reach``              from the end of a line that stops early to its label
``g.mark``                  the points of a line that has few, as circles
``svg.edge``                a triangle where a value lies beyond the axis
``g.tick.x``, ``g.tick.y``  labels of the ticks; ``text.name``: the name of the axis of x; ``text.far``: a label
                            that touches this name where the plot is narrow
``svg.end``                 the end of a line: a dot, ``path.lead`` and ``text.label``, its name
``text.value``              the value of a single point; ``text.none``: what stands in a chart without points
``svg.spark``               a sparkline, with ``path.line`` and ``circle.mark``
=========================== =========================================================================================
"""

from __future__ import annotations

import math
import re
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, groupby, pairwise
from operator import itemgetter, sub
from typing import NamedTuple

from markupsafe import Markup, escape

from runpages_site.number import plural, short
from runpages_site.ticks import Tick, linear, logarithmic

HEIGHT = 196
_TOP, _BOTTOM = 8, 172
_TICK_TEXT = 190
_NOTE_TEXT = 19
_HALF_TEXT = 4  # from the middle of a line of text down to its base line

# The inner drawing: units across, and units a pixel down. Whole units keep the paths short.
_ACROSS = 2_000
_PIXEL = 10

# The narrowest plot that labels have to fit, in pixels: a card on a phone, without and with names at its right.
_NARROW, _NARROW_NAMED = 250, 180
# How much wider a plot is at least on a screen where the style sheet shows the labels ``far``.
_WIDER = 100
_LEFT_MARGINS = (38, 46, 62, 80, 112)
_RIGHT_MARGIN, _NAME_MARGINS = 12, (70, 86)
_NAME_AT = 12  # pixels right of the plot

_LABELLED = 8
_MARKED = 12
_LABEL_GAP = 13
_BAND_WIDTH, _BAND_GAP, _EDGE_GAP = 16, 20, 50  # units: the least that can be told apart
_POINTS, _POINTS_IN_ALL, _FEWEST_POINTS = 400, 1_200, 80

_COLOURS = frozenset(f"s{number}" for number in range(1, 11))
_LARGEST, _SMALLEST = sys.float_info.max, math.ulp(0.0)
_LARGEST_LOG = math.log10(_LARGEST) - 1e-12
_NARROW_GLYPHS = frozenset(" !'(),-./:;I[]ijlt|f")
_WIDE_GLYPHS = frozenset("%@MWmw…→")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")

Point = tuple[float, float | int | bool | None]
_step = itemgetter(0)


class Line(NamedTuple):
    """One line of a chart: its name, and its points in any order.

    A point is a step and a value: ``None`` and ``nan`` break the line, ``inf`` shows at the edge; points without a
    finite step are left out. ``color`` is one of ``s1`` to ``s10``, ``dash`` 0 (solid) to 3.
    """

    label: str
    points: Sequence[Point]
    color: str = "s1"
    dash: int = 0

    @property
    def classes(self) -> str:
        """The classes of the line's colour and dashes."""
        if self.color not in _COLOURS or not 0 <= self.dash <= 3:
            raise ValueError(f"a line is drawn in s1 to s10 with dash 0 to 3, not {self.color!r}, {self.dash!r}")
        return f"{self.color} d{self.dash}" if self.dash else self.color


def line_chart(
    lines: Sequence[Line],
    *,
    name: str,
    x_name: str = "step",
    log_y: bool = False,
    ended_at: float | None = None,
) -> Markup:
    """Draw values over steps, 196 pixels high and as wide as what it stands in.

    Up to eight of several lines are named at their ends; with more, a legend is the caller's. ``log_y`` puts values
    that are not above zero at the lower edge, and does nothing where none is above. ``ended_at`` is the step of a
    dashed vertical: the last point read of a run that did not end.
    """
    curves = [_curve(line) for line in lines]
    log_y = log_y and any(value > 0 for curve in curves for value in curve.finite())
    shown = [curve.logarithmic() for curve in curves] if log_y else curves
    named = 1 < len(curves) <= _LABELLED
    room = _NARROW_NAMED if named else _NARROW
    stop = _float(ended_at)
    x, y = _x_axis(shown, stop, room), _y_axis(shown, log_y)
    drawn = [_draw(curve, x, y, len(shown)) for curve in shown]
    bands = _bands(shown, x)
    ends = _ends(drawn) if named else []
    margins = f"left-{_left_margin(y)} right-{_right_margin(ends)}{' many' if len(lines) > _LABELLED else ''}"
    return Markup(  # noqa: S704 - all text in it went through _clean
        f'<svg class="chart {margins}" role="img" aria-label="{_clean(_describe(curves, name, x_name))}" '
        f'height="{HEIGHT}"><svg viewBox="0 0 {_ACROSS} {HEIGHT * _PIXEL}" preserveAspectRatio="none">'
        f"{_band_path(bands)}{_frame(x, y)}{_stop(stop, x)}{''.join(map(_reach, ends))}"
        f"{''.join(line.paths for line in drawn)}</svg>"
        f"{_y_labels(y)}{_x_labels(x, x_name, room)}{_notes(bands, room)}"
        f"{''.join(line.marks for line in drawn)}{''.join(map(_end_label, ends))}{_alone(curves, drawn)}</svg>"
    )


def describe(lines: Sequence[Line], *, name: str, x_name: str = "step") -> str:
    """Say in a sentence what a chart shows: ``val/loss over 40 epochs: 0.45 to 0.087, lowest 0.086 at 32``.

    What cannot be drawn is counted. Of many lines the first eight are told. The text is not escaped.
    """
    return _describe([_curve(line) for line in lines], name, x_name)


def sparkline(values: Sequence[float | None], *, mark: int | None = None, width: int = 72, height: int = 20) -> Markup:
    """Draw values as a small line without axes, hidden from screen readers: the number stands beside it.

    What is not finite is a gap. The dot is at index ``mark``, or at the last value that is finite.
    """
    body = _spark([_float(value) for value in values], mark, width, height)
    return Markup(  # noqa: S704 - all text in it went through _clean
        f'<svg class="spark" aria-hidden="true" width="{width}" height="{height}" '
        f'viewBox="0 0 {width * _PIXEL} {height * _PIXEL}">{body}</svg>'
    )


def thin(points: Sequence[Point], limit: int) -> list[Point]:
    """Leave out points so that at most ``limit`` (eight or more) are left and the drawing looks the same.

    The first and the last point stay, and the least and greatest of each stretch, so no spike is lost; and a point
    that is not finite wherever there were some between two that stay, so no gap closes. The points are sorted.
    """
    if len(points) <= limit:
        return list(points)
    return [points[at] for at in _kept([_float(value) for _, value in points], limit)]


# ---------------------------------------------------------------------------------------------------- the values


class _Curve(NamedTuple):
    """A line sorted by step, its values as floats; a gap is nan, and ``nulls`` are the gaps where nothing was said."""

    line: Line
    steps: list[float]
    values: list[float]
    broken: bool
    nulls: frozenset[int] = frozenset()

    def finite(self) -> list[float]:
        return [value for value in self.values if math.isfinite(value)] if self.broken else self.values

    def logarithmic(self) -> _Curve:
        values = [_log(value) for value in self.values]
        return self._replace(values=values, broken=_is_broken(values))


def _curve(line: Line) -> _Curve:
    points = sorted(line.points, key=_step)
    try:
        steps = [float(step) for step, _ in points]
        if not _is_broken(steps):
            values = [float(value) for _, value in points]  # type: ignore[arg-type]
            return _Curve(line, steps, values, _is_broken(values))
    except (TypeError, OverflowError):
        pass  # a value is None, or larger than any float
    # A step that is nan spoils the order, so sorting comes after leaving it out.
    points = sorted((point for point in line.points if math.isfinite(_float(point[0]))), key=_step)
    values = [_float(value) for _, value in points]
    nulls = frozenset(at for at, (_, value) in enumerate(points) if value is None)
    return _Curve(line, [float(step) for step, _ in points], values, True, nulls)


def _is_broken(values: Iterable[float]) -> bool:
    """Whether some value may be nan or infinite. A sum that overflows only means to look closer."""
    return not math.isfinite(sum(values))


def _float(value: float | None) -> float:
    if value is None:
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _log(value: float) -> float:
    if value > 0:
        return math.log10(value)
    return -math.inf if value <= 0 else value


def _thinned(curve: _Curve, limit: int) -> tuple[Sequence[float], Sequence[float]]:
    if len(curve.steps) <= limit:
        return curve.steps, curve.values
    kept = _kept(curve.values, limit)
    return [curve.steps[at] for at in kept], [curve.values[at] for at in kept]


def _kept(values: Sequence[float], limit: int) -> list[int]:
    """Which of the values to keep, in order."""
    broken = [at for at, value in enumerate(values) if not math.isfinite(value)]
    limit = max(limit, 8)
    stretches = limit // 2 - 1
    kept = _with_breaks(_extremes(values, stretches), broken)
    while len(kept) > limit:
        # Breaks take room: one for each point at most, which ends this.
        stretches = max(stretches - (len(kept) - limit) // 2 - 1, (limit - 3) // 4)
        kept = _with_breaks(_extremes(values, stretches), broken)
    return kept


def _extremes(values: Sequence[float], stretches: int) -> list[int]:
    """The first value, the last, and the least and greatest finite of each stretch between them."""
    inner = len(values) - 2
    bounds = [1 + inner * number // stretches for number in range(stretches + 1)]
    kept = [0]
    for start, end in pairwise(bounds):
        stretch = values[start:end]
        if _is_broken(stretch):
            stretch = [value for value in stretch if math.isfinite(value)]
        if not stretch:
            continue
        low, high = values.index(min(stretch), start), values.index(max(stretch), start)
        kept += (low, high) if low < high else (high, low) if high < low else (low,)
    return [*kept, len(values) - 1]


def _with_breaks(kept: Sequence[int], broken: Sequence[int]) -> list[int]:
    """What is kept, and wherever a line would be drawn over a gap, the first point of the gap."""
    whole = [kept[0]]
    for before, after in pairwise(kept):
        at = bisect_right(broken, before)
        if at < len(broken) and broken[at] < after:
            whole.append(broken[at])
        whole.append(after)
    return whole


def _pieces(steps: Sequence[float], values: Sequence[float]) -> Iterator[tuple[list[float], list[float]]]:
    """The stretches of points without a gap."""
    points = zip(steps, values, strict=True)
    for drawable, piece in groupby(points, key=lambda point: math.isfinite(point[1])):
        if drawable:
            piece_steps, piece_values = zip(*piece, strict=True)
            yield list(piece_steps), list(piece_values)


# ------------------------------------------------------------------------------------------------------ the axes


class _Axis(NamedTuple):
    """An axis: what it reaches from and to, where that lies in the inner drawing, and its ticks with their places."""

    low: float
    high: float
    start: int
    length: int
    ticks: tuple[tuple[int, str], ...] = ()

    def place(self, values: Iterable[float]) -> list[int]:
        """Where values lie, in units of the inner drawing."""
        start, low, scale = self.start, self.low, 1.0
        if not math.isfinite(self.high - low):
            low, scale = low / 4, 0.25  # the distance between two doubles may be larger than any double
        factor = self.length / (self.high * scale - low)
        if scale == 1.0:
            return [round(start + (value - low) * factor) for value in values]
        return [round(start + (value * scale - low) * factor) for value in values]

    def with_ticks(self, ticks: Sequence[Tick], values: Iterable[float] | None = None) -> _Axis:
        places = self.place([tick.value for tick in ticks] if values is None else values)
        return self._replace(ticks=tuple((at, tick.label) for at, tick in zip(places, ticks, strict=True)))


def _x_axis(curves: Sequence[_Curve], stop: float, room: int) -> _Axis:
    """The axis of the steps; ``stop`` is nan where no run stopped early."""
    bounds = [step for curve in curves for step in (curve.steps[:1] + curve.steps[-1:])]
    stopped = math.isfinite(stop)
    if stopped:
        bounds.append(stop)
    if not bounds:
        return _Axis(0, 1, 0, _ACROSS)
    low, high = min(bounds), max(bounds)
    if high - low <= max(1e-12 * max(-low, high), 1e-300):
        pad = max(1.0, abs(low) / 100)
        axis = _Axis(max(low - pad, -_LARGEST), min(high + pad, _LARGEST), 0, _ACROSS)
        return axis.with_ticks([Tick(low, _say(low))])
    if stopped:
        # The line must be seen to stop: the axis goes on after it.
        high = min(max(high, stop + (high / 10 - low / 10)), _LARGEST)
    whole = all(all(map(float.is_integer, curve.steps)) for curve in curves)
    return _Axis(low, high, 0, _ACROSS).with_ticks(_fitting(low, high, whole, room))


@lru_cache(256)
def _fitting(low: float, high: float, whole: bool, room: int) -> tuple[Tick, ...]:
    """As many ticks as have labels that do not touch, in a plot that is ``room`` pixels wide."""
    for limit in (6, 5, 4, 3, 2):
        ticks = linear(low, high, limit=limit, whole=whole)
        widest = max((_width(tick.label) for tick in ticks), default=0)
        if (widest + 10) * (len(ticks) - 1) <= room * _share(ticks, low, high):
            break
    return tuple(ticks)


def _share(ticks: Sequence[Tick], low: float, high: float) -> float:
    """How much of the axis lies between the first and the last tick."""
    return (ticks[-1].value / 4 - ticks[0].value / 4) / (high / 4 - low / 4) if ticks else 1.0


def _y_axis(curves: Sequence[_Curve], log: bool) -> _Axis:
    finite = [curve.finite() for curve in curves]
    finite = [values for values in finite if values]
    start, length = _BOTTOM * _PIXEL, (_TOP - _BOTTOM) * _PIXEL
    if not finite:
        return _Axis(0, 1, start, length)
    whole = not log and all(all(map(float.is_integer, values)) for values in finite)
    low, high = _padded(min(map(min, finite)), max(map(max, finite)), whole, log)
    axis = _Axis(low, high, start, length)
    if not log:
        return axis.with_ticks(linear(low, high, whole=whole))
    ticks = logarithmic(max(10**low, _SMALLEST), 10 ** min(high, _LARGEST_LOG))
    return axis.with_ticks(ticks, [math.log10(tick.value) for tick in ticks])


def _padded(low: float, high: float, whole: bool, log: bool) -> tuple[float, float]:
    """The range of an axis for values from ``low`` to ``high``: a little room, but not across zero."""
    largest = max(-low, high)
    if high - low <= max(1e-9 * largest, 1e-300):
        pad = 0.1 if log else max(abs(low) / 10, 1.0 if whole or not largest else 1e-300)
        return max(low - pad, -_LARGEST), min(high + pad, _LARGEST)
    pad = high / 25 - low / 25
    bottom, top = max(low - pad, -_LARGEST), min(high + pad, _LARGEST)
    if log:
        return bottom, top
    return (0.0 if bottom < 0 <= low else bottom), (0.0 if high <= 0 < top else top)


# ------------------------------------------------------------------------------------------------- what is drawn


class _Drawn(NamedTuple):
    """A line as markup: ``paths`` for the inner drawing, ``marks`` for the outer; ``end`` is its last point."""

    line: Line
    paths: str
    marks: str
    end: tuple[int, int] | None


def _draw(curve: _Curve, x: _Axis, y: _Axis, count: int) -> _Drawn:
    limit = max(min(_POINTS, _POINTS_IN_ALL // count), _FEWEST_POINTS)
    steps, values = _thinned(curve, limit)
    pieces = _pieces(steps, values) if curve.broken else [(steps, values)] if steps else []
    placed = [(x.place(steps), y.place(values)) for steps, values in pieces]
    marked = count <= _LABELLED and sum(len(xs) for xs, _ in placed) <= _MARKED
    classes = curve.line.classes
    return _Drawn(
        curve.line,
        _line_paths(placed, classes, dots=not marked),
        (_circles(placed, classes) if marked else "") + (_edges(curve, x, classes) if curve.broken else ""),
        (placed[-1][0][-1], placed[-1][1][-1]) if placed else None,
    )


_Placed = Sequence[tuple[list[int], list[int]]]


def _line_paths(placed: _Placed, classes: str, *, dots: bool) -> str:
    line = "".join([_path(xs, ys) for xs, ys in placed if len(xs) > 1])
    points = "".join([_path(xs, ys) for xs, ys in placed if len(xs) == 1]) if dots else ""
    return (f'<path class="line {classes}" d="{line}"/>' if line else "") + (
        f'<path class="dots {classes}" d="{points}"/>' if points else ""
    )


def _path(xs: Sequence[int], ys: Sequence[int]) -> str:
    """A line through points, by the way from each to the next: half as long as with coordinates."""
    if len(xs) == 1:
        return f"M{xs[0]} {ys[0]}h0"
    ways = chain.from_iterable(zip(map(sub, xs[1:], xs), map(sub, ys[1:], ys), strict=False))
    return f"M{xs[0]} {ys[0]}l" + (" %d%+d" * (len(xs) - 1) % tuple(ways))[1:]


def _circles(placed: _Placed, classes: str) -> str:
    circles = "".join(
        f'<circle cx="{_percent(at)}" cy="{height / _PIXEL:g}" r="3"/>'
        for xs, ys in placed
        for at, height in zip(xs, ys, strict=True)
    )
    return f'<g class="mark {classes}">{circles}</g>' if circles else ""


def _edges(curve: _Curve, x: _Axis, classes: str) -> str:
    """Triangles where values are infinite; of those that would lie on one another, one."""
    parts = []
    for infinity, y, shape in ((math.inf, _TOP, "M-4.5 7 0 0 4.5 7z"), (-math.inf, _BOTTOM, "M-4.5-7 0 0 4.5-7z")):
        last = -_ACROSS
        steps = (step for step, value in zip(curve.steps, curve.values, strict=True) if value == infinity)
        for at in x.place(steps):
            if at - last >= _EDGE_GAP:
                parts.append(f'<svg class="edge {classes}" x="{_percent(at)}" y="{y}"><path d="{shape}"/></svg>')
                last = at
    return "".join(parts)


def _frame(x: _Axis, y: _Axis) -> str:
    """Gridlines, the axis of x and its ticks. They lie on half pixels, where a line one pixel wide is sharp."""
    floor = _BOTTOM * _PIXEL + 5
    lines = (at // _PIXEL * _PIXEL + 5 for at, _ in y.ticks)
    grid = "".join([f"M0 {at}h{_ACROSS}" for at in lines if at < floor])
    ticks = "".join([f"M{at} {floor}v40" for at, _ in x.ticks])
    return (
        f'<path class="grid" d="{grid}"/>' if grid else ""
    ) + f'<path class="axis" d="M0 {floor}h{_ACROSS}{ticks}"/>'


def _stop(stop: float, x: _Axis) -> str:
    if not math.isfinite(stop):
        return ""
    return f'<path class="stop" d="M{x.place([stop])[0]} {_TOP * _PIXEL}V{_BOTTOM * _PIXEL}"/>'


# ----------------------------------------------------------------------------------------------- where it is nan


_Band = tuple[int, int, int]
"""From and to in units of the inner drawing, and how many values are nan there."""


def _bands(curves: Sequence[_Curve], x: _Axis) -> list[_Band]:
    """The stretches where values are nan; those that nearly touch are one."""
    gaps = sorted(gap for curve in curves if curve.broken for gap in _gaps(curve))
    starts, ends = x.place([gap[0] for gap in gaps]), x.place([gap[1] for gap in gaps])
    bands: list[_Band] = []
    for start, end, (_, _, count) in zip(starts, ends, gaps, strict=True):
        thinness = max(_BAND_WIDTH - (end - start), 0)
        start = max(start - thinness // 2, 0)
        end = min(max(end + thinness // 2, start + _BAND_WIDTH), _ACROSS)
        if bands and start - bands[-1][1] < _BAND_GAP:
            start, before, others = bands.pop()
            end, count = max(end, before), count + others
        bands.append((start, end, count))
    return bands


def _gaps(curve: _Curve) -> Iterator[tuple[float, float, int]]:
    """From the last point before a row of nan to the first after it, and how many they are."""
    steps, values, last = curve.steps, curve.values, len(curve.steps) - 1
    for gap, places in groupby(range(len(values)), key=lambda at: math.isnan(values[at])):
        if gap:
            row = list(places)
            count = sum(at not in curve.nulls for at in row)
            if count:
                yield steps[max(row[0] - 1, 0)], steps[min(row[-1] + 1, last)], count


def _band_path(bands: Sequence[_Band]) -> str:
    top, bottom = _TOP * _PIXEL, _BOTTOM * _PIXEL
    shape = "".join([f"M{start} {top}H{end}V{bottom}H{start}z" for start, end, _ in bands])
    return f'<path class="band" d="{shape}"/>' if shape else ""


def _notes(bands: Sequence[_Band], room: int) -> str:
    """How many are nan, above each band; bands too near for two notes share one."""
    shared: list[_Band] = []
    for start, end, count in bands:
        if shared:
            first, last, others = shared[-1]
            apart = (start + end) / 2 - (first + last) / 2
            if apart * room / _ACROSS < _width(_note(others + count)) + 6:
                shared[-1] = (first, end, others + count)
                continue
        shared.append((start, end, count))
    return "".join([_note_text(band, room) for band in shared])


def _note(count: int) -> str:
    return f"{short(count)} nan"


def _note_text(band: _Band, room: int) -> str:
    start, end, count = band
    text = _note(count)
    middle, half = (start + end) / 2, _width(text) / 2 * _ACROSS / room
    classes, at = "note", middle
    if middle < half:
        classes, at = "note first", 0
    elif middle > _ACROSS - half:
        classes, at = "note last", _ACROSS
    return f'<text class="{classes}" x="{_percent(at)}" y="{_NOTE_TEXT}">{text}</text>'


# --------------------------------------------------------------------------------------------------- the labels


class _End(NamedTuple):
    """The last point of a line in the inner drawing, its name, and the height of that in pixels."""

    line: Line
    x: int
    y: int
    text: str
    height: float


def _ends(drawn: Sequence[_Drawn]) -> list[_End]:
    ended = sorted(((line.end[1], line.end[0], line.line) for line in drawn if line.end), key=itemgetter(0))
    heights = _spread([y / _PIXEL for y, _, _ in ended])
    room = _NAME_MARGINS[-1] - _NAME_AT
    return [
        _End(line, x, y, _elided(line.label, room), height) for (y, x, line), height in zip(ended, heights, strict=True)
    ]


def _spread(wanted: Sequence[float]) -> list[float]:
    """The heights nearest to the wanted ones, which rise, that are far enough apart."""
    # Less a label's height for each label above, the heights must only not fall: the mean of those that do.
    blocks: list[tuple[float, int]] = []
    for at, height in enumerate(wanted):
        total, size = height - at * _LABEL_GAP, 1
        while blocks and blocks[-1][0] / blocks[-1][1] >= total / size:
            above, more = blocks.pop()
            total, size = total + above, size + more
        blocks.append((total, size))
    lowest = _BOTTOM - _LABEL_GAP * (len(wanted) - 1)
    flat = [min(max(total / size, _TOP), lowest) for total, size in blocks for _ in range(size)]
    return [round(height, 1) + at * _LABEL_GAP for at, height in enumerate(flat)]


def _reach(end: _End) -> str:
    if end.x >= _ACROSS:
        return ""
    return f'<path class="reach {end.line.classes}" d="M{end.x} {end.y}H{_ACROSS}"/>'


def _end_label(end: _End) -> str:
    y = end.y / _PIXEL
    return (
        f'<g class="end {end.line.classes}"><circle cx="{_percent(end.x)}" cy="{y:g}" r="3"/>'
        f'<svg x="100%"><path class="lead" d="M{4 if end.x >= _ACROSS else 0} {y:g} 9 {end.height:g}"/>'
        f'<text class="label" x="{_NAME_AT}" y="{end.height + _HALF_TEXT:g}">{_clean(end.text)}</text></svg></g>'
    )


def _y_labels(y: _Axis) -> str:
    labels = "".join([f'<text x="-6" y="{at / _PIXEL + _HALF_TEXT:g}">{label}</text>' for at, label in y.ticks])
    return f'<g class="tick y">{labels}</g>' if labels else ""


@lru_cache(256)
def _x_labels(x: _Axis, name: str, room: int) -> str:
    """The labels of the ticks, without those that would touch the name of the axis at any width."""
    name = _elided(name, room * 0.4)
    taken = _width(f"{name} →") + 8
    labels = []
    for at, label in x.ticks:
        # How wide a plot must be for the label to end before the name begins.
        needed = (_width(label) / 2 + taken) / (1 - at / _ACROSS) if at < _ACROSS else math.inf
        if needed <= room + _WIDER:
            classes = ' class="far"' if needed > room else ""
            labels.append(f'<text{classes} x="{_percent(at)}" y="{_TICK_TEXT}">{label}</text>')
    name = f'<text class="name" x="100%" y="{_TICK_TEXT}">{_clean(name)} →</text>'
    return (f'<g class="tick x">{"".join(labels)}</g>' if labels else "") + name


def _alone(curves: Sequence[_Curve], drawn: Sequence[_Drawn]) -> str:
    """What stands in a chart with one point, its value, and in one with none."""
    if len(curves) == 1 and drawn[0].end and len(values := curves[0].finite()) == 1:
        x, y = drawn[0].end
        classes, offset = ("value", 8) if x <= _ACROSS * 0.7 else ("value last", -8)
        return (
            f'<svg x="{_percent(x)}"><text class="{classes}" x="{offset}" y="{y / _PIXEL + _HALF_TEXT:g}">'
            f"{short(values[0])}</text></svg>"
        )
    if any(len(curve.values) > len(curve.nulls) for curve in curves):
        return ""
    return f'<text class="none" x="50%" y="{(_TOP + _BOTTOM) // 2 + _HALF_TEXT}">No points</text>'


def _left_margin(y: _Axis) -> int:
    needed = max((_width(label) for _, label in y.ticks), default=0) + 8
    return next((margin for margin in _LEFT_MARGINS if margin >= needed), _LEFT_MARGINS[-1])


def _right_margin(ends: Sequence[_End]) -> int:
    if not ends:
        return _RIGHT_MARGIN
    needed = max(_width(end.text) for end in ends) + _NAME_AT
    return next((margin for margin in _NAME_MARGINS if margin >= needed), _NAME_MARGINS[-1])


# ------------------------------------------------------------------------------------------------------ the words


def _describe(curves: Sequence[_Curve], name: str, x_name: str) -> str:
    if not any(curve.values for curve in curves):
        return f"{name}: no points"
    if len(curves) == 1 and len(curves[0].values) == 1:
        return f"{name}: {_course(curves[0])}"
    extent = f"{name} over {_extent(curves, x_name)}"
    if len(curves) == 1:
        return f"{extent}: {_course(curves[0])}"
    told = "; ".join(f"{curve.line.label}: {_course(curve)}" for curve in curves[:_LABELLED])
    more = f"; {len(curves) - _LABELLED} more" if len(curves) > _LABELLED else ""
    return f"{extent}, {len(curves)} lines. {told}{more}"


def _extent(curves: Sequence[_Curve], x_name: str) -> str:
    """``40 epochs`` where there is one point at each, else from where to where."""
    longest = max(curves, key=lambda curve: len(curve.steps))
    count, low, high = len(longest.steps), longest.steps[0], longest.steps[-1]
    if x_name.isalpha() and high - low == count - 1 and all(map(float.is_integer, longest.steps)):
        return plural(count, x_name)
    return f"{plural(count, 'point')}, {x_name} {_say(low)} to {_say(high)}"


def _course(curve: _Curve) -> str:
    parts = [_finite_course(curve)]
    parts += [f"{short(count)} {kind}" for kind, count in _undrawn(curve) if count] if curve.broken else []
    return ", ".join(filter(None, parts)) or "no points"


def _finite_course(curve: _Curve) -> str:
    finite = curve.finite()
    if not finite:
        return ""
    first, last, low, high = finite[0], finite[-1], min(finite), max(finite)
    if len(finite) == 1:
        return f"{_say(low)} at {_say(curve.steps[curve.values.index(low)])}"
    if _say(low) == _say(high):
        return f"{'' if low == high else 'about '}{_say(low)} throughout"
    word, extreme = ("lowest", low) if last < first else ("highest", high)
    at = curve.steps[curve.values.index(extreme)]
    return f"{_say(first)} to {_say(last)}, {word} {_say(extreme)} at {_say(at)}"


def _undrawn(curve: _Curve) -> Iterator[tuple[str, int]]:
    nulls = len(curve.nulls)
    yield "nan", sum(map(math.isnan, curve.values)) - nulls
    yield "inf", curve.values.count(math.inf)
    yield "−inf", curve.values.count(-math.inf)
    yield "null", nulls


def _say(value: float) -> str:
    """A number as one says it: without zeros at its end."""
    text = short(int(value) if value.is_integer() and abs(value) < 1e15 else value)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def _clean(text: str) -> str:
    """Text for markup: escaped, and without what has no glyph or turns the text that follows."""
    return str(escape(_UNPRINTABLE.sub("\ufffd", text)))


def _elided(text: str, room: float) -> str:
    """A text with its middle left out where it is wider than ``room`` pixels: names differ at their ends."""
    if _width(text) <= room:
        return text
    half, head, tail = (room - _width("…")) / 2, 0, len(text)
    used = 0.0
    while (used := used + _width(text[head])) <= half:
        head += 1
    used = 0.0
    while (used := used + _width(text[tail - 1])) <= half:
        tail -= 1
    while unicodedata.combining(text[tail]):
        tail += 1  # an accent needs its letter
    return f"{text[:head].rstrip()}…{text[tail:].lstrip()}"


def _width(text: str) -> float:
    """About how wide a text of a chart is, in pixels."""
    return sum(map(_glyph_width, text))


@lru_cache(4_096)
def _glyph_width(character: str) -> float:
    if character in _NARROW_GLYPHS:
        return 3.4
    if character in _WIDE_GLYPHS or unicodedata.east_asian_width(character) in "WF":
        return 11.5
    if unicodedata.combining(character):
        return 0.0
    return 8.2 if character.isupper() else 6.4


def _percent(at: float) -> str:
    return f"{at * 100 / _ACROSS:g}%"


# --------------------------------------------------------------------------------------------------- sparklines


def _spark(values: Sequence[float], mark: int | None, width: int, height: int) -> str:
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return ""
    x, y = _spark_axes(len(values), min(finite), max(finite), width, height)
    points: Sequence[Point] = list(enumerate(values))
    points = thin(points, 2 * width)
    pieces = _pieces([step for step, _ in points], [_float(value) for _, value in points])
    line = "".join([_path(x.place(steps), y.place(values)) for steps, values in pieces])
    if mark is None:
        mark = next(at for at in range(len(values) - 1, -1, -1) if math.isfinite(values[at]))
    dot = ""
    if 0 <= mark < len(values) and math.isfinite(values[mark]):
        dot = f'<circle class="mark" cx="{x.place([mark])[0]}" cy="{y.place([values[mark]])[0]}" r="19"/>'
    return f'<path class="line" d="{line}"/>{dot}'


def _spark_axes(count: int, low: float, high: float, width: int, height: int) -> tuple[_Axis, _Axis]:
    """Axes that leave room for the dot at each side; one value, or one value throughout, lies in the middle."""
    edge = 2 * _PIXEL
    if high - low <= max(1e-9 * max(-low, high), 1e-300):
        low, high = _padded(low, high, whole=False, log=False)
    y = _Axis(low, high, height * _PIXEL - edge, 2 * edge - height * _PIXEL)
    return (_Axis(0, count - 1, edge, width * _PIXEL - 2 * edge) if count > 1 else _Axis(-1, 1, 0, width * _PIXEL)), y
