"""A diagnostic as a card shows it: drawings in views, the figures that stand above them, and their data as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ..text import number

ROWS = 200
"""The most rows of a table beside a drawing."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing with its title, and a line that says how it is reckoned."""

    title: str
    svg: Markup
    note: str
    kind: str = ""
    """What a script knows it by, where it can add a curve to it."""


@dataclass(frozen=True, slots=True)
class View:
    """Drawings that are seen together."""

    name: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: a name, whose line is drawn in the classes of ``key``, and numbers."""

    name: str
    cells: tuple[str, ...]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The data of a drawing as a table."""

    title: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A logged diagnostic that is drawn."""

    views: tuple[View, ...]
    figures: tuple[tuple[str, str], ...]
    summary: Sheet | None
    """What belongs to the drawings and is always in sight, as their legend."""
    sheets: tuple[Sheet, ...]
    note: str
    choice: tuple[str, ...] = ()
    """The names of the classes of which a reader chooses one to be drawn."""


def spelled(value: float | None) -> str:
    """A value of a diagnostic: counts, which are read as floats, without decimals."""
    is_whole = value is not None and abs(value) < 1e15 and float(value).is_integer()
    return number.short(int(value) if is_whole and value is not None else value)


def sheet(title: str, head: Sequence[str], rows: Sequence[Row]) -> Sheet:
    """A table of at most ``ROWS`` rows, which says how many there are."""
    note = f"{ROWS} of {number.plural(len(rows), 'row')}" if len(rows) > ROWS else ""
    return Sheet(title, tuple(head), tuple(rows[:ROWS]), note)
