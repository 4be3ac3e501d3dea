"""The manifest of a site: a sorted line for each of its files, of which a build that changes few takes few apart."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from types import MappingProxyType

import orjson

_HEAD = b'{\n  "runpages": "site",\n  "format": 1,\n  "files": [\n    "'
_BETWEEN = b'",\n    "'
_TAIL = b'"\n  ]\n}\n'

_FEW = 100
"""Files that are taken out one by one faster than all others are looked at."""

_ESCAPED = bytes(range(32)) + b'"\\'
"""What JSON does not have in a text as it is."""

_ORDINARY = bytes(byte for byte in range(256) if byte not in _ESCAPED)


class Manifest:
    """What a site says of itself: its files, and names of folders in the workspace by their segment of a path."""

    def __init__(
        self, paths: Iterable[bytes] = (), folders: Mapping[str, str] = MappingProxyType({}), *, is_plain: bool = False
    ) -> None:
        """``paths`` are UTF-8, where a lone surrogate passes: sorted as bytes, they are as sorted as texts.

        ``is_plain`` says that JSON has each of them as it is.
        """
        self.folders = folders
        self._paths = sorted(paths)  # Mostly in order, which takes a quarter of the time.
        self._is_plain = is_plain

    def __len__(self) -> int:
        return len(self._paths)

    def __contains__(self, path: str) -> bool:
        data = _bytes(path)
        at = bisect_left(self._paths, data)
        return at < len(self._paths) and self._paths[at] == data

    @cached_property
    def files(self) -> frozenset[str]:
        """All files."""
        return frozenset(map(_text, self._paths))

    def begins(self, prefix: str) -> list[str]:
        """The files whose paths begin like this, sorted."""
        return [*map(_text, self._paths[slice(*self._range(_bytes(prefix)))])]

    def beside(self, folder: str, below: Collection[str]) -> set[str]:
        """The files that are not in one of the folders ``below`` a folder, which ends with ``/``."""
        start, end = self._range(top := _bytes(folder))
        found = [*self._paths[:start], *self._paths[end:]]
        while start < end:
            segment, slash, _ = self._paths[start][len(top) :].partition(b"/")
            after = self._range(top + segment + b"/")[1] if slash else start + 1
            if not slash or _text(segment) not in below:
                found += self._paths[start:after]
            start = after
        return set(map(_text, found))

    def changed(self, new: Iterable[str], gone: Collection[str], folders: Mapping[str, str]) -> Manifest:
        """The manifest with other files; ``new`` are not among those that it has."""
        more = [*map(_bytes, new)]
        return Manifest([*self._without(gone), *more], folders, is_plain=self._is_plain and _are_plain(more))

    def _without(self, gone: Collection[str]) -> list[bytes]:
        if len(gone) > _FEW:
            without = set(map(_bytes, gone))
            return [path for path in self._paths if path not in without]
        paths = self._paths.copy()
        for path in map(_bytes, gone):
            at = bisect_left(paths, path)
            if at < len(paths) and paths[at] == path:
                del paths[at]
        return paths

    def document(self) -> bytes:
        """As it is written, with a line for each file."""
        if not self.folders and self._paths and (self._is_plain or _are_plain(self._paths)):
            lines = self._paths.copy()
            lines[0] = _HEAD + lines[0]  # Before they are joined: to copy megabytes once more takes milliseconds.
            lines[-1] += _TAIL
            return _BETWEEN.join(lines)
        known = {"runpages": "site", "format": 1, "files": [*map(_text, self._paths)]}
        return _json({**known, "folders": dict(sorted(self.folders.items()))} if self.folders else known)

    def _range(self, prefix: bytes) -> tuple[int, int]:
        """Where the paths lie that begin like this; no UTF-8 has the byte 255."""
        return bisect_left(self._paths, prefix), bisect_left(self._paths, prefix + b"\xff")


def manifest_of(data: bytes) -> Manifest:
    """The manifest in a document. Raises ValueError, KeyError, TypeError, AttributeError or RecursionError."""
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
