"""Reads event files of TensorBoard: frames with checksums, and the events in them.

Most events hold one number, and those of one tag differ only in time, step and value. These are collected as they are
and decoded together; all others are read field by field.
"""

from __future__ import annotations

import os
import struct
import sys
from array import array
from itertools import compress
from typing import Any, BinaryIO, NamedTuple, Protocol

from runpages.format.records import Problem

from . import crc32c
from .protobuf import BYTES, FIXED64, VARINT, Field, double, fields, signed
from .summary import SCALARS, Value, values

BLOCK = 1 << 22
"""Bytes that are read at once."""

LARGEST = 32 << 20
"""Bytes of a record up to which it is read; a graph of a model may be larger."""

SHOWN = 10
"""Damaged records of one file that are reported one by one."""

_HEADER, _FRAME = 12, 16
_WIDEST = 256
_LONGEST_STEP = 8
_TURNS = 128
_WINDOW = 1 << 17


class Taker(Protocol):
    """Takes what is read, in the order of the file for each tag."""

    def numbers(self, tag: str, steps: list[int], times: list[float], values: list[float], code: str) -> None:
        """Numbers of one tag; the ``code`` is that of ``struct``."""

    def describe(self, tag: str, description: str) -> None:
        """What was said of a tag."""

    def value(self, value: Value, step: int, time: float, data: bytes, offset: int) -> None:
        """Something else under a tag; ``offset`` is the place of ``data`` in the file. Raises ValueError if bad."""

    def restart(self, step: int) -> None:
        """The writer began anew at a step: what was logged from there on is void."""


class _Shape(NamedTuple):
    """Where in a record the step ends and the value begins, and what ``struct`` calls the value."""

    head: int
    value: int
    code: str

    @property
    def after(self) -> int:
        """Where the value ends."""
        return self.value + struct.calcsize(self.code)


class _Group(NamedTuple):
    """Records of one tag, with their checksums, that differ in time, step and value only."""

    tag: str
    shape: _Shape
    size: int
    rows: list[bytes]


class _Slot(NamedTuple):
    """A record of a turn: where its rows are collected, and which of its bytes differ from turn to turn."""

    rows: list[bytes]
    size: int
    head: int
    tail: int
    suffix: int

    def mask(self) -> bytes:
        """A byte for each of the frame and the record, 0 for those that differ."""
        mask = bytearray(b"\xff" * (_FRAME + self.size))
        row = len(mask) - self.size - 4
        for start, end in ((1, 9), (10, self.head), (self.size + 4 + self.tail, self.size + 4 + (self.suffix or -4))):
            mask[row + start : row + end] = bytes(max(0, end - start))
        mask[-4:] = bytes(4)
        return bytes(mask)


class _Event(NamedTuple):
    time: float
    step: int
    head: int
    """Where the step ends."""
    summary: Field | None
    restart: bool


