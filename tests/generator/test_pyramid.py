"""A long metric in levels: whatever is drawn of it, no spike is lost."""

from __future__ import annotations

import json
import math
import zlib
from array import array
from base64 import b64decode
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from runpages_site.read import pyramid
from runpages_site.read.pyramid import FACTOR, INF, MINUS_INF, NAN, Chunk, Pyramid

Point = tuple[float, float | None, Any]
Row = tuple[float, tuple[float, ...], int]
Chunks = dict[tuple[int, int], dict[str, Any]]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyramid, "CHUNK", 128)
    monkeypatch.setattr(pyramid, "FIRST", 16)


values = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf, None, 10**400, 1e300, 1e-300, 0])
times = st.none() | st.floats(0, 2e9)


@st.composite
def points(draw: st.DrawFn) -> list[Point]:
    found = draw(st.lists(st.tuples(st.floats(0, 2), times, values), min_size=1, max_size=40))
    # Three of four are longer than a chunk, and one than a chunk of the level above.
    least = draw(st.sampled_from([1, 129, 513, 1025]))
    found *= -(-least // len(found)) + draw(st.integers(0, 3))
    event(f"more than a chunk: {len(found) > pyramid.CHUNK}")
    way = draw(st.sampled_from([0, 1, 5]))
    at, course = draw(st.sampled_from([-3.0, 0.0, 1e9])), []
    for more, time, value in found:
        at += way or more
        course.append((at, time, value))
    return course


def add(one: Pyramid, some: Iterable[Point], into: Chunks) -> None:
    keep(one.add(*([point[at] for point in some] for at in range(3))), into)  # type: ignore[arg-type]


def keep(chunks: Iterable[Chunk], into: Chunks) -> None:
    for chunk in chunks:
        into[chunk.level, chunk.place] = chunk.data


def made(some: Sequence[Point]) -> tuple[Pyramid, Chunks]:
    one, chunks = Pyramid(), Chunks()
    add(one, some, chunks)
    keep(one.ends(), chunks)
    return one, chunks


def numbers(raw: bytes, kind: str, count: int) -> tuple[array[float], bytes]:
    size = array(kind).itemsize
    taken, rest = raw[: size * count], raw[size * count :]
    return array(kind, bytes(taken[at * count + row] for row in range(count) for at in range(size))), rest


def rows(chunk: dict[str, Any], level: int) -> Iterator[Row]:
    """The rows of a chunk: the step, its one or two values, and its flags."""
    count, per = chunk["rows"], 2 if level else 1
    raw = zlib.decompress(b64decode(chunk["data"]))
    found, raw = numbers(raw, "d" if chunk["wide"] else "f", count * per)
    if chunk["step"]:
        first, way = chunk["step"]
        steps = array("d", [first + way * at for at in range(count)])
    else:
        steps, raw = numbers(raw, "d", count)
    if chunk["time"] is not None:
        _, raw = numbers(raw, "f", -(-count // FACTOR))
    flags = raw if chunk["flags"] else bytes(count)
    assert len(flags) == count
    for at in range(count):
        yield steps[at], tuple(found[at * per : (at + 1) * per]), flags[at]


def level_of(chunks: Chunks, level: int) -> list[Row]:
    return [row for (at, _), chunk in sorted(chunks.items()) if at == level for row in rows(chunk, level)]


def flag(value: float) -> int:
    return 0 if math.isfinite(value) else NAN if math.isnan(value) else INF if value > 0 else MINUS_INF


def close(one: float, other: float, among: list[float]) -> bool:
    """Equal, as far as the eye goes: to a sixteen-thousandth of all that there is."""
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=2.0**-13 * (max(among) - min(among)))


def test_a_course_of_all_lengths() -> None:
    for count in (1, 7, 16, 17, 128, 129, 1000, 5000):
        one, chunks = made([(at, float(at), math.sin(at)) for at in range(count)])
        assert one.top().points == count
        assert [row[0] for row in level_of(chunks, 0)] == list(range(count))
        heights = {level for level, _ in chunks}
        assert heights == set(range(one.top().levels))
        assert len(level_of(chunks, max(heights))) * min(1 + max(heights), 2) <= 16


@given(points())
def test_each_level_has_the_extremes_of_all_points(some: list[Point]) -> None:
    one, chunks = made(some)
    course = [math.nan if value is None else math.inf if value == 10**400 else value for _, _, value in some]
    finite = [value for value in course if math.isfinite(value)]
    for level in range(one.top().levels):
        width = FACTOR**level
        found = level_of(chunks, level)
        assert len(found) == -(-len(some) // width)
        for at, (step, drawn, flags) in enumerate(found):
            below = course[at * width : (at + 1) * width]
            assert step == some[at * width][0]
            assert flags == flag(below[0]) if not level else flags == _or(map(flag, below))
            held = [value for value in below if math.isfinite(value)]
            if held:
                assert close(min(drawn), min(held), finite), (level, at)
                assert close(max(drawn), max(held), finite), (level, at)
            elif level:
                assert all(map(math.isnan, drawn))


def _or(flags: Iterable[int]) -> int:
    found = 0
    for one in flags:
        found |= one
    return found


@given(points(), st.lists(st.integers(1, 300), max_size=20))
def test_the_pieces_in_which_points_come_change_nothing(some: list[Point], sizes: list[int]) -> None:
    one, chunks, left = Pyramid(), Chunks(), some
    for size in [*sizes, len(some)]:
        add(one, left[:size], chunks)
        left = left[size:]
        assert set(one.full()) == set(chunks)
        one = Pyramid(json.loads(json.dumps(one.state())))
    keep(one.ends(), chunks)
    whole, at_once = made(some)
    assert chunks == at_once
    assert repr(one.top()) == repr(whole.top())


def test_the_ends_change_nothing() -> None:
    one, chunks = Pyramid(), Chunks()
    some: list[Point] = [(at, None, at) for at in range(3000)]
    add(one, some[:700], chunks)
    list(one.ends())
    add(one, some[700:], chunks)
    keep(one.ends(), chunks)
    assert chunks == made(some)[1]


@pytest.mark.parametrize("bad", [(0, 0.0, "a string"), (0, 0.0, 1.0)], ids=["text", "back"])
def test_what_has_no_order_or_no_number_has_no_pyramid(bad: Point) -> None:
    one, chunks = Pyramid(), Chunks()
    add(one, [(5, 0.0, 1.0), bad], chunks)
    assert one.lost
    add(one, [(6, 0.0, 1.0)], chunks)
    assert not chunks


def test_the_course_goes_through_a_bucket_as_it_did() -> None:
    rising, falling = ([(at, 0.0, way * at) for at in range(64)] for way in (1, -1))
    assert level_of(made(rising)[1], 1)[0][1] == (0.0, 7.0)
    assert level_of(made(falling)[1], 1)[0][1] == (0.0, -7.0)


@pytest.mark.parametrize(
    ("course", "wide"),
    [([0.0, 1.0], False), ([1.7e9, 1.7e9 + 1], True), ([1e300, 0.0], True), ([1e-300, 1.0], True), ([2.0, 2.0], True)],
)
def test_numbers_are_as_exact_as_can_be_seen(course: list[float], wide: bool) -> None:
    _, chunks = made([(at, 0.0, value) for at, value in enumerate(course)])
    assert chunks[0, 0]["wide"] is wide
