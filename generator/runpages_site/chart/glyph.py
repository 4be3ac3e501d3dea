"""Text in a chart: about how wide it is, shortened to fit, and safe in markup."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from markupsafe import escape

from ..text import visible

_NARROW_GLYPHS = frozenset(" !'(),-./:;I[]ijlt|f")
_WIDE_GLYPHS = frozenset("%@MWmw…→")


def clean(text: str) -> str:
    """Text for markup: escaped, with what has no glyph or turns the text that follows in sight."""
    return str(escape(visible(text)))


def elided(text: str, room: float) -> str:
    """A text with its middle left out where it is wider than ``room`` pixels: names differ at their ends."""
    if width(text) <= room:
        return text
    half, head, tail = (room - width("…")) / 2, 0, len(text)
    used = 0.0
    while (used := used + width(text[head])) <= half:
        head += 1
    used = 0.0
    while (used := used + width(text[tail - 1])) <= half:
        tail -= 1
    while unicodedata.combining(text[tail]):
        tail += 1  # an accent needs its letter
    return f"{text[:head].rstrip()}…{text[tail:].lstrip()}"


# Labels recur from chart to chart; the text of a whole name is asked for letter by letter.
@lru_cache(4_096)
def width(text: str) -> float:
    """About how wide a text of a chart is, in pixels."""
    return sum(map(_glyph_width, text))


@lru_cache(4_096)
def _glyph_width(character: str) -> float:
    if character in _NARROW_GLYPHS:
        return 3.4
    if character in _WIDE_GLYPHS or unicodedata.east_asian_width(character) in "WF":
        return 11.5
    if unicodedata.combining(character):
        return 0.0
    return 8.2 if character.isupper() else 6.4
