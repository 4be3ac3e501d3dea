"""The runs of an experiment in columns: what there is to show of them, and the values, a whole column at a time.

A browser sorts, filters, groups and draws from these, and loads only the columns that are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import accumulate
from typing import Any, NamedTuple

from .. import goal, logged, select, text
from ..model import ExperimentSummary
from ..settings import View
from ..summaries import MetricFacts
from ..text import number
from . import blocks as joined
from . import items, link, pieces
from .blocks import CURVES, TEXT, Block, curves
from .data_scripts import RunLists, large_script, runs_script, script, shard_script
from .pieces import NUMBERS, Source
from .shards import ALL, shards

FILE = 128 << 10
"""Bytes of values beyond which the next ones begin another file."""

Places = dict[tuple[str, str], list[tuple[int, int]]]
"""The file, and the place in it, of the values of a column by its key and the aggregate."""

_IN_RUNS = {"run:title", "run:status", "run:id", "run:number", "run:started"}


class Values(NamedTuple):
    """What lies at a place of a file: a key that stands for it, about how large it is, and how to make it."""

    key: bytes
    size: int
    encode: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the runs; ``facts`` are what its entry in the index has beside what all have, ready for JSON.

    ``shards`` has the values by shard, newest first: one entry, without a name, or those of the aggregates of a metric,
    each in pieces; ``leading`` is the name of the one that is shown at first.
    """

    kind: str
    name: str
    type: str
    """What the values are: ``numbers``, ``words`` or ``sparks``."""
    shards: Sequence[Mapping[str, Sequence[Values]]]
    count: int
    varies: bool
    leading: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Kind and exact name."""
        return f"{self.kind}:{self.name}"

    @property
    def values(self) -> Mapping[str, Sequence[Values]]:
        """Those of the newest shard."""
        return self.shards[0]


class Chosen(NamedTuple):
    """What is shown of an experiment at first, by the keys of the columns, and what its settings say."""

    default: Sequence[str] = ()
    tolerance: Mapping[str, float] = {}
    pair_by: str | None = None
    views: Sequence[Mapping[str, Any]] = ()


class Scripts(NamedTuple):
    """The data scripts with the list of the columns and the newest runs, and how to make the others by their paths.

    The others have values, and the runs of older shards. A path, from the root, stands for what the script has.
    """

    listing: bytes
    runs: bytes
    values: Mapping[str, Callable[[], bytes]]


def column_scripts(
    experiment: ExperimentSummary, blocks: Sequence[Block], lists: Sequence[RunLists], chosen: Chosen, folder: str
) -> Scripts:
    """The runs of an experiment and their columns as data scripts, from their blocks.

    ``folder`` is where those with values are to lie, from the root.
    """
    cut = shards([block.rows for block in blocks])
    # An experiment without runs has columns without values.
    found = [one for one in columns(experiment, blocks, chosen.tolerance, cut) if all(one.values.values())]
    places, files = _packed(found, chosen.default)
    paths = [_path(folder, file) for file in files]
    made: dict[str, Callable[[], bytes]]
    made = {path: partial(_file, file) for path, file in zip(paths, files, strict=True)}
    head = {
        "count": len(experiment.runs),
        "metric": experiment.metric,
        "goal": goal.of_metric(experiment, experiment.metric).better if experiment.metric else None,
        "folder": experiment.path[: experiment.path.rfind("/") + 1],
        "pair_by": chosen.pair_by,
        "views": list(chosen.views),
        "default": list(chosen.default),
    }
    links = [link.between(experiment.path, path) for path in paths]
    listing = script("columns", {**head, "columns": [_listed(one, places, links) for one in found]})
    older = [_older(experiment, lists[part], found, shard, folder, made) for shard, part in enumerate(cut) if shard]
    return Scripts(listing, runs_script(experiment, lists[cut[0]] if cut else (), older), made)


def _path(folder: str, file: Sequence[Values]) -> str:
    """By content: a page that is open during a build must not take the values of other runs for those of its own."""
    return f"{folder}{sha256(b''.join(one.key for one in file)).hexdigest()[:16]}.js"


def _older(
    experiment: ExperimentSummary,
    lists: Sequence[RunLists],
    found: Sequence[Column],
    shard: int,
    folder: str,
    made: dict[str, Callable[[], bytes]],
) -> dict[str, Any]:
    """An older shard in the list of shards; adds its scripts to those that are ``made``.

    They depend on its runs alone: each column has a file of its own.
    """
    places = {}
    for column in found:
        for which, values in column.shards[shard].items() if column.key not in _IN_RUNS else ():
            paths = [_path(folder, [one]) for one in values]
            made.update((path, partial(_file, [one])) for path, one in zip(paths, values, strict=True))
            places[f"{column.key} {which}"] = _address(
                [{"file": link.between(experiment.path, path), "at": 0} for path in paths]
            )
    data = shard_script(lists, places)
    path = f"{folder}{sha256(data).hexdigest()[:16]}.js"
    made[path] = lambda: data
    # By which the page of a run finds its shard, and an address with an id knows that no shard has it.
    pages, ids = ([item for one in lists for item in items.read_items(one.lists[name])] for name in ("page", "id"))
    ends = {"pages": [min(pages), max(pages)], "ids": [min(ids), max(ids)]}
    return {"file": link.between(experiment.path, path), "count": len(pages), **ends}


def _address(pieces: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Where the values of a column are."""
    first, *more = pieces
    return {**first, "pieces": pieces, "rows": CURVES} if more else first


