"""Long files by pyarrow: the points, their types and the problems are those of the own reader, to the bit."""

from __future__ import annotations

import io
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runpages.format import arrow, csv_columns, stream
from runpages.format.csv_rows import Block, Header
from runpages.format.stream import Points, Stream, collect, parse
from tests.format.strategy import metrics_files, same

LOGGER = Path(__file__).parents[2] / "logger"
NAMES = ("name", "step", "time", "value", "text")
HEADER = "name,step,time,value,text"


def by_arrow(data: bytes) -> Points:
    with patch.object(stream, "LARGE", 0), patch.object(arrow, "TRIES", sys.maxsize):
        return collect(Stream(io.BytesIO(data), "metrics.csv"))


def by_ourselves(data: bytes) -> Points:
    with patch.object(stream, "LARGE", math.inf):
        return parse(data, "metrics.csv")


def block(lines: str | bytes, header: str = HEADER) -> Block | None:
    found = Header.parse(header)
    assert isinstance(found, Header)
    return arrow.by_column(lines if isinstance(lines, bytes) else lines.encode(), found)


# Mostly what a program writes, so that many blocks are plain, and all that two readers of numbers may disagree about.
odd = st.sampled_from(
    [
        "", "007", "-0", "+5", " 5", "5\t", "0x1f", "1_0", "1.5.5", "5.", ".5", ".", "-", "--1", "1-2", "1e", "1e5",
        "1E5", "1.0e999", "-1e-999", "5e-324", "9007199254740991", "9007199254740992", "-9007199254740993", "9" * 25,
        "9" * 400, "1.7976931348623157e308", "nan", "inf", "-inf", "-nan", "NaN", "nan(1)", "infinity", "inf5", "fan",
        "an", "true", "null", "None", "٣", "1,5", '"5"',
    ]
)  # fmt: skip
names = st.sampled_from(["loss", "acc", "x y", "é", '"a,b"', "\ufeffz", "v1.5", "0x10"])
steps = st.integers(-5, 99).map(str)
times = st.integers(0, 10**13).map(lambda millis: f"{millis / 1000:.3f}")
values = st.floats().map(repr) | st.integers(-(2**60), 2**60).map(str)
texts = st.sampled_from([""] * 9 + ["a.b", "\udcff", '"q, r"'])
lines = st.tuples(names, steps, times, values, texts)
odd_lines = st.tuples(names, steps | odd, times | odd, values | odd, texts)
orders = st.sampled_from(
    [NAMES] * 3 + [("time", "value", "step", "name"), ("name", "value"), ("name", "step", "value")]
)


@given(orders, st.lists(lines, max_size=30), st.lists(odd_lines, max_size=2), st.integers(1, 4), st.integers(1, 300))
@example(NAMES, [], [("a", "0", "1", "9" * 400, "")], 1, 300)
@example(NAMES, [("a", "0", "1", "1", ""), ("a", "1", "1", "1", "\udcff")], [], 1, 300)
@example(NAMES, [("\ufeffz", "0", "1", "1", "")], [], 1, 1)
def test_pyarrow_reads_the_same(
    order: tuple[str, ...],
    plain: list[tuple[str, ...]],
    strange: list[tuple[str, ...]],
    repeated: int,
    size: int,
) -> None:
    rows = [dict(zip(NAMES, line, strict=True)) for line in plain * repeated + strange]
    text = "\n".join([",".join(order), *(",".join(row[column] for column in order) for row in rows), ""])
    data = text.encode("utf-8", "surrogateescape")
    with patch.object(arrow, "BLOCK", size):
        assert same(tuple(by_arrow(data)), tuple(by_ourselves(data)))


@given(metrics_files | st.binary(max_size=60))
def test_pyarrow_reads_no_file_otherwise(data: bytes) -> None:
    assert same(tuple(by_arrow(data)), tuple(by_ourselves(data)))


@pytest.mark.parametrize("name", ["loss", '"train, loss"'])
@pytest.mark.parametrize(
    "spell", [str, lambda step: repr(step / 7), lambda step: ("nan", "-inf", "1e-05", "3")[step % 4]]
)
def test_plain_numbers_are_read_by_pyarrow(name: str, spell: Callable[[int], str]) -> None:
    text = "\n".join(
        f"{name},{step},1700000000.5,{spell(step)},\nacc,{step},1700000000.5,{step}," for step in range(50)
    )
    found = block(text)
    assert found is not None
    assert [len(values) for _, _, values in found.values()] == [50, 50]
    assert {type(value) for value in found["acc"][2]} == {int}
    header = Header.parse(HEADER)
    assert isinstance(header, Header)
    assert same(found, csv_columns.by_column(text.encode(), header, {}))


@pytest.mark.parametrize(
    "line",
    [
        "loss,0,1.5,true,", "loss,0,1.5,,a text", "loss,0,1.5,0x1f,", "loss,0x10,1.5,1,", "loss,0.0,1.5,1,",
        ",0,1.5,1,", "loss,0,,1,", "loss,,1.5,1,", "loss,0,1.5", "loss,0,nan,1,", "loss,0,1.5,9007199254740993,",
        "loss,0,1.0e999,1,", "loss,0,1.5,0x10,", "",
        'loss,0,1.5,1,"a,b"', "loss,0,1.5,1,\r", "loss,0,1.5,1\x18", "\ufeffloss,0,1.5,1,", '"acc",0,1.5,1,',
    ],
)  # fmt: skip
def test_all_else_is_left_to_the_own_reader(line: str) -> None:
    assert block(f"{line}\nacc,0,1.5,0.5,") is None
    assert block("loss,0,1.5,1,\udcff".encode("utf-8", "surrogateescape")) is None


def test_pyarrow_is_given_up_for_a_file_with_texts_everywhere() -> None:
    header = Header.parse(HEADER)
    assert isinstance(header, Header)
    read = arrow.block_reader()
    assert read is not None
    note, number = b"note,0,1.5,,warm-up", b"loss,0,1.5,0.5,"
    with patch.object(arrow, "by_column", wraps=arrow.by_column) as tried:
        for lines in [note, note, number, *[note] * 9, number]:
            assert read(lines, header, {}) == csv_columns.by_column(lines, header, {})
        assert tried.call_count == 3 + arrow.TRIES


# --- when it is loaded ---------------------------------------------------------------------------------------

PROBE = """
import io, sys
sys.path.insert(0, sys.argv[1])
{before}
from runpages.format import stream
from runpages.format.stream import parse
{after}
data = b"name,step,time,value,text\\n" + b"a,0,1.5,0.5,\\nb,0,1.5,1,\\n" * 9
found = parse(data, "metrics.csv")
assert found == ({{"a": ([0] * 9, [1.5] * 9, [0.5] * 9), "b": ([0] * 9, [1.5] * 9, [1] * 9)}}, [])
print(*sorted({{"numpy", "pyarrow", "runpages.format.arrow"}} & {{key for key, value in sys.modules.items() if value}}))
"""


def loaded(before: str = "", after: str = "") -> str:
    """What of interest is loaded by reading a small file in a new process."""
    command = [sys.executable, "-c", PROBE.format(before=before, after=after), str(LOGGER)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def test_a_small_file_loads_nothing() -> None:
    assert loaded() == ""


def test_a_large_file_is_read_without_numpy() -> None:
    assert loaded("sys.modules['numpy'] = None", "stream.LARGE = 0") == "pyarrow runpages.format.arrow"


def test_a_large_file_is_read_without_pyarrow() -> None:
    assert loaded("sys.modules['pyarrow'] = None", "stream.LARGE = 0") == "runpages.format.arrow"
