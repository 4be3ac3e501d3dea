"""Notes in the workspace where ``runpages serve`` serves its site right now."""

from __future__ import annotations

import os

from . import layout, status
from .document import mapping, text
from .errors import StorageError
from .read import read_document
from .records import FORMAT
from .write import forget, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def note(root: str, site: str, url: str) -> None:
    """Note that this process serves a site at an address; nothing is noted in a workspace that cannot be written to."""
    path = _path(root)
    facts = {"format": FORMAT, "url": url, "site": os.path.realpath(site), "owner": status.owner()}
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        replace(path, facts)
    except (OSError, StorageError):
        return


def withdraw(root: str) -> None:
    """Remove the note of this process; that of another server stays."""
    path = _path(root)
    if mapping(read_document(path, []).get("owner")) == status.owner():
        forget(path)


def served(root: str, file: str) -> str | None:
    """The address of a file of a site that a process of this machine serves now; None where none does.

    A note whose process is gone, or which comes from another machine, is ignored.
    """
    from urllib.parse import quote

    known = read_document(_path(root), [])
    url, site = text(known.get("url")), text(known.get("site"))
    if not url or not site or not url.startswith(("http://", "https://")) or not _is_there(mapping(known.get("owner"))):
        return None
    path = os.path.realpath(file)
    inside = os.path.join(os.path.realpath(site), "")
    return url.rstrip("/") + "/" + quote(path[len(inside) :].replace(os.sep, "/")) if path.startswith(inside) else None


def _path(root: str) -> str:
    return os.path.join(root, layout.STATE, "serve.json")


def _is_there(owner: dict[str, Any]) -> bool:
    pid = owner.get("pid")
    # On Windows, signal 0 is Ctrl-C: there no process can be asked for without ending it.
    if type(pid) is not int or pid <= 0 or os.name != "posix" or owner != status.owner(pid):
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:  # It is there, and is somebody else's.
        return True
    except (OSError, OverflowError):
        return False
    return True
