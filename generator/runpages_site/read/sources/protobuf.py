"""Reads messages of protocol buffers, field by field, as positions in the bytes that hold them."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from runpages.format import layout

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class Field(NamedTuple):
    """A field: its number, its wire type, and where its content begins and ends; a varint has its value."""

    number: int
    wire: int
    start: int
    end: int
    value: int = 0


def fields(data: bytes, start: int, end: int) -> Iterator[Field]:
    """The fields of a message that lies at a place in ``data``. Raises ValueError where it is none."""
    while start < end:
        key, start = varint(data, start, end)
        number, wire = key >> 3, key & 7
        value, size = 0, 0
        if wire == VARINT:
            value, start = varint(data, start, end)
        elif wire == BYTES:
            size, start = varint(data, start, end)
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
        else:
            raise ValueError(f"it has a field of the unknown type {wire}")
        if size > end - start:
            raise ValueError("a field ends behind the message")
        yield Field(number, wire, start, start + size, value)
        start += size


def varint(data: bytes, start: int, end: int) -> tuple[int, int]:
    """A number and the place behind it. Raises ValueError where there is none."""
    value = 0
    for at in range(start, min(end, start + 10)):
        byte = data[at]
        value |= (byte & 127) << 7 * (at - start)
        if byte < 128:
            return value & 0xFFFFFFFFFFFFFFFF, at + 1
    raise ValueError("a number in it has no end")


def signed(value: int) -> int:
    """A varint as a signed number of 64 bits."""
    return value - (1 << 64) if value >> 63 else value


def text(data: bytes, field: Field) -> str:
    """The text in a field."""
    return data[field.start : field.end].decode("utf-8", "replace")


def double(data: bytes, field: Field) -> float:
    """The number of 64 bits in a field. Raises ValueError for a field of another type."""
    if field.wire != FIXED64:
        raise ValueError(f"the field {field.number} is not of the type that it should be")
    return float(struct.unpack_from("<d", data, field.start)[0])


def timestamp(data: bytes, field: Field) -> float | None:
    """The time in a field, in seconds since the epoch; None for one that no clock shows. Raises ValueError."""
    parts = {one.number: one.value for one in fields(data, field.start, field.end)}
    time = float(signed(parts.get(1, 0))) + parts.get(2, 0) / 1e9
    return time if layout.EARLIEST < time < layout.LATEST else None


def packed(data: bytes, field: Field, code: str) -> Sequence[float]:
    """The numbers of a repeated field, by the ``code`` that ``struct`` has for them; one alone may stand unpacked.

    Raises ValueError where they are no whole number of numbers.
    """
    part = data[field.start : field.end]
    if len(part) % struct.calcsize(f"<{code}"):
        raise ValueError(f"the field {field.number} holds a part of a number")
    return [one for (one,) in struct.iter_unpack(f"<{code}", part)]


def varints(data: bytes, field: Field) -> list[int]:
    """The numbers of a repeated field of varints. Raises ValueError where one has no end."""
    if field.wire == VARINT:
        return [field.value]
    found, at = [], field.start
    while at < field.end:
        value, at = varint(data, at, field.end)
        found.append(value)
    return found
