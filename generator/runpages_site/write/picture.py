"""Draws the pictures that messengers show beside a link, as PNG.

Pillow is there for thumbnails already, and brings a font with it: a picture is the same on every machine. The font has
the letters of ASCII and little more, so that others are spelled with these where that is possible, and else left out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

from ..page import HEIGHT, WIDTH, Picture
from .writer import Writer

if TYPE_CHECKING:
    from PIL import Image, ImageFont

_EDGE = 72
_TOP, _BOTTOM = 350, 558
"""Where the curve is drawn, in pixels from the top."""
_PAPER, _INK, _BLUE = (255, 255, 255), (27, 31, 36), (31, 95, 208)
_SHADES = 8
"""Shades of each colour: with two of them, four bits a pixel."""
_SECOND = 150
"""How dark the less important texts are, of 255."""
_FINER = 2
_SPELLED = {"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{EM DASH}": "-", "\N{MULTIPLICATION SIGN}": "x"}
_BEYOND_ASCII = "·…"


def put_picture(out: Writer, folder: str, picture: Picture) -> str:
    """Write a picture into a ``folder`` of the site, which ends with ``/``; returns its path.

    One that is there shows the same, as its name says, and is not drawn again.
    """
    path = f"{folder}{picture.name}"
    if out.fresh or not out.keep(path):
        out.put(path, drawn(picture))
    return path


def drawn(picture: Picture) -> bytes:
    """The picture as PNG, in the same bytes each time with the same Pillow."""
    from PIL import Image, ImageDraw  # A build without pictures does not load it.

    texts = Image.new("L", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(texts)
    has_curve = sum(level is not None for level in picture.curve) > 1
    value = ((picture.value, 104, 255, 216), (picture.label, 34, _SECOND, 172)) if picture.value else ()
    for text, size, dark, y in ((picture.title, 52, 255, 44), (picture.state, 34, _SECOND, 112), *value):
        draw.text((_EDGE, y), _fitting(text, size), fill=dark, font=_font(size))
    site = _fitting(picture.site, 28)
    draw.text((WIDTH - _EDGE, 610), site, fill=_SECOND, font=_font(28), anchor="rs")
    shades = texts.point([level * _SHADES // 256 for level in range(256)])
    if has_curve:
        _lay(shades, _curve(picture.curve))
    shades.putpalette([*_ramp(_INK), *_ramp(_BLUE)])
    data = BytesIO()
    shades.save(data, "PNG", bits=4, compress_level=6)
    return data.getvalue()


def _lay(shades: Image.Image, curve: Image.Image) -> None:
    """Lay the curve over the texts, in the shades of its own colour."""
    least = 256 // _SHADES
    colour = curve.point([_SHADES + level * _SHADES // 256 for level in range(256)])
    shades.paste(colour, (0, _TOP - _EDGE // 4), curve.point([255 * (level >= least) for level in range(256)]))


def _curve(levels: Sequence[int | None]) -> Image.Image:
    """The curve, drawn finer and made smaller, which makes its edges smooth."""
    from PIL import Image, ImageDraw

    margin, height = _EDGE // 4, _BOTTOM - _TOP
    fine = Image.new("L", (WIDTH * _FINER, (height + 2 * margin) * _FINER))
    draw = ImageDraw.Draw(fine)
    step = (WIDTH - 2 * _EDGE) / (len(levels) - 1)
    for part in _parts(levels):
        points = [
            ((_EDGE + at * step) * _FINER, (margin + height * (1 - level / 1_000)) * _FINER) for at, level in part
        ]
        draw.line(points, fill=255, width=5 * _FINER, joint="curve")
        x, y = points[-1]
        draw.circle((x, y), 8 * _FINER, fill=255)
    return fine.reduce(_FINER)


def _parts(levels: Sequence[int | None]) -> Iterator[list[tuple[int, int]]]:
    """The stretches without a gap."""
    part: list[tuple[int, int]] = []
    for at, level in enumerate((*levels, None)):
        if level is not None:
            part.append((at, level))
        elif part:
            yield part
            part = []


def _ramp(colour: tuple[int, int, int]) -> Iterator[int]:
    """A colour in its shades, from that of the paper on, as a palette has them."""
    for shade in range(_SHADES):
        for paper, ink in zip(_PAPER, colour, strict=True):
            yield round(paper + (ink - paper) * shade / (_SHADES - 1))


def _fitting(text: str, size: int) -> str:
    """As much of a text as there is room for, in letters of the font."""
    spelled = _spelled(text)
    font, room = _font(size), WIDTH - 2 * _EDGE
    if font.getlength(spelled) <= room:
        return spelled
    most = len(spelled)
    while most and font.getlength(f"{spelled[:most].rstrip()}…") > room:
        most -= 1 if most < 64 else most - 63  # No line has more.
    return f"{spelled[:most].rstrip()}…"


def _spelled(text: str) -> str:
    shown = "".join(_SPELLED.get(char, char) for char in text)
    plain = unicodedata.normalize("NFKD", shown.replace("…", "\0")).replace("\0", "…")
    kept = "".join(char for char in plain if " " <= char <= "~" or char in _BEYOND_ASCII)
    return " ".join(kept.split())


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # With a size it is no bitmap.
    return font.font_variant(layout_engine=ImageFont.Layout.BASIC)  # Raqm is not in every Pillow.
