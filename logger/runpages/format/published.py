"""What a site says of the files of a workspace that it holds: where each is, its size and its SHA-256.

Three kinds of documents of a site say so, below the key ``published``: the ``run.json`` of each run, the
``experiment.json`` of each experiment, and the ``workspace.json`` of the site. Without that key they are what they are
in a workspace.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from . import layout
from .document import encode, integer, mapping, text

KEY = "published"

WORKSPACE = "workspace.json"
"""The document of a site that lists the files of the workspace itself, which are in the folder ``workspace/``."""


class Copy(NamedTuple):
    """A published file: its path in the site, and in the workspace; both from the folder of the document."""

    place: str
    path: str
    size: int
    sha256: str


class Published(NamedTuple):
    """A document as it is in a workspace, and what is beside it.

    ``content`` is empty where the workspace has no such document.
    """

    content: bytes
    copies: Sequence[Copy]


def described(document: Mapping[str, Any], copies: Iterable[Copy], *, is_there: bool = True) -> dict[str, Any]:
    """The document with what is published beside it; ``is_there`` says whether the workspace has one."""
    return {**document, **_publication(encode(document) if is_there else None, copies)}


def spelled(content: bytes, copies: Iterable[Copy]) -> bytes:
    """The bytes of a document, of which ``content`` has those in the workspace, with what is published beside it."""
    return content.removesuffix(b"\n}\n") + b"," + encode(_publication(content, copies)).removeprefix(b"{")


def _publication(content: bytes | None, copies: Iterable[Copy]) -> dict[str, Any]:
    files = list(map(_listed, copies))
    known: dict[str, Any] = {} if content is None else {"sha256": _hash(content)}
    return {KEY: {**known, **({"files": files} if files else {})}}


def published(document: Mapping[str, Any]) -> Published:
    """What ``described`` said. Raises ValueError where it is not there, or is damaged."""
    known = document.get(KEY)
    if not isinstance(known, dict):
        raise ValueError(f"it does not list its files under {KEY!r}; build the site again")  # noqa: TRY004
    content, expected = encode({key: value for key, value in document.items() if key != KEY}), known.get("sha256")
    if expected is not None and _hash(content) != expected:
        raise ValueError("it does not have the SHA-256 that it says; publish the site again")
    files = known.get("files", [])
    copies = [_copy(mapping(one)) for one in files] if isinstance(files, list) else []
    if len({one.path for one in copies}) < len(copies):
        raise ValueError("it lists a file twice; build the site again")
    return Published(b"" if expected is None else content, copies)


def _listed(copy: Copy) -> dict[str, Any]:
    place = {"place": copy.place} if copy.place != copy.path else {}
    return {"path": copy.path, **place, "size": copy.size, "sha256": copy.sha256}


def _copy(listed: dict[str, Any]) -> Copy:
    path, size, digest = text(listed.get("path")), integer(listed.get("size")), text(listed.get("sha256"))
    if path is None or size is None or size < 0 or digest is None or not _DIGEST.fullmatch(digest):
        raise ValueError("it lists a file without its path, size or SHA-256; build the site again")
    place = text(listed.get("place")) or path
    for one in (path, place):
        if why := unfit(one):
            raise ValueError(f"it lists the file {one!r}: {why}")
    return Copy(place, path, size, digest)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# --- paths --------------------------------------------------------------------------------------------------

_DIGEST = re.compile("[0-9a-f]{64}")
_DRIVE = re.compile("[A-Za-z]:")
_REFUSED = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_LONGEST = 4_096


def unfit(path: str) -> str:
    """Why a path from a stranger is not followed: it would leave the folder that it is relative to; else empty."""
    parts = path.split("/")
    if "\0" in path or len(path) > _LONGEST:
        return "no path has such a name"
    if path.startswith("/") or "\\" in path or _DRIVE.match(path):
        return "it is not relative, with / between folders"
    return "it leads out of its folder" if any(part in ("", ".", "..") for part in parts) else ""


def unportable(path: str) -> str:
    """Why a path is none on every system, such as ``aux.txt`` or ``a:b``; empty for one that is."""
    for part in path.split("/"):
        if _REFUSED.search(part) or part[-1:] in (".", " ") or layout.is_device(part):
            return "Windows takes no such name"
    return ""
