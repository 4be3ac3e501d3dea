"""An experiment around its indexing: what of the last build still holds, and what is noted for the next one."""

from __future__ import annotations

import os
from array import array
from collections.abc import Collection, Iterable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from runpages.format import layout

from .changes import Run, places
from .errors import PAGE_KEPT, PAGE_MISSING, Fault, fault_of
from .index import Indexed
from .model import RunSummary
from .packed import Names
from .page import feed_of
from .plan import Plan
from .read import publish_filter, run_folder
from .render import Job, Rendered, left_out
from .settings import effects
from .theme import plotly_js
from .write.build_cache import ExperimentNote
from .write.copies import numbers_of
from .write.run_blocks import Line, RunBlock, RunBlocks, arranged, placed
from .write.run_notes import NO_RUNS, RunNote, RunNotes
from .write.site_folder import Output
from .write.spool import Spool
from .write.summary_notes import line_of


class Settled(NamedTuple):
    """The runs of an experiment that is to be indexed: what was noted of each, and their blocks.

    ``ends`` are the runs without a page, or with faults, that are not as the last build left them; ``files`` are those
    of runs in no block, ``before`` the blocks of the last build.
    """

    notes: RunNotes
    blocks: list[RunBlock]
    ends: list[Rendered]
    files: set[str]
    before: list[RunBlock]


class Waiting:
    """The rendered runs of a build by experiment, in a spool."""

    def __init__(self, site: Path) -> None:
        self._places: dict[str, array[int]] = {}
        self._spool = Spool(site)

    def add(self, rendered: Iterable[Rendered]) -> None:
        """Take what remains of runs. Raises OutputError where there is no room for it."""
        for one in rendered:
            line = None if one.line is None else one.line.read()
            known = one._replace(files=() if line else one.files, line=None)
            self._places.setdefault(one.experiment, array("Q")).append(self._spool.put(tuple(known), line))

    def take(self, experiment: str) -> dict[str, Rendered]:
        """The runs of an experiment by name, which wait no longer. Raises OutputError where they can't be read."""
        found = map(self._spool.get, self._places.pop(experiment, ()))
        rendered = (Rendered(*known)._replace(line=line) for known, line in found)
        return {one.name: one for one in rendered}

    def close(self) -> None:
        """Let go of what nobody took."""
        self._spool.close()


def settle(found: Plan, job: Job, out: Output, rendered: Waiting) -> dict[str, Settled]:
    """The runs of each experiment that is to be indexed; their lines are noted for the next build."""
    return {name: _settled(found, job, out, name, rendered.take(name)) for name in found.changes.experiments}


def _settled(found: Plan, job: Job, out: Output, experiment: str, new: dict[str, Rendered]) -> Settled:
    store, there = RunBlocks(job.folder, experiment), found.changes.there[experiment]
    before, blocks = _before(found, experiment), _blocks(found, store, experiment)
    known = placed(blocks)
    ends, staying = dict[str, Rendered](), list[str]()
    for run in (run for run in there if run in new or run not in known):
        one = new.get(run)
        if one is not None and not _is_lost(one):
            ends[run] = one
        elif one is not None and (run not in before or not before[run].shown):
            ends[run] = left_out(experiment, run, one.note)
        elif one is not None or (before[run].shown and run not in known):
            staying.append(run)
    files = out.files_of((experiment, run) for run in staying)
    for run in staying:
        line = store.line(known[run], run) if run in known else None
        ends[run] = _kept(job, (experiment, run), before[run], new.get(run), files[experiment, run], line)
    notes = before.changed(Names.of(there), {run: one.note for run, one in ends.items()})
    others = [one for one in ends.values() if one.line is None or one.note.faults or not one.note.shown]
    lines = {run: one.line for run, one in ends.items() if one.line is not None}
    rows = set(there)
    rows -= ends.keys() - lines.keys()
    new.clear()  # What was said of very many runs takes as much memory as all that is noted of them.
    del ends
    return Settled(
        notes,
        arranged(store, blocks, rows, lines, known),
        [one._replace(files=(), line=None) for one in others if one.note.faults or not one.note.shown],
        {path for one in others if one.line is None for path in one.files},
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
    return _as_published(job, run, before._replace(faults=faults), sorted({*files, *written}), line)


def _is_lost(one: Rendered) -> bool:
    return any(fault.is_whole for fault in one.note.faults)


def _before(found: Plan, experiment: str) -> RunNotes:
    """The runs of an experiment as the last build noted them."""
    note = found.before.experiments.get(experiment)
    if note is None or note.key == found.keys.get(experiment):
        return note.runs if note else NO_RUNS
    # A run that this build leaves as it is was made with other settings, or another theme.
    return note.runs.without_keys()


class End(NamedTuple):
    """What became of an experiment: its note, or none if it is left out; its files, and the program errors.

    ``within`` are the files of the last build that go unless they are among ``files``.
    """

    note: ExperimentNote | None
    files: set[str]
    within: set[str]
    faults: dict[str, Sequence[Fault]]
    changed: int = 0
    packs: Sequence[RunBlock] = ()
    """Blocks whose files are all there as well, where they are too many to be named."""


def written(found: Plan, out: Output, experiment: str, settled: Settled) -> tuple[Collection[str], int]:
    """What the last build wrote of an experiment's columns, where this one makes the same of the same values.

    And how many of the oldest blocks are those that it had.
    """
    note = found.before.experiments.get(experiment)
    if note is None or not note.stamp or note.stamp != found.stamps.get(experiment) or note.fault:
        return (), 0
    pairs = zip(reversed(settled.blocks), reversed(note.blocks), strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0].key == pair[1], pairs))
    return frozenset(out.begins(layout.experiment_columns(experiment))), same


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
    short = {run.name: run.note._replace(faults=tuple(map(_short, run.note.faults))) for run in runs if run.note.faults}
    notes = settled.notes.changed(settled.notes.names, short) if short else settled.notes
    key, stamp = found.keys.get(experiment, ""), found.stamps.get(experiment, "")
    blocks = tuple(block.key for block in settled.blocks)
    if not isinstance(result, Exception):
        [made] = result
        size = sum(made.files.values())
        own = () if settled.files else tuple(made.files)
        note = ExperimentNote(key, stamp, made.entry, size, made.problems, notes, blocks=blocks, files=own)
        files, within, packs = _files(out, experiment, before, settled)
        files.update(settled.files, made.files)
        return End(note, files, within, faults, made.changed, packs)
    what = "The page of the experiment"
    if layout.experiment_page(experiment) in out.manifest:
        fault = fault_of(result, what, PAGE_KEPT)
        known = before if before and before.entry else None
        kept = known and known._replace(key=key, stamp=stamp, runs=notes, fault=_short(fault), blocks=blocks)
        files = settled.files | {path for block in settled.blocks for path in block.files}
        # The old page links runs that may be gone: nothing goes until it can be made.
        return End(kept, files | out.listed, set(), {**faults, str(place): (fault,)})
    for name in notes:
        _own(out, experiment, name)
    out.own(*pages(experiment))
    below = out.files_below(layout.site_segment(experiment))
    return End(None, set(), below, {str(place): (fault_of(result, what, PAGE_MISSING),)})


