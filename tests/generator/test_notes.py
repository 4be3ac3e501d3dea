"""The notes of a build: what goes in comes back, and what is damaged or unfinished is nothing."""

from __future__ import annotations

import json
import math
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runpages.format.records import Problem
from runpages_site.model import ExperimentEntry, MetricSummary, RunSummary
from runpages_site.page.pieces import of_texts
from runpages_site.searched import SearchBlock, SearchEntry
from runpages_site.write.build_cache import (
    FORMAT,
    KINDS,
    STATE,
    UNFINISHED,
    ExperimentNote,
    Look,
    Notes,
    State,
    named,
)
from runpages_site.write.run_blocks import MOST, Line, RunBlock, RunBlocks, arranged, dump
from runpages_site.write.run_notes import RunNote, RunNotes
from runpages_site.write.site_folder import NOTES
from runpages_site.write.summary_notes import entry_of, line_of, plain, summary_of
from tests.examples import examples

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
    note = ExperimentNote("k", "s", entry, 50, (PROBLEM,), RunNotes.of(runs))
    look = Look("l", {"a.js": "assets/a.01.js"}, {"logs": ["a"]})
    return State("home", 1000, {"x": note}, all_runs=("00ff",), look=look)


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path)


def test_a_state_comes_back(notes: Notes) -> None:
    assert notes.state() == State("", 0, {})
    notes.finish(state())
    assert named(notes.state(), [("x", "a"), ("x", "b"), ("y", "b")]) == state()
    assert entry_of(notes.state().experiments["x"].entry) == ENTRY


def test_until_a_build_ends_nothing_is_believed_and_its_places_are_known(notes: Notes, tmp_path: Path) -> None:
    notes.finish(state())
    assert notes.unfinished() == []
    notes.begin(["b", "a", "b"])
    assert notes.state() == State()
    assert notes.unfinished() == ["a", "b"]
    notes.begin(["c"])  # The next one may write elsewhere, and is killed as well.
    assert notes.unfinished() == ["a", "b", "c"]
    notes.finish(state())
    assert notes.unfinished() == []
    assert named(notes.state(), [("x", "a"), ("x", "b"), ("y", "b")]) == state()
    assert sorted(path.name for path in (tmp_path / NOTES).iterdir()) == [STATE]


@pytest.mark.parametrize("places", ["text", {"a": 1}, None, 3])
def test_places_that_are_no_list_are_none(notes: Notes, tmp_path: Path, places: Any) -> None:
    notes.begin([])
    (tmp_path / NOTES / UNFINISHED).write_text(json.dumps({"places": places}))
    assert notes.unfinished() == []
    (tmp_path / NOTES / UNFINISHED).write_text(json.dumps({"places": ["a", 3, None]}))
    assert notes.unfinished() == ["a"]


def damaged() -> list[Any]:
    def known() -> Any:
        runs = ["a", "00" * 12, [10], {"a": ["key", 10, None, [], True, []]}]
        experiments = {"x": ["k", "s", {}, 5, [], runs, None, [], []]}
        more: dict[str, Any] = {"comparisons": {}, "all_runs": [], "look": ["", {}, {}, {}], "manifest": None}
        models: dict[str, Any] = {"models": ["", [], []]}
        return {"format": FORMAT, "home": "", "bytes": 1, "experiments": experiments, **more, **models}

    def changed(change: Any) -> Any:
        made = known()
        change(made)
        return made

    return [
        known() | {"format": FORMAT + 1}, {key: value for key, value in known().items() if key != "format"},
        {key: value for key, value in known().items() if key != "bytes"}, known() | {"experiments": []},
        known() | {"experiments": None}, changed(lambda made: made["experiments"]["x"].pop()),
        *(changed(lambda made, at=at: made["experiments"]["x"][5].pop(at)) for at in range(4)),
        *(changed(lambda made, at=at: made["experiments"]["x"][5].__setitem__(at, "")) for at in range(4)),
        changed(lambda made: made["experiments"]["x"][5][3]["a"].append(1)),
        changed(lambda made: made["experiments"]["x"].__setitem__(4, [["too", "few"]])), [], "x", None,
    ]  # fmt: skip


@pytest.mark.parametrize("known", damaged())
def test_damaged_notes_are_no_notes(notes: Notes, tmp_path: Path, known: Any) -> None:
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


def line(name: str, **known: Any) -> Line:
    return line_of([f"e/x/{name}.html", f"e/x/{name}/a\t1"], replace(RUN, id=name, **known))


