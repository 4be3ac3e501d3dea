"""Builds a site: scan, render, index, publish, prune; only what changed since the last build.

The clock and the versions are arguments, so the same input gives the same bytes. What to write is decided before
anything is: pages and their data first, then what points to them, then the manifest; removals last.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from runpages.format import layout
from runpages.format.document import encode
from runpages.format.errors import RunpagesError
from runpages.format.records import Problem
from runpages.format.write import replace

from . import library, number, output
from .errors import BuildError
from .model import Site
from .notes import ExperimentNote, Notes, State, entry_of, files_of
from .output import Output
from .plan import Plan, plan
from .settings import Settings
from .theme import Theme

# What renders is loaded where there is something to render: a build with nothing new takes half the time without.
if TYPE_CHECKING:
    from .executor import Crew, Start
    from .index import Indexed
    from .render import Job, Rendered

FACTS = "build.js"
"""The data script with the facts of the last build that changed anything."""

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
    """Makes the executor to render on, in place of processes of this machine."""
    dry_run: bool = False
    """Say what would be done, and write nothing."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did, and the problems it met by the folder of the run; hints tell of what lies in a wrong place."""

    site: Path
    runs: int
    experiments: int
    rendered: Mapping[str, str]
    """Why a run was rendered, by its folder."""
    gone: int
    """Runs that are no more."""
    changed: int
    removed: int
    bytes: int
    seconds: float
    phases: Mapping[str, float]
    problems: Mapping[str, Sequence[Problem]]
    hints: Sequence[str]

    @property
    def damaged(self) -> bool:
        """Whether anything that was written could not be read, or lies where it is not found."""
        return bool(self.hints) or any(problem.damage for found in self.problems.values() for problem in found)


Progress = Callable[[int, int], None]
"""Told how many runs of how many are rendered."""


@dataclass(slots=True)
class _Clock:
    """The seconds of each phase."""

    began: float = field(default_factory=time.perf_counter)
    phases: dict[str, float] = field(default_factory=dict)

    def ended(self, phase: str) -> None:
        self.phases[phase] = round(self.seconds - sum(self.phases.values()), 4)

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began


def build(
    workspace: Path,
    folder: Path,
    *,
    now: float,
    version: str,
    options: Options = Options(),
    progress: Progress = lambda done, total: None,
) -> Report:
    """Build the runs of ``workspace`` into the site at ``folder``. ``now`` is in seconds since the epoch.

    One bad run never stops the others: it is told in the report. Raises BuildError where there is no workspace, or
    its settings or the site's folder are not fit to go on with, or another build is writing there.
    """
    clock = _Clock()
    scan = partial(plan, workspace, folder, now=now, version=version, only=options.only, limit=options.limit)
    if options.dry_run:
        found = scan(Notes(folder).state() if output.exists(folder) else State())
        return _report(found, found.before, folder, clock)
    with output.opened(folder) as out:
        found = scan(Notes(out.folder).state())
        clock.ended("scan")
        state, removed = _write(found, out, now, options, progress, clock) if found.changes else (found.before, [])
    _tell_workspace(workspace, folder, found.settings)
    return _report(found, state, folder, clock, changed=out.changed, removed=len(removed))


def _write(
    found: Plan, out: Output, now: float, options: Options, progress: Progress, clock: _Clock
) -> tuple[State, list[str]]:
    """Write what is new, then what points to it, then what names it all; remove what is no more."""
    from .executor import workers
    from .render import Job, places

    notes = Notes(out.folder)
    for place in notes.unfinished():
        out.own(place)
    if not out.fresh:
        notes.begin(places(found.changes.runs))
    job = Job(
        found.site,
        found.settings,
        found.names,
        found.theme.folders,
        found.theme.fingerprint,
        out.folder,
        out.fresh,
        options.link,
        now,
    )
    jobs = options.jobs if len(found.changes.runs) > SERIAL else 1
    with workers(jobs, options.executor) as crew:
        for path, data in found.assets.files.items():
            out.writer.put(path, data)
        rendered = render(found, job, crew, out, progress)
        clock.ended("render")
        experiments, files = index(found, job, crew, out, notes, rendered)
    for name in experiments:
        if (place := f"{os.path.dirname(layout.experiment_page(name))}/{library.NAME}") in files:
            out.writer.copy(str(library.plotly_js()), place)
    home(found.site, experiments, found.theme, out)
    clock.ended("index")
    _put_facts(out, now, clock.seconds, experiments)
    files |= out.writer.files.keys()
    state = State(found.home, out.writer.size, experiments)
    removed = out.finish(files)
    for experiment, names in found.changes.gone.items():
        notes.forget(experiment, names)
    notes.finish(state)
    clock.ended("publish")
    return state, removed


def render(found: Plan, job: Job, crew: Crew, out: Output, progress: Progress) -> list[Rendered]:
    """Render the runs that are new or changed, each with its files and its page."""
    from .executor import batches, spread
    from .render import lost, places, render_batch

    runs, done = found.changes.runs, 0
    rendered: list[Rendered] = []
    for batch, result in spread(partial(render_batch, job), batches(runs, crew.count), crew):
        progress(done := done + len(batch), len(runs))
        rendered += [lost(run, result) for run in batch] if isinstance(result, Exception) else result
    left_out = {(one.experiment, one.name) for one in rendered if not one.note.shown}
    for place in places([run for run in runs if (run.experiment, run.name) in left_out]):
        out.own(place)  # What was written before it failed is removed.
    out.elsewhere += sum(one.changed for one in rendered)
    return rendered


