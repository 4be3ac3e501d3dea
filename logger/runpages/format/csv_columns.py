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
_Bytes = list[bytes]
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

_EXACT = 2.0**63
"""From here on a whole number may have been read as a float."""


def _by_turns(lines: bytes, header: Header, before: dict[str, int]) -> Block | None:
    """The points of lines whose names come again and again in one order; None for other lines.

    A training loop logs so. The lines are cut at their commas at once, and each column of a name becomes one JSON list,
    which only orjson reads fast enough: the generator has loaded it. Raises ValueError where a line is no point.
    """
    known = sum(at is not None for at in header[1:])
    if header.name or header.text not in (None, header.width - 1) or header.width != known:
        return None
    if sys.modules.get("orjson") is None:
        return None
    # A line feed is the first character of each name. Where the text is empty, it follows a comma already.
    bare = header.text is not None and lines.endswith(b",")
    fields = lines[:-1].split(b",") if bare else lines.replace(b"\n", b",\n").split(b",")
    fields[0] = b"\n" + fields[0]
    width = header.width - bare
    names = _turn(fields[::width])
    # Each name has a line feed; one more would be a blank to JSON, though a line ended there.
    if not names or len(fields) != width * (lines.count(b"\n") + 1):
        return None
    found: Block = {}
    moments = _Moments([[], []], [], [])
    for at, spelled in enumerate(names):
        name = spelled[1:].decode()
        columns = [fields[width * at + part :: width * len(names)] for part in range(width)]
        try:
            one = _plain(columns, header, before.get(name, 0), moments)
        except (ValueError, TypeError, OverflowError):  # It is no JSON, or a field of it is no number.
            one = None
        if one is not None:
            moments, found[name] = one
            continue
        block = _by_table(b"\n".join(lines.split(b"\n")[at :: len(names)]).decode(), header, before)
        if block is None or list(block) != [name]:
            return None
        found |= block
    return found


def _turn(names: list[bytes]) -> list[bytes]:
    """The names that come again and again in one order, each after a line feed; none where they are others."""
    count = names.index(names[0], 1) if names[0] in names[1:] else len(names)
    turn = names[:count]
    whole = count < len(names) and len(set(turn)) == count and all(len(name) > 1 and name[:1] == b"\n" for name in turn)
    return turn if whole and names == (turn * (len(names) // count + 1))[: len(names)] else []


class _Moments(NamedTuple):
    """The fields that some steps and times are spelled with, and what they are."""

    spelled: list[_Bytes]
    steps: Steps
    times: Times


def _plain(
    columns: list[_Bytes], header: Header, start: int, last: _Moments
) -> tuple[_Moments, tuple[Steps, Times, list[Value]]] | None:
    """The points of lines that all have one name and plain numbers; None for others.

    Steps and times that are spelled as the ``last`` share its objects. Raises ValueError, TypeError or OverflowError
    where some field is no plain number.
    """
    if header.text is not None and header.text < len(columns) and any(columns[header.text]):
        return None
    text, count = b",".join(columns[header.value]), len(columns[0])
    values = _listed(text, count)
    # No number has two points: if there is one for each, these are floats.
    if b"[" in text or (text.count(b".") != count and not _are_exact(values)):
        return None
    spelled = [list[bytes]() if at is None else columns[at] for at in (header.step, header.time)]
    if header.step is None:
        steps: Steps = list(range(start, start + count))
    elif spelled[0] == last.spelled[0]:
        steps = last.steps
    else:
        steps = _listed(b",".join(spelled[0]), count)
        if set(map(type, steps)) != {int}:
            return None
    if header.time is None:
        times: Times = [None] * count
    elif spelled[1] == last.spelled[1]:
        times = last.times
    else:
        times = moments = _listed(b",".join(spelled[1]), count)
        if set(map(type, moments)) != {float} or not are_times(moments):
            return None
    return _Moments(spelled, steps, times), (steps, times, values)


def _listed(text: bytes, count: int) -> list[Any]:
    """So many numbers between commas; raises ValueError where it is another number of them."""
    numbers: list[Any] = sys.modules["orjson"].loads(b"[%b]" % text)
    if len(numbers) != count:
        raise ValueError("a field is no number")
    return numbers


def _are_exact(values: list[Any]) -> bool:
    """Whether numbers are as they are spelled."""
    return {int, float}.issuperset(map(type, values)) and max(map(abs, values)) < _EXACT


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
