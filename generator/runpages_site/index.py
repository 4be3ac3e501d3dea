"""The page of an experiment from the lines that its runs left; idempotent, as the page of a run is."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from hashlib import blake2b
from itertools import accumulate, chain
from typing import Any, NamedTuple

from runpages.format import layout
from runpages.format.document import encode
from runpages.format.published import described
from runpages.format.records import ExperimentRecord, Problem

from . import gate, logged
from .garbage import collection
from .model import ExperimentSummary, RunSummary
from .page import (
    CSV,
    JSON,
    Chosen,
    Default,
    Part,
    column_scripts,
    csv_head,
    default_columns,
    entry_of,
    experiment_page,
    fields,
    json_of,
    json_pieces,
    known_runs,
    logged_of,
    part_of,
    restored,
    search_entry,
    stored,
    table_names,
    together,
    views,
)
from .page.shards import shards
from .read import publish_filter, run_folder, seen
from .render import Job, theme
from .settings import ExperimentSettings, effects, warnings
from .shared import put_experiment
from .site import Script
from .write.build_cache import FORMAT
from .write.copies import Copies
from .write.run_blocks import PART, SHARD, RunBlock, RunBlocks
from .write.runs_parquet import runs_parquet
from .write.summary_notes import params_of, plain, summary_of
from .write.writer import Writer


class Lines(NamedTuple):
    """An experiment to be indexed: its folder in the workspace, and the blocks of its runs, newest first."""

    folder: str
    blocks: Sequence[RunBlock]
    listed: Collection[str] = ()
    """What the last build wrote of its columns, each as it would be written now under that name."""
    same: int = 0
    """How many of its oldest blocks are those of the last build, which wrote the same of them."""
    note: str | None = None
    """What another tool keeps of it, for want of a README."""


class Indexed(NamedTuple):
    """What remains of an experiment when its page is written."""

    experiment: str
    entry: dict[str, Any]
    files: dict[str, int]
    changed: int
    problems: tuple[Problem, ...]


def index_batch(job: Job, experiments: Sequence[Lines]) -> list[Indexed]:
    """Index some experiments. Raises OutputError where the site cannot be written."""
    with collection(wanted=False):
        return [index_experiment(job, experiment) for experiment in experiments]


def index_experiment(job: Job, lines: Lines) -> Indexed:
    """Write the page of an experiment."""
    record = run_folder.read_experiment(lines.folder)
    record = record._replace(readme=record.readme or lines.note)
    name = os.path.basename(lines.folder)
    path = layout.experiment_page(name)
    settings = effects.experiment_settings(job.settings, record.name, name)
    record = record._replace(tags=effects.without_hidden(job.settings.hide.tags, record.tags))
    policy = gate.policy_of(job.settings)
    record, found = gate.masked_experiment(record, policy)
    store = RunBlocks(job.folder, name)
    runs = Runs(store, lines.blocks, job.site.version, path, record.name, settings.metric)
    experiment = effects.summarized(record, path, runs.known, settings)
    known, parts = logged_of(runs.blocks), runs.parts
    entry = entry_of(experiment, search_entry(experiment, known, [one for part in parts[::-1] for one in part.search]))
    out = Writer(job.folder, fresh=job.fresh)
    look, rows = theme(job.theme, job.look).render, job.settings.limits.runs
    default = default_columns(experiment, known, settings.columns, rows)
    scripts = _put_scripts(out, lines, experiment, parts, default, settings)
    columns = table_names(experiment, known)
    parts = runs.by(columns)
    files, lacks = _put_tables(out, name, experiment, columns, parts, parquet=job.settings.parquet)
    _publish(job, lines, record, policy, out)
    entry, about = put_experiment(job.site, job.settings, experiment, entry, out)
    page = experiment_page(job.site, experiment, look, default, scripts, files, rows=rows, about=about)
    out.put(page.path, page.html.encode("utf-8", "backslashreplace"))
    _put_search(out, lines, parts)
    problems = (
        *record.problems,
        *(one.problem() for one in found),
        *lacks,
        *warnings.unknown_names(experiment, known, settings),
        *warnings.duplicate_ids(experiment.runs),
    )
    return Indexed(name, plain(entry), out.files, out.changed, problems)


def _publish(job: Job, lines: Lines, record: ExperimentRecord, policy: gate.Policy, out: Writer) -> None:
    """Write what the workspace says of an experiment beside its runs."""
    folder = lines.folder
    below = f"{os.path.dirname(layout.experiment_page(os.path.basename(folder)))}/"
    document, readme = run_folder.published_experiment(folder), seen.read_beside(folder, layout.README)
    if not lines.blocks:  # Without runs, it is its document that makes it one.
        document = document or {}
    copies = Copies(out, below, {}, job.now)
    if readme is not None:
        copies.put(layout.README, publish_filter.harmless(layout.README), gate.masked_file(readme, policy))
    if document is not None or readme is not None:
        shown = gate.masked_value(publish_filter.of_experiment(document or {}, record.tags), policy)
        known = described(shown, copies.made.values(), is_there=document is not None)
        out.put(below + layout.EXPERIMENT, encode(known))


def _put_scripts(
    out: Writer,
    lines: Lines,
    experiment: ExperimentSummary,
    parts: Sequence[Part],
    default: Default,
    settings: ExperimentSettings,
) -> dict[str, Script]:
    """Write what browsers load of an experiment's runs; returns what its page links."""
    name, blocks = os.path.basename(lines.folder), [part.block for part in parts]
    keys = logged.keys(logged_of(blocks))
    pair_by, saved = logged.key(keys, settings.pair_by or ""), views(settings.views, keys)
    chosen = Chosen(default.keys, settings.tolerance, pair_by, saved)
    columns = column_scripts(
        experiment, blocks, [part.lists for part in parts], chosen, layout.experiment_columns(name)
    )
    for path, make in columns.values.items():
        if not (path in lines.listed and out.keep(path)):
            out.put(path, make())
    data = {"columns": columns.listing, "runs": columns.runs}
    return {kind: out.put_script(layout.experiment_data(name, kind), script) for kind, script in data.items()}


