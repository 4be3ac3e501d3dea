"""What a run notes of its surroundings: each part can be switched off, and environment variables are never read."""

from __future__ import annotations

import os
import sys

from .format.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

PARTS = ("python", "packages", "command", "git", "host")
"""What can be captured: Python and platform, installed packages, command line, git state, and the host's name."""

PATCH = "git.diff"
"""The file of a run with what was not committed when it began."""

ASKED = ("patch",)
"""What is captured only where it is named: what was not committed, which may hold what nobody wants to publish."""


def parts(chosen: bool | Collection[str]) -> frozenset[str]:
    """The parts that a ``capture=`` argument names; raises UserError for an unknown one."""
    if isinstance(chosen, bool):
        return frozenset(PARTS if chosen else ())
    chosen = [chosen] if isinstance(chosen, str) else chosen
    unknown = sorted(set(chosen) - {*PARTS, *ASKED})
    if unknown:
        raise UserError(
            f"capture= does not know {', '.join(map(repr, unknown))}; it takes {', '.join((*PARTS, *ASKED))}"
        )
    return frozenset(chosen)


def environment(chosen: Collection[str]) -> dict[str, Any]:
    """Note the chosen parts. Only ``git`` starts a process, and ends it."""
    found: dict[str, Any] = {}
    if "python" in chosen:
        version = ".".join(map(str, sys.version_info[:3]))
        found |= {"python": version, "platform": _platform(), "cpus": os.cpu_count()}
    if "command" in chosen:
        found["command"] = [os.path.basename(sys.executable or "python"), *sys.orig_argv[1:]]
    if "packages" in chosen:
        found["packages"] = packages()
    if "git" in chosen:
        from .git import state

        known = state(os.getcwd())
        if known:
            found["git"] = known
    return found


def uncommitted(chosen: Collection[str]) -> bytes:
    """The patch of what is not committed in the working folder, where it was asked for."""
    if "patch" not in chosen:
        return b""
    from .git import patch

    return patch(os.getcwd())


def packages() -> dict[str, str]:
    """Name and version of each installed distribution, told by the names of their folders on ``sys.path``.

    Reading each one's metadata would take a hundred times as long.
    """
    found: dict[str, str] = {}
    for place in sys.path:
        try:
            names = os.listdir(place or ".")
        except OSError:
            continue
        for name in names:
            if name.endswith(".dist-info"):
                package, _, version = name.removesuffix(".dist-info").rpartition("-")
                # A folder's name has no hyphens but the one before the version; names in use have no underscores.
                found.setdefault(package.replace("_", "-"), version)
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def _platform() -> str:
    if not hasattr(os, "uname"):
        return sys.platform
    system = os.uname()
    return f"{system.sysname} {system.machine}"
