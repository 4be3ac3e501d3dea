"""Captures the environment of a run: each part can be switched off, and no environment variables are read."""

from __future__ import annotations

import os
import sys

from .._lifecycle import warn
from ..coerce import is_single, quoted
from ..format.errors import UserError
from ..format.secret import is_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
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
    given: list[Any] = [chosen] if is_single(chosen) else list(chosen)
    unknown = [part for part in given if not isinstance(part, str) or part not in {*PARTS, *ASKED}]
    if unknown:
        raise UserError(
            f"capture= does not accept {', '.join(map(quoted, unknown))}; it takes {', '.join((*PARTS, *ASKED))}"
        )
    return frozenset(given)


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
        known = state(os.curdir)
        if known:
            found["git"] = known
    return found


def uncommitted(chosen: Collection[str]) -> bytes:
    """The patch of what is not committed in the working folder, where it was asked for."""
    if "patch" not in chosen:
        return b""

    return patch(os.curdir)


def packages() -> dict[str, str]:
    """Name and version of each installed distribution, from the names of their folders on ``sys.path``.

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


PATCH_BYTES = 1 << 20
"""A larger patch is left out, and a warning says so."""

SECONDS = 5.0
"""How long one call of git may take; a slower repository is left out."""

# No setting of the user's may change a byte of a patch: neither its prefixes nor its context, colours or programs.
_DIFF = (
    *("diff", "--binary", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative"),
    *("--unified=3", "--inter-hunk-context=0", "--ignore-submodules=all"),
)
_OVERRIDING = frozenset(["GIT_DIFF_OPTS", "GIT_EXTERNAL_DIFF"])
# Of another repository than the one that a submodule is.
_OF_REPOSITORY = frozenset(["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"])


class GitError(Exception):
    """Git is there, and so is a repository, but git refuses to read it."""


def state(folder: str) -> dict[str, Any]:
    """Commit, branch, dirty flag and remote of the repository that holds a folder; empty without one or without git.

    A detached head has no branch. Names and passwords are taken out of the remote's address. Where git refuses, as it
    does for the folder of another user, ``error`` says why.
    """
    try:
        # One call gives the commit, the branch and whether anything differs.
        answer = _git(folder, "status", "--porcelain=v2", "--branch", "--untracked-files=no")
    except GitError as error:
        return {"error": str(error), **_commit(folder)}
    if answer is None:
        return {}
    lines = answer.decode("utf-8", "replace").splitlines()
    head = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch.") and " " in line[2:])
    found: dict[str, Any] = {"dirty": any(not line.startswith("#") for line in lines)}
    if head.get("branch.oid", "(initial)") != "(initial)":
        found["commit"] = head["branch.oid"]
    if head.get("branch.head", "(detached)") != "(detached)":
        found["branch"] = head["branch.head"]
    remote = _remote(folder)
    return {**found, "remote": remote} if remote else found


def patch(folder: str) -> bytes:
    """What differs from the last commit in the repository that holds a folder, its submodules included.

    ``git apply`` of it to a clean checkout, in its top folder, gives the tracked files back, byte for byte. Files whose
    names say that they hold secrets are left out. Empty where nothing differs or without git, and, with a warning,
    where git refuses or the patch is larger than a megabyte.
    """
    try:
        top = _git(folder, "rev-parse", "--show-toplevel")
        if top is None:
            return b""
        top_folder = os.fsdecode(top.removesuffix(b"\n"))
        head = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
        data = b"".join(_patches(top_folder, "HEAD" if head else _empty_tree(top_folder), ""))
    except GitError as error:
        warn(f"uncommitted changes were not stored: {error}")
        return b""
    if len(data) > PATCH_BYTES:
        warn(f"uncommitted changes of {len(data)} bytes were not stored")
        return b""
    return data


def without_credentials(address: str) -> str:
    """Take the name, password or token out of an address with ``://``; ``git@host:path`` names nobody and stays."""
    if "://" not in address:
        return address
    import re

    return re.sub(r"(?<=://)[^/]*@", "", address).partition("?")[0]


