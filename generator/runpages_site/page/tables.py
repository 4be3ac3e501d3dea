"""The tables that a run logged, and a curve of those that are two columns of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

from markupsafe import Markup

from runpages.format.records import RunRecord, Table

from .. import chart, link, number, text
from ..model import RunPlace
from .view import EMPTY, MISSING, Cell, Link, fixed

COLUMNS = 50
TEXT = 300
_NARROW = 5


@dataclass(frozen=True, slots=True)
class TableColumn:
    """The head of a column of a logged table."""

    name: str
    number: bool


@dataclass(frozen=True, slots=True)
class TableCard:
    """A logged table: its first rows, and a chart where it is a curve."""

    id: str
    name: str
    facts: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str
    svg: Markup
    links: tuple[Link, ...]
    is_wide: bool


def table_cards(record: RunRecord, place: RunPlace, rows: int) -> tuple[TableCard, ...]:
    """The section of tables, each with its first ``rows``."""
    return tuple(_table_card(table, place, rows) for table in record.tables)


def _table_card(table: Table, place: RunPlace, rows: int) -> TableCard:
    names = table.columns[:COLUMNS]
    shown = table.rows[:rows]
    columns = [_column(name, [row.get(name, _ABSENT) for row in shown]) for name in names]
    links = [
        Link(file, link.between(place.path, place.published[file])) for file in table.files if file in place.published
    ]
    return TableCard(
        id=link.anchor("table", table.name),
        name=table.name,
        facts=f"{number.plural(len(table.rows), 'row')}, {number.plural(len(table.columns), 'column')}",
        columns=tuple(head for head, _ in columns),
        rows=tuple(zip(*(cells for _, cells in columns), strict=True)),
        note=_table_note(table, len(shown), len(names)),
        svg=_table_chart(table),
        links=tuple(links),
        is_wide=len(names) > _NARROW,
    )


_ABSENT = object()


def _table_note(table: Table, rows: int, columns: int) -> str:
    parts = []
    if rows < len(table.rows):
        parts.append(f"{rows} of {number.plural(len(table.rows), 'row')}")
    if columns < len(table.columns):
        parts.append(f"{columns} of {number.plural(len(table.columns), 'column')}")
    return ", ".join(parts)


def _column(name: str, values: Sequence[object]) -> tuple[TableColumn, list[Cell]]:
    """A column of numbers with one number of decimals, or of texts as they were logged."""
    known = [value for value in values if value is not _ABSENT and value is not None]
    if not known or not all(_is_number(value) for value in known):
        return TableColumn(name, number=False), [_text_cell(value) for value in values]
    return TableColumn(name, number=True), fixed([value if _is_number(value) else None for value in values])


def _is_number(value: object) -> TypeGuard[float | int]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text_cell(value: object) -> Cell:
    if value is _ABSENT or value is None:
        return MISSING
    whole = text.compact(value)
    return Cell(whole) if len(whole) <= TEXT else Cell(f"{whole[:TEXT]}…", exact=whole[: 10 * TEXT])


def _table_chart(table: Table) -> Markup:
    """The second column over the first, where the table is two columns of numbers."""
    if len(table.columns) != 2 or len(table.rows) < 2:
        return EMPTY
    x, y = table.columns
    points = [(row.get(x), row.get(y)) for row in table.rows]
    known = [(at, value) for at, value in points if _is_number(at) and _is_number(value)]
    if len(known) < len(points):
        return EMPTY
    return chart.line_chart([chart.Line(y, known)], name=f"{table.name}: {y}", x_name=x)
