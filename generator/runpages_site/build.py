"""Builds a site: scan, render, index, publish, prune; only what changed since the last build.

The clock and the versions are arguments, so the same input gives the same bytes. What to write is decided before
anything is: pages and their data first, then what points to them, then the manifest; removals last.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import orjson

from runpages.format import layout

from .across import compare, home, put_all_runs, put_assets
from .changes import places
from .errors import BuildError, Fault
from .garbage import collection
from .plan import Plan, Retention, Segments, hashed, plan, runs_of
from .report import Clock, report_of
from .report import Report as Report
from .settings import Secrets
from .text import number
from .theme import plotly_js
from .write import site_folder
from .write.build_cache import ExperimentNote, Notes, State
from .write.listing import Manifest
from .write.run_blocks import RunBlock, RunBlocks
from .write.site_folder import Output
from .write.writer import note_site

# What renders is loaded where there is something to render: a build with nothing new takes half the time without.
if TYPE_CHECKING:
    from .executor import Start, WorkerPool
    from .render import Job
    from .settle import Waiting
    from .storage.site import StoredSite
    from .storage.stored_workspace import StoredWorkspace

FACTS = "build.js"
"""The data script with the facts of the last build that changed anything."""

LIBRARIES = {
    "click": "click", "detect_secrets": "detect-secrets", "jinja2": "jinja2", "markdown_it": "markdown-it-py",
    "nh3": "nh3", "orjson": "orjson", "pathspec": "pathspec", "PIL": "pillow", "plotly": "plotly",
    "pygments": "pygments", "yaml": "pyyaml", "rjsmin": "rjsmin", "rich": "rich",
}  # fmt: skip
"""The module of each required distribution, and its name."""

SERIAL = 100
"""Runs up to which processes would take longer to start than to help."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to build, and what of it. ``only`` names experiments; ``limit`` counts the last runs of each."""

    only: tuple[str, ...] = ()
    limit: int | None = None
    link: bool = False
    """Link files of finished runs instead of copying them."""
    jobs: int = 1
    """Processes that render, where there is work for more than one."""
    executor: Start | None = None
    """Makes the executor to render on, with ``jobs`` workers, in place of processes of this machine."""
    dry_run: bool = False
    """Report what would be done, and write nothing."""
    prune: bool = False
    """Remove all published runs that this build does not make, also those of other experiments."""
    keep: bool = False
    """Keep the pages of published runs that the workspace lacks."""
    drop: frozenset[Segments] = frozenset()
    """Runs to leave out, also of those that are kept: by the segments of their experiment and of their own."""
    noted: bool = True
    """Note in the workspace that its site is there."""
    check: Callable[[Path], None] = lambda site: None
    """Called with the folder of the site before anything in it is changed; what it raises ends the build."""
    source: str | None = None
    """The name of the source that reads the runs; found by what is in the workspace if None."""
    secrets: Secrets | None = None
    """What happens to secrets, in place of what the settings say."""
    ro_crate: bool = False
    """Describe the runs as an RO-Crate, for other programs."""
    origin: StoredWorkspace | None = None
    """The workspace in storage, of which the folder has what lies beside its runs."""
    target: StoredSite | None = None
    """The site in storage, of which the folder has what a build keeps at hand."""


Progress = Callable[[int, int], None]
"""Called with how many runs are rendered, and how many are to be."""


def build(
    workspace: Path,
    folder: Path,
    *,
    now: float,
    version: str,
    options: Options = Options(),
    progress: Progress = lambda done, total: None,
    clock: Clock | None = None,
) -> Report:
    """Build the runs of ``workspace`` into the site at ``folder``. ``now`` is in seconds since the epoch.

    A ``clock`` that is given has run since before workspace and site were opened.

    One bad run never stops the others: the report names it. Raises BuildError if there is no workspace, its settings
    or the site's folder are not fit to go on with, it lacks most of the published runs, a library is missing, or
    another build is writing there.
    """
    clock = clock or Clock()
    _require()
    scan = partial(
        plan, workspace, folder, now=now, version=version,
        only=options.only, limit=options.limit, retention=Retention(options.prune, options.keep, options.drop),
        reader=options.source, secrets=options.secrets, ro_crate=options.ro_crate,
        listed=options.origin and options.origin.found,
    )  # fmt: skip
    with collection(wanted=False):
        if options.dry_run:
            is_there = site_folder.exists(folder)
            before = Notes(folder).state() if is_there else State()
            found = scan(before, manifest=lambda: site_folder.manifest(folder) if is_there else Manifest())
            from .examine import examine

            _bring(found, options)
            return replace(report_of(found, found.before, {}, folder, clock), examined=examine(found, now))
        with options.target.opened() if options.target else site_folder.opened(folder) as out:
            before = Notes(out.folder).state()
            out.checksum = before.manifest
            found = scan(before, manifest=lambda: out.manifest)
            clock.ended("scan")
            if found.changes or found.secrets:
                from .examine import without_secrets

                if found.settings.secrets == "fail":
                    _bring(found, options)
                found = without_secrets(found, now)
            written = _write(found, out, now, options, progress, clock) if found.changes else Written(found.before)
        if options.noted and not (
            found.is_foreign or options.origin or options.target
        ):  # What other tools wrote stays as it is.
            note_site(workspace, folder, found.settings.base_url)
        # Still without looking for garbage, which takes longer than the report.
        return report_of(found, written.state, written.faults, folder, clock, out.changed, len(written.removed))


