"""Blocks of an experiment's runs: together they give what all runs give at once."""

from __future__ import annotations

import csv
import io
import json
import math
import tracemalloc
from collections.abc import Mapping, Sequence
from dataclasses import fields as fields_of
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runpages_site import family, goal, logged, select, summaries
from runpages_site.index import Runs
from runpages_site.model import ExperimentSummary, ModelSummary, RunSummary
from runpages_site.page import csv_head, fields, json_of, runs_csv, runs_json, shards, table_names
from runpages_site.page.blocks import logged_of
from runpages_site.page.columns import columns
from runpages_site.page.data_scripts import run_lists, runs_script
from runpages_site.page.part import CSV, JSON, SHORT, Part, known_runs, part_of, restored, stored, together
from runpages_site.page.search_index import search_entry
from runpages_site.write.run_blocks import RunBlock, RunBlocks, dump
from runpages_site.write.summary_notes import line_of
from tests.examples import examples

from .test_columns import RUN, summary
from .test_data import put

PATH = "e/x/index.html"
MODEL = ModelSummary("m", 2, 1, "e/x/a.html", "a", {"k": None}, 1.5)

texts = st.sampled_from(["", "a", "b,c", 'q"\r\n', "ü\u2028", "\ud800", "\x1b", "nan"])
params = st.one_of(
    st.integers(0, 2), st.floats(), st.booleans(), st.none(), texts, st.just(2**70), st.lists(texts, max_size=2)
)
curves = st.lists(st.sampled_from([1, 2.5, math.nan, math.inf, "stop", True, 10**40]), min_size=1, max_size=3)


@st.composite
def runs(draw: st.DrawFn) -> RunSummary:
    metrics = draw(st.dictionaries(st.sampled_from(["loss", "acc", "state"]), curves, max_size=3))
    stated = draw(st.sampled_from([None, "min", "max"]))
    return replace(
        RUN,
        id=draw(texts),
        title=draw(texts),
        number=draw(st.sampled_from([None, 1, 2**70])),
        status=draw(st.sampled_from([None, "Completed", "Failed"])),
        damaged=draw(st.booleans()),
        started=draw(st.sampled_from([None, 1.0, 5.5])),
        models=draw(st.sampled_from([(), (MODEL,)])),
        note=draw(texts),
        params=draw(st.dictionaries(st.sampled_from(["lr", "a.b", "\ud800"]), params, max_size=3)),
        tags=draw(st.dictionaries(st.sampled_from(["k", "l"]), st.none() | texts, max_size=2)),
        metrics={name: replace(summary(*curve), goal=stated, unit=stated) for name, curve in metrics.items()},
    )


class Whole(NamedTuple):
    runs: Sequence[RunSummary]

    def read(self, row: int) -> RunSummary:
        return self.runs[row]

    def params(self, row: int) -> Mapping[str, object]:
        return self.runs[row].params


def parts_of(found: Sequence[RunSummary], size: int) -> list[Part]:
    return [part_of(PATH, "x", None, found[at : at + size]) for at in range(0, len(found), size)]


def back(part: Part) -> Part:
    """A part as it comes back."""
    data, files = stored(part)
    return restored(data, lambda place, size: files[place : place + size])


def experiment(found: Sequence[RunSummary]) -> ExperimentSummary:
    return ExperimentSummary(PATH, "x", None, None, {}, found, *select.main_metric(found))


def same(one: object, other: object) -> bool:
    return repr(one) == repr(other)  # nan is not equal to itself


