"""Types for diagnostic cards: drawings in views, key figures, and data tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ..text import number

ROWS = 200
"""Most rows of a table beside a drawing."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing with its title and a note on how it is computed."""

    title: str
    svg: Markup
    note: str
    kind: str = ""
    """Key for scripts that add a curve to it; empty if none do."""


@dataclass(frozen=True, slots=True)
class View:
    """Drawings shown together."""

    name: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A table row: a name, the CSS classes of its line (``key``), and numbers."""

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
    """A drawn diagnostic."""

    views: tuple[View, ...]
    figures: tuple[tuple[str, str], ...]
    summary: Sheet | None
    """Table that is always visible, as the legend of the drawings."""
    sheets: tuple[Sheet, ...]
    note: str
    choice: tuple[str, ...] = ()
    """Names of the classes from which the reader selects one to draw."""


def spelled(value: float | None) -> str:
    """A value of a diagnostic as text; whole numbers have no decimals."""
    is_whole = value is not None and abs(value) < 1e15 and float(value).is_integer()
    return number.short(int(value) if is_whole and value is not None else value)


def sheet(title: str, head: Sequence[str], rows: Sequence[Row]) -> Sheet:
    """A table of at most ``ROWS`` rows, with a note if more were cut."""
    note = f"{ROWS} of {number.plural(len(rows), 'row')}" if len(rows) > ROWS else ""
    return Sheet(title, tuple(head), tuple(rows[:ROWS]), note)
