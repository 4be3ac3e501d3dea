"""Builds the cards of logged tables, with a chart for two numeric columns."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from posixpath import basename, splitext
from types import MappingProxyType
from typing import Any, NamedTuple, TypeGuard

import orjson
from markupsafe import Markup

from runpages.format.records import RunRecord, Table

from .. import chart, text
from ..model import Published
from ..site import Script
from ..text import number
from . import link
from .components import EMPTY, NONE, Link, file_href, file_links, spans
from .data_scripts import script

CELLS = 2_000_000
"""Most cells of a table in its script; browsers keep them all in memory."""
ROWS = 500_000
"""Most rows in a script: more would exceed the maximum height of an element in browsers."""
MOST_COLUMNS = 1_000
LETTERS = 16_000_000
"""Most characters of all texts of a table together."""
LONGEST = 10_000
"""Most characters of a text."""


class Column(NamedTuple):
    """A column of a table. ``decimals`` is None unless all values are numbers."""

    name: str
    values: Sequence[Any]
    """One for each row, ``None`` if missing."""
    decimals: int | None


def column(table: Table, name: str) -> Column:
    """A column of a table; its kind depends on all rows, not only those shown."""
    values = [row.get(name) for row in table.rows]
    kinds = set(map(type, values)) - {type(None)}
    return Column(name, values, number.column(values) if kinds and kinds <= {int, float} else None)


def spelled(value: object) -> str:
    """A value of a text column, with invisible characters escaped."""
    return text.visible(value if isinstance(value, str) else text.compact(value))


def table_script(table: Table, pictures: Mapping[str, str] = {}) -> bytes:
    """The rows of a table by column, as a data script; ``pictures`` maps texts that name an image to links.

    Numbers are one comma-separated text with all digits; texts are indices into a list of distinct ones. Missing
    values are empty. Of a very large table these are the first rows and columns; ``total`` has the full size.
    """
    names = table.columns[:MOST_COLUMNS]
    rows = min(len(table.rows), ROWS, max(1, CELLS // max(1, len(names))))
    columns = [column(table, name) for name in names]
    while (made := [_packed(one, rows, pictures) for one in columns]) and _letters(made) > LETTERS and rows > 1:
        rows //= 2
    total = [len(table.rows), len(table.columns)]
    return script("table", {"rows": rows, "total": total, "columns": made})


def _letters(columns: Sequence[Mapping[str, Any]]) -> int:
    return sum(len(word) for one in columns for word in one.get("words", ()))


def _packed(column: Column, rows: int, pictures: Mapping[str, str]) -> dict[str, Any]:
    values = column.values[:rows]
    name = text.visible(column.name)
    if column.decimals is not None:
        return {"name": name, "decimals": column.decimals, "values": _numbers(values)}
    places: dict[str, int] = {}
    at = ["" if value is None else str(places.setdefault(_word(value), len(places))) for value in values]
    links = {place: pictures[word] for word, place in places.items() if word in pictures}
    return {"name": name, "words": list(places), "values": ",".join(at), **({"pictures": links} if links else {})}


def _word(value: object) -> str:
    word = spelled(value)
    return word if len(word) <= LONGEST else f"{word[:LONGEST]}…"


def _numbers(values: Sequence[float | int | None]) -> str:
    """Numbers with all digits, comma-separated; ``orjson`` is ten times as fast where it can represent them."""
    try:
        if math.isfinite(sum(value for value in values if value is not None)):
            return orjson.dumps(values)[1:-1].decode().replace("null", "")
    except (OverflowError, orjson.JSONEncodeError):  # Numbers of more than 64 bits.
        pass
    return ",".join("" if value is None else number.exact(value) for value in values)


COLUMNS = 50
TEXT = 300
_NARROW = 5
_FILLING = 4
# Small tables need no filter and no column chooser.
_FEW_ROWS = 12
_FEW_COLUMNS = 8
_LONG = 24
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".avif")


class TableColumn(NamedTuple):
    """The head of a column of a logged table."""

    name: str
    number: bool


class TableCard(NamedTuple):
    """A logged table: its first rows, and a chart if it is a curve."""

    id: str
    name: str
    facts: str
    columns: tuple[TableColumn, ...]
    rows: Markup
    note: str
    svg: Markup
    links: tuple[Link, ...]
    data: str
    """Script with all rows; empty if there is none."""
    is_wide: bool
    """Whether it needs the whole width of the page."""
    spans: bool
    """Whether it has that."""
    has_tools: bool
    hint: str
    """An example of a filter, by columns of this table."""
    has_choice: bool
    """Whether there are enough columns for a column chooser."""
    has_pictures: bool


def table_cards(
    record: RunRecord, published: Published, rows: int, scripts: Mapping[str, Script]
) -> tuple[TableCard, ...]:
    """The cards of the tables section, each with its first ``rows``."""
    links = pictures(record, published)
    # A single row needs no sorting and no filter.
    data = {table.name: scripts.get(table.name) for table in record.tables if len(table.rows) > 1}
    cards = [_table_card(table, published, rows, links, data.get(table.name)) for table in record.tables]
    spanning = spans([card.is_wide for card in cards])
    # The values of two or three columns would be far apart.
    fills = [bool(card.svg) or len(card.columns) >= _FILLING for card in cards]
    return tuple(card._replace(spans=all(both)) for card, *both in zip(cards, spanning, fills, strict=True))


def table_scripts(record: RunRecord, published: Published) -> Iterator[tuple[str, str, bytes]]:
    """Name, path and bytes of the script of each table with rows; runs are compared by that of a single row as well."""
    links = pictures(record, published)
    for table in record.tables:
        if table.rows and table.files and published.files.keys() >= set(table.files):
            # Its file name is unique, also on disks that ignore case.
            stem = basename(table.files[0]).partition(".")[0]
            yield table.name, f"{published.folder}tables/{stem}.js", table_script(table, links)


def pictures(record: RunRecord, published: Published) -> dict[str, str]:
    """Links to a run's published images, by file and by logged name.

    Of several images of the same name, the last one.
    """
    images = sorted((one for one in record.images if not one.missing), key=lambda image: image.step)
    named = [(one.name, one.file) for one in record.artifacts if _is_picture(one.file, measured=True)]
    named += [(one.name, one.file) for one in images if _is_picture(one.file, measured=bool(one.width))]
    known = [(name, file, href) for name, file in named if (href := file_href(file, published))]
    return {name: href for name, _, href in known} | {file: href for _, file, href in known}


def _is_picture(file: str, *, measured: bool) -> bool:
    extension = splitext(file)[1].lower()
    return extension in _PICTURES and (measured or extension == ".avif")


def _table_card(
    table: Table, published: Published, rows: int, pictures: Mapping[str, str], data: Script | None
) -> TableCard:
    links, href = file_links(table.files, published), link.data_script(published.path, data)
    return table_card(table, link.anchor("table", table.name), rows, links, href, pictures)


def table_card(
    table: Table,
    id: str,
    rows: int,
    links: Sequence[Link],
    data: str,
    pictures: Mapping[str, str] = MappingProxyType({}),
) -> TableCard:
    """A table with its first ``rows``; ``data`` is the script with all rows, ``pictures`` the links to its images."""
    columns = [column(table, name) for name in table.columns[:COLUMNS]]
    count = min(rows, len(table.rows))
    cells = [_cells(one, count, pictures) for one in columns]
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
        spans=len(columns) > _NARROW,
        has_tools=bool(data) and (has_choice or len(table.rows) > _FEW_ROWS),
        hint=_hint(columns, count),
        has_choice=has_choice,
        has_pictures=_has_pictures(columns, pictures),
    )


_BRIEF = 16
_QUOTED = re.compile(r'[\s":=<>]')


def _hint(columns: Sequence[Column], rows: int) -> str:
    """Examples of a filter: a word, a short text of a column, and a limit of the last column of numbers."""
    brief = [one for one in columns if 0 < len(one.name) <= _BRIEF and '"' not in one.name]
    texts = [(one.name, one.values[:rows]) for one in brief if one.decimals is None]
    words = [(name, value) for name, values in texts for value in values if _is_word(value)]
    # Better one that needs no quotes.
    word = min((f"{_term(name)}:{_term(value)}" for name, value in words), key=lambda term: '"' in term, default="")
    limits = [(one, value) for one in brief if one.decimals is not None for value in _middle(one, rows)]
    limit = f"{_term(limits[-1][0].name)}>{limits[-1][1]}" if limits else ""
    return ", ".join(filter(None, ("text", word, limit)))


def _term(text: str) -> str:
    return f'"{text}"' if _QUOTED.search(text) else text


def _is_word(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= _BRIEF and value.isprintable() and '"' not in value


def _middle(column: Column, rows: int) -> list[str]:
    """The median of a column's first numbers, in two digits."""
    known = sorted(value for value in column.values[:rows] if value is not None and abs(value) < 1e15)
    middle = known[len(known) // 2 : len(known) // 2 + 1]
    return [f"{value:.2g}" if abs(value) < 100 else str(round(value)) for value in middle]


def _note(table: Table, rows: int, columns: int) -> str:
    parts = []
    if rows < len(table.rows):
        parts.append(f"{number.integer(rows)} of {number.plural(len(table.rows), 'row')}")
    if columns < len(table.columns):
        parts.append(f"{columns} of {number.plural(len(table.columns), 'column')}")
    return ", ".join(parts)


def _has_pictures(columns: Sequence[Column], pictures: Mapping[str, str]) -> bool:
    texts = [one.values for one in columns if one.decimals is None] if pictures else []
    return any(isinstance(value, str) and value in pictures for values in texts for value in values)


def _rows(cells: Sequence[Sequence[str]]) -> Markup:
    # Joined here: a page has thousands of cells, and a template takes ten times as long.
    rows = zip(*cells, strict=True)
    return Markup("\n".join(f"<tr>{''.join(row)}</tr>" for row in rows))  # noqa: S704 - every cell is escaped


def _cells(column: Column, rows: int, pictures: Mapping[str, str]) -> list[str]:
    """The cells of a column: numbers with equal decimals, or texts as logged."""
    values = column.values[:rows]
    if column.decimals is None:
        return [_text_cell(value, pictures) for value in values]
    spell = number.cell if number.has_separators(column.name) else _label
    return [_number_cell(value, spell, column.decimals) for value in values]


def _label(value: float | int, decimals: int) -> str:
    """A value of a column of ids, steps, epochs or years."""
    return number.cell(value, decimals).replace(",", "")


def _number_cell(value: float | int | None, spell: Callable[[float | int, int], str], decimals: int) -> str:
    if value is None:
        return f'<td class="n none">{NONE}</td>'
    short, exact = spell(value, decimals), number.exact(value)
    return f'<td class="n">{short}</td>' if short == exact else f'<td class="n" title="{exact}">{short}</td>'


def _text_cell(value: object, pictures: Mapping[str, str]) -> str:
    if value is None:
        return f'<td class="value none">{NONE}</td>'
    whole = spelled(value)
    if whole in pictures:
        href, path = text.html(pictures[whole]), text.html(whole)
        picture = f'<img src="{href}" alt="" loading="lazy">'  # The link has the name.
        return f'<td class="value"><a class="picture" href="{href}" title="{path}">{picture}</a></td>'
    title = f' title="{text.html(whole[: 10 * TEXT])}"' if len(whole) > _LONG else ""
    cut = whole if len(whole) <= TEXT else f"{whole[:TEXT]}…"
    return f'<td class="value"{title}>{text.html(cut)}</td>'


def _table_chart(table: Table) -> Markup:
    """Chart of the second column over the first, if the table is two columns of numbers."""
    if len(table.columns) != 2 or len(table.rows) < 2:
        return EMPTY
    x, y = (column(table, name) for name in table.columns)
    if None in (x.decimals, y.decimals) or None in x.values or None in y.values:
        return EMPTY
    points = list(zip(x.values, y.values, strict=True))
    return chart.line_chart([chart.Line(y.name, points)], name=f"{table.name}: {y.name}", x_name=x.name)