def _packed(found: Sequence[Column], default: Sequence[str]) -> tuple[Places, list[list[Values]]]:
    """Where the values of the columns lie, and what the files have.

    What is shown at first lies together, at the beginning, and what ``runs.js`` has as well at the end.
    """
    columns = {one.key: one for one in found}
    first = [(key, columns[key].leading) for key in default if key in columns and key not in _IN_RUNS]
    rest = [(one.key, which) for one in found for which in one.values]
    order = dict.fromkeys([*first, *sorted(rest, key=lambda place: place[0] in _IN_RUNS)])
    files: list[list[Values]] = []
    size, places = FILE + 1, Places()
    for (key, which), values in ((one, values) for one in order for values in columns[one[0]].values[one[1]]):
        if size > FILE:
            files.append([])
            size = 0
        places.setdefault((key, which), []).append((len(files) - 1, len(files[-1])))
        files[-1].append(values)
        size += values.size
    return places, files


def _file(values: Sequence[Values]) -> bytes:
    return large_script("column", b"[%s]" % b",".join([one.encode() for one in values]))


def _listed(column: Column, places: Places, links: Sequence[str]) -> dict[str, Any]:
    """A column in the list."""

    def address(which: str) -> dict[str, Any]:
        return _address([{"file": links[file], "at": at} for file, at in places[column.key, which]])

    entry = {
        "key": column.key,
        "kind": column.kind,
        "name": text.visible(column.name),
        "type": column.type,
        "numeric": column.type == NUMBERS,
        "count": column.count,
        "varies": column.varies,
        **column.facts,
    }
    if not column.leading:
        return {**entry, **address("")}
    aggregates = {which: address(which) for which in column.values}
    if column.leading in ("min", "max"):
        aggregates["best"] = aggregates[column.leading]
    return {**entry, "aggregates": aggregates}


def views(saved: Sequence[View], places: Mapping[str, str]) -> list[dict[str, Any]]:
    """Saved views, with the keys of columns for their names; what no run has is left out."""
    return [{"name": text.visible(view.name), "state": _state(view, places)} for view in saved]


def _state(view: View, places: Mapping[str, str]) -> dict[str, Any]:
    def keys(names: Sequence[str]) -> list[str]:
        return [found for name in names if (found := logged.key(places, name))]

    def order(name: str) -> str | None:
        if (found := logged.key(places, name)) or not name.startswith("-"):
            return found
        found = logged.key(places, name[1:])
        return found and f"-{found}"

    state = {
        "query": view.query,
        "sort": [found for name in view.sort if (found := order(name))],
        "columns": keys(view.columns),
        "group": keys(view.group),
        "charts": list(view.charts),
    }
    return {what: value for what, value in state.items() if value}


# --- the columns of an experiment ------------------------------------------------------------------------


