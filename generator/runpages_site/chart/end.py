"""The ends of lines: a dot at the last point of each, and its name at the right of the plot."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

from .glyph import clean, elided, width
from .line import Line
from .plot import ACROSS, BOTTOM, HALF_TEXT, PIXEL, TOP, percent
from .trace import Trace

_RIGHT_MARGIN, _NAME_MARGINS = 12, (70, 86)
_NAME_AT = 12  # pixels right of the plot
_LABEL_GAP = 13


class End(NamedTuple):
    """The last point of a line in the inner drawing, its name, and the height of that in pixels."""

    line: Line
    x: int
    y: int
    text: str
    height: float


def ends_of(drawn: Sequence[Trace]) -> list[End]:
    """The ends of the lines that have one, from the top down, their names far enough apart to be read."""
    ended = sorted(((line.end[1], line.end[0], line.line) for line in drawn if line.end), key=itemgetter(0))
    heights = _spread([y / PIXEL for y, _, _ in ended])
    room = _NAME_MARGINS[-1] - _NAME_AT
    return [
        End(line, x, y, elided(line.label, room), height) for (y, x, line), height in zip(ended, heights, strict=True)
    ]


def reach(end: End) -> str:
    """The way from the end of a line that stops early to the edge of the plot, where its name stands."""
    if end.x >= ACROSS:
        return ""
    return f'<path class="reach {end.line.classes}" d="M{end.x} {end.y}H{ACROSS}"/>'


def end_label(end: End) -> str:
    """The dot at the end of a line, and its name."""
    y = end.y / PIXEL
    return (
        f'<g class="end {end.line.classes}"><circle cx="{percent(end.x)}" cy="{y:g}" r="3"/>'
        f'<svg x="100%"><path class="lead" d="M{4 if end.x >= ACROSS else 0} {y:g} 9 {end.height:g}"/>'
        f'<text class="label" x="{_NAME_AT}" y="{end.height + HALF_TEXT:g}">{clean(end.text)}</text></svg></g>'
    )


def right_margin(ends: Sequence[End]) -> int:
    """The least right margin, of those that the style sheet knows, that holds the names."""
    if not ends:
        return _RIGHT_MARGIN
    needed = max(width(end.text) for end in ends) + _NAME_AT
    return next((margin for margin in _NAME_MARGINS if margin >= needed), _NAME_MARGINS[-1])


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
    lowest = BOTTOM - _LABEL_GAP * (len(wanted) - 1)
    flat = [min(max(total / size, TOP), lowest) for total, size in blocks for _ in range(size)]
    return [round(height, 1) + at * _LABEL_GAP for at, height in enumerate(flat)]
