"""What a block of an experiment's runs gives to the files of the experiment.

It depends on these runs alone, so that it is made once and kept until one of them changes. What the files have of all
runs is put together from the parts; a run's summary is read again only where it is shown itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from .. import logged, select, summaries
from ..model import ExperimentSummary, ModelSummary, RunSummary
from ..searched import SearchBlock
from ..summaries import MetricFacts
from . import items
from .block import Block, MetricPiece, block_of
from .data_scripts import RunLists, run_lists
from .pieces import Piece
from .runs_export import Rows, fields, rows_of
from .search_index import search_blocks

SHORT = (
    "path", "id", "title", "number", "status", "damaged", "created", "started", "ended", "last_write", "parent",
    "host", "error", "commit",
)  # fmt: skip
"""What of a summary is known of all runs."""
_MODEL = ("name", "version", "versions", "run", "title", "tags", "created")


class Part(NamedTuple):
    """A block of runs, newest first, with what is written of it as it is, by name."""

    block: Block
    metric: str | None
    """The main metric, whose curves the block has."""
    short: Sequence[Sequence[Any]]
    """The values of ``SHORT``, each for all runs."""
    models: Sequence[Sequence[Any]]
    """The rows with registered models, with the values of ``_MODEL`` of each."""
    lists: RunLists
    table: Rows
    search: Sequence[SearchBlock]
    written: Mapping[str, bytes]


def part_of(path: str, name: str, metric: str | None, runs: Sequence[RunSummary], *, files: bool = True) -> Part:
    """The part of some runs, newest first, of the experiment with that page and name.

    ``metric`` is its main one as the settings name it; without, it is chosen from these runs. Without ``files`` it has
    nothing for the search and for other programs.
    """
    runs = summaries.with_facts(runs)
    known, main = logged.of(runs), metric or select.main_metric(runs)[0]
    one = ExperimentSummary(path, name, None, None, {}, runs, main)
    blocks = search_blocks(one) if files else []
    written = {f"search:{at}": block.script for at, block in enumerate(blocks)}
    return Part(
        block_of(runs, known, main),
        main,
        [[getattr(run, field) for run in runs] for field in SHORT],
        [
            [row, [[getattr(model, field) for field in _MODEL] for model in run.models]]
            for row, run in enumerate(runs)
            if run.models
        ],
        run_lists(one),
        rows_of(list(fields(one, known)) if files else []),
        [block.entry for block in blocks],
        written,
    )


# --- as bytes --------------------------------------------------------------------------------------------

_HEAD = 8


def stored(part: Part) -> bytes:
    """A part as it is kept: JSON after its size in eight hexadecimal digits, then the data."""
    block = part.block
    data = {**block.data, **part.lists.lists, "csv": part.table.csv, "json": part.table.json, **part.written}
    metrics = {name: [list(one.facts), _plain(one.pieces), one.ends] for name, one in block.metrics.items()}
    head = [
        [block.rows, _plain(block.params), _plain(block.tags), metrics, _plain(block.own), len(block.data)],
        part.metric,
        part.short,
        part.models,
        [part.lists.single, part.lists.damaged, len(part.lists.lists)],
        part.table.names,
        [list(one) for one in part.search],
        [[name, len(made)] for name, made in data.items()],
    ]
    line = items.items_of(head)
    return b"".join([b"%08x" % len(line), line, *data.values()])


def _plain(known: Mapping[str, Piece]) -> dict[str, list[object]]:
    return {name: list(piece) for name, piece in known.items()}


def restored(kept: bytes | memoryview) -> Part:
    """The part that was stored. Raises ValueError if it is damaged."""
    view = memoryview(kept)  # Megabytes, of which each is copied once.
    at = _HEAD + int(bytes(view[:_HEAD]), 16)
    (rows, params, tags, metrics, own, count), metric, short, models, lists, table, search, sizes = items.read_items(
        bytes(view[_HEAD:at])
    )
    data = dict[str, bytes]()
    for name, size in sizes:
        data[name] = bytes(view[at : at + size])
        at += size
    if at != len(view):
        raise ValueError("a part of another length than it says")
    found, (single, damaged, more) = list(data.items()), lists
    known = {
        name: MetricPiece(MetricFacts(*facts), _pieces(made), ends) for name, (facts, made, ends) in metrics.items()
    }
    block = Block(rows, _pieces(params), _pieces(tags), known, _pieces(own), dict(found[:count]))
    return Part(
        block,
        metric,
        short,
        models,
        RunLists(rows, dict(found[count : count + more]), single, damaged),
        Rows(table, data["csv"], data["json"]),
        [SearchBlock(*one) for one in search],
        dict(found[count + more + 2 :]),
    )


def _pieces(known: Mapping[str, Sequence[Any]]) -> dict[str, Piece]:
    return {name: Piece._make(one) for name, one in known.items()}


# --- runs of which a part is known -----------------------------------------------------------------------


class Summaries(Protocol):
    """What is read of the runs of a part, by their rows."""

    def read(self, row: int) -> RunSummary:
        """The summary of a run."""

    def params(self, row: int) -> Mapping[str, object]:
        """Its parameters alone."""


class NotedRun(RunSummary):
    """A run whose summary is read when more than ``SHORT`` and its models is asked for."""

    __slots__ = ("_row", "_summaries")

    def __init__(self, summaries: Summaries, row: int, values: Sequence[Any], models: Sequence[ModelSummary]) -> None:
        self._summaries, self._row, self.models = summaries, row, models  # type: ignore[assignment]
        (
            self.path, self.id, self.title, self.number, self.status, self.damaged, self.created, self.started,
            self.ended, self.last_write, self.parent, self.host, self.error, self.commit,
        ) = values  # fmt: skip

    @property
    def params(self) -> Mapping[str, object]:  # type: ignore[override]
        """As logged."""
        return self._summaries.params(self._row)

    @property
    def tags(self) -> Mapping[str, str | None]:  # type: ignore[override]
        """As set."""
        return self._summaries.read(self._row).tags

    @property
    def metrics(self) -> Mapping[str, Any]:  # type: ignore[override]
        """By name."""
        return self._summaries.read(self._row).metrics

    @property
    def note(self) -> str:  # type: ignore[override]
        """The beginning of its description."""
        return self._summaries.read(self._row).note


def noted_runs(part: Part, summaries: Summaries) -> list[NotedRun]:
    """The runs of a part."""
    models = {row: tuple(ModelSummary(*model) for model in known) for row, known in part.models}
    return [
        NotedRun(summaries, row, values, models.get(row, ()))
        for row, values in enumerate(zip(*part.short, strict=True))
    ]
