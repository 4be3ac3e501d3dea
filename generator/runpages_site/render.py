"""One run into its place in the site: read, publish, render. Idempotent, so it may be done anywhere and again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from runpages.format import layout, status
from runpages.format.discovery import RunFolder
from runpages.format.document import encode
from runpages.format.records import Problem, RunRecord
from runpages.format.registered import RegisteredModel

from .errors import BuildError, Fault, Sections, fault_of
from .model import RunPlace, RunSummary, Site
from .page import LIVE, is_live, live_script, run_page
from .read import publish_filter, run_folder
from .retain import Run
from .settings import Settings, effects
from .theme.theme import Theme
from .write import run_data
from .write.build_cache import Notes, RunNote, line_of, summary_of
from .write.logs import put_logs
from .write.pyramid_files import Pyramids
from .write.writer import Writer


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
    """Render some runs. Raises BuildError where the site cannot be written, or the theme has a mistake."""
    return [render_run(job, run) for run in runs]


def render_run(job: Job, run: RunFolder) -> Rendered:
    """Read a run and write its files, then its page; what of it can't be made is noted as a fault.

    What can't be read of the run is damage, which its page shows.
    """
    out = Writer(job.folder, fresh=job.fresh)
    key = run.seen.key if run.seen.is_sure(job.now) else ""
    try:
        pyramids = Pyramids(out, layout.run_files(run.experiment, run.name))
        memory = Notes(job.folder).points(run.experiment, run.name)
        record = run_folder.read_run(run.path, now=job.now, memory=memory, pyramids=pyramids)
        if effects.is_hidden(job.settings.hide.runs, record.name):
            for path in list(out.files):
                out.withdraw(path)
            return _rendered(run.experiment, run.name, RunNote(key, 0, run_folder.liveness(record), (), False))
        record = effects.applied(record, job.settings, *job.names[run.experiment])
        record.problems.extend(publish_filter.held_back(record))
        models = effects.visible_models(job.settings, run.seen.models)
        page, faults = _page(job, run, record, models, out, pyramids)
        summary = run_folder.summarize(record, page, models)
    except BuildError:  # The site cannot be written, or the theme has a mistake: that concerns all runs.
        raise
    except Exception as error:
        return lost(run, error, out.files)
    key = "" if faults else key  # The next build tries again.
    note = RunNote(key, out.size, run_folder.liveness(record), tuple(record.problems), True, faults)
    return _rendered(run.experiment, run.name, note, out.files, summary, out.changed)


def _page(
    job: Job, run: RunFolder, record: RunRecord, models: Sequence[RegisteredModel], out: Writer, pyramids: Pyramids
) -> tuple[str, tuple[Fault, ...]]:
    """Write the files of a run section by section, then its page; returns the page's place, and what failed."""
    sections, notes, limits = Sections(), Notes(job.folder), job.settings.limits
    shown = publish_filter.document(record, models)
    place = _publish(run, record, shown, out, link=job.link)
    look = theme(job.theme, job.look).render
    place = run_data.put_data(record, place, out, pyramids, limits.charts, look, sections)
    drawings = sections.make("images", lambda: run_folder.read_drawings(record), {})
    place = run_data.put_pictures(record, place, out, drawings, limits.images, sections)
    hashes = notes.hashes(run.experiment, run.name)
    place, files = run_data.put_files(record, place, out, hashes, limits.files, job.now, sections)
    logs = sections.make("logs", lambda: list(put_logs(record, out, place.folder, limits.log_lines)), [])
    page = run_page(job.site, record, place, look, logs, drawings, limits, shown, files, sections, models)
    out.put(page.path, page.html.encode("utf-8", "backslashreplace"))
    if is_live(record.status):
        out.put(place.folder + LIVE, live_script(page.html))
    return page.path, tuple(sections.faults.values())


def lost(run: RunFolder, error: Exception, files: Iterable[str] = ()) -> Rendered:
    """What is noted of a run whose page could not be made; ``files`` are those that were written before."""
    return _rendered(run.experiment, run.name, RunNote("", 0, None, (), False, (fault_of(error),)), files)


def kept(job: Job, run: Run, before: RunNote, files: Iterable[str], line: bytes | None) -> Rendered:
    """A published run that stays as it is: its note without the key, so that it is rendered as soon as it can be.

    ``line`` is what the last build noted of it. Without one, its row is made from what is published of it, which is a
    run folder as well.
    """
    summary = summary_of(line) if line is not None else _summary_of_published(job, run)
    return _rendered(*run, before._replace(key=""), files, summary)


def _summary_of_published(job: Job, run: Run) -> RunSummary | None:
    try:
        record = run_folder.read_run(str(job.folder / layout.run_files(*run)), now=job.now)
        models = effects.visible_models(job.settings, publish_filter.models(record))
        return run_folder.summarize(effects.applied(record, job.settings, run[0]), layout.run_page(*run), models)
    except Exception:  # Its page stays; the tables have a row less.
        return None


def left_out(experiment: str, run: str, note: RunNote) -> Rendered:
    """A run of which nothing is in the site."""
    return _rendered(experiment, run, note)


def _rendered(
    experiment: str,
    name: str,
    note: RunNote,
    files: Iterable[str] = (),
    summary: RunSummary | None = None,
    changed: int = 0,
) -> Rendered:
    return Rendered(experiment, name, note, line_of(name, files, summary), changed)


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
    for path, place in publish_filter.files(record).items():
        try:
            out.copy(os.path.join(run.path, path), folder + place, link=link)
        except OSError as error:
            record.problems.append(Problem(path, None, f"It cannot be copied: {error.strerror}", "Not published"))
        else:
            published[path] = folder + place
    return RunPlace(
        layout.run_page(run.experiment, run.name), layout.experiment_page(run.experiment), folder, published
    )


def places(runs: Iterable[Run]) -> Iterator[str]:
    """Where runs are written to in the site: their pages and their folders."""
    for run in runs:
        yield layout.run_page(*run)
        yield layout.run_files(*run)