def index(
    found: Plan, job: Job, crew: Crew, out: Output, notes: Notes, rendered: Sequence[Rendered]
) -> tuple[dict[str, ExperimentNote], set[str]]:
    """Write the pages of the experiments with a new run, or one less; returns all notes, and the files of all runs."""
    from .executor import spread
    from .index import Lines, index_batch

    new: dict[str, dict[str, Rendered]] = {name: {} for name in found.changes.experiments}
    for one in rendered:
        new[one.experiment][one.name] = one
    there: dict[str, list[str]] = {name: [] for name in found.found.experiments}
    for run in found.found.runs:
        there[run.experiment].append(run.name)
    lines = {name: _lines(notes, name, there[name], ones) for name, ones in new.items()}
    files = {path for some in lines.values() for line in some for path in files_of(line)}
    same = [name for name in there if name not in new]
    files |= out.files_below(map(layout.site_segment, same))
    experiments = {name: found.before.experiments[name] for name in same}
    work = [[Lines(str(found.workspace / name), some)] for name, some in lines.items()]
    for batch, result in spread(partial(index_batch, job), work, crew):
        if isinstance(result, Exception):
            raise BuildError(f"the page of {batch[0].folder} could not be made: {type(result).__name__}: {result}")
        for indexed in result:
            experiments[indexed.experiment] = _noted(found, indexed, there[indexed.experiment], new[indexed.experiment])
            files |= indexed.files.keys()
            out.elsewhere += indexed.changed
    for name in found.changes.dropped:
        notes.put_lines(name, [])
    return {name: experiments[name] for name in there}, files


def home(site: Site, experiments: Mapping[str, ExperimentNote], look: Theme, out: Output) -> None:
    """Write the page that points to all others."""
    from .page import SEARCH, home_page, search_script

    entries = [entry_of(note.entry) for note in experiments.values()]
    page = home_page(site, entries, look.render)
    out.writer.put(SEARCH, search_script(entries))
    out.writer.put(".nojekyll", b"")  # GitHub Pages would leave out files whose names begin with an underscore.
    out.writer.put(page.path, page.html.encode("utf-8", "backslashreplace"))


def _lines(notes: Notes, experiment: str, runs: Sequence[str], new: Mapping[str, Rendered]) -> list[bytes]:
    """The lines of an experiment's runs, which are kept for the next build."""
    known = notes.lines(experiment) if len(new) < len(runs) else {}
    lines = [new[name].line if name in new else known[name] for name in runs]
    notes.put_lines(experiment, lines)
    return lines


def _noted(found: Plan, indexed: Indexed, runs: Sequence[str], new: Mapping[str, Rendered]) -> ExperimentNote:
    before = found.before.experiments.get(indexed.experiment)
    known = before.runs if before else {}
    return ExperimentNote(
        found.keys[indexed.experiment],
        found.stamps[indexed.experiment],
        indexed.entry,
        sum(indexed.files.values()),
        indexed.problems,
        {name: new[name].note if name in new else known[name] for name in runs},
    )


def _put_facts(out: Output, now: float, seconds: float, experiments: Mapping[str, ExperimentNote]) -> None:
    """Note when the site last changed, and which runs go on; a build that changed nothing leaves the note alone."""
    if out.changed or not out.keep(FACTS):
        told = f"Built {number.moment(now)} in {number.duration(seconds)}"
        facts: dict[str, object] = {"built": layout.iso_time(now), "seconds": round(seconds, 2), "told": told}
        if live := list(_live(experiments)):
            facts["live"] = live
        out.writer.put(FACTS, b'runpages.put("build",' + orjson.dumps(facts) + b");\n")


def _live(experiments: Mapping[str, ExperimentNote]) -> Iterator[str]:
    """The scripts with the news of the runs that go on."""
    from .page import LIVE, is_live

    for name, experiment in experiments.items():
        for run, note in experiment.runs.items():
            if note.shown and note.live is not None and is_live(note.live["shown"]):
                yield layout.run_files(name, run) + LIVE


def _report(found: Plan, state: State, folder: Path, clock: _Clock, *, changed: int = 0, removed: int = 0) -> Report:
    problems: dict[str, Sequence[Problem]] = {}
    for name, experiment in state.experiments.items():
        told = {run: note.problems for run, note in experiment.runs.items() if note.problems}
        problems |= {str(found.workspace / name / run): some for run, some in sorted(told.items())}
        if experiment.problems:
            problems[str(found.workspace / name)] = experiment.problems
    if found.settings.experiments and not found.partial:
        from .remark import on_experiments

        remarks = on_experiments(found.settings, {name for called in found.names.values() for name in called})
        problems |= {str(found.workspace / layout.SETTINGS): remarks} if remarks else {}
    notes = [note for experiment in state.experiments.values() for note in experiment.runs.values()]
    return Report(
        site=folder,
        runs=sum(note.shown for note in notes),
        experiments=len(state.experiments),
        rendered=found.changes.why,
        gone=sum(map(len, found.changes.gone.values())),
        changed=changed,
        removed=removed,
        bytes=state.bytes + sum(note.bytes for note in notes) + sum(one.bytes for one in state.experiments.values()),
        seconds=clock.seconds,
        phases=clock.phases,
        problems=problems,
        hints=found.found.hints,
    )


def _tell_workspace(workspace: Path, folder: Path, said: Settings) -> None:
    """Note in the workspace where its site is, for ``run.get_portal_url()``."""
    state = workspace / layout.STATE
    facts = {"format": 1, "site": os.path.relpath(folder, state), "base_url": said.base_url}
    path = state / "site.json"
    try:
        if not path.is_file() or path.read_bytes() != encode(facts):
            state.mkdir(exist_ok=True)
            replace(str(path), encode(facts))
    except (OSError, RunpagesError):
        return  # A workspace that is read-only can be built all the same.
