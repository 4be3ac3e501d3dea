"""The page of an experiment from the lines that its runs left; idempotent, as the page of a run is."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

from runpages.format import layout
from runpages.format.records import Problem

from . import logged
from .errors import PAGE_KEPT, PAGE_MISSING, Fault, fault_of
from .logged import Logged
from .model import ExperimentSummary, Script
from .page import (
    Chosen,
    Default,
    Field,
    column_scripts,
    default_columns,
    entry_of,
    experiment_page,
    fields,
    rows_of,
    runs_csv,
    runs_json,
    runs_script,
    search_blocks,
    search_entry,
    views,
)
from .plan import Plan, Run
from .read import run_folder
from .render import Job, Rendered, kept, left_out, places, theme
from .settings import ExperimentSettings, effects, warnings
from .write.build_cache import ExperimentNote, Notes, RunNote, files_of, plain, summary_of
from .write.runs_parquet import runs_parquet
from .write.site_folder import Output
from .write.writer import Writer


class Lines(NamedTuple):
    """An experiment to be indexed: its folder in the workspace, and a line for each run."""

    folder: str
    lines: Sequence[bytes]


class Indexed(NamedTuple):
    """What remains of an experiment when its page is written."""

    experiment: str
    entry: dict[str, Any]
    files: dict[str, int]
    changed: int
    problems: tuple[Problem, ...]
    rows: bytes
    """Its runs for the page of all runs."""


def index_batch(job: Job, experiments: Sequence[Lines]) -> list[Indexed]:
    """Index some experiments. Raises OutputError where the site cannot be written."""
    with without_collection():
        return [index_experiment(job, experiment) for experiment in experiments]


@contextmanager
def without_collection() -> Iterator[None]:
    """Look for no garbage: all runs are needed to the end, and visiting them again takes a sixth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def index_experiment(job: Job, lines: Lines) -> Indexed:
    """Write the page of an experiment."""
    record = run_folder.read_experiment(lines.folder)
    runs = [run for run in map(summary_of, lines.lines) if run is not None]
    name, settings = (
        os.path.basename(lines.folder),
        effects.experiment_settings(job.settings, record.name, os.path.basename(lines.folder)),
    )
    record = record._replace(tags=effects.without_hidden(job.settings.hide.tags, record.tags))
    experiment = effects.summarized(record, layout.experiment_page(name), runs, settings)
    blocks = search_blocks(experiment)
    entry = entry_of(experiment, search_entry(experiment, blocks))
    out = Writer(job.folder, fresh=job.fresh)
    look, rows = theme(job.theme, job.look).render, job.settings.limits.runs
    known = logged.of(experiment.runs)
    default = default_columns(experiment, known, settings.columns, rows)
    scripts = _put_scripts(out, name, experiment, known, default, settings)
    files, lacks = _put_tables(out, name, list(fields(experiment, known)), parquet=job.settings.parquet)
    page = experiment_page(job.site, experiment, look, default, scripts, files, rows=rows)
    out.put(page.path, page.html.encode("utf-8", "backslashreplace"))
    for place, block in enumerate(blocks):
        out.put(layout.experiment_data(name, f"search-{place}"), block.script)
    problems = (
        *record.problems,
        *lacks,
        *warnings.unknown_names(experiment, settings),
        *warnings.duplicate_ids(experiment.runs),
    )
    return Indexed(name, plain(entry), out.files, out.changed, problems, rows_of(experiment))


def _put_scripts(
    out: Writer,
    name: str,
    experiment: ExperimentSummary,
    known: Logged,
    default: Default,
    settings: ExperimentSettings,
) -> dict[str, Script]:
    """Write what browsers load of an experiment's runs; returns what its page links."""
    keys = logged.keys(known)
    pair_by, saved = logged.key(keys, settings.pair_by or ""), views(settings.views, keys)
    chosen = Chosen(default.keys, settings.tolerance, pair_by, saved)
    columns = column_scripts(experiment, known, chosen, layout.experiment_columns(name))
    for path, values in columns.values.items():
        out.put(path, values)
    data = {"columns": columns.listing, "runs": runs_script(experiment)}
    return {kind: out.put_script(layout.experiment_data(name, kind), script) for kind, script in data.items()}


def _put_tables(out: Writer, name: str, table: Sequence[Field], *, parquet: bool) -> tuple[list[str], list[Problem]]:
    """Write the table of all runs for other programs; returns the paths, and a problem where a library is missing."""
    made: dict[str, bytes | None] = {"csv": runs_csv(table), "json": runs_json(table)}
    if parquet:
        made["parquet"] = runs_parquet(table)
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


