"""Reads a metrics file in pieces of whole lines: in bounded memory, and on from an earlier reading."""

from __future__ import annotations

import heapq
import math
import sys
from collections.abc import Iterator
from io import BytesIO
from operator import itemgetter
from typing import BinaryIO, NamedTuple, cast

from . import csv_columns
from .csv_rows import TORN, Block, Fault, Header, Steps, Times, by_line, decoded, excerpt, take
from .records import Problem, Series, Value

BLOCK = 1 << 17
"""How many bytes are read at once, a line more at most: what fits a processor's cache is read twice as fast."""

LARGE = 1 << 26
"""From so many bytes on loading pyarrow takes less time than it spares; once it is loaded, from a 32nd of them."""

SHOWN = 20
"""Bad lines of one file that are reported one by one; the others are counted."""


class Position(NamedTuple):
    """Where a reading stopped, after a whole line, and what it has to know to go on.

    It holds numbers, texts, None, dictionaries and lists only: ``Position(*json.loads(json.dumps(position)))`` is as
    good. A name may hold a lone surrogate, which has no UTF-8 form.
    """

    offset: int
    """Where the next line begins, in bytes."""
    line: int
    """The number of that line."""
    header: tuple[int | None, ...] | None
    """The fields of ``Header``: which column is which; None before the header."""
    counts: dict[str, int]
    """The number of points so far, by name: the step of a point that has none."""
    faults: list[Fault]
    """The first ``SHOWN`` bad lines so far."""
    more: int
    """How many bad lines there were beyond them."""


START = Position(0, 1, None, {}, [], 0)
"""The beginning of a file."""


class Stream:
    """The points of a metrics file from a position on, block by block.

    Iterate to read: each block has the points of some whole lines, in the order of the file. ``position`` is the
    place after the blocks so far, so reading may stop anywhere and go on with a new stream over the same file or a
    longer one. At the end of the file ``problems`` and ``tail`` are complete. A block is all that is in memory, but
    a line that is longer. What is appended after the first block was asked for may be left to the next reading, since
    a writer that is faster would never let this one end.

    A last line without a line feed counts as torn. It is left out in silence while the run is ``growing``; in a run
    made ``by_hand``, where editors leave the last line feed away, it is read if it is whole, else reported. It is
    never part of ``position``.
    """

    def __init__(
        self, source: BinaryIO, file: str, at: Position = START, *, growing: bool = False, by_hand: bool = False
    ) -> None:
        """``source`` is the open file, which stays the caller's, ``file`` its name for the problems."""
        self.tail: Block = {}
        """The point of a last line without a line feed, or all points of a file of another program: no block and no
        position includes them."""
        self._source = source
        self._file = file
        self._growing = growing
        self._by_hand = by_hand
        self._offset, self._line, header, counts, faults, self._more = at
        self._header = None if header is None else Header._make(cast(Header, header))
        self._counts = dict(counts)
        self._faults = [(line, why) for line, why in faults]
        self._torn: list[Fault] = []
        self._problems: list[Problem] = []

    @property
    def position(self) -> Position:
        """Where the next line begins, after all blocks so far."""
        header = None if self._header is None else tuple(self._header)
        return Position(self._offset, self._line, header, dict(self._counts), list(self._faults), self._more)

    @property
    def problems(self) -> list[Problem]:
        """The bad lines from the beginning of the file on, also those that an earlier reading met."""
        return [*problems_of(self._faults + self._torn, self._file, self._more), *self._problems]

    def __iter__(self) -> Iterator[Block]:
        self.tail, self._torn = {}, []
        self._source.seek(self._offset)
        header = self._header or self._find_header()
        if header is None:
            return
        end = self._source.seek(0, 2)
        self._source.seek(self._offset)
        size, by_column = fastest(end - self._offset)
        while self._offset < end and (lines := self._source.read(size)):
            lines += self._source.readline()
            if not lines.endswith(b"\n"):
                lines, feed, tail = lines.rpartition(b"\n")
                if feed:
                    yield self._block(lines, header, by_column)
                self._read_tail(decoded(tail), header)
                return
            if self._offset + len(lines) < end and (turn := _last_turn(lines)) > 0:
                lines = lines[:turn]
                self._source.seek(self._offset + turn)
            yield self._block(lines[:-1], header, by_column)

    def _block(self, lines: bytes, header: Header, by_column: csv_columns.Reader) -> Block:
        """The points of whole lines, without the last line feed."""
        block = by_column(lines, header, self._counts)
        passed = 0
        if block is None:
            block, faults = by_line(decoded(lines), self._line, header, self._counts)
            self._report(faults)
            passed = lines.count(b"\n") + 1
        for name, (steps, _, _) in block.items():
            self._counts[name] = self._counts.get(name, 0) + len(steps)
        self._offset += len(lines) + 1
        self._line += passed or sum(len(steps) for steps, _, _ in block.values())  # By column, each line is a point.
        return block

    def _find_header(self) -> Header | None:
        """The first line that is neither empty nor torn, if it is a whole header."""
        while True:
            data = self._source.readline()
            text = decoded(data)
            text = text if self._offset else text.removeprefix("\ufeff")
            line = text.removesuffix("\n")
            whole = text.endswith("\n")
            if whole and line.endswith("\x18"):
                self._report([(self._line, f"{TORN}: {excerpt(line)}")])
            elif line.strip() or not whole:
                break
            self._pass(data)
        if not whole and (self._growing or not line.strip()):
            return None
        header = Header.parse(line)
        if header is None and (whole or self._by_hand or "\r" in line):
            self._read_foreign()
            return None
        if whole:
            self._header = header
            self._pass(data)
            return header
        if not self._by_hand:
            self._torn = [(self._line, f"The header is incomplete: {excerpt(line)}")]
        return None

    def _read_foreign(self) -> None:
        """Read a file of another program, which has no place to go on from."""
        from . import foreign

        self.tail, self._torn, self._problems = foreign.read(
            self._source, self._file, self._line, growing=self._growing
        )

    def _pass(self, line: bytes) -> None:
        self._offset += len(line)
        self._line += 1

    def _read_tail(self, line: str, header: Header) -> None:
        if self._growing or not line:
            return
        try:
            if self._by_hand:
                take(line, header, self._counts, self.tail)
        except ValueError:
            pass
        if not self.tail:
            self._torn = [(self._line, f"The line is incomplete: {excerpt(line)}")]

    def _report(self, faults: list[Fault]) -> None:
        room = SHOWN - len(self._faults)
        self._faults += faults[:room]
        self._more += len(faults[room:])


