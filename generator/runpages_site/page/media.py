"""Sound, video and other files that a run logged as media."""

from __future__ import annotations

from dataclasses import dataclass
from posixpath import basename, splitext

from runpages.format.records import Medium, RunRecord

from .. import link, number
from ..model import RunPlace
from .view import Link

_AUDIO = (".mp3", ".wav", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".aac")
_VIDEO = (".mp4", ".webm", ".ogv", ".mov", ".m4v")


@dataclass(frozen=True, slots=True)
class MediumRow:
    """An audio, video or other file: played in the page where a browser can, else a link."""

    name: str
    step: str
    caption: str
    kind: str
    link: Link
    note: str


def media_rows(record: RunRecord, place: RunPlace) -> tuple[MediumRow, ...]:
    """The section of media."""
    return tuple(_medium(medium, place) for medium in record.media)


def _medium(medium: Medium, place: RunPlace) -> MediumRow:
    target = "" if medium.missing else place.published.get(medium.file, "")
    extension = splitext(target)[1].lower()
    kind = "audio" if extension in _AUDIO else "video" if extension in _VIDEO else "file"
    return MediumRow(
        name=medium.name,
        step=number.short(medium.step),
        caption=medium.caption or "",
        kind=kind if target else "none",
        link=Link(basename(medium.file), link.between(place.path, target) if target else ""),
        note="" if target else "missing" if medium.missing else "not published",
    )
