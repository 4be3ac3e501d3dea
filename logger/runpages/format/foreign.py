"""Reads metrics files of other programs: recognises encoding, separator and columns, then reads the points.

A file is taken for what it can only be; for every other one there is a sentence that says what it is and what to do.
"""

from __future__ import annotations

import codecs
import csv
import os
import re
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from shlex import quote
from typing import BinaryIO, NamedTuple

from .csv_line import text_of
from .csv_rows import NOT_UTF8, TORN, Block, Fault, excerpt, undecoded
from .document import finite
from .records import Problem, Value
from .spelling import YEARS, moment, number

HEAD = 1 << 16
"""How many bytes of a file's beginning are looked at."""

ROWS = 50
"""How many of its lines."""

NEEDED = "It needs the columns name and value, such as name,step,time,value,text, or one column for each metric"

_NAMES = ("name", "metric", "metricname", "tag", "key", "variable", "series")
_VALUES = ("value", "val", "metricvalue", "scalar")
_STEPS = ("step", "globalstep", "iteration", "iterations", "iter", "epoch", "epochs", "round", "episode", "generation")
_TIMES = ("time", "timestamp", "walltime", "datetime", "date", "unixtime")
_DATES = ("date", "datetime")
_SEPARATORS = ("\t", ";", ",", " ")
_SEPARATED = re.compile(r"[\t;, ]+")
_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d*),\d+([eE][+-]?\d+)?")
_GROUP = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_MEANT = re.compile(r"[+-]?[\d.,' ]+|\*+")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?')
_UNNAMED = re.compile(r"|unnamed: \d+", re.IGNORECASE)  # The names of rows, as pandas and R write them.
_PACKED = (
    (b"PK\x03\x04", "It is an Excel or LibreOffice file. There, choose Save As and CSV UTF-8"),
    (b"\xd0\xcf\x11\xe0", "It is an old Excel file. There, choose Save As and CSV UTF-8"),
    (b"\x1f\x8b", "It is compressed by gzip: mv FILE FILE.gz && gunzip FILE.gz"),
    (b"PAR1", "It is a Parquet file. Convert it, for example with pandas: read_parquet(...).to_csv(...)"),
    (b"{", "It is JSON, one line for each point or step. Write a CSV file instead"),
    (b"[", "It is JSON. Write a CSV file instead"),
    (b"<", "It is HTML or XML, usually the login page of a download. Get the file itself"),
)


class Columns(NamedTuple):
    """Which column is which; None for one that is not there."""

    width: int
    before: int
    """Columns at the left that the header does not have, as R writes them for the names of rows."""
    name: int | None
    value: int | None
    step: int | None
    time: int | None
    text: int | None
    metrics: tuple[tuple[int, str, bool], ...]
    """The columns that hold one metric each, with its name and whether it is of texts."""


class Dialect(NamedTuple):
    """How to read a file."""

    encoding: str
    separator: str
    """A blank stands for any number of blanks and tabs."""
    comma: bool
    """Whether numbers have decimal commas."""
    header: int
    """The number of the line with the header."""
    columns: Columns


FILE_NOT_UTF8 = "It is not UTF-8. If it is Windows-1252: iconv -f WINDOWS-1252 -t UTF-8 FILE > fixed && mv fixed FILE"


def dialect(head: bytes, file: str, *, whole: bool) -> Dialect | str:
    """Recognise a file by its beginning, which may be the ``whole`` of it; a text says why it cannot be read.

    ``file`` is its name for the commands in such a text.
    """
    found = _dialect(head, whole=whole)
    return found.replace("FILE", quote(file)) if isinstance(found, str) else found


def fields_of(line: str, separator: str) -> list[str]:
    """The fields of a line, out of quotes and without blanks around; raises ValueError where a quote is not closed."""
    if separator == " ":
        line = line.replace("\t", " ").strip()
    try:
        fields: list[str] = next(csv.reader([line], delimiter=separator, skipinitialspace=True, strict=True), [])
    except csv.Error as error:
        raise ValueError(f"The line is not CSV: {error}") from None
    return [field.strip() for field in fields]


