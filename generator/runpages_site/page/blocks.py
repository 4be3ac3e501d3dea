"""The runs of an experiment together, from the parts of its blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from .. import summaries
from ..logged import Logged, Number
from ..summaries import MetricFacts
from . import pieces
from .block import Block
from .pieces import NUMBERS, WORDS, Data, Piece, Source


def facts(blocks: Sequence[Block]) -> Mapping[str, MetricFacts]:
    """What the runs of all blocks say of each metric."""
    return summaries.joined({name: one.facts for name, one in block.metrics.items()} for block in blocks)


def values(blocks: Sequence[Block], name: str, which: str) -> list[Number | None]:
    """An aggregate of a metric by run, where it is a finite number."""
    found = metric_source(blocks, name, which).numbers()
    if which == "last":
        for row, _, last in ends(blocks, name):
            found[row] = last
    return [None if type(value) is str else value for value in found]  # type: ignore[misc]


def ends(blocks: Sequence[Block], name: str) -> list[tuple[int, str, Number | None]]:
    """The runs that ended in no finite number: the place, how nan or an infinity is spelled, the last finite one."""
    starts = accumulate((block.rows for block in blocks), initial=0)
    return [
        (start + row, word, last)
        for start, block in zip(starts, blocks, strict=False)
        if name in block.metrics
        for row, word, last in block.metrics[name].ends
    ]


def metric_source(blocks: Sequence[Block], name: str, which: str) -> Source:
    """The numbers of a metric by aggregate, or the texts in which its runs ended."""
    metrics = [block.metrics.get(name) for block in blocks]
    found = [one.pieces.get(which) if one else None for one in metrics]
    return source(blocks, f"metric:{name}.{which}", found)


def source(blocks: Sequence[Block], key: str, found: Sequence[Piece | None]) -> Source:
    """The values of a column from its piece in each block: numbers where all pieces are."""
    numeric = all(one is None or one.type == NUMBERS for one in found)
    parts = [
        (Data(one, block.data[key]) if one else None, block.rows) for block, one in zip(blocks, found, strict=True)
    ]
    return Source(NUMBERS if numeric else WORDS, parts)


def spelled(numbers: Source) -> list[Number | None]:
    """Numbers with nan and the infinities, which JSON has as texts."""
    return [float(value) if type(value) is str else value for value in numbers.numbers()]  # type: ignore[misc]


def logged_of(blocks: Sequence[Block]) -> Logged:
    """What the runs logged, by name; of each parameter only values that differ where any do, of others none."""
    params = names(block.params for block in blocks)
    return Logged(
        {name: pieces.logged_values(block.params.get(name) for block in blocks) for name in params},
        dict.fromkeys(names(block.tags for block in blocks), ()),
        {name: {} for name in names(block.metrics for block in blocks)},
    )


def names(found: Iterable[Mapping[str, object]]) -> dict[str, None]:
    """All names in the order of the first appearance."""
    return dict.fromkeys(name for one in found for name in one)
