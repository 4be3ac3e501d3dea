"""One run into its place in the site: read, publish, render. Idempotent, so it may be done anywhere and again."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from runpages.format import layout, status
from runpages.format.document import encode
from runpages.format.find import RunFolder
from runpages.format.records import Problem, RunRecord

from . import apply, library, public, source, texts
from .errors import BuildError
from .levels import Pyramids
from .model import RunPlace, Site
from .notes import Notes, RunNote, line_of
from .page import RunPreviews, bundle, curves, drawn, figures_script, first, hrefs, points_script, previews, run_page
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
    key, limits = run.seen.key if run.seen.is_sure(job.now) else "", job.settings.limits
    try:
        pyramids = Pyramids(out, layout.run_files(run.experiment, run.name))
        memory = Notes(job.folder).points(run.experiment, run.name)
        record = source.read_run(run.path, now=job.now, memory=memory, pyramids=pyramids)
        if apply.is_hidden(job.settings.hide.runs, record.name):
            for path in list(out.files):
                out.withdraw(path)
            return _left_out(run, RunNote(key, 0, source.liveness(record), (), False))
        record = apply.applied(record, job.settings, *job.names[run.experiment])
        record.problems.extend(public.held_back(record))
        shown = public.document(record)
        place = _publish(run, record, shown, out, link=job.link)
        place = _put_data(record, place, out, pyramids, limits.charts)
        hashes = Notes(job.folder).hashes(run.experiment, run.name)
        place, files = _put_files(record, place, out, hashes, limits.files, job.now)
        logs, drawings = list(source.read_logs(record, limits.log_lines)), source.read_drawings(record)
        look = theme(job.theme, job.look).render
        page = run_page(job.site, record, place, look, logs, drawings, limits, shown, files)
        out.put(page.path, page.html.encode("utf-8", "backslashreplace"))
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


def _put_data(record: RunRecord, place: RunPlace, out: Writer, pyramids: Pyramids, charts: int) -> RunPlace:
    """Write what the charts of a run are drawn from in the browser."""
    shown, logged = curves(record, charts), drawn(record.charts)
    whole = f"{os.path.dirname(place.experiment)}/{library.NAME}" if bundle(logged) is None else None
    if whole:
        out.files[whole] = 0  # Written once for all runs of the experiment.
    return replace(
        place,
        points=_put_script(out, place.folder + "points.js", points_script(shown, pyramids.finish())) if shown else None,
        plotly=(whole, library.guard()) if whole else None,
        figures=_put_script(out, place.folder + "figures.js", figures_script(logged)) if logged else None,
    )


def _put_files(
    record: RunRecord, place: RunPlace, out: Writer, hashes: Path, most: int, now: float
) -> tuple[RunPlace, RunPreviews]:
    """Write what the viewers of outputs and code show, and all outputs as one zip where that is small."""
    found = texts.read_texts(record, first(record, most), place.published, hashes, most, now)
    kept, kept_scripts = previews(found.outputs, hrefs(found.outputs, place))
    code = found.snapshot.files if found.snapshot else ()
    coded, code_scripts = previews(code, [""] * len(code))
    place = replace(
        place,
        outputs=tuple(_put_script(out, f"{place.folder}outputs-{at}.js", data) for at, data in enumerate(kept_scripts)),
        code=tuple(_put_script(out, f"{place.folder}code-{at}.js", data) for at, data in enumerate(code_scripts)),
        outputs_zip=_put_zip(record, place, out),
    )
    return place, RunPreviews(found, tuple(kept), tuple(coded))


def _put_zip(record: RunRecord, place: RunPlace, out: Writer) -> str:
    """Write the published outputs of a run that goes on no more as one zip; its place, or nothing."""
    data = None if record.status in status.ACTIVE else texts.zip_outputs(record, place.published)
    if data is None:
        return ""
    out.put(f"{place.folder}outputs.zip", data)
    return f"{place.folder}outputs.zip"


def _put_script(out: Writer, path: str, data: bytes) -> tuple[str, str]:
    out.put(path, data)
    return path, sha256(data).hexdigest()[:8]


def places(runs: Sequence[RunFolder]) -> Iterator[str]:
    """Where runs are written to in the site: their pages and their folders."""
    for run in runs:
        yield layout.run_page(run.experiment, run.name)
        yield layout.run_files(run.experiment, run.name)
