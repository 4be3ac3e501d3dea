"""The tables that a run logged, and a curve of those that are two columns of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from posixpath import basename, splitext
from types import MappingProxyType

from markupsafe import Markup

from runpages.format.records import RunRecord, Table

from .. import chart, link, text
from ..model import RunPlace
from ..text import number
from .columns import Column, column, spelled, table_script
from .series import metric_tables
from .view import EMPTY, NONE, Link

COLUMNS = 50
TEXT = 300
_NARROW = 5
# A few rows are found with the eye, and a few columns need no choice.
_FEW_ROWS = 12
_FEW_COLUMNS = 8
_LONG = 24
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".avif")


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
    rows: Markup
    note: str
    svg: Markup
    links: tuple[Link, ...]
    data: str
    """The script with all rows; empty where there is none."""
    is_wide: bool
    has_tools: bool
    has_choice: bool
    """Whether there are so many columns that a reader may want to choose some."""
    has_pictures: bool


def table_cards(record: RunRecord, place: RunPlace, rows: int) -> tuple[TableCard, ...]:
    """The section of tables, each with its first ``rows``."""
    shown = pictures(record, place) if record.tables else {}
    return tuple(_table_card(table, place, rows, shown) for table in record.tables)


def metric_scripts(record: RunRecord, place: RunPlace, charts: int) -> Iterator[tuple[str, str, bytes]]:
    """For each table of metrics that are too many for rows: its kind, and the place and the bytes of its script."""
    for kind, table in metric_tables(record, charts):
        yield kind, f"{place.folder}{kind}.js", table_script(table)


def table_scripts(record: RunRecord, place: RunPlace) -> Iterator[tuple[str, str, bytes]]:
    """For each table with rows to sort: its name, and the place and the bytes of the script with all of them."""
    shown = pictures(record, place) if record.tables else {}
    for table in record.tables:
        if len(table.rows) > 1 and table.files and place.published.keys() >= set(table.files):
            # The name of its file is one that no other table has, also on disks that ignore case.
            stem = basename(table.files[0]).partition(".")[0]
            yield table.name, f"{place.folder}tables/{stem}.js", table_script(table, shown)


def pictures(record: RunRecord, place: RunPlace) -> dict[str, str]:
    """The links of the published pictures of a run, by their files and by the names that they were logged under.

    Of several images of one name it is the last one.
    """
    images = sorted((one for one in record.images if not one.missing), key=lambda image: image.step)
    named = [(one.name, one.file) for one in record.artifacts if _is_picture(one.file, known=True)]
    named += [(one.name, one.file) for one in images if _is_picture(one.file, known=bool(one.width))]
    known = [(name, file, place.published[file]) for name, file in named if file in place.published]
    found = {name: link.between(place.path, target) for name, _, target in known}
    return found | {file: link.between(place.path, target) for _, file, target in known}


def _is_picture(file: str, *, known: bool) -> bool:
    extension = splitext(file)[1].lower()
    return extension in _PICTURES and (known or extension == ".avif")


def _table_card(table: Table, place: RunPlace, rows: int, shown: Mapping[str, str]) -> TableCard:
    links = [
        Link(file, link.between(place.path, place.published[file])) for file in table.files if file in place.published
    ]
    data = place.tables.get(table.name)
    href = link.data(place.path, data) if data else ""
    return table_card(table, link.anchor("table", table.name), rows, links, href, shown)


def table_card(
    table: Table, id: str, rows: int, links: Sequence[Link], data: str, shown: Mapping[str, str] = MappingProxyType({})
) -> TableCard:
    """A table with its first ``rows``; ``data`` is the script with all of them, ``shown`` the links of its pictures."""
    columns = [column(table, name) for name in table.columns[:COLUMNS]]
    count = min(rows, len(table.rows))
    cells = [_cells(one, count, shown) for one in columns]
    has_choice = len(table.columns) > _FEW_COLUMNS
    return TableCard(
        id=id,
        name=table.name,
        facts=f"{number.plural(len(table.rows), 'row')}, {number.plural(len(table.columns), 'column')}",
        columns=tuple(TableColumn(one.name, one.decimals is not None) for one in columns),
        rows=_rows(cells),
        note=_note(table, count, len(columns)),
        svg=_table_chart(table),
        links=tuple(links),
        data=data,
        is_wide=len(columns) > _NARROW,
        has_tools=bool(data) and (has_choice or len(table.rows) > _FEW_ROWS),
        has_choice=has_choice,
        has_pictures=_has_pictures(columns, shown),
    )


def _note(table: Table, rows: int, columns: int) -> str:
    parts = []
    if rows < len(table.rows):
        parts.append(f"{number.integer(rows)} of {number.plural(len(table.rows), 'row')}")
    if columns < len(table.columns):
        parts.append(f"{columns} of {number.plural(len(table.columns), 'column')}")
    return ", ".join(parts)


def _has_pictures(columns: Sequence[Column], shown: Mapping[str, str]) -> bool:
    texts = [one.values for one in columns if one.decimals is None] if shown else []
    return any(isinstance(value, str) and value in shown for values in texts for value in values)


def _rows(cells: Sequence[Sequence[str]]) -> Markup:
    # Thousands of cells a page: joined here, since a template takes ten times as long.
    rows = zip(*cells, strict=True)
    return Markup("\n".join(f"<tr>{''.join(row)}</tr>" for row in rows))  # noqa: S704 - every cell is escaped


def _cells(one: Column, rows: int, shown: Mapping[str, str]) -> list[str]:
    """The cells of a column of numbers, with one number of decimals, or of texts as they were logged."""
    values = one.values[:rows]
    if one.decimals is None:
        return [_text_cell(value, shown) for value in values]
    return [_number_cell(value, one.decimals) for value in values]


def _number_cell(value: float | int | None, decimals: int) -> str:
    if value is None:
        return f'<td class="n none">{NONE}</td>'
    short, exact = number.cell(value, decimals), number.exact(value)
    return f'<td class="n">{short}</td>' if short == exact else f'<td class="n" title="{exact}">{short}</td>'


def _text_cell(value: object, shown: Mapping[str, str]) -> str:
    if value is None:
        return f'<td class="value none">{NONE}</td>'
    whole = spelled(value)
    if whole in shown:
        href, alt = text.html(shown[whole]), text.html(whole)
        picture = f'<img src="{href}" alt="{alt}" loading="lazy">'
        return f'<td class="value"><a class="picture" href="{href}" title="{alt}">{picture}</a></td>'
    title = f' title="{text.html(whole[: 10 * TEXT])}"' if len(whole) > _LONG else ""
    cut = whole if len(whole) <= TEXT else f"{whole[:TEXT]}…"
    return f'<td class="value"{title}><bdi>{text.html(cut)}</bdi></td>'


def _table_chart(table: Table) -> Markup:
    """The second column over the first, where the table is two columns of numbers."""
    if len(table.columns) != 2 or len(table.rows) < 2:
        return EMPTY
    x, y = (column(table, name) for name in table.columns)
    if None in (x.decimals, y.decimals) or None in x.values or None in y.values:
        return EMPTY
    points = list(zip(x.values, y.values, strict=True))
    return chart.line_chart([chart.Line(y.name, points)], name=f"{table.name}: {y.name}", x_name=x.name)
