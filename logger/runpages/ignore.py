"""What a snapshot leaves out: what ignore files name, and what is never the source of anything."""

from __future__ import annotations

import os
from typing import NamedTuple

from .format.errors import SnapshotError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
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
"""What tells a virtual environment, one of conda, and a built site: the whole folder is left out."""


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
        raise SnapshotError(f"{path} cannot be read, and it says what to leave out: {error.strerror}") from error
    try:
        from pathspec import GitIgnoreSpec
    except ModuleNotFoundError:
        raise SnapshotError(
            f"{path} says what to leave out, and pathspec, which reads it, is not installed: pip install pathspec"
        ) from None
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
