"""What stands for very many runs in few objects gives them back as they were."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from hashlib import blake2b

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runpages.format.discovery import RunFolder
from runpages.format.records import Problem
from runpages_site.packed import FoundRuns, Names
from runpages_site.stamp import Listed, Stamp
from runpages_site.write.run_notes import RunNote, RunNotes
from tests.examples import examples

names = st.text(st.characters(exclude_characters="\0/"), min_size=1, max_size=6)
keys = st.sampled_from(["", "k", "00" * 12, "AB" * 12, "ab " * 8]) | st.binary(min_size=12, max_size=12).map(bytes.hex)
stamps = st.builds(
    Stamp,
    keys,
    st.floats(0, 2e9),
    source=st.sampled_from(["run-folder", "other"]),
    files=st.sampled_from([(), (Listed("run.json", 3, 5, ""),)]),
    may_be_in_pieces=st.booleans(),
    models=st.just(()),
    kept=st.sampled_from([None, "read"]),
)
folders = st.builds(RunFolder, st.sampled_from("ab"), names, st.just(""), stamps | st.just(True))
notes = st.builds(
    RunNote,
    keys,
    st.integers(0, 2**40),
    st.none() | st.just({"word": "Running"}),
    st.sampled_from([(), (Problem("a", 1, "b", "c"),)]),
    st.booleans(),
)


def at_home(run: RunFolder) -> RunFolder:
    return run._replace(path=f"runs/{run.experiment}/{run.name}")


@settings(max_examples=examples(0.2))
@given(st.lists(folders | folders.map(at_home)), st.integers(-9, 9), st.integers(-9, 9))
def test_found_runs_come_back_in_their_order(runs: list[RunFolder], start: int, end: int) -> None:
    packed = FoundRuns(runs)
    assert packed == runs and len(packed) == len(runs)
    assert packed[start:end] == runs[start:end] and packed[::-2] == runs[::-2]
    assert [packed[at] for at in range(len(runs))] == runs
    for part in packed.parts:
        rows = range(0, len(part.newest), 2)
        assert [*part.at(rows).runs()] == [*part.runs()][::2]
    with pytest.raises(IndexError):
        packed[len(runs)]


@settings(max_examples=examples(0.2))
@given(st.lists(names))
def test_names_come_back(known: list[str]) -> None:
    packed = Names.of(known)
    assert packed == known and len(packed) == len(known)
    assert packed.sorted() == sorted(known)
    assert all(packed.sorted().row(name) == sorted(known).index(name) for name in known)
    assert packed.sorted().row("/") is None


@settings(max_examples=examples(0.2))
@given(st.dictionaries(names, notes), st.dictionaries(names, notes), st.data())
def test_notes_of_runs_come_back_with_what_changed(
    before: dict[str, RunNote], new: dict[str, RunNote], data: st.DataObject
) -> None:
    packed = RunNotes.of(before)
    assert dict(packed) == before and [*packed] == sorted(before)
    assert "/" not in packed and packed.get("/") is None
    assert packed.shown == [name for name in sorted(before) if before[name].shown]
    assert packed.size == sum(note.bytes for note in before.values() if note.shown)
    assert dict(packed.changed(Names.of(sorted({*before, *new})), new)) == {**before, **new}
    some = data.draw(st.sets(st.sampled_from(sorted(before)), max_size=1)) if before else set[str]()
    changed = {name: RunNote("ab" * 12, 7) for name in some}
    assert dict(packed.changed(packed.names, changed)) == {**before, **changed}
    assert {note.key for note in packed.without_keys().values()} <= {""}


def test_a_found_run_takes_little_room() -> None:
    def found(count: int) -> Iterator[RunFolder]:
        for at in range(count):
            key = blake2b(b"%d" % at, digest_size=12).hexdigest()
            yield RunFolder("demo", f"run-{at:06d}", f"runs/demo/run-{at:06d}", Stamp(key, at / 7))

    tracemalloc.start()
    kept = FoundRuns(found(20_000))
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert size / len(kept) < 60, "objects take more than 400 bytes a run"
