"""The columns of a block of runs: of each the values, and what is said of it; and those of several blocks together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

import orjson

from .. import summaries
from ..logged import NOT_FINITE, Logged, Number
from ..model import RunSummary
from ..summaries import MetricFacts
from . import items, pieces
from .pieces import NUMBERS, OF_RUNS, WORDS, Data, Piece, Source

CURVES = 1_024
"""Curves in a piece, which a browser loads when it draws one of them."""

TEXT = "text"
"""The piece with how runs ended, where none did in a number."""


class MetricPiece(NamedTuple):
    """A metric in a block: numbers by aggregate where there are any, and ``text`` where no run ended in a number.

    ``ends`` has, of runs that ended in none that is finite: the row, how nan or an infinity is spelled, and the last
    finite number.
    """

    facts: MetricFacts
    pieces: Mapping[str, Piece]
    ends: Sequence[tuple[int, str, Number | None]]

    @property
    def numeric(self) -> bool:
        """Whether a run ended in a number."""
        return TEXT not in self.pieces


class Block(NamedTuple):
    """The columns of so many runs, newest first, by name; ``data`` has the data of the pieces by their keys.

    The key is that of the column, for a metric with the aggregate, as in ``param:lr`` and ``metric:loss.min``.
    """

    rows: int
    params: Mapping[str, Piece]
    tags: Mapping[str, Piece]
    metrics: Mapping[str, MetricPiece]
    own: Mapping[str, Piece]
    """What every run has."""
    data: Mapping[str, bytes]


def block_of(runs: Sequence[RunSummary], known: Logged, main: str | None) -> Block:
    """The columns of some runs, at least one, with the curves of a metric."""
    data: dict[str, bytes] = {}

    def kept(kind: str, found: Iterable[tuple[str, Data]]) -> dict[str, Piece]:
        taken = {}
        for name, (piece, made) in found:
            data[f"{kind}:{name}"] = made
            taken[name] = piece
        return taken

    said = summaries.metric_facts(runs)
    params = kept("param", ((name, pieces.of_param(values)) for name, values in known.params.items()))
    tags = kept("tag", ((name, pieces.of_texts(values)) for name, values in known.tags.items()))
    metrics = {}
    for name, values in known.metrics.items():
        found = _aggregates(values)
        made = kept("metric", ((f"{name}.{which}", one) for which, one in found.items()))
        metrics[name] = MetricPiece(said[name], dict(zip(found, made.values(), strict=True)), _ends(name, runs))
    if main:
        data[f"spark:{main}"] = curves(runs, main)
    return Block(len(runs), params, tags, metrics, kept("run", pieces.of_runs(runs).items()), data)


def _aggregates(values: Mapping[str, Sequence[Number | str | None]]) -> dict[str, Data]:
    found = {}
    if any(isinstance(value, int | float) for some in values.values() for value in some):
        found = {which: pieces.of_numbers(some) for which, some in values.items()}
    if not any(isinstance(value, int | float) for value in values["last"]):
        found[TEXT] = pieces.of_texts([None if value is None else str(value) for value in values["last"]])
    return found


def _ends(name: str, runs: Sequence[RunSummary]) -> list[tuple[int, str, Number | None]]:
    found = ((row, run.metrics.get(name)) for row, run in enumerate(runs))
    ended = ((row, one.text, one.last) for row, one in found if one and one.text is not None)
    return [(row, repr(NOT_FINITE[word]) if word in NOT_FINITE else "", last) for row, word, last in ended]


def curves(runs: Sequence[RunSummary], metric: str) -> bytes:
    """The course of a metric by run, as JSON without brackets."""
    found = (run.metrics.get(metric) for run in runs)
    return items.items_of([None if one is None else one.spark for one in found])


# --- the values of all blocks ----------------------------------------------------------------------------


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
    """The curves of a metric in a block that ``together`` made with it; None for all other blocks."""
    keys = [f"curves:{at}:{metric}" for at in range((block.rows + CURVES - 1) // CURVES)]
    return (block.own[_CURVES], [block.data[key] for key in keys]) if keys[0] in block.data else None
