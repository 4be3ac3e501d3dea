"""PIL images of any mode and depth into the bytes of a PNG that shows the same."""

from __future__ import annotations

import io
from typing import Any

from .format.errors import UserError
from .pixels import WHITE_16, picture_of_array, scaled

_KEPT = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
_WITH_ALPHA = {"La": "LA", "PA": "RGBA", "RGBa": "RGBA"}
_ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")
_ORIENTATION = 0x0112


def saved(image: Any, name: str, notes: list[str]) -> bytes:
    """The PNG of a PIL image; an animation moves in it.

    Raises UserError for one that is closed or damaged, and for numbers beyond what a picture has.
    """
    try:
        return _saved(image, name, notes)
    except (OSError, SyntaxError) as error:  # Pillow says so of a wrong order in a PNG.
        remedy = "PIL.ImageFile.LOAD_TRUNCATED_IMAGES = True keeps what is there"
        raise UserError(f"image {name!r}: {error}; the picture is damaged, and {remedy}") from None
    except (ValueError, AssertionError):
        raise UserError(f"image {name!r}: the picture is closed; log it before that, or call load() before") from None


def _saved(image: Any, name: str, notes: list[str]) -> bytes:
    if getattr(image, "is_animated", False) and image.format in _ANIMATED:
        return _animation(image)
    image = _upright(image)
    if image.mode == "F":
        return picture_of_array(image, name, notes)
    if image.mode in _KEPT:
        return _png(image)
    if image.mode.startswith("I"):
        return _png(_whole(image, name))
    if image.mode in _WITH_ALPHA:
        return _png(image.convert(_WITH_ALPHA[image.mode]))
    # Its colour profile is that of the colours it had.
    return _png(_from_lab(image) if image.mode == "LAB" else image.convert("RGB"), icc_profile=None)


def _animation(image: Any) -> bytes:
    """All frames as an animated PNG; the image stands at the frame where it stood."""
    at, shown = image.tell(), []
    for frame in range(image.n_frames):
        image.seek(frame)
        image.load()  # Only then a WebP tells how long its frame is shown.
        shown.append(image.info.get("duration", 0))
    image.seek(0)
    data = _png(image, save_all=True, duration=shown)
    image.seek(at)
    return data


def _png(image: Any, **how: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", **how)
    return buffer.getvalue()


def _upright(image: Any) -> Any:
    """A camera's picture as its file is shown; once it was changed, its orientation says nothing any more."""
    if not getattr(image, "format", None) or image.getexif().get(_ORIENTATION, 1) == 1:
        return image
    from PIL import ImageOps

    return ImageOps.exif_transpose(image)


def _whole(image: Any, name: str) -> Any:
    """Whole numbers of 16 or 32 bits: up to 255 those of eight bits, else of 16."""
    mode, image = image.mode, image.convert("I")
    low, high = image.getextrema()
    if low < 0 or high > WHITE_16:
        advice = scaled("numpy.asarray(image)", low, high)
        raise UserError(f"image {name!r}: the picture of mode {mode} goes from {low} to {high}; give {advice}")
    return image.convert("L" if mode == "I" and high <= 255 else "I;16")


def _from_lab(image: Any) -> Any:
    from PIL import ImageCms

    lab, rgb = (ImageCms.createProfile(kind) for kind in ("LAB", "sRGB"))
    return ImageCms.applyTransform(image, ImageCms.buildTransform(lab, rgb, "LAB", "RGB"))
