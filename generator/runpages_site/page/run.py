"""Builds the page of a run: numbers, images, details. It holds no data on other runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from runpages.format.records import Medium, RunRecord
from runpages.format.registered import RegisteredModel

from .. import text
from ..errors import BuildError, Sections
from ..model import LogText, Page, RunPlace, Site
from ..settings import Limits
from ..text import number
from . import code as codes
from . import figures, keyvalues, link, metrics, overview
from .charts import ChartCard, ShownCharts
from .components import DAMAGED, EMPTY, Frame, Link, Render, Status, Tags, Tile, asset, frame, status, tags
from .data_scripts import LIVE, is_live, script
from .files import Outputs, outputs
from .logs import LogCard, log_cards
from .media import ImageCard, MediaCard, image_cards, images_data, media_cards, media_data
from .models import ModelRow, model_rows
from .preview import RunPreviews
from .tables import TableCard, table_cards

_TEMPLATE = "run.html.jinja"
_WITHOUT: Mapping[str, Any] = {
    "tiles": (), "columns": (), "description": EMPTY, "problems": (), "metrics": None, "charts": (), "tables": (),
    "images": (), "media": (), "logs": (), "models": (), "outputs": None, "code": None, "document": EMPTY,
}  # fmt: skip
"""Content of a page's sections, and their fallback values."""
_SECTION_OF = {"tiles": "overview", "columns": "overview", "description": "overview", "document": "raw"}


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the table of contents."""

    id: str
    name: str
    count: str = ""
    hidden: bool = False
    """Whether a script shows it once it has content."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The callout in place of a section that could not be rendered."""

    id: str
    name: str
    error: str


@dataclass(frozen=True, slots=True)
class RunPage:
    """Context of the run template. Sections without content are empty and left out of the table of contents."""

    frame: Frame
    is_styled: bool
    """Whether the page loads the deferred styles at once."""
    runs: str
    """Script with the runs of the experiment."""
    file: str
    live: str
    """Path of the live script of a running run, from the site's root; else empty."""
    plotly: str
    plotly_style: str
    plotly_guard: str
    """Id of an element that keeps plotly.js from inserting styles for maps."""
    figures: str
    """Script with the logged figures; empty if none is drawn."""
    diagnostics: str
    """Script with diagnostics too large for the page; empty if there are none."""
    steps: str
    """Script with the steps of charts that have a slider; empty if there are none."""
    title: str
    statuses: tuple[Status, ...]
    tags: Tags
    facts: overview.Facts
    failure: overview.Failure | None
    damage: overview.Damage | None
    silence: overview.Silence | None
    collected: tuple[overview.Callout, ...]
    problems: tuple[overview.ProblemRow, ...]
    problems_rest: str
    rail: tuple[Section, ...]
    tiles: tuple[Tile, ...]
    columns: tuple[keyvalues.KeyValues, ...]
    description: Markup
    metrics: metrics.Metrics | None
    charts: tuple[ChartCard, ...]
    tables: tuple[TableCard, ...]
    images: tuple[ImageCard, ...]
    images_note: str
    media: tuple[MediaCard, ...]
    media_note: str
    gallery: str
    """Script with all images and media; empty if there are none."""
    logs: tuple[LogCard, ...]
    models: tuple[ModelRow, ...]
    outputs: Outputs | None
    code: codes.Code | None
    raw: tuple[Link, ...]
    document: Markup
    broken: Mapping[str, Broken]
    """Sections that could not be rendered, by id."""
    is_empty: bool


def run_page(
    site: Site,
    record: RunRecord,
    place: RunPlace,
    render: Render,
    logs: Sequence[LogText] = (),
    drawings: Mapping[str, bytes] = MappingProxyType({}),
    limits: Limits = Limits(),  # noqa: B008 - it is frozen
    document: Mapping[str, object] = MappingProxyType({}),
    files: RunPreviews = RunPreviews(),  # noqa: B008 - it is frozen
    sections: Sections | None = None,
    models: Sequence[RegisteredModel] = (),
) -> Page:
    """Render the page of a run from its record, the ends of its logs and the bytes of its SVG images.

    ``models`` were registered from it, ``document`` is what of its run.json is public, ``files`` what of its outputs
    and code is shown. A section that can't be made, or that failed before, has a callout in its place; ``sections``
    knows why.
    """
    sections = sections or Sections()
    context = _context(site, record, place, logs, drawings, limits, document, files, sections, models)
    return Page(place.path, _html(context, render, sections))


