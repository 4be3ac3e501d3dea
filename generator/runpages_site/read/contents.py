"""The small files of a run, each read once: it is looked at, copied, hashed, packed and shown from the same bytes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from runpages.format.files import open_file, read_file

if TYPE_CHECKING:  # A build with nothing new publishes nothing.
    from ..model import Published

SMALL = 1 << 20
"""Bytes of a file that is kept, and one more than the largest: a large file is read in pieces."""

MOST = 32 << 20
"""Bytes of all files of a run that are kept."""


class Small(NamedTuple):
    """A small file: its bytes, and what the system said of it before they were read."""

    data: bytes
    facts: os.stat_result


class Contents:
    """The small files of a run ``folder``, as far as there is room for them."""

    def __init__(self, folder: str) -> None:
        self.counts: dict[str, Mapping[str, int]] = {}
        """The number of points by name of metrics files of any size."""
        self._folder = folder
        self._kept: dict[str, Small] = {}
        self._left = MOST

    def small(self, path: str) -> Small | None:
        """A small file; None for a large one. Raises OSError where it cannot be read."""
        if path in self._kept:
            return self._kept[path]
        with open_file(os.path.join(self._folder, path), buffering=0) as file:
            return self.keep(path, file)

    def load(self, path: str) -> bytes:
        """The bytes of a file of any size. Raises OSError where it cannot be read."""
        small = self.small(path)
        return small.data if small else read_file(os.path.join(self._folder, path))

    def keep(self, path: str, file: BinaryIO) -> Small | None:
        """Read and keep a file that was opened, from its beginning; None for a large one, which is left as it is."""
        if path in self._kept:
            return self._kept[path]
        facts = os.fstat(file.fileno())
        if facts.st_size >= SMALL:
            return None
        small = Small(file.read(), facts)
        if len(small.data) <= self._left:
            self._kept[path] = small
            self._left -= len(small.data)
        return small


def opened(site: Path, published: Published, path: str) -> BinaryIO:
    """A file of a run as it is published in a site. Raises OSError where it cannot be opened."""
    known = published.contents.get(path)
    return open_file(site / published.files[path]) if known is None else BytesIO(known)
