"""What is searched of an experiment, as its index phase leaves it for the whole site."""

from __future__ import annotations

from typing import NamedTuple


class SearchBlock(NamedTuple):
    """A block of runs as the search finds it: bytes of its script, when its newest run began, what its filter marks."""

    runs: int
    size: int
    newest: float
    marks: str


class SearchEntry(NamedTuple):
    """What is searched of an experiment, ``name=value``, and the blocks of its runs, the oldest first."""

    fields: tuple[str, ...] = ()
    blocks: tuple[SearchBlock, ...] = ()


NO_SEARCH = SearchEntry()
