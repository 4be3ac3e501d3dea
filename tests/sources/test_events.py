"""Event files from their bytes: what is in them, whatever order and shape it has, and what is left of damaged ones."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages.format.records import Problem
from runpages_site.read.sources import events
from runpages_site.read.sources.events import EventFile
from runpages_site.read.sources.summary import Value

from . import event_writer as w

Point = tuple[int, float, float]


class Taken:
    """What was read, by tag."""

    def __init__(self) -> None:
        self.points: dict[str, list[Point]] = {}
        self.values: list[tuple[str, int]] = []
        self.restarts: list[int] = []

    def numbers(self, tag: str, steps: list[int], times: list[float], values: list[float], code: str) -> None:
        assert len(steps) == len(times) == len(values) > 0
        self.points.setdefault(tag, []).extend(zip(steps, times, values, strict=True))

    def describe(self, tag: str, description: str) -> None:
        pass

    def value(self, value: Value, step: int, time: float, data: bytes, offset: int) -> None:
        self.values.append((value.tag, step))

    def restart(self, step: int) -> None:
        self.restarts.append(step)


def read(path: Path, data: bytes, *, growing: bool = False) -> tuple[Taken, list[Problem]]:
    path.write_bytes(data)
    taken = Taken()
    with open(path, "rb") as file:
        one = EventFile(file, path.name, taken, {}, growing=growing)
        one.read()
    return taken, one.problems


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("events") / "events.out.tfevents.1.host"


def f32(value: float) -> float:
    found: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return found


STEPS = st.one_of(st.integers(0, 300), st.integers(-(2**63), 2**63 - 1), st.sampled_from([0, 127, 128, 16383, 16384]))
TAGS = st.sampled_from(["loss", "a", "val/acc", "loss2", "lös", "", "*", "a" * 300])
KINDS = st.sampled_from([w.scalar, w.tensor, lambda tag, value: w.tensor(tag, value, double=True)])
EVENTS = st.tuples(TAGS, STEPS, st.floats(0, 2e9), st.floats(width=32, allow_nan=False), KINDS)


@pytest.mark.parametrize("block", [1 << 20, 64])
@given(logged=st.lists(EVENTS, max_size=60))
def test_all_points_are_read_in_the_order_of_the_file(path: Path, block: int, logged: list[tuple]) -> None:  # type: ignore[type-arg]
    expected: dict[str, list[Point]] = {}
    for tag, step, time, value, _ in logged:
        expected.setdefault(tag, []).append((step, time, value))
    data = b"".join(w.frame(w.event(time, step, kind(tag, value))) for tag, step, time, value, kind in logged)
    before, events.BLOCK = events.BLOCK, block
    try:
        taken, problems = read(path, w.frame(w.VERSION) + data)
    finally:
        events.BLOCK = before
    assert (taken.points, problems) == (expected, [])


def test_many_metrics_that_are_logged_in_turn(path: Path) -> None:
    logged = [(tag, step) for step in range(500) for tag in ("a", "bb", "ccc", "train/loss") if step % 7 or tag != "bb"]
    data = b"".join(w.frame(w.event(1.7e9 + step, step, w.scalar(tag, step / 3))) for tag, step in logged)
    taken, problems = read(path, data)
    assert problems == []
    assert {tag: [point[0] for point in points] for tag, points in taken.points.items()} == {
        tag: [step for name, step in logged if name == tag] for tag in ("a", "bb", "ccc", "train/loss")
    }


def test_the_plugin_is_known_from_the_first_event(path: Path) -> None:
    bare = w.tensor("words", 1.0, plugin="")
    data = (
        w.event(1.0, 1, w.texts("words", "text", b"x")),
        w.event(1.0, 2, bare),
        w.event(1.0, 3, w.tensor("n", 2.0, plugin="")),
    )
    taken, _ = read(path, b"".join(map(w.frame, data)))
    assert taken.values == [("words", 1), ("words", 2)]
    assert taken.points == {"n": [(3, 1.0, 2.0)]}


def test_events_with_several_values_and_restarts(path: Path) -> None:
    several = w.event(2.0, 5, w.scalar("a", 1.0), w.scalar("b", 2.0), w.scalar("a", 3.0))
    taken, problems = read(path, w.frame(several) + w.frame(w.restart(3.0, 4)) + w.frame(several))
    assert taken.points == {"a": [(5, 2.0, 1.0), (5, 2.0, 3.0)] * 2, "b": [(5, 2.0, 2.0)] * 2}
    assert (taken.restarts, problems) == ([4], [])


# --- damage ------------------------------------------------------------------------------------------------

SMALL = [
    w.VERSION,
    *(w.event(1.7e9 + step, step, w.scalar("loss", step / 8)) for step in range(4)),
    w.event(1.7e9, 2, w.texts("note/text_summary", "text", b"hello")),
    *(w.event(1.7e9 + step, step, w.tensor("acc", step / 4)) for step in range(3)),
]
WHOLE = b"".join(map(w.frame, SMALL))


def all_of(taken: Taken) -> set[tuple[object, ...]]:
    return {(tag, *point) for tag, points in taken.points.items() for point in points} | set(taken.values)


def test_a_file_that_is_cut_anywhere(path: Path) -> None:
    whole = read(path, WHOLE)[0]
    ends = {sum(len(w.frame(one)) for one in SMALL[:count]) for count in range(len(SMALL) + 1)}
    for size in range(len(WHOLE)):
        taken, problems = read(path, WHOLE[:size])
        for tag, points in taken.points.items():
            assert points == whole.points[tag][: len(points)]
        if size in ends:
            assert problems == []
        else:
            start = max(end for end in ends if end < size)
            assert [problem.message for problem in problems] == [f"The file ends within the record at byte {start:,}"]
            assert problems[0].file == path.name
        assert read(path, WHOLE[:size], growing=True)[1] == []


def test_a_file_with_any_bit_turned(path: Path) -> None:
    whole = all_of(read(path, WHOLE)[0])
    for place in range(len(WHOLE)):
        damaged = bytearray(WHOLE)
        damaged[place] ^= 1 << place % 8
        taken, problems = read(path, bytes(damaged))
        assert all_of(taken) < whole or problems, place
        assert all_of(taken) <= whole, place
        assert all("at byte " in problem.message and problem.damage for problem in problems)


def test_one_damaged_record_among_many_alike(path: Path) -> None:
    records = [w.frame(w.event(1.7e9 + step, step, w.scalar("loss", step / 8))) for step in range(100, 200)]
    start = sum(map(len, records[:50]))
    data = bytearray(b"".join(records))
    data[start + 15] ^= 4
    taken, problems = read(path, bytes(data))
    assert [step for step, _, _ in taken.points["loss"]] == [step for step in range(100, 200) if step != 150]
    assert [problem.message for problem in problems] == [
        f"The record at byte {start:,} is damaged: its checksum is wrong"
    ]


def test_damage_without_end_is_summed_up(path: Path) -> None:
    bad = w.frame(b"\xff\xff")
    problems = read(path, bad * 30)[1]
    assert len(problems) == events.SHOWN + 1
    assert problems[-1].message == "20 more records are damaged"


@given(
    st.lists(
        st.one_of(st.binary(max_size=60), EVENTS.map(lambda one: w.event(one[2], one[1], one[4](one[0], one[3])))),
        max_size=8,
    )
)
def test_records_of_anything(path: Path, records: list[bytes]) -> None:
    read(path, b"".join(map(w.frame, records)))


@given(st.binary(max_size=200))
def test_a_file_of_anything(path: Path, data: bytes) -> None:
    problems = read(path, data)[1]
    assert problems or not data


def test_a_record_that_is_too_large_is_passed_over(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LARGEST", 4_000)
    monkeypatch.setattr(events, "BLOCK", 1_000)
    graph = w.field(1, 1.7e9) + w.field(4, bytes(10_000))
    large = w.event(1.7e9, 3, w.texts("a", "text", bytes(10_000)))
    after = w.frame(w.event(1.7e9, 1, w.scalar("loss", 1.0)))
    taken, problems = read(path, w.frame(graph) + after + w.frame(large) + after)
    assert len(taken.points["loss"]) == 2
    (problem,) = problems
    assert "bytes, which is too much to read" in problem.message
    cut = read(path, w.frame(graph)[:5_000])[1]
    assert [problem.message for problem in cut] == ["The file ends within the record at byte 0"]


def test_a_length_beyond_all_measure(path: Path) -> None:
    size = struct.pack("<Q", 1 << 62)
    problems = read(path, size + w.masked(size) + bytes(100))[1]
    assert any("which is too much to read" in problem.message for problem in problems)