class EventFile:
    """One file, which is read once. What is wrong with it is among the ``problems``.

    ``plugins`` has the plugin of each tag, which only the first event of a tag states; it is shared by the files of a
    run. A file that is ``growing`` may end within a record.
    """

    def __init__(self, file: BinaryIO, name: str, take: Taker, plugins: dict[str, str], *, growing: bool) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._name = name
        self._take = take
        self._plugins = plugins
        self._growing = growing
        self._size = os.fstat(file.fileno()).st_size
        self._data = b""
        self._offset = 0
        self._bad = 0
        self._sizes: dict[bytes, int] = {}
        self._groups: dict[str, _Group] = {}
        # By the size of a record: where its parts are, and its group by what is the same in all of them.
        self._shapes: dict[int, list[tuple[int, int, int, dict[bytes, list[bytes]]]]] = {}

    def read(self) -> None:
        """Read the file to its end, or as far as it can be read."""
        at, wanted = 0, BLOCK
        while wanted:
            more = self._file.read(max(BLOCK, wanted))
            self._data = self._data[at:] + more
            self._offset += at
            at, wanted = self._records()
            self._decode()
            if not more:
                self._end(at)
                wanted = 0
            elif wanted > LARGEST:
                at, wanted = self._pass_over(at, wanted), BLOCK
        if self._bad > SHOWN:
            more_bad = f"{self._bad - SHOWN:,} more records are damaged"
            self.problems.append(Problem(self._name, None, more_bad, "Records skipped"))

    def _records(self) -> tuple[int, int]:
        """Read the records that are whole; gives the place of the next, and the bytes that it needs, or 0 to stop."""
        data, sizes, shapes = self._data, self._sizes, self._shapes
        at, stop, left = 0, len(data), _TURNS
        while True:
            header = data[at : at + _HEADER]
            size = sizes.get(header)
            if size is None:
                if len(header) < _HEADER:
                    return at, _FRAME
                if (size := self._sized(header, at)) is None:
                    return at, 0
            end = at + _FRAME + size
            if end > stop:
                return at, end - at
            row = data[at + _HEADER : end]
            for head, tail, suffix, groups in shapes.get(size, ()):
                rows = groups.get(row[head:tail] + row[suffix:-4] if suffix else row[head:tail])
                if rows is not None:
                    rows.append(row)
                    break
            else:
                self._single(row, self._offset + at + _HEADER)
            at = end
            left -= 1
            if not left:
                at, left = self._in_turn(at), _TURNS

    def _sized(self, header: bytes, at: int) -> int | None:
        """The size of a record by its header; None, and a problem, for a header that is damaged."""
        size, crc = struct.unpack("<QI", header)
        if crc32c.masked(header[:8]) != crc:
            left = self._size - self._offset - at
            why = f"The length of the record at byte {self._offset + at:,} is damaged"
            self.problems.append(Problem(self._name, None, why, f"The last {left:,} bytes skipped"))
            return None
        if size <= _WIDEST:
            self._sizes[header] = size
        return int(size)

    def _end(self, at: int) -> None:
        """Report what is left at the end of the file, unless more of it may come."""
        left = len(self._data) - at
        if left and not self._growing:
            why = f"The file ends within the record at byte {self._offset + at:,}"
            self.problems.append(Problem(self._name, None, why, f"The last {left:,} bytes skipped"))

    def _pass_over(self, at: int, size: int) -> int:
        """Go on behind a record that is too large to be read; one with the graph of a model is not reported."""
        start = self._offset + at
        is_graph = self._data.find(b"\x22", at + _HEADER + 9, at + _HEADER + 20) > 0
        if not is_graph:
            why = f"The record at byte {start:,} has {size:,} bytes, which is too much to read"
            self.problems.append(Problem(self._name, None, why, "Record skipped"))
        if start + size > self._size:  # What is left of it is reported as of any other.
            return at
        self._file.seek(start + size)
        self._data, self._offset = b"", start + size
        return 0

    # --- many at once --------------------------------------------------------------------------------------

    def _decode(self) -> None:
        """Hand over the records that were collected."""
        groups = [group for group in self._groups.values() if group.rows]
        self._groups, shapes = {}, self._shapes
        shapes.clear()
        for group in groups:
            self._decode_group(group)

    def _in_turn(self, at: int) -> int:
        """Collect records that are logged in turn, as most are, many turns at once; gives the place behind them."""
        slots = self._turn(at)
        length = sum(slot.size + _FRAME for slot in slots)
        count = min(len(self._data) - at, _WINDOW) // length if slots else 0
        if count < 2:
            return at
        turn, mask = self._data[at : at + length], b"".join(slot.mask() for slot in slots)
        window = int.from_bytes(self._data[at : at + count * length], "little") ^ int.from_bytes(turn * count, "little")
        if differing := window & int.from_bytes(mask * count, "little"):
            count = ((differing & -differing).bit_length() - 1) // 8 // length
        start, end = at + _HEADER, at + count * length
        for slot in slots:
            size = slot.size + 4
            slot.rows.append(b"".join([self._data[one : one + size] for one in range(start, end, length)]))
            start += slot.size + _FRAME
        return end

    def _turn(self, at: int) -> list[_Slot]:
        """The records from a place on up to the next one that is like the first; none where one is like no other."""
        slots: list[_Slot] = []
        while len(slots) < _TURNS:
            size = self._sizes.get(self._data[at : at + _HEADER], 0)
            row = self._data[at + _HEADER : at + _FRAME + size]
            if not size or len(row) < size + 4:
                return []
            for head, tail, suffix, groups in self._shapes.get(size, ()):
                rows = groups.get(row[head:tail] + row[suffix:-4] if suffix else row[head:tail])
                if rows is not None:
                    break
            else:
                return []
            if slots and rows is slots[0].rows:
                return slots
            slots.append(_Slot(rows, size, head, tail, suffix))
            at += size + _FRAME
        return []

    def _decode_group(self, group: _Group) -> None:
        shape, stride = group.shape, group.size + 4
        joined = b"".join(group.rows)
        varying = (*range(1, 9), *range(10, shape.head), *range(shape.value, shape.after))
        columns = {at: joined[at::stride] for at in varying}
        steps = _steps(joined, stride, [columns[at] for at in range(10, shape.head)])
        if steps is None:  # It only looks like the others.
            for at in range(0, len(joined), stride):
                self._single(joined[at : at + stride], self._place(joined[at : at + stride]))
            return
        times = _unpacked("d", _rows([columns[at] for at in range(1, 9)]))
        numbers = _unpacked(shape.code, _rows([columns[at] for at in range(shape.value, shape.after)]))
        stored = [joined[at::stride] for at in range(group.size, stride)]
        if wrong := crc32c.wrong(columns, joined[: group.size], stored):
            for at in wrong:
                self._damaged(self._place(joined[at * stride : (at + 1) * stride]) - _HEADER, "its checksum is wrong")
            sound = bytearray(b"\1" * len(steps))
            for at in wrong:
                sound[at] = 0
            steps, times, numbers = (list(compress(column, sound)) for column in (steps, times, numbers))
        if steps:
            self._take.numbers(group.tag, steps, times, numbers, shape.code)

    def _place(self, row: bytes) -> int:
        """Where a row of the data that is at hand stands in the file, while damaged records are reported one by one."""
        return self._offset + (self._data.find(row) if self._bad < SHOWN else 0)

    def _collect(self, tag: str, shape: _Shape, row: bytes) -> None:
        """Collect further records that differ from a row in time, step and value only."""
        size = len(row) - 4
        tail, suffix = shape.value - size - 4, shape.after - size - 4
        suffix = suffix if suffix < -4 else 0
        key = row[shape.head : tail] + row[suffix:-4] if suffix else row[shape.head : tail]
        known = self._shapes.setdefault(size, [])
        groups = next((one[3] for one in known if one[:3] == (shape.head, tail, suffix)), None)
        if groups is None:
            groups = {}
            known.append((shape.head, tail, suffix, groups))
        self._groups[tag] = _Group(tag, shape, size, groups.setdefault(key, []))

    # --- one by one ----------------------------------------------------------------------------------------

    def _single(self, row: bytes, offset: int) -> None:
        """Read a record, with its checksum behind it, that is not like the last ones."""
        end = len(row) - 4
        try:
            if crc32c.masked(row[:end]) != int.from_bytes(row[end:], "little"):
                raise ValueError("its checksum is wrong")  # noqa: TRY301 - it is one of several ways to be damaged
            event = _event(row, end)
            if event.restart:
                self._decode()
                self._take.restart(event.step)
            found = list(values(row, event.summary)) if event.summary else []
            places = [self._value(value, event, row, offset) for value in found]
        except (ValueError, OverflowError) as error:
            self._damaged(offset - _HEADER, str(error))
            return
        if len(found) == 1 and event.summary and event.summary.end == end:
            self._collect_like(found[0].tag, places[0], event, row)

    def _value(self, value: Value, event: _Event, row: bytes, offset: int) -> tuple[int, str] | None:
        """Hand over a value; gives where it stands in the row, and what ``struct`` calls it, if it is one number."""
        plugin = self._plugins.setdefault(value.tag, value.plugin) if value.plugin else self._plugins.get(value.tag, "")
        if value.description:
            self._take.describe(value.tag, value.description)
        place = value.place
        if place is None and value.tensor is not None and plugin in (SCALARS, ""):
            place = value.tensor.place()
        if value.tag in self._groups:
            self._decode()
        if place is None:
            self._take.value(value._replace(plugin=plugin), event.step, event.time, row, offset)
        else:
            (number,) = struct.unpack_from(f"<{place[1]}", row, place[0])
            self._take.numbers(value.tag, [event.step], [event.time], [number], place[1])
        return place

    def _collect_like(self, tag: str, place: tuple[int, str] | None, event: _Event, row: bytes) -> None:
        is_plain = place and 9 <= event.head <= 10 + _LONGEST_STEP and len(row) - 4 <= _WIDEST
        if place and is_plain and place[0] > event.head:
            self._collect(tag, _Shape(event.head, *place), row)

    def _damaged(self, offset: int, why: str) -> None:
        self._bad += 1
        if self._bad <= SHOWN:
            where = f"The record at byte {offset:,} is damaged: {why}"
            self.problems.append(Problem(self._name, None, where, "Record skipped"))


