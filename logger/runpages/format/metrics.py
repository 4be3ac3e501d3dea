"""The bytes of ``metrics*.csv`` files into series: any prefix of a file is read, a bad line is told and left out."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any, NamedTuple, cast

from .document import finite
from .point import number_of, split, text_of
from .records import Problem, Series, Value

BLOCK = 1 << 17

SHOWN = 20
"""Bad lines of one file that are told one by one; the others are counted."""

_Column = list[float | int]
_Times = list[float | None]
_Found = dict[str, tuple[_Column, _Times, list[Value]]]


_TORN = "The disk took only a part of the line"


class Points(NamedTuple):
    """The points of one file: name -> (steps, times, values), and the bad lines to tell."""

    series: _Found
    problems: list[Problem]


def parse(data: bytes, file: str, *, growing: bool = False, by_hand: bool = False) -> Points:
    """Read one metrics file.

    The last line counts as torn when it has no line feed. It is left out in silence while the run is ``growing``;
    in a run made ``by_hand``, where editors leave the last line feed away, it is read if it is whole.
    """
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    bad: list[tuple[int, str]] = []
    head, line, start = _head(text, bad)
    if start is None and (growing or not head.strip()):
        return Points({}, _told(bad, file))
    header = _Header.of(head)
    if isinstance(header, str):
        return Points({}, [*_told(bad, file), Problem(file, line, header, "File left out")])
    if start is None:
        start = len(text)
        if not by_hand:
            bad.append((line, f"The header ends in the middle: {_shown(head)}"))
    end = text.rfind("\n", start)
    tail = text[max(end + 1, start) :]
    found: _Found = {}
    line += 1
    for block in _blocks(text, start, end):
        if not _by_column(block, header, found):
            bad += _by_line(block, line, header, found)
        line += block.count("\n") + 1
    if tail and not growing and not (by_hand and _taken(tail, header, found)):
        bad.append((line, f"The line ends in the middle: {_shown(tail)}"))
    return Points(found, _told(bad, file))


def _head(text: str, bad: list[tuple[int, str]]) -> tuple[str, int, int | None]:
    """The first line that is neither empty nor torn, its number, and where the next begins: None if nothing ends it."""
    at, line = 0, 1
    while True:
        end = text.find("\n", at)
        if end < 0:
            return text[at:], line, None
        head = text[at:end]
        if head.endswith("\x18"):
            bad.append((line, f"{_TORN}: {_shown(head)}"))
        elif head.strip():
            return head, line, end + 1
        at, line = end + 1, line + 1


def _blocks(text: str, at: int, end: int) -> Iterator[str]:
    """Cut a text into pieces of whole lines that fit a processor's cache: three times as fast as all at once.

    ``end`` is where the last line feed is; before ``at`` there is none.
    """
    while at <= end:
        cut = text.find("\n", at + BLOCK, end)
        cut = end if cut < 0 else cut
        yield text[at:cut]
        at = cut + 1


def merge(files: list[tuple[str, _Found]]) -> dict[str, Series]:
    """Fold the points of several writers, given as (writer, points), into one series a name.

    Points are merged by the running maximum of time, then by writer, so a clock that goes back never reorders
    the points of one writer.
    """
    names = dict.fromkeys(name for _, points in files for name in points)
    merged = {}
    for name in names:
        parts = [(writer, points[name]) for writer, points in files if name in points]
        if len(parts) == 1:
            merged[name] = Series(name, *parts[0][1])
            continue
        rows = list(heapq.merge(*(_timed(writer, *part) for writer, part in parts), key=itemgetter(0, 1)))
        merged[name] = Series(name, [r[2] for r in rows], [r[3] for r in rows], [r[4] for r in rows])
    return merged


def _timed(
    writer: str, steps: _Column, times: _Times, values: list[Value]
) -> Iterator[tuple[float, str, float | int, float | None, Value]]:
    latest = -math.inf
    for step, time, value in zip(steps, times, values, strict=True):
        latest = latest if time is None else max(latest, time)
        yield latest, writer, step, time, value


class _Header(NamedTuple):
    """Which column of a file is which; None for a column that it does not have."""

    width: int
    name: int
    value: int
    step: int | None
    time: int | None
    text: int | None

    @classmethod
    def of(cls, line: str) -> _Header | str:
        """Read a header line; a text says why it is none."""
        try:
            columns = [column.strip() for column in split(line.removesuffix("\r"))]
        except ValueError:
            columns = []
        if "name" in columns and "value" in columns and len(set(columns)) == len(columns):
            at = {column: index for index, column in enumerate(columns)}
            return cls(len(columns), at["name"], at["value"], at.get("step"), at.get("time"), at.get("text"))
        shown = line if len(line) <= 60 else line[:60] + "…"
        return f"The header is {shown!r}. It needs the columns name and value, such as name,step,time,value,text"


# --- a block at once --------------------------------------------------------------------------------------


def _by_column(block: str, header: _Header, found: _Found) -> bool:
    """Add the points of a block by slicing columns; False, with nothing added, where a line needs a closer look."""
    if '"' in block or "\r" in block or "\x18" in block or _undecoded(block):
        return False
    fields = block.replace("\n", ",\n").split(",")
    lines = block.count("\n") + 1
    if len(fields) != lines * header.width:
        return False
    # The line feeds are before the first fields of their lines, all of them, if every line has as many fields.
    firsts = "".join(fields[:: header.width])
    in_names = firsts.count("_") if header.name == 0 else 0
    rows_by_name = _repeated(fields, firsts, lines, header.width) if header.name == 0 else None
    if rows_by_name is None:
        if firsts.count("\n") != lines - 1:
            return False
        fields[:: header.width] = firsts.split("\n")
        rows_by_name = _rows_by_name(fields[header.name :: header.width])
    columns = [None if at is None else fields[at :: header.width] for at in header[2:]]
    if block.count("_") != in_names and any(column and "_" in "".join(column) for column in columns[:3]):
        return False  # Python takes 1_000 for a number, which it is not.
    numbers = _numbers(columns[0], columns[1], columns[2], len(rows_by_name))
    try:
        if numbers is None:
            read = {name: _read(name, rows, columns, found) for name, rows in rows_by_name.items()}
        elif "" in rows_by_name:
            return False
        else:
            read = {name: _picked(rows, numbers) for name, rows in rows_by_name.items()}
    except ValueError:
        return False
    for name, (steps, times, values) in read.items():
        series = found.setdefault(name, ([], [], []))
        series[0].extend(steps)
        series[1].extend(times)
        series[2].extend(values)
    return True


_Rows = Callable[[list[Any]], list[Any]]
_Points = tuple[_Column, _Times, list[Value]]


def _numbers(values: list[str] | None, steps: list[str] | None, times: list[str] | None, stride: int) -> _Points | None:
    """The columns of a block at once, where each field is a plain number; None where one needs a closer look."""
    if values is None or steps is None or times is None or "".join(values).count(".") != len(values):
        return None
    try:
        whole = _integers(steps, stride)
        moments = list(map(float, times))
        # No number has two points, so each of the values has one, and is no integer.
        return (whole, cast(_Times, moments), list(map(float, values))) if math.isfinite(sum(moments)) else None
    except (ValueError, OverflowError):
        return None


def _integers(fields: list[str], stride: int) -> _Column:
    """Fields as whole numbers that a float can hold; what is the same for ``stride`` names together is read once.

    Raises ValueError or OverflowError for others.
    """
    first = fields[::stride]
    if len(first) * stride != len(fields) or any(fields[at::stride] != first for at in range(1, stride)):
        first, stride = fields, 1
    once: _Column = list(map(int, first))
    float(max(once)), float(min(once))
    if stride == 1:
        return once
    column: _Column = [0] * len(fields)
    for at in range(stride):
        column[at::stride] = once
    return column


def _picked(rows: _Rows, points: _Points) -> _Points:
    steps, times, values = points
    return rows(steps), rows(times), rows(values)


def _read(name: str, rows: _Rows, columns: list[list[str] | None], found: _Found) -> _Points:
    values, steps, times, texts = (None if column is None else rows(column) for column in columns)
    if not name or values is None:
        raise ValueError("a line has no name")
    before = len(found[name][0]) if name in found else 0
    count = len(values)
    return (
        list(range(before, before + count)) if steps is None else _steps(steps, before),
        [None] * count if times is None else _times(times),
        _values(values, texts),
    )


def _repeated(fields: list[str], firsts: str, lines: int, width: int) -> dict[str, _Rows] | None:
    """For each name a slice of the rows, where a group of names is repeated as a training loop does; else None.

    ``firsts`` are the first fields of all lines, with the line feeds before them.
    """
    try:
        stride = fields.index(f"\n{fields[0]}", width) // width
    except ValueError:
        stride = lines
    group = [name.removeprefix("\n") for name in fields[: stride * width : width]]
    if len(set(group)) != stride or firsts != "\n".join((group * (lines // stride + 1))[:lines]):
        return None
    return {name: itemgetter(slice(at, None, stride)) for at, name in enumerate(group)}


def _rows_by_name(names: list[str]) -> dict[str, _Rows]:
    """For each name what picks its rows from a column."""
    indexes: dict[str, list[int]] = {name: [] for name in names}
    for index, name in enumerate(names):
        indexes[name].append(index)
    return {name: _picker(rows) for name, rows in indexes.items()}


def _picker(rows: list[int]) -> _Rows:
    return lambda column: [column[row] for row in rows]


def _steps(fields: list[str], before: int) -> _Column:
    try:
        steps: _Column = list(map(int, fields))
        float(max(steps)), float(min(steps))
    except (ValueError, OverflowError):
        return [_step(field, count) for count, field in enumerate(fields, before)]
    return steps


def _step(field: str, count: int) -> float | int:
    """A step; an empty one is the count of the points before it. Raises ValueError for what is no finite number."""
    if not field:
        return count
    step = finite(number_of(field))
    if step is None:
        raise ValueError(f"The step {field[:40]!r} is no finite number")
    return step


def _times(fields: list[str]) -> _Times:
    try:
        times = list(map(float, fields))
    except ValueError:
        return [_time(field) for field in fields]
    # A sum of finite numbers is finite, but for absurdly large ones, which get the closer look as well.
    return cast(_Times, times) if math.isfinite(sum(times)) else [_time(field) for field in fields]


def _time(field: str) -> float | None:
    """A time, or None for an empty one; raises ValueError for what is no finite number."""
    if not field:
        return None
    try:
        time = math.nan if "_" in field else float(field)
    except ValueError:
        time = math.nan
    if not math.isfinite(time):
        raise ValueError(f"The time {field[:40]!r} is no finite number")
    return time


def _values(fields: list[str], texts: list[str] | None) -> list[Value]:
    try:
        if "".join(fields).count(".") == len(fields):
            return list(map(float, fields))
        return [float(field) if "." in field else number_of(field) for field in fields]
    except ValueError:
        if texts is None:
            return [_datum(field, None) for field in fields]
        return [_datum(field, text) for field, text in zip(fields, texts, strict=True)]


def _datum(field: str, text: str | None) -> Value:
    if field:
        return number_of(field)
    return None if text is None else text_of(text)


def _undecoded(text: str) -> bool:
    """Whether bytes that are no UTF-8 came in as lone surrogates."""
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


# --- line by line ----------------------------------------------------------------------------------------


def _by_line(block: str, first: int, header: _Header, found: _Found) -> list[tuple[int, str]]:
    """Add the points of a block line by line; returns number and fault of each line that is none."""
    bad: list[tuple[int, str]] = []
    for number, line in enumerate(block.split("\n"), first):
        if line in ("", "\r"):
            continue
        try:
            _take(line, header, found)
        except ValueError as error:
            bad.append((number, f"{error}: {_shown(line)}"))
    return bad


def _take(line: str, header: _Header, found: _Found) -> None:
    """Add the point of one line; raises ValueError, with nothing added, for a line that is none."""
    if "\x18" in line:
        raise ValueError(_TORN)
    if _undecoded(line):
        raise ValueError("The line is not UTF-8")
    fields = split(line.removesuffix("\r"))
    if len(fields) != header.width:
        raise ValueError(f"The line has {len(fields)} of {header.width} fields")
    name = text_of(fields[header.name])
    if not name:
        raise ValueError("The line has no name")
    steps, times, values = found.get(name) or ([], [], [])
    step = _step(fields[header.step] if header.step is not None else "", len(steps))
    time = fields[header.time] if header.time is not None else ""
    moment = _time(time)
    value = _datum(fields[header.value], None if header.text is None else fields[header.text])
    steps.append(step)
    times.append(moment)
    values.append(value)
    found[name] = (steps, times, values)


def _taken(line: str, header: _Header, found: _Found) -> bool:
    try:
        _take(line, header, found)
    except ValueError:
        return False
    return True


def _told(bad: list[tuple[int, str]], file: str) -> list[Problem]:
    told = [Problem(file, line, why, "Line left out") for line, why in bad[:SHOWN]]
    if len(bad) > SHOWN:
        told.append(Problem(file, None, f"{len(bad) - SHOWN} more lines could not be read", "Lines left out"))
    return told


def _shown(line: str) -> str:
    line = line.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").rstrip("\r\x18")
    return line if len(line) <= 80 else line[:80] + "…"