def _commit(folder: str) -> dict[str, str]:
    """The commit alone, which git may give where it cannot compare the files with it."""
    try:
        commit = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    except GitError:
        return {}
    return {"commit": commit.decode().strip()} if commit else {}


def _remote(folder: str) -> str:
    """The address of the remote; empty where there is none, which some versions of git call fatal."""
    try:
        address = _git(folder, "remote", "get-url", "origin") or b""
    except GitError:
        return ""
    return without_credentials(address.decode("utf-8", "replace").strip())


def _patches(folder: str, base: str, below: str) -> Iterator[bytes]:
    """The patch of a repository against a commit, and those of its submodules, which lie ``below`` the top folder."""
    changed = _names(_git(folder, *_DIFF, "--no-renames", "--name-only", "-z", base, inner=below))
    secrets = [f":(top,exclude,literal){name}" for name in changed if is_secret(name)]
    prefixes = f"--src-prefix=a/{below}", f"--dst-prefix=b/{below}"
    # Git writes the two names of a rename without the prefixes.
    renames = "--no-renames" if below else "--find-renames"
    yield _git(folder, *_DIFF, renames, *prefixes, base, "--", ":(top)", *secrets, inner=below) or b""
    for path, commit in _submodules(folder, base, below):
        inner = os.path.join(folder, path)
        if not os.path.lexists(os.path.join(inner, ".git")):
            continue  # It was not checked out.
        try:
            yield from _patches(inner, commit or _empty_tree(inner), f"{below}{path}/")
        except GitError as error:
            warn(f"uncommitted changes in the submodule {below}{path} were not stored: {error}")


def _submodules(folder: str, base: str, below: str) -> list[tuple[str, str]]:
    """Path and commit of each submodule as the base has it; the commit is empty for one that was added since."""
    staged = _names(_git(folder, "ls-files", "--stage", "-z", inner=below))
    paths = [entry.partition("\t")[2] for entry in staged if entry.startswith("160000 ")]
    if not paths:
        return []
    listed = _names(_git(folder, "ls-tree", "-z", "--full-tree", base, "--", *paths, inner=below))
    known = {path: kind.split(" ")[2] for kind, _, path in (entry.partition("\t") for entry in listed)}
    return [(path, known.get(path, "")) for path in paths]


def _empty_tree(folder: str) -> str:
    return (_git(folder, "hash-object", "-t", "tree", os.devnull, inner="x") or b"").decode().strip()


def _names(listed: bytes | None) -> list[str]:
    return [os.fsdecode(name) for name in (listed or b"").split(b"\0") if name]


def _git(folder: str, *arguments: str, inner: str = "") -> bytes | None:
    """What git prints; None without git, without a repository and where there is no such thing.

    ``inner`` says that the folder is a submodule's. Raises GitError where git refuses.
    """
    import subprocess

    dropped = _OVERRIDING | _OF_REPOSITORY if inner else _OVERRIDING
    environment = {name: text for name, text in os.environ.items() if name not in dropped}
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments, no shell
            ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", folder, *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
            env={**environment, "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired:
        raise GitError(f"git took longer than {SECONDS:g} seconds") from None
    except (OSError, subprocess.SubprocessError):
        return None
    if done.returncode == 0:
        return done.stdout
    refusal = _refusal(done.stderr.decode("utf-8", "replace"))
    if refusal:
        raise GitError(refusal)
    return None


def _refusal(stderr: str) -> str:
    """The reason in what git prints on its error stream, on one line; empty where there is no repository."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    fatal = next((at for at, line in enumerate(lines) if line.startswith("fatal: ")), None)
    if fatal is None or lines[fatal].startswith("fatal: not a git repository"):
        return ""
    reason = lines[fatal].removeprefix("fatal: ")
    mend = next((line for line in lines if line.startswith("git config ")), None)
    return f"{reason}; allow it with: {mend}" if mend else reason
