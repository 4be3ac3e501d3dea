"""Lays out rows in columns for a terminal: names are shortened in the middle, numbers stay whole."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

from . import number
from .plain import compact, visible

GAP = "  "
"""What stands between two columns."""

SHORTEST = 12
"""Cells that a column of names has at least, if its names are that long."""

_WHOLE = 10**15
_CUT = "…"


class Column(NamedTuple):
    """A column of a grid. ``right`` aligns it on the right; the cells of a ``whole`` one are never cut."""

    name: str
    cells: Sequence[str]
    right: bool = False
    whole: bool = False


class Grid(NamedTuple):
    """The cells of a grid, padded to the width of their columns, and the names of columns that did not fit."""

    head: list[str]
    rows: list[list[str]]
    left_out: list[str]


def grid(columns: Sequence[Column], width: int) -> Grid:
    """Fit columns, joined by ``GAP``, into ``width`` cells; the last are left out if they do not fit."""
    columns = [one._replace(name=one_line(one.name), cells=[one_line(cell) for cell in one.cells]) for one in columns]
    wanted = [max(map(cells, (one.name, *one.cells))) for one in columns]
    least = list(map(_least, columns, wanted))
    count = _fitting(least, width)
    widths = _widths(wanted[:count], [min(one, width) for one in least[:count]], width)
    shown = [
        [padded(cell, to, right=one.right) for cell in (one.name, *one.cells)]
        for one, to in zip(columns, widths, strict=False)
    ]
    head, *rows = map(list, zip(*shown, strict=True)) if shown else [[]]
    return Grid(head, rows, [one.name for one in columns[count:]])


def _least(column: Column, wanted: int) -> int:
    short = min(wanted, SHORTEST)
    return max([short, *map(cells, column.cells)]) if column.whole else short


def _fitting(least: Sequence[int], width: int) -> int:
    """How many columns fit; the first always does."""
    used = 0
    for count, one in enumerate(least):
        used += one + len(GAP) * (count > 0)
        if used > width and count:
            return count
    return len(least)


def _widths(wanted: Sequence[int], least: Sequence[int], width: int) -> list[int]:
    """The width of each column: what it needs at least, and an equal share of the room that is left."""
    widths, room = list(least), width - sum(least) - len(GAP) * (len(least) - 1)
    needy = sorted(range(len(widths)), key=lambda at: wanted[at] - least[at])
    for done, at in enumerate(needy):
        more = min(wanted[at] - least[at], max(room, 0) // (len(needy) - done))
        widths[at] += more
        room -= more
    return widths


def padded(text: str, width: int, *, right: bool = False) -> str:
    """``text`` as one line in exactly ``width`` cells."""
    short = shortened(one_line(text), width)
    padding = " " * (width - cells(short))
    return padding + short if right else short + padding


def one_line(text: str) -> str:
    """``text`` as one line without control characters."""
    return visible(text).replace("\t", "\\t").replace("\n", "\\n")


def cells(text: str) -> int:
    """How many cells of a terminal a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def shortened(text: str, width: int) -> str:
    """``text`` in at most ``width`` cells, without its middle if it is longer."""
    if cells(text) <= width:
        return text
    after = (width - 1) // 2
    head = text[: _count(text, width - 1 - after)]
    tail = text[::-1][: _count(text[::-1], after)][::-1]
    while cells(short := f"{head}{_CUT}{tail}") > width and head:
        head = head[:-1]
    return short


def _count(text: str, width: int) -> int:
    """How many of the first characters take at most ``width`` cells."""
    return bisect_right(range(1, min(len(text), 8 * width) + 1), width, key=lambda end: cells(text[:end]))


def cell_text(x: object) -> str:
    """A value for a cell: a number with six significant digits, an integer in full, all else as logged."""
    if x is None:
        return number.MISSING
    if isinstance(x, float) or (type(x) is int and abs(x) >= _WHOLE):
        try:
            return f"{x:.6g}"
        except OverflowError:  # An integer may be larger than any float.
            return number.short(x).replace(number.MINUS, "-")
    return compact(x)
