"""Recognises the kind and the size of a picture by its content, never by the name of its file.

Sources: the signatures and headers of the PNG, JPEG (ITU T.81), GIF89a, BMP, WebP (RFC 9649) and TIFF 6.0 formats.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from .files import open_file

HEAD = 1 << 16
"""How many bytes of a file's beginning ``kind_of`` wants to see."""


class Picture(NamedTuple):
    """The extension that fits, and width and height in pixels where the header has them."""

    extension: str
    width: int | None = None
    height: int | None = None


def kind_of(head: bytes) -> Picture | None:
    """Recognise a picture by its first bytes; None for what is none of the kinds that browsers and tools show."""
    for recognise in (_png, _jpeg, _gif, _webp, _bmp, _tiff, _avif, _svg):
        found = recognise(head)
        if found is not None:
            return found
    return None


def picture_of(path: str) -> Picture | None:
    """Recognise a picture file by its header; None where it is no picture or cannot be read."""
    try:
        with open_file(path) as file:
            return kind_of(file.read(HEAD))
    except OSError:
        return None


def _png(head: bytes) -> Picture | None:
    if head[:8] != b"\x89PNG\r\n\x1a\n":
        return None
    return Picture("png", *struct.unpack(">II", head[16:24])) if len(head) >= 24 else Picture("png")


def _gif(head: bytes) -> Picture | None:
    if head[:6] not in (b"GIF87a", b"GIF89a"):
        return None
    return Picture("gif", *struct.unpack("<HH", head[6:10])) if len(head) >= 10 else Picture("gif")


def _bmp(head: bytes) -> Picture | None:
    # Many a text begins with "BM"; the size of the header that follows shows the picture.
    if head[:2] != b"BM" or len(head) < 26 or int.from_bytes(head[14:18], "little") not in (40, 52, 56, 64, 108, 124):
        return None
    width, height = struct.unpack("<ii", head[18:26])
    return Picture("bmp", abs(width), abs(height))


def _tiff(head: bytes) -> Picture | None:
    return Picture("tiff") if head[:4] in (b"II*\0", b"MM\0*") else None


def _avif(head: bytes) -> Picture | None:
    return Picture("avif") if head[4:12] in (b"ftypavif", b"ftypavis") else None


def _svg(head: bytes) -> Picture | None:
    start = head[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    declared = start.startswith((b"<?xml", b"<!--", b"<!DOCTYPE svg")) and b"<svg" in head
    return Picture("svg") if start.startswith(b"<svg") or declared else None


def _webp(head: bytes) -> Picture | None:
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return None
    if head[12:16] == b"VP8X" and len(head) >= 30:
        return Picture("webp", 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little"))
    if head[12:16] == b"VP8L" and len(head) >= 25:
        bits = int.from_bytes(head[21:25], "little")
        return Picture("webp", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if head[12:16] == b"VP8 " and len(head) >= 30:
        width, height = struct.unpack("<HH", head[26:30])
        return Picture("webp", width & 0x3FFF, height & 0x3FFF)
    return Picture("webp")


# The start-of-frame markers; C4, C8 and CC in their range mean something else.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _jpeg(head: bytes) -> Picture | None:
    if head[:3] != b"\xff\xd8\xff":
        return None
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        if head[at + 1] in _FRAMES:
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return Picture("jpg", width, height)
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return Picture("jpg")
