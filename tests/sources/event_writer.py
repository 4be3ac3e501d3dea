"""Writes event files by the rules of the format, apart from the code that reads them."""

from __future__ import annotations

import struct


def crc32c(data: bytes) -> int:
    """The checksum bit by bit."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def frame(data: bytes) -> bytes:
    """A record."""
    size = struct.pack("<Q", len(data))
    return size + masked(size) + data + masked(data)


def varint(value: int) -> bytes:
    value &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(number: int, content: bytes | int | float) -> bytes:
    """A field; a float is one of 64 bits."""
    if isinstance(content, bytes):
        return varint(number << 3 | 2) + varint(len(content)) + content
    if isinstance(content, float):
        return varint(number << 3 | 1) + struct.pack("<d", content)
    return varint(number << 3) + varint(content)


def event(time: float, step: int, *values: bytes) -> bytes:
    """An event with values; as all writers do, a step of 0 is left out."""
    summary = field(5, b"".join(field(1, value) for value in values)) if values else b""
    return field(1, time) + (field(2, step) if step else b"") + summary


def scalar(tag: str, value: float) -> bytes:
    return field(1, tag.encode()) + varint(2 << 3 | 5) + struct.pack("<f", value)


def tensor(tag: str, value: float, *, double: bool = False, plugin: str = "scalars") -> bytes:
    """A number as TensorFlow 2 writes it."""
    content = field(1, 2 if double else 1) + field(2, b"") + field(4, struct.pack("<d" if double else "<f", value))
    return field(1, tag.encode()) + field(8, content) + (metadata(plugin) if plugin else b"")


def texts(tag: str, plugin: str, *content: bytes) -> bytes:
    """A tensor of texts or encoded pictures."""
    parts = field(1, 7) + field(2, field(2, field(1, len(content)))) + b"".join(field(8, one) for one in content)
    return field(1, tag.encode()) + field(8, parts) + metadata(plugin)


def metadata(plugin: str, content: bytes = b"") -> bytes:
    return field(9, field(1, field(1, plugin.encode()) + (field(2, content) if content else b"")))


VERSION = field(1, 1.7e9) + field(3, b"brain.Event:2")


def restart(time: float, step: int) -> bytes:
    return event(time, step) + field(7, field(1, 1))