def _put_tables(
    out: Writer,
    name: str,
    experiment: ExperimentSummary,
    columns: Sequence[str],
    parts: Sequence[Part],
    *,
    parquet: bool,
) -> tuple[list[str], list[Problem]]:
    """Write the table of all runs for other programs; returns the paths, and a problem where a library is missing.

    Those of a large experiment are larger than the memory of some machines: they are written part by part.
    """
    paths = [layout.experiment_table(name, extension) for extension in (CSV, JSON)]
    head, around = csv_head(columns), len(json_of(columns, ())) + max(len(parts) - 1, 0)
    rows = {kind: [one.file for one in parts if one.sizes[kind]] for kind in (CSV, JSON)}
    size = {kind: sum(one.sizes[kind] for one in parts) for kind in (CSV, JSON)}
    out.put_pieces(paths[0], len(head) + size[CSV], lambda: chain([head], (read(CSV) for read in rows[CSV])))
    out.put_pieces(paths[1], around + size[JSON], lambda: json_pieces(columns, (read(JSON) for read in rows[JSON])))
    if not parquet:
        return paths, []
    data = runs_parquet(list(fields(experiment, logged.of(experiment.runs))))
    if data is None:
        why = "runs.parquet needs pyarrow: pip install pyarrow"
        return paths, [Problem(layout.SETTINGS, None, why, "Not written", damage=False)]
    out.put(path := layout.experiment_table(name, "parquet"), data)
    return [*paths, path], []


def _put_search(out: Writer, lines: Lines, parts: Sequence[Part]) -> None:
    """Write the scripts of the search, the oldest runs first."""
    place = blocks = 0
    for part in reversed(parts):
        blocks += part.members
        for script in part.scripts:
            path = layout.experiment_data(os.path.basename(lines.folder), f"search-{place}")
            if not (blocks <= lines.same and out.keep(path)):
                out.put(path, part.file(script))
            place += 1


