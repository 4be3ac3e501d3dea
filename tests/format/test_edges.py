"""Where one rule of the format ends and the next begins: lengths, defaults, and what a system does not offer."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from runpages.format import arrow, csv_columns, status, stream
from runpages.format.csv_rows import step_of, time_of
from runpages.format.errors import UserError
from runpages.format.layout import artifact_path
from runpages.format.read import read_run
from runpages.format.records import Problem, Whole
from runpages.format.stream import START, Stream, fastest, parse, problems_of

# --- what is cut -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "shown"), [(60, "x" * 60), (61, "x" * 60 + "…")])
def test_a_header_is_told_up_to_its_sixtieth_character(length: int, shown: str) -> None:
    [problem] = parse(b"x" * length + b"\n", "metrics.csv").problems
    assert problem.message.startswith(f"The header is {shown!r}. It needs the columns name and value")


def test_a_step_and_a_time_are_told_up_to_their_fortieth_character() -> None:
    with pytest.raises(ValueError, match=rf"^The step '{'9' * 40}' is not a finite number$"):
        step_of("9" * 400, 0)
    with pytest.raises(ValueError, match=rf"^The time '{'9' * 40}' is not a time; write it like"):
        time_of("9" * 400)


@pytest.mark.parametrize("letter", ["b", "é"])
def test_an_artifacts_name_has_a_thousand_bytes_at_most(letter: str) -> None:
    name = "a/" * 499 + letter * (2 // len(letter.encode()))
    assert artifact_path(name) == name
    with pytest.raises(UserError, match="is longer than 1000 bytes; give a shorter one"):
        artifact_path(f"{name}b")


# --- a stream ----------------------------------------------------------------------------------------------


def test_a_stream_is_not_growing_nor_made_by_hand_unless_it_is_said() -> None:
    reading = Stream(io.BytesIO(b"name,value\na,1\na,2"), "metrics.csv")
    assert list(reading) == [{"a": ([0], [None], [1])}]
    assert reading.tail == {}
    assert [(problem.line, problem.message) for problem in reading.problems] == [(3, "The line is incomplete: a,2")]


def test_without_bad_lines_nothing_is_told() -> None:
    assert problems_of([], "metrics.csv") == []


@pytest.mark.parametrize("loaded", [True, False])
def test_a_file_is_read_by_pyarrow_where_it_is_large(monkeypatch: pytest.MonkeyPatch, loaded: bool) -> None:
    monkeypatch.setattr(stream, "LARGE", 3_200)
    if loaded:
        monkeypatch.setitem(sys.modules, "pyarrow", pytest.importorskip("pyarrow"))
    else:
        monkeypatch.delitem(sys.modules, "pyarrow", raising=False)
    large = 100 if loaded else 3_200
    ours = stream.BLOCK, csv_columns.by_column
    assert fastest(large - 1) == ours
    with patch.object(arrow, "block_reader", return_value=csv_columns.by_column):
        assert fastest(large) == (arrow.BLOCK, csv_columns.by_column)
    with patch.object(arrow, "block_reader", return_value=None):
        assert fastest(large) == ours


def test_what_is_left_of_a_file_says_how_it_is_read() -> None:
    data = b"name,value\n" + b"a,1\n" * 10
    first = Stream(io.BytesIO(data[:31]), "metrics.csv", START)
    list(first)
    with patch.object(stream, "fastest", side_effect=stream.fastest) as asked:
        list(Stream(io.BytesIO(data), "metrics.csv", first.position))
    assert [call.args for call in asked.call_args_list] == [(20,)]


# --- the owner of a run ------------------------------------------------------------------------------------


def test_an_owner_names_this_machine_and_its_processes() -> None:
    owner = status.owner()
    assert owner["host"] == os.uname().nodename
    assert owner["pid_namespace"] == os.readlink("/proc/self/ns/pid")


def test_a_system_without_namespaces_has_none() -> None:
    with patch.object(os, "readlink", side_effect=FileNotFoundError):
        assert status.owner()["pid_namespace"] is None


def test_a_run_elsewhere_is_not_responding_after_half_an_hour() -> None:
    assert status.SILENCE == 1_800


# --- records -----------------------------------------------------------------------------------------------


def test_a_problem_is_damage_unless_it_is_said_to_be_none() -> None:
    assert Problem("a", 1, "b", "c").damage
    assert Whole(5) == (5, 0, 0, 0, 0, None)


@pytest.mark.parametrize(("line", "damaged"), [("loss,1,,0.5,", False), ("loss,1,,0.5", True)])
def test_a_run_of_which_something_could_not_be_read_is_damaged(tmp_path: Path, line: str, damaged: bool) -> None:
    (tmp_path / "run.json").write_text('{"format": 1, "id": "a", "status": "Completed"}')
    (tmp_path / "metrics.csv").write_text(f"name,step,time,value,text\nloss,0,,0.5,\n{line}\n")
    assert read_run(str(tmp_path), now=0.0).damaged is damaged
