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

ASKED = ("patch",)
"""What is captured only where it is named: what was not committed, which may hold what nobody wants to publish."""

PATCH = "git.diff"
"""The file of a run with what was not committed when it began."""

PATCH_BYTES = 1 << 20
"""A larger patch is left out, and that is told."""

GIT_SECONDS = 5.0
"""How long one call of git may take; a slower repository is left out."""


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
        state = git(os.getcwd())
        if state:
            found["git"] = state
    return found


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


def git(folder: str) -> dict[str, Any]:
    """Commit, branch, dirty flag and remote of the repository that holds a folder; empty without one or without git.

    A detached head has no branch. Names and passwords are taken out of the remote's address.
    """
    # One call tells the commit, the branch and whether anything differs.
    told = _git(folder, "status", "--porcelain=v2", "--branch", "--untracked-files=no")
    if told is None:
        return {}
    lines = told.splitlines()
    head = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch.") and " " in line[2:])
    state: dict[str, Any] = {"dirty": any(not line.startswith("#") for line in lines)}
    if head.get("branch.oid", "(initial)") != "(initial)":
        state["commit"] = head["branch.oid"]
    if head.get("branch.head", "(detached)") != "(detached)":
        state["branch"] = head["branch.head"]
    remote = _git(folder, "remote", "get-url", "origin")
    if remote:
        state["remote"] = without_credentials(remote.strip())
    return state


def patch(folder: str) -> bytes:
    """What differs from the last commit in the repository that holds a folder, as a unified diff.

    Files whose names say that they hold secrets are left out; empty where nothing differs, without git, and, which is
    told, for more than a megabyte.
    """
    from .format.secret import is_secret

    told = _git(folder, "diff", "HEAD", "--no-ext-diff", "--no-textconv", "--no-color") or ""
    files = told.split("\ndiff --git ")
    kept = [file for file in files if not is_secret(file.partition("\n")[0].rpartition(" b/")[2])]
    data = "\ndiff --git ".join(kept).encode("utf-8", "surrogateescape")
    if kept and kept[0] is not files[0]:
        data = b"diff --git " + data
    if len(data) > PATCH_BYTES:
        import warnings

        warnings.warn(f"what is not committed is {len(data)} bytes and was not kept", RuntimeWarning, stacklevel=4)
        return b""
    return data


def without_credentials(address: str) -> str:
    """Take the name, password or token out of an address with ``://``; ``git@host:path`` names nobody and stays."""
    if "://" not in address:
        return address
    import re

    return re.sub(r"(?<=://)[^/]*@", "", address).partition("?")[0]


def _git(folder: str, *arguments: str) -> str | None:
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments, no shell
            ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", folder, *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            timeout=GIT_SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def _platform() -> str:
    if not hasattr(os, "uname"):
        return sys.platform
    system = os.uname()
    return f"{system.sysname} {system.machine}"
