"""Parses a block of lines of a metrics file by its columns, several times as fast as line by line."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from contextlib import suppress
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar, cast

from .csv_line import number_of
from .csv_rows import Block, Header, Steps, Times, first_field, step_of, time_of, value_of
from .layout import EARLIEST, LATEST
from .records import Value

QUOTED = 50
"""How many names in quotes are looked for in a block; with more, line by line is as fast."""

Reader = Callable[[bytes, Header, dict[str, int]], Block | None]
"""What reads a block as ``by_column`` does."""

Rows = Callable[[list[Any]], list[Any]]
"""What picks the rows of one name from a column."""

_Fields = list[str]
_Key = TypeVar("_Key")
_Number = TypeVar("_Number", int, float)
_Found = TypeVar("_Found")


def by_column(lines: bytes, header: Header, before: dict[str, int]) -> Block | None:
    """The points of some lines, or None where one of them needs a closer look: a quote, a fault, a foreign end.

    ``before`` has the number of points that precede them, by name.
    """
    plain = unquoted(lines, header)
    if plain is None:
        return None
    try:
        text, names = plain
        before = before | {substitute: before.get(name, 0) for substitute, name in names.items()}
        found = _by_turns(text, header, before) or _by_table(text.decode(), header, before)
        return None if found is None else renamed(found, names)
    except ValueError:
        return None


def unquoted(lines: bytes, header: Header) -> tuple[bytes, dict[str, str]] | None:
    """Lines in which each comma parts two fields, and the names for what stands in for some; None for other lines.

    A name in quotes is in many lines, so it is replaced at once in all of them, by what no line may hold.
    """
    if b"\r" in lines or b"\x18" in lines or b"\0" in lines:
        return None
    names: dict[str, str] = {}
    if b'"' in lines and header.name == 0:
        lines = b"\n" + lines
        while len(names) < QUOTED and (at := lines.find(b'\n"')) >= 0:
            end = lines.find(b"\n", at + 1)
            try:
                name, spelled = first_field(lines[at + 1 : end if end > 0 else None].decode())
            except ValueError:
                return None
            substitute = f"\x18{len(names)}"
            names[substitute] = name
            lines = lines.replace(f"\n{spelled},".encode(), f"\n{substitute},".encode())
        lines = lines[1:]
    return None if b'"' in lines else (lines, names)


def renamed(columns: dict[str, _Found], names: dict[str, str]) -> dict[str, _Found]:
    """What was found by name, with the names for what stands in for some.

    Raises ValueError where that makes two of them one.
    """
    if not names:
        return columns
    named = {names.get(name, name): one for name, one in columns.items()}
    if len(named) < len(columns):
        raise ValueError("a name is spelled two ways")
    return named


def slices(group: list[str]) -> dict[str, Rows]:
    """For each name what picks its rows, where a group of names is repeated, as a training loop does."""
    return {name: itemgetter(slice(at, None, len(group))) for at, name in enumerate(group)}


def rows_by(names: list[_Key]) -> dict[_Key, Rows]:
    """For each name, or what stands for it, what picks its rows."""
    indexes: dict[_Key, list[int]] = {name: [] for name in names}
    for index, name in enumerate(names):
        indexes[name].append(index)
    return {name: _picker(rows) for name, rows in indexes.items()}


def _picker(rows: list[int]) -> Rows:
    return lambda column: [column[row] for row in rows]


# --- metrics that are logged in turn -------------------------------------------------------------------------

_NO_NUMBER = b"tf[{"
"""One of these is in each JSON value that is neither a number nor null."""
_EXACT = 2.0**63
"""From here on a whole number may have been read as a float."""


def _by_turns(lines: bytes, header: Header, before: dict[str, int]) -> Block | None:
    """The points of lines whose names come again and again in one order; None for other lines.

    A training loop logs so. The lines of each name become one JSON list, which only orjson reads fast enough: the
    generator has loaded it. Raises ValueError where a line is no point.
    """
    known = sum(at is not None for at in header[1:])
    if header.name or header.text not in (None, header.width - 1) or header.width != known:
        return None
    if sys.modules.get("orjson") is None:
        return None
    cut = lines.split(b"\n")
    names = _turn(cut)
    found: Block = {}
    last: tuple[Steps, Times] = [], []
    for at, spelled in enumerate(names):
        own, name = cut[at :: len(names)], spelled.decode()
        with suppress(ValueError, TypeError, OverflowError):  # It is no JSON, or a field of it is no number.
            one = _plain(spelled, own, header, before.get(name, 0), last)
            if one is not None:
                found[name], last = one, one[:2]
                continue
        block = _by_table(b"\n".join(own).decode(), header, before)
        if block is None or list(block) != [name]:
            return None
        found |= block
    return found or None


def _turn(lines: list[bytes]) -> list[bytes]:
    """The names that come in one order from the first line on; none where the first does not come again."""
    first = lines[0][: lines[0].find(b",") + 1]
    count = next((at for at in range(1, len(lines)) if lines[at].startswith(first)), 0)
    names = [line.partition(b",")[0] for line in lines[:count]]
    return [] if b"" in names or len(set(names)) < count else names


def _plain(
    name: bytes, lines: list[bytes], header: Header, start: int, before: tuple[Steps, Times]
) -> tuple[Steps, Times, list[Value]] | None:
    """The points of lines that all have one name and plain numbers; None for others.

    Steps and times that are equal to those of the metric ``before`` share its objects. Raises ValueError, TypeError or
    OverflowError where some field is no plain number.
    """
    end, count = b"" if header.text is None else b",", len(lines)
    name, joined = b"%b\n%b," % (end, name), b"%b\n%b" % (end, b"\n".join(lines))
    text = joined.removesuffix(end).replace(name, b",null,")
    # Each line has to begin with the name, and null marks the beginning of each from here on.
    if len(joined) - len(text) != count * (len(name) - 6) + len(end) or any(mark in text for mark in _NO_NUMBER):
        return None
    fields: list[Any] = sys.modules["orjson"].loads(b"[%b]" % text[1:])
    width = header.width - (header.text is not None)
    if len(fields) != width * count or fields[::width] != [None] * count:
        return None
    values = fields[header.value :: width]
    steps = list(range(start, start + count)) if header.step is None else fields[header.step :: width]
    times: list[Any] = [None] * count if header.time is None else fields[header.time :: width]
    if type(sum(steps)) is not int or not math.isfinite(max(steps) - min(steps)):
        return None
    # No number has two points: if the steps are whole and there is one for each of the others, these are floats.
    floats = [values] if header.time is None else [values, times]
    if text.count(b".") != len(floats) * count and not _are_exact(*floats):
        return None
    if header.time is not None and times != before[1] and not are_times(times):
        return None
    return _shared(steps, before[0]), _shared(times, before[1]), values


def _are_exact(values: list[Any], *times: list[Any]) -> bool:
    """Whether numbers are as they are spelled, and the times floats."""
    if any(set(map(type, column)) != {float} for column in times):
        return False
    return {int, float}.issuperset(map(type, values)) and max(map(abs, values)) < _EXACT


def _shared(column: list[Any], before: list[Any]) -> list[Any]:
    return before[:] if column == before else column


# --- the table of a block ------------------------------------------------------------------------------------


class _Table(NamedTuple):
    """Some lines by column; None for a column that the file does not have."""

    rows: dict[str, Rows]
    """What picks the rows of each name from a column."""
    values: _Fields
    steps: _Fields | None
    times: _Fields | None
    texts: _Fields | None


def _table(text: str, header: Header) -> _Table | None:
    """Cut lines at their commas; None where a line has more or fewer fields than the header."""
    count = text.count("\n") + 1
    # Mostly there is nothing in the last column, the text: then a line feed follows a comma.
    if text.endswith(",") and text[: text.find("\n")].endswith(","):
        table = _columns(text[:-1].split(","), count, header, bare=True)
        if table is not None:
            return table
    return _columns(text.replace("\n", ",\n").split(","), count, header)


def _by_table(text: str, header: Header, before: dict[str, int]) -> Block | None:
    """The points of lines by their columns; None where one has more or fewer fields than the header."""
    table = _table(text, header)
    return None if table is None else _points(table, before)


def _columns(fields: _Fields, count: int, header: Header, *, bare: bool = False) -> _Table | None:
    """The fields of so many lines by column, all but the last one of a ``bare`` table; None where some line is odd."""
    width = header.width - bare
    if len(fields) != count * width:
        return None
    columns = [fields[at::width] for at in range(width)] + [[""] * count] * bare
    # A line feed is the first character of what it is in, so it is alone there; each line has to begin with one.
    columns[0][0] = "\n" + columns[0][0]
    rows = _by_name(columns[header.name])
    if header.name:
        whole = all(first.startswith("\n") for first in columns[0])
        columns[0] = [first[1:] for first in columns[0]]
    else:
        whole = all(name.startswith("\n") for name in rows)
        rows = {name[1:]: pick for name, pick in rows.items()}
    values, *others = [None if at is None else columns[at] for at in header[2:]]
    return _Table(rows, cast(_Fields, values), *others) if whole else None


def _by_name(names: _Fields) -> dict[str, Rows]:
    """What picks the rows of each name."""
    stride = names.index(names[0], 1) if names[0] in names[1:] else len(names)
    group = names[:stride]
    repeated = len(set(group)) == stride and names == (group * (len(names) // stride + 1))[: len(names)]
    return slices(group) if repeated else rows_by(names)


def _points(table: _Table, before: dict[str, int]) -> Block:
    """The points of a table by name; raises ValueError where a line is none."""
    if "" in table.rows:
        raise ValueError("a line has no name")
    for column in (table.values, table.steps, table.times):
        if column and "_" in "".join(column):
            raise ValueError("Python reads 1_000 as a number, which the format does not")
    steps, times, values = _whole(_integers, table.steps), _whole(_moments, table.times), _whole(_floats, table.values)
    found: Block = {}
    for name, pick in table.rows.items():
        data = pick(values) if values else _values(pick(table.values), table.texts and pick(table.texts))
        start, count = before.get(name, 0), len(data)
        found[name] = (
            pick(steps) if steps else _steps(table.steps and pick(table.steps), start, count),
            pick(times) if times else _times(table.times and pick(table.times), count),
            data,
        )
    return found


# --- columns of numbers --------------------------------------------------------------------------------------


def _whole(read: Callable[[_Fields], list[_Number]], fields: _Fields | None) -> list[_Number] | None:
    """A column of a block at once, or None where some name needs a closer look at its fields."""
    try:
        return None if fields is None else _once(read, fields)
    except (ValueError, OverflowError):
        return None


def _floats(fields: _Fields) -> list[float]:
    """Fields as numbers that are no integers; raises ValueError where one may be something else."""
    joined = ",".join(fields)
    # No number has two points, so each of them has one.
    if joined.count(".") != len(fields):
        raise ValueError("a field may be an integer or a string")
    # The generator has loaded orjson, which reads the numbers that JSON has in a third of the time.
    if (orjson := sys.modules.get("orjson")) is not None and "[" not in joined:
        with suppress(ValueError):
            return cast(list[float], orjson.loads(f"[{joined}]"))
    return list(map(float, fields))


def _integers(fields: _Fields) -> list[int]:
    """Fields as whole numbers that a float can hold; raises ValueError or OverflowError for others."""
    numbers = list(map(int, fields))
    float(max(numbers)), float(min(numbers))
    return numbers


def _moments(fields: _Fields) -> list[float]:
    """Fields as times; raises ValueError for others."""
    numbers = list(map(float, fields))
    if not are_times(numbers):
        raise ValueError("a field is not a time")
    return numbers


def are_times(numbers: list[float]) -> bool:
    """Whether all numbers are times that a line may have."""
    # A nan is neither the least nor the greatest for sure, and always in the sum.
    return math.isfinite(sum(numbers)) and min(numbers) >= EARLIEST and max(numbers) < LATEST


def _once(read: Callable[[_Fields], list[_Number]], fields: _Fields) -> list[_Number]:
    """Read fields; where many are the same, as steps and times of metrics logged together are, each is read once."""
    some = fields[:100]
    if 2 * len(set(some)) > len(some):
        return read(fields)
    different = list(dict.fromkeys(fields))
    known = dict(zip(different, read(different), strict=True))
    return list(map(known.__getitem__, fields))


# --- the fields of one name ----------------------------------------------------------------------------------


def _steps(fields: _Fields | None, start: int, count: int) -> Steps:
    if fields is None:
        return list(range(start, start + count))
    return cast(Steps, _whole(_integers, fields)) or [step_of(field, at) for at, field in enumerate(fields, start)]


def _times(fields: _Fields | None, count: int) -> Times:
    if fields is None:
        return [None] * count
    return cast(Times, _whole(_moments, fields)) or list(map(time_of, fields))


def _values(fields: _Fields, texts: _Fields | None) -> list[Value]:
    with suppress(ValueError):
        return cast(list[Value], _floats(fields))
    try:
        if "." not in "".join(fields):
            return list(map(int, fields))
    except ValueError:
        pass
    try:
        return [float(field) if "." in field else number_of(field) for field in fields]
    except ValueError:
        if texts is None:
            return [value_of(field, None) for field in fields]
        return list(map(value_of, fields, texts))
