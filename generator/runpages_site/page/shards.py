"""The runs of a large experiment in shards: browsers load the newest at first, and others when they need them."""

from __future__ import annotations

from collections.abc import Sequence

SIZE = 50_000
"""Runs of a shard, and a few more, since it ends where a block does. The newest has less than twice as many."""


ALL = slice(None)
"""All blocks in one shard."""


def are_many(runs: int) -> bool:
    """Whether so many runs may have more than one shard."""
    return runs >= 2 * SIZE


def shards(rows: Sequence[int]) -> list[slice]:
    """Which blocks make each shard, newest first, from the number of runs of each block, newest first.

    Shards are counted from the oldest run, so that new runs change the newest shard only.
    """
    ends, left, held = [len(rows)], sum(rows), 0
    for place in range(len(rows) - 1, 0, -1):
        held += rows[place]
        left -= rows[place]
        if left < SIZE:
            break
        if held >= SIZE:
            ends.append(place)
            held = 0
    return [slice(start, end) for start, end in zip([0, *ends[:0:-1]], ends[::-1], strict=True)]
