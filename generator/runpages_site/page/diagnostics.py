"""Logged charts and tables of a run as tables that one can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from markupsafe import Markup

from runpages.format.layout import file_name, hashed_name
from runpages.format.records import Chart, RunRecord, Table

from .. import chart, link, number, select, text
from ..model import RunPlace
from . import figures
from .distribution import distribution
from .view import EMPTY, MISSING, NONE, Cell, Link, fixed

CLASSES = 40
COLUMNS = 50
TEXT = 300
_NARROW = 5


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """A count of a confusion matrix. ``opacity`` is the weight of its colour; a zero has none."""

    text: str
    kind: str
    opacity: str
    title: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """The counts of one true class."""

    label: str
    cells: tuple[MatrixCell, ...]
    recall: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """A confusion matrix with what follows from it."""

    labels: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    precision: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class ChartCard:
    """A logged chart: as a matrix where it is one, else its type and data."""

    name: str
    type: str
    step: str
    caption: str
    matrix: Matrix | None
    svg: Markup
    figure: int | None
    """Its place among the figures that the browser draws."""
    note: str
    data: Markup
    link: Link | None


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


def chart_cards(record: RunRecord, place: RunPlace) -> tuple[ChartCard, ...]:
    """The section of charts. Histograms of one name are one chart over their steps."""
    drawn = {id(one): at for at, one in enumerate(figures.drawn(record.charts))}
    sound = {id(one): known for one in record.charts if (known := distribution(one)) is not None}
    together: dict[str, list[chart.Distribution]] = {}
    for one in record.charts:
        if id(one) in sound:
            together.setdefault(one.name, []).append(sound[id(one)])
    cards: list[ChartCard] = []
    for one in record.charts:
        if id(one) not in sound:
            cards.append(_chart_card(one, place, drawn.get(id(one))))
        elif some := together.pop(one.name, []):
            cards.append(_histogram_card(one, some, place))
    return tuple(cards)


def _histogram_card(logged: Chart, known: Sequence[chart.Distribution], place: RunPlace) -> ChartCard:
    card = _chart_card(logged, place, None)
    svg = chart.distribution_chart(known, name=logged.name)
    if len(known) == 1:
        return replace(card, svg=svg, data=EMPTY)
    return replace(card, svg=svg, step="", note=number.plural(len(known), "step"), data=EMPTY)


def _chart_card(logged: Chart, place: RunPlace, figure: int | None) -> ChartCard:
    matrix = _matrix(logged.data) if logged.type == "confusion_matrix" else None
    return ChartCard(
        name=logged.name,
        type=logged.type.replace("_", " "),
        step=number.short(logged.step) if logged.step else "",
        caption=logged.caption or "",
        matrix=matrix,
        svg=EMPTY,
        figure=figure,
        note=figures.undrawn(logged.data) if logged.type == "plotly" else "",
        data=EMPTY if matrix else text.pretty_json(logged.data),
        link=_chart_file(logged.name, place),
    )


def _chart_file(name: str, place: RunPlace) -> Link | None:
    for spelled in (file_name(name), hashed_name(name)):
        file = f"charts/{spelled}.jsonl"
        if file in place.published:
            return Link(file, link.between(place.path, place.published[file]))
    return None


def _matrix(data: Any) -> Matrix | None:
    """A confusion matrix from what people pass: with or without its envelope, or the bare counts."""
    labels, counts = _unwrapped(data)
    size = len(counts)
    square = 0 < size <= CLASSES and all(
        len(row) == size and all(select.finite(count) is not None and count >= 0 for count in row) for row in counts
    )
    if not square:
        return None
    names = [text.compact(label) for label in labels] if len(labels) == size else [str(at) for at in range(size)]
    below = [sum(row[at] for row in counts) for at in range(size)]
    total, right = sum(map(sum, counts)), sum(counts[at][at] for at in range(size))
    return Matrix(
        labels=tuple(names),
        rows=tuple(_matrix_row(at, counts[at], names) for at in range(size)),
        precision=tuple(_share(counts[at][at], below[at], 2) for at in range(size)),
        note=f"Rows are the true class, columns the predicted. {_wrong(total - right, total)}",
    )


def _unwrapped(data: Any) -> tuple[Sequence[Any], Sequence[Sequence[Any]]]:
    if isinstance(data, Mapping) and isinstance(data.get("data"), Mapping):
        data = data["data"]
    labels = data.get("class_labels") if isinstance(data, Mapping) else None
    counts = data.get("matrix") if isinstance(data, Mapping) else data
    if not isinstance(counts, list) or not all(isinstance(row, list) for row in counts):
        counts = []
    return labels if isinstance(labels, list) else [], counts


def _wrong(wrong: float, total: float) -> str:
    return f"{number.short(wrong)} of {number.short(total)} are wrong."


def _matrix_row(at: int, counts: Sequence[float], names: Sequence[str]) -> MatrixRow:
    total = sum(counts)
    cells = (_matrix_cell(count, total, at, place, names) for place, count in enumerate(counts))
    return MatrixRow(names[at], tuple(cells), _share(counts[at], total, 3))


def _matrix_cell(count: float, total: float, true: int, predicted: int, names: Sequence[str]) -> MatrixCell:
    title = f"{number.short(count)} of {names[true]} predicted as {names[predicted]}"
    if not count:
        return MatrixCell("0", "zero", "", title)
    if true == predicted:
        return MatrixCell(number.short(count), "right", "", title)
    return MatrixCell(number.short(count), "wrong", f"{0.16 + 0.6 * min(1, count / total * 10):.2f}", title)


def _share(part: float, whole: float, decimals: int) -> str:
    return number.fixed(float(part / whole), decimals) if whole else NONE


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
