"""The manifest of a site: a sorted line for each of its files, of which a build that changes few takes few apart."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from heapq import heappop, heappush
from types import MappingProxyType
from typing import Protocol
from zlib import crc32

import orjson

_HEAD = b'{\n  "runpages": "site",\n  "format": 1,\n  "files": [\n    "'
_BETWEEN = b'",\n    "'
_TAIL = b'"\n  ]\n}\n'

_STRETCH = 256
"""Paths of a stretch that is cut from a list."""

_LONG = 16_384
"""Bytes of a stretch that is cut from a document, at least."""

_ESCAPED = bytes(range(32)) + b'"\\'
"""What JSON does not have in a text as it is."""

_ORDINARY = bytes(byte for byte in range(256) if byte not in _ESCAPED)

_AFTER = b"\xff"
"""Comes after all that a path may go on with: no UTF-8 has this byte."""


class Manifest:
    """What a site says of itself: its files, and names of folders in the workspace by their segment of a path.

    The paths are kept in stretches, each as it lies in the document until it is looked into: to take apart a hundred
    thousand lines takes longer than to render a run.
    """

    def __init__(
        self, paths: Iterable[bytes] = (), folders: Mapping[str, str] = MappingProxyType({}), *, is_plain: bool = False
    ) -> None:
        """``paths`` are UTF-8, where a lone surrogate passes: sorted as bytes, they are as sorted as texts.

        ``is_plain`` says that JSON has each of them as it is.
        """
        self.folders = folders
        self._is_plain = is_plain
        self._set(_cut(sorted(paths)))

    def _set(self, stretches: Iterable[bytes | list[bytes]]) -> Manifest:
        self._stretches = [*stretches]
        self._firsts = [one.partition(_BETWEEN)[0] if isinstance(one, bytes) else one[0] for one in self._stretches]
        return self

    @classmethod
    def of_lines(cls, document: bytes) -> Manifest:
        """The manifest in a document that has sorted lines, of which JSON has each as it is."""
        return cls(is_plain=True)._set(_stretches(document))

    def __len__(self) -> int:
        return sum(one.count(_BETWEEN) + 1 if isinstance(one, bytes) else len(one) for one in self._stretches)

    def __bool__(self) -> bool:
        return bool(self._stretches)

    def __contains__(self, path: str) -> bool:
        return self._next(data := _bytes(path)) == data

    @cached_property
    def files(self) -> frozenset[str]:
        """All files."""
        return frozenset(map(_text, self._between()))

    def begins(self, prefix: str) -> list[str]:
        """The files whose paths begin like this, sorted."""
        data = _bytes(prefix)
        return [*map(_text, self._between(data, data + _AFTER))]

    def beside(self, folder: str, below: Collection[str]) -> set[str]:
        """The files that are not in one of the folders ``below`` a folder, which ends with ``/``."""
        top = _bytes(folder)
        found = [*self._between(b"", top), *self._between(top + _AFTER)]
        path = self._next(top)
        while path is not None and path.startswith(top):
            segment, slash, _ = path[len(top) :].partition(b"/")
            after = top + segment + b"/" + _AFTER if slash else path + b"\0"
            if not slash or _text(segment) not in below:
                found += self._between(path, after)
            path = self._next(after)
        return set(map(_text, found))

    def changed(self, new: Iterable[str], gone: Iterable[str], folders: Mapping[str, str]) -> Manifest:
        """The manifest with other files; ``new`` are not among those that it has."""
        more, less = [*map(_bytes, new)], [*map(_bytes, gone)]
        made = Manifest((), folders, is_plain=self._is_plain and _are_plain(more))
        return made._set(self._other(more, less) if self else _cut(sorted(more)))

    def _other(self, more: Iterable[bytes], less: Iterable[bytes]) -> Iterator[bytes | list[bytes]]:
        """The stretches with other paths."""
        added, left_out = defaultdict[int, list[bytes]](list), defaultdict[int, set[bytes]](set)
        for path in more:
            added[self._place(path)].append(path)
        for path in less:
            left_out[self._place(path)].add(path)
        for at, stretch in enumerate(self._stretches):
            if at in added or at in left_out:
                left = left_out[at]
                yield from _cut(sorted([*(path for path in self._paths(at) if path not in left), *added[at]]))
            else:
                yield stretch

    @cached_property
    def is_plain(self) -> bool:
        """Whether its document has no more than a line for each file, and each as it is."""
        return bool(self) and not self.folders and (self._is_plain or _are_plain(self._between()))

    def document(self) -> bytes:
        """As it is written, with a line for each file."""
        return b"".join(self.pieces())

    def pieces(self) -> Iterator[bytes]:
        """The document in pieces: megabytes that are joined first take milliseconds."""
        if not self.is_plain:
            known = {"runpages": "site", "format": 1, "files": [*map(_text, self._between())]}
            yield _json({**known, "folders": dict(sorted(self.folders.items()))} if self.folders else known)
            return
        before = _HEAD
        for one in self._stretches:
            yield before + (one if isinstance(one, bytes) else _BETWEEN.join(one))
            before = _BETWEEN
        yield _TAIL

    def _place(self, path: bytes) -> int:
        """The stretch in which a path lies, if it is there."""
        return max(bisect_right(self._firsts, path) - 1, 0)

    def _paths(self, at: int) -> list[bytes]:
        """The paths of a stretch."""
        found = self._stretches[at]
        if isinstance(found, bytes):
            self._stretches[at] = found = found.split(_BETWEEN)
        return found

    def _next(self, path: bytes) -> bytes | None:
        """The first path that is this one or comes after it."""
        for at in range(self._place(path), len(self._stretches)):
            place = bisect_left(found := self._paths(at), path)
            if place < len(found):
                return found[place]
        return None

    def _between(self, start: bytes = b"", end: bytes | None = None) -> list[bytes]:
        """The paths from one on, up to another."""
        last = len(self._firsts) if end is None else bisect_left(self._firsts, end)
        found = [path for at in range(self._place(start), last) for path in self._paths(at)]
        return found[bisect_left(found, start) : None if end is None else bisect_left(found, end)]


class HasFiles(Protocol):
    """Something with files, which are named when they are asked for."""

    @property
    def files(self) -> Sequence[str]:
        """Their paths, at least one."""


class NewManifest:
    """The document of a site that had none, of whose files few are named at a time: those of all take gigabytes."""

    def __init__(self, files: Iterable[str], packs: Sequence[HasFiles]) -> None:
        """``files`` are those beside the ones of the ``packs``."""
        self._more = sorted(map(_bytes, files))
        self._packs = sorted(((min(map(_bytes, pack.files)), at) for at, pack in enumerate(packs)), reverse=True)
        self._of = packs
        self.size = self.checksum = 0
        self.is_plain = True
        """Whether JSON has each path as it is; otherwise the document is none."""
        for piece in self.pieces():
            self.size += len(piece)
            self.checksum = crc32(piece, self.checksum)
            self.is_plain &= piece == _TAIL or _are_plain(piece.removeprefix(_HEAD).split(_BETWEEN))

    def pieces(self) -> Iterator[bytes]:
        """The document in pieces."""
        before = _HEAD
        for paths in self._sorted():
            yield before + _BETWEEN.join(paths)
            before = _BETWEEN
        yield _TAIL

    def _sorted(self) -> Iterator[list[bytes]]:
        """All paths, each once, in stretches; a pack is unpacked where its first one comes."""
        last = None
        for paths in _merged(self._more, self._packs, lambda at: sorted(set(map(_bytes, self._of[at].files)))):
            found = paths[1:] if paths[0] == last else paths
            last = paths[-1]
            if found:
                yield found


def _merged(
    more: list[bytes], packs: Sequence[tuple[bytes, int]], unpacked: Callable[[int], list[bytes]]
) -> Iterator[list[bytes]]:
    """Stretches of sorted lists in the order of their paths; ``packs`` are the first paths of some, the last first."""
    waiting = [*packs]
    heap = [(more[0], -1, more, 0)] if more else []
    while heap or waiting:
        while waiting and (not heap or waiting[-1][0] <= heap[0][0]):
            first, at = waiting.pop()
            heappush(heap, (first, at, unpacked(at), 0))
        _, at, paths, start = heappop(heap)
        others = [*(one[0] for one in heap[:1]), *(one[0] for one in waiting[-1:])]
        end = bisect_right(paths, min(others), start) if others else len(paths)
        yield paths[start:end]
        if end < len(paths):
            heappush(heap, (paths[end], at, paths, end))


def _cut(paths: list[bytes]) -> Iterator[list[bytes]]:
    """Sorted paths in stretches."""
    return (paths[at : at + _STRETCH] for at in range(0, len(paths), _STRETCH))


def _stretches(document: bytes) -> Iterator[bytes]:
    """The lines of a document in stretches."""
    start, last = len(_HEAD), len(document) - len(_TAIL)
    while (end := document.find(_BETWEEN, start + _LONG, last)) >= 0:
        yield document[start:end]
        start = end + len(_BETWEEN)
    yield document[start:last]


def checksum_of(pieces: Iterable[bytes]) -> int:
    """Stands for a document in pieces: one that has it as well need not be looked through again."""
    return reduce(lambda found, piece: crc32(piece, found), pieces, 0)


def manifest_of(data: bytes, *, is_known: bool = False) -> Manifest:
    """The manifest in a document; one ``is_known`` that a plain manifest gave.

    Raises ValueError, KeyError, TypeError, AttributeError or RecursionError.
    """
    if is_known:
        return Manifest.of_lines(data)
    body = data[len(_HEAD) : -len(_TAIL)]
    if data.startswith(_HEAD) and data.endswith(_TAIL) and _is_utf8(body):
        paths = body.split(_BETWEEN)
        if body.translate(None, _ORDINARY) == b'"\n"' * (len(paths) - 1):
            return Manifest(paths, is_plain=True)
    import json  # A name that is no UTF-8, or a control character that somebody wrote, is more than orjson reads.

    known = json.loads(data, strict=False)
    files, folders = known["files"], dict(known.get("folders", {}))
    if not isinstance(files, list) or not {str}.issuperset(map(type, (*files, *folders.values()))):
        raise TypeError("a path that is no text")
    return Manifest(map(_bytes, set(files)), folders)


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogatepass")


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogatepass")


def _are_plain(paths: Iterable[bytes]) -> bool:
    data = b"".join(paths)
    return _is_utf8(data) and len(data.translate(None, _ESCAPED)) == len(data)


def _is_utf8(data: bytes) -> bool:
    try:
        return data.isascii() or bool(data.decode())
    except UnicodeDecodeError:
        return False


def _json(document: object) -> bytes:
    try:
        return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"
    except TypeError:
        import json

        return json.dumps(document, indent=2).encode() + b"\n"
