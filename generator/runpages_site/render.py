"""One run into its place in the site: read, publish, render. Idempotent, so it may be done anywhere and again."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from runpages.format import layout, status
from runpages.format.document import encode
from runpages.format.find import RunFolder
from runpages.format.records import Problem, RunRecord

from . import apply, beside, public, source
from .errors import BuildError
from .levels import Pyramids
from .lines import put_logs
from .model import RunPlace, Site
from .notes import Notes, RunNote, line_of
from .page import LIVE, is_live, live_script, run_page
from .settings import Settings
from .theme import Theme
from .writer import Writer


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for all runs of a build, small enough to travel to a worker with each batch."""

    site: Site
    settings: Settings
    names: Mapping[str, tuple[str, ...]]
    """What each experiment is called, by its folder."""
    theme: tuple[Path, ...]
    """The folders of the theme."""
    look: str
    """What the theme is made of, as a hash: a process may build more than once."""
    folder: Path
    """Where the site is written."""
    fresh: bool
    link: bool
    now: float


class Rendered(NamedTuple):
    """What remains of a run when its files are written."""

    experiment: str
    name: str
    note: RunNote
    line: bytes
    changed: int


def render_batch(job: Job, runs: Sequence[RunFolder]) -> list[Rendered]:
    """Render some runs. Raises OutputError where the site cannot be written."""
    return [render_run(job, run) for run in runs]


def render_run(job: Job, run: RunFolder) -> Rendered:
    """Read a run and write its files, then its page; where that is not possible, a problem and no page."""
    out = Writer(job.folder, fresh=job.fresh)
    notes = Notes(job.folder)
    key, limits = run.seen.key if run.seen.is_sure(job.now) else "", job.settings.limits
    try:
        pyramids = Pyramids(out, layout.run_files(run.experiment, run.name))
        memory = notes.points(run.experiment, run.name)
        record = source.read_run(run.path, now=job.now, memory=memory, pyramids=pyramids)
        if apply.is_hidden(job.settings.hide.runs, record.name):
            for path in list(out.files):
                out.withdraw(path)
            return _left_out(run, RunNote(key, 0, source.liveness(record), (), False))
        record = apply.applied(record, job.settings, *job.names[run.experiment])
        record.problems.extend(public.held_back(record))
        shown = public.document(record)
        place = _publish(run, record, shown, out, link=job.link)
        drawings, hashes = source.read_drawings(record), notes.hashes(run.experiment, run.name)
        look = theme(job.theme, job.look).render
        place = beside.put_data(record, place, out, pyramids, limits.charts, look)
        place = beside.put_pictures(record, place, out, drawings, limits.images)
        place, files = beside.put_files(record, place, out, hashes, limits.files, job.now)
        logs = list(put_logs(record, out, place.folder, limits.log_lines))
        page = run_page(job.site, record, place, look, logs, drawings, limits, shown, files)
        out.put(page.path, page.html.encode("utf-8", "backslashreplace"))
        if is_live(record.status):
            out.put(place.folder + LIVE, live_script(page.html))
        summary = source.summarize(record, page.path)
    except BuildError:  # The site cannot be written, or no page can be made.
        raise
    except Exception as error:  # Whatever is wrong with one run, the others are built.
        return lost(run, error, key)
    note = RunNote(key, out.size, source.liveness(record), tuple(record.problems), True)
    return Rendered(run.experiment, run.name, note, line_of(run.name, out.files, summary), out.changed)


def lost(run: RunFolder, error: Exception, key: str = "") -> Rendered:
    """What is told of a run that could not be rendered; nothing of it is in the site."""
    why = f"The run could not be rendered: {type(error).__name__}: {error}"
    return _left_out(run, RunNote(key, 0, None, (Problem("", None, why, "Run left out"),), False))


def _left_out(run: RunFolder, note: RunNote) -> Rendered:
    return Rendered(run.experiment, run.name, note, line_of(run.name, (), None), 0)


@lru_cache(1)
def theme(folders: tuple[Path, ...], look: str) -> Theme:
    """The theme in some folders, read once for each process and look."""
    return Theme(folders)


def _publish(run: RunFolder, record: RunRecord, document: dict[str, Any], out: Writer, *, link: bool) -> RunPlace:
    """Write a run's public files; what cannot be copied is a problem of the run and is not linked."""
    folder = layout.run_files(run.experiment, run.name)
    published = {layout.RUN: folder + layout.RUN}
    out.put(published[layout.RUN], encode(document))
    # A file of a run that goes on would change behind the page's back.
    link = link and record.status in status.TERMINAL
    for path, place in public.files(record).items():
        try:
            out.copy(os.path.join(run.path, path), folder + place, link=link)
        except OSError as error:
            record.problems.append(Problem(path, None, f"It cannot be copied: {error.strerror}", "Not published"))
        else:
            published[path] = folder + place
    return RunPlace(
        layout.run_page(run.experiment, run.name), layout.experiment_page(run.experiment), folder, published
    )


def places(runs: Sequence[RunFolder]) -> Iterator[str]:
    """Where runs are written to in the site: their pages and their folders."""
    for run in runs:
        yield layout.run_page(run.experiment, run.name)
        yield layout.run_files(run.experiment, run.name)
