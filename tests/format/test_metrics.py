"""The bytes of metrics files into series: both ways of reading agree, and no byte is too strange."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runpages.format import csv_columns, stream
from runpages.format.stream import SHOWN, Points, parse
from tests.format.strategy import metrics_files as files
from tests.format.strategy import same

HEADER = "name,step,time,value,text\n"


@contextmanager
def line_by_line() -> Iterator[None]:
    with patch.object(csv_columns, "by_column", lambda *_: None):
        yield


def rows(found: Points) -> dict[str, list[tuple[object, ...]]]:
    return {name: list(zip(*series, strict=True)) for name, series in found.series.items()}


def told(found: Points) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.message) for problem in found.problems]


def values(text: str, name: str = "loss", **how: bool) -> list[object]:
    return list(parse(text.encode(), "metrics.csv", **how).series[name][2])


# --- both ways of reading ----------------------------------------------------------------------------------


@given(
    files | st.binary(max_size=60) | st.binary(max_size=40).map(HEADER.encode().__add__), st.booleans(), st.booleans()
)
@example(f"{HEADER}loss,1_0,,1_0.5,\nloss,1,1_0,2,\n".encode(), False, False)
@example(f"{HEADER}loss,{'9' * 400},,1,\n".encode(), False, False)
@example(f"{HEADER}loss,0,,1,\n# a comment\nloss,1,,2,,\n".encode(), False, True)
@example(f"{HEADER}loss,0,,1,,\nloss,1,,2\n".encode(), False, True)
@example(f"{HEADER}\0\0loss,0,,1,\nloss,1,,2,\n\0\0\0".encode(), False, True)
@example(f"{HEADER}loss,1,1767225600000,50%,\nloss,2,2026-01-01,#N/A,\n".encode(), False, True)
@example(f"{HEADER}loss,0,nan,1,\nloss,0,1e999,1,\nloss,0,{'9' * 400},1,\n".encode(), False, False)
def test_both_ways_of_reading_agree(data: bytes, growing: bool, by_hand: bool) -> None:
    found = parse(data, "metrics.csv", growing=growing, by_hand=by_hand)
    with line_by_line():
        careful = parse(data, "metrics.csv", growing=growing, by_hand=by_hand)
    assert found.problems == careful.problems
    assert same(found.series, careful.series)


@given(files, st.integers(1, 40))
def test_the_size_of_a_block_changes_nothing(data: bytes, block: int) -> None:
    whole = parse(data, "metrics.csv")
    with patch.object(stream, "BLOCK", block):
        found = parse(data, "metrics.csv")
    assert found.problems == whole.problems
    assert same(found.series, whole.series)


def test_the_fast_way_is_taken_at_all() -> None:
    text = HEADER + "".join(f"train_loss,{i},,{i / 7},\nnote,{i},,,ok_\n" for i in range(10_000))
    with patch.object(stream, "by_line", side_effect=AssertionError):
        assert len(values(text, "train_loss")) == 10_000


def test_a_bad_line_in_a_large_file_costs_that_line_only() -> None:
    lines = [f"loss,{i},17{i:08d}.5,{i / 7}," for i in range(20_000)]
    lines[12_345] = "loss,12345,1700000000.5,0.1"
    found = parse((HEADER + "\n".join(lines) + "\n").encode(), "metrics.csv")
    assert told(found) == [(12_347, "The line has 4 of 5 fields: loss,12345,1700000000.5,0.1")]
    assert found.series["loss"][0] == [i for i in range(20_000) if i != 12_345]


# --- any prefix --------------------------------------------------------------------------------------------

LOGGED = (
    HEADER
    + "loss,0,1700000000.123,0.6931471805599453,\n"
    + 'acc,0,1700000000.123,12,\n"a,é",1.5,1700000001.000,-1e-07,\n'
    + '"""x\\u0000""",2,,,"line 1, ""quoted"", é"\n'
    + "loss,1,1700000002.000,nan,\nloss,2,1700000003.000,123456789012345678901234567890,\nflag,0,,true,\n"
)


@pytest.mark.parametrize(
    "text", [LOGGED, LOGGED.replace("\n", "\r\n"), "\ufeff" + LOGGED, LOGGED.replace("\n", "\n\n")]
)
@pytest.mark.parametrize("growing", [False, True])
def test_every_prefix_of_a_file_is_read(text: str, growing: bool) -> None:
    data = text.encode()
    full = rows(parse(data, "metrics.csv"))
    for end in range(len(data)):
        prefix = data[:end]
        found = parse(prefix, "metrics.csv", growing=growing)
        for name, points in rows(found).items():
            assert same(points, full[name][: len(points)]), prefix
        complete = sum(len(line.strip()) > 0 for line in prefix.split(b"\n")[:-1]) - 1
        assert sum(map(len, rows(found).values())) == max(complete, 0), prefix
        torn = prefix.removeprefix(b"\xef\xbb\xbf").rpartition(b"\n")[2]
        if torn.strip() and not b"\xef\xbb\xbf".startswith(prefix) and not growing:
            assert [problem.line for problem in found.problems] == [prefix.count(b"\n") + 1], prefix
        elif growing or not torn:
            assert found.problems == [], prefix


def test_a_file_by_hand_needs_no_last_line_feed() -> None:
    assert values("name,value\nloss,1\nloss,2", by_hand=True) == [1, 2]
    assert parse(b"name,value", "metrics.csv", by_hand=True).problems == []
    assert told(parse(b"name,value\nloss,1\nloss", "metrics.csv", by_hand=True)) == [
        (3, "The line is incomplete: loss")
    ]


def test_the_end_of_a_growing_file_is_never_taken_for_a_value() -> None:
    found = parse(b"name,value\nloss,1\nloss,0.12", "metrics.csv", growing=True, by_hand=True)
    assert found == Points({"loss": ([0], [None], [1])}, [])


@given(st.data())
def test_a_line_torn_by_a_full_disk_is_left_out(data: st.DataObject) -> None:
    lines = LOGGED.encode().splitlines(keepends=True)
    at = data.draw(st.integers(1, len(lines) - 1))
    cut = data.draw(st.integers(1, len(lines[at]) - 1))
    torn = b"".join([*lines[:at], lines[at][:cut], b"\x18\n", *lines[at:]])
    found = parse(torn, "metrics.csv")
    [(line, message)] = told(found)
    assert line == at + 1
    assert message.startswith("Only part of the line was written to the disk: ")
    assert same(found.series, parse(LOGGED.encode(), "metrics.csv").series)


def test_a_torn_header_is_written_anew() -> None:
    found = parse(b"name,st\x18\nname,value\nloss,1\n", "metrics.csv")
    assert rows(found) == {"loss": [(0, None, 1)]}
    assert told(found) == [(1, "Only part of the line was written to the disk: name,st")]


# --- what other writers leave ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffname,step,value\nloss,0,1\nloss,1,2.5\n",
        "name,step,value\r\nloss,0,1\r\nloss,1,2.5\r\n",
        "\n\r\nname,step,value\n\nloss,0,1\n\n\r\nloss,1,2.5\n\n",
        '"name","step","value"\n"loss","0","1"\n"loss","1","2.5"\n',
        " name , step , value \nloss,0,1\nloss,1,2.5\n",
        "value,name,step\n1,loss,0\n2.5,loss,1\n",
        "name,value\nloss,1\nloss,2.5\n",
        "name,step,value\nloss,,1\nloss,,2.5\n",
        "name,epoch,step,value,note\nloss,7,0,1,hello\nloss,8,1,2.5,\n",
        '"","name","step","value"\n"1","loss",0,1\n"2","loss",1,2.5\n',
        "name,step,time,value,text\nloss,0,,1,\nloss,1,,2.5,\n",
        "name,step,time,value,text\nloss,0,,1,ignored\nloss,1,,2.5,ignored\n",
    ],
)
def test_files_of_other_writers_are_understood(text: str) -> None:
    found = parse(text.encode(), "metrics.csv")
    assert found.problems == []
    assert same(found.series, {"loss": ([0, 1], [None, None], [1, 2.5])})


def test_comments_and_padding_of_spreadsheets_are_no_faults() -> None:
    found = parse(f"{HEADER}# lr 0.1\nloss,0,,1,\nloss,1,,2.5,,,\n#,,\n".encode(), "metrics.csv")
    assert (found.problems, rows(found)) == ([], {"loss": [(0, None, 1), (1, None, 2.5)]})


def test_steps_count_by_name_where_there_are_none() -> None:
    found = parse(b"name,step,value\na,,1\nb,,1\na,,1\na,10,1\na,,1\n", "metrics.csv")
    assert {name: series[0] for name, series in found.series.items()} == {"a": [0, 1, 10, 3], "b": [0]}


def test_an_empty_value_is_text_where_there_is_a_text() -> None:
    assert values("name,value,text\nloss,,hello\nloss,,\n") == ["hello", ""]
    assert values("name,value\nloss,\n") == [None]


@pytest.mark.parametrize(
    "text", ["", "\n", "\r\n\n", "name,value\n", "\ufeff", "\ufeffname,value\r\n", "name,value\n\n\n"]
)
def test_a_file_without_points_is_no_problem(text: str) -> None:
    assert parse(text.encode(), "metrics.csv") == Points({}, [])


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("name,step\n", 1),
        ("name,value,value\n", 1),
        ('name,"value\n', 1),
        ("\n\nnothing\n", 3),
        ("x" * 500 + "\n", 1),
    ],
)
def test_a_wrong_header_is_told_with_the_right_one(header: str, line: int) -> None:
    found = parse((header + "1,2\n").encode("latin-1"), "metrics.csv")
    assert found.series == {}
    [problem] = found.problems
    assert (problem.line, problem.action) == (line, "File skipped")
    assert "It needs the columns name and value, such as name,step,time,value,text" in problem.message
    assert len(problem.message) < 250
    problem.message.encode()


def test_bad_lines_are_told_with_their_numbers_and_reasons() -> None:
    bad = {
        "loss,0,,abc,": "'abc' is not a number",
        "loss,x,,1,": "'x' is not a number",
        "loss,nan,,1,": "The step 'nan' is not a finite number",
        "loss,true,,1,": "The step 'true' is not a finite number",
        f"loss,{10**400},,1,": "The step '1000+' is not a finite number",
        "loss,0,soon,1,": "The time 'soon' is not a time; write it like 2026",
        "loss,0,inf,1,": "The time 'inf' is not a time; write it like 2026",
        "loss,0,,1": "The line has 4 of 5 fields",
        "loss,0,,1,,x": "The line has 6 of 5 fields",
        "loss,0,\0\0,1,": "The line holds NUL bytes",
        ",0,,1,": "The line has no name",
        '"""loss,0,,1,': "a quote is not closed",
        '"loss"x,0,,1,': "text follows a closing quote",
        '"""loss",0,,1,': "Unterminated string",
        "loss,0,,1,\udcff": "The line is not UTF-8",
        "loss,0,,1_000,": "'1_000' is not a number",
        "loss,1_0,,1,": "'1_0' is not a number",
    }
    body = "".join(f"loss,1,,1,\n{line}\n" for line in bad)
    found = parse((HEADER + body).encode("utf-8", "surrogateescape"), "metrics.x.csv")
    assert values(HEADER + "loss,1,,1,\n" * len(bad)) == found.series["loss"][2]
    assert len(found.problems) == len(bad)
    for at, (problem, why) in enumerate(zip(found.problems, bad.values(), strict=True)):
        assert (problem.file, problem.line, problem.damage) == ("metrics.x.csv", 3 + 2 * at, True)
        assert problem.action == "Line skipped"
        assert re.search(why, problem.message), problem.message
        problem.message.encode()


