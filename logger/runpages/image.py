"""Pictures of any kind into the bytes of an image file, with no library imported that the caller does not use."""

from __future__ import annotations

import io
import os
from typing import Any

from .figure import figure_of, moving
from .format.errors import UserError
from .format.image_header import Picture, kind_of
from .medium import content
from .pillow import saved
from .pixels import picture_of_array
from .value import kind_name


def encode(source: Any, name: str, notes: list[str] | None = None) -> tuple[bytes, Picture]:
    """Turn a picture into the bytes of an image file, and tell what they are.

    ``source``: a path, the bytes of an image file or a file that is open, a PIL image of any mode, an array or tensor,
    a matplotlib figure or animation, or whatever leads to a figure. The content decides the type. What was changed in
    the picture is added to ``notes``. Raises UserError for what is no picture and FileNotFoundError for a missing file.
    """
    data = _data(source, name, [] if notes is None else notes)
    kind = kind_of(data)
    if kind is None:
        raise UserError(f"image {name!r}: {_unknown(source, data)}")
    return data, kind


def _data(source: Any, name: str, notes: list[str]) -> bytes:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    if isinstance(source, (str, os.PathLike)):
        return content(source, f"image {name!r}")
    if hasattr(source, "getvalue") or hasattr(source, "read"):
        return _read(source, name)
    if hasattr(source, "save") and hasattr(source, "mode"):
        return saved(source, name, notes)
    if hasattr(source, "to_jshtml") and hasattr(source, "save"):
        return moving(source)
    figure = figure_of(source)
    if figure is not None:
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
        return buffer.getvalue()
    if hasattr(source, "__array__") or hasattr(source, "__dlpack__") or hasattr(source, "dtype"):
        return picture_of_array(source, name, notes)
    if hasattr(source, "_repr_png_"):  # What a notebook shows as a picture; some give its size as well.
        shown = source._repr_png_()
        return bytes(shown[0] if isinstance(shown, tuple) else shown)
    remedy = "a path, an array, a PIL image, or a matplotlib figure as plot="
    if isinstance(source, (list, tuple)):
        remedy = "numpy.array(...) of its numbers, or log its pictures one after the other"
    raise UserError(f"image {name!r}: {kind_name(source)} is no picture; give {remedy}")


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
        raise UserError(f"image {name!r}: reading gave {kind_name(data)} and no bytes; {remedy}")
    return bytes(data)


def _unknown(source: Any, data: bytes) -> str:
    is_path = isinstance(source, (str, os.PathLike))
    what = os.fspath(source) if is_path else "what was given"
    if data[:5] == b"%PDF-":
        return f"{what} is a PDF, which pages do not show as a picture; save it as SVG or PNG, or use upload_file"
    opened = f"PIL.Image.open({'path' if is_path else 'io.BytesIO(data)'})"
    kinds = "PNG, JPEG, GIF, WebP, BMP, TIFF, AVIF or SVG"
    return f"{what} is no {kinds} picture; another kind that Pillow reads can be given as {opened}"
