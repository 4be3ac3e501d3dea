"""What lies beside the page of a run: data that its scripts load, thumbnails, copies, zips."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from runpages.format import status
from runpages.format.records import RunRecord

from . import library, sealed, texts, thumbnail
from .levels import Pyramids
from .model import RunPlace
from .page import (
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
    points_script,
    previews,
    steps_script,
    table_scripts,
)
from .writer import Writer


def put_data(
    record: RunRecord, place: RunPlace, out: Writer, pyramids: Pyramids, charts: int, render: Render
) -> RunPlace:
    """Write what the charts of a run are drawn from in the browser, and the rows of its tables."""
    logged = ShownCharts(record.charts)
    shown, drawings, large = curves(record, charts), drawn(logged.charts), diagnostics_script(logged.charts)
    whole = f"{os.path.dirname(place.experiment)}/{library.NAME}" if bundle(drawings) is None else None
    if whole:
        out.files[whole] = 0  # Written once for all runs of the experiment.
    steps = steps_script(logged, place, render)
    return replace(
        place,
        points=_put_script(out, place.folder + "points.js", points_script(shown, pyramids.finish())) if shown else None,
        plotly=(whole, library.guard()) if whole else None,
        figures=_put_script(out, place.folder + "figures.js", figures_script(drawings)) if drawings else None,
        steps=_put_script(out, place.folder + "charts.js", steps) if steps else None,
        diagnostics=_put_script(out, place.folder + "diagnostics.js", large) if large else None,
        tables={name: _put_script(out, path, data) for name, path, data in table_scripts(record, place)},
    )


def put_pictures(
    record: RunRecord, place: RunPlace, out: Writer, drawings: Mapping[str, bytes], shown: int
) -> RunPlace:
    """Write thumbnails, copies of logged pages, and the list of all images and media."""
    if not record.images and not record.media:
        return place
    places, unseen = thumbnail.put_thumbnails(record, place, out)
    place = replace(place, thumbnails=places, unseen=unseen, pages=sealed.put_pages(record, place, out))
    script = gallery_script(record, place, drawings, shown)
    return replace(place, gallery=_put_script(out, place.folder + "images.js", script))


def put_files(
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
