"""Reads the files of a run that its page previews: outputs, code and logged pages.

Only published files are read, and only as much as is shown. The zip of a stranger is read in bounded memory, and never
unpacked.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence
from hashlib import file_digest, sha256
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import BinaryIO, cast

from runpages.format.files import regular
from runpages.format.records import File, RunRecord
from runpages.format.secret import is_secret

from ..model import FileText, Listed, Published, RunTexts, Snapshot
from . import archive, publish_filter
from .contents import opened

LARGEST = 200_000
"""Bytes of a file up to which it is shown."""

LONG = 1_000_000
"""Bytes of a notebook, which has its pictures in it, up to which it is shown, and of a table that are read."""

ALL = 2_000_000
"""Bytes of all files of a section that are shown, and of all tables among the outputs."""

HASHED = 64 << 20
"""Bytes of a snapshot up to which it is hashed."""

TEXTS = 8_000_000
"""Bytes of all logged texts that are shown."""

_HEADS = (".csv", ".tsv", ".jsonl", ".ndjson")
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".avif")
_PICTURE_HEAD = 4_096

PAGE = 8 << 20
"""Bytes of a logged page up to which it is shown; a larger one is a link to its text."""


def read_outputs(record: RunRecord, files: Sequence[File], published: Published) -> tuple[FileText, ...]:
    """The ``files`` among the outputs of a run."""
    reader = _Reader(record.folder, published)
    return tuple(reader.read(file) if file.file in published.files else _held_back(file, published) for file in files)


def read_code(record: RunRecord, site: Path, published: Published, most: int) -> RunTexts:
    """The patch of a run, and up to ``most`` files of its snapshot, as they are ``published`` in a site."""
    snapshot = published.files.get(record.snapshot.file) if record.snapshot else None
    patch = publish_filter.patch(record)
    return RunTexts(
        snapshot=read_snapshot(str(site / snapshot), most) if snapshot else None,
        patch=_read_text(site, published, patch) if patch is not None and patch in published.files else None,
    )


def _read_text(site: Path, published: Published, path: str) -> FileText | None:
    """A text file of a run that is no artifact, as it is published; None where it cannot be read."""
    try:
        with opened(site, published, path) as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(0)
            data = stream.read(LARGEST)
    except OSError:
        return None
    return FileText(path, path, size, sha256(data).hexdigest() if size <= LARGEST else "", data, size <= LARGEST)


def read_page(site: Path, published: Published, path: str) -> bytes | None:
    """A logged page as it is published; None if it is too large to be shown, or cannot be read."""
    try:
        with opened(site, published, path) as file:
            data = file.read(PAGE + 1)
    except OSError:
        return None
    return data if len(data) <= PAGE else None


def read_texts(record: RunRecord, site: Path, published: Published) -> dict[str, FileText]:
    """The logged texts that are ``published`` in a site by file, each up to ``LARGEST`` bytes.

    What exceeds ``TEXTS`` bytes is left out.
    """
    found: dict[str, FileText] = {}
    left = TEXTS
    for medium in reversed(record.media):  # The newest are shown first.
        if medium.file not in published.files or not medium.file.lower().endswith(".txt") or left <= 0:
            continue
        text = _read_text(site, published, medium.file)
        if text is not None:
            found[medium.file] = text
            left -= len(text.data)
    return found


def room(name: str) -> int:
    """How many bytes of a file its page may read."""
    return LONG if name.lower().endswith((".ipynb", *_HEADS)) else LARGEST


def _held_back(file: File, published: Published) -> FileText:
    return FileText(file.name, file.file, file.size, why=published.withheld.get(file.file, "It is not published"))


class _Reader:
    def __init__(self, folder: str, published: Published) -> None:
        self._folder, self._published = folder, published
        self._left = {"tables": ALL, "others": ALL}

    def read(self, file: File) -> FileText:
        """A file with its hash, and its beginning where there is room for it."""
        known = self._published.contents.get(file.file)
        try:
            place = os.path.join(self._folder, file.file)
            with regular(place) if known is None else BytesIO(known) as stream:
                return self._read(file, stream)
        except OSError as error:
            return FileText(file.name, file.file, file.size, why=f"It cannot be read: {error.strerror or error}")

    def _read(self, file: File, stream: BinaryIO) -> FileText:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        data = stream.read(min(self._wanted(file.name, size), size))
        self._left[_pool(file.name)] -= len(data)
        why = "" if data or not size else "Too large to show"
        digest = self._published.hashes.get(file.file, "")
        return FileText(file.name, file.file, size, digest, data, len(data) == size, why)

    def _wanted(self, name: str, size: int) -> int:
        name = name.lower()
        most = min(room(name), self._left[_pool(name)])
        if name.endswith((*_PICTURES, ".pdf", ".npy")):
            return _PICTURE_HEAD
        return most if size <= most or name.endswith(_HEADS) else 0


def _pool(name: str) -> str:
    """What the bytes of a file count towards: long tables leave room for other files."""
    return "tables" if name.lower().endswith(_HEADS) else "others"


# --- the files in a snapshot ---------------------------------------------------------------------------


def read_snapshot(path: str, most: int) -> Snapshot:
    """What is in a snapshot: its first ``most`` files, with the content of those that are small."""
    try:
        with regular(path) as stream:
            is_large = os.fstat(stream.fileno()).st_size > HASHED
            digest = "" if is_large else file_digest(cast(BufferedReader, stream), "sha256").hexdigest()
            if not archive.is_bounded(stream):
                return Snapshot((), (), 0, digest, "Not a zip file, or too many files to list")
            return _list(stream, most, digest)
    except archive.FAULTS as error:
        return Snapshot((), (), 0, "", f"It cannot be read: {getattr(error, 'strerror', None) or error}")


def read_checksums(path: str) -> dict[str, str] | None:
    """The checksum and size of each file of a snapshot, as its list of files has them; None for one that has no list.

    No file is unpacked, so that even a large snapshot is compared at once.
    """
    try:
        with regular(path) as stream:
            if not archive.is_bounded(stream):
                return None
            with zipfile.ZipFile(stream) as zipped:
                return {one.filename: f"{one.CRC:08x} {one.file_size}" for one in zipped.infolist() if not one.is_dir()}
    except archive.FAULTS:
        return None


def _list(stream: BinaryIO, most: int, digest: str) -> Snapshot:
    with zipfile.ZipFile(stream) as zipped:
        found = {entry.filename: entry for entry in zipped.infolist() if not entry.is_dir()}
        listed = tuple(Listed(name, found[name].file_size, found[name].CRC) for name in sorted(found))
        left = ALL
        files = []
        for name, _, _ in listed[:most]:
            one = _file(zipped, found[name], left)
            left -= len(one.data)
            files.append(one)
    more = len(listed) - len(files)
    why = f"{more} more files are in the zip" if more > 0 else ""
    return Snapshot(tuple(files), listed, sum(one.size for one in listed), digest, why)


def _file(zipped: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> FileText:
    """A file of a zip; what it says of its size is not believed."""
    name, size = entry.filename, entry.file_size
    why = "Its name suggests a secret" if is_secret(name) else archive.kept_shut(entry)
    if why or size > min(room(name), left):
        return FileText(name, "", size, why=why or "Too large to show")
    try:
        data = b"".join(archive.pieces(zipped, entry))
    except (OSError, archive.ArchiveError):
        return FileText(name, "", size, why="It cannot be unpacked")
    return FileText(name, "", size, sha256(data).hexdigest(), data, whole=True)
