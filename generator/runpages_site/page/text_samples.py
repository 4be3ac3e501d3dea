"""Builds the cards of logged texts: the start of the last one in the page, and data scripts with all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from runpages.format.records import Medium

from .. import select, text
from ..model import FileText, LoggedText, Published
from ..text import number
from . import link
from .preview import packed

LINES, LONGEST = 40, 2_000
"""Most lines of a text in the page itself, and most characters of one of them."""

FRAMES = 6
"""Most steps with a preview above the slider."""

_HEAD, _WIDTH = 3, 80


class Frame(NamedTuple):
    """The preview of one step: its position on the slider, and its first lines."""

    at: int
    step: str
    head: str


class TextSample(NamedTuple):
    """The texts of one name. ``lines`` are the first of the last text, ``note`` says what they leave out."""

    lines: tuple[str, ...]
    note: str
    frames: tuple[Frame, ...]


def text_scripts(texts: Mapping[str, str], published: Published) -> tuple[list[int], list[bytes]]:
    """The data scripts with the logged texts by their links, and which of them has each text."""
    return packed("texts", {link.between(published.path, published.files[file]): one for file, one in texts.items()})


def shown_text(file: FileText) -> tuple[str, str]:
    """A logged text with control characters made visible, and a note if it is only the beginning."""
    # The last character of a beginning may be cut.
    decoded = file.data.decode("utf-8", "replace" if file.whole else "ignore").replace("\r\n", "\n").removesuffix("\n")
    note = "" if file.whole else f"The first {number.size(len(file.data))} of {number.size(file.size)}"
    return text.visible(decoded), note


def text_sample(media: Sequence[Medium], texts: Mapping[str, LoggedText]) -> TextSample | None:
    """What a card of texts shows; None if one of the ``media``, sorted by step, has none in ``texts``."""
    if any(medium.file not in texts for medium in media):
        return None
    lines = texts[media[-1].file].text.split("\n")
    places = select.evenly(len(media) - 1, min(len(media), FRAMES)) if len(media) > 1 else ()
    return TextSample(
        lines=tuple(line if len(line) <= LONGEST else f"{line[:LONGEST]}…" for line in lines[:LINES]),
        note=f"{LINES} of {number.plural(len(lines), 'line')}" if len(lines) > LINES else "",
        frames=tuple(Frame(at, number.short(media[at].step), _head(texts[media[at].file].text)) for at in places),
    )


def _head(source: str) -> str:
    return "\n".join(line[:_WIDTH] for line in source[: 10 * _WIDTH].split("\n")[:_HEAD])
