"""The images of a run, a card for each name; only published ones are shown."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from posixpath import splitext

from runpages.format.records import Medium, RunRecord

from .. import link, number
from ..model import RunPlace

_PIXELATED = 64
_LARGE = 256
# How many images of a size a card of half the width shows well.
_NARROW = {"small": 10, "medium": 6, "large": 1}
_NOT_SHOWN = (".tif", ".tiff")


@dataclass(frozen=True, slots=True)
class ImageCell:
    """One image; ``src`` is empty where it cannot be shown, and ``note`` says why; ``href`` leads to the file."""

    src: str
    href: str
    alt: str
    step: str
    caption: str
    width: int | None
    height: int | None
    note: str


@dataclass(frozen=True, slots=True)
class ImageCard:
    """The images of one name. ``size`` is how large a cell is; the rest is folded."""

    id: str
    name: str
    count: str
    size: str
    pixelated: bool
    is_wide: bool
    first: tuple[ImageCell, ...]
    rest: tuple[ImageCell, ...]
    rest_title: str


def image_cards(record: RunRecord, place: RunPlace, drawings: Mapping[str, bytes], shown: int) -> tuple[ImageCard, ...]:
    """The section of images, a card for each name with ``shown`` before the fold; ``drawings`` are the SVG files."""
    by_name: dict[str, list[Medium]] = {}
    for image in record.images:
        by_name.setdefault(image.name, []).append(image)
    return tuple(_image_card(name, images, place, drawings, shown) for name, images in by_name.items())


def _image_card(
    name: str, images: Sequence[Medium], place: RunPlace, drawings: Mapping[str, bytes], shown: int
) -> ImageCard:
    ordered = sorted(images, key=lambda image: image.step)
    widest = max((image.width or 0 for image in images), default=0)
    size = _cell_size(widest, len(images))
    cells = [_image(image, place, drawings) for image in ordered]
    rest = len(cells) - shown
    return ImageCard(
        id=link.anchor("image", name),
        name=name,
        count=number.plural(len(images), "image"),
        size=size,
        pixelated=0 < widest < _PIXELATED,
        is_wide=len(images) > _NARROW[size],
        first=tuple(cells[:shown]),
        rest=tuple(cells[shown:]),
        rest_title=number.plural(rest, "more image") if rest > 0 else "",
    )


def _cell_size(widest: int, count: int) -> str:
    if widest > _LARGE:
        return "large" if count <= 4 else "medium"
    return "medium" if widest > 2 * _PIXELATED else "small"


def _image(image: Medium, place: RunPlace, drawings: Mapping[str, bytes]) -> ImageCell:
    target = place.published.get(image.file)
    href = link.between(place.path, target) if target and not image.missing else ""
    src, note = _shown(image, href, drawings.get(image.file))
    step = number.short(image.step)
    return ImageCell(
        src=src,
        href=href,
        alt=image.caption or f"{image.name}, step {step}",
        step=step,
        caption=image.caption or "",
        width=image.width,
        height=image.height,
        note=note,
    )


def _shown(image: Medium, href: str, drawing: bytes | None) -> tuple[str, str]:
    """What an ``<img>`` takes, or why there is none."""
    extension = splitext(image.file)[1].lower()
    if not href:
        return "", "missing" if image.missing else "not published"
    if extension == ".svg":
        # The file is published as text. Inside the page's own address a drawing is seen, and runs nothing.
        data = b64encode(drawing).decode() if drawing is not None else ""
        return (f"data:image/svg+xml;base64,{data}", "") if data else ("", "too large to show")
    if extension in _NOT_SHOWN:
        return "", f"{extension[1:].upper()}, which browsers do not show"
    # Every picture's header tells its size, but for AVIF.
    return (href, "") if image.width or extension == ".avif" else ("", "no picture")