def test_blocks_of_runs_come_back(tmp_path: Path) -> None:
    store = RunBlocks(tmp_path, "x y")
    new = {"a": line("a", started=1.0), "\ud800\tü": line("b", started=2.0)}
    [block] = arranged(store, [], new.keys(), new)
    assert store.read([block.key, "none"]) == [block]
    assert block.names == ["\ud800\tü", "a"], "newest first"
    assert [store.line(block, name) for name in block.names] == [new["\ud800\tü"], new["a"]]
    assert block.files == [*new["\ud800\tü"].files, *new["a"].files]
    assert [summary_of(one).id for one in store.lines(block)] == ["b", "a"]
    assert block.shared == sorted(block.files), "none is below the folder of the experiment"
    [path] = (tmp_path / NOTES / "runs").glob("*/*")
    whole = path.read_bytes()
    flipped = whole[: block.start] + bytes([whole[block.start] ^ 1]) + whole[block.start + 1 :]
    for damage in (whole[:-1], flipped, b"", b"{}\n", b"[1,2,3,0]\n"):
        path.write_bytes(damage)
        assert store.read([block.key]) == []
    store.keep([])
    assert not path.parent.exists()


names = st.dictionaries(st.integers(0, 700), st.integers(0, 900))


@settings(max_examples=examples(0.15), deadline=None)
@given(st.lists(names, min_size=1, max_size=4))
def test_blocks_are_those_of_the_runs_whatever_was_before(rounds: list[dict[int, int]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        store, blocks, known = RunBlocks(Path(place), "x"), list[RunBlock](), dict[str, Line]()
        for ages in rounds:
            # Runs come and go and change, and all the others stay.
            new = {f"r{name}": line(f"r{name}", started=float(age)) for name, age in ages.items()}
            fill = {f"s{at}": line(f"s{at}", started=at / 3) for at in range(400)} if not known else {}
            known = {name: one for name, one in (known | fill | new).items() if int(name[1:]) % 7 or name in new}
            blocks = arranged(
                store, blocks, known.keys(), {name: known[name] for name in (fill | new) if name in known}
            )
            clean = arranged(RunBlocks(Path(place, "clean"), "x"), [], known.keys(), known)
            assert blocks == store.read(block.key for block in blocks)
            assert [one._replace(file="") for one in blocks] == [one._replace(file="") for one in clean]
            assert all(len(block.names) <= MOST for block in blocks)
            store.keep([block.key for block in blocks])
            found = {name: store.line(block, name) for block in blocks for name in block.names}
            assert found == known


def test_a_new_run_changes_one_block(tmp_path: Path) -> None:
    store = RunBlocks(tmp_path, "x")
    lines = {f"r{at:04}": line(f"r{at}", started=float(at)) for at in range(2_000)}
    before = arranged(store, [], lines.keys(), lines)
    assert len(before) > 10
    for name in ("r1000", "r2000", "r0000"):
        one = {name: line(name, started=float(name[1:]), title="other")}
        after = arranged(store, before, {*lines, name}, one)
        assert len({block.key for block in after} - {block.key for block in before}) == 1
        assert after == arranged(store, [], {*lines, name}, lines | one)


def test_a_run_that_begins_at_another_time_moves(tmp_path: Path) -> None:
    store = RunBlocks(tmp_path, "x")
    lines = {f"r{at:04}": line(f"r{at}", started=float(at)) for at in range(400)}
    before, moved = arranged(store, [], lines.keys(), lines), {"r0100": line("r100", started=1_000.0)}
    after = arranged(store, before, lines.keys(), moved)
    assert after[0].names[0] == "r0100"
    assert after == arranged(store, [], lines.keys(), lines | moved)


def test_numbers_that_json_does_not_have_come_back() -> None:
    for value in (math.inf, 10**30, 2**64, -0.0, 1e300):
        assert summary_of(line("a", params={"x": value}).summary).params == {"x": value}
    one = summary_of(line("a", params={"x": math.nan}).summary)
    assert one.params["x"] != one.params["x"]
    assert summary_of(line_of([], RUN).summary) == RUN


def test_what_was_read_of_runs_that_are_no_more_is_forgotten(notes: Notes) -> None:
    for kind in KINDS:
        for experiment, run in RUNS:
            notes.put_known(kind, experiment, run, {"run": [kind, experiment, run]})
    notes.forget("x", ["a", "never"])
    known = {(kind, *run): notes.known(kind, *run) for kind in KINDS for run in RUNS}
    assert known == {one: {} if one[1:] == ("x", "a") else {"run": list(one)} for one in known}


RUNS = [("x", "a"), ("x", "b"), ("y", "a")]


@pytest.mark.parametrize("make", [lambda: dump({"x": [0.5] * 100}), lambda: of_texts(["a" * 50, "b"] * 50).data])
def test_what_is_kept_of_runs_takes_the_memory_of_its_bytes(make: Callable[[], bytes]) -> None:
    make()
    tracemalloc.start()
    try:
        kept = [make() for _ in range(100)]
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert taken < 1.5 * sum(map(sys.getsizeof, kept))