def _event(row: bytes, end: int) -> _Event:
    """An event. Raises ValueError for one that is damaged."""
    time, step, head, summary, restart = 0.0, 0, 0, None, False
    for field in fields(row, 0, end):
        if field.number == 1 and field.wire == FIXED64:
            time = double(row, field)
            head = field.end if field.start == 1 else 0
        elif field.number == 2 and field.wire == VARINT:
            step = signed(field.value)
            head = field.end if head == 9 else 0
        elif field.number == 5 and field.wire == BYTES:
            summary = field
        elif field.number == 7 and field.wire == BYTES:
            restart = any(one.number == 1 and one.value == 1 for one in fields(row, field.start, field.end))
    return _Event(time, step, head, summary, restart)


def _steps(rows: bytes, stride: int, columns: list[bytes]) -> list[int] | None:
    """The steps of records that have their bytes in ``columns``; None where one of them has not."""
    count = len(rows) // stride
    if rows[::stride] != b"\x09" * count or (columns and rows[9::stride] != b"\x10" * count):
        return None
    if not columns:
        return [0] * count
    if max(columns[-1]) > 127 or any(min(column) < 128 for column in columns[:-1]):
        return None
    lanes = int.from_bytes(_rows([*columns, *[bytes(count)] * (8 - len(columns))]), "little")
    steps = 0
    for at in range(len(columns)):  # Seven bits of each byte, moved together in all steps at once.
        mask = int.from_bytes((b"\x7f" + bytes(7)) * count, "little") << 8 * at
        steps |= (lanes & mask) >> at
    return _unpacked("q", steps.to_bytes(8 * count, "little"))


def _rows(columns: list[bytes]) -> bytes:
    """The bytes of columns in turn."""
    data = bytearray(len(columns) * len(columns[0]))
    for at, column in enumerate(columns):
        data[at :: len(columns)] = column
    return bytes(data)


def _unpacked(code: str, data: bytes) -> list[Any]:
    found: array[Any] = array(code, data)
    if sys.byteorder == "big":
        found.byteswap()
    return found.tolist()
