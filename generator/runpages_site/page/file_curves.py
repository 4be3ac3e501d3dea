"""Finds the columns of numbers in tables of other programs, so that a browser can draw them as curves.

CSV, TSV and JSON lines, as trackers and trainers write them: padded heads, cells left empty, keys that come and go.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .. import text
from .data_scripts import json_value

COLUMNS = 60
"""Most columns that are offered."""

DRAWN = 12
"""Most columns that are drawn at first."""

POINTS = 2_000
"""Rows up to which all are kept; of longer tables the extremes of each stretch are."""

STEPS = ("step", "global_step", "iteration", "iter", "epoch", "round", "batch")
"""Names of the columns for x, best first."""

_WHOLE = 2**53
_Rows = Iterator[list[tuple[str, Any]]]


def curves(name: str, source: str, whole: bool) -> dict[str, Any] | None:
    """The columns of numbers of a file: ``names``, and ``values`` by column.

    ``x`` is the column for x, −1 for row numbers, and ``y`` are the columns drawn at first. Empty cells are None;
    numbers that are not finite are texts. ``index`` has the indices of the rows in ``values`` if not all are, and
    ``rows`` the number of all. None if the file is no such table, or has nothing to draw.
    """
    read = _READERS.get(name.lower().rpartition(".")[2])
    if read is None:
        return None
    if not whole:
        source = source[: source.rfind("\n") + 1]
    try:
        columns, count = _columns(read(source))
    except (ValueError, RecursionError, csv.Error):
        return None
    numbers = {key: values for key, values in columns.items() if len(values) - values.count(None) > 1}
    names = list(numbers)[:COLUMNS]
    lower = [one.lower() for one in names]
    x = next((lower.index(step) for step in STEPS if step in lower), -1)
    if len(names) < (1 if x < 0 else 2):
        return None
    kept = _kept([numbers[one] for one in names], count)
    values = [[json_value(numbers[one][row]) for row in kept] for one in names]
    return {
        "names": [text.visible(one) for one in names],
        "values": values,
        "x": x,
        "y": [at for at, one in enumerate(lower) if one not in STEPS][:DRAWN],
        "index": kept if len(kept) < count else None,
        "rows": count,
    }


def _columns(rows: _Rows) -> tuple[dict[str, list[float | None]], int]:
    """Columns with numbers and empty cells only, and the number of rows."""
    columns: dict[str, list[float | None]] = {}
    wrong: set[str] = set()
    count = 0
    for count, row in enumerate(rows, 1):
        for key, cell in row:
            if key in wrong or (number := _number(cell)) is False:
                wrong.add(key)
                continue
            column = columns.setdefault(key, [])
            column.extend([None] * (count - len(column)))
            column[-1] = number
    for column in columns.values():
        column.extend([None] * (count - len(column)))
    return {key: column for key, column in columns.items() if key not in wrong}, count


def _number(cell: Any) -> Any:
    """A cell as a number; None for an empty one, False for anything else."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if isinstance(cell, bool) or (isinstance(cell, str) and "_" in cell):
        return False
    try:
        value = float(cell)
    except (ValueError, TypeError):
        return False
    except OverflowError:  # An integer of JSON.
        return math.inf if cell > 0 else -math.inf
    return int(value) if value.is_integer() and abs(value) <= _WHOLE else value


def _kept(columns: Sequence[Sequence[float | None]], count: int) -> list[int]:
    """Indices of rows with the first, last, least and greatest value of each stretch of each column."""
    if count <= POINTS:
        return list(range(count))
    size = math.ceil(count / max(POINTS // (2 * len(columns)), 50))
    kept = {0, count - 1}
    for column in columns:
        for start in range(0, count, size):
            known = [(value, row) for row in range(start, min(start + size, count)) if _is_finite(value := column[row])]
            kept.update((min(known)[1], max(known)[1]) if known else ())
    return sorted(kept)


def _is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


# --- rows as pairs of column and cell --------------------------------------------------------------------------


def _delimited(delimiter: str) -> Callable[[str], _Rows]:
    def read(source: str) -> _Rows:
        rows = (row for row in csv.reader(source.splitlines(keepends=True), delimiter=delimiter) if any(row))
        head = next(rows, [])
        names = list(_unique(one.strip() or f"column {at}" for at, one in enumerate(head, 1)))
        if head and all(_number(one) not in (None, False) for one in head):  # There is no head.
            names = [f"column {at}" for at in range(1, len(head) + 1)]
            yield list(zip(names, head, strict=True))
        for row in rows:
            yield list(zip(names, row, strict=False))

    return read


def _unique(names: Iterable[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for name in names:
        count = seen[name] = seen.get(name, 0) + 1
        yield name if count == 1 else f"{name} ({count})"


def _json_lines(source: str) -> _Rows:
    for line in source.split("\n"):
        row = json.loads(line) if line.strip() else {}
        if not isinstance(row, dict):
            raise ValueError("a line is not an object")  # noqa: TRY004 - as json.loads raises for one that is no JSON
        if row:
            yield [(key, cell) for key, cell in row.items() if not isinstance(cell, dict | list)]


_READERS: Mapping[str, Callable[[str], _Rows]] = {
    "csv": _delimited(","), "tsv": _delimited("\t"), "jsonl": _json_lines, "ndjson": _json_lines,
}  # fmt: skip
