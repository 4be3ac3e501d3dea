"""The files in the snapshot of a run's code. A zip of a stranger is read in bounded memory, and never unpacked."""

from __future__ import annotations

import os
import zipfile
import zlib
from hashlib import sha256
from typing import BinaryIO

from runpages.format.files import regular
from runpages.format.secret import is_secret

from ..model import FileText, Snapshot
from .content import ALL, HASHED, room

DIRECTORY = 4 << 20
"""Bytes that the list of the files in a zip may take; what is longer is not read."""

_END = b"PK\x05\x06"
_END_64 = b"PK\x06\x07"
_TAIL = 22 + 65_535 + 20
# What other methods of packing there are takes memory that the archive chooses.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1
_FAULTS = (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error)


def read_snapshot(path: str, most: int) -> Snapshot:
    """What is in a snapshot: its first ``most`` files, with the content of those that are small."""
    try:
        with regular(path) as stream:
            digest = _hash(stream)
            if not _is_bounded(stream):
                return Snapshot((), 0, 0, digest, "It is no zip, or has too many files to be listed here")
            return _read(stream, most, digest)
    except _FAULTS as error:
        return Snapshot((), 0, 0, "", f"It cannot be read: {getattr(error, 'strerror', None) or error}")


def _read(stream: BinaryIO, most: int, digest: str) -> Snapshot:
    with zipfile.ZipFile(stream) as archive:
        found = {entry.filename: entry for entry in archive.infolist() if not entry.is_dir()}
        chosen = sorted(found)[:most]
        left = ALL
        files = []
        for name in chosen:
            one = _file(archive, found[name], left)
            left -= len(one.data)
            files.append(one)
    size = sum(entry.file_size for entry in found.values())
    more = len(found) - len(files)
    return Snapshot(tuple(files), len(found), size, digest, f"{more} more files are in the zip" if more > 0 else "")


def _file(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> FileText:
    """A file of a zip; what it says of its size is not believed."""
    name, size = entry.filename, entry.file_size
    why = _kept_shut(entry, min(room(name), left))
    if why:
        return FileText(name, "", size, why=why)
    try:
        with archive.open(entry) as stream:
            data = stream.read(size + 1)
    except _FAULTS:
        return FileText(name, "", size, why="It cannot be unpacked")
    if len(data) != size:
        return FileText(name, "", size, why="It is not as long as the zip says")
    return FileText(name, "", size, sha256(data).hexdigest(), data, whole=True)


def _kept_shut(entry: zipfile.ZipInfo, most: int) -> str:
    """Why a file of a zip is not read; empty for one that is."""
    if entry.flag_bits & _ENCRYPTED:
        return "It is encrypted"
    if is_secret(entry.filename):
        return "Its name says that it holds a secret"
    if entry.compress_type not in _METHODS:
        return "It is packed in a way that is not read here"
    return "Too large to be shown here" if entry.file_size > most else ""


def _is_bounded(stream: BinaryIO) -> bool:
    """Whether the end of a zip says that the list of its files is short; with 64 bits it is not."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)
    end = tail.rfind(_END)
    if end < 0 or tail[max(0, end - 20) : end].startswith(_END_64):
        return False
    return int.from_bytes(tail[end + 12 : end + 16], "little") <= DIRECTORY


def _hash(stream: BinaryIO) -> str:
    if os.fstat(stream.fileno()).st_size > HASHED:
        return ""
    digest = sha256()
    while block := stream.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()
