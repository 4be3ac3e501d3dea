"""The runs of an experiment together, from the parts of its blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

import orjson

from .. import summaries
from ..logged import Logged, Number
from ..summaries import MetricFacts
from . import items, pieces
from .block import CURVES, TEXT, Block, MetricPiece
from .pieces import NUMBERS, OF_RUNS, WORDS, Data, Piece, Source


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


# --- some blocks as one ----------------------------------------------------------------------------------


def together(blocks: Sequence[Block], main: str | None) -> Block:
    """Blocks as one, which gives the same with others as they do; all of them have the curves of the metric."""
    data: dict[str, bytes] = {}

    def kept(key: str, found: Sequence[Piece | None]) -> Piece:
        piece, data[key] = source(blocks, key, found).together()
        return piece

    params = {
        name: kept(f"param:{name}", [one.params.get(name) for one in blocks])
        for name in names(one.params for one in blocks)
    }
    tags = {
        name: kept(f"tag:{name}", [one.tags.get(name) for one in blocks]) for name in names(one.tags for one in blocks)
    }
    metrics = {}
    for name, known in facts(blocks).items():
        found = [one.metrics.get(name) for one in blocks]
        numeric = any(one.numeric for one in found if one)
        kinds = [which for which in names(one.pieces for one in found if one) if which != TEXT or not numeric]
        made = {
            which: kept(f"metric:{name}.{which}", [one.pieces.get(which) if one else None for one in found])
            for which in kinds
        }
        metrics[name] = MetricPiece(known, made, ends(blocks, name))
    own = {name: kept(f"run:{name}", [one.own[name] for one in blocks]) for name in OF_RUNS}
    if main:
        every = items.read_items(b",".join(one.data[f"spark:{main}"] for one in blocks))
        own[_CURVES], drawn = cut_curves(every)
        data.update((f"curves:{at}:{main}", one) for at, one in enumerate(drawn))
    return Block(sum(one.rows for one in blocks), params, tags, metrics, own, data)


_CURVES = "spark"
"""What is said of the curves of a metric, among what every run has."""

Curves = tuple[Piece, Sequence[bytes]]
"""What is said of curves, and their data in pieces of so many rows, as browsers read them."""


def cut_curves(found: Sequence[object]) -> Curves:
    """The curves of some runs in pieces."""
    data = [orjson.dumps({"sparks": found[at : at + CURVES]}) for at in range(0, len(found), CURVES)]
    first = found[0] if found else None
    return Piece("sparks", len(found) - found.count(None), first, found.count(first) == len(found)), data


def curves_of(block: Block, metric: str) -> Curves | None:
    """The same of blocks that were put together; None where that was with another metric, or it is a single one."""
    keys = [f"curves:{at}:{metric}" for at in range((block.rows + CURVES - 1) // CURVES)]
    return (block.own[_CURVES], [block.data[key] for key in keys]) if keys[0] in block.data else None
