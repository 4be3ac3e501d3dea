"""The pyramids of a run's long metrics in its folder of the site: a chunk is written as soon as it is full."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

from runpages.format.layout import FileNames

from ..model import PyramidPlace
from ..page import chunk_script
from ..read.downsample import FEW, Columns, Digest
from ..read.pyramid import Chunk, Pyramid
from .writer import Writer


class Pyramids:
    """The pyramids of one metrics file. Raises OutputError where the site cannot be written."""

    def __init__(self, out: Writer, folder: str) -> None:
        """``folder`` is that of the run in the site, with ``/`` at its end."""
        self._out = out
        self._folder = f"{folder}points/"
        self._names = FileNames()
        self._pyramids: dict[str, Pyramid] = {}
        self._hashes: dict[str, int] = {}

    def begin(self) -> None:
        """Begin anew, and take back what was written so far."""
        for name, pyramid in self._pyramids.items():
            for place in pyramid.full():
                self._out.withdraw(self._path(name, *place))
        self._names, self._hashes, self._pyramids = FileNames(), {}, {}

    def restore(self, state: Any) -> bool:
        """Go on from the ``state`` of an earlier build; False where a file that it wrote is no more."""
        try:
            self._hashes = {name: int(known["hash"]) for name, known in state.items()}
            self._pyramids = {name: Pyramid(known["pyramid"]) for name, known in state.items()}
        except (AttributeError, KeyError, TypeError, ValueError):
            return False
        for name in self._pyramids:
            self._names.of(name)
        paths = [self._path(name, *place) for name, one in self._pyramids.items() for place in one.full()]
        if all(map(self._out.keep, paths)):
            return True
        for path in paths:
            self._out.files.pop(path, None)
        self._pyramids = {}
        return False

    def state(self) -> dict[str, Any]:
        """What the next build needs to go on, fit for a JSON document of the format."""
        return {
            name: {"pyramid": pyramid.state(), "hash": self._hashes[name]} for name, pyramid in self._pyramids.items()
        }

    def add(self, name: str, before: Sequence[Digest], columns: Columns) -> None:
        """Take the next points of a metric in, before the last digest of the earlier ones takes them."""
        if name not in self._pyramids:
            if sum(digest.count for digest in before) + len(columns[0]) <= FEW:
                return
            self._pyramids[name] = Pyramid()
            self._names.of(name)  # In an order that more points do not change.
            self._hashes[name] = 0
            for digest in before:
                self._take(name, digest.columns())
        self._take(name, columns)

    def finish(self) -> dict[str, PyramidPlace]:
        """Write the chunks that are not full; the pyramids by the metric."""
        return {name: self._finish(name, pyramid) for name, pyramid in self._pyramids.items() if not pyramid.lost}

    def _finish(self, name: str, pyramid: Pyramid) -> PyramidPlace:
        version = self._hashes[name]
        for chunk in pyramid.ends():
            version = self._write(name, chunk, version)
        return PyramidPlace(f"points/{self._names.of(name)}", f"{version:08x}", pyramid.top())

    def _take(self, name: str, columns: Columns) -> None:
        pyramid = self._pyramids[name]
        for chunk in pyramid.add(*columns):
            self._hashes[name] = self._write(name, chunk, self._hashes[name])
        if pyramid.lost:
            for place in pyramid.full():
                self._out.withdraw(self._path(name, *place))
            self._pyramids[name] = Pyramid({"lost": True})

    def _write(self, name: str, chunk: Chunk, version: int) -> int:
        script = chunk_script(chunk.data)
        self._out.put(self._path(name, chunk.level, chunk.place), script)
        return zlib.crc32(script, version)

    def _path(self, name: str, level: int, place: int) -> str:
        return f"{self._folder}{self._names.of(name)}/{level}-{place}.js"