def _html(context: RunPage, render: Render, sections: Sections) -> str:
    try:
        return render(_TEMPLATE, context)
    except BuildError:
        raise
    except Exception:
        # Find the section: each is rendered by itself, and failing ones get their callout.
        bare = replace(context, **_WITHOUT)
        before = len(sections.faults)
        for name in _WITHOUT:
            alone = replace(bare, **{name: getattr(context, name)})
            sections.make(_SECTION_OF.get(name, name), partial(render, _TEMPLATE, alone), "")
        if len(sections.faults) == before:  # Not caused by a section.
            raise
        broken = _broken(sections)
        failed = {name: empty for name, empty in _WITHOUT.items() if _SECTION_OF.get(name, name) in broken}
        return render(_TEMPLATE, replace(context, **failed, broken=broken))


def _broken(sections: Sections) -> dict[str, Broken]:
    return {name: Broken(name, name.capitalize(), fault.error) for name, fault in sections.faults.items()}


def gallery_script(record: RunRecord, place: RunPlace, drawings: Mapping[str, bytes], grid: int) -> bytes:
    """All images and media of a run, for sliders and the enlarged view; pages load it on first use."""
    images = images_data(record, place, drawings, grid)
    return script("gallery", {"images": images, "media": media_data(record, place)})


def _is_styled(record: RunRecord, logs: Sequence[LogText], files: RunPreviews) -> bool:
    """Whether a page has more than numbers, or may get it while the run goes on."""
    logged = record.charts, record.tables, record.images, record.media, record.artifacts, logs
    return any(logged) or _has_code(record, files) or is_live(record.status)


def _plotly(site: Site, charts: ShownCharts, place: RunPlace) -> str:
    """The link to the bundle of plotly.js that draws the page's charts."""
    vendored = figures.bundle(charts.charts)
    if vendored is None and place.plotly:
        return link.between(place.path, place.plotly[0])
    return asset(site, place.path, vendored or "plotly-cartesian.min.js")


def _context(
    site: Site,
    record: RunRecord,
    place: RunPlace,
    logs: Sequence[LogText],
    drawings: Mapping[str, bytes],
    limits: Limits,
    document: Mapping[str, object],
    files: RunPreviews,
    sections: Sections,
    models: Sequence[RegisteredModel],
) -> RunPage:
    experiment = Link(text.brief(record.experiment), link.between(place.path, place.experiment))
    make = sections.make
    charts = make("charts", lambda: ShownCharts(record.charts), ShownCharts(()))
    plotly = make("charts", lambda: _plotly(site, charts, place), _plotly(site, ShownCharts(()), place))
    rows, rest = make("problems", lambda: overview.problems(record), ((), ""))
    texts = files.texts
    made: dict[str, Any] = {
        "tiles": make("overview", lambda: overview.tiles(record), ()),
        "columns": make("overview", lambda: tuple(_columns(record)), ()),
        "description": make("overview", lambda: _description(record), EMPTY),
        "metrics": make("metrics", lambda: metrics.metrics(record, place, limits.charts), None),
        "charts": make("charts", lambda: tuple(charts.chart_cards(place)), ()),
        "tables": make("tables", lambda: table_cards(record, place, limits.table_rows), ()),
        "images": make("images", lambda: image_cards(record, place, drawings, limits.images), ()),
        "media": make("media", lambda: media_cards(record, place), ()),
        "logs": make("logs", lambda: log_cards(logs, place), ()),
        "models": make("models", lambda: model_rows(models, record, place), ()),
        "outputs": make("outputs", lambda: outputs(record, place, limits.files, texts.outputs, files.outputs), None),
        "code": make("code", lambda: codes.code(record, place, texts.snapshot, files.code, texts.patch), None),
        "document": make("raw", lambda: text.tree(document), EMPTY),
    }
    title = text.brief(record.title)
    return RunPage(
        frame=frame(site, place.path, title, (experiment, Link(title))),
        is_styled=bool(place.metrics) or _is_styled(record, logs, files),
        runs=f"{place.path.rpartition('/')[0]}/runs.js",
        file=place.path.rpartition("/")[2],
        live=place.folder + LIVE if is_live(record.status) else "",
        plotly=plotly,
        plotly_guard=place.plotly[1] if place.plotly else "",
        plotly_style=asset(site, place.path, "plotly.css"),
        figures=link.data_script(place.path, place.figures) if place.figures else "",
        diagnostics=link.data_script(place.path, place.diagnostics) if place.diagnostics else "",
        steps=link.data_script(place.path, place.steps) if place.steps else "",
        title=title,
        statuses=_statuses(record),
        tags=tags(record.tags),
        facts=overview.facts(record),
        failure=overview.failure_callout(record),
        damage=overview.damage_callout(record),
        silence=overview.silence(record),
        collected=overview.output_callouts(record),
        problems=rows,
        problems_rest=rest,
        rail=tuple(_contents(record, place, len(charts.cards), logs, len(models), files, sections.faults)),
        images_note=_images_note(record),
        media_note=_counted(record.media, "file"),
        gallery=link.data_script(place.path, place.gallery) if place.gallery else "",
        raw=raw_links(place),
        broken=_broken(sections),
        is_empty=_is_empty(record, logs),
        **made,
    )


