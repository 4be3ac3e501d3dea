"""Writes the published copies of what a workspace holds, each with its size and SHA-256."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import file_digest, sha256
from io import BufferedReader
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from runpages.format import layout
from runpages.format.document import decode, mapping
from runpages.format.files import open_file, read_file
from runpages.format.published import Copy, published

from ..read.contents import SMALL, Small
from .writer import Writer

NOTED = SMALL
"""Bytes from which on it pays to note a hash."""

SETTLED = 2.0
"""Seconds after which each change of a file gives it another time: clocks of disks are coarse."""


class Copies:
    """The published copies below a ``folder`` of the site, which ends with ``/``.

    ``known`` is what the last build noted of the hashes of large files: one is not read again while its size and its
    time stay. ``learned`` is to be noted for the next build.
    """

    def __init__(self, out: Writer, folder: str, known: Mapping[str, Any], now: float) -> None:
        self.made: dict[str, Copy] = {}
        """By the path in the workspace."""
        self.contents: dict[str, bytes] = {}
        """The bytes of those that are small, by the same."""
        self.learned: dict[str, Any] = {}
        self._out, self._folder, self._known, self._now = out, folder, known, now

    def put(self, path: str, place: str, data: bytes) -> None:
        """Write a copy that has these bytes. Raises OutputError where that is not possible."""
        self._out.put(self._folder + place, data)
        self._add(path, place, data)

    def copy(self, source: str, path: str, place: str, *, link: bool = False, small: Small | None = None) -> None:
        """Copy a file, which may be ``small``, or link it; raises what ``Writer.copy`` raises."""
        self._out.copy(source, self._folder + place, link=link, small=small)
        if small:
            self._add(path, place, small.data)
        else:
            self._look(path, place)

    def _add(self, path: str, place: str, data: bytes) -> None:
        self.made[path] = Copy(place, path, len(data), sha256(data).hexdigest())
        if len(data) < SMALL:
            self.contents[path] = data

    def _look(self, path: str, place: str) -> None:
        """Take in the size and the hash of a copy, and read it for that unless its hash is noted."""
        with open_file(self._out.folder / (self._folder + place), buffering=0) as file:
            facts = os.fstat(file.fileno())
            stamp, known = [facts.st_size, facts.st_mtime_ns], self._known.get(path)
            if isinstance(known, list) and known[:2] == stamp and len(known) == 3 and isinstance(known[2], str):
                digest = known[2]
            else:
                digest = file_digest(cast(BufferedReader, file), "sha256").hexdigest()
        if facts.st_size >= NOTED and facts.st_mtime < self._now - SETTLED:
            self.learned[path] = [*stamp, digest]
        self.made[path] = Copy(place, path, facts.st_size, digest)


_NUMBERS = (layout.METRICS, "series", "definitions")


@contextmanager
def numbers_of(folder: Path) -> Iterator[str]:
    """A temporary folder with the document and the points of a run that is published in a ``folder``.

    They have the names of a workspace there. Raises ValueError for a document that is damaged, OSError for a file.
    """
    known = published(mapping(decode(read_file(folder / layout.RUN))))
    with TemporaryDirectory(prefix="runpages-") as copies:
        (Path(copies) / layout.RUN).write_bytes(known.content)
        for one in known.copies:
            if "/" not in one.path and one.path.startswith(_NUMBERS):
                with open_file(folder / one.place) as source, open(os.path.join(copies, one.path), "wb") as target:
                    shutil.copyfileobj(source, target)
        yield copies
