"""Reads zips, of which nothing is believed: neither names, nor sizes, nor that they can be unpacked.

A zip of runs has its manifest in it, ``runpages-pack.json``: the runs, and the size and SHA-256 of each file.
"""

from __future__ import annotations

import os
import re
import stat
import zlib
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import BinaryIO, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from runpages.format import layout
from runpages.format.errors import RunpagesError

PIECE = 1 << 20

MOST = 100
"""How many times larger than in the zip a file may be; what would be packed more tightly is stored as it is."""

SMALL = 1 << 16
"""Files up to this size may be packed as tightly as they can be."""

MANIFEST = "runpages-pack.json"
"""The document in a zip of runs that lists them."""

FORMAT = 1
"""The form of that document."""

DIRECTORY = 4 << 20
"""Bytes that the list of the files in a zip may take for a page to show it."""

FAULTS = (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, BadZipFile, zlib.error)
"""What reading a damaged zip raises."""

_END = b"PK\x05\x06"
_END_64 = b"PK\x06\x07"
_TAIL = 22 + 65_535 + 20
_ENCRYPTED = 1
# What other methods of packing there are takes memory that the archive chooses.
_METHODS = (ZIP_STORED, ZIP_DEFLATED)
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_ODD = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')


class ArchiveError(RunpagesError):
    """A zip that cannot be made, or is not fit to be unpacked."""


class Fact(NamedTuple):
    """What is known of a file."""

    size: int
    sha256: str


def entries(archive: ZipFile) -> dict[str, ZipInfo]:
    """The files of a zip by their paths. Raises ArchiveError if one could lie outside, twice, or fill the disk."""
    found = [info for info in archive.infolist() if not info.is_dir() or info.file_size]
    check_names([info.orig_filename for info in found])
    for info in found:
        _check(info)
    return {info.orig_filename: info for info in found}


def check_names(names: Sequence[str]) -> None:
    """Raise ArchiveError for paths that lie outside, or that not every disk can have beside each other."""
    places: dict[str, str] = {}
    known = set[str]()
    for name in names:
        if why := odd(name):
            raise ArchiveError(f"{name!r} {why}")
        if name in known:
            raise ArchiveError(f"{name!r} is there twice")
        known.add(name)
        for place in (name, *_above(name)):
            spelled = places.setdefault(layout.folded(place), place)
            if spelled != place:
                raise ArchiveError(f"{spelled!r} and {place!r} are one file on disks that ignore letter case")
    if both := {above for name in known for above in _above(name)} & known:
        raise ArchiveError(f"{min(both)!r} is a file and a folder")


def _above(name: str) -> list[str]:
    """The folders of a plain path, from the outermost on."""
    return [name[:at] for at, letter in enumerate(name) if letter == "/"]


def _check(info: ZipInfo) -> None:
    name, kind = info.orig_filename, stat.S_IFMT(info.external_attr >> 16)
    if kind and not stat.S_ISREG(kind):
        raise ArchiveError(f"{name!r} is a link or a device")
    if why := kept_shut(info):
        raise ArchiveError(f"{name!r}: {why[0].lower()}{why[1:]}")
    if info.file_size > SMALL and info.file_size > MOST * info.compress_size:
        raise ArchiveError(
            f"{name!r} would be {info.file_size:,} bytes of {info.compress_size:,}: too large to be true"
        )


def kept_shut(entry: ZipInfo) -> str:
    """Why a file of a zip is never read; empty for one that may be."""
    if entry.flag_bits & _ENCRYPTED:
        return "It is encrypted"
    return "" if entry.compress_type in _METHODS else "Its compression method is not supported"


def is_bounded(stream: BinaryIO) -> bool:
    """Whether the end of a zip says that the list of its files is short; with 64 bits it is not."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)
    end = tail.rfind(_END)
    if end < 0 or tail[max(0, end - 20) : end].startswith(_END_64):
        return False
    return int.from_bytes(tail[end + 12 : end + 16], "little") <= DIRECTORY


def odd(name: str) -> str:
    """Why a path is not fit for the disk of any system; empty for one that is."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts:
        return "leads out of the folder"
    if any(part in ("", ".") or part != part.rstrip(". ") for part in parts):
        return "is no plain path"
    if _ODD.search(name) or any(map(_RESERVED.fullmatch, parts)):
        return "is no file name on every system"
    try:
        name.encode()
    except UnicodeEncodeError:
        return "is no text"
    return "has a part that is too long" if max(len(part.encode()) for part in parts) > 255 else ""


def pieces(archive: ZipFile, info: ZipInfo) -> Iterator[bytes]:
    """The content of a file, never more than the zip says that it has. Raises ArchiveError for a damaged one."""
    left = info.file_size
    try:
        with archive.open(info) as file:
            while piece := file.read(min(PIECE, left + 1)):
                left -= len(piece)
                if left < 0:
                    raise ArchiveError(f"{info.filename!r} is larger than the zip says")
                yield piece
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ArchiveError(f"{info.filename!r} is damaged: {error}") from None
    if left:
        raise ArchiveError(f"{info.filename!r} is shorter than the zip says")


def fact(archive: ZipFile, info: ZipInfo) -> Fact:
    """The size and the hash of a file in a zip."""
    digest, size = sha256(), 0
    for piece in pieces(archive, info):
        digest.update(piece)
        size += len(piece)
    return Fact(size, digest.hexdigest())
