"""The notes of a build: what goes in comes back, and what is damaged or unfinished is nothing."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runpages.format.records import Problem
from runpages_site.model import ExperimentEntry, MetricSummary, RunSummary
from runpages_site.searched import SearchBlock, SearchEntry
from runpages_site.write.build_cache import (
    FORMAT,
    KINDS,
    STATE,
    UNFINISHED,
    ExperimentNote,
    Notes,
    RunNote,
    State,
    entry_of,
    files_of,
    line_of,
    plain,
    summary_of,
)
from runpages_site.write.site_folder import NOTES

PROBLEM = Problem("metrics.csv", 3, "The line is torn", "Line skipped")
LIVE = {"status": "Running", "host": "h", "pid": 5}
METRIC = MetricSummary(3, 0.5, -1.5, 2, None, (0, None, 1000), "min", "s")
WORD = MetricSummary(1, None, None, None, "nan", ())
RUN = RunSummary(
    path="e/x/a.html", id="a", title="\ud800 ü", number=7, status="Failed", damaged=True, created=1.5, started=2.0,
    ended=3.25, last_write=4.0, parent="p", host="h", params={"lr": 0.1, "deep": {"big": 10**30, "list": [1, None]}},
    tags={"base": None, "k": "v"}, metrics={"loss": METRIC, "word": WORD}, note="Why", error="E: no",
)  # fmt: skip
ENTRY = ExperimentEntry(
    path="e/x/index.html", name="x", description="About", runs=2, counts={"Failed": 1, "": 1}, metric="loss",
    aggregate="min", best="0.5000", best_exact="0.5", best_of="a", best_run=RUN, is_best=True,
    spark=(1.0, 0.5), mark=1, latest=(RUN,),
    newest={"bad": RUN},
    began=1.0, last_write=4.0, spans=(1.25, 2.5), days={20_000: 2, -3: 1},
    failing=(RUN,), search=SearchEntry(("note=About",), (SearchBlock(2, 100, 2.0, "x"),)),
)  # fmt: skip


def state() -> State:
    runs = {
        "a": RunNote("key", 10, None, (PROBLEM,), shown=True),
        "b": RunNote("", 0, LIVE, (), shown=False),
    }
    entry = json.loads(json.dumps(plain(ENTRY)))
    return State("home", 1000, {"x": ExperimentNote("k", "s", entry, 50, (PROBLEM,), runs)})


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path)


def test_a_state_comes_back(notes: Notes) -> None:
    assert notes.state() == State("", 0, {})
    notes.put_rows("x", b"[]")
    notes.finish(state())
    assert notes.state() == state()
    assert entry_of(notes.state().experiments["x"].entry) == ENTRY


def test_until_a_build_ends_nothing_is_believed_and_its_places_are_known(notes: Notes, tmp_path: Path) -> None:
    notes.put_rows("x", b"[]")
    notes.finish(state())
    assert notes.unfinished() == []
    notes.begin(["b", "a", "b"])
    assert notes.state() == State()
    assert notes.unfinished() == ["a", "b"]
    notes.begin(["c"])  # The next one may write elsewhere, and is killed as well.
    assert notes.unfinished() == ["a", "b", "c"]
    notes.put_rows("x", b"[]")
    notes.finish(state())
    assert notes.unfinished() == []
    assert notes.state() == state()
    assert sorted(path.name for path in (tmp_path / NOTES).iterdir()) == ["rows", STATE]


@pytest.mark.parametrize("places", ["text", {"a": 1}, None, 3])
def test_places_that_are_no_list_are_none(notes: Notes, tmp_path: Path, places: Any) -> None:
    notes.begin([])
    (tmp_path / NOTES / UNFINISHED).write_text(json.dumps({"places": places}))
    assert notes.unfinished() == []
    (tmp_path / NOTES / UNFINISHED).write_text(json.dumps({"places": ["a", 3, None]}))
    assert notes.unfinished() == ["a"]


def damaged() -> list[Any]:
    def known() -> Any:
        run = ["key", 10, None, [], True]
        return {"format": FORMAT, "home": "", "bytes": 1, "experiments": {"x": ["k", "s", {}, 5, [], {"a": run}]}}

    def changed(change: Any) -> Any:
        made = known()
        change(made)
        return made

    return [
        known() | {"format": FORMAT + 1}, {key: value for key, value in known().items() if key != "format"},
        {key: value for key, value in known().items() if key != "bytes"}, known() | {"experiments": []},
        known() | {"experiments": None}, changed(lambda made: made["experiments"]["x"].pop()),
        changed(lambda made: made["experiments"]["x"][5]["a"].pop()),
        changed(lambda made: made["experiments"]["x"].__setitem__(4, [["too", "few"]])), [], "x", None,
    ]  # fmt: skip


@pytest.mark.parametrize("known", damaged())
def test_damaged_notes_are_no_notes(notes: Notes, tmp_path: Path, known: Any) -> None:
    notes.put_rows("x", b"[]")
    notes.finish(state())
    (tmp_path / NOTES / STATE).write_text(json.dumps(known))
    assert notes.state() == State()


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000])
def test_notes_that_are_no_document_are_no_notes(notes: Notes, tmp_path: Path, data: bytes) -> None:
    notes.begin(["a"])
    (tmp_path / NOTES / UNFINISHED).write_bytes(data)
    assert notes.unfinished() == []
    (tmp_path / NOTES / UNFINISHED).unlink()
    (tmp_path / NOTES / STATE).write_bytes(data)
    assert notes.state() == State()


def test_lines_come_back_by_the_folder_of_the_run(notes: Notes, tmp_path: Path) -> None:
    assert notes.lines("x y") == {}
    lines = [line_of("a", ["e/x/a.html"], RUN), line_of("\ud800\tü", [], None)]
    notes.put_lines("x y", lines)
    assert notes.lines("x y") == {"a": lines[0], "\ud800\tü": lines[1]}
    assert notes.lines("x") == {}
    notes.put_lines("x y", [])
    assert notes.lines("x y") == {}
    assert list((tmp_path / NOTES / "runs").iterdir()) == []
    notes.put_lines("x y", [])


def test_a_line_tells_a_run_its_files_and_its_summary() -> None:
    line = line_of("a\tb", ["e/x/a.html", "e/x/a\t1/points.js"], RUN)
    assert b"\n" not in line
    assert files_of(line) == ["e/x/a.html", "e/x/a\t1/points.js"]
    assert summary_of(line) == RUN
    assert summary_of(line_of("a", [], None)) is None


def test_numbers_that_json_does_not_have_come_back() -> None:
    one = summary_of(line_of("a", [], replace(RUN, params={"x": math.inf, "y": math.nan})))
    assert one is not None
    assert one.params["x"] == math.inf
    assert one.params["y"] != one.params["y"]


def test_what_was_read_of_runs_that_are_no_more_is_forgotten(notes: Notes) -> None:
    for kind in KINDS:
        for experiment, run in RUNS:
            notes.put_known(kind, experiment, run, {"run": [kind, experiment, run]})
    notes.forget("x", ["a", "never"])
    known = {(kind, *run): notes.known(kind, *run) for kind in KINDS for run in RUNS}
    assert known == {one: {} if one[1:] == ("x", "a") else {"run": list(one)} for one in known}


RUNS = [("x", "a"), ("x", "b"), ("y", "a")]
