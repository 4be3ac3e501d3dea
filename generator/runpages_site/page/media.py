"""Builds the image and media cards of a run, one for each name."""

from __future__ import annotations

import math
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from posixpath import basename, splitext
from typing import Any, NamedTuple

from runpages.format.records import Medium, RunRecord

from .. import select, text
from ..model import Pictures, Published
from ..text import number
from . import gallery, link
from .gallery import Links, Slider, by_name, groups, links, slider
from .text_samples import TextSample, text_sample

_PIXELATED = 64
_LARGE = 256
# Most images of a size that fit a half-width card.
_NARROW = {"small": 12, "medium": 6, "large": 1}
_FRAMES = 4
_STAGE = 480
# How many cells of a size are side by side in a half-width card, and how high one is.
_CELLS = {"small": (5, 124), "medium": (4, 148), "large": (1, 400)}
_NOT_SHOWN = (".tif", ".tiff")
_STILL = ".still.webp"
"""How the name of the first frame of a large animation ends."""


class ImageCell(NamedTuple):
    """One image. ``src`` is empty if it cannot be shown, and ``note`` says why; ``href`` links to the file.

    ``full`` is the full-size image if ``src`` is a thumbnail, and empty if browsers cannot show it.
    """

    src: str
    full: str
    href: str
    alt: str
    step: str
    caption: str
    title: str
    """The caption with the step, unless it begins with it."""
    width: int | None
    height: int | None
    note: str


@dataclass(frozen=True, slots=True)
class ImageCard:
    """The images of one name: one, a ``series`` over steps, or a ``grid`` in pages of a slider.

    ``cells`` are the images on the page with their indices; ``large`` is the one below the key frames.
    ``size`` is the size of a cell. ``index`` is the place of the card in the data of all.
    """

    index: int
    id: str
    name: str
    count: str
    kind: str
    size: str
    pixelated: bool
    is_wide: bool
    cells: tuple[tuple[int, ImageCell], ...]
    at: int
    large: ImageCell | None
    slider: Slider | None
    rest: Links | None

    @property
    def has_stand_ins(self) -> bool:
        """Whether something stands in for a picture: for a missing one, or for a large animation."""
        shown = [one for _, one in self.cells] + ([self.large] if self.large else [])
        return any(not one.src or one.src.endswith(_STILL) for one in shown)


def image_cards(
    record: RunRecord, published: Published, pictures: Pictures, grid: int
) -> tuple[tuple[ImageCard, ...], ...]:
    """The section of images, a card for each name with a grid of ``grid`` at once, by column.

    A wide card is a column of its own. All others are in two columns of about one height, so that a tall card leaves no
    hole beside it.
    """
    series = enumerate(by_name(record.images).items())
    cards = [_card(at, name, images, published, pictures, grid) for at, (name, images) in series]
    columns: list[list[ImageCard]] = []
    halves: list[list[ImageCard]] = [[], []]
    for card in cards:
        if card.is_wide:
            columns.append([card])
            continue
        if not any(halves):
            columns += halves
        min(halves, key=lambda column: sum(map(_height, column))).append(card)
    return tuple(tuple(column) for column in columns if column)


def _height(card: ImageCard) -> float:
    """About how high a card of half the width is, in pixels."""
    height = 56.0 + 40 * (card.slider is not None)
    if card.cells:
        across, cell = _CELLS[card.size]
        height += cell * (1 if card.kind == "series" else math.ceil(len(card.cells) / across))
    if card.large:
        width, tall = card.large.width or 1, card.large.height or 1
        height += 24 + min(_STAGE, 540 * tall / width)
    return height


def images_data(record: RunRecord, published: Published, pictures: Pictures, grid: int) -> list[Mapping[str, Any]]:
    """Data that each card loads on first use: all images, and the groups of its slider."""
    found: list[Mapping[str, Any]] = []
    for name, images in by_name(record.images).items():
        kind = _kind(images, grid)
        found.append(
            {
                "name": text.visible(name),
                "kind": kind,
                "items": [_item(image, _cell(image, published, pictures)) for image in images],
                "groups": groups(images, 1 if kind == "series" else grid),
            }
        )
    return found


def _item(medium: Medium, cell: ImageCell | MediumCell) -> Mapping[str, Any]:
    """A cell with what orders it among those of other runs: its step as a number, its time in seconds since 1970."""
    filled = {key: value for key, value in cell._asdict().items() if value}
    shown = {key: text.visible(value) if isinstance(value, str) else value for key, value in filled.items()}
    return {**shown, "at": medium.step, "time": medium.time}


def _card(
    index: int, name: str, images: Sequence[Medium], published: Published, pictures: Pictures, grid: int
) -> ImageCard:
    kind = _kind(images, grid)
    by = groups(images, 1 if kind == "series" else grid)
    # The newest step tells most about a running run; a set is read from its start.
    last = len(by) - 1 if images[0].step != images[-1].step else 0
    at = by[last].first
    end = by[last + 1].first if last + 1 < len(by) else len(images)
    key_frames = select.evenly(len(images) - 1, min(len(images), _FRAMES)) if kind == "series" else ()
    places = range(at, end) if kind == "grid" else key_frames
    widest = max((image.width or 0 for image in images), default=0)
    size = "small" if kind == "series" else _cell_size(widest, len(places))
    on_page = {*places, at}
    return ImageCard(
        index=index,
        id=link.anchor("image", name),
        name=name,
        count=number.plural(len(images), "image"),
        kind=kind,
        size=size,
        pixelated=0 < widest < _PIXELATED,
        is_wide=kind == "grid" and len(places) > _NARROW[size],
        cells=tuple((index, _cell(images[index], published, pictures)) for index in places),
        at=at,
        large=None if kind == "grid" else _cell(images[at], published, pictures),
        slider=slider(f"{'Step' if kind == 'series' else 'Part'} of {name}", by, last),
        rest=links([image for index, image in enumerate(images) if index not in on_page], published, "image"),
    )