def _last_turn(lines: bytes) -> int:
    """Where the name of the first line comes for the last time among some lines; -1 if that is not near their end.

    Names that are logged in turn have the same steps in a block that ends there.
    """
    first = lines[: lines.find(b",") + 1]
    return lines.rfind(b"\n" + first, len(lines) - len(lines) // 16) + 1 if first else -1


def fastest(size: int) -> tuple[int, csv_columns.Reader]:
    """For so many bytes: how many to read at once, and what reads them."""
    if size >= (LARGE / 32 if "pyarrow" in sys.modules else LARGE):
        from . import arrow

        read = arrow.block_reader()
        if read is not None:
            return arrow.BLOCK, read
    return BLOCK, csv_columns.by_column


def problems_of(faults: list[Fault], file: str, more: int = 0) -> list[Problem]:
    """Bad lines as problems: the first ``SHOWN`` one by one, the others and ``more`` that are not given in one."""
    problems = [Problem(file, line, why, "Line skipped", skipped=1) for line, why in faults[:SHOWN]]
    more += max(len(faults) - SHOWN, 0)
    if more:
        problems.append(Problem(file, None, f"{more} more lines could not be read", "Lines skipped", skipped=more))
    return problems


class Points(NamedTuple):
    """The points of one file: name -> (steps, times, values), and the bad lines to tell."""

    series: Block
    problems: list[Problem]


def parse(data: bytes, file: str, *, growing: bool = False, by_hand: bool = False) -> Points:
    """Read one metrics file that is in memory; what counts as torn is said at ``Stream``."""
    return collect(Stream(BytesIO(data), file, growing=growing, by_hand=by_hand))


def collect(stream: Stream) -> Points:
    """Put all that a stream reads into one series a name."""
    found: Block = {}
    for block in stream:
        _extend(found, block)
    _extend(found, stream.tail)
    return Points(found, stream.problems)


def _extend(target: Block, block: Block) -> None:
    for name, (steps, times, values) in block.items():
        series = target.setdefault(name, ([], [], []))  # Names may share their steps and times in a block.
        series[0].extend(steps)
        series[1].extend(times)
        series[2].extend(values)


def merge(files: list[tuple[str, Block]]) -> dict[str, Series]:
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
    writer: str, steps: Steps, times: Times, values: list[Value]
) -> Iterator[tuple[float, str, float | int, float | None, Value]]:
    latest = -math.inf
    for step, time, value in zip(steps, times, values, strict=True):
        latest = latest if time is None else max(latest, time)
        yield latest, writer, step, time, value
