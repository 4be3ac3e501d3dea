"""The files that a run kept: as a tree, with what is in them beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from posixpath import basename, dirname

from runpages.format.records import File, RunRecord

from .. import link
from ..model import FileText, RunPlace
from ..text import number
from .files import Viewer, viewer
from .preview import Preview
from .view import Link, published


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file in the table of what the tree has no room for."""

    folder: str
    link: Link
    size: str
    note: str


@dataclass(frozen=True, slots=True)
class Outputs:
    """The section of outputs; the rest is folded."""

    facts: str
    viewer: Viewer
    zip: str
    rest: tuple[FileRow, ...]
    rest_title: str


def first(record: RunRecord, shown: int) -> list[File]:
    """The outputs that the tree shows: the first by name."""
    return sorted(record.artifacts, key=lambda file: file.name)[:shown]


def hrefs(files: Sequence[File] | Sequence[FileText], place: RunPlace) -> list[str]:
    """The link to each file of a run, empty for one that is not published."""
    found = [published(file.file, place) if file.file else None for file in files]
    return [one.href if one else "" for one in found]


def outputs(
    record: RunRecord, place: RunPlace, shown: int, texts: Sequence[FileText] = (), previews: Sequence[Preview] = ()
) -> Outputs | None:
    """The section of outputs, ``shown`` in the tree, or nothing where the run has none."""
    if not record.artifacts:
        return None
    texts = texts or [FileText(file.name, file.file, file.size) for file in first(record, shown)]
    rest = sorted(record.artifacts, key=lambda file: file.name)[len(texts) :]
    size = number.size(sum(file.size for file in record.artifacts))
    parts = [link.data(place.path, part) for part in place.outputs]
    return Outputs(
        facts=f"{number.plural(len(record.artifacts), 'file')}, {size}",
        viewer=viewer("output", "Outputs", texts, hrefs(texts, place), previews, parts),
        zip=link.between(place.path, place.outputs_zip) if place.outputs_zip else "",
        rest=tuple(_row(file, place) for file in rest),
        rest_title=number.plural(len(rest), "more file") if rest else "",
    )


def _row(file: File, place: RunPlace) -> FileRow:
    found = published(file.file, place)
    folder = dirname(file.name)
    return FileRow(
        folder=f"{folder}/" if folder else "",
        link=Link(basename(file.name), found.href if found else "", basename(file.name)),
        size=number.size(file.size),
        note="" if found else "not published",
    )