@settings(max_examples=examples(0.5))
@given(st.lists(runs(), min_size=1, max_size=6), st.integers(1, 6), st.integers(0, 5))
def test_parts_together_are_the_whole(found: list[RunSummary], size: int, single: int) -> None:
    """Those of blocks, and of older ones in one."""
    parts = [back(part) for part in parts_of(found, size)]
    assert same([stored(part) for part in parts], [stored(part) for part in parts_of(found, size)])
    known = known_runs(parts, [Whole(found[at : at + size]) for at in range(0, len(found), size)])
    assert_whole(found, known, parts)
    older = together(parts[single:]) if parts[single:] else None
    if older is None:
        assert not parts[single:] or len({part.metric for part in parts[single:]}) > 1
        return
    assert older.members == len(parts[single:])
    fewer, start = [*parts[:single], back(older)], single * size
    rest = [Whole(found[at : at + size]) for at in range(0, start, size)]
    assert_whole(found, known_runs(fewer, [*rest, Whole(found[start:])]), fewer)
    one = experiment(known)
    assert same(values_of(one, fewer), values_of(one, parts))


def values_of(one: ExperimentSummary, parts: Sequence[Part]) -> list[tuple[object, ...]]:
    """What is shown of each column, and its values as browsers read them."""
    blocks = [part.block for part in parts]
    return [
        (found.key, found.type, found.count, found.varies, found.leading, found.facts,
         [{which: [value.encode() for value in some] for which, some in shard.items()} for shard in found.shards])
        for found in columns(one, blocks)
    ]  # fmt: skip


def assert_whole(found: Sequence[RunSummary], known: summaries.KnownRuns, parts: Sequence[Part]) -> None:
    """The parts and the runs that are known by them say what the runs do."""
    whole, blocks = experiment(tuple(found)), experiment(known)
    for one, run in zip(known, found, strict=True):
        for name in (field.name for field in fields_of(RunSummary)):
            assert same(getattr(one, name), getattr(run, name)), name
    for name in (*SHORT, "models"):
        assert same(known.column(name), [getattr(run, name) for run in found]), name
    assert same(summaries.begins(known), summaries.begins(found))
    assert summaries.statuses(known) == summaries.statuses(found)
    assert same(family.nested(known), family.nested(found))
    assert same([run.path for run in family.own(known)], [run.path for run in family.own(found)])
    assert summaries.metric_facts(known) == summaries.metric_facts(found)
    assert (blocks.metric, blocks.goal) == (whole.metric, whole.goal)
    for name in summaries.metric_facts(found):
        assert goal.of_metric(blocks, name) == goal.of_metric(whole, name)
        for which in logged.AGGREGATES:
            assert same([*known.values(name, which)], [*summaries.values(found, name, which)])
    names, logs = logged_of([part.block for part in parts]), logged.of(found)
    assert [*names.params] == [*logs.params] and [*names.tags] == [*logs.tags]
    for name, values in logs.params.items():
        assert logged.varies(names.params[name]) == logged.varies(values)
    assert search_entry(blocks, names, ()) == search_entry(whole, logs, ())
    assert tables(blocks, names, parts) == tables_at_once(whole)
    assert put(runs_script(blocks, [part.lists for part in parts])) == put(runs_script(whole, [run_lists(whole)]))


def tables(one: ExperimentSummary, names: logged.Logged, parts: Sequence[Part]) -> tuple[list[list[str]], Any]:
    columns = table_names(one, names)
    rows = [part.by(columns) for part in parts]
    return read(
        csv_head(columns) + b"".join(row.file(CSV) for row in rows), json_of(columns, [row.file(JSON) for row in rows])
    )


def tables_at_once(one: ExperimentSummary) -> tuple[list[list[str]], Any]:
    table = list(fields(one, logged.of(one.runs)))
    return read(runs_csv(table), runs_json(table))


def read(as_csv: bytes, as_json: bytes) -> tuple[list[list[str]], Any]:
    return list(csv.reader(io.StringIO(as_csv.decode(), newline=""))), json.loads(as_json)


