"""The shards of an experiment: every run is in one, and new runs leave the older ones as they are."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from runpages_site.page import shards
from tests.examples import examples

blocks = st.lists(st.integers(64, 256), max_size=40)


def cut(rows: list[int]) -> list[list[int]]:
    """The blocks of each shard, newest first, of shards of 500 runs."""
    size, shards.SIZE = shards.SIZE, 500
    try:
        return [rows[part] for part in shards.shards(rows)]
    finally:
        shards.SIZE = size


@settings(max_examples=examples(0.2))
@given(blocks)
def test_every_run_is_in_a_shard_and_the_newest_has_less_than_two(rows: list[int]) -> None:
    found = cut(rows)
    assert [row for part in found for row in part] == rows
    assert sum(found[0]) < 2 * 500 + 256
    assert all(500 <= sum(part) < 500 + 256 for part in found[1:])
    assert len(found) == 1 or sum(found[0]) >= 500


@settings(max_examples=examples(0.2))
@given(blocks, blocks)
def test_new_runs_change_the_newest_shard_only(new: list[int], rows: list[int]) -> None:
    before, after = cut(rows), cut([*new, *rows])
    older = before[1:]
    assert not older or after[-len(older) :] == older


def test_usual_experiments_have_one_shard() -> None:
    assert shards.shards([]) == [slice(0, 0)]
    assert shards.shards([128] * 781) == [slice(0, 781)]
    assert not shards.are_many(99_999) and shards.are_many(100_000)