def _bring(found: Plan, options: Options) -> None:
    """Fetch the runs that are to be looked at before anything is written, if they are in storage."""
    if options.origin is not None and options.origin.found is not None:
        options.origin.bring(found.changes.runs)


def _require() -> None:
    """Raise BuildError if a library is missing; a page that lacks what it shows would be an error of ours."""
    missing = [name for module, name in LIBRARIES.items() if find_spec(module) is None]
    if missing:
        names = ", ".join(missing)
        raise BuildError(
            f"a build needs {names}, which this Python does not have: pip install {' '.join(missing)}. "
            "Nothing was changed."
        )


class Written(NamedTuple):
    """What a build left: the state of the site, program errors with their tracebacks by folder, removed files."""

    state: State
    faults: Mapping[str, Sequence[Fault]] = MappingProxyType({})
    removed: Sequence[str] = ()


def _write(found: Plan, out: Output, now: float, options: Options, progress: Progress, clock: Clock) -> Written:
    """Write what is new, then what points to it, then what names it all; remove what is no more."""
    from .executor import SerialExecutor, WorkerPool, workers
    from .render import Job
    from .settle import Waiting

    options.check(out.folder)
    notes = Notes(out.folder)
    out.own(*notes.unfinished())
    if not out.fresh:
        notes.begin(places(runs_of(found.changes.runs)))
    whole = bool(found.settings.comparisons) or not found.before.all_runs
    out.prepare([*found.changes.experiments, *found.changes.dropped], whole=whole)
    origin = options.origin.storage if options.origin and options.origin.found is not None else None
    target = options.target.target if options.target else None
    job = Job(
        found.site, found.settings, found.names, found.theme.folders, found.theme.fingerprint,
        out.folder, out.fresh, options.link and not origin and not target, now, origin, target,
    )  # fmt: skip
    jobs = options.jobs if options.executor or len(found.changes.runs) > SERIAL else 1
    with workers(jobs, options.executor) as pool, closing(Waiting(out.folder)) as rendered:
        put_assets(found, out)
        out.send()
        with collection(wanted=len(found.changes.runs) > SERIAL):
            render(found, job, pool, out, progress, rendered)
        clock.ended("render")
        # What is noted of a site in storage is at hand in this process alone.
        pool = WorkerPool(SerialExecutor, 1) if target else pool
        indexed = index(found, job, pool, out, rendered)
        all_runs = put_all_runs(found, job, pool, out, indexed.experiments)
    compared, faults = compare(found, job, out, indexed.experiments)
    if faults:
        indexed = indexed._replace(faults={**indexed.faults, str(found.workspace / layout.SETTINGS): faults})
    for name in indexed.experiments:
        place = f"{os.path.dirname(layout.experiment_page(name))}/{plotly_js.NAME}"
        if place in indexed.files or any(place in block.shared for block in indexed.packs):
            out.writer.copy(str(plotly_js.plotly_js()), place)
    fault = home(found, indexed.experiments, out, all_runs, described=now if options.ro_crate else None)
    all_runs = () if fault or isinstance(all_runs, Exception) else all_runs
    if fault:
        indexed = _with_old_home(indexed, fault, found, out)
    clock.ended("index")
    out.send()
    _put_facts(out, now, clock.seconds, indexed.experiments)
    # A home page or a comparison that could not be made is tried again.
    made, size = "" if fault or faults else found.home, out.writer.size
    indexed.files.update(out.writer.files)
    removed = out.finish(indexed.files, _folders(found, out, indexed.experiments), indexed.within, indexed.packs)
    more = compared, all_runs, found.look, out.checksum
    state = State(made, size, indexed.experiments, found.models, *more)
    for experiment, names in found.changes.gone.items():
        notes.forget(experiment, names)
    notes.finish(state)
    for name in (*found.changes.experiments, *found.changes.dropped):
        RunBlocks(out.folder, name).keep(indexed.experiments[name].blocks if name in indexed.experiments else ())
    RunBlocks(out.folder).keep(all_runs)
    out.settle()
    clock.ended("publish")
    return Written(state, indexed.faults, removed)


