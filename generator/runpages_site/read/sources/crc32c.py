"""CRC-32C, as TensorBoard masks it, of many records at once.

The checksum is linear: it is the sum, without carries, of what each byte contributes by its value and its distance from
the end. So it is computed column by column for records of one length: ``bytes.translate`` looks a column up, and whole
columns are added as integers. That checks 250 MB a second without a library.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

_POLYNOMIAL = 0x82F63B78
_MASK = 0xA282EAD8
_ALL = 0xFFFFFFFF

WIDTH = 64
"""Bytes of the pieces into which a long record is cut."""


def masked(data: bytes) -> int:
    """The masked checksum of one record."""
    return mask(_of(data) ^ _ends(len(data)))


def mask(crc: int) -> int:
    """A checksum as event files store it."""
    return ((crc >> 15 | crc << 17) + _MASK) & _ALL


def wrong(columns: Mapping[int, bytes], record: bytes, stored: Sequence[bytes]) -> Sequence[int]:
    """The places of the records that do not have their masked checksum.

    They are all like ``record``, but for the bytes in the ``columns``, which have those of all records by their place;
    ``stored`` are the four bytes of the checksums as columns.
    """
    count, width = len(stored[0]), len(record)
    same = bytearray(record)
    for at in columns:
        same[at] = 0
    constant = _of(bytes(same)) ^ _ends(width)
    planes = _planes({width - 1 - at: column for at, column in columns.items()})
    found, expected = bytearray(4 * count), bytearray(4 * count)
    for at, plane in enumerate(planes):
        known = int.from_bytes(bytes([constant >> 8 * at & 255]) * count, "little")
        found[at::4] = (plane ^ known).to_bytes(count, "little")
        expected[at::4] = stored[at]
    differences = _masked_lanes(bytes(found)) ^ int.from_bytes(expected, "little")
    if not differences:
        return ()
    lanes = differences.to_bytes(4 * count, "little")
    return [at for at in range(count) if any(lanes[4 * at : 4 * at + 4])]


def _planes(columns: Mapping[int, bytes]) -> list[int]:
    """The four bytes of the sums of columns, given by their distance from the end, each as one integer."""
    planes = [0, 0, 0, 0]
    for distance, column in columns.items():
        for byte, table in enumerate(_tables(distance)):
            planes[byte] ^= int.from_bytes(column.translate(table), "little")
    return planes


def _masked_lanes(sums: bytes) -> int:
    """Checksums of four bytes each, all masked at once in one integer."""
    count = len(sums) // 4
    lanes = int.from_bytes(sums, "little")

    def repeated(value: int) -> int:
        return int.from_bytes(value.to_bytes(4, "little") * count, "little")

    turned = lanes >> 15 & repeated(_ALL >> 15) | lanes << 17 & repeated(_ALL << 17 & _ALL)
    low, mask = repeated(0x7FFFFFFF), repeated(_MASK)  # No carry leaves a lane.
    return (turned & low) + (mask & low) ^ (turned ^ mask) & repeated(0x80000000)


def _of(data: bytes) -> int:
    """The sum of what the bytes contribute; zeros in front add nothing."""
    data = bytes(-len(data) % WIDTH) + data
    planes = _planes({WIDTH - 1 - at: data[at::WIDTH] for at in range(WIDTH)})
    sums = [plane.to_bytes(len(data) // WIDTH, "little") for plane in planes]
    width = WIDTH
    while len(sums[0]) > 1:  # Of two neighbours the first is as far from the end as the second is wide.
        if len(sums[0]) % 2:
            sums = [b"\0" + one for one in sums]
        moved = _moved([one[0::2] for one in sums], width)
        half = len(sums[0]) // 2
        pairs = zip(moved, sums, strict=True)
        sums = [(plane ^ int.from_bytes(one[1::2], "little")).to_bytes(half, "little") for plane, one in pairs]
        width *= 2
    return int.from_bytes(b"".join(sums), "little")


def _moved(sums: Iterable[bytes], width: int) -> list[int]:
    """What sums become when as many bytes follow."""
    planes = [0, 0, 0, 0]
    for column, tables in zip(sums, _shifts(width), strict=True):
        for byte, table in enumerate(tables):
            planes[byte] ^= int.from_bytes(column.translate(table), "little")
    return planes


# --- tables ----------------------------------------------------------------------------------------------


def _contributions(distance: int) -> tuple[int, ...]:
    """What each byte contributes that is so far from the end."""
    known = _known()
    while len(known) <= distance:
        known.append(tuple(value >> 8 ^ known[0][value & 255] for value in known[-1]))
    return known[distance]


@cache
def _known() -> list[tuple[int, ...]]:
    return [tuple(map(_divided, range(256)))]


def _divided(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
    return value


@cache
def _tables(distance: int) -> tuple[bytes, ...]:
    return _by_byte(_contributions(distance))


def _by_byte(values: Sequence[int]) -> tuple[bytes, ...]:
    return tuple(bytes(value >> 8 * byte & 255 for value in values) for byte in range(4))


@cache
def _shift(width: int) -> tuple[tuple[int, ...], ...]:
    """What each byte of a sum becomes when so many bytes follow, a power of two."""
    if width == 4:
        return tuple(_contributions(3 - byte) for byte in range(4))
    half = _shift(width // 2)
    return tuple(tuple(_shifted(value, half) for value in half[byte]) for byte in range(4))


def _shifted(value: int, tables: Sequence[Sequence[int]]) -> int:
    return tables[0][value & 255] ^ tables[1][value >> 8 & 255] ^ tables[2][value >> 16 & 255] ^ tables[3][value >> 24]


@cache
def _shifts(width: int) -> tuple[tuple[bytes, ...], ...]:
    return tuple(map(_by_byte, _shift(width)))


@cache
def _ends(length: int) -> int:
    """What the bits contribute that a checksum begins and ends with, for records of a length."""
    value, power, left = _ALL, 1, length
    while left:
        if left & 1:
            value = _moved_one(value, power)
        power, left = power * 2, left >> 1
    return value ^ _ALL


def _moved_one(value: int, width: int) -> int:
    if width >= 4:
        return _shifted(value, _shift(width))
    last = _contributions(0)
    for _ in range(width):
        value = value >> 8 ^ last[value & 255]
    return value
