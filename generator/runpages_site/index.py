"""The page of an experiment from the lines that its runs left; idempotent, as the page of a run is."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple

from runpages.format import layout
from runpages.format.document import encode
from runpages.format.published import described
from runpages.format.records import ExperimentRecord, Problem

from . import gate, logged
from .errors import PAGE_KEPT, PAGE_MISSING, Fault, fault_of
from .garbage import collection
from .model import ExperimentSummary, RunSummary, Script
from .page import (
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
    known_runs,
    logged_of,
    noted_runs,
    part_of,
    restored,
    runs_script,
    search_entry,
    stored,
    table_names,
    views,
)
from .plan import Plan, Run
from .read import publish_filter, run_folder
from .render import Job, Rendered, kept, left_out, places, theme
from .settings import ExperimentSettings, effects, warnings
from .theme import plotly_js
from .write.build_cache import FORMAT, ExperimentNote, RunNote, plain, summary_of
from .write.copies import Copies
from .write.run_blocks import Line, RunBlock, RunBlocks, arranged
from .write.runs_parquet import runs_parquet
from .write.site_folder import Output
from .write.writer import Writer


class Lines(NamedTuple):
    """An experiment to be indexed: its folder in the workspace, and the blocks of its runs, newest first."""

    folder: str
    blocks: Sequence[RunBlock]
    listed: Collection[str] = ()
    """What the last build wrote of its columns, each as it would be written now under that name."""


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
    files, lacks = _put_tables(
        out, name, experiment, table_names(experiment, known), parts, parquet=job.settings.parquet
    )
    _publish(job, lines, record, policy, out)
    page = experiment_page(job.site, experiment, look, default, scripts, files, rows=rows)
    out.put(page.path, page.html.encode("utf-8", "backslashreplace"))
    searched = (script for part in reversed(parts) for key, script in part.written.items() if key.startswith("search:"))
    for place, script in enumerate(searched):
        out.put(layout.experiment_data(name, f"search-{place}"), script)
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
    document, readme = run_folder.published_experiment(folder), run_folder.read_readme(folder)
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
    columns = column_scripts(experiment, blocks, chosen, layout.experiment_columns(name))
    for path, make in columns.values.items():
        if not (path in lines.listed and out.keep(path)):
            out.put(path, make())
    data = {"columns": columns.listing, "runs": runs_script(experiment, [part.lists for part in parts])}
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
    """Write the table of all runs for other programs; returns the paths, and a problem where a library is missing."""
    rows = [part.table.by(columns) for part in parts]
    made: dict[str, bytes | None] = {
        "csv": csv_head(columns) + b"".join(one.csv for one in rows),
        "json": json_of(columns, [one.json for one in rows]),
    }
    if parquet:
        made["parquet"] = runs_parquet(list(fields(experiment, logged.of(experiment.runs))))
    paths, problems = [], []
    for extension, data in made.items():
        path = layout.experiment_table(name, extension)
        if data is None:
            why = "runs.parquet needs pyarrow: pip install pyarrow"
            problems.append(Problem(layout.SETTINGS, None, why, "Not written", damage=False))
        else:
            out.put(path, data)
            paths.append(path)
    return paths, problems


class Runs:
    """The runs of a page in blocks: the part of each, as it was noted or is made now.

    ``files`` says whether the page has files for other programs and for the search.
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
        self.parts: list[Part] = []
        """Newest first."""
        runs: list[RunSummary] = []
        for block in blocks:
            part, found = self._part(block)
            self.parts.append(part)
            runs += found
        self.blocks = [part.block for part in self.parts]
        self.known = known_runs(runs, self.blocks)

    def _part(self, block: RunBlock) -> tuple[Part, Sequence[RunSummary]]:
        if (data := self._store.part(block.key, self._made)) is not None:
            with suppress(ValueError, TypeError, KeyError, RecursionError):
                part = restored(data)
                return part, noted_runs(part, _Summaries(self._store, block).read)
        part = self._make([summary_of(line) for line in self._store.lines(block)])
        self._store.put_part(block.key, self._made, stored(part))
        return part, noted_runs(part, _Summaries(self._store, block).read)


