"""Packs a snapshot as a zip: the same files give the same bytes, on any day, from any folder."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import zlib
from typing import TYPE_CHECKING, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ..format.errors import SnapshotError
from ..format.files import regular

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import IO, BinaryIO

    from .files import Source

LEVEL = 4
"""How hard zlib tries: on source code within 5 % of its usual level 6, in half the time."""

PACKED = (
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".heic", ".mp3", ".ogg", ".flac", ".m4a", ".mp4", ".webm",
    ".mov", ".mkv", ".zip", ".whl", ".jar", ".docx", ".xlsx", ".pptx", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".lz4",
    ".br", ".7z", ".npz", ".parquet", ".pt", ".pth", ".safetensors", ".woff2",
)  # fmt: skip
"""Endings of files that are packed already, or hold noise: stored as they are."""

MB = 1 << 20
WHOLE = 16 * MB
"""Files up to this size are read before anything of them is written; larger ones in pieces of it."""


class Written(NamedTuple):
    """A finished zip: the id of its content, and path and reason of each file that could not be read."""

    id: str
    unreadable: list[str]


def write(target: IO[bytes], files: Iterable[Source]) -> Written:
    """Write the files as a zip, in their order: no dates, no owners, of the modes the executable bit alone.

    A file that changes meanwhile is taken as it is read, and no longer than it was when it was opened. Raises
    SnapshotError where a large file cannot be read to its end; the target is of no use then.
    """
    hashes: list[tuple[str, str]] = []
    unreadable: list[str] = []
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for source in files:
            try:
                stream, facts = _open(source.path)
            except OSError as error:
                unreadable.append(f"{source.name} (it cannot be read: {error.strerror or error})")
                continue
            with stream:
                try:
                    first = stream.read(min(facts.st_size, WHOLE))
                except OSError as error:
                    unreadable.append(f"{source.name} (it cannot be read: {error.strerror or error})")
                    continue
                rest = _pieces(stream, facts.st_size - len(first)) if len(first) == WHOLE else ()
                hashes.append((source.name, _add(archive, _zip_info(source.name, facts), first, rest)))
    return Written(_id(hashes), unreadable)


def identity(path: str) -> str:
    """The id of the files in a zip; raises SnapshotError for a file that is none."""
    try:
        with regular(path) as file, ZipFile(file) as archive:
            hashes = []
            for entry in archive.infolist():
                if not entry.is_dir():
                    digest = hashlib.sha256()
                    with archive.open(entry) as stream:
                        while piece := stream.read(MB):
                            digest.update(piece)
                    hashes.append((entry.filename, digest.hexdigest()))
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise SnapshotError(f"{path} is not a readable zip file: {error}") from error
    return _id(hashes)


def _id(hashes: list[tuple[str, str]]) -> str:
    """The SHA-256 of what ``sha256sum`` prints of the files, sorted by name."""
    lines = [f"{digest}  {name}\n" for name, digest in sorted(hashes, key=lambda one: _bytes(one[0]))]
    return hashlib.sha256(b"".join(map(_bytes, lines))).hexdigest()


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def _open(path: str) -> tuple[BinaryIO, os.stat_result]:
    """Open what was a plain file a moment ago, and neither follow a link nor wait for a pipe that took its place."""
    how = os.O_RDONLY
    for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        how |= getattr(os, flag, 0)
    stream = os.fdopen(os.open(path, how), "rb", buffering=0)
    facts = os.fstat(stream.fileno())
    if not stat.S_ISREG(facts.st_mode):
        stream.close()
        raise OSError(errno.EINVAL, "it is not a regular file")
    return stream, facts


def _pieces(stream: BinaryIO, left: int) -> Iterator[bytes]:
    while left > 0:
        try:
            piece = stream.read(min(left, WHOLE))
        except OSError as error:
            raise SnapshotError(f"{stream.name} cannot be read to its end: {error.strerror or error}") from error
        if not piece:
            return  # It has been cut since.
        left -= len(piece)
        yield piece


def _zip_info(name: str, facts: os.stat_result) -> ZipInfo:
    entry = ZipInfo(name)  # Its date is the first that a zip can hold.
    entry.create_system = 3  # Unix, on every system: the modes are its own.
    mode = 0o755 if facts.st_mode & stat.S_IXUSR else 0o644
    entry.external_attr = (stat.S_IFREG | mode) << 16
    entry.compress_type = ZIP_STORED if name.lower().endswith(PACKED) else ZIP_DEFLATED
    entry.file_size = facts.st_size  # What decides whether the entry needs large sizes.
    return entry


def _add(archive: ZipFile, entry: ZipInfo, first: bytes, rest: Iterable[bytes]) -> str:
    """Add one entry; returns the SHA-256 of its bytes. The level of a zip can be chosen for whole entries only."""
    digest = hashlib.sha256(first)
    if not rest:
        archive.writestr(entry, first, entry.compress_type, LEVEL)
        return digest.hexdigest()
    with archive.open(entry, "w") as target:
        target.write(first)
        for piece in rest:
            digest.update(piece)
            target.write(piece)
    return digest.hexdigest()