def render(found: Plan, job: Job, pool: WorkerPool, out: Output, progress: Progress, rendered: Waiting) -> None:
    """Render the runs that are new or changed, each with its files and its page; they are added to those rendered."""
    from .batch import render_batch
    from .executor import spread
    from .render import lost

    runs, done = found.changes.runs, 0
    for batch, result in spread(partial(render_batch, job), runs, pool):
        progress(done := done + len(batch), len(runs))
        made = [lost(run, result) for run in batch] if isinstance(result, Exception) else result
        out.elsewhere += sum(one.changed for one in made)
        rendered.add(made)


class Indexed(NamedTuple):
    """The notes of all experiments, files of runs and experiments, and the program errors by folder.

    ``within`` are the files of the last build that go unless they are among ``files``.
    """

    experiments: dict[str, ExperimentNote]
    files: set[str]
    within: set[str]
    faults: dict[str, Sequence[Fault]]
    packs: list[RunBlock]
    """Blocks whose files are there as well."""


def index(found: Plan, job: Job, pool: WorkerPool, out: Output, rendered: Waiting) -> Indexed:
    """Write the pages of the experiments with a new run, or one less."""
    from .executor import spread
    from .index import Lines, index_batch
    from .settle import conclude, settle, written

    there, settled = found.changes.there, settle(found, job, out, rendered)
    same = [name for name in there if name not in settled]
    experiments = {name: found.before.experiments[name] for name in same}
    files, faults, packs = set[str](), dict[str, Sequence[Fault]](), list[RunBlock]()
    within = out.files_beside({layout.site_segment(name) for name in there})
    work = [
        Lines(str(found.workspace / name), one.blocks, *written(found, out, name, one), found.found.notes.get(name))
        for name, one in settled.items()
    ]
    for [lines], result in spread(partial(index_batch, job), work, pool, most=1):
        name = os.path.basename(lines.folder)
        end = conclude(found, out, name, settled[name], result)
        if end.note is not None:
            experiments[name] = end.note
        files, fewer = sorted((files, end.files), key=len, reverse=True)
        files |= fewer
        within |= end.within
        faults |= end.faults
        packs += end.packs
        out.elsewhere += end.changed if job.target is None else 0  # Those are counted when they are put.
    if found.kept or faults:  # Pages of an earlier build link the styles and scripts of their time.
        files |= {path for path in within if path.startswith("assets/") or path.endswith(f"/{plotly_js.NAME}")}
        experiments |= {name: experiments[name]._replace(files=()) for name in settled if name in experiments}
    return Indexed({name: experiments[name] for name in there if name in experiments}, files, within, faults, packs)


def _folders(found: Plan, out: Output, experiments: Mapping[str, ExperimentNote]) -> dict[str, str]:
    """The folders that their places in the site do not give back: those of the last build, and new ones."""
    old, still, new = out.manifest.folders, set[str](), dict[str, str]()
    before = found.before.experiments if out.manifest else {}
    for name, note in experiments.items():
        was = before.get(name)
        # To look at each of very many names takes longer than to render a run, and mostly they are the same.
        if old or was is None or was.runs.names != note.runs.names or was.runs.hidden:
            names, known = {name, *note.runs.shown}, {name, *was.runs.shown} if was else set()
            new |= hashed(names - known)
            still |= names if old else set()
    return {segment: name for segment, name in old.items() if name in still} | new


def _with_old_home(indexed: Indexed, fault: Fault, found: Plan, out: Output) -> Indexed:
    """What an old home page links stays until it can be made; the experiments that changed are indexed again then."""
    changed = {*found.changes.gone, *found.changes.experiments}
    again = {name: note._replace(stamp="", files=()) for name, note in indexed.experiments.items() if name in changed}
    faults = {**indexed.faults, str(found.workspace): (fault,)}
    return indexed._replace(experiments=indexed.experiments | again, files=indexed.files | out.listed, faults=faults)


def _put_facts(out: Output, now: float, seconds: float, experiments: Mapping[str, ExperimentNote]) -> None:
    """Note when the site last changed, and which runs go on; a build that changed nothing leaves the note alone."""
    if out.changed or not out.keep(FACTS):
        summary = f"Built {number.moment(now)} in {number.duration(seconds)}"
        facts: dict[str, object] = {"built": layout.iso_time(now), "seconds": round(seconds, 2), "summary": summary}
        if live := list(_live(experiments)):
            facts["live"] = live
        out.writer.put(FACTS, b'runpages.put("build",' + orjson.dumps(facts) + b");\n")


def _live(experiments: Mapping[str, ExperimentNote]) -> Iterator[str]:
    """The scripts with the news of the runs that go on."""
    from .page import LIVE, is_live

    for name, experiment in experiments.items():
        for run, note in sorted(experiment.runs.unusual.items()):
            if note.shown and note.live is not None and is_live(note.live["shown"]):
                yield layout.run_files(name, run) + LIVE
