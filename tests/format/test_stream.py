"""A metrics file in pieces: whatever the pieces, and wherever a reading stopped, the points are those of the whole."""

from __future__ import annotations

import io
import json
import math
import tracemalloc
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from runpages.format import stream
from runpages.format.csv_rows import Block
from runpages.format.read import read_without_points
from runpages.format.stream import SHOWN, START, Position, Stream, collect, parse
from tests.format.folder import read, write
from tests.format.strategy import metrics_files, same

HEADER = "name,step,time,value,text\n"


def add(found: Block, block: Block) -> None:
    for name, series in block.items():
        known = found.setdefault(name, ([], [], []))
        for column, more in zip(known, series, strict=True):
            column.extend(more)  # type: ignore[attr-defined]


def kept(at: Position) -> Position:
    """A position as it comes back from a file."""
    return Position(*json.loads(json.dumps(at)))


files = metrics_files | st.binary(max_size=60).map(HEADER.encode().__add__)
flags = st.tuples(st.booleans(), st.booleans())
shown = st.sampled_from([1, 2, 20])
"""Bad lines that are given one by one: few files have more than twenty."""


@given(files, st.lists(st.tuples(st.integers(0, 400), flags), max_size=3), flags, st.integers(1, 50), shown)
@example(f"\ufeff{HEADER}é,,,1,\né,,,2,\n".encode(), [(2, (False, False)), (30, (False, True))], (False, True), 1, 20)
@example(f"{HEADER}a,,,1,\na,,,2".encode(), [(37, (False, True))], (False, True), 50, 20)
@example(b"\n" * 5 + b"x,y\n" * 9, [(7, (True, False)), (9, (False, False))], (False, False), 3, 20)
@example(f"{HEADER}x\ny\nz\nz".encode(), [(len(HEADER) + 4, (True, False))], (False, False), 2, 1)
def test_reading_on_gives_what_the_whole_gives(
    data: bytes, cuts: list[tuple[int, tuple[bool, bool]]], last: tuple[bool, bool], block: int, most: int
) -> None:
    found: Block = {}
    at = START
    with patch.object(stream, "BLOCK", block), patch.object(stream, "SHOWN", most):
        for cut, (growing, by_hand) in [*sorted(cuts), (len(data), last)]:
            reading = Stream(io.BytesIO(data[:cut]), "metrics.csv", at, growing=growing, by_hand=by_hand)
            for some in reading:
                add(found, some)
            at = kept(reading.position)
        add(found, reading.tail)
        told = reading.problems
        whole = parse(data, "metrics.csv", growing=last[0], by_hand=last[1])
    assert same(found, whole.series)
    assert told == whole.problems
    event(f"more than are shown: {len(told) > most}")


@given(files, st.integers(1, 50), shown)
def test_a_reading_may_stop_after_any_block(data: bytes, block: int, most: int) -> None:
    found: Block = {}
    at = START
    with patch.object(stream, "BLOCK", block), patch.object(stream, "SHOWN", most):
        while True:
            reading = Stream(io.BytesIO(data), "metrics.csv", at)
            some = next(iter(reading), None)
            if some is None:
                break
            add(found, some)
            at = kept(reading.position)
        add(found, reading.tail)
        told = reading.problems
        whole = parse(data, "metrics.csv")
    assert same(found, whole.series)
    assert told == whole.problems


def test_a_position_stays_what_it_was() -> None:
    with patch.object(stream, "BLOCK", 1):
        reading = Stream(io.BytesIO(b"name,value\na,1\na,2\nx\n"), "metrics.csv")
        places = [reading.position for _ in reading]
    assert [at.counts for at in places] == [{"a": 1}, {"a": 2}, {"a": 2}]
    assert [len(at.faults) for at in places] == [0, 0, 1]


def test_a_stream_may_be_read_twice() -> None:
    reading = Stream(io.BytesIO(b"name,value\na,1\na,2"), "metrics.csv", by_hand=True)
    assert [list(reading), list(reading)] == [[{"a": ([0], [None], [1])}], []]
    assert reading.tail == {"a": ([1], [None], [2])}


def test_a_last_line_without_a_line_feed_is_in_no_position() -> None:
    reading = Stream(io.BytesIO(b"name,value\na,1\na,2"), "metrics.csv", by_hand=True)
    assert list(reading) == [{"a": ([0], [None], [1])}]
    assert reading.tail == {"a": ([1], [None], [2])}
    assert (reading.position.offset, reading.position.line, reading.position.counts) == (15, 3, {"a": 1})
    longer = Stream(io.BytesIO(b"name,value\na,1\na,25\n"), "metrics.csv", reading.position, by_hand=True)
    assert (list(longer), longer.tail) == ([{"a": ([1], [None], [25])}], {})


def test_a_file_that_is_left_out_stays_where_its_header_is() -> None:
    data = b"\nx,y\na,b\n"
    reading = Stream(io.BytesIO(data), "metrics.csv")
    assert list(reading) == []
    assert (reading.position.offset, reading.position.line) == (1, 2)
    again = Stream(io.BytesIO(data), "metrics.csv", reading.position)
    assert list(again) == []
    assert again.problems == reading.problems
    assert [(problem.line, problem.action) for problem in again.problems] == [(2, "File skipped")]