def _files(
    out: Output, experiment: str, before: ExperimentNote | None, settled: Settled
) -> tuple[set[str], set[str], Sequence[RunBlock]]:
    """The files of an experiment's runs, and those of the last build that may go: of the blocks that differ, if known.

    To name the files of all runs takes longer than to render one, and much memory: in a new site, they stay in blocks.
    """
    shared = f"{os.path.dirname(layout.experiment_page(experiment))}/{plotly_js.NAME}"
    was = settled.before
    listed = layout.experiment_page(experiment) in out.manifest
    if before is None or not before.files or before.fault or len(was) < len(before.blocks) or not listed:
        within = out.files_below(layout.site_segment(experiment))
        return set(), within, settled.blocks
    there, then = {block.key for block in settled.blocks}, {block.key for block in was}
    files = {path for block in settled.blocks if block.key not in then for path in block.files}
    within = {path for block in was if block.key not in there for path in block.files}
    within.update(before.files, [shared])
    if any(shared in block.shared for block in settled.blocks):
        files.add(shared)
    return files, {path for path in within if path in out.manifest}, ()


def pages(experiment: str) -> set[str]:
    """The files of an experiment's own page, and the folder of its columns."""
    return {
        layout.experiment_page(experiment),
        layout.experiment_columns(experiment),
        *(layout.experiment_data(experiment, kind) for kind in ("runs", "columns")),
        *(layout.experiment_table(experiment, extension) for extension in ("csv", "json", "parquet")),
        feed_of(layout.experiment_page(experiment)),
        layout.experiment_page(experiment).removesuffix("index.html") + "social/",
        *(
            f"{os.path.dirname(layout.experiment_page(experiment))}/{file}"
            for file in (layout.EXPERIMENT, publish_filter.harmless(layout.README))
        ),
    }


def _own(out: Output, experiment: str, run: str) -> None:
    """Take what was written of a run that is left out as ours, so that it is removed."""
    out.own(*places([(experiment, run)]))


def _short(fault: Fault) -> Fault:
    """A fault as it is noted: its traceback names folders of this machine, and is for who builds."""
    return fault._replace(traceback="")


def _as_published(job: Job, run: Run, before: RunNote, files: Sequence[str], line: Line | None) -> Rendered:
    """A published run that stays as it is: its note without the key, so that it is rendered as soon as it can be.

    ``line`` is what the last build noted of it. Without one, its row is made from what is published of it, which is a
    run folder as well.
    """
    if line is None and (summary := _summary_of_published(job, run)):
        line = line_of(files, summary)
    return Rendered(*run, before._replace(key=""), files, line and line._replace(files=files), 0)


def _summary_of_published(job: Job, run: Run) -> RunSummary | None:
    try:
        if job.target is not None:
            job.target.bring(layout.run_files(*run), job.folder)
        with numbers_of(job.folder / layout.run_files(*run)) as folder:
            record = run_folder.read_run(folder, now=job.now).record
        models = effects.visible_models(job.settings, publish_filter.models(record))
        return run_folder.summarize(effects.applied(record, job.settings, run[0]), layout.run_page(*run), models)
    except Exception:  # Its page stays; the tables have a row less.
        return None
