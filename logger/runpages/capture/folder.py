"""Lists the files of a folder that is to be kept, and decides about the links in it."""

from __future__ import annotations

import errno
import os

from ..format.secret import is_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def files(root: str, unreadable: Callable[[OSError], None] | None = None) -> Iterator[str]:
    """The paths of all files below a folder, and of links to folders, which are not followed.

    ``unreadable`` gets the error of each folder that is there and cannot be listed.
    """

    def report(error: OSError) -> None:
        if unreadable is not None and not is_gone(error):
            unreadable(error)

    for place, folders, names in os.walk(root, onerror=report):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        for name in sorted(names + links):
            yield os.path.join(place, name)


def is_gone(error: OSError) -> bool:
    """Whether something is not there, or went away while it was looked for."""
    return error.errno in (errno.ENOENT, errno.ENOTDIR)


class Verdict:
    """Whether a file is kept, and what is to be said of it; ``target`` is where a link leads that is not followed."""

    def __init__(self, *, kept: bool, why: str = "", target: str = "") -> None:
        self.kept = kept
        self.why = why
        self.target = target


def judged(path: str, root: str) -> Verdict:
    """Whether to keep a file below a folder that is to be kept; a pipe, a socket or a device is none.

    A link to a file is followed, unless the name of that file says that it holds keys or passwords; where it leads out
    of the folder, that is to be said. A link to a folder is not followed; one that stays in the folder needs no word.
    """
    if not os.path.islink(path):
        regular = os.path.isfile(path)
        return Verdict(kept=regular, why="" if regular else "it is not a regular file")
    target, real = os.path.realpath(path), os.path.join(os.path.realpath(root), "")
    inside = os.path.join(target, "").startswith(real)
    if not os.path.exists(path):
        return Verdict(kept=False, why=f"it is a link to {target}, which does not exist", target=target)
    if os.path.isdir(target):
        why = "" if inside else f"it is a link to the folder {target} outside of {root}"
        return Verdict(kept=False, why=why, target=target)
    if not os.path.isfile(target):
        return Verdict(kept=False, why=f"it is a link to {target}, which is not a regular file", target=target)
    if is_secret(target.removeprefix(real).replace(os.sep, "/")):
        why = f"it is a link to {target}, a usual name of files with keys or passwords"
        return Verdict(kept=False, why=why, target=target)
    return Verdict(kept=True, why="" if inside else f"it is a link to {target} outside of {root}")
