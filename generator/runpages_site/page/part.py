"""What a block of an experiment's runs gives to the files of the experiment.

It depends on these runs alone, so that it is made once and kept until one of them changes. What the files have of all
runs is put together from the parts; a run's summary is read again only where it is shown itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields as fields_of
from functools import cache, partial
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, Protocol

from .. import logged, select, summaries
from ..model import ExperimentSummary, ModelSummary, RunSummary
from ..searched import SearchBlock
from ..summaries import KnownRuns, MetricFacts
from . import blocks, items
from .blocks import Block, MetricPiece, block_of
from .data_scripts import RunLists, lists_together, run_lists
from .pieces import Piece
from .runs_export import Rows, fields, rows_of
from .search_index import search_blocks

SHORT = (
    "path", "id", "title", "number", "status", "damaged", "created", "started", "ended", "last_write", "parent",
    "host", "error", "commit",
)  # fmt: skip
"""What of a summary is known of all runs."""
CSV, JSON = "csv", "json"
_MODEL = ("name", "version", "versions", "run", "title", "tags", "created")


class Part(NamedTuple):
    """A block of runs, newest first, with what is written of it as it is, by name."""

    block: Block
    metric: str | None
    """The main metric, whose curves the block has."""
    short: Mapping[str, bytes]
    """The values of each field of ``SHORT``, as JSON without brackets."""
    models: Sequence[Sequence[Any]]
    """The rows with registered models, with the values of ``_MODEL`` of each."""
    lists: RunLists
    columns: Sequence[str]
    """Those of its rows in the table of all runs."""
    search: Sequence[SearchBlock]
    sizes: Mapping[str, int]
    """The bytes of each file that it has: ``CSV`` and ``JSON`` are its rows, ``search:0`` is a script of the search."""
    file: Callable[[str], bytes]
    """Gives what is in one of them."""
    members: int = 1
    """How many blocks it is of."""

    @property
    def scripts(self) -> list[str]:
        """The scripts of the search, the oldest runs first."""
        return [name for name in self.sizes if name not in (CSV, JSON)]

    def by(self, columns: Sequence[str]) -> Part:
        """The same whose rows have all columns of a table, in its order."""
        if columns == self.columns:
            return self
        rows = Rows(self.columns, self.file(CSV), self.file(JSON)).by(columns)
        return self.having(
            columns, {CSV: rows.csv, JSON: rows.json, **{name: self.file(name) for name in self.scripts}}
        )

    def having(self, columns: Sequence[str], files: Mapping[str, bytes]) -> Part:
        """The same with these files."""
        sizes = {name: len(data) for name, data in files.items()}
        return self._replace(columns=columns, sizes=sizes, file=files.__getitem__)

    def kept(self, read: Callable[[int, int], bytes]) -> Part:
        """The same whose files are read where they are asked for, from what ``stored`` gave last."""
        places = dict(zip(self.sizes, accumulate(self.sizes.values(), initial=0), strict=False))
        return self._replace(file=lambda name: read(places[name], self.sizes[name]))


def part_of(path: str, name: str, metric: str | None, runs: Sequence[RunSummary], *, files: bool = True) -> Part:
    """The part of some runs, newest first, of the experiment with that page and name.

    ``metric`` is its main one as the settings name it; without, it is chosen from these runs. Without ``files`` it has
    nothing for the search and for other programs.
    """
    runs = summaries.with_facts(runs)
    known, main = logged.of(runs), metric or select.main_metric(runs)[0]
    one = ExperimentSummary(path, name, None, None, {}, runs, main)
    searched = search_blocks(one) if files else []
    rows = rows_of(list(fields(one, known)) if files else [])
    written = {CSV: rows.csv, JSON: rows.json, **{f"search:{at}": block.script for at, block in enumerate(searched)}}
    return Part(
        block_of(runs, known, main),
        main,
        {field: items.items_of(runs.column(field)) for field in SHORT},
        [
            [row, [[getattr(model, field) for field in _MODEL] for model in run.models]]
            for row, run in enumerate(runs)
            if run.models
        ],
        run_lists(one),
        rows.names,
        [block.entry for block in searched],
        {},
        written.__getitem__,
    ).having(rows.names, written)


def together(parts: Sequence[Part]) -> Part | None:
    """Parts as one; None where they do not have the curves of one metric."""
    metric = parts[0].metric
    if any(part.metric != metric for part in parts):
        return None
    starts = [*accumulate((part.block.rows for part in parts), initial=0)]
    columns = [*blocks.names(dict.fromkeys(part.columns) for part in parts)]
    parts = [part.by(columns) for part in parts]
    scripts = [part.file(name) for part in reversed(parts) for name in part.scripts]
    written = {CSV: b"".join(part.file(CSV) for part in parts), JSON: b",".join(part.file(JSON) for part in parts)}
    written.update((f"search:{at}", script) for at, script in enumerate(scripts))
    return Part(
        blocks.together([part.block for part in parts], metric),
        metric,
        {field: b",".join(part.short[field] for part in parts) for field in SHORT},
        [[start + row, models] for start, part in zip(starts, parts, strict=False) for row, models in part.models],
        lists_together([part.lists for part in parts]),
        columns,
        [one for part in reversed(parts) for one in part.search],
        {},
        written.__getitem__,
        sum(part.members for part in parts),
    ).having(columns, written)


# --- as bytes --------------------------------------------------------------------------------------------

_HEAD = 8


def stored(part: Part) -> tuple[bytes, bytes]:
    """A part as it is kept: JSON after its size in eight hexadecimal digits, then the data; and its files."""
    block, lists = part.block, part.lists
    metrics = {name: [list(one.facts), _plain(one.pieces), one.ends] for name, one in block.metrics.items()}
    data = [*block.data.values(), *part.short.values(), *lists.lists.values()]
    head = [
        [block.rows, _plain(block.params), _plain(block.tags), metrics, _plain(block.own), [*block.data]],
        part.metric,
        part.models,
        [lists.single, lists.damaged, [*lists.lists]],
        part.columns,
        [list(one) for one in part.search],
        part.sizes,
        part.members,
        [*map(len, data)],
    ]
    line = items.items_of(head)
    return b"".join([b"%08x" % len(line), line, *data]), b"".join(map(part.file, part.sizes))


def _plain(known: Mapping[str, Piece]) -> dict[str, list[object]]:
    return {name: list(piece) for name, piece in known.items()}


def restored(kept: bytes, read: Callable[[int, int], bytes]) -> Part:
    """The part that was stored; ``read`` gives so many bytes at a place of its files. Raises ValueError if damaged."""
    begin = _HEAD + int(kept[:_HEAD], 16)
    (rows, params, tags, metrics, own, keys), metric, models, lists, columns, search, files, members, sizes = (
        items.read_items(kept[_HEAD:begin])
    )
    ends = [*accumulate(sizes, initial=begin)]
    if ends[-1] != len(kept):
        raise ValueError("a part of another length than it says")
    data = iter([kept[start:end] for start, end in pairwise(ends)])
    known = {
        name: MetricPiece(MetricFacts(*facts), _pieces(made), ends) for name, (facts, made, ends) in metrics.items()
    }
    block = Block(rows, _pieces(params), _pieces(tags), known, _pieces(own), dict(zip(keys, data, strict=False)))
    return Part(
        block,
        metric,
        dict(zip(SHORT, data, strict=False)),
        models,
        RunLists(rows, dict(zip(lists[2], data, strict=False)), lists[0], lists[1]),
        columns,
        [SearchBlock(*one) for one in search],
        files,
        files.__getitem__,
        members,
    ).kept(read)


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
    """A run of which each field is looked up when it is asked for: in its part, or in its summary, which is read."""

    __slots__ = ("_look_up", "_row")

    def __init__(self, look_up: Callable[[int, str], Any], row: int) -> None:
        self._look_up, self._row = look_up, row

    def __getattr__(self, name: str) -> Any:  # Called for a field without a value.
        if name not in _FIELDS:
            raise AttributeError(name)
        found = self._look_up(self._row, name)
        setattr(self, name, found)
        return found


_FIELDS = frozenset(one.name for one in fields_of(RunSummary))


class _Noted:
    """The fields of the runs of a part."""

    def __init__(self, part: Part, summaries: Summaries) -> None:
        self._part, self._summaries = part, summaries
        self._columns: dict[str, Sequence[Any]] = {}

    def field(self, row: int, name: str) -> Any:
        """A field of a run."""
        if name == "params":
            return self._summaries.params(row)
        # To read all values of a field for one of very many runs takes longer than to read its summary.
        if self._part.members > 1 or (name not in self._part.short and name != "models"):
            return getattr(self._summaries.read(row), name)
        if name not in self._columns:
            self._columns[name] = _column([self._part], name)
        return self._columns[name][row]


def _column(parts: Sequence[Part], field: str) -> Sequence[Any]:
    """A field of the runs of some parts."""
    if field in SHORT:
        return items.read_items(b",".join(part.short[field] for part in parts))
    if field != "models":
        raise ValueError(f"{field} is not known of all runs")
    found = list[tuple[ModelSummary, ...]]()
    for part in parts:
        known = {row: tuple(ModelSummary(*model) for model in models) for row, models in part.models}
        found += [known.get(row, ()) for row in range(part.block.rows)] if known else [()] * part.block.rows
    return found


def known_runs(parts: Sequence[Part], summaries: Sequence[Summaries]) -> KnownRuns:
    """The runs of all parts, newest first, with what is read of those of each part."""
    starts = [*accumulate((part.block.rows for part in parts), initial=0)]
    noted = [_Noted(part, one) for part, one in zip(parts, summaries, strict=True)]

    def run(place: int) -> RunSummary:
        at = bisect_right(starts, place) - 1
        return NotedRun(noted[at].field, place - starts[at])

    found = [part.block for part in parts]
    known = KnownRuns(starts[-1], run, partial(_column, parts))
    known.metrics = blocks.facts(found)
    known.values = cache(partial(blocks.values, found))
    return known
