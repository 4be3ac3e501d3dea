"""Finds out by the list of its objects what a bucket has of a workspace, where no notes of it are left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runpages.format.files import open_file
from runpages.format.pieces import Joined, Part, join, may_have_pieces, piece_of

from ..storage.opening import within
from ..storage.storage import changed
from .appended import TAIL, tail
from .sent import Sent
from .units import LocalFile, Unit


class There:
    """What a bucket has: one listing of all objects."""

    def __init__(self, storage: Any, base: str) -> None:
        """Raises what the storage raises."""
        self._storage, self._base = storage, base
        storage.invalidate_cache()
        try:
            found: Mapping[str, Any] = storage.find(base, detail=True)
        except FileNotFoundError:
            found = {}
        self._objects = {name[len(base) + 1 :]: (int(info["size"]), changed(info)) for name, info in found.items()}
        self._runs: dict[str, list[tuple[str, int]]] = {}
        for path, (size, _) in self._objects.items():
            if path.count("/") >= 2:
                experiment, run, inner = path.split("/", 2)
                self._runs.setdefault(f"{experiment}/{run}", []).append((inner, size))
        self._joined: dict[str, Joined] = {}

    def has(self, unit: Unit, file: LocalFile, place: str) -> Sent | None:
        """What there is of the file at a ``place`` on this machine; None if it has to be sent.

        Raises what the storage raises, and OSError for a file that cannot be read.
        """
        inner = unit.inner(file)
        if unit.run and may_have_pieces(inner):
            return self._appended(unit.run, inner, place)
        size, time = self._objects.get(file.path, (-1, 0))
        return Sent(file.size, file.time) if size == file.size and time >= file.time else None

    def _appended(self, run: str, inner: str, place: str) -> Sent | None:
        objects = self._runs.get(run, [])
        if run not in self._joined:
            self._joined[run] = join(objects)
        joined = self._joined[run]
        size = dict(joined.files).get(inner)
        if size is None:
            return None
        pieces = [piece.generation for path, _ in objects if (piece := piece_of(path)) and piece.whole == inner]
        base = dict(objects).get(inner, 0)
        part = (joined.parts.get(inner) or [Part(inner, 0, size)])[-1]
        count = min(TAIL, part.size)
        theirs = self._end(f"{self._base}/{run}/{part.path}", part.skip + part.size, count)
        with open_file(place) as source:
            source.seek(size - count)
            known = tail(source, size) if source.read(count) == theirs else "another"
        return Sent(size, 0, min(base, size), max(pieces, default=0), known)

    def _end(self, path: str, end: int, count: int) -> bytes:
        return self._storage.cat_file(path, start=end - count, end=end, **within(self._storage)) if count else b""
