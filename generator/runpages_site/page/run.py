"""Builds the page of a run: numbers, images, details. It holds no data on other runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup

from runpages.format.records import Medium, RunRecord
from runpages.format.registered import RegisteredModel

from .. import select, text
from ..errors import BuildError, Sections
from ..model import LogText, MetricSummary, Page, Pictures, Published, Scripts
from ..settings import Limits
from ..site import Script, Site
from ..text import number
from . import figures, keyvalues, link, metrics, overview
from .components import DAMAGED, EMPTY, Frame, Link, Render, Status, Tags, Tile, asset, frame, status, tags
from .data_scripts import LIVE, is_live, script
from .files import Outputs, outputs, raw_links
from .head import of_run
from .logs import LogCard, log_cards
from .models import ModelRow, model_rows
from .preview import RunPreviews
from .tables import TableCard, table_cards

if TYPE_CHECKING:  # Loaded for the runs that have such sections: most have numbers and logs only.
    from .charts import ChartCard, ShownCharts
    from .code import Code
    from .media import ImageCard, MediaCard

_TEMPLATE = "run.html.jinja"
_WITHOUT: Mapping[str, Any] = {
    "tiles": (), "columns": (), "description": EMPTY, "problems": (), "metrics": None, "charts": (), "tables": (),
    "images": (), "media": (), "logs": (), "models": (), "outputs": None, "code": None, "document": EMPTY,
}  # fmt: skip
"""Content of a page's sections, and their fallback values."""
_ENTRIES = 30
"""Most values of each object in the view of run.json, most of which the page shows elsewhere."""
_SECTION_OF = {"tiles": "overview", "columns": "overview", "description": "overview", "document": "raw"}


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the table of contents."""

    id: str
    name: str
    count: str = ""
    hidden: bool = False
    """Whether a script shows it once it has content."""


class Broken(NamedTuple):
    """The callout in place of a section that could not be rendered."""

    id: str
    name: str
    error: str


class RunPage(NamedTuple):
    """Context of the run template. Sections without content are empty and left out of the table of contents."""

    frame: Frame
    styled: tuple[str, ...]
    """The sections whose styles the page needs before it is touched."""
    runs: str
    """Script with the runs of the experiment."""
    file: str
    member: str
    """The run as the page of comparisons names it: ``<experiment>/<run>``."""
    live: str
    """Path of the live script of a running run, from the site's root; else empty."""
    plotly: str
    plotly_style: str
    plotly_guard: str
    """Id of an element that keeps plotly.js from inserting styles for maps."""
    figures: str
    """Script with the logged figures; empty if none is drawn."""
    diagnostics: str
    """The script with the numbers behind the diagnostics; empty if there are none."""
    steps: str
    """The script with the steps of charts that have a slider; empty if there are none."""
    zip: str
    """The link to all files as one zip; empty if there is none."""
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
    media_title: str
    media_note: str
    gallery: str
    """Script with all images and media; empty if there are none."""
    logs: tuple[LogCard, ...]
    models: tuple[ModelRow, ...]
    outputs: Outputs | None
    code: Code | None
    raw: tuple[Link, ...]
    document: Markup
    broken: Mapping[str, Broken]
    """Sections that could not be rendered, by id."""
    is_empty: bool


class Content(NamedTuple):
    """What the page of a run shows beside its record: what was written and read for it."""

    scripts: Scripts = Scripts()
    pictures: Pictures = Pictures()
    previews: RunPreviews = RunPreviews()
    logs: Sequence[LogText] = ()
    """The last lines of its logs."""
    compared: Script | Mapping[str, Any] = MappingProxyType({})
    """From what its code, configuration and logs are compared with those of other runs: a script, or what is small."""
    models: Sequence[RegisteredModel] = ()
    """The models that were registered from it."""
    document: Mapping[str, object] = MappingProxyType({})
    """What of its ``run.json`` is public."""
    limits: Limits = Limits()
    metric: str | None = None
    """The main metric of the experiment, if the settings name it."""
    picture: str = ""
    """Its picture for messengers, from the root of the site."""
    summaries: Mapping[str, MetricSummary] = MappingProxyType({})
    """Its metrics in a few numbers, if they are known already."""
    charts: ShownCharts | None = None
    """Its charts, if they are known already."""


def run_page(
    site: Site,
    record: RunRecord,
    published: Published,
    render: Render,
    content: Content = Content(),  # noqa: B008 - it is immutable
    sections: Sections | None = None,
) -> Page:
    """The page of a run, from its whole record and what was made of its files.

    A section that can't be made, or that failed before, has a callout in its place; ``sections`` knows why.
    """
    sections = sections or Sections()
    return Page(published.path, _html(_context(site, record, published, content, sections), render, sections))


