"""Keeps versions of named things in a workspace: one document each, written once and never replaced."""

from __future__ import annotations

from .format import layout
from .format.document import encode
from .format.errors import ConflictError, UserError
from .format.layout import ENVIRONMENTS, MODELS
from .format.write import create

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol

    from .format.records import Problem

    class Rooted(Protocol):
        """A workspace, of which only the folder matters here."""

        root: str


__all__ = ["ENVIRONMENTS", "MODELS", "add", "get", "latest", "versions"]


def _format() -> tuple[Any, Any]:
    """The modules that find and read the documents, loaded with the first version: they need ``re`` and ``typing``."""
    from .format import read, registered

    return registered, read


def versions(root: str, kind: str, name: str) -> list[int]:
    """The versions of a name, the latest last."""
    known: list[int] = _format()[0].versions(root, kind, name)
    return known


def add(root: str, kind: str, name: str, content: dict[str, Any]) -> dict[str, Any]:
    """Write a document as the next version of a name; returns it. Two processes at once get two versions."""
    import time

    if not name:
        raise UserError(f"{kind[:-1]} name must not be empty")
    while True:
        known = versions(root, kind, name)
        version = (known[-1] if known else 0) + 1
        document = {"format": 1, **content, "name": name, "version": version, "created": layout.iso_time(time.time())}
        try:
            create(_format()[0].path_of(root, kind, name, version), encode(document))
        except ConflictError:
            continue  # Another process was first.
        return document


def get(root: str, kind: str, name: str, version: str | int | None = None) -> dict[str, Any]:
    """A version of a name, by default the latest; raises UserError, which lists what there is.

    Raises UserError for a document that cannot be read as well.
    """
    registered, read = _format()
    known = versions(root, kind, name)
    wanted = known[-1] if known and version is None else version
    if wanted is None or str(wanted) not in map(str, known):
        there = [f"{name}:{one}" for one in known] or registered.names(root, kind)
        which = name if version is None else f"{name}:{version}"
        raise UserError(f"the workspace {root} has no {which!r} among its {kind}: {', '.join(there) or 'none'}")
    path = registered.path_of(root, kind, name, int(wanted))
    problems: list[Problem] = []
    document: dict[str, Any] = read.read_document(path, problems)
    why = document.get("format_refused") or (
        problems and f"{path}: {problems[0].message}. Repair the file, or remove it"
    )
    if why:
        raise UserError(why)
    return document


def latest(root: str, kind: str) -> Sequence[dict[str, Any]]:
    """The latest version of each name; raises UserError as ``get`` does."""
    return [get(root, kind, name) for name in _format()[0].names(root, kind)]
