"""Parses a block of lines of a metrics file by its columns, several times as fast as line by line."""

from __future__ import annotations

import math
from collections.abc import Callable
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


def by_column(lines: bytes, header: Header, before: dict[str, int]) -> Block | None:
    """The points of some lines, or None where one of them needs a closer look: a quote, a fault, a foreign end.

    ``before`` has the number of points that precede them, by name.
    """
    plain = unquoted(lines, header)
    if plain is None:
        return None
    try:
        table = _table(plain[0].decode(), header)
        return None if table is None else _points(table._replace(rows=renamed(table.rows, plain[1])), before)
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


def renamed(rows: dict[str, Rows], names: dict[str, str]) -> dict[str, Rows]:
    """The rows with their names for what stands in for some; raises ValueError where that makes two of them one."""
    if not names:
        return rows
    found = {names.get(name, name): pick for name, pick in rows.items()}
    if len(found) < len(rows):
        raise ValueError("a name is spelled two ways")
    return found


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


# --- the table of a block ------------------------------------------------------------------------------------


class _Table(NamedTuple):
    """Some lines by column; None for a column that the file does not have."""

    rows: dict[str, Rows]
    """What picks the rows of each name from a column."""
    stride: int
    """How many names are repeated as a group; 1 where none is."""
    values: _Fields
    steps: _Fields | None
    times: _Fields | None
    texts: _Fields | None


def _table(text: str, header: Header) -> _Table | None:
    """Cut lines at their commas; None where a line has more or fewer fields than the header."""
    count = text.count("\n") + 1
    # Mostly there is nothing in the last column, the text: then a line feed follows a comma.
    if text.endswith(",") and text[text.find("\n") - 1] == ",":
        table = _columns(text[:-1].split(","), count, header, bare=True)
        if table is not None:
            return table
    return _columns(text.replace("\n", ",\n").split(","), count, header)


def _columns(fields: _Fields, count: int, header: Header, *, bare: bool = False) -> _Table | None:
    """The fields of so many lines by column, all but the last one of a ``bare`` table; None where some line is odd."""
    width = header.width - bare
    if len(fields) != count * width:
        return None
    columns = [fields[at::width] for at in range(width)] + [[""] * count] * bare
    # A line feed is the first character of what it is in, so it is alone there; each line has to begin with one.
    columns[0][0] = "\n" + columns[0][0]
    rows, stride = _by_name(columns[header.name])
    if header.name:
        whole = all(first.startswith("\n") for first in columns[0])
        columns[0] = [first[1:] for first in columns[0]]
    else:
        whole = all(name.startswith("\n") for name in rows)
        rows = {name[1:]: pick for name, pick in rows.items()}
    values, *others = [None if at is None else columns[at] for at in header[2:]]
    return _Table(rows, stride, cast(_Fields, values), *others) if whole else None


def _by_name(names: _Fields) -> tuple[dict[str, Rows], int]:
    """What picks the rows of each name, and how many names are repeated as a group, or 1."""
    stride = names.index(names[0], 1) if names[0] in names[1:] else len(names)
    group = names[:stride]
    repeated = len(set(group)) == stride and names == (group * (len(names) // stride + 1))[: len(names)]
    return (slices(group), stride) if repeated else (rows_by(names), 1)


def _points(table: _Table, before: dict[str, int]) -> Block:
    """The points of a table by name; raises ValueError where a line is none."""
    if "" in table.rows:
        raise ValueError("a line has no name")
    for column in (table.values, table.steps, table.times):
        if column and "_" in "".join(column):
            raise ValueError("Python reads 1_000 as a number, which the format does not")
    steps, times = _whole(_integers, table.steps, table.stride), _whole(_moments, table.times, table.stride)
    values = _whole(_floats, table.values)
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


def _whole(read: Callable[[_Fields], list[_Number]], fields: _Fields | None, stride: int = 1) -> list[_Number] | None:
    """A column of a block at once, or None where some name needs a closer look at its fields."""
    try:
        return None if fields is None else _together(read, fields, stride) or _once(read, fields)
    except (ValueError, OverflowError):
        return None


def _floats(fields: _Fields) -> list[float]:
    """Fields as numbers that are no integers; raises ValueError where one may be something else."""
    # No number has two points, so each of them has one.
    if "".join(fields).count(".") != len(fields):
        raise ValueError("a field may be an integer or a string")
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


def _together(read: Callable[[_Fields], list[_Number]], fields: _Fields, stride: int) -> list[_Number]:
    """Read fields that are the same in each group of so many lines, once a group; nothing where they are not."""
    # The block may begin within a group.
    rest = next((at for at, field in enumerate(fields[:stride]) if field != fields[0]), 0)
    each: _Fields = fields[rest::stride]
    for at in range(rest + 1, rest + stride):
        others = fields[at::stride]
        if others != each and others != each[: len(others)]:
            return []
    numbers = read([fields[0], *each]) if stride > 1 else []
    found = numbers[:1] * len(fields)
    for at in range(rest, rest + stride if numbers else 0):
        found[at::stride] = numbers[1 : len(range(at, len(fields), stride)) + 1]
    return found


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
    points = "".join(fields).count(".")
    try:
        if points == len(fields):
            return list(map(float, fields))
        if points == 0:
            return list(map(int, fields))
    except ValueError:
        pass
    try:
        return [float(field) if "." in field else number_of(field) for field in fields]
    except ValueError:
        if texts is None:
            return [value_of(field, None) for field in fields]
        return list(map(value_of, fields, texts))
