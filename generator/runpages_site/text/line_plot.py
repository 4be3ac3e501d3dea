"""Draws a curve with braille characters, which have two dots by four each, for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from .grid import cell_text

NARROWEST = 20
"""Cells that a drawing needs at least."""

# The bits of the dots of a character, by row and column.
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BLANK = 0x2800

Number = float | int


def line_plot(steps: Sequence[Number], values: Sequence[Number | None], width: int, height: int = 8) -> list[str]:
    """The lines of a drawing, ``width`` cells wide at most, with the least and the greatest value and step beside it.

    ``values`` are finite or None, which leaves a gap; points are drawn in the order given. Nothing without a value.
    """
    points = [(x, y) if y is not None and math.isfinite(x) else None for x, y in zip(steps, values, strict=True)]
    known = [point for point in points if point is not None]
    if not known:
        return []
    (left, right), (low, high) = ((min(axis), max(axis)) for axis in zip(*known, strict=True))
    labels = {0: cell_text(high), height - 1: cell_text(low)} if high > low else {height // 2 - 1: cell_text(low)}
    margin = max(map(len, labels.values()))
    across = max(width, NARROWEST) - margin - 2
    canvas = _canvas(
        [
            point and (_dot(point[0], left, right, 2 * across), _dot(-point[1], -high, -low, 4 * height))
            for point in points
        ],
        across,
        height,
    )
    rows = [f"{labels.get(at, ''):>{margin}} {'┤' if at in labels else '│'}{row}" for at, row in enumerate(canvas)]
    begin, end = cell_text(left), cell_text(right)
    blanks = across - len(begin) - len(end)
    ticks = begin.center(across) if left == right else f"{begin}{' ' * blanks}{end}" if blanks > 0 else end
    return [row.rstrip() for row in rows] + [
        f"{'':{margin}} └{'─' * across}",
        f"{'':{margin}}  {ticks[-across:]}".rstrip(),
    ]


def _dot(x: Number, low: Number, high: Number, count: int) -> int:
    """The dot of a value among ``count``; halves, since the way from the least float to the greatest is no float."""
    if high <= low:
        return count // 2 - 1
    return round((count - 1) * ((x / 2 - low / 2) / (high / 2 - low / 2)))


def _canvas(dots: Sequence[tuple[int, int] | None], across: int, down: int) -> list[str]:
    cells = [[_BLANK] * across for _ in range(down)]
    before = None
    for dot in dots:
        for x, y in _way(before or dot, dot) if dot else ():
            cells[y // 4][x // 2] |= _DOTS[y % 4][x % 2]
        before = dot
    return ["".join(map(chr, row)).replace(chr(_BLANK), " ") for row in cells]


def _way(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The dots from one to another, both included."""
    (x, y), (right, down) = start, end
    count = max(abs(right - x), abs(down - y), 1)
    for at in range(count + 1):
        yield round(x + (right - x) * at / count), round(y + (down - y) * at / count)
