"""Parses a block of lines of a long metrics file by pyarrow: the same points in less than half the time.

pyarrow takes for numbers what is none here, such as ``0x1f``, and makes a column of numbers all floats or all integers.
So a column is read as text, and turned into numbers only if it has no other characters than plain numbers have.
"""

from __future__ import annotations

from typing import Any

from . import csv_columns
from .csv_rows import Block, Header

BLOCK = 1 << 20
"""How many bytes are read at once: a call of pyarrow costs as much as a hundred lines."""

TRIES = 3
"""After so many blocks in a row that are not all plain numbers, a file is read without pyarrow."""

_WHOLE = b"0123456789-"
_PLAIN = _WHOLE + b".e"
_WORDS = _PLAIN + b"nainf"
_EXACT = 2.0**53
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def block_reader() -> csv_columns.Reader | None:
    """What reads the blocks of one file as ``columns.by_column`` does; None where pyarrow is not installed."""
    try:
        import pyarrow.csv  # noqa: F401
    except ImportError:
        return None
    tries = TRIES

    def read(lines: bytes, header: Header, before: dict[str, int]) -> Block | None:
        nonlocal tries
        found = by_column(lines, header) if tries else None
        if found is None:
            tries = max(tries - 1, 0)
            return csv_columns.by_column(lines, header, before)
        tries = TRIES
        return found

    return read


def by_column(lines: bytes, header: Header) -> Block | None:
    """The points of some lines if all their fields are plain numbers; None for others."""
    import pyarrow

    try:
        return _points(lines, header)
    except (pyarrow.ArrowException, ValueError):  # A line of another width, a number that is too large, two signs.
        return None


def _points(lines: bytes, header: Header) -> Block | None:
    plain = csv_columns.unquoted(lines, header)
    # pyarrow passes over a byte order mark.
    if plain is None or header.step is None or lines.startswith(_BYTE_ORDER_MARK):
        return None
    lines, names = plain
    lines.decode()  # pyarrow checks the columns only that it is asked for.
    table = _table(lines, header)
    rows = csv_columns.renamed(_rows(table[header.name]), names)
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
        csv.ParseOptions(quote_char=False, ignore_empty_lines=False),
        csv.ConvertOptions(column_types=types, include_columns=list(types)),
    )
    return {int(place): table.column(place).chunk(0) for place in types}


def _rows(names: Any) -> dict[str, csv_columns.Rows]:
    """For each name what picks its rows from a column."""
    known, codes = names.dictionary.to_pylist(), _listed(names.indices, "i")
    group = list(range(len(known)))
    if codes == (group * (len(codes) // max(len(known), 1) + 1))[: len(codes)]:
        return csv_columns.slices(known)
    return {known[code]: pick for code, pick in csv_columns.rows_by(codes).items()}


def _numbers(fields: Any, characters: bytes, kind: str, code: str) -> list[Any] | None:
    """Fields as numbers of one kind; None if they have other characters, ArrowException if they are none."""
    return None if _text(fields).translate(None, characters) else _listed(fields.cast(kind), code)


def _moments(fields: Any) -> list[float] | None:
    moments = _numbers(fields, _PLAIN, "double", "d")
    return moments if moments and csv_columns.are_times(moments) else None


def _values(fields: Any) -> list[float | int] | None:
    """Fields as numbers, nan and inf, or None for others; also for a whole number that no float holds exactly."""
    values = _numbers(fields, _WORDS, "double", "d")
    # No number has two points.
    if values is None or _text(fields).count(b".") == len(values):
        return values
    from pyarrow import compute

    # One of these is in each number that is not whole, and in nan and inf.
    point, exponent, word = (compute.match_substring(fields, mark) for mark in ".en")
    broken = _listed(compute.or_(point, compute.or_(exponent, word)).cast("int8"), "b")
    whole = [at for at, part in enumerate(broken) if not part]
    if any(abs(values[at]) >= _EXACT for at in whole):
        return None
    for at in whole:
        values[at] = int(values[at])
    return values


def _text(fields: Any) -> bytes:
    """The characters of all fields, one after the other."""
    return bytes(fields.buffers()[2] or b"")


def _listed(numbers: Any, code: Any) -> list[Any]:
    """The numbers of an array that has no gaps, as Python has them; ``code`` is that of the struct module.

    ``to_pylist`` was ten times as slow before version 24, and numpy need not be there.
    """
    return memoryview(numbers.buffers()[1]).cast(code)[: len(numbers)].tolist() if len(numbers) else []