class _Summaries:
    """The summaries of a block, which are read when the first is asked for."""

    def __init__(self, store: RunBlocks, block: RunBlock) -> None:
        self._store, self._block = store, block
        self._lines: list[bytes] = []
        self._known: dict[int, RunSummary] = {}

    def read(self, row: int) -> RunSummary:
        """The summary of a run."""
        if row not in self._known:
            self._lines = self._lines or self._store.lines(self._block)
            self._known[row] = summary_of(self._lines[row])
        return self._known[row]


class Settled(NamedTuple):
    """The runs of an experiment that is to be indexed: what was noted of each, and their blocks.

    ``ends`` are the runs that are not as the last build left them, ``files`` those of runs in no block, ``before`` the
    blocks of the last build.
    """

    notes: dict[str, RunNote]
    blocks: list[RunBlock]
    ends: list[Rendered]
    files: set[str]
    before: list[RunBlock]


def settle(found: Plan, job: Job, out: Output, rendered: Sequence[Rendered]) -> dict[str, Settled]:
    """The runs of each experiment that is to be indexed; their lines are noted for the next build."""
    new: dict[str, dict[str, Rendered]] = {name: {} for name in found.changes.experiments}
    for one in rendered:
        new[one.experiment][one.name] = one
    return {name: _settled(found, job, out, name, ones) for name, ones in new.items()}


def _settled(found: Plan, job: Job, out: Output, experiment: str, new: Mapping[str, Rendered]) -> Settled:
    store, there = RunBlocks(job.folder, experiment), found.changes.there[experiment]
    before, blocks = _before(found, experiment), _blocks(found, store, experiment)
    known = {name: (block, row) for block in blocks for row, name in enumerate(block.names)}
    ends, staying = dict[str, Rendered](), list[str]()
    for run in there:
        one = new.get(run)
        if one is not None and not _is_lost(one):
            ends[run] = one
        elif one is not None and (run not in before or not before[run].shown):
            ends[run] = left_out(experiment, run, one.note)
        elif one is not None or (before[run].shown and run not in known):
            staying.append(run)
    files = out.files_of((experiment, run) for run in staying)
    for run in staying:
        line = store.line(*known[run]) if run in known else None
        ends[run] = _kept(job, (experiment, run), before[run], new.get(run), files[experiment, run], line)
    lines = {run: one.line for run, one in ends.items() if one.line is not None}
    return Settled(
        {run: ends[run].note if run in ends else before[run] for run in there},
        arranged(store, blocks, {run for run in there if run in lines or run not in ends}, lines),
        list(ends.values()),
        {path for one in ends.values() if one.line is None for path in one.files},
        blocks,
    )


def _blocks(found: Plan, store: RunBlocks, experiment: str) -> list[RunBlock]:
    """The blocks of an experiment as the last build noted them."""
    note = found.before.experiments.get(experiment)
    return store.read(note.blocks) if note else []


def _kept(
    job: Job, run: Run, before: RunNote, new: Rendered | None, files: Sequence[str], line: Line | None
) -> Rendered:
    faults = tuple(fault._replace(effect=PAGE_KEPT) for fault in new.note.faults) if new else before.faults
    written = new.files if new else []
    return kept(job, run, before._replace(faults=faults), sorted({*files, *written}), line)


def _is_lost(one: Rendered) -> bool:
    return any(fault.is_whole for fault in one.note.faults)


def _before(found: Plan, experiment: str) -> Mapping[str, RunNote]:
    """The runs of an experiment as the last build noted them."""
    note = found.before.experiments.get(experiment)
    if note is None or note.key == found.keys.get(experiment):
        return note.runs if note else {}
    # A run that this build leaves as it is was made with other settings, or another theme.
    return {name: run._replace(key="") for name, run in note.runs.items()}


class End(NamedTuple):
    """What became of an experiment: its note, or none if it is left out; its files, and the program errors.

    ``within`` are the files of the last build that go unless they are among ``files``.
    """

    note: ExperimentNote | None
    files: set[str]
    within: set[str]
    faults: dict[str, Sequence[Fault]]
    changed: int = 0


