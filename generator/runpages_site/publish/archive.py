"""Zips that can be trusted: the same files give the same bytes, and what is read is checked before it is written."""

from __future__ import annotations

import os
import re
import stat
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from runpages.format import layout
from runpages.format.errors import RunpagesError
from runpages.format.files import open_file

PIECE = 1 << 20

MOST = 100
"""How many times larger than in the zip a file may be; what would be packed more tightly is stored as it is."""

SMALL = 1 << 16
"""Files up to this size may be packed as tightly as they can be."""

_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_ODD = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')


class ArchiveError(RunpagesError):
    """A zip that cannot be made, or is not fit to be unpacked."""


class Fact(NamedTuple):
    """What is known of a file."""

    size: int
    sha256: str


def add(archive: ZipFile, name: str, path: str) -> Fact:
    """Add a file, without its date, owner and mode. Raises OSError, and ArchiveError for one that changes meanwhile."""
    with open_file(path) as file:
        fact, method = _measured(file)
        file.seek(0)
        info = _info(name, method)
        info.file_size = fact.size
        digest = sha256()
        with archive.open(info, "w") as target:
            while piece := file.read(PIECE):
                digest.update(piece)
                target.write(piece)
    if digest.hexdigest() != fact.sha256:
        raise ArchiveError(f"{path} changed while it was packed. Nothing was written")
    return fact


def add_bytes(archive: ZipFile, name: str, data: bytes) -> None:
    """Add a document."""
    archive.writestr(_info(name, ZIP_DEFLATED), data)


def _info(name: str, method: int) -> ZipInfo:
    info = ZipInfo(name)
    info.compress_type = method
    info.create_system = 3
    info.external_attr = 0o644 << 16
    return info


def _measured(file: IO[bytes]) -> tuple[Fact, int]:
    """The facts of a file, and how to pack it so that it is not taken for a bomb."""
    digest, packer, size, packed = sha256(), zlib.compressobj(), 0, 0
    while piece := file.read(PIECE):
        digest.update(piece)
        size += len(piece)
        packed += len(packer.compress(piece))
    packed += len(packer.flush())
    tight = size > SMALL and size > MOST * packed // 2
    return Fact(size, digest.hexdigest()), ZIP_STORED if tight or packed >= size else ZIP_DEFLATED


def entries(archive: ZipFile) -> dict[str, ZipInfo]:
    """The files of a zip by their paths. Raises ArchiveError if one could lie outside, twice, or fill the disk."""
    found = [info for info in archive.infolist() if not info.is_dir() or info.file_size]
    check_names([info.orig_filename for info in found])
    for info in found:
        _check(info, info.orig_filename)
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
        for place in (name, *map(str, PurePosixPath(name).parents)):
            spelled = places.setdefault(layout.folded(place), place)
            if spelled != place:
                raise ArchiveError(f"{spelled!r} and {place!r} are one file on disks that ignore letter case")
    if both := {str(above) for name in known for above in PurePosixPath(name).parents} & known:
        raise ArchiveError(f"{min(both)!r} is a file and a folder")


def _check(info: ZipInfo, name: str) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind and not stat.S_ISREG(kind):
        raise ArchiveError(f"{name!r} is a link or a device")
    if info.flag_bits & 1:
        raise ArchiveError(f"{name!r} is encrypted")
    if info.file_size > SMALL and info.file_size > MOST * info.compress_size:
        raise ArchiveError(
            f"{name!r} would be {info.file_size:,} bytes of {info.compress_size:,}: too large to be true"
        )


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


def fact_of(path: str) -> Fact:
    """The size and the hash of a regular file. Raises OSError."""
    with open_file(path) as file:
        return _measured(file)[0]


def fact(archive: ZipFile, info: ZipInfo) -> Fact:
    """The size and the hash of a file in a zip."""
    digest, size = sha256(), 0
    for piece in pieces(archive, info):
        digest.update(piece)
        size += len(piece)
    return Fact(size, digest.hexdigest())


def extract(archive: ZipFile, infos: Mapping[str, ZipInfo], folder: Path) -> None:
    """Write files of a zip below a folder in which none of them is. Raises ArchiveError and OSError."""
    for name, info in infos.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        with open(place, "xb") as file:
            for piece in pieces(archive, info):
                file.write(piece)


@contextmanager
def replaced(place: Path) -> Iterator[ZipFile]:
    """A zip to write, which takes its place whole or not at all."""
    side = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    try:
        with ZipFile(side, "w") as archive:
            yield archive
        os.replace(side, place)
    finally:
        side.unlink(missing_ok=True)
