"""Reads a metrics file of another program into points, as ``dialect`` recognised it."""

from __future__ import annotations

import os
from io import TextIOWrapper
from typing import BinaryIO, NamedTuple

from .csv_line import text_of
from .csv_rows import NOT_UTF8, TORN, Block, Fault, excerpt, undecoded
from .dialect import HEAD, Dialect, cells_of, dialect, errors_of, is_aside, is_serial
from .document import finite
from .records import Problem, Value
from .spelling import moment, number


class Foreign(NamedTuple):
    """What a file holds: its points, the lines that are none, and what is to be reported of the whole."""

    points: Block
    faults: list[Fault]
    problems: list[Problem]


def read(source: BinaryIO, file: str, line: int, *, growing: bool) -> Foreign:
    """Read a file whose ``line`` is no header of the format; if it is ``growing``, a torn last line is left out."""
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    how = dialect(source.read(HEAD), file, whole=size <= HEAD)
    if isinstance(how, str):
        return Foreign({}, [], [Problem(file, line, how, "File skipped")])
    source.seek(0)
    text = TextIOWrapper(source, how.encoding, errors=errors_of(how.encoding))
    try:
        return _points(text, file, how, growing=growing)
    finally:
        text.detach()  # The file is the caller's.


def _points(text: TextIOWrapper, file: str, how: Dialect, *, growing: bool) -> Foreign:
    reader, faults, header = _Reader(how), list[Fault](), ""
    for at, line in enumerate(text, 1):
        if at == how.header:
            header = line.strip()
        if at <= how.header or is_aside(line) or line.strip() == header:  # Each restart of a program may repeat it.
            continue
        if growing and not line.endswith("\n"):
            break
        try:
            reader.take(at, line)
        except ValueError as error:
            faults.append((at, f"{error}: {excerpt(line.rstrip())}"))
    problems = [Problem(file, *reader.timeless, "Points read without times", False)] if reader.timeless else []
    return Foreign(reader.found, faults, problems)


class _Reader:
    def __init__(self, how: Dialect) -> None:
        self.found: Block = {}
        self.timeless: tuple[int, str] | None = None
        """The first line whose time is not clear, and why."""
        self._how = how
        self._rows = 0

    def take(self, at: int, line: str) -> None:
        """Add the points of a line; raises ValueError, with nothing added, for a line that is none."""
        if "\x18" in line:
            raise ValueError(TORN)
        if undecoded(line):
            raise ValueError(NOT_UTF8)
        columns, comma = self._how.columns, self._how.comma
        cells = cells_of(line.strip("\r\n\0"), self._how.separator, columns.width)
        if len(cells) != columns.before + columns.width:
            raise ValueError(f"The line has {len(cells)} of {columns.before + columns.width} fields")
        del cells[: columns.before]
        step = None
        if columns.step is not None and cells[columns.step]:
            step = finite(number(cells[columns.step], comma=comma))
            if step is None:
                raise ValueError(f"The step {cells[columns.step][:40]!r} is not a finite number")
        if columns.name is not None and columns.value is not None:
            text = None if columns.text is None else text_of(cells[columns.text])
            datum = number(cells[columns.value], comma=comma) if cells[columns.value] else text
            if not cells[columns.name]:
                raise ValueError("The line has no name")
            points = [(text_of(cells[columns.name]), datum)]
        else:
            filled = [(name, cells[at], is_text) for at, name, is_text in columns.metrics if cells[at]]
            points = [(name, field if is_text else _cell(field, comma=comma)) for name, field, is_text in filled]
            step = self._rows if step is None else step  # Rows count, whichever of their fields are empty.
            self._rows += 1
        time = self._time(at, cells[columns.time]) if columns.time is not None and cells[columns.time] else None
        for name, datum in points:
            steps, times, values = self.found.setdefault(name, ([], [], []))
            steps.append(len(steps) if step is None else step)
            times.append(time)
            values.append(datum)

    def _time(self, at: int, field: str) -> float | None:
        try:
            time = moment(field)
            if not is_serial(time):
                return time
            why = f"The time {field!r} may be a spreadsheet's date, in days; format the column as yyyy-mm-dd hh:mm:ss"
        except ValueError as error:
            why = str(error)
        self.timeless = self.timeless or (at, why)
        return None


def _cell(field: str, *, comma: bool) -> Value:
    """A field of a metric's column: a number, or a text; raises ValueError for what may be either of two numbers."""
    try:
        return number(field, comma=comma)
    except ValueError:
        if any(map(str.isalpha, field)):
            return field
        raise