class Runs:
    """The runs of a page in blocks: the part of each, as it was noted or is made now.

    ``files`` says whether the page has files for other programs and for the search. What is new is noted at once.
    Raises OutputError where that is not possible.
    """

    def __init__(
        self,
        store: RunBlocks,
        blocks: Sequence[RunBlock],
        version: str,
        path: str,
        name: str,
        metric: str | None,
        *,
        files: bool = True,
    ) -> None:
        self._store = store
        facts = repr((FORMAT, version, path, name, metric)).encode("utf-8", "surrogatepass")
        self._made = blake2b(facts, digest_size=12).hexdigest()
        self._make = partial(part_of, path, name, metric, files=files)
        self._first = blocks[0].key if blocks else ""
        self._newest: Sequence[RunSummary] = ()
        """The runs of the first block, if they were read for its part; the page shows these."""
        newest, *older = shards([len(block.names) for block in blocks])
        found: list[tuple[tuple[Part, _Place], Sequence[RunBlock]]]
        found = [(self._part(block), [block]) for block in blocks[newest]]
        found += [one for shard in older for one in self._shard(blocks[shard])]
        self.parts = [part for (part, _), _ in found]
        """Newest first."""
        self._places = [place for (_, place), _ in found]
        self.blocks = [part.block for part in self.parts]
        read = [_Summaries(store, some) for _, some in found]
        if read:
            read[0].known.update(enumerate(self._newest))
        self.known = known_runs(self.parts, read)

    def by(self, columns: Sequence[str]) -> list[Part]:
        """The parts whose rows have all these columns; those that had others have them from now on.

        To put the values of ten thousand runs in another order takes longer than to render one.
        """
        for at, part in enumerate(self.parts):
            if (other := part.by(columns)) is not part:
                self.parts[at] = self._kept(self._places[at], other)
        return self.parts

    def _part(self, block: RunBlock) -> tuple[Part, _Place]:
        """The part of a block."""
        place = _Place(block.key, self._made, PART)
        part = self._noted(place)
        if part is None:
            runs = [summary_of(line) for line in self._store.lines(block)]
            part = self._kept(place, self._make(runs))
            if block.key == self._first:
                self._newest = runs
        return part, place

    def _shard(self, blocks: Sequence[RunBlock]) -> list[tuple[tuple[Part, _Place], Sequence[RunBlock]]]:
        """The part of all blocks of a shard together, which new runs leave as it is; else that of each."""
        made = blake2b(repr((self._made, [block.key for block in blocks])).encode(), digest_size=12).hexdigest()
        place = _Place(blocks[0].key, made, SHARD)
        part = self._noted(place)
        if part is None:
            single = [*map(self._part, blocks)]
            part = together([one for one, _ in single])
            if part is None:
                return [(one, [block]) for one, block in zip(single, blocks, strict=True)]
            part = self._kept(place, part)
        return [((part, place), blocks)]

    def _kept(self, place: _Place, part: Part) -> Part:
        """A part that is noted, without its files in memory."""
        return part.kept(self._store.put_part(place.key, place.made, *stored(part), kind=place.kind).read)

    def _noted(self, place: _Place) -> Part | None:
        """The part that was noted at a place, if it is there and whole."""
        kept = self._store.part(*place)
        with suppress(ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None if kept is None else restored(kept.data, kept.read)
        return None


class _Place(NamedTuple):
    """Where a part is noted: as what of which block, and what it was made of beside."""

    key: str
    made: str
    kind: str


class _Summaries:
    """The summaries of some blocks, of which each is read when it is asked for."""

    def __init__(self, store: RunBlocks, blocks: Sequence[RunBlock]) -> None:
        self._store, self._blocks = store, blocks
        self._starts = [*accumulate((len(block.names) for block in blocks), initial=0)]
        self._lines: dict[int, bytes] = {}
        self.known: dict[int, RunSummary] = {}

    def read(self, row: int) -> RunSummary:
        """The summary of a run."""
        if row not in self.known:
            self.known[row] = summary_of(self._line(row))
        return self.known[row]

    def params(self, row: int) -> Mapping[str, object]:
        """The parameters of the summary of a run alone, in half of the time."""
        return self.known[row].params if row in self.known else params_of(self._line(row))

    def _line(self, row: int) -> bytes:
        if row not in self._lines:
            at = bisect_right(self._starts, row) - 1
            self._lines[row] = self._store.summary(self._blocks[at], row - self._starts[at])
        return self._lines[row]