def settle(found: Plan, job: Job, out: Output, notes: Notes, rendered: Sequence[Rendered]) -> dict[str, list[Rendered]]:
    """The runs of each experiment that is to be indexed; their lines are noted for the next build."""
    new: dict[str, dict[str, Rendered]] = {name: {} for name in found.changes.experiments}
    for one in rendered:
        new[one.experiment][one.name] = one
    settled: dict[str, dict[str, Rendered | None]] = {}
    lines: dict[str, Mapping[str, bytes]] = {}
    for name, ones in new.items():
        runs = found.changes.there[name]
        is_new = len(ones) == len(runs) and not any(map(_is_lost, ones.values()))
        lines[name] = {} if is_new else notes.lines(name)
        before = _before(found, name)
        settled[name] = {run: _settled(name, run, ones.get(run), before.get(run), lines[name].get(run)) for run in runs}
    staying = [(name, run) for name, runs in settled.items() for run, one in runs.items() if one is None]
    files = out.files_of(staying)
    result = {}
    for name, ends in settled.items():
        before = _before(found, name)
        result[name] = [
            one or _kept(job, (name, run), before[run], new[name].get(run), files[name, run], lines[name].get(run))
            for run, one in ends.items()
        ]
        notes.put_lines(name, [one.line for one in result[name]])
    for name in found.changes.dropped:
        notes.put_lines(name, [])
        notes.put_rows(name, b"")
    return result


def _settled(
    experiment: str, run: str, new: Rendered | None, before: RunNote | None, line: bytes | None
) -> Rendered | None:
    """A run as it was rendered now, or is still; None if its published page stays without that."""
    if new is not None and not _is_lost(new):
        return new
    if new is not None and (before is None or not before.shown):
        return left_out(experiment, run, new.note)
    if new is None and before is not None and line is not None:
        return Rendered(experiment, run, before, line, 0)
    return None


def _kept(
    job: Job, run: Run, before: RunNote, new: Rendered | None, files: Sequence[str], line: bytes | None
) -> Rendered:
    faults = tuple(fault._replace(effect=PAGE_KEPT) for fault in new.note.faults) if new else before.faults
    written = files_of(new.line) if new else []
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
    """What became of an experiment: its note, or none if it is left out; its files, and the program errors."""

    note: ExperimentNote | None
    files: set[str]
    faults: dict[str, Sequence[Fault]]
    changed: int = 0


def conclude(
    found: Plan, out: Output, experiment: str, runs: Sequence[Rendered], result: Sequence[Indexed] | Exception
) -> End:
    """What remains to be noted of an experiment, from its settled runs and what came of indexing it.

    If its page can't be made, the one of the last build stays; without one it is left out until it can be.
    """
    before = found.before.experiments.get(experiment)
    place = found.workspace / experiment
    faults: dict[str, Sequence[Fault]] = {str(place / run.name): run.note.faults for run in runs if run.note.faults}
    files = {path for run in runs for path in files_of(run.line)}
    own = pages(experiment)
    for run in runs:
        if not run.note.shown:
            _own(out, experiment, run.name)
    notes = {run.name: run.note._replace(faults=tuple(map(_short, run.note.faults))) for run in runs}
    key, stamp = found.keys.get(experiment, ""), found.stamps.get(experiment, "")
    if not isinstance(result, Exception):
        [made] = result
        note = ExperimentNote(key, stamp, made.entry, sum(made.files.values()), made.problems, notes)
        return End(note, files | made.files.keys(), faults, made.changed)
    what = "The page of the experiment"
    if layout.experiment_page(experiment) in out.listed:
        fault = fault_of(result, what, PAGE_KEPT)
        known = before if before and before.entry else None
        kept = replace(known, key=key, stamp=stamp, runs=notes, fault=_short(fault)) if known else None
        # The old page links runs that may be gone: nothing goes until it can be made.
        return End(kept, files | out.listed, {**faults, str(place): (fault,)})
    for run in runs:
        _own(out, experiment, run.name)
    for path in own:
        out.own(path)
    return End(None, set(), {str(place): (fault_of(result, what, PAGE_MISSING),)})


def pages(experiment: str) -> set[str]:
    """The files of an experiment's own page, and the folder of its columns."""
    return {
        layout.experiment_page(experiment),
        layout.experiment_columns(experiment),
        *(layout.experiment_data(experiment, kind) for kind in ("runs", "columns")),
        *(layout.experiment_table(experiment, extension) for extension in ("csv", "json", "parquet")),
    }


def _own(out: Output, experiment: str, run: str) -> None:
    """Take what was written of a run that is left out as ours, so that it is removed."""
    for place in places([(experiment, run)]):
        out.own(place)


def _short(fault: Fault) -> Fault:
    """A fault as it is noted: its traceback names folders of this machine, and is for who builds."""
    return fault._replace(traceback="")
