"""Parses the lines of a metrics file one by one: which column is which, and what each field may be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from itertools import chain
from operator import iconcat
from typing import Any, NamedTuple, cast

from .csv_line import field_at, number_of, split, text_of
from .document import finite, seconds
from .layout import EARLIEST, LATEST
from .records import Value
from .spelling import in_seconds, moment

Steps = list[float | int]
Times = list[float | None]
Block = dict[str, tuple[Steps, Times, list[Value]]]
"""Some points of a file: name -> (steps, times, values), three lists of one length, in the order of the file.

Several names may share a list, so nobody changes them.
"""

Fault = tuple[int, str]
"""The number of a line that is no point, and why."""

NOT_UTF8 = "The line is not UTF-8. If it is Windows-1252: iconv -f WINDOWS-1252 -t UTF-8 metrics.csv > fixed.csv"
ZEROS = "The line holds NUL bytes, which a machine crash leaves in unwritten parts"
TORN = "Only part of the line was written to the disk"


class Header(NamedTuple):
    """Which column of a file is which; None for a column that it does not have."""

    width: int
    name: int
    value: int
    step: int | None
    time: int | None
    text: int | None

    @classmethod
    def parse(cls, line: str) -> Header | None:
        """Read a header line; None for one that is not the format's."""
        try:
            columns = split(line.removesuffix("\r"))
        except ValueError:
            return None
        if "name" not in columns or "value" not in columns or len(set(columns)) < len(columns):
            return None
        at = {column: index for index, column in enumerate(columns)}
        return cls(len(columns), at["name"], at["value"], at.get("step"), at.get("time"), at.get("text"))


def by_line(text: str, first: int, header: Header, before: dict[str, int]) -> tuple[Block, list[Fault]]:
    """The points of some lines, of which the first has the number ``first``, and the lines that are none.

    ``before`` has the number of points that precede them, by name.
    """
    found: Block = {}
    faults: list[Fault] = []
    for number, line in enumerate(text.split("\n"), first):
        if line in ("", "\r"):
            continue
        try:
            take(line, header, before, found)
        except ValueError as error:
            faults.append((number, f"{error}: {excerpt(line)}"))
    return found, faults


def together(blocks: Sequence[Block]) -> Block:
    """The points of blocks by name; steps and times that names share in each of the blocks are shared again."""
    if len(blocks) == 1:
        return blocks[0]
    found: Block = {}
    known: dict[tuple[int, ...], list[Any]] = {}
    for name in dict.fromkeys(chain.from_iterable(blocks)):
        columns = []
        for parts in zip(*[block[name] for block in blocks if name in block], strict=True):
            shared = tuple(map(id, parts))
            if shared not in known:
                known[shared] = reduce(iconcat, parts, [])
            columns.append(known[shared])
        found[name] = cast(tuple[Any, Any, Any], tuple(columns))
    return found


def take(line: str, header: Header, before: dict[str, int], block: Block) -> None:
    """Add the point of one line, nothing for a comment; raises ValueError, with nothing added, for any other line."""
    if "\x18" in line:
        raise ValueError(TORN)
    if undecoded(line):
        raise ValueError(NOT_UTF8)
    if "\0" in line:
        raise ValueError(ZEROS)
    fields = split(line.removesuffix("\r"))
    if len(fields) > header.width and not any(map(str.strip, fields[header.width :])):
        del fields[header.width :]  # A spreadsheet pads all lines to the longest.
    if len(fields) != header.width:
        if line.startswith("#"):
            return  # A comment.
        raise ValueError(f"The line has {len(fields)} of {header.width} fields")
    name = text_of(fields[header.name])
    if not name:
        raise ValueError("The line has no name")
    steps, times, values = block.get(name) or ([], [], [])
    count = before.get(name, 0) + len(steps)
    step = step_of(fields[header.step] if header.step is not None else "", count)
    time = time_of(fields[header.time] if header.time is not None else "")
    value = value_of(fields[header.value], None if header.text is None else fields[header.text])
    steps.append(step)
    times.append(time)
    values.append(value)
    block[name] = (steps, times, values)


def first_field(line: str) -> tuple[str, str]:
    """The text that is first in a line, and how it is spelled there; raises ValueError where that is no text."""
    field, after = field_at(line, 0)
    return text_of(field), line[: after - 1]


def step_of(field: str, count: int) -> float | int:
    """A step; an empty one is the count of the points before it. Raises ValueError for what is not a finite number."""
    if not field:
        return count
    step = finite(number_of(field))
    if step is None:
        raise ValueError(f"The step {field[:40]!r} is not a finite number")
    return step


def time_of(field: str) -> float | None:
    """A time; None for an empty one, and for a number outside the years 1 to 9999, which costs no point its value.

    Raises ValueError for what is no time.
    """
    if not field:
        return None
    try:
        time = math.nan if "_" in field else float(field)
    except ValueError:
        time = math.nan
    if EARLIEST <= time < LATEST:
        return time
    if not math.isfinite(time):
        found = seconds(field.strip())
        return moment(field) if found is None else found
    return in_seconds(time)


def value_of(field: str, text: str | None) -> Value:
    """A value, or the text that stands for it where it is empty; raises ValueError for what is neither."""
    if field:
        return number_of(field)
    return None if text is None else text_of(text)


def decoded(data: bytes) -> str:
    """The text of some bytes; what is no UTF-8 comes as lone surrogates, which ``shown`` spells."""
    return data.decode("utf-8", "surrogateescape")


def excerpt(line: str) -> str:
    """A line as a message shows it: shortened, and without bytes that are no text."""
    line = line.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").rstrip("\r\x18")
    return line if len(line) <= 80 else line[:80] + "…"


def undecoded(line: str) -> bool:
    """Whether bytes that are no UTF-8 came in as lone surrogates."""
    if line.isascii():
        return False
    try:
        line.encode()
    except UnicodeEncodeError:
        return True
    return False
