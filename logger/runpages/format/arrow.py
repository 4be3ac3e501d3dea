"""A block of lines of a metrics file by pyarrow, for long files: the same points in less than half the time.

pyarrow takes for numbers what is none here, such as ``0x1f``, and makes a column of numbers all floats or all integers.
So a column is read as text, and turned into numbers only if it has no other characters than plain numbers have.
"""

from __future__ import annotations

import math
from typing import Any

from . import columns
from .rows import Block, Header

BLOCK = 1 << 20
"""How many bytes are read at once: a call of pyarrow costs as much as a hundred lines."""

_WHOLE = b"0123456789-"
_PLAIN = _WHOLE + b".e"
_EXACT = 2.0**53
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def is_there() -> bool:
    """Whether pyarrow is installed; it is loaded by that."""
    try:
        import pyarrow.csv  # type: ignore[import-untyped]  # noqa: F401
    except ImportError:
        return False
    return True


def by_column(lines: bytes, header: Header, before: dict[str, int]) -> Block | None:
    """The same as ``columns.by_column``, which reads what is more than plain numbers."""
    import pyarrow

    try:
        found = _plain(lines, header)
    except pyarrow.ArrowException:  # A line of another width, a number that is too large, two signs.
        found = None
    return columns.by_column(lines, header, before) if found is None else found


def _plain(lines: bytes, header: Header) -> Block | None:
    """The points of some lines if all their fields are plain numbers; None or ArrowException for others."""
    # pyarrow passes over a byte order mark, and checks the columns only that it is asked for.
    if header.step is None or lines.startswith(_BYTE_ORDER_MARK):
        return None
    plain = columns.unquoted(lines, header)
    if plain is None:
        return None
    table = _table(plain[0], header)
    try:
        rows = columns.renamed(_rows(table[header.name]), plain[1])
    except ValueError:
        return None
    steps = _numbers(table[header.step], _WHOLE, "int64", "q")
    times = [None] * len(table[header.name]) if header.time is None else _moments(table[header.time])
    values = _values(table[header.value])
    if steps is None or times is None or values is None or "" in rows:
        return None
    return {name: (pick(steps), pick(times), pick(values)) for name, pick in rows.items()}


def _table(lines: bytes, header: Header) -> dict[int, Any]:
    """The columns that are needed, by their places: the names in a dictionary's codes, the others as text."""
    from pyarrow import csv, dictionary, int32, py_buffer, string

    numbers = [at for at in (header.step, header.time, header.value) if at is not None]
    types = {str(header.name): dictionary(int32(), string())} | dict.fromkeys(map(str, numbers), string())
    table = csv.read_csv(
        py_buffer(lines),
        csv.ReadOptions(use_threads=False, block_size=len(lines) + 1, column_names=list(map(str, range(header.width)))),
        csv.ParseOptions(quote_char=False),
        csv.ConvertOptions(column_types=types, include_columns=list(types)),
    )
    return {int(place): table.column(place).chunk(0) for place in types}


def _rows(names: Any) -> dict[str, columns.Rows]:
    """For each name what picks its rows from a column."""
    known, codes = names.dictionary.to_pylist(), _listed(names.indices, "i")
    group = list(range(len(known)))
    if codes == (group * (len(codes) // max(len(known), 1) + 1))[: len(codes)]:
        return columns.slices(known)
    return {known[code]: pick for code, pick in columns.rows_by(codes).items()}


def _numbers(fields: Any, characters: bytes, kind: str, code: str) -> list[Any] | None:
    """Fields as numbers of one kind; None if they have other characters, ArrowException if they are none."""
    return None if _text(fields).translate(None, characters) else _listed(fields.cast(kind), code)


def _moments(fields: Any) -> list[float] | None:
    moments = _numbers(fields, _PLAIN, "double", "d")
    return moments if moments is not None and math.isfinite(sum(moments)) else None


def _values(fields: Any) -> list[float | int] | None:
    """Fields as numbers: those without a point and an exponent are whole; None where one is not exact as a float."""
    values = _numbers(fields, _PLAIN, "double", "d")
    # No number has two points.
    if values is None or _text(fields).count(b".") == len(values):
        return values
    from pyarrow import compute

    broken = compute.or_(compute.match_substring(fields, "."), compute.match_substring(fields, "e"))
    mixed = [
        value if part else int(value) for value, part in zip(values, _listed(broken.cast("int8"), "b"), strict=True)
    ]
    return mixed if all(-_EXACT < value < _EXACT for value in mixed if type(value) is int) else None


def _text(fields: Any) -> bytes:
    """The characters of all fields, one after the other."""
    return bytes(fields.buffers()[2] or b"")


def _listed(numbers: Any, code: str) -> list[Any]:
    """The numbers of an array that has no gaps, as Python has them; ``code`` is that of the struct module.

    ``to_pylist`` was ten times as slow before version 24, and numpy need not be there.
    """
    return memoryview(numbers.buffers()[1]).cast(code)[: len(numbers)].tolist() if len(numbers) else []
