"""Makes thumbnails of large pictures, and says of a picture why it cannot be shown."""

from __future__ import annotations

import os
import warnings
from hashlib import file_digest, sha256
from io import BufferedReader, BytesIO
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from runpages.format.image_header import HEAD, Picture, kind_of

from ..text import number

if TYPE_CHECKING:
    from PIL import Image

SIDE = 640
"""The longer side of a thumbnail, in pixels: a card of a page is not wider."""

LARGE_SIDE, LARGE_BYTES = 1024, 200_000
"""Pictures above one of these have a thumbnail."""

MOST_PIXELS = 80_000_000
"""A picture of more pixels is not decoded, neither here nor by the page: 320 MB of memory as RGBA."""

_FORMATS = {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "webp": "WEBP", "bmp": "BMP", "tiff": "TIFF"}
_MOVING = ("GIF", "PNG", "WEBP")  # Several pictures of other kinds are pages, or views of one.
_QUALITY = 80
# What speed costs: 6 is the smallest file, 0 the fastest.
_EFFORT = 2
_ONE = Lock()  # Filters of warnings are those of all threads.
# Another way of making them gives other names, so that none of an older version is kept.
_RECIPE = f"webp {SIDE} {_QUALITY} {_EFFORT} still".encode()


class Unseen(Exception):
    """A picture that is not shown. ``damage``: what was written cannot be read."""

    def __init__(self, why: str, *, damage: bool = True) -> None:
        super().__init__(why)
        self.damage = damage


class Large(NamedTuple):
    """A picture that has a thumbnail: its kind as Pillow calls it, and a name that stands for its content."""

    kind: str
    name: str


def large(file: BinaryIO) -> Large | None:
    """A picture that needs a thumbnail; None for one that is shown as it is.

    Raises Unseen for one that cannot be, OSError for a file that cannot be read.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    kind = kind_of(file.read(HEAD))
    if kind is None:
        raise Unseen("Not a readable image")
    _check_pixels(kind.width or 0, kind.height or 0)
    if not _is_large(kind, size):
        return None
    file.seek(0)
    return Large(_FORMATS[kind.extension], _name(file))


def _check_pixels(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        sides = f"{number.integer(width)} × {number.integer(height)}"
        limit = f"{MOST_PIXELS // 1_000_000} megapixels"
        raise Unseen(f"{sides} pixels, which is more than {limit}: too large to show", damage=False)


def _is_large(kind: Picture, size: int) -> bool:
    if kind.extension == "tiff":
        return True  # Browsers show none.
    sides = max(kind.width or 0, kind.height or 0)
    return kind.extension in _FORMATS and (sides > LARGE_SIDE or size > LARGE_BYTES)


def _name(file: BinaryIO) -> str:
    return sha256(_RECIPE + file_digest(cast(BufferedReader, file), "sha256").digest()).hexdigest()[:16]


def decode(file: BinaryIO, kind: str) -> tuple[bytes, bool]:
    """The thumbnail of a picture, and whether the picture moves. Raises Unseen for one that cannot be shown."""
    file.seek(0)
    try:
        return thumbnail(file, kind), kind in _MOVING and _moves(file, kind)
    except Unseen:
        raise
    except Exception:  # A codec meets bytes that anyone wrote, and says so in many ways.
        raise Unseen("It cannot be decoded") from None


def _moves(file: BinaryIO, kind: str) -> bool:
    from PIL import Image

    file.seek(0)
    with Image.open(file, formats=(kind,)) as opened:
        return bool(getattr(opened, "is_animated", False))


def thumbnail(file: BinaryIO, kind: str) -> bytes:
    """A WebP of at most ``SIDE`` pixels a side, of a picture of a ``kind`` that Pillow knows.

    Of an animation it shows the first frame. Raises what Pillow raises for a picture that is damaged or too large.
    """
    from PIL import Image, ImageOps  # A build without large pictures does not load it.

    with _ONE, warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        picture = Image.open(file, formats=(kind,))
    with picture as opened:
        _check_pixels(*opened.size)
        image = _resizable(opened)
        # A JPEG is decoded at a fraction of its size.
        image.thumbnail((SIDE, SIDE), reducing_gap=2.0)
        ImageOps.exif_transpose(image, in_place=True)
        if image.mode not in ("RGB", "RGBA"):
            image = image.convert("RGBA" if image.mode in ("LA", "La", "RGBa") else "RGB")
        small = BytesIO()
        image.save(small, "WEBP", quality=_QUALITY, method=_EFFORT, exif=b"", icc_profile=b"", xmp=b"")
    return small.getvalue()


def _resizable(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be resized without loss: no palette, and eight bits a channel."""
    if image.mode in ("1", "P", "PA"):
        return image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda level: level / 256).convert("L")
    if image.mode in ("I", "F"):
        low, high = cast(tuple[float, float], image.getextrema())
        scale = 255 / (high - low) if high > low else 0
        return image.convert("F").point(lambda level: level * scale - low * scale).convert("L")
    return image