def _html(context: RunPage, render: Render, sections: Sections) -> str:
    try:
        return render(_TEMPLATE, context)
    except BuildError:
        raise
    except Exception:
        # Find the section: each is rendered by itself, and failing ones get their callout.
        bare = context._replace(**_WITHOUT)
        before = len(sections.faults)
        for name in _WITHOUT:
            alone = bare._replace(**{name: getattr(context, name)})
            sections.make(_SECTION_OF.get(name, name), partial(render, _TEMPLATE, alone), "")
        if len(sections.faults) == before:  # Not caused by a section.
            raise
        broken = _broken(sections)
        failed = {name: empty for name, empty in _WITHOUT.items() if _SECTION_OF.get(name, name) in broken}
        return render(_TEMPLATE, context._replace(**failed, broken=broken))


def _broken(sections: Sections) -> dict[str, Broken]:
    return {name: Broken(name, name.capitalize(), fault.error) for name, fault in sections.faults.items()}


def shown_charts(record: RunRecord) -> ShownCharts:
    """The charts on the page of a run, which needs them for its scripts as well."""
    from .charts import ShownCharts

    return ShownCharts(record.charts)


def gallery_script(record: RunRecord, published: Published, pictures: Pictures, grid: int) -> bytes:
    """All images and media of a run, for sliders and the enlarged view; pages load it on first use."""
    from .media import images_data, media_data

    images = images_data(record, published, pictures, grid)
    return script("gallery", {"images": images, "media": media_data(record, published, pictures)})


def _styled(made: Mapping[str, Any]) -> Iterator[str]:
    """The sections whose styles a page with these parts needs before it is touched."""
    has_tables = made["metrics"] is not None and made["metrics"].has_tables
    viewers = [made[name].viewer for name in ("outputs", "code") if made[name]]
    viewed = "".join(viewer.first.body for viewer in viewers if viewer and viewer.first)
    parts = {
        "charts": made["charts"],
        "cells": any(card.matrix and card.matrix.svg for card in made["charts"]),
        "tables": made["tables"] or has_tables,
        "images": made["images"] or made["media"],
        "stand-ins": any(card.has_stand_ins for column in made["images"] for card in column),
        "media": made["media"],
        "texts": any(card.sample for card in made["media"]),
        "logs": made["logs"],
        "files": made["outputs"] or made["code"],
        "notebook": 'class="notebook"' in viewed,
        "patch": made["code"] is not None and made["code"].patch,
    }
    return (name for name, part in parts.items() if part)


def _plotly(site: Site, charts: ShownCharts, published: Published, scripts: Scripts) -> str:
    """The link to the bundle of plotly.js that draws the page's charts."""
    vendored = figures.bundle(charts.charts)
    if vendored is None and scripts.plotly:
        return link.between(published.path, scripts.plotly[0])
    return asset(site, published.path, vendored or "plotly-cartesian.min.js")


def _context(site: Site, record: RunRecord, published: Published, content: Content, sections: Sections) -> RunPage:
    experiment = Link(text.brief(record.experiment), link.between(published.path, published.experiment))
    scripts = content.scripts
    title = text.brief(record.title)
    made, charts = _sections(site, record, published, content, sections)
    media, raw = _media_title(record.media), raw_links(published)
    leading = " ".join(
        filter(None, (part for tile in made["tiles"][:1] for part in (tile.word, tile.label, tile.value)))
    )
    return RunPage(
        frame=frame(site, published.path, title, (experiment, Link(title)), of_run(record, leading, content.picture)),
        styled=tuple(_styled(made)),
        runs=f"{published.path.rpartition('/')[0]}/runs.js",
        file=published.path.rpartition("/")[2],
        member=published.path.removeprefix("e/").removesuffix(".html"),
        live=published.folder + LIVE if is_live(record.status) else "",
        plotly_guard=scripts.plotly[1] if scripts.plotly else "",
        plotly_style=asset(site, published.path, "plotly.css"),
        figures=link.data_script(published.path, scripts.figures),
        diagnostics=link.data_script(published.path, scripts.diagnostics),
        steps=link.data_script(published.path, scripts.steps),
        zip=link.between(published.path, published.zip) if published.zip else "",
        title=title,
        statuses=_statuses(record),
        tags=tags(record.tags, partial(link.runs_with_tag, published.path, published.experiment)),
        facts=overview.facts(record),
        failure=overview.failure_callout(record),
        damage=overview.damage_callout(record),
        silence=overview.silence(record),
        collected=tuple(overview.output_callouts(record)),
        rail=tuple(_contents(record, charts, content, media, sections.faults, has_raw=bool(raw))),
        images_note=_images_note(record),
        media_title=media,
        media_note=_counted(record.media, "text" if media == "Text" else "file"),
        gallery=link.data_script(published.path, content.pictures.gallery),
        raw=raw,
        broken=_broken(sections),
        is_empty=_is_empty(record, content.logs),
        **made,
    )


