from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages_site.read.sources import crc32c

from . import event_writer


def test_the_checksum_of_the_standard() -> None:
    assert crc32c.masked(b"123456789") == crc32c.mask(0xE3069283)


@pytest.mark.parametrize("size", [0, 1, 3, 4, 63, 64, 65, 128, 1_000, 5_000])
def test_one_record_of_any_size(size: int) -> None:
    data = bytes(at * 7 % 251 for at in range(size))
    assert crc32c.masked(data).to_bytes(4, "little") == event_writer.masked(data)


@given(st.binary(max_size=300))
def test_one_record(data: bytes) -> None:
    assert crc32c.masked(data).to_bytes(4, "little") == event_writer.masked(data)


@given(st.data())
def test_of_many_records_the_wrong_ones_are_found(data: st.DataObject) -> None:
    width = data.draw(st.integers(1, 90))
    varying = data.draw(st.sets(st.integers(0, width - 1), min_size=1))
    base = data.draw(st.binary(min_size=width, max_size=width))
    rows = []
    for at in range(data.draw(st.integers(1, 20))):
        row = bytearray(base)
        for place in varying:
            row[place] = (row[place] + at * (place + 3)) & 255
        rows.append(bytes(row) + event_writer.masked(bytes(row)))
    bad = data.draw(st.sets(st.integers(0, len(rows) - 1)))
    places = [*varying, *range(width, width + 4)]
    for at in bad:
        place = data.draw(st.sampled_from(places))
        rows[at] = (
            rows[at][:place] + bytes([rows[at][place] ^ 1 << data.draw(st.integers(0, 7))]) + rows[at][place + 1 :]
        )
    # The first is what all others are compared with, in the columns that are the same.
    columns = [bytes(row[at] for row in rows) for at in range(width + 4)]
    found = crc32c.wrong({at: columns[at] for at in varying}, rows[0][:width], columns[width:])
    assert list(found) == sorted(bad)


def test_the_mask_is_that_of_the_format() -> None:
    for crc in (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
        lanes = crc32c._masked_lanes(struct.pack("<III", crc, 0, crc))
        assert struct.unpack("<III", lanes.to_bytes(12, "little"))[::2] == (crc32c.mask(crc),) * 2
