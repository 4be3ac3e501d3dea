"""A whole chart: lines, axes, bands and labels, each at its place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from markupsafe import Markup

from .axis import Axis, x_axis, y_axis
from .curve import as_float, curve_of
from .end import end_label, ends_of, reach, right_margin
from .gap import band_path, bands_of, notes
from .glyph import clean
from .label import alone, left_margin, x_labels, y_labels
from .line import LABELLED, Line
from .plot import ACROSS, BOTTOM, HEIGHT, PIXEL, TOP
from .trace import area, draw
from .words import sentence

# The narrowest plot that labels have to fit, in pixels: a card on a phone, without and with names at its right.
_NARROW, _NARROW_NAMED = 250, 180
_LOG = ' data-log="true"'
POINTS = 280
"""What a line needs to look like all of its points, where it is as wide as half a page."""
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
    said: str = "",
) -> Markup:
    """Draw values over steps, 196 pixels high and as wide as what it stands in.

    Up to eight of several lines are named at their ends; with more, a legend is the caller's. ``log_y`` puts values
    that are not above zero at the lower edge, and does nothing where none is above. ``ended_at`` is the step of a
    dashed vertical: the last point read of a run that did not end. A line has at most so many ``points``. ``band`` is
    the lower and the upper line of an area behind the lines. ``said`` is more to say where the chart is not seen.
    """
    curves = [curve_of(line) for line in lines if not line.faint]
    log_y = log_y and any(curve.high > 0 for curve in curves)
    shown, faint, edges = (
        [curve.logarithmic() for curve in some] if log_y else list(some)
        for some in (curves, [curve_of(line) for line in lines if line.faint], map(curve_of, band))
    )
    named = 1 < len(curves) <= LABELLED
    room = _NARROW_NAMED if named else _NARROW
    stop = as_float(ended_at)
    x, y = x_axis(shown + faint, stop, room), y_axis(shown + faint + edges, log_y)
    behind = [draw(curve, x, y, len(lines), points) for curve in faint]
    drawn = [draw(curve, x, y, len(lines), points) for curve in shown]
    bands = bands_of(shown, x)
    ends = ends_of(drawn) if named else []
    margins = f"left-{left_margin(y)} right-{right_margin(ends)}{' many' if len(curves) > LABELLED else ''}"
    words = " ".join(filter(None, (sentence(curves, name, x_name), said)))
    return Markup(  # noqa: S704 - all text in it went through clean
        f'<svg class="chart {margins}" role="img" aria-label="{clean(words)}" '
        f'data-x="{x.low:.15g} {x.high:.15g}" data-y="{y.low:.9g} {y.high:.9g}"'
        f"{_LOG if log_y else ''}>"
        f'<svg viewBox="0 0 {ACROSS} {HEIGHT * PIXEL}" preserveAspectRatio="none">'
        f"{band_path(bands)}{frame(x, y)}{_stop(stop, x)}{''.join(map(reach, ends))}"
        f"{area(edges, x, y, points)}{''.join(line.paths for line in behind + drawn)}</svg>"
        f"{y_labels(y)}{x_labels(x, x_name, room)}{notes(bands, room)}"
        f"{''.join(line.marks for line in behind + drawn)}{''.join(map(end_label, ends))}{alone(curves, drawn)}</svg>"
    )


def frame(x: Axis, y: Axis) -> str:
    """Gridlines, the axis of x and its ticks. They lie on half pixels, where a line one pixel wide is sharp."""
    grid = "".join([_grid_line(at) for at, _ in y.ticks])
    return (f'<path class="grid" d="{grid}"/>' if grid else "") + _x_line(x)


@lru_cache(2_048)
def _grid_line(at: int) -> str:
    line = at // PIXEL * PIXEL + 5
    return f"M0 {line}h{ACROSS}" if line < _FLOOR else ""


@lru_cache(256)
def _x_line(x: Axis) -> str:
    ticks = "".join([f"M{at} {_FLOOR}v40" for at, _ in x.ticks])
    return f'<path class="axis" d="M0 {_FLOOR}h{ACROSS}{ticks}"/>'


def _stop(stop: float, x: Axis) -> str:
    if not math.isfinite(stop):
        return ""
    return f'<path class="stop" d="M{x.place([stop])[0]} {TOP * PIXEL}V{BOTTOM * PIXEL}"/>'
