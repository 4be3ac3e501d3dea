"""Renders a run into the site: its published files, its data scripts, then its page.

A run goes forward only: each stage is a function that writes files and returns what it wrote as a frozen value, and the
page is made of these. It may be rendered anywhere, and again.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from runpages.format import layout, status
from runpages.format.discovery import RunFolder
from runpages.format.document import encode
from runpages.format.published import spelled
from runpages.format.records import Problem, RunRecord
from runpages.format.registered import RegisteredModel

from . import gate, page
from .errors import BuildError, Fault, Sections, fault_of
from .model import LoggedText, LogText, Pictures, Published, RunSummary, RunTexts, Scripts
from .page import LIVE, RUN_DATA, Content, RunPreviews, is_live, live_script
from .read import previews, publish_filter, run_folder, seen
from .read.contents import Contents
from .read.scan import source_of
from .settings import Settings, effects
from .shared import put_run
from .site import Script, Site
from .theme import plotly_js
from .theme.theme import Theme
from .write import run_files, zips
from .write.build_cache import HASHES, POINTS, Notes
from .write.copies import Copies
from .write.run_blocks import SomeLine
from .write.run_files import Pyramids, put_logs
from .write.run_format import in_format
from .write.run_notes import RunNote
from .write.summary_notes import line_of
from .write.writer import Writer, aside

if TYPE_CHECKING:  # Loaded where a run has charts, and where a build reads or writes storage.
    from .page.charts import ShownCharts
    from .storage.site import Target
    from .storage.storage import Storage

_HIGHLIGHTING = Lock()
"""Lexers of Pygments put their rules together at first use; other threads would meet half of them."""


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
    origin: Storage | None = None
    """Where the workspace is, if it is in storage."""
    target: Target | None = None
    """Where the site is, if it is in storage."""


class Rendered(NamedTuple):
    """What remains of a run when its files are written."""

    experiment: str
    name: str
    note: RunNote
    files: Sequence[str]
    line: SomeLine | None
    """What the indexes need of it; None of a run that is in none."""
    changed: int


def render_run(job: Job, run: RunFolder) -> Rendered:
    """Read a run and write its files, then its page; what of it can't be made is noted as a fault.

    What can't be read of the run is damage, which its page shows. Of a run that the settings hide nothing is written.
    """
    out = Writer(job.folder, fresh=job.fresh)
    key = run.seen.key if run.seen.is_sure(job.now) else ""
    try:
        if hidden := _hidden(job, run):
            return _not_shown(run, key, hidden)
        with in_format(run, partial(aside, job.folder), now=job.now) as ours:
            return _render(job, ours, key, out)
    except BuildError:  # The site cannot be written, or the theme has a mistake: that concerns all runs.
        raise
    except Exception as error:
        return lost(run, error, out.files)


def _hidden(job: Job, run: RunFolder) -> RunRecord | None:
    """The head of a run that the settings hide by its name; None if they show it."""
    if not (hidden := effects.unseen(job.settings)):
        return None
    head = source_of(run.seen.source).read_head(run, now=job.now)
    return head if effects.is_hidden(hidden, head.name) else None


def _render(job: Job, run: RunFolder, key: str, out: Writer) -> Rendered:
    pyramids, contents = Pyramids(out, layout.run_files(run.experiment, run.name)), Contents(run.path)
    read = _read(job, run, pyramids, contents)
    if effects.is_private(read.tags):
        Notes(job.folder).forget(run.experiment, [run.name])
        return _not_shown(run, key, read)
    policy = gate.policy_of(job.settings, read)
    record, found = gate.masked(effects.applied(read, job.settings, *job.names[run.experiment]), policy)
    if not record.series.keys() <= read.series.keys():  # The names of their files are those of the metrics.
        pyramids.begin()
    record.problems.extend(one.problem() for one in found)
    models = gate.masked_value(effects.visible_models(job.settings, run.seen.models), policy)
    published, document = _publish(job, run, record, models, contents, out, policy)
    summary = run_folder.summarize(record, published.path, models)
    content, faults = _page(job, run, record, models, summary, published, document, out, pyramids)
    tolerance = effects.experiment_settings(job.settings, *job.names[run.experiment]).tolerance
    out.put(published.folder + RUN_DATA, page.run_script(record, summary, published, content, tolerance))
    # The next build tries again what failed.
    note = RunNote("" if faults else key, out.size, seen.liveness(read), tuple(record.problems), True, faults)
    files = list(out.files)
    return Rendered(run.experiment, run.name, note, files, line_of(files, summary), out.changed)


def _read(job: Job, run: RunFolder, pyramids: Pyramids, contents: Contents) -> RunRecord:
    """Read a run, from where the last build stopped in its long files."""
    notes = Notes(job.folder)
    known = {} if job.fresh else notes.known(POINTS, run.experiment, run.name)
    record, learned, _ = run_folder.read_run(run.path, now=job.now, known=known, sink=pyramids, contents=contents)
    if effects.is_private(record.tags):
        pyramids.begin()  # Takes back what was written.
    elif learned != known:
        notes.put_known(POINTS, run.experiment, run.name, learned)
    return record


def _page(
    job: Job, run: RunFolder, record: RunRecord, models: Sequence[RegisteredModel], summary: RunSummary,
    published: Published, document: Mapping[str, Any], out: Writer, pyramids: Pyramids,
) -> tuple[Content, tuple[Fault, ...]]:  # fmt: skip
    """Write the files of a run section by section, then its page; returns what was written, and what failed."""
    sections, limits, look = Sections(), job.settings.limits, theme(job.theme, job.look).render
    files = _put_previews(job, record, published, out, sections)
    logs: Sequence[LogText] = ()
    if record.logs:
        logs = sections.make("logs", lambda: tuple(put_logs(record, published, out, limits.log_lines)), ())
    main = effects.experiment_settings(job.settings, *job.names[run.experiment]).metric
    charts = sections.make("charts", lambda: page.shown_charts(record), None) if record.charts else None
    content = Content(
        scripts=_put_scripts(record, charts, published, out, pyramids, limits.charts, look, sections),
        pictures=_put_pictures(record, published, out, limits.images, sections),
        previews=files,
        logs=logs,
        compared=sections.make("code", lambda: _put_compared(published, files, logs, out), {}),
        models=models,
        document=document,
        limits=limits,
        metric=main,
        picture=sections.make("overview", lambda: put_run(job.site, job.settings, record, published, main, out), ""),
        summaries=summary.metrics,
        charts=charts,
    )
    made = page.run_page(job.site, record, published, look, content, sections)
    out.put(made.path, made.html.encode("utf-8", "backslashreplace"))
    if is_live(record.status):
        out.put(published.folder + LIVE, live_script(made.html))
    return content, tuple(sections.faults.values())


# --- the stages ------------------------------------------------------------------------------------------


def _publish(
    job: Job, run: RunFolder, record: RunRecord, models: Sequence[RegisteredModel], contents: Contents, out: Writer,
    policy: gate.Policy,
) -> tuple[Published, dict[str, Any]]:  # fmt: skip
    """Write a run's public files as the gate releases them, then its document, which lists them.

    What pages show of files, they read from these copies. What cannot be copied is a problem of the run and is not
    linked.
    """
    folder = layout.run_files(run.experiment, run.name)
    known = {} if job.fresh else Notes(job.folder).known(HASHES, run.experiment, run.name)
    copies, withheld = Copies(out, folder, known, job.now), dict[str, str]()
    allowed, held = publish_filter.files(record)
    record.problems.extend(held)
    secret = {one.file for one in held}
    for path, place in allowed.items():
        try:
            if why := _publish_file(job, record, secret, contents, copies, path, place, policy):
                withheld[path] = why
        except OSError as error:
            record.problems.append(Problem(path, None, f"It cannot be copied: {error.strerror}", "Not published"))
    if copies.learned != known:
        Notes(job.folder).put_known(HASHES, run.experiment, run.name, copies.learned)
    document, made = publish_filter.document(record, models), copies.made
    content = encode(document)
    out.put(folder + layout.RUN, spelled(content, made.values()))
    files = {layout.RUN: folder + layout.RUN, **{path: folder + one.place for path, one in made.items()}}
    hashes = {path: one.sha256 for path, one in made.items()}
    page, above = layout.run_page(run.experiment, run.name), layout.experiment_page(run.experiment)
    named = {gate.look(path, policy).text: why for path, why in withheld.items()}
    published = Published(page, above, folder, files, hashes, named, contents=copies.contents)
    name, size = f"{run.experiment}/{run.name}", sum(one.size for one in made.values())
    zipped = zips.put_run(name, content, record.status, published, size, job.settings.limits, out)
    return replace(published, withheld=withheld, zip=zipped), document


def _publish_file(
    job: Job, record: RunRecord, secret: Collection[str], contents: Contents, copies: Copies, path: str, place: str,
    policy: gate.Policy,
) -> str:  # fmt: skip
    """Write the public copy of one file; gives why it is held back. Raises OSError where it cannot be read.

    ``secret`` holds the paths of files that are held back by their names.
    """
    data = publish_filter.shortened(path, record, job.settings.hide.metrics, secret)
    small = contents.small(path)
    known = (small.data if small else None, contents.counts.get(path)) if data is None else (data,)
    released = gate.release(record, path, policy, *known)
    record.problems.extend(one.problem() for one in released.found)
    if released.why:
        return released.why
    data = data if released.data is None else released.data
    if data is not None:
        copies.put(path, place, data)
    else:
        # A file of a run that goes on would change behind the page's back.
        link = job.link and record.status in status.TERMINAL
        copies.copy(os.path.join(record.folder, path), path, place, link=link, small=small)
    return ""


def _put_scripts(
    record: RunRecord, charts: ShownCharts | None, published: Published, out: Writer, pyramids: Pyramids, most: int,
    look: page.Render, sections: Sections,
) -> Scripts:  # fmt: skip
    """Write what the charts of a run are drawn from in the browser, and the rows of its tables."""

    def metrics() -> Scripts:
        tables = {
            kind: out.put_script(f"{published.folder}{kind}.js", page.table_script(table))
            for kind, table in page.metric_tables(record, most)
        }
        if not (curves := page.curves(record)):
            return Scripts(metrics=tables)
        points = page.points_script(curves, pyramids.finish())
        return Scripts(metrics=tables, points=out.put_script(published.folder + "points.js", points))

    def tables() -> dict[str, Script]:
        return {name: out.put_script(path, data) for name, path, data in page.table_scripts(record, published)}

    make, none = sections.make, Scripts()
    numbers = make("metrics", metrics, none) if record.series else none
    drawn = make("charts", lambda: _put_charts(charts, published, out, look), none) if charts else none
    rows = make("tables", tables, {}) if record.tables else {}
    return replace(drawn, metrics=numbers.metrics, points=numbers.points, tables=rows)


def _put_charts(charts: ShownCharts, published: Published, out: Writer, look: page.Render) -> Scripts:
    from .page.charts import diagnostics_script, steps_script  # Few runs have any.

    drawn, folder = page.drawn(charts.charts), published.folder
    known, steps = diagnostics_script(charts), steps_script(charts, published, look)
    plotly = f"{os.path.dirname(published.experiment)}/{plotly_js.NAME}" if page.bundle(drawn) is None else ""
    if plotly:
        out.files[plotly] = 0  # Written once for all runs of the experiment.
    return Scripts(
        plotly=(plotly, plotly_js.guard()) if plotly else None,
        figures=out.put_script(folder + "figures.js", page.figures_script(drawn)) if drawn else None,
        steps=out.put_script(folder + "charts.js", steps) if steps else None,
        diagnostics=out.put_script(folder + "diagnostics.js", known) if known else None,
    )


def _put_pictures(record: RunRecord, published: Published, out: Writer, shown: int, sections: Sections) -> Pictures:
    """Write thumbnails, copies of logged pages, and the list of all images and media."""
    if not record.images and not record.media:
        return Pictures()
    make = sections.make
    drawings = make("images", lambda: run_folder.read_drawings(record, out.folder, published), {})
    thumbs, unseen = make("images", lambda: run_files.put_thumbnails(record, published, out), ({}, {}))
    pages = make("media", lambda: run_files.put_pages(record, published, out), {})
    texts = make("media", lambda: _put_texts(record, published, out), {})
    pictures = Pictures(drawings, thumbs, unseen, pages, texts)
    listed = record._replace(
        images=[] if "images" in sections.faults else record.images,
        media=[] if "media" in sections.faults else record.media,
    )

    def gallery() -> Script:
        script = page.gallery_script(listed, published, pictures, shown)
        return out.put_script(published.folder + "images.js", script)

    return replace(pictures, gallery=make("images" if listed.images else "media", gallery, None))


def _put_texts(record: RunRecord, published: Published, out: Writer) -> dict[str, LoggedText]:
    """Write the logged texts as data scripts; returns the texts by file."""
    from .page.text_samples import shown_text, text_scripts

    texts = {file: shown_text(one) for file, one in previews.read_texts(record, out.folder, published).items()}
    places, scripts = text_scripts({file: shown for file, (shown, _) in texts.items()}, published)
    parts = _put_parts(out, f"{published.folder}texts", scripts)
    return {file: LoggedText(*shown, parts[place]) for (file, shown), place in zip(texts.items(), places, strict=True)}


def _put_previews(job: Job, record: RunRecord, published: Published, out: Writer, sections: Sections) -> RunPreviews:
    """Write what the viewers of outputs and code show, and all outputs as one zip where that is small."""
    made = RunPreviews()
    if record.artifacts:
        made = sections.make("outputs", lambda: _put_outputs(job, record, published, out), made)
    if record.snapshot is not None or publish_filter.patch(record) is not None:
        made = sections.make("code", lambda: _put_code(job, record, published, out, made), made)
    return made


def _put_outputs(job: Job, record: RunRecord, published: Published, out: Writer) -> RunPreviews:
    texts = previews.read_outputs(record, page.first(record, job.settings.limits.files), published)
    pages = run_files.put_outputs(record.folder, texts, published, out)
    with _HIGHLIGHTING:
        shown, scripts = page.previews(texts, page.hrefs(texts, published), page.page_links(pages, published))
    return RunPreviews(
        RunTexts(outputs=texts),
        outputs=tuple(shown),
        output_scripts=_put_parts(out, f"{published.folder}outputs", scripts),
        zip=zips.put_outputs(record, published, out),
    )


def _put_code(job: Job, record: RunRecord, published: Published, out: Writer, outputs: RunPreviews) -> RunPreviews:
    """The previews of the outputs with those of the code, which is written."""
    texts = previews.read_code(record, out.folder, published, job.settings.limits.files)
    files = texts.snapshot.files if texts.snapshot else ()
    with _HIGHLIGHTING:
        shown, scripts = page.previews(files, [""] * len(files))
    texts, parts = replace(texts, outputs=outputs.texts.outputs), _put_parts(out, f"{published.folder}code", scripts)
    return replace(outputs, texts=texts, code=tuple(shown), code_scripts=parts)


def _put_parts(out: Writer, stem: str, scripts: Sequence[bytes]) -> tuple[Script, ...]:
    return tuple(out.put_script(f"{stem}-{at}.js", data) for at, data in enumerate(scripts))


def _put_compared(
    published: Published, files: RunPreviews, logs: Sequence[LogText], out: Writer
) -> Script | Mapping[str, Any]:
    """From what code, configuration and logs of the run are compared with those of others, written if it is large."""
    data, script = page.compared_data(files, logs)
    return out.put_script(f"{published.folder}compared.js", script) if script else data


# --- runs that are not rendered --------------------------------------------------------------------------


def lost(run: RunFolder, error: Exception, files: Iterable[str] = ()) -> Rendered:
    """What is noted of a run whose page could not be made; ``files`` are those that were written before."""
    return Rendered(run.experiment, run.name, RunNote("", 0, None, (), False, (fault_of(error),)), list(files), None, 0)


def _not_shown(run: RunFolder, key: str, record: RunRecord) -> Rendered:
    """What is noted of a run that the settings hide."""
    return left_out(run.experiment, run.name, RunNote(key, 0, seen.liveness(record), (), False))


def left_out(experiment: str, run: str, note: RunNote) -> Rendered:
    """A run of which nothing is in the site."""
    return Rendered(experiment, run, note, (), None, 0)


@lru_cache(1)
def theme(folders: tuple[Path, ...], look: str) -> Theme:
    """The theme in some folders, read once for each process and look."""
    return Theme(folders)
