"""What a run holds as files: images, media, logs, outputs, code and raw data; only published ones become links."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from posixpath import basename, dirname, splitext

from markupsafe import Markup

from runpages.format.records import File, Medium, RunRecord

from .. import link, number, text
from ..model import LogText, RunPlace
from .view import Link

BLOCK = 500
_PIXELATED = 64
_LARGE = 256
# How many images of a size a card of half the width shows well.
_NARROW = {"small": 10, "medium": 6, "large": 1}
_AUDIO = (".mp3", ".wav", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".aac")
_VIDEO = (".mp4", ".webm", ".ogv", ".mov", ".m4v")
_NOT_SHOWN = (".tif", ".tiff")
_RAW_FOLDERS = ("tables/", "charts/")
_RAW_SUFFIXES = (".json", ".csv", ".jsonl")


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


@dataclass(frozen=True, slots=True)
class MediumRow:
    """An audio, video or other file: played in the page where a browser can, else a link."""

    name: str
    step: str
    caption: str
    kind: str
    link: Link
    note: str


@dataclass(frozen=True, slots=True)
class LogBlock:
    """A block of lines of a log, as list items with their anchors; ``first`` is the number of its first line."""

    first: int
    count: int
    lines: Markup


@dataclass(frozen=True, slots=True)
class LogCard:
    """A log: its last lines in blocks."""

    id: str
    name: str
    facts: str
    before: str
    blocks: tuple[LogBlock, ...]
    link: Link | None


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file in the table of outputs."""

    folder: str
    link: Link
    size: str
    note: str


@dataclass(frozen=True, slots=True)
class Files:
    """A table of files; the rest is folded."""

    facts: str
    first: tuple[FileRow, ...]
    rest: tuple[FileRow, ...]
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


def log_cards(logs: Sequence[LogText], place: RunPlace) -> tuple[LogCard, ...]:
    """The section of logs."""
    return tuple(_log(log, place) for log in logs)


def _log(log: LogText, place: RunPlace) -> LogCard:
    lines = text.log_lines(log.text) if log.text else []
    first = log.first
    total = log.lines if log.lines is not None else log.first + len(lines) - 1
    return LogCard(
        id=link.anchor("log", log.name),
        name=log.name,
        facts=f"{number.plural(total, 'line')}, {number.size(log.size)}",
        before=f"{number.plural(first - 1, 'earlier line')} not shown" if first > 1 else "",
        blocks=tuple(_blocks(lines, first, link.anchor("log", log.name, "L"))),
        link=_published(log.file, place),
    )


def _blocks(lines: list[str], first: int, prefix: str) -> Iterator[LogBlock]:
    for start in range(0, len(lines), BLOCK):
        block = lines[start : start + BLOCK]
        # Thousands of lines: joined here, since a template takes ten times as long. The lines are escaped already.
        parts = block * 2
        parts[::2] = _openings(prefix, first + start)[: len(block)]
        parts[1::2] = block
        items = "".join(parts).removeprefix(_BETWEEN)
        yield LogBlock(first + start, len(block), Markup(f"{items}</li>"))  # noqa: S704


_BETWEEN = "</li>\n"


# Logs of one name that begin at one line, as most do, have the same addresses in every run.
@lru_cache(16)
def _openings(prefix: str, first: int) -> tuple[str, ...]:
    """What stands before each line of a block: the end of the line above, and the anchor."""
    return tuple([f'{_BETWEEN}<li id="{prefix}{number}">' for number in range(first, first + BLOCK)])


def outputs(record: RunRecord, place: RunPlace, shown: int) -> Files | None:
    """The section of outputs, ``shown`` before the fold, or nothing where the run has none."""
    if not record.artifacts:
        return None
    rows = [_file(file, place) for file in sorted(record.artifacts, key=lambda file: file.name)]
    size = number.size(sum(file.size for file in record.artifacts))
    rest = rows[shown:]
    return Files(
        facts=f"{number.plural(len(rows), 'file')}, {size}",
        first=tuple(rows[:shown]),
        rest=tuple(rest),
        rest_title=number.plural(len(rest), "more file") if rest else "",
    )


def _file(file: File, place: RunPlace) -> FileRow:
    found = _published(file.file, place)
    folder = dirname(file.name)
    return FileRow(
        folder=f"{folder}/" if folder else "",
        link=Link(basename(file.name), found.href if found else ""),
        size=number.size(file.size),
        note="" if found else "not published",
    )


def snapshot(record: RunRecord, place: RunPlace) -> FileRow | None:
    """The snapshot of the code, if the run has one."""
    return _file(record.snapshot, place) if record.snapshot else None


def raw_links(place: RunPlace) -> tuple[Link, ...]:
    """The published files that the page is made of."""
    found = [file for file in place.published if _is_raw(file)]
    found.sort(key=lambda file: ("/" in file, file != "run.json", file))
    return tuple(Link(file, link.between(place.path, place.published[file])) for file in found)


def _is_raw(file: str) -> bool:
    return file.endswith(_RAW_SUFFIXES) and ("/" not in file or file.startswith(_RAW_FOLDERS))


def _published(file: str, place: RunPlace) -> Link | None:
    target = place.published.get(file)
    return Link(file, link.between(place.path, target)) if target else None
