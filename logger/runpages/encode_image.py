"""Encodes pictures of any kind as image files, importing no library that the caller does not use."""

from __future__ import annotations

import io
import math
import os
import struct
import sys
import zlib
from typing import Any

from .coerce import kind_name
from .encode_media import array_of, content
from .format.errors import UserError
from .format.image_header import Picture, kind_of

_DEEPEST = 4


def figure_of(source: Any, depth: int = 0) -> Any | None:
    """What can be saved as a picture: a figure or ``pyplot``, or that which axes, a grid, a display or a list lead to.

    None for what leads to none.
    """
    if hasattr(source, "savefig"):
        return source
    if depth == _DEEPEST:
        return None
    for inner in _within(source):
        found = figure_of(inner, depth + 1)
        if found is not None:
            return found
    return None


def _within(source: Any) -> Any:
    """What may lead to a figure: the artists in a list, a dictionary or an array of them, else an attribute."""
    if isinstance(source, dict):
        return source.values()
    if isinstance(source, (list, tuple)):
        return source
    dtype = getattr(source, "dtype", None)
    if dtype is not None:
        return getattr(source, "flat", source) if getattr(dtype, "kind", "") == "O" else ()
    if hasattr(source, "draw") and hasattr(source, "save"):  # A plot of plotnine is drawn when it is asked for.
        return (source.draw(),)
    found = (getattr(source, name, None) for name in ("figure", "figure_", "fig"))
    return (inner for inner in found if inner is not None)


def moving(animation: Any) -> bytes:
    """The GIF of an animation of matplotlib, which saves to a path only."""
    import os
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = os.path.join(folder, "animation.gif")
        animation.save(path, writer="pillow")
        with open(path, "rb") as file:
            return file.read()


WHITE_16 = 65_535
# How far floats may lie beyond 0 and 1: resampling and rounding overshoot, other units lie farther off.
_OVERSHOOT = 0.1


def picture_of_array(source: Any, name: str, remarks: list[str]) -> bytes:
    """The PNG of an array or a tensor of shape (H, W), (H, W, C) or (C, H, W) with 1, 3 or 4 channels.

    Whole numbers go from 0 to 255, uint16 up to 65535 as well; floats from 0 to 1, and what lies a little beyond is
    clipped; nan and infinities are black. Raises UserError, with what to give instead, for anything else.
    """
    numpy: Any = sys.modules.get("numpy")
    if numpy is None:
        raise UserError(f"image {name!r}: an array needs numpy, which is not imported; import numpy, or give a path")
    try:
        array = array_of(numpy, source)
    except (TypeError, ValueError) as error:
        raise UserError(f"image {name!r}: the array cannot be read: {error}") from None
    kind = "image" if hasattr(source, "getextrema") else "tensor" if hasattr(source, "detach") else "array"
    return png(numpy, _eight_or_sixteen_bits(numpy, _channels_last(array, name), kind, name, remarks))


def _channels_last(pixels: Any, name: str) -> Any:
    shape = pixels.shape
    if len(shape) == 2:
        pixels = pixels[:, :, None]
    elif len(shape) == 3 and shape[2] not in (1, 3, 4) and shape[0] in (1, 3, 4):
        pixels = pixels.transpose(1, 2, 0)
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4) or 0 in pixels.shape:
        part = "array[..., i]" if len(shape) == 3 and shape[2] < shape[0] else "array[i]"
        remedy = f"; or log {part}, one after the other" if len(shape) > 2 and 0 not in shape else ""
        raise UserError(
            f"image {name!r}: an array of shape {tuple(shape)} is not an image; "
            f"give (H, W), (H, W, C) or (C, H, W) with 1, 3 or 4 channels{remedy}"
        )
    return pixels


_INSTEAD = {"c": "numpy.abs(array)", "O": "array.astype(float)"}