def cells_of(line: str, separator: str, width: int) -> list[str]:
    """The fields of a row, without those that are empty beyond the header's; R may have put a name before them.

    Raises ValueError for a row with fewer or more.
    """
    cells = fields_of(line, separator)
    while len(cells) > width and not cells[-1]:
        cells.pop()
    # Without a quote it may be the whole part of a number that has a decimal comma.
    named = separator != "," or line.startswith('"')
    if len(cells) != width and not (named and len(cells) == width + 1):
        raise ValueError(f"The line has {len(cells)} of {width} fields")
    return cells


def is_aside(line: str) -> bool:
    """Whether a line is empty, or a comment as numpy and gnuplot have them."""
    return not (text := line.strip("\ufeff\0 \t\r\n")) or text.startswith("#")


def _dialect(head: bytes, *, whole: bool) -> Dialect | str:
    for mark, why in _PACKED:
        if head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(mark):
            return why
    encoding = _encoding(head)
    text = codecs.getincrementaldecoder(encoding)(errors_of(encoding)).decode(head)
    lines = [line.removeprefix("\ufeff") for line in re.split(r"\r\n|\r|\n", text)]
    said = _SEPARATOR_LINE.fullmatch(lines[0])
    content = [(at, line) for at, line in enumerate(lines if whole else lines[:-1], 1) if not is_aside(line)]
    if said is not None:
        del content[0]
    if not content:
        return f"It has no header. {NEEDED}"
    for at, header, rows in _headers(lines, content):
        if undecoded(header):
            return FILE_NOT_UTF8
        if (found := _separated(header, rows[:ROWS], said[1] if said else "")) is not None:
            separator, names, cells = found
            comma = _has_decimal_commas(separator, cells)
            columns = _columns(header, names, cells, comma=comma)
            return columns if isinstance(columns, str) else Dialect(encoding, separator, comma, at, columns)
    return _unreadable(content[0][1], [line for _, line in content[1:]])


def _headers(lines: Sequence[str], content: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str, list[str]]]:
    """What may be the header, with the number of its line and the rows below: the first line, or a comment above it."""
    rows = [line for _, line in content]
    yield *content[0], rows[1:]
    for at in range(content[0][0] - 1, 0, -1):
        if comment := lines[at - 1].strip("# \t"):
            yield at, comment, rows


def errors_of(encoding: str) -> str:
    """What becomes of bytes that are no text: lone surrogates, which ``shown`` spells, where they can come in."""
    return "surrogateescape" if encoding == "utf-8-sig" else "replace"


def _encoding(head: bytes) -> str:
    """How a file spells its text."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    some = head[:200].rstrip(b"\0")  # A crash leaves any number of them at the end of a file.
    for encoding, zeros in (("utf-16-le", some[1::2]), ("utf-16-be", some[::2])):
        if len(zeros) > 2 and 2 * zeros.count(0) > len(zeros):
            return encoding
    return "utf-8-sig"


def _separated(header: str, rows: Sequence[str], stated: str) -> tuple[str, list[str], list[list[str]]] | None:
    """What separates the fields, the header's, and those of the rows that have as many; None where no row has."""
    found, most = None, -1
    marks = [mark for mark in _SEPARATORS[:-1] if mark in header] or [" "]
    for separator in (stated,) if stated else marks:
        try:
            names = fields_of(header, separator)
        except ValueError:
            continue
        cells = [row for row in (_cells(row, separator, len(names)) for row in rows) if row]
        is_column = separator == " " and cells and all("," not in row[-1] and _is_number(row[-1]) for row in cells)
        is_table = len(names) > 1 or is_column
        if is_table and len(cells) > most and 2 * len(cells) >= len(rows) and not any(map(_is_number, names)):
            found, most = (separator, names, cells), len(cells)
    return found


def _cells(row: str, separator: str, width: int) -> list[str]:
    try:
        return cells_of(row, separator, width)
    except ValueError:
        return []


def _is_number(field: str) -> bool:
    value = _number(field, comma=False)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(field: str, *, comma: bool) -> object:
    try:
        return number(field, comma=comma)
    except ValueError:
        return None


def _has_decimal_commas(separator: str, cells: Sequence[Sequence[str]]) -> bool:
    """Whether numbers have decimal commas, as where semicolons have to separate them; 1,234 alone may be a group."""
    found = [cell for row in cells for cell in row if _COMMA.fullmatch(cell)]
    return any(separator == ";" or not _GROUP.fullmatch(cell) for cell in found)