def test_many_bad_lines_are_summed_up() -> None:
    found = parse((HEADER + "x\n" * 1000).encode(), "metrics.csv")
    assert len(found.problems) == SHOWN + 1
    last = found.problems[-1]
    assert (last.line, last.message, last.action) == (None, "980 more lines could not be read", "Lines skipped")
    assert sum(problem.skipped for problem in found.problems) == 1000


def test_a_long_bad_line_is_shortened() -> None:
    [problem] = parse((HEADER + "x" * 10_000 + "\n").encode(), "metrics.csv").problems
    assert len(problem.message) < 200


@given(st.lists(st.floats(), max_size=30), st.lists(st.integers(-(10**30), 10**30), max_size=30))
def test_numbers_come_back_to_the_bit(floats: list[float], ints: list[int]) -> None:
    text = HEADER + "".join(f"f,{i},,{x!r},\n" for i, x in enumerate(floats)) + "".join(f"i,{x},,{x},\n" for x in ints)
    found = parse(text.encode(), "metrics.csv")
    assert same(found.series.get("f", ([], [], []))[2], floats)
    assert same(found.series.get("i", ([], [], [])), (ints, [None] * len(ints), ints))


def test_a_time_is_a_number_or_nothing() -> None:
    found = parse(b"name,time,value\na,1700000000.123,1\na,,1\na,5,1\n", "metrics.csv")
    assert found.series["a"][1] == [1700000000.123, None, 5.0]
    assert all(time is None or math.isfinite(time) for time in found.series["a"][1])