def columns(
    experiment: ExperimentSummary,
    blocks: Sequence[Block],
    tolerance: Mapping[str, float] = {},
    cut: Sequence[slice] = (ALL,),
) -> Iterator[Column]:
    """The columns of an experiment: metrics, parameters, tags, and what every run has.

    ``cut`` says which blocks make each shard, newest first.
    """
    facts = joined.facts(blocks)
    for name in select.metrics(experiment.runs, experiment.metric):
        yield _metric(experiment, blocks, name, facts[name], tolerance.get(name), cut)
    for name in joined.names(block.params for block in blocks):
        yield _param(blocks, name, cut)
    for name in joined.names(block.tags for block in blocks):
        source = joined.source(blocks, f"tag:{name}", [block.tags.get(name) for block in blocks])
        yield _column("tag", name, source, cut)
    if experiment.metric:
        yield _spark(experiment, blocks, experiment.metric, cut)
    for name in pieces.OF_RUNS if blocks else ():
        found = [block.own[name] for block in blocks]
        if name != "note" or pieces.count(found):
            yield _column("run", name, joined.source(blocks, f"run:{name}", found), cut)


def _column(kind: str, name: str, source: Source, cut: Sequence[slice], facts: Mapping[str, Any] = {}) -> Column:
    found = source.pieces
    values = _values({"": source}, cut)
    return Column(kind, name, source.type, values, pieces.count(found), pieces.varies(found), facts=facts)


def _values(sources: Mapping[str, Source], cut: Sequence[slice]) -> list[dict[str, list[Values]]]:
    """The values by shard; an older one has none where none of its runs has any."""
    newest, *older = ({which: source.part(part) for which, source in sources.items()} for part in cut)
    found = [newest, *({which: one for which, one in shard.items() if any(one.pieces)} for shard in older)]
    return [{which: [Values(one.key(), one.size, one.encoded)] for which, one in shard.items()} for shard in found]


def _param(blocks: Sequence[Block], name: str, cut: Sequence[slice]) -> Column:
    """A parameter: numbers where it is one in each run that has it, else its texts as logged."""
    source = joined.source(blocks, f"param:{name}", [block.params.get(name) for block in blocks])
    floats = {"floats": all(one.floats for one in source.pieces if one)} if source.type == NUMBERS else {}
    return _column("param", name, source, cut, floats)


def _metric(
    experiment: ExperimentSummary,
    blocks: Sequence[Block],
    name: str,
    facts: MetricFacts,
    tolerance: float | None,
    cut: Sequence[slice],
) -> Column:
    aim = goal.of_metric(experiment, name)
    numeric = any(block.metrics[name].numeric for block in blocks if name in block.metrics)
    sources = {
        which: joined.metric_source(blocks, name, which) for which in (logged.AGGREGATES if numeric else (TEXT,))
    }
    leading = aim.aggregate if numeric else TEXT
    shown = joined.spelled(sources[leading]) if numeric else []
    # A run that diverged must not look well by its best value.
    ends = ((row, word, shown[row]) for row, word, _ in joined.ends(blocks, name) if word) if numeric else ()
    names = {which: "last" if which == TEXT else which for which in sources}
    return Column(
        "metric",
        name,
        sources[leading].type,
        _values({names[which]: source for which, source in sources.items()}, cut),
        facts.runs,
        pieces.varies(sources[leading].pieces),
        names[leading],
        {
            "goal": aim.better,
            "assumed": aim.assumed,
            "unit": facts.unit,
            "tolerance": tolerance,
            "decimals": number.column(shown),
            "ends": {str(row): word for row, word, value in ends if float(word) != value and value == value},
        },
    )


def _spark(experiment: ExperimentSummary, blocks: Sequence[Block], metric: str, cut: Sequence[slice]) -> Column:
    """The curves of the main metric, in pieces of the rows that a reader may see at once, since they are large."""
    starts = [*accumulate((block.rows for block in blocks), initial=0)]

    def part(at: int) -> bytes:
        block, key = blocks[at], f"spark:{metric}"
        if metric not in block.metrics:
            return b",".join([b"null"] * block.rows)
        return block.data[key] if key in block.data else curves(experiment.runs[starts[at] : starts[at + 1]], metric)

    def cut_one(shard: slice) -> joined.Curves:
        places = range(*shard.indices(len(blocks)))
        known = joined.curves_of(blocks[places[0]], metric) if len(places) == 1 else None
        return known or joined.cut_curves(items.read_items(b",".join(map(part, places))))

    found = [*map(cut_one, cut)]
    values = [{"": [Values(sha256(one).digest(), len(one), partial(bytes, one)) for one in data]} for _, data in found]
    known = [piece for piece, _ in found]
    return Column("run", "spark", "sparks", values, pieces.count(known), pieces.varies(known))