def test_older_runs_are_one_part_that_new_runs_leave_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SIZE", 4)
    many = [replace(RUN, id=f"r{at}", path=f"e/x/r{at}.html", params={"lr": at % 3}) for at in range(20)]
    store, clean = RunBlocks(tmp_path / "a", "x"), RunBlocks(tmp_path / "b", "x")

    def blocks(store: RunBlocks, newest: int) -> list[RunBlock]:
        pairs = [many[at : at + 2] for at in range(0, newest, 2)]
        return [
            store.put([run.id for run in reversed(pair)], [line_of([], run) for run in reversed(pair)])
            for pair in reversed(pairs)
        ]

    first = Runs(store, blocks(store, 16), "1", PATH, "x", None)
    assert [part.members for part in first.parts] == [1, 1, 2, 2, 2]
    older = [block.key for block in blocks(store, 12)]
    for key in older:  # What they are together is read in their place.
        (tmp_path / f"a/.runpages/runs/x/{key}.part").unlink()
    after = blocks(store, 18)
    again, made = Runs(store, after, "1", PATH, "x", None), Runs(clean, blocks(clean, 18), "1", PATH, "x", None)
    assert [part.members for part in again.parts] == [1, 1, 1, 2, 2, 2]
    assert [stored(part) for part in again.parts] == [stored(part) for part in made.parts]
    assert [run.params["lr"] for run in again.known] == [at % 3 for at in reversed(range(18))]
    assert not any((tmp_path / f"a/.runpages/runs/x/{key}.part").exists() for key in older)
    store.keep([block.key for block in after[:1]])
    assert {path.name.partition(".")[0] for path in (tmp_path / "a/.runpages/runs/x").iterdir()} == {after[0].key}


@pytest.mark.parametrize("damage", [b"", b"{}", b"1,2\n", stored(part_of(PATH, "x", None, [RUN]))[0][:-1]])
def test_a_damaged_part_is_refused(damage: bytes) -> None:
    with pytest.raises((ValueError, TypeError)):
        restored(damage, lambda place, size: b"")


@pytest.mark.parametrize("left", [0, 10, 30, 45, -1])
def test_a_part_that_is_torn_anywhere_is_missing(tmp_path: Path, left: int) -> None:
    store = RunBlocks(tmp_path, "x")
    kept = store.put_part("0" * 24, "made", b"data" * 5, b"files")
    assert store.part("0" * 24, "made") == kept and kept.read(1, 3) == b"ile"
    assert store.part("0" * 24, "other") is None
    path = Path(kept.path)
    path.write_bytes(path.read_bytes()[:left])
    assert store.part("0" * 24, "made") is None
    with pytest.raises(ValueError, match="torn"):
        kept.read(0, 5)


def test_many_lines_take_the_memory_of_their_bytes() -> None:
    tracemalloc.start()
    try:
        lines = [dump({"metrics": [at] * 50}) for at in range(200)]
        assert tracemalloc.get_traced_memory()[0] < sum(map(len, lines)) + 200 * len(lines)
    finally:
        tracemalloc.stop()


def test_rows_have_the_columns_of_all_runs_from_the_first_build_on(tmp_path: Path) -> None:
    store = RunBlocks(tmp_path, "x")
    tags: dict[str, dict[str, str | None]] = {"b": {"late": "1", "early": None}, "a": {"early": "2"}}
    blocks = [store.put([name], [line_of([], replace(RUN, id=name, tags=tags[name]))]) for name in tags]
    first = Runs(store, blocks, "1", PATH, "x", None)
    columns = table_names(experiment(first.known), logged_of(first.blocks))
    assert columns[6:] == ["tag.late", "tag.early"] and first.parts[1].columns != columns
    lines = [part.file(CSV) for part in first.by(columns)]
    again = Runs(store, blocks, "1", PATH, "x", None)
    assert [part.columns for part in again.parts] == [columns, columns]
    assert [part.file(CSV) for part in again.parts] == lines == [part.file(CSV) for part in again.by(columns)]
    assert b"".join(lines) == runs_csv(list(fields(*whole(tags))))[len(csv_head(columns)) :]


def whole(tags: dict[str, dict[str, str | None]]) -> tuple[ExperimentSummary, logged.Logged]:
    found = [replace(RUN, id=name, tags=tags[name]) for name in tags]
    return experiment(found), logged.of(found)
