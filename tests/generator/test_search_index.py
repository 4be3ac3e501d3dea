"""What the search loads: every run is in a block, and the filters leave out no block that holds a text."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode
from collections.abc import Sequence
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from runpages_site import logged
from runpages_site.model import ExperimentEntry, ExperimentSummary, RunSummary
from runpages_site.page import entry_of, search_blocks, search_entry, search_scripts
from runpages_site.page import search_index as index
from runpages_site.write import summary_notes
from tests.examples import examples
from tests.generator.test_data import experiment, put, run

RUN: dict[str, Any] = {"tags": {"base": None, "k": "v"}, "params": {"o": {"lr": 0.1}}, "note": "Is *less*\nbetter?"}


def entry(one: ExperimentSummary) -> ExperimentEntry:
    return entry_of(one, search_entry(one, logged.of(one.runs), [block.entry for block in search_blocks(one)]))


def fields(block: dict[str, Any]) -> list[list[str]]:
    return [[block["words"][place] for place in places] for places in block["fields"]]


def test_a_run_is_found_by_why_it_failed() -> None:
    [block] = search_blocks(experiment(run("a", 1, status="Failed", error="ValueError: loss\nis nan", tags={"k": "v"})))
    assert fields(put(block.script))[0][:3] == ["status=Failed", "error=ValueError: loss is nan", "k=v"]


def test_a_run_has_its_status_tags_description_and_parameters_as_fields() -> None:
    [block] = search_blocks(experiment(run("b", 2, status=None), run("a", 1, **RUN)))
    known = put(block.script)
    assert fields(known) == [["status=Completed", "tag=base", "k=v", "note=Is less better?", "o.lr=0.1"], []]
    assert known["title"] == ["a", "b"], "the oldest first"
    assert known["id"] == [None, None], "the page is named for it"
    assert [known["words"][place] for place in known["metrics"][known["logged"][0]]] == ["metric=loss"]
    assert block.entry[:3] == (2, len(block.script), 1.0)


def test_long_fields_are_cut() -> None:
    [block] = search_blocks(experiment(run("a", 1, status=None, params={"x": "y" * 9_000, "z": 1})))
    assert list(map(len, fields(put(block.script))[0])) == [index.RUN_TEXT]
    prose = ExperimentSummary("e/x/index.html", "x", "short", "long " * 9_000, {"t": "1"}, (run("a", 1, **RUN),))
    found = entry(prose).search.fields
    assert found[:5] == ("note=short", "t=1", "metric=loss", "param=o.lr", "tag=base")
    assert sum(map(len, found)) == index.ENTRY_TEXT


def test_prose_is_searched_as_it_is_read() -> None:
    readme = "# About\n\nThe **best** of [many](https://example.org/" + "x" * 300 + ")."
    prose = ExperimentSummary("e/x/index.html", "x", "*Short*", readme, {}, (run("a", 1, **RUN),))
    assert [one for one in entry(prose).search.fields if one.startswith("note=")] == [
        "note=Short",
        "note=About The best of many.",
    ]


def test_the_names_of_many_experiments_stay_small() -> None:
    many = [entry(ExperimentSummary("e/x/index.html", "x", None, "long " * 9_000, {}, ()))] * 300
    [(path, data)] = search_scripts(many)
    assert path == "search.js" and len(data) < 2 * index.TOTAL_TEXT
    assert len(put(data)["experiments"]) == 300


def series(count: int) -> ExperimentSummary:
    """Runs with long parameters that all differ, so that blocks are soon full."""
    values: dict[str, Any] = {f"p{at}": 0.1 for at in range(6)}
    return experiment(
        *(run(f"run-{at}", at, params=values | {"own": f"value {at} " * 12}) for at in range(count, 0, -1))
    )


def test_a_new_run_changes_the_last_block_alone() -> None:
    before, after = search_blocks(series(700)), search_blocks(series(701))
    assert len(before) == len(after) > 3
    assert before[:-1] == after[:-1] and before[-1] != after[-1]
    assert all(len(block.script) < 1.2 * index.BLOCK_SIZE for block in before)
    assert sum(len(put(block.script)["title"]) for block in before) == 700


texts = st.text(min_size=1, max_size=12)


def bits(scripts: Sequence[tuple[str, bytes]], block: int) -> bytes:
    """The filter of a block, put together from its slices."""
    slices = [put(data)[block] for path, data in scripts if path.startswith("search/")]
    width = 2 * index.BUCKETS // 8 // index.SHARDS
    return b"".join(b64decode(one) or bytes(width) for one in slices)


@settings(max_examples=examples(0.2))
@given(texts, st.dictionaries(texts, texts, max_size=3))
@example("İstanbul ß 🦊x", {"lr": "0.1"})
def test_a_filter_marks_all_trigrams_and_words_of_a_block(title: str, tags: dict[str, str]) -> None:
    one = entry(experiment(run("a", 1, title=title, tags=tags)))
    scripts = list(search_scripts([one] * (index.UNFILTERED + 1)))
    assert len(scripts) == 1 + index.SHARDS
    found = bits(scripts, index.UNFILTERED)
    assert found == zlib.decompress(b64decode(one.search.blocks[0].marks))
    known = put(search_blocks(experiment(run("a", 1, title=title, tags=tags)))[0].script)
    for text in (known["title"][0], *known["words"]):
        low = text.lower()
        wanted = [index.trigram_bucket(*low[at : at + 3]) for at in range(len(low) - 2)]
        wanted += [at for word in index._WORD.findall(low) if len(word) <= 12 for at in index.word_buckets(word)]
        assert all(found[at >> 3] >> (at & 7) & 1 for at in wanted), text


def test_few_blocks_have_no_filters() -> None:
    scripts = list(search_scripts([entry(experiment(run("a", 1)))] * index.UNFILTERED))
    assert [path for path, _ in scripts] == ["search.js"]


def test_an_entry_comes_back_from_the_notes() -> None:
    failed = run("a", None, status="Failed", error="ValueError: no", **RUN)
    known = entry(experiment(run("b", 1), failed))
    assert known.failing[0].error == "ValueError: no"
    assert summary_notes.entry_of(json.loads(json.dumps(summary_notes.plain(known)))) == known


def test_runs_without_a_name_for_their_page_keep_their_id() -> None:
    odd: RunSummary = run("a", 1, id="other")
    assert put(search_blocks(experiment(odd))[0].script)["id"] == ["other"]