def columns_written(found: Plan, out: Output, experiment: str) -> Collection[str]:
    """What the last build wrote of an experiment's columns, where this one makes the same of the same values."""
    note = found.before.experiments.get(experiment)
    if note is None or not note.stamp or note.stamp != found.stamps.get(experiment):
        return ()
    return frozenset(out.begins(layout.experiment_columns(experiment)))


def conclude(found: Plan, out: Output, experiment: str, settled: Settled, result: Sequence[Indexed] | Exception) -> End:
    """What remains to be noted of an experiment, from its settled runs and what came of indexing it.

    If its page can't be made, the one of the last build stays; without one it is left out until it can be.
    """
    before = found.before.experiments.get(experiment)
    place = found.workspace / experiment
    runs = settled.ends
    faults: dict[str, Sequence[Fault]] = {str(place / run.name): run.note.faults for run in runs if run.note.faults}
    for run in runs:
        if not run.note.shown:
            _own(out, experiment, run.name)
    notes = settled.notes | {
        run.name: run.note._replace(faults=tuple(map(_short, run.note.faults))) for run in runs if run.note.faults
    }
    key, stamp = found.keys.get(experiment, ""), found.stamps.get(experiment, "")
    blocks = tuple(block.key for block in settled.blocks)
    if not isinstance(result, Exception):
        [made] = result
        size = sum(made.files.values())
        own = () if settled.files else tuple(made.files)
        note = ExperimentNote(key, stamp, made.entry, size, made.problems, notes, blocks=blocks, files=own)
        files, within = _files(out, experiment, before, settled)
        files.update(settled.files, made.files)
        return End(note, files, within, faults, made.changed)
    what = "The page of the experiment"
    if layout.experiment_page(experiment) in out.manifest:
        fault = fault_of(result, what, PAGE_KEPT)
        known = before if before and before.entry else None
        kept = known and replace(known, key=key, stamp=stamp, runs=notes, fault=_short(fault), blocks=blocks)
        files = {path for run in runs for path in run.files}
        # The old page links runs that may be gone: nothing goes until it can be made.
        return End(kept, files | out.listed, set(), {**faults, str(place): (fault,)})
    for name in notes:
        _own(out, experiment, name)
    for path in pages(experiment):
        out.own(path)
    below = out.files_below(layout.site_segment(experiment))
    return End(None, set(), below, {str(place): (fault_of(result, what, PAGE_MISSING),)})


def _files(out: Output, experiment: str, before: ExperimentNote | None, settled: Settled) -> tuple[set[str], set[str]]:
    """The files of an experiment's runs, and those of the last build that may go: of the blocks that differ, if known.

    To name the files of all runs takes longer than to render one.
    """
    shared = f"{os.path.dirname(layout.experiment_page(experiment))}/{plotly_js.NAME}"
    was = settled.before
    listed = layout.experiment_page(experiment) in out.manifest
    if before is None or not before.files or before.fault or len(was) < len(before.blocks) or not listed:
        within = out.files_below(layout.site_segment(experiment))
        return {path for block in settled.blocks for path in block.files}, within
    there, then = {block.key for block in settled.blocks}, {block.key for block in was}
    files = {path for block in settled.blocks if block.key not in then for path in block.files}
    within = {path for block in was if block.key not in there for path in block.files}
    within.update(before.files, [shared])
    if any(block.has(shared) for block in settled.blocks):
        files.add(shared)
    return files, {path for path in within if path in out.manifest}


def pages(experiment: str) -> set[str]:
    """The files of an experiment's own page, and the folder of its columns."""
    return {
        layout.experiment_page(experiment),
        layout.experiment_columns(experiment),
        *(layout.experiment_data(experiment, kind) for kind in ("runs", "columns")),
        *(layout.experiment_table(experiment, extension) for extension in ("csv", "json", "parquet")),
        *(
            f"{os.path.dirname(layout.experiment_page(experiment))}/{file}"
            for file in (layout.EXPERIMENT, publish_filter.harmless(layout.README))
        ),
    }


def _own(out: Output, experiment: str, run: str) -> None:
    """Take what was written of a run that is left out as ours, so that it is removed."""
    for place in places([(experiment, run)]):
        out.own(place)


def _short(fault: Fault) -> Fault:
    """A fault as it is noted: its traceback names folders of this machine, and is for who builds."""
    return fault._replace(traceback="")