def _kind(images: Sequence[Medium], grid: int) -> str:
    if len(images) == 1:
        return "one"
    steps = len({image.step for image in images})
    return "series" if steps == len(images) and not _is_set(images, grid) else "grid"


def _is_set(images: Sequence[Medium], grid: int) -> bool:
    """Whether images of different steps are best shown at once: few and small, each with its own caption."""
    captions = {image.caption for image in images if image.caption}
    return len(captions) == len(images) <= grid and all((image.width or _LARGE) <= _PIXELATED for image in images)


def _cell_size(widest: int, count: int) -> str:
    if widest > _LARGE:
        return "large" if count <= 4 else "medium"
    return "medium" if widest > 2 * _PIXELATED else "small"


def _cell(image: Medium, published: Published, pictures: Pictures) -> ImageCell:
    href = gallery.href(image, published)
    src, full, note = _source(image, href, published, pictures)
    step = number.step(image.step)
    return ImageCell(
        src=src,
        full=full,
        href=href,
        alt=image.caption or f"{image.name}, step {step}",
        step=step,
        caption=image.caption or "",
        title=_title(step, image.caption or ""),
        width=image.width,
        height=image.height,
        note=note,
    )


def _title(step: str, caption: str) -> str:
    if "step" in caption.casefold() and re.match(rf"step\W*{re.escape(step)}(?!\d)", caption, re.IGNORECASE):
        return caption
    return f"step {step}: {caption}" if caption else f"step {step}"


def _source(image: Medium, href: str, published: Published, pictures: Pictures) -> tuple[str, str, str]:
    """The ``src`` of an image, that of its full size, and a note if it cannot be shown."""
    extension = splitext(image.file)[1].lower()
    if not href:
        return "", "", "missing" if image.missing else "not published"
    if extension == ".svg":
        # The file is published as text. As a data URL in an <img> the drawing is shown and runs no scripts.
        drawing = pictures.drawings.get(image.file)
        data = b64encode(drawing).decode() if drawing is not None else ""
        return (f"data:image/svg+xml;base64,{data}", "", "") if data else ("", "", "too large to show")
    if image.file in pictures.unseen:
        return "", "", pictures.unseen[image.file]
    if image.file in pictures.thumbnails:
        return (
            link.between(published.path, pictures.thumbnails[image.file]),
            "" if extension in _NOT_SHOWN else href,
            "",
        )
    if extension in _NOT_SHOWN:
        return "", "", f"{extension[1:].upper()}, which browsers cannot show"
    # Every image has its size in the header, except AVIF.
    return (href, "", "") if image.width or extension == ".avif" else ("", "", "not an image")


_AUDIO = (".mp3", ".wav", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".aac")
_VIDEO = (".mp4", ".webm", ".ogv", ".mov", ".m4v")


class MediumCell(NamedTuple):
    """One medium. ``audio`` and ``video`` play from ``src``; a ``page`` is a copy with scripts disabled.

    A ``text`` is in the data script ``src`` under its link. A ``file`` is a link only; for ``none`` the ``note`` says
    why.
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
    """The media of one name: the newest, and a slider for the others. ``sample`` is there if all are texts."""

    id: str
    name: str
    count: str
    shown: MediumCell
    sample: TextSample | None
    slider: Slider | None
    rest: Links | None


def media_cards(record: RunRecord, published: Published, pictures: Pictures) -> tuple[MediaCard, ...]:
    """The cards of the media section."""
    return tuple(_media_card(name, of, published, pictures) for name, of in by_name(record.media).items())


def media_data(record: RunRecord, published: Published, pictures: Pictures) -> list[Mapping[str, Any]]:
    """Data that each card loads on first use."""
    return [
        {
            "name": text.visible(name),
            "items": [_item(one, _media_cell(one, published, pictures)) for one in of],
            "groups": groups(of, 1),
        }
        for name, of in by_name(record.media).items()
    ]


def _media_card(name: str, media: Sequence[Medium], published: Published, pictures: Pictures) -> MediaCard:
    others = media[:-1]
    sample = text_sample(media, pictures.texts)
    return MediaCard(
        id=link.anchor("medium", name),
        name=name,
        count=number.plural(len(media), "text" if sample else "file"),
        sample=sample,
        shown=_media_cell(media[-1], published, pictures),
        slider=slider(f"Step of {name}", groups(media, 1), len(media) - 1),
        rest=links(others, published, "file"),
    )


def _media_cell(medium: Medium, published: Published, pictures: Pictures) -> MediumCell:
    href = gallery.href(medium, published)
    kind, src = _played(medium.file, href, published, pictures)
    return MediumCell(
        kind=kind,
        src=src,
        href=href,
        file=basename(medium.file),
        step=number.step(medium.step),
        caption=medium.caption or "",
        note=_note(medium, href, pictures),
    )


def _note(medium: Medium, href: str, pictures: Pictures) -> str:
    if not href:
        return "missing" if medium.missing else "not published"
    return pictures.texts[medium.file].note if medium.file in pictures.texts else ""


def _played(file: str, href: str, published: Published, pictures: Pictures) -> tuple[str, str]:
    """How a file is shown, and its source."""
    if not href:
        return "none", ""
    if file in pictures.texts:
        return "text", link.data_script(published.path, pictures.texts[file].script)
    if file in pictures.pages:
        return "page", link.between(published.path, pictures.pages[file])
    extension = splitext(file)[1].lower()
    if extension in _AUDIO or extension in _VIDEO:
        return ("audio" if extension in _AUDIO else "video"), href
    return "file", ""
