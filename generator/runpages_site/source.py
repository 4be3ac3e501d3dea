"""Run folders into values: the only place of the generator that reads them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runpages.format import layout, read, status
from runpages.format.errors import FormatError
from runpages.format.files import read_file
from runpages.format.picture import picture_of
from runpages.format.records import ExperimentRecord, Medium, Problem, RunRecord
from runpages.format.registered import RegisteredModel

from . import select, text
from .model import ModelSummary, RunSummary
from .parameters import with_parameters
from .passes import marked
from .points import read_points

if TYPE_CHECKING:  # A build with nothing new writes no pages, and loads nothing for it.
    from .levels import Pyramids

DRAWING_BYTES = 1 << 18
"""The largest SVG image that a page holds."""

DRAWINGS_BYTES = 1 << 22
"""How much of a run's SVG images a page and its data hold together."""


def read_run(folder: str, *, now: float, memory: Path | None = None, pyramids: Pyramids | None = None) -> RunRecord:
    """Read a run, its long series thinned; ``memory`` is a file that knows what was read of long files.

    ``pyramids`` get the points of its long metrics.

    A run of a newer format comes back empty, with the problem that says what to install.
    """
    try:
        record, points = read.read_without_points(folder, now=now)
    except FormatError as error:
        return _refused(folder, str(error))
    problems: list[Problem] = []
    record = record._replace(series=read_points(points, problems, memory, pyramids))
    record.problems[points.told : points.told] = problems
    sized = [_sized(folder, image, record.problems) for image in record.images]
    record = record._replace(
        images=marked(sized, record.passes),
        media=marked(record.media, record.passes),
        charts=marked(record.charts, record.passes),
    )
    return with_parameters(record)


def liveness(record: RunRecord) -> dict[str, Any] | None:
    """What the state of a run that has not ended is told from, with the word that is shown; None of one that has."""
    stored = record.document.get("status")
    word = status.understood(stored) if isinstance(stored, str) else None
    if word not in status.ACTIVE:
        return None
    return {"word": word, "owner": record.owner, "last_write": record.last_write, "shown": record.status}


def still_shows(live: Mapping[str, Any], now: float) -> bool:
    """Whether a run that had not ended would be shown as it was."""
    shown: object = live["shown"]
    return status.derived(live["word"], live["owner"], live["last_write"], now) == shown


def read_experiment(folder: str) -> ExperimentRecord:
    """Read what an experiment says of itself."""
    return read.read_experiment(folder)


def read_prose(folder: Path) -> str | None:
    """The README of a folder, in Markdown."""
    return read.read_text(str(folder / "README.md"))


def read_drawings(record: RunRecord) -> dict[str, bytes]:
    """The SVG images of a run by their file, but for those over 256 KiB, and those that come after 4 MiB."""
    found: dict[str, bytes] = {}
    left = DRAWINGS_BYTES
    for image in record.images:
        place = os.path.join(record.folder, image.file)
        if image.file.lower().endswith(".svg") and not image.missing and image.file not in found:
            try:
                if os.path.getsize(place) <= min(DRAWING_BYTES, left):
                    found[image.file] = read_file(place)
                    left -= len(found[image.file])
            except OSError:
                continue
    return found


def summarize(record: RunRecord, page: str, models: Sequence[RegisteredModel] = ()) -> RunSummary:
    """What the pages across runs need of a run; long texts are cut, which its own page has whole."""
    host = record.owner.get("host")
    return RunSummary(
        path=page,
        id=record.id,
        title=text.brief(record.title),
        number=record.number,
        status=record.status and text.brief(record.status),
        damaged=record.damaged,
        created=record.created,
        started=record.started,
        ended=record.ended,
        # A clone or a copy gives the files new times; a run that has ended tells its own.
        last_write=record.ended if record.ended is not None else record.last_write,
        parent=record.parent,
        host=text.brief(host) if isinstance(host, str) else None,
        params=text.brief_values(record.params),
        tags=_brief_tags(record.tags),
        metrics={name: select.summary(series) for name, series in record.series.items()},
        models=select.latest(_model(model, record, page) for model in models),
    )


def _model(model: RegisteredModel, record: RunRecord, page: str) -> ModelSummary:
    return ModelSummary(
        name=text.brief(model.name),
        version=model.version,
        versions=1,
        run=page,
        title=text.brief(record.title),
        tags=_brief_tags(model.tags),
        created=model.created,
    )


def _brief_tags(tags: Mapping[str, str | None]) -> dict[str, str | None]:
    return {text.brief(key): value and text.brief(value) for key, value in tags.items()}


def _sized(folder: str, image: Medium, problems: list[Problem]) -> Medium:
    if image.missing or (image.width and image.height):
        return image
    picture = picture_of(os.path.join(folder, image.file))
    if picture is None:
        problems.append(Problem(image.file, None, "It is no picture", "Placeholder shown"))
        return image
    return image._replace(width=picture.width, height=picture.height)


def _refused(folder: str, why: str) -> RunRecord:
    parent, name = os.path.split(os.path.abspath(folder))
    experiment = os.path.basename(parent)
    return RunRecord(
        folder=folder, experiment=layout.name_of(experiment) or experiment, id=name, name=None, number=None, type=None,
        status=None, created=None, started=None, ended=None, last_write=None, parent=None, owner={}, description=None,
        tags={}, properties={}, params={}, environment={}, error=None, series={}, tables=[], charts=[], images=[],
        media=[], artifacts=[], logs=[], snapshot=None, problems=[Problem(layout.RUN, None, why, "Run left out")],
        document={},
    )  # fmt: skip
