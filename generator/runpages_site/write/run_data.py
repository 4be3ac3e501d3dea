"""What lies beside the page of a run: data that its scripts load, thumbnails, copies, zips."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from runpages.format import status
from runpages.format.records import RunRecord

from ..errors import Sections
from ..model import RunPlace, RunTexts
from ..page import (
    Render,
    RunPreviews,
    ShownCharts,
    bundle,
    curves,
    diagnostics_script,
    drawn,
    figures_script,
    first,
    gallery_script,
    hrefs,
    metric_scripts,
    points_script,
    previews,
    steps_script,
    table_scripts,
)
from ..read import artifacts
from ..theme import plotly_js
from . import sandboxed_html, thumbnail
from .pyramid_files import Pyramids
from .writer import Writer


def put_data(
    record: RunRecord, place: RunPlace, out: Writer, pyramids: Pyramids, charts: int, render: Render, sections: Sections
) -> RunPlace:
    """Write what the charts of a run are drawn from in the browser, and the rows of its tables."""
    place = sections.make("metrics", lambda: _put_points(record, place, out, pyramids, charts), place)
    place = sections.make("charts", lambda: _put_charts(record, place, out, render), place)
    return sections.make("tables", lambda: _put_tables(record, place, out), place)


def _put_points(record: RunRecord, place: RunPlace, out: Writer, pyramids: Pyramids, charts: int) -> RunPlace:
    many = {kind: _put_script(out, path, data) for kind, path, data in metric_scripts(record, place, charts)}
    place = replace(place, metrics=many)
    shown = curves(record, charts)
    if not shown:
        return place
    return replace(place, points=_put_script(out, place.folder + "points.js", points_script(shown, pyramids.finish())))


def _put_charts(record: RunRecord, place: RunPlace, out: Writer, render: Render) -> RunPlace:
    logged = ShownCharts(record.charts)
    drawings, large = drawn(logged.charts), diagnostics_script(logged.charts)
    whole = f"{os.path.dirname(place.experiment)}/{plotly_js.NAME}" if bundle(drawings) is None else None
    if whole:
        out.files[whole] = 0  # Written once for all runs of the experiment.
    steps = steps_script(logged, place, render)
    return replace(
        place,
        plotly=(whole, plotly_js.guard()) if whole else None,
        figures=_put_script(out, place.folder + "figures.js", figures_script(drawings)) if drawings else None,
        steps=_put_script(out, place.folder + "charts.js", steps) if steps else None,
        diagnostics=_put_script(out, place.folder + "diagnostics.js", large) if large else None,
    )


def _put_tables(record: RunRecord, place: RunPlace, out: Writer) -> RunPlace:
    tables = {name: _put_script(out, path, data) for name, path, data in table_scripts(record, place)}
    return replace(place, tables=tables)


def put_pictures(
    record: RunRecord, place: RunPlace, out: Writer, drawings: Mapping[str, bytes], shown: int, sections: Sections
) -> RunPlace:
    """Write thumbnails, copies of logged pages, and the list of all images and media."""
    if not record.images and not record.media:
        return place
    place = sections.make("images", lambda: _put_thumbnails(record, place, out), place)
    place = sections.make("media", lambda: replace(place, pages=sandboxed_html.put_pages(record, place, out)), place)
    listed = record._replace(
        images=[] if "images" in sections.faults else record.images,
        media=[] if "media" in sections.faults else record.media,
    )
    section = "images" if listed.images else "media"
    return sections.make(section, lambda: _put_gallery(listed, place, out, drawings, shown), place)


def _put_thumbnails(record: RunRecord, place: RunPlace, out: Writer) -> RunPlace:
    places, unseen = thumbnail.put_thumbnails(record, place, out)
    return replace(place, thumbnails=places, unseen=unseen)


def _put_gallery(
    record: RunRecord, place: RunPlace, out: Writer, drawings: Mapping[str, bytes], shown: int
) -> RunPlace:
    script = gallery_script(record, place, drawings, shown)
    return replace(place, gallery=_put_script(out, place.folder + "images.js", script))


def put_files(
    record: RunRecord, place: RunPlace, out: Writer, hashes: Path, most: int, now: float, sections: Sections
) -> tuple[RunPlace, RunPreviews]:
    """Write what the viewers of outputs and code show, and all outputs as one zip where that is small."""
    place, kept = sections.make(
        "outputs", lambda: _put_outputs(record, place, out, hashes, most, now), (place, RunPreviews())
    )
    place, coded = sections.make("code", lambda: _put_code(record, place, out, most), (place, RunPreviews()))
    found = replace(coded.texts, outputs=kept.texts.outputs)
    return place, RunPreviews(found, kept.outputs, coded.code)


def _put_outputs(
    record: RunRecord, place: RunPlace, out: Writer, hashes: Path, most: int, now: float
) -> tuple[RunPlace, RunPreviews]:
    found = artifacts.read_outputs(record, first(record, most), place.published, hashes, now)
    shown, scripts = previews(found, hrefs(found, place))
    parts = tuple(_put_script(out, f"{place.folder}outputs-{at}.js", data) for at, data in enumerate(scripts))
    place = replace(place, outputs=parts, outputs_zip=_put_zip(record, place, out))
    return place, RunPreviews(RunTexts(outputs=found), outputs=tuple(shown))


def _put_code(record: RunRecord, place: RunPlace, out: Writer, most: int) -> tuple[RunPlace, RunPreviews]:
    found = artifacts.read_code(record, place.published, most)
    files = found.snapshot.files if found.snapshot else ()
    shown, scripts = previews(files, [""] * len(files))
    parts = tuple(_put_script(out, f"{place.folder}code-{at}.js", data) for at, data in enumerate(scripts))
    return replace(place, code=parts), RunPreviews(found, code=tuple(shown))


def _put_zip(record: RunRecord, place: RunPlace, out: Writer) -> str:
    """Write the published outputs of a run that goes on no more as one zip; its place, or nothing."""
    data = None if record.status in status.ACTIVE else artifacts.zip_outputs(record, place.published)
    if data is None:
        return ""
    out.put(f"{place.folder}outputs.zip", data)
    return f"{place.folder}outputs.zip"


def _put_script(out: Writer, path: str, data: bytes) -> tuple[str, str]:
    out.put(path, data)
    return path, sha256(data).hexdigest()[:8]