def _sections(
    site: Site, record: RunRecord, published: Published, content: Content, sections: Sections
) -> tuple[dict[str, Any], int]:
    """What the sections of the page are filled with, and how many cards of charts it has.

    A section without content is not entered.
    """
    if record.images or record.media:
        from .media import image_cards, media_cards
    if _has_code(record, content):
        from .code import code
    make, scripts, pictures, previews, limits = sections.make, *content[:3], content.limits
    known = content.summaries or {name: select.summary(series) for name, series in record.series.items()}
    about = record.description
    rows, rest = make("problems", lambda: overview.problems(record), ((), ""))
    made = {
        **_WITHOUT,
        "problems": rows,
        "problems_rest": rest,
        "plotly": asset(site, published.path, figures.SMALLEST),
        "tiles": make("overview", lambda: overview.tiles(record, known, content.metric), ()),
        "columns": make("overview", lambda: _columns(record), ()),
        "description": make("overview", lambda: text.markdown(about) if about else EMPTY, EMPTY),
        "document": make("raw", lambda: text.outline(keyvalues.without_packages(content.document), _ENTRIES), EMPTY),
    }
    charts = make("charts", lambda: content.charts or shown_charts(record), None) if record.charts else None
    if charts:
        made["plotly"] = make("charts", lambda: _plotly(site, charts, published, scripts), made["plotly"])
        made["charts"] = make("charts", lambda: tuple(charts.chart_cards(published)), ())
    logged: tuple[tuple[str, bool, Callable[[], Any]], ...] = (
        ("metrics", bool(record.series), lambda: metrics.metrics(record, published, limits.charts, known, scripts)),
        ("tables", bool(record.tables), lambda: table_cards(record, published, limits.table_rows, scripts.tables)),
        ("images", bool(record.images), lambda: image_cards(record, published, pictures, limits.images)),
        ("media", bool(record.media), lambda: media_cards(record, published, pictures)),
        ("logs", bool(content.logs), lambda: log_cards(content.logs, published)),
        ("models", bool(content.models), lambda: model_rows(content.models, record, published)),
        ("outputs", bool(record.artifacts), lambda: outputs(record, published, limits.files, previews)),
        ("code", _has_code(record, content), lambda: code(record, published, previews)),
    )
    for name, has_content, work in logged:
        if has_content:
            made[name] = make(name, work, _WITHOUT[name])
    return made, len(charts.cards) if charts else 0


def _media_title(media: Sequence[Medium]) -> str:
    """The name of the media section."""
    return "Text" if all(medium.file.lower().endswith(".txt") for medium in media) else "Media"


def _statuses(record: RunRecord) -> tuple[Status, ...]:
    shown = status(record.status)
    return (*([DAMAGED] if record.damaged else []), *([shown] if shown.kind != "none" else []))


def _columns(record: RunRecord) -> tuple[keyvalues.KeyValues, ...]:
    found = (keyvalues.parameters(record), keyvalues.attributes(record), keyvalues.environment(record))
    return tuple(filter(None, found))


def _contents(
    record: RunRecord, charts: int, content: Content, media: str, broken: Collection[str], *, has_raw: bool
) -> Iterator[Section]:
    """The sections with content or a callout, in page order; ``media`` is the name of that of media."""

    def counted(**counts: int) -> Iterator[Section]:
        for key, count in counts.items():
            if count or key in broken:
                name = media if key == "media" else key.capitalize()
                yield Section(key, name, number.integer(count) if count else "")

    yield Section("overview", "Overview")
    yield from counted(problems=len(record.problems), metrics=len(record.series), charts=charts)
    yield from counted(tables=len(record.tables), images=len(record.images), media=len(record.media))
    yield Section("children", "Child runs", hidden=True)
    yield from counted(logs=len(content.logs), models=len(content.models), outputs=len(record.artifacts))
    if "code" in broken or _has_code(record, content):
        yield Section("code", "Code")
    if has_raw:
        yield Section("raw", "Raw data")


def _has_code(record: RunRecord, content: Content) -> bool:
    return record.snapshot is not None or content.previews.texts.patch is not None


def _images_note(record: RunRecord) -> str:
    if missing := sum(image.missing for image in record.images):
        return f"{number.integer(missing)} of {number.integer(len(record.images))} missing"
    return _counted(record.images, "image")


def _counted(media: Sequence[Medium], word: str) -> str:
    names = len({medium.name for medium in media})
    total = number.plural(len(media), word)
    return total if names < 2 else f"{total} in {names} series"


def _is_empty(record: RunRecord, logs: Sequence[LogText]) -> bool:
    logged = (record.series, record.tables, record.charts, record.images, record.media, record.artifacts, logs)
    return not any(logged)
