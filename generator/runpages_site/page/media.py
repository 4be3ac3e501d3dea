"""Sound, video, pages and other files that a run logged as media, a card for each name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from posixpath import basename, splitext
from typing import Any

from runpages.format.records import Medium, RunRecord

from .. import link, text
from ..model import RunPlace
from ..text import number
from .gallery import Links, Slider, by_name, entry, groups, links, slider

_AUDIO = (".mp3", ".wav", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".aac")
_VIDEO = (".mp4", ".webm", ".ogv", ".mov", ".m4v")


@dataclass(frozen=True, slots=True)
class MediumCell:
    """One medium. ``kind``: ``audio`` and ``video`` are played from ``src``, a ``page`` is a copy that runs nothing.

    Of a ``file`` there is the link only, and of ``none`` the ``note`` that says why.
    """

    kind: str
    src: str
    href: str
    file: str
    step: str
    caption: str
    note: str


@dataclass(frozen=True, slots=True)
class MediaCard:
    """The media of one name: the newest, the others by the slider."""

    id: str
    name: str
    count: str
    shown: MediumCell
    slider: Slider | None
    rest: Links | None


def media_cards(record: RunRecord, place: RunPlace) -> tuple[MediaCard, ...]:
    """The section of media."""
    return tuple(_card(name, of, place) for name, of in by_name(record.media).items())


def media_data(record: RunRecord, place: RunPlace) -> list[Mapping[str, Any]]:
    """What the browser gets of each card when it is touched."""
    return [
        {"name": text.visible(name), "items": [entry(_cell(one, place)) for one in of], "groups": groups(of, 1)}
        for name, of in by_name(record.media).items()
    ]


def _card(name: str, media: Sequence[Medium], place: RunPlace) -> MediaCard:
    others = media[:-1]
    return MediaCard(
        id=link.anchor("medium", name),
        name=name,
        count=number.plural(len(media), "file"),
        shown=_cell(media[-1], place),
        slider=slider(f"Step of {name}", groups(media, 1), len(media) - 1),
        rest=links(others, [_cell(one, place).href for one in others], "file"),
    )


def _cell(medium: Medium, place: RunPlace) -> MediumCell:
    target = "" if medium.missing else place.published.get(medium.file, "")
    href = link.between(place.path, target) if target else ""
    kind, src = _played(medium.file, href, place)
    return MediumCell(
        kind=kind,
        src=src,
        href=href,
        file=basename(medium.file),
        step=number.short(medium.step),
        caption=medium.caption or "",
        note="" if target else "missing" if medium.missing else "not published",
    )


def _played(file: str, href: str, place: RunPlace) -> tuple[str, str]:
    """How a file is shown, and what from."""
    if not href:
        return "none", ""
    if file in place.pages:
        return "page", link.between(place.path, place.pages[file])
    extension = splitext(file)[1].lower()
    if extension in _AUDIO or extension in _VIDEO:
        return ("audio" if extension in _AUDIO else "video"), href
    return "file", ""
