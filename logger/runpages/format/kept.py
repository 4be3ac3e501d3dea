"""The names of artifacts: spelled in their paths, or noted where a path had to be cut."""

from __future__ import annotations

import os

from . import layout
from .document import decode, mapping
from .files import content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MARK = "~~"
"""What a path has in it whose name stands elsewhere."""


def artifact_names(folder: str, paths: Iterable[str]) -> dict[str, str]:
    """The name of each artifact of a run by its path below ``artifacts/``."""
    known = list(paths)
    noted = dict(_noted(folder)) if any(_MARK in path for path in known) else {}
    return {path: noted.get(f"{layout.ARTIFACTS}/{path}") or layout.artifact_name(path) for path in known}


def _noted(folder: str) -> Iterator[tuple[str, str]]:
    """Path and name of the files whose names the run notes; bad lines are reported where all of them are read."""
    for place in sorted(os.listdir(folder)):
        try:
            if place.startswith("series") and place.endswith(".json"):
                yield from _pairs(mapping(mapping(decode(content(os.path.join(folder, place)))).get("files")).items())
            elif place.startswith("definitions") and place.endswith(".jsonl"):
                yield from _defined(content(os.path.join(folder, place)))
        except (OSError, ValueError):
            continue


def _defined(data: bytes) -> Iterator[tuple[str, str]]:
    for line in data.split(b"\n"):
        try:
            record = mapping(decode(line)) if b'"file"' in line else {}
        except ValueError:
            continue
        yield from _pairs([(record.get("file"), record.get("name"))])


def _pairs(found: Iterable[tuple[object, object]]) -> Iterator[tuple[str, str]]:
    return ((path, name) for path, name in found if isinstance(path, str) and isinstance(name, str))
