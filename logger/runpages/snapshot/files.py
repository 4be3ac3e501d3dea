"""Chooses the files of a folder that a snapshot takes, and checks the limits before anything is written."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

from .. import coerce
from ..format import layout
from ..format.discovery import is_run
from ..format.errors import SnapshotError
from ..format.files import is_inside
from ..format.secret import FOLDERS as SECRET_FOLDERS
from ..format.secret import is_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any


FIRST, SECOND = ".amlignore", ".gitignore"

FOLDERS = frozenset(
    [
        *(".git", ".hg", ".svn", ".bzr", ".jj", "CVS", "_darcs"),
        *("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".cache", ".tox", ".nox"),
        *("node_modules", ".ipynb_checkpoints", ".eggs", ".runpages"),
    ]
)
"""Names that are never part of a snapshot: version control, caches, what others installed, our own notes."""

MARKS = frozenset(["pyvenv.cfg", "conda-meta", ".runpages-site.json"])
"""Files that mark a virtual environment, one of conda, and a built site: the whole folder is left out."""


class Pattern(NamedTuple):
    """One line of an ignore file: a pattern of pathspec, and whether it is one of folders only."""

    line: Any
    of_folders: bool

    @property
    def leaves_out(self) -> bool:
        """Whether it leaves out what it matches; otherwise it takes that in again."""
        return bool(self.line.include)

    def matches(self, path: str) -> bool:
        """Whether it is the path itself that matches. Pathspec finds, and marks, what lies below a match as well."""
        found = self.line.match_file(path)
        if found is None:
            return False
        mark = found.match.groupdict().get("ps_d")
        return mark is None


Rules = tuple[tuple[str, list[Pattern]], ...]
"""The patterns of the ignore files on the way to a folder, each with the path that they are relative to."""


class Ignore:
    """The ignore files of one folder, read as git reads them.

    ``.amlignore`` in the folder, else ``.gitignore``; the two are never merged. Files of the same name further down
    add to it for what lies below them: the last pattern of the nearest file that says anything decides. Raises
    SnapshotError for one that cannot be read, or where pathspec is not installed.
    """

    def __init__(self, root: str) -> None:
        self.name = FIRST if os.path.isfile(os.path.join(root, FIRST)) else SECOND

    def below(self, rules: Rules, folder: str, prefix: str, names: Collection[str]) -> Rules:
        """The rules for a folder with these names in it; ``prefix`` is its path in the snapshot, with a slash."""
        path = os.path.join(folder, self.name)
        if self.name not in names or not os.path.isfile(path):
            return rules
        return (*rules, (prefix, _read(path)))


def is_ignored(rules: Rules, path: str, *, is_folder: bool) -> bool:
    """Whether the rules leave out a path of the snapshot, whose folders they do not."""
    for prefix, patterns in rules[::-1]:
        below = path[len(prefix) :]
        for pattern in patterns:
            if (is_folder or not pattern.of_folders) and pattern.matches(below):
                return pattern.leaves_out
    return False


def _read(path: str) -> list[Pattern]:
    """The patterns of a file, the last one first."""
    try:
        with open(path, "rb") as file:
            text = file.read().removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    except OSError as error:
        raise SnapshotError(f"{path} lists what to leave out, but cannot be read: {error.strerror}") from error
    try:
        from pathspec import GitIgnoreSpec
    except ModuleNotFoundError:
        raise SnapshotError(f"{path} lists what to leave out; to read it: pip install pathspec") from None
    found = []
    for line in text.split("\n"):
        bare = _bare(line.removesuffix("\r"))
        pattern = bare.removesuffix("/")
        try:
            # Inside a folder "**" is anything at any depth. By itself, pathspec takes it for the folder, too.
            lines = GitIgnoreSpec.from_lines([f"{pattern}/*" if pattern.endswith("/**") else pattern]).patterns
        except ValueError:
            continue  # Git passes over what is no pattern, too.
        found += [Pattern(one, of_folders=bare != pattern) for one in lines if one.include is not None]
    return found[::-1]


def _bare(line: str) -> str:
    """A line without the blanks at its end, but for one after a backslash."""
    bare = line.rstrip(" ")
    return f"{bare} " if bare != line and bare.endswith("\\") else bare


LIMITS = {"RUNPAGES_SNAPSHOT_FILES": 2000, "RUNPAGES_SNAPSHOT_MB": 300}
"""The environment variables that set the limits, and what holds without them; 0 lifts a limit."""

MB = 1 << 20
_FIRST = 5
_FAR = 10


class Source(NamedTuple):
    """One file: its name in the snapshot, with ``/``, where it lies, and its size in bytes when it was looked at."""

    name: str
    path: str
    size: int


class Sources(NamedTuple):
    """What a snapshot takes of ``root``, sorted by name, and what it leaves out and has to tell.

    ``secrets`` are paths whose names say that they hold secrets, ``strays`` path and reason of what is no plain file
    of the folder.
    """

    root: str
    files: list[Source]
    secrets: list[str]
    strays: list[str]


def sources(given: str | os.PathLike[str], *, workspace: str) -> Sources:
    """The files of a folder, or the one file, without what is ignored and without the runs of the workspace.

    Raises SnapshotError for a path that is not there, and for more or larger files than the limits allow.
    """
    path = os.path.abspath(coerce.path(given, "the folder or file of a snapshot"))
    limits = [_limit(variable) for variable in LIMITS]
    if os.path.isfile(path):
        found = _single(path)
    elif os.path.isdir(path):
        found = _Walk(os.path.realpath(path), os.path.realpath(workspace), most=limits[0]).sources()
    else:
        raise SnapshotError(f"{path} is neither a folder nor a file, so no snapshot can be taken")
    _check(found, *limits)
    return found


def _single(path: str) -> Sources:
    name = os.path.basename(path)
    real = os.path.realpath(path)
    if is_secret(name) or is_secret(os.path.basename(real)):
        raise SnapshotError(f"{path} has a name that suggests a secret; no snapshot is taken")
    why = unfit(name)
    if why:
        raise SnapshotError(f"cannot take a snapshot of {path!r}: {why}")
    return Sources(os.path.dirname(path), [Source(name, real, os.stat(real).st_size)], [], [])


def unfit(name: str) -> str | None:
    """Why a name cannot stand in a zip that opens everywhere; None for one that can."""
    if "\\" in name or any(char < " " or char == "\x7f" for char in name):
        return "its name contains a backslash or a control character"
    if any("\ud800" <= char <= "\udfff" for char in name):
        return "its name is not UTF-8"
    return None


class _Walk:
    """One walk over a folder, given without links, as is the workspace."""

    def __init__(self, root: str, workspace: str, *, most: int) -> None:
        self._root = root
        self._is_ours = _ours(workspace, root)
        self._ignore = Ignore(root)
        self._most = most * _FAR
        self._found = Sources(root, [], [], [])
        self._links: list[tuple[str, str]] = []
        self._waiting: list[tuple[str, str, Rules]] = [(root, "", ())]

    def sources(self) -> Sources:
        """Walk, and sort what was found."""
        while self._waiting and not 0 < self._most < len(self._found.files):
            self._enter(*self._waiting.pop())
        taken = {source.path for source in self._found.files}
        for path, name in self._links:
            self._follow(path, name, taken)
        self._found.files.sort(key=lambda source: source.name.encode())
        for names in (self._found.secrets, self._found.strays):
            names.sort()
        return self._found

    def _enter(self, folder: str, prefix: str, rules: Rules) -> None:
        try:
            with os.scandir(folder) as entries:
                found = {entry.name: entry for entry in entries}
        except OSError as error:
            if not prefix:
                raise SnapshotError(f"{folder} cannot be read: {error.strerror}") from error
            self._stray(prefix, f"it cannot be read: {error.strerror}")
            return
        if prefix and not MARKS.isdisjoint(found):
            return
        rules = self._ignore.below(rules, folder, prefix, found)
        for name in sorted(found.keys() - FOLDERS):
            self._take(found[name], prefix + name, rules)

    def _take(self, entry: os.DirEntry[str], name: str, rules: Rules) -> None:
        is_folder = entry.is_dir(follow_symlinks=False)
        if is_ignored(rules, name, is_folder=is_folder) or self._is_ours(entry.path):
            return
        if is_folder:
            self._take_folder(entry, name, rules)
        elif is_secret(name):
            self._found.secrets.append(_visible(name))
        elif (why := unfit(entry.name)) is not None:
            self._stray(name, why)
        elif entry.is_symlink():
            self._links.append((entry.path, name))
        else:
            self._take_file(entry, name)

    def _take_folder(self, entry: os.DirEntry[str], name: str, rules: Rules) -> None:
        if entry.name.lower() in SECRET_FOLDERS:
            self._found.secrets.append(_visible(f"{name}/"))
        elif (why := unfit(entry.name)) is not None:
            self._stray(f"{name}/", why)
        else:
            self._waiting.append((entry.path, f"{name}/", rules))

    def _take_file(self, entry: os.DirEntry[str], name: str) -> None:
        try:
            facts = entry.stat(follow_symlinks=False)
        except OSError as error:
            self._stray(name, f"it cannot be read: {error.strerror}")
            return
        if stat.S_ISREG(facts.st_mode):
            self._found.files.append(Source(name, entry.path, facts.st_size))
        else:
            self._stray(name, "it is not a regular file")

    def _follow(self, path: str, name: str, taken: set[str]) -> None:
        """Take the file that a link leads to, if the snapshot holds it anyway."""
        real = os.path.realpath(path)
        if not is_inside(real, self._root):
            self._stray(name, "the link points outside the folder")
        elif real in taken:
            self._found.files.append(Source(name, real, os.stat(real).st_size))
        else:
            self._stray(name, "the link points to no file of the snapshot")

    def _stray(self, name: str, why: str) -> None:
        self._found.strays.append(f"{_visible(name)} ({why})")


def _visible(name: str) -> str:
    """A name from the disk, so that it can neither end the line nor steer a terminal."""
    return name if unfit(name) is None else ascii(name)


def _ours(workspace: str, root: str) -> Callable[[str], bool]:
    """Tells what is of the workspace: itself, or where it is not below the root, runs and documents of experiments."""
    if workspace != root and is_inside(workspace, root):
        return lambda path: path == workspace

    def ours(path: str) -> bool:
        experiment, name = os.path.split(path)
        return os.path.dirname(experiment) == workspace and (name == layout.EXPERIMENT or is_run(path))

    return ours


# --- limits ------------------------------------------------------------------------------------------------


def _limit(variable: str) -> int:
    text = os.environ.get(variable) or str(LIMITS[variable])
    if not (text.isascii() and text.isdigit()):
        raise SnapshotError(f"{variable} is {text!r}; give a whole number, or 0 for no limit")
    return int(text)


def _check(sources: Sources, most_files: int, most_mb: int) -> None:
    count, size = len(sources.files), sum(source.size for source in sources.files)
    too_many, too_large = 0 < most_files < count, 0 < most_mb * MB < size
    if not (too_many or too_large):
        return
    files = f"{most_files:,}" if most_files else "any number of"
    limits = f"{files} files and {f'{most_mb} MB' if most_mb else 'any size'}"
    cut = "more than " if 0 < most_files * _FAR < count else ""
    parts = [
        f"the snapshot of {sources.root} would have {cut}{count:,} files and {_mb(size)}; "
        f"the limits are {limits}, "
        "so nothing was written.",
        f"The largest files: {_largest(sources)}.",
    ]
    if too_many:
        parts.append(f"The folders with the most files: {_fullest(sources)}.")
    parts.append(_advice(sources))
    raise SnapshotError(" ".join(parts))


def _largest(sources: Sources) -> str:
    largest = sorted(sources.files, key=lambda source: (-source.size, source.name))[:_FIRST]
    return ", ".join(f"{source.name} ({_mb(source.size)})" for source in largest)


def _fullest(sources: Sources) -> str:
    counts: dict[str, int] = {}
    for source in sources.files:
        folder = source.name.rpartition("/")[0]
        counts[folder] = counts.get(folder, 0) + 1
    fullest = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_FIRST]
    return ", ".join(f"{folder or '.'}/ ({count:,})" for folder, count in fullest)


def _advice(sources: Sources) -> str:
    # A new .amlignore would take the place of a .gitignore that is there.
    names = [name for name in (FIRST, SECOND) if os.path.isfile(os.path.join(sources.root, name))]
    largest = max(sources.files, key=lambda source: source.size).name
    pattern = "/" + (largest.partition("/")[0] + "/" if "/" in largest else largest)
    file = os.path.join(sources.root, (names or [FIRST])[0])
    files, mb = LIMITS
    return (
        f"Exclude files that are not source code, with a line such as {pattern} in {file}, "
        f"or raise the limit {files} or {mb} (0: no limit)"
    )


def _mb(size: int) -> str:
    return f"{size / MB:,.1f} MB"