def _unreadable(header: str, rows: Sequence[str]) -> str:
    """What is wrong with a file whose lines do not have the fields of its header."""
    first = _SEPARATED.split(header.strip())
    if any("tensor(" in row for row in rows):
        return "It has tensors as Python prints them. Write their numbers: loss.item()"
    if any(map(_is_number, first)) and sum(not _is_number(field) for field in filter(None, first)) > 1:
        return (
            f"The first line is {_cited(header)}, of a log and not of a table. Keep it as a log, and write the numbers "
            "below a header such as step,loss: mkdir -p logs && mv FILE logs/"
        )
    if any(map(_is_number, first)):
        names = ["name", "step", "value"] if not _is_number(first[0]) else ["step", *"abcdefghi"][: len(first)]
        line = ",".join(names).replace(",", next((mark for mark in _SEPARATORS if mark in header), ","))
        return (
            f"The first line, {_cited(header)}, is a point; the header is missing. Add one above it, such as: "
            f"{{ echo {quote(line)}; cat FILE; }} > fixed && mv fixed FILE"
        )
    fields = [row.count(",") + 1 for row in rows[:ROWS]]
    if fields and min(fields) > len(first) > 1:
        return (
            f"The header, {_cited(header)}, has {len(first)} columns and the lines have {max(fields)} fields. If their "
            "numbers have decimal commas, separate the fields by semicolons, or write points"
        )
    return f"The header is {_cited(header)}. {NEEDED}"


def _cited(line: str) -> str:
    return repr(line if len(line) <= 60 else line[:60] + "…")


# --- columns -----------------------------------------------------------------------------------------------


def _columns(header: str, names: list[str], cells: list[list[str]], *, comma: bool) -> Columns | str:
    """What the columns hold; a text says why that is not clear."""
    width = len(names)
    before = 1 if cells and all(len(row) > width for row in cells) else 0
    keys = [re.sub(r"[\W_]+", "", name.lower()) for name in names]
    if (twice := next((name for at, name in enumerate(names) if name and name in names[:at]), None)) is not None:
        return f"Two columns are named {twice!r} in {_cited(header)}. Give each its own name. {NEEDED}"
    name, value, step, time = (_first(keys, known) for known in (_NAMES, _VALUES, _STEPS, _TIMES))
    if name is not None and value is not None:
        return Columns(width, before, name, value, step, time, _first(keys, ("text",)), ())
    if "name" in keys or "metric" in keys:
        return f"The header is {_cited(header)}. {NEEDED}"
    if time is not None and not any(_is_time(row[before + time], keys[time]) for row in cells):
        time = None  # It counts from the start of the run: a metric.
    others = [(at, name) for at, name in enumerate(names) if at not in (step, time) and not _UNNAMED.fullmatch(name)]
    metrics = tuple((at, name, _is_text([row[before + at] for row in cells], comma=comma)) for at, name in others)
    if all(is_text for _, _, is_text in metrics) or (not cells and step is time is None):
        return f"The header is {_cited(header)}. {NEEDED}"
    return Columns(width, before, None, None, step, time, None, metrics)


def _is_text(column: Sequence[str], *, comma: bool) -> bool:
    """Whether some fields of a column are texts, and none is a number or is meant to be one."""
    filled = [field for field in column if field]
    return bool(filled) and all(_number(field, comma=comma) is None and not _MEANT.fullmatch(field) for field in filled)


def _first(keys: Sequence[str], names: Sequence[str]) -> int | None:
    """The column that has the first of the known names."""
    return next((keys.index(key) for key in names if key in keys), None)


def _is_time(field: str, key: str) -> bool:
    """Whether a field is a point in time, in whatever form, and not a duration."""
    try:
        return moment(field) >= YEARS[0] or (key in _DATES and is_serial(moment(field)))
    except ValueError:
        return any(map(str.isdigit, field))


def is_serial(time: float) -> bool:
    """Whether a number may be a date as spreadsheets store it, in days since 1899-12-30."""
    return 20_000 <= time < 80_000


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
