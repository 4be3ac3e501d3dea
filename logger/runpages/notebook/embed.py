"""Images and drawings as data URIs, so that a saved notebook holds them; of logged images within a size."""

from __future__ import annotations

import os

from ..format.files import regular
from ..format.image_header import HEAD, kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..format.records import Medium

LARGEST = 512 * 1024
"""Bytes of an image that is embedded."""

ALL = 2 * 1024 * 1024
"""Characters that all images of a run take in the page together."""

STEPS = 12
"""Images of one name that are embedded: the last ones."""

_TYPES = {"png": "png", "jpg": "jpeg", "gif": "gif", "webp": "webp"}


def embedded(folder: str, images: Iterable[Medium]) -> dict[str, list[tuple[Medium, str]]]:
    """The last images by name, the newest first, each with its data URI.

    What is too large, gone or no raster image is left out. Where not all fit, older ones are.
    """
    by_name: dict[str, list[Medium]] = {}
    for image in images:
        if not image.missing:
            by_name.setdefault(image.name, []).append(image)
    last = {name: sorted(some, key=lambda image: image.step)[: -STEPS - 1 : -1] for name, some in by_name.items()}
    found: dict[str, list[tuple[Medium, str]]] = {}
    left = ALL
    for age in range(STEPS):
        for name, some in last.items():
            uri = _uri(os.path.join(folder, some[age].file), left) if age < len(some) else None
            if uri:
                left -= len(uri)
                found.setdefault(name, []).append((some[age], uri))
    return found


def as_image(svg: str, label: str) -> str:
    """A drawing as an image: a notebook that is not trusted leaves out SVG, and shows the texts in it."""
    from base64 import b64encode
    from html import escape

    uri = f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
    return f'<img src="{uri}" alt="{escape(label)}" style="display:block;margin:0;max-width:100%"/>'


def _uri(path: str, room: int) -> str | None:
    """The kind follows from the content, never from the name; SVG is no raster image and is not embedded."""
    from base64 import b64encode

    try:
        with regular(path) as file:
            data = file.read(min(LARGEST, room) + 1)
    except OSError:
        return None
    kind = kind_of(data[:HEAD])
    if len(data) > LARGEST or kind is None or kind.extension not in _TYPES:
        return None
    uri = f"data:image/{_TYPES[kind.extension]};base64,{b64encode(data).decode()}"
    return uri if len(uri) <= room else None
