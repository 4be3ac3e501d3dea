"""The columns of a block of runs: of each the values, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from .. import summaries
from ..logged import NOT_FINITE, Logged, Number
from ..model import RunSummary
from ..summaries import MetricFacts
from . import items, pieces
from .pieces import Data, Piece

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

    facts = summaries.metric_facts(runs)
    params = kept("param", ((name, pieces.of_param(values)) for name, values in known.params.items()))
    tags = kept("tag", ((name, pieces.of_texts(values)) for name, values in known.tags.items()))
    metrics = {}
    for name, values in known.metrics.items():
        found = _aggregates(values)
        made = kept("metric", ((f"{name}.{which}", one) for which, one in found.items()))
        metrics[name] = MetricPiece(facts[name], dict(zip(found, made.values(), strict=True)), _ends(name, runs))
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
