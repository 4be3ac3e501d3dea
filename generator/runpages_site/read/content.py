"""The kept files of a run, as far as its page shows them: their beginnings and their hashes.

What was hashed of a large file is noted, so that it is not read again while its size and its time stay.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from runpages.format.files import read_file, regular
from runpages.format.records import File, RunRecord

from ..model import FileText
from ..write.writer import keep

LARGEST = 200_000
"""Bytes of a file up to which it is shown."""

NOTEBOOK = 1_000_000
"""The like for a notebook, which has its pictures in it."""

ALL = 2_000_000
"""Bytes of all files of a section that are shown."""

HASHED = 64 << 20
"""Bytes of a file up to which it is hashed."""

NOTED = 1 << 20
"""Bytes from which on it pays to note a hash."""

SETTLED = 2.0
"""Seconds after which a file's time tells each change: clocks of disks are coarse."""

_BLOCK = 1 << 20
_HEADS = (".csv", ".tsv")
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".avif")
_PICTURE_HEAD = 4_096


def read_outputs(record: RunRecord, files: Sequence[File], memory: Path, now: float) -> tuple[FileText, ...]:
    """The ``files`` of a run; ``memory`` is a file that knows the hashes of earlier builds."""
    reader = _Reader(record.folder, _known(memory), now)
    found = tuple(reader.read(file) for file in files)
    if reader.learned != reader.known:
        _keep(memory, reader.learned)
    return found


def read_patch(folder: str, path: str) -> FileText | None:
    """A text file of a run that is no artifact; None where it cannot be read."""
    try:
        with regular(os.path.join(folder, path)) as stream:
            size = os.fstat(stream.fileno()).st_size
            data = stream.read(LARGEST)
    except OSError:
        return None
    return FileText(path, path, size, sha256(data).hexdigest() if size <= LARGEST else "", data, size <= LARGEST)


def room(name: str) -> int:
    """How many bytes of a file its page may read."""
    return NOTEBOOK if name.lower().endswith(".ipynb") else LARGEST


class _Reader:
    def __init__(self, folder: str, known: dict[str, Any], now: float) -> None:
        self.known = known
        self.learned: dict[str, Any] = {}
        self._folder = folder
        self._now = now
        self._left = ALL

    def read(self, file: File) -> FileText:
        """A file with its hash, and its beginning where there is room for it."""
        try:
            with regular(os.path.join(self._folder, file.file)) as stream:
                return self._read(file, stream)
        except OSError as error:
            return FileText(file.name, file.file, file.size, why=f"It cannot be read: {error.strerror or error}")

    def _read(self, file: File, stream: BinaryIO) -> FileText:
        facts = os.fstat(stream.fileno())
        data = stream.read(min(self._wanted(file.name, facts.st_size), facts.st_size))
        self._left -= len(data)
        whole = len(data) == facts.st_size
        why = "" if data or not facts.st_size else "Too large to be shown here"
        return FileText(
            file.name, file.file, facts.st_size, self._hash(file.file, stream, facts, data), data, whole, why
        )

    def _wanted(self, name: str, size: int) -> int:
        name = name.lower()
        most = min(room(name), self._left)
        if name.endswith(_PICTURES):
            return _PICTURE_HEAD
        return most if size <= most else most if name.endswith(_HEADS) else 0

    def _hash(self, path: str, stream: BinaryIO, facts: os.stat_result, begun: bytes) -> str:
        if facts.st_size > HASHED:
            return ""
        stamp = [facts.st_size, facts.st_mtime_ns]
        known = self.known.get(path)
        if isinstance(known, list) and known[:2] == stamp and len(known) == 3:
            self.learned[path] = known
            return str(known[2])
        digest = sha256(begun)
        for block in _blocks(stream):
            digest.update(block)
        found = digest.hexdigest()
        if facts.st_size >= NOTED and facts.st_mtime < self._now - SETTLED:
            self.learned[path] = [*stamp, found]
        return found


def _blocks(stream: BinaryIO) -> Iterable[bytes]:
    return iter(partial(stream.read, _BLOCK), b"")


def _known(memory: Path) -> dict[str, Any]:
    try:
        known = json.loads(read_file(memory))
    except (OSError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def _keep(memory: Path, learned: dict[str, Any]) -> None:
    if learned:
        keep(memory, json.dumps(learned, separators=(",", ":")).encode())
    else:
        memory.unlink(missing_ok=True)
