"""The columns of a logged table: what kind each is, and all rows as a data script, for sorting and filtering."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from runpages.format.records import Table

from .. import text
from ..text import number
from .data import script

CELLS = 2_000_000
"""How many cells of a table a browser gets; it keeps them all in memory."""
ROWS = 500_000
"""How many rows it gets: more of them would be higher than browsers let an element be."""
COLUMNS = 1_000
LETTERS = 16_000_000
"""How long all texts of a table may be together."""
LONGEST = 10_000
"""How long one text may be."""

_SAMPLE = 1_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. ``decimals`` is None where not all of its values are numbers."""

    name: str
    values: Sequence[Any]
    """One for each row, ``None`` where the row has none."""
    decimals: int | None


def column(table: Table, name: str) -> Column:
    """A column of a table, with its kind as all rows tell it, not only those that a page shows."""
    values = [row.get(name) for row in table.rows]
    kinds = set(map(type, values)) - {type(None)}
    return Column(name, values, _decimals(values) if kinds and kinds <= {int, float} else None)


def _decimals(values: Sequence[float | int | None]) -> int:
    # A part tells the median well enough; whether all are whole numbers, only all can tell.
    return number.column(values[:: len(values) // _SAMPLE + 1]) or number.column(values)


def spelled(value: object) -> str:
    """A value of a column of texts, with what has no glyph in sight."""
    return text.visible(value if isinstance(value, str) else text.compact(value))


def table_script(table: Table, pictures: Mapping[str, str] = {}) -> bytes:
    """The rows of a table in columns, as a data script; ``pictures`` has the links of the texts that name a picture.

    Numbers are one text, divided by commas, as they were logged; texts are the places in a list of all that there
    are. What is missing is empty. Of a very large table these are the first rows and columns, and ``total`` tells how
    many there are.
    """
    names = table.columns[:COLUMNS]
    rows = min(len(table.rows), ROWS, max(1, CELLS // max(1, len(names))))
    columns = [column(table, name) for name in names]
    while (made := [_packed(one, rows, pictures) for one in columns]) and _letters(made) > LETTERS and rows > 1:
        rows //= 2
    total = [len(table.rows), len(table.columns)]
    return script("table", {"rows": rows, "total": total, "columns": made})


def _letters(columns: Sequence[Mapping[str, Any]]) -> int:
    return sum(len(word) for one in columns for word in one.get("words", ()))


def _packed(one: Column, rows: int, pictures: Mapping[str, str]) -> dict[str, Any]:
    values = one.values[:rows]
    name = text.visible(one.name)
    if one.decimals is not None:
        return {"name": name, "decimals": one.decimals, "values": _numbers(values)}
    places: dict[str, int] = {}
    at = ["" if value is None else str(places.setdefault(_word(value), len(places))) for value in values]
    shown = {places[word]: href for word, href in _pictured(places, pictures)}
    return {"name": name, "words": list(places), "values": ",".join(at), **({"pictures": shown} if shown else {})}


def _word(value: object) -> str:
    word = spelled(value)
    return word if len(word) <= LONGEST else f"{word[:LONGEST]}…"


def _pictured(words: Mapping[str, int], pictures: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield from ((word, pictures[word]) for word in words if word in pictures)


def _numbers(values: Sequence[float | int | None]) -> str:
    """Numbers with all their digits; ``orjson`` spells them ten times as fast, where it knows them all."""
    try:
        if math.isfinite(sum(value for value in values if value is not None)):
            return orjson.dumps(values)[1:-1].decode().replace("null", "")
    except (OverflowError, orjson.JSONEncodeError):  # Numbers of more than 64 bits.
        pass
    return ",".join("" if value is None else number.exact(value) for value in values)