def test_the_position_before_anything_is_the_beginning() -> None:
    assert Stream(io.BytesIO(b""), "metrics.csv").position == START


def test_a_position_holds_few_bad_lines_and_counts_the_others() -> None:
    data = HEADER.encode() + b"x\n" * 1000
    first = Stream(io.BytesIO(data), "metrics.csv")
    list(first)
    assert (len(first.position.faults), first.position.more) == (SHOWN, 1000 - SHOWN)
    second = Stream(io.BytesIO(data + b"x\ny"), "metrics.csv", kept(first.position))
    list(second)
    assert second.problems[:SHOWN] == first.problems[:SHOWN]
    assert second.problems[-1].message == f"{1002 - SHOWN} more lines could not be read"


def test_a_line_may_be_longer_than_what_is_read_at_once() -> None:
    text = "x" * 3 * stream.BLOCK
    found = parse(f"{HEADER}a,0,,1,\nnote,0,,,{text}\na,1,,2,\n".encode(), "metrics.csv")
    assert found.series["note"][2] == [text]
    assert found.series["a"][2] == [1, 2]


def test_a_long_file_is_never_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    with path.open("w") as file:
        file.write(HEADER)
        for step in range(60_000):
            file.write("".join(f"m{k},{step},1700000000.5,{step / 7},\n" for k in range(4)))
    with path.open("rb") as source, patch.object(stream, "LARGE", math.inf):
        tracemalloc.start()
        try:
            points = sum(len(values) for block in Stream(source, "metrics.csv") for _, _, values in block.values())
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert points == 240_000
    assert peak < 20 * stream.BLOCK < path.stat().st_size / 3


@pytest.mark.parametrize("name", ['"train, loss"', '"say ""x"""', '"""a\\nb"""', '"é, é"'])
def test_a_name_in_quotes_is_read_as_fast_as_others(name: str) -> None:
    text = HEADER + "".join(f"{name},{step},,{step / 7},\nacc,{step},,{step},\n" for step in range(9_000))
    slow = parse(text.encode(), "metrics.csv", growing=True)
    with patch.object(stream, "by_line", side_effect=AssertionError):
        found = parse(text.encode(), "metrics.csv", growing=True)
    assert same(found, slow)
    assert [len(values) for _, _, values in found.series.values()] == [9_000, 9_000]


def test_one_name_spelled_in_two_ways_is_one_series() -> None:
    found = parse(f'{HEADER}a,,,1,\n"a",,,2,\na,,,3,\n'.encode(), "metrics.csv")
    assert found.series == {"a": ([0, 1, 2], [None] * 3, [1, 2, 3])}


# --- a run without its points --------------------------------------------------------------------------------

FILES = {
    "run.json": json.dumps({"owner": {"host": "h"}, "status": "Completed"}),
    "metrics.csv": f"{HEADER}b,0,2,1,\nx\n",
    "metrics.a-1-0000.csv": f"{HEADER}a,0,1,1,\nb,0,1,0,\n",
    "series.json": json.dumps({"series": {"b": {"unit": "s"}, "empty": {"kind": "list"}}}),
    "tables/t.jsonl": "{",
}


def test_a_run_is_what_it_is_without_points_and_its_points(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", FILES)
    whole = read(folder)
    run, points = read_without_points(str(folder), now=0.0)
    assert run.series == {}
    assert points.files == [("", "metrics.csv"), ("a-1-0000", "metrics.a-1-0000.csv")]
    assert (points.folder, points.growing, points.by_hand) == (str(folder), False, False)
    assert {name: said.kind for name, said in points.declared.items()} == {"b": None, "empty": "list"}
    with open(folder / "metrics.csv", "rb") as file:
        problems = collect(Stream(file, "metrics.csv")).problems
    run.problems[points.told : points.told] = problems
    assert run == whole._replace(series={})
    assert list(whole.series) == ["b", "a", "empty"]
    assert whole.series["b"].values == [0, 1]


def test_a_file_that_cannot_be_read_is_told_and_left_out(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", FILES)
    with patch.object(Stream, "__iter__", side_effect=OSError(5, "Input/output error")):
        run = read(folder)
    told = [(problem.file, problem.message) for problem in run.problems if problem.action == "File skipped"]
    assert told == [(name, "It cannot be read: Input/output error") for name in ("metrics.csv", "metrics.a-1-0000.csv")]
    assert list(run.series) == ["empty"]


def test_a_writer_that_is_faster_does_not_keep_a_reading_from_its_end() -> None:
    source, line = io.BytesIO(), b"loss,0,1.0,0.5,\n"
    source.write(HEADER.encode() + 3 * line)
    read = Stream(source, "metrics.csv", growing=True)
    for _ in read:
        at = source.tell()
        source.seek(0, 2)
        source.write(line)
        source.seek(at)
        assert source.getvalue().count(b"\n") < 6, "It reads what came while it read."
    again = Stream(source, "metrics.csv", read.position, growing=True)
    assert [len(block["loss"][0]) for block in again] == [1]
