"""What events hold beside single numbers: tensors of all types, histograms, sessions, pictures."""

from __future__ import annotations

import math
import struct

import pytest

from runpages_site.read.sources import summary
from runpages_site.read.sources.protobuf import BYTES, FIXED64, VARINT, Field, double, fields, packed, varint, varints

from . import event_writer as w


def whole(data: bytes) -> Field:
    return Field(1, BYTES, 0, len(data))


def tensor(kind: int, number: int, content: bytes | int, *sizes: int) -> tuple[bytes, summary.Tensor]:
    shape = b"".join(w.field(2, w.field(1, size)) for size in sizes)
    data = w.field(1, kind) + w.field(2, shape) + w.field(number, content)
    value = w.field(1, w.field(8, data))
    (found,) = summary.values(value, whole(value))
    assert found.tensor is not None
    return value, found.tensor


@pytest.mark.parametrize(
    ("kind", "code", "numbers"),
    [
        (1, "f", [0.5, -2.0]), (2, "d", [0.1, 1e300]), (3, "i", [-1, 7]), (4, "B", [0, 255]), (5, "h", [-3, 4]),
        (6, "b", [-3, 4]), (9, "q", [-(2**60), 5]), (10, "?", [True, False]), (17, "H", [1, 2]), (19, "e", [0.5, 2.0]),
        (22, "I", [1, 2]), (23, "Q", [1, 2**63]),
    ],
)  # fmt: skip
def test_numbers_of_any_type(kind: int, code: str, numbers: list[float]) -> None:
    data, found = tensor(kind, 4, b"".join(struct.pack(f"<{code}", one) for one in numbers), 2)
    assert found.numbers(data) == numbers


def test_numbers_in_the_fields_of_their_types() -> None:
    cases: list[tuple[int, int, bytes | int, list[float]]] = [
        (1, 5, struct.pack("<ff", 0.5, 1.5), [0.5, 1.5]),
        (2, 6, struct.pack("<d", 0.5), [0.5, 0.5]),  # The last stands for all that follow.
        (3, 7, w.varint(-1) + w.varint(300), [-1, 300]),
        (9, 10, 5, [5, 5]),
        (19, 13, w.varint(0x3C00) + w.varint(0x4000), [1.0, 2.0]),
        (14, 13, w.varint(0x3F80) + w.varint(0x4000), [1.0, 2.0]),
    ]
    for kind, number, content, expected in cases:
        data, found = tensor(kind, number, content, 2)
        assert found.numbers(data) == expected
    data, found = tensor(14, 4, struct.pack("<HH", 0x3F80, 0xC000), 2)
    assert found.numbers(data) == [1.0, -2.0]
    data, found = tensor(1, 4, b"", 3)
    assert found.numbers(data) == [0.0, 0.0, 0.0]


def test_tensors_that_are_not_read() -> None:
    for kind, sizes in ((7, (1,)), (1, (1 << 20,)), (1, (1 << 40, 1 << 40))):
        data, found = tensor(kind, 4, b"\0\0\0\0", *sizes)
        with pytest.raises(ValueError, match="is not read"):
            found.numbers(data)
    data, found = tensor(1, 4, b"\0\0\0", 1)
    with pytest.raises(ValueError, match="a part of a number"):
        found.numbers(data)
    assert found.place() is None


def histogram(least: float, most: float, limits: list[float], counts: list[float]) -> summary.Bins:
    pack = [struct.pack(f"<{len(one)}d", *one) for one in (limits, counts)]
    data = w.field(1, least) + w.field(2, most) + w.field(6, pack[0]) + w.field(7, pack[1])
    return summary.histogram(summary.Value("h", histogram=whole(data)), data)


def test_the_outermost_bins_are_cut_to_where_there_are_values() -> None:
    assert histogram(-1.0, 2.5, [-2.0, 0.0, 1.0, 1e308], [0, 3, 0, 2]) == ([-1.0, 0.0, 1.0, 2.5], [3, 0, 2])
    edges, counts = histogram(5.0, 5.0, [4.0, 6.0], [0, 9])
    assert (edges[0] < 5 < edges[1], counts) == (True, [9])


def test_bins_that_are_none() -> None:
    for rows in ([(0.0, math.nan, 1.0)], [(2.0, 1.0, 1.0)], [(0.0, 1.0, -1.0)], []):
        with pytest.raises(ValueError, match="a histogram has"):
            summary.binned(rows)
    assert summary.binned([(0.0, 1.0, 2.0), (1.0, 1.0, 3.0)])[1] == [2.0, 3.0]
    assert summary.binned([(0.0, 2.0, 2.0), (0.5, 1.0, 3.0)]) == ([0.0, 2.0], [5.0])
    with pytest.raises(ValueError, match="not as many limits as counts"):
        histogram(0.0, 1.0, [1.0], [])


def test_the_parameters_of_a_session() -> None:
    def entry(key: str, value: bytes) -> bytes:
        return w.field(1, w.field(1, key.encode()) + w.field(2, value))

    start = (
        entry("whole", w.field(2, 3.0)) + entry("part", w.field(2, 0.5)) + entry("text", w.field(3, b"adam"))
        + entry("flag", w.field(4, 1)) + entry("none", w.field(1, 0)) + w.field(4, b"group") + w.field(1, b"")
    )  # fmt: skip
    data = w.field(3, start)
    found = summary.session(data, whole(data))
    assert found is not None
    assert found.params == {"whole": 3, "part": 0.5, "text": "adam", "flag": True, "none": None}
    assert found.group == "group"
    assert summary.session(w.field(2, b"x"), whole(w.field(2, b"x"))) is None
    assert summary.session(w.field(4, b""), whole(w.field(4, b""))) == summary.Session({})


def test_pictures_and_sounds_without_content() -> None:
    data = w.field(1, 3)
    assert summary.image(data, whole(data)) is None
    assert summary.sound(data, whole(data)) is None
    data = w.field(4, b"abc")
    assert summary.sound(data, whole(data)) == summary.Encoded(Field(4, BYTES, 2, 5))
    assert summary.image(data, whole(data)) == summary.Encoded(Field(4, BYTES, 2, 5))


# --- messages -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x0b", "unknown type 3"),
        (b"\x0a\x05ab", "ends behind the message"),
        (b"\x09abc", "ends behind the message"),
        (b"\x80" * 11, "has no end"),
        (b"\x08", "has no end"),
    ],
)
def test_what_is_no_message(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        list(fields(data, 0, len(data)))


def test_fields() -> None:
    data = w.field(1, 300) + w.field(2, 0.5) + w.field(3, b"ab")
    assert [(one.number, one.wire, one.value) for one in fields(data, 0, len(data))] == [
        (1, VARINT, 300), (2, FIXED64, 0), (3, BYTES, 0),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="not of the type"):
        double(data, whole(data))
    assert varint(w.varint(2**64 - 1), 0, 10) == (2**64 - 1, 10)
    assert varints(b"", Field(1, VARINT, 0, 0, 7)) == [7]
    assert packed(struct.pack("<d", 2.0), Field(1, FIXED64, 0, 8), "d") == [2.0]
