"""Versions of named things in a workspace: one document each, written once and never replaced."""

from __future__ import annotations

import os

from .format import layout
from .format.document import encode
from .format.errors import ConflictError, UserError
from .format.write import create

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol

    class Rooted(Protocol):
        """A workspace, of which only the folder matters here."""

        root: str


MODELS = "models"
ENVIRONMENTS = "environments"


def add(root: str, kind: str, name: str, said: dict[str, Any]) -> dict[str, Any]:
    """Write a document as the next version of a name; returns it. Two processes at once get two versions."""
    import time

    if not name:
        raise UserError(f"one of the {kind} of a workspace needs a name")
    while True:
        known = versions(root, kind, name)
        version = (known[-1] if known else 0) + 1
        document = {"format": 1, **said, "name": name, "version": version, "created": layout.iso_time(time.time())}
        try:
            create(_path(root, kind, name, version), encode(document))
        except ConflictError:
            continue  # Another process was first.
        return document


def get(root: str, kind: str, name: str, version: str | int | None = None) -> dict[str, Any]:
    """A version of a name, by default the latest; raises UserError, which lists what there is."""
    from .format.read import read_document

    known = versions(root, kind, name)
    wanted = known[-1] if known and version is None else version
    if wanted is None or str(wanted) not in map(str, known):
        there = [f"{name}:{one}" for one in known] or _names(root, kind)
        which = name if version is None else f"{name}:{version}"
        raise UserError(f"the workspace {root} has no {which!r} among its {kind}: {', '.join(there) or 'none'}")
    return read_document(_path(root, kind, name, int(wanted)), [])


def versions(root: str, kind: str, name: str) -> Sequence[int]:
    """The versions of a name, the latest last."""
    numbers = (file.removesuffix(".json") for file in _listed(os.path.dirname(_path(root, kind, name, 0))))
    return sorted(int(number) for number in numbers if number.isascii() and number.isdigit())


def latest(root: str, kind: str) -> Sequence[dict[str, Any]]:
    """The latest version of each name."""
    return [get(root, kind, name) for name in _names(root, kind)]


def _names(root: str, kind: str) -> Sequence[str]:
    """The names, from the documents where a file name does not give its name back."""
    from .format.read import read_document

    names = []
    for file in _listed(os.path.join(root, layout.STATE, kind)):
        folder = os.path.join(root, layout.STATE, kind, file)
        first = next(iter(_listed(folder)), None)
        if first is not None:
            names.append(layout.name_of(file) or str(read_document(os.path.join(folder, first), []).get("name")))
    return sorted(names)


def _listed(folder: str) -> Sequence[str]:
    """The names in a folder, without hidden ones; none where it is not there."""
    try:
        return sorted(name for name in os.listdir(folder) if not name.startswith("."))
    except OSError:
        return []


def _path(root: str, kind: str, name: str, version: int) -> str:
    return os.path.join(root, layout.STATE, kind, layout.file_name(name), f"{version}.json")