def _description(record: RunRecord) -> Markup:
    return text.markdown(record.description) if record.description else EMPTY


def _statuses(record: RunRecord) -> tuple[Status, ...]:
    shown = status(record.status)
    return (*([DAMAGED] if record.damaged else []), *([shown] if shown.kind != "none" else []))


def _columns(record: RunRecord) -> Iterator[keyvalues.KeyValues]:
    for column in (keyvalues.parameters(record), keyvalues.attributes(record), keyvalues.environment(record)):
        if column is not None:
            yield column


def _contents(
    record: RunRecord,
    place: RunPlace,
    charts: int,
    logs: Sequence[LogText],
    models: int,
    files: RunPreviews,
    broken: Collection[str],
) -> Iterator[Section]:
    """The sections with content or a callout, in page order."""
    yield Section("overview", "Overview")
    counted = (
        ("problems", "Problems", len(record.problems)),
        ("metrics", "Metrics", len(record.series)),
        ("charts", "Charts", charts),
        ("tables", "Tables", len(record.tables)),
        ("images", "Images", len(record.images)),
        ("media", "Media", len(record.media)),
    )
    yield from _counted_sections(counted, broken)
    yield Section("children", "Child runs", hidden=True)
    yield from _counted_sections(_kept(record, logs, models), broken)
    if "code" in broken or _has_code(record, files):
        yield Section("code", "Code")
    if raw_links(place):
        yield Section("raw", "Raw data")


def _counted_sections(counted: Iterable[tuple[str, str, int]], broken: Collection[str]) -> Iterator[Section]:
    for key, name, count in counted:
        if count or key in broken:
            yield Section(key, name, number.integer(count) if count else "")


def _kept(record: RunRecord, logs: Sequence[LogText], models: int) -> tuple[tuple[str, str, int], ...]:
    return ("logs", "Logs", len(logs)), ("models", "Models", models), ("outputs", "Outputs", len(record.artifacts))


def _has_code(record: RunRecord, files: RunPreviews) -> bool:
    return record.snapshot is not None or files.texts.patch is not None


def _images_note(record: RunRecord) -> str:
    missing = sum(image.missing for image in record.images)
    total = len(record.images)
    if missing:
        return f"{number.integer(missing)} of {number.integer(total)} missing"
    return _counted(record.images, "image")


def _counted(media: Sequence[Medium], word: str) -> str:
    names = len({medium.name for medium in media})
    total = number.plural(len(media), word)
    return total if names < 2 else f"{total} in {names} series"


def _is_empty(record: RunRecord, logs: Sequence[LogText]) -> bool:
    logged = (record.series, record.tables, record.charts, record.images, record.media, record.artifacts, logs)
    return not any(logged)


_RAW_FOLDERS = ("tables/", "charts/")
_RAW_SUFFIXES = (".json", ".csv", ".jsonl")


def raw_links(place: RunPlace) -> tuple[Link, ...]:
    """Links to the published files behind the page."""
    found = [file for file in place.published if _is_raw(file)]
    found.sort(key=lambda file: ("/" in file, file != "run.json", file))
    return tuple(Link(file, link.between(place.path, place.published[file])) for file in found)


def _is_raw(file: str) -> bool:
    return file.endswith(_RAW_SUFFIXES) and ("/" not in file or file.startswith(_RAW_FOLDERS))