def _eight_or_sixteen_bits(numpy: Any, pixels: Any, kind: str, name: str, remarks: list[str]) -> Any:
    if pixels.dtype == numpy.uint8:
        return pixels
    if pixels.dtype.kind == "b":
        return pixels.astype(numpy.uint8) * 255
    if pixels.dtype.kind == "f":
        return _of_floats(numpy, pixels, kind, name, remarks)
    if pixels.dtype.kind not in "iu":
        instead = _INSTEAD.get(pixels.dtype.kind, "numbers: uint8, or floats from 0 to 1")
        raise UserError(f"image {name!r}: an array of {pixels.dtype} is not an image; give {instead}")
    low, high = int(pixels.min()), int(pixels.max())
    if low >= 0 and high <= 255:
        return pixels.astype(numpy.uint8)
    if pixels.dtype.kind == "u" and pixels.dtype.itemsize == 2:
        return pixels
    raise _beyond(pixels, kind, low, high, name)


def _of_floats(numpy: Any, pixels: Any, kind: str, name: str, remarks: list[str]) -> Any:
    low, high = float(pixels.min()), float(pixels.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        pixels = numpy.where(numpy.isfinite(pixels), pixels, 0)
        low, high = float(pixels.min()), float(pixels.max())
    # To Pillow 255 is white in floats as well.
    white = 255 if kind == "image" and high >= 1 + _OVERSHOOT else 1
    if low < 0 or high > white:
        if low <= -_OVERSHOOT * white or high >= (1 + _OVERSHOOT) * white:
            raise _beyond(pixels, kind, low, high, name)
        remarks.append(f"image {name!r}: values from {low:.9g} to {high:.9g} were clipped to 0 to {white}")
        pixels = pixels.clip(0, white)
    return (pixels * (255 // white) + 0.5).astype(numpy.uint8)


def _beyond(pixels: Any, kind: str, low: float, high: float, name: str) -> UserError:
    said = "numpy.asarray(image)" if kind == "image" else kind
    return UserError(
        f"image {name!r}: the {pixels.dtype} {kind} goes from {low:.6g} to {high:.6g}, and a picture from 0 to 1 as "
        f"floats or from 0 to 255 as whole numbers; give {scaled(said, low, high)}"
    )


def scaled(expression: str, low: float, high: float) -> str:
    """What to give instead of values from ``low`` to ``high``: an expression with values from 0 to 1."""
    if 100 <= high <= 255 and low >= 0:
        return f"{expression} / 255"
    if expression == "tensor":
        return f"(tensor.float() {'-' if low >= 0 else '+'} {abs(low)!r}) / {(high - low) or 1!r}"
    return f"numpy.interp({expression}, ({low!r}, {high!r}), (0, 1))"


_COLOR_TYPE = {1: 0, 3: 2, 4: 6}


def png(numpy: Any, pixels: Any) -> bytes:
    """Write an array of uint8 or uint16 of shape (H, W, 1 | 3 | 4) as PNG: rows filtered by Sub, zlib at level 1.

    Source: PNG specification, third edition, 9.2 (filter type 1), which subtracts bytes at any depth. About ten times
    as fast as the usual settings, at a fifth more bytes.
    """
    height, width, channels = pixels.shape
    depth = pixels.dtype.itemsize
    if depth == 2:
        pixels = numpy.ascontiguousarray(pixels, ">u2").view(numpy.uint8).reshape(height, width, 2 * channels)
    rows = numpy.empty((height, 1 + width * channels * depth), numpy.uint8)
    rows[:, 0] = 1
    filtered = numpy.empty_like(pixels, order="C")
    filtered[:, 0] = pixels[:, 0]
    numpy.subtract(pixels[:, 1:], pixels[:, :-1], out=filtered[:, 1:])
    rows[:, 1:] = filtered.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8 * depth, _COLOR_TYPE[channels], 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(rows.tobytes(), 1))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


_KEPT = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
_WITH_ALPHA = {"La": "LA", "PA": "RGBA", "RGBa": "RGBA"}
_ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")
_ORIENTATION = 0x0112


def saved(image: Any, name: str, remarks: list[str]) -> bytes:
    """The PNG of a PIL image; an animation moves in it.

    Raises UserError for one that is closed or damaged, and for numbers beyond what a picture has.
    """
    try:
        return _saved(image, name, remarks)
    except (OSError, SyntaxError) as error:  # Pillow says so of a wrong order in a PNG.
        remedy = "PIL.ImageFile.LOAD_TRUNCATED_IMAGES = True keeps the readable part"
        raise UserError(f"image {name!r}: {error}; the image is damaged; {remedy}") from None
    except (ValueError, AssertionError):
        raise UserError(f"image {name!r}: the image is closed; log it, or call load(), before closing it") from None


def _saved(image: Any, name: str, remarks: list[str]) -> bytes:
    if getattr(image, "is_animated", False) and image.format in _ANIMATED:
        return _animation(image)
    image = _upright(image)
    if image.mode == "F":
        return picture_of_array(image, name, remarks)
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
        image.load()  # Only then a WebP has the duration of its frame.
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
        raise UserError(f"image {name!r}: the image of mode {mode} has values from {low} to {high}; give {advice}")
    return image.convert("L" if mode == "I" and high <= 255 else "I;16")


def _from_lab(image: Any) -> Any:
    from PIL import ImageCms

    lab, rgb = (ImageCms.createProfile(kind) for kind in ("LAB", "sRGB"))
    return ImageCms.applyTransform(image, ImageCms.buildTransform(lab, rgb, "LAB", "RGB"))


def encode(source: Any, name: str, remarks: list[str] | None = None) -> tuple[bytes, Picture]:
    """Turn a picture into the bytes of an image file, and tell what they are.

    ``source``: a path, the bytes of an image file or a file that is open, a PIL image of any mode, an array or tensor,
    a matplotlib figure or animation, or whatever leads to a figure. The content decides the type. What was changed in
    the picture is added to ``remarks``. Raises UserError for other input, FileNotFoundError for a missing file.
    """
    data = _content(source, name, [] if remarks is None else remarks)
    kind = kind_of(data)
    if kind is None:
        raise UserError(f"image {name!r}: {_unknown(source, data)}")
    return data, kind


def _content(source: Any, name: str, remarks: list[str]) -> bytes:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    if isinstance(source, (str, os.PathLike)):
        return content(source, f"image {name!r}")
    if hasattr(source, "getvalue") or hasattr(source, "read"):
        return _read(source, name)
    if hasattr(source, "save") and hasattr(source, "mode"):
        return saved(source, name, remarks)
    if hasattr(source, "to_jshtml") and hasattr(source, "save"):
        return moving(source)
    figure = figure_of(source)
    if figure is not None:
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
        return buffer.getvalue()
    if hasattr(source, "__array__") or hasattr(source, "__dlpack__") or hasattr(source, "dtype"):
        return picture_of_array(source, name, remarks)
    if hasattr(source, "_repr_png_"):  # What a notebook shows as a picture; some give its size as well.
        shown = source._repr_png_()
        return bytes(shown[0] if isinstance(shown, tuple) else shown)
    remedy = "a path, an array, a PIL image, or a matplotlib figure as plot="
    if isinstance(source, (list, tuple)):
        remedy = "numpy.array(...) of its numbers, or log its pictures one after the other"
    raise UserError(f"image {name!r}: {kind_name(source)} is not an image; give {remedy}")


def _read(file: Any, name: str) -> bytes:
    """All bytes of a file that is open; where it stands at its end, since it was just written, from its beginning."""
    try:
        data = file.getvalue() if hasattr(file, "getvalue") else file.read()
        if not data and hasattr(file, "seek"):
            file.seek(0)
            data = file.read()
    except ValueError as error:  # It is closed.
        raise UserError(f"image {name!r}: {error}; log it before, or give its path") from None
    if not isinstance(data, (bytes, bytearray, memoryview)):
        remedy = "open it with 'rb'" if isinstance(data, str) else "give a picture"
        raise UserError(f"image {name!r}: read() returned {kind_name(data)}, not bytes; {remedy}")
    return bytes(data)


def _unknown(source: Any, data: bytes) -> str:
    is_path = isinstance(source, (str, os.PathLike))
    what = os.fspath(source) if is_path else "the argument"
    if data[:5] == b"%PDF-":
        return f"{what} is a PDF, which pages do not show as an image; save it as SVG or PNG, or use upload_file"
    opened = f"PIL.Image.open({'path' if is_path else 'io.BytesIO(data)'})"
    kinds = "PNG, JPEG, GIF, WebP, BMP, TIFF, AVIF or SVG"
    return f"{what} has none of the formats {kinds}; give other formats that Pillow reads as {opened}"
