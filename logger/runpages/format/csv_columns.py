"""Parses a block of lines of a metrics file by its columns, several times as fast as line by line."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar, cast

from .csv_line import number_of
from .csv_rows import Block, Header, Steps, Times, first_field, step_of, time_of, value_of
from .layout import EARLIEST, LATEST
from .records import Value

QUOTED = 50
"""How many names in quotes are looked for in a block; with more, line by line is as fast."""

SAMPLE = 64
"""So many groups of lines are looked at before all are cut up."""

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
        text, names = plain[0].decode(), plain[1]
        before = before | {substitute: before.get(name, 0) for substitute, name in names.items()}
        found = _by_group(text, header, before) or _by_table(text, header, before)
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


# --- metrics that are logged together ------------------------------------------------------------------------


def _by_group(text: str, header: Header, before: dict[str, int]) -> Block | None:
    """The points of lines that repeat a group of names, each time with one step and one time; None for other lines.

    A training loop logs so. A block may begin and end within a group: these lines are read as a table.
    Raises ValueError where a line is no point.
    """
    names, start = _first_group(text, header) if _may_be_grouped(header) else ([], 0)
    if len(names) < 2:
        return None
    last = text.rfind(f"\n{names[0]},")
    end = last if text.count("\n", last + 1) < len(names) - 1 else len(text)
    found: Block = {}
    known = dict(before)
    for part, read in (
        (text[: max(start - 1, 0)], _by_table),
        (text[start:end], partial(_in_groups, names)),
        (text[end + 1 :], _by_table),
    ):
        block = read(part, header, known) if part else {}
        if block is None:
            return None
        found = _joined(found, block) if found else block
        for name, (steps, _, _) in block.items():
            known[name] = known.get(name, 0) + len(steps)
    return found


def _may_be_grouped(header: Header) -> bool:
    """Whether the name comes first, then what a group may share, then the value, and at most a text."""
    inner = all(at is None or at < header.value for at in (header.step, header.time))
    last = header.width == header.value + 1 or header.text == header.value + 1 == header.width - 1
    return header.name == 0 and header.value > 1 and inner and last


def _first_group(text: str, header: Header) -> tuple[list[str], int]:
    """The names of the group that is repeated, and where it begins first; no names where there is none."""
    again = text.find(f"\n{text[: text.find(',') + 1]}")
    lines = [line.split(",", header.value) for line in text[: max(again, 0)].split("\n")]
    shared = [fields[1 : header.value] for fields in lines]
    at = next((at for at, fields in enumerate(shared) if fields != shared[0]), 0)
    names = [name for name, *_ in lines[at:] + lines[:at]]
    if again < 0 or len({"", *names}) <= len(names):
        return [], 0
    return names, sum(len(",".join(fields)) + 1 for fields in lines[:at])


def _in_groups(names: list[str], text: str, header: Header, before: dict[str, int]) -> Block | None:
    """The points of lines that consist of groups with these names, each with one step and one time."""
    groups = f"\n{text}".split(f"\n{names[0]},")[1:]
    if any(group.count("\n") != len(names) - 1 for group in groups[:SAMPLE]):
        return None
    parts = [group.split(",", header.value - 1) for group in groups]
    # What the lines of a group share stands between their values.
    rows = [part[-1].split(group[: -len(part[-1])]) for group, part in zip(groups, parts, strict=True)]
    if set(map(len, rows)) != {len(names)} or set(map(len, parts)) != {header.value}:
        return None
    shared = list(zip(*parts, strict=True))
    steps = None if header.step is None else _shared(_integers, shared[header.step - 1])
    times = None if header.time is None else _shared(_moments, shared[header.time - 1])
    if steps == [] or times == []:
        return None
    end = "," if header.text else ""
    ends = [*(f"{end}\n{name}," for name in names[1:]), end]
    found: Block = {}
    for name, end, column in zip(names, ends, zip(*rows, strict=True), strict=True):
        fields = list(map(str.removesuffix, column, repeat(end)))
        if not _are_fields(fields, sum(map(len, column)) - len(end) * len(column)):
            return None
        found[name] = (
            _steps(None, before.get(name, 0), len(groups)) if steps is None else list(steps),
            _times(None, len(groups)) if times is None else list(times),
            _values(fields, [""] * len(fields) if header.text else None),
        )
    return found


def _shared(read: Callable[[_Fields], list[_Number]], column: Sequence[str]) -> list[_Number]:
    """A column that groups share; empty where some field needs a closer look."""
    return (_whole(read, list(column)) or []) if _are_fields(column, sum(map(len, column))) else []


def _are_fields(fields: Sequence[str], size: int) -> bool:
    """Whether texts are whole fields, ``size`` characters in all, and none a number of Python alone."""
    joined = "".join(fields)
    return len(joined) == size and not ("," in joined or "\n" in joined or "_" in joined)


def _joined(points: Block, more: Block) -> Block:
    """The points of two blocks, one after the other; the first of them is changed."""
    for name, (steps, times, values) in more.items():
        before = points.setdefault(name, ([], [], []))
        before[0].extend(steps)
        before[1].extend(times)
        before[2].extend(values)
    return points


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
