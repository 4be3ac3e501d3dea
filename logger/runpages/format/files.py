"""The files of one run folder: which there are, and which a reader must not touch."""

from __future__ import annotations

import os
from collections.abc import Iterator

from . import layout
from .records import Problem


class RunFiles:
    """The regular files of a run folder; links that leave it and things that are no files are told."""

    def __init__(self, folder: str, problems: list[Problem]) -> None:
        self.folder = folder
        self._real = os.path.realpath(folder)
        self._problems = problems
        self._newest: float | None = None
        self._below: dict[str, list[tuple[str, int]]] = {}
        self.top = list(self._walk("", deep=False))
        for name in ("tables", "charts", "images", "media", layout.ARTIFACTS, layout.LOGS):
            self._below[name] = list(self._walk(name + "/", deep=True))

    def below(self, name: str) -> list[tuple[str, int]]:
        """Path and size of each file below a folder of the run, sorted."""
        return self._below[name]

    def last_write(self) -> float | None:
        """When the newest file was written, in seconds since the epoch."""
        return self._newest

    def data(self, path: str) -> bytes:
        """The content of a file; nothing, and a problem, where it cannot be read."""
        try:
            with open(os.path.join(self.folder, path), "rb") as file:
                return file.read()
        except OSError as error:
            self._problems.append(unreadable(path, error))
            return b""

    def written_by(self, stem: str, extension: str) -> Iterator[tuple[str, str]]:
        """Writer and path of ``<stem>.<extension>`` and each ``<stem>.<writer>.<extension>``; the owner first."""
        for path, _ in self.top:
            head, _, rest = path.partition(".")
            if head == stem and (rest == extension or rest.endswith("." + extension)):
                yield rest.removesuffix(extension).rstrip("."), path

    def _walk(self, prefix: str, *, deep: bool) -> Iterator[tuple[str, int]]:
        try:
            with os.scandir(os.path.join(self.folder, prefix)) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            return
        if prefix and not self._inside(os.path.join(self.folder, prefix)):
            self._problems.append(Problem(prefix.rstrip("/"), None, "The link leaves the run", "Not followed", False))
            return
        for entry in found:
            path = prefix + entry.name
            # What a killed writer left behind: it never got its name.
            if entry.name.startswith(".") and entry.name.endswith(".tmp"):
                continue
            if entry.is_dir(follow_symlinks=False):
                if deep:
                    yield from self._walk(path + "/", deep=True)
            elif self._is_ours(entry, path):
                facts = entry.stat()
                self._newest = max(self._newest or 0.0, facts.st_mtime)
                yield path, facts.st_size

    def _is_ours(self, entry: os.DirEntry[str], path: str) -> bool:
        why = None
        if entry.is_symlink():
            if not self._inside(entry.path):
                why = "The link leaves the run"
            elif not entry.is_file():
                why = "The link leads to no file"
        elif not entry.is_file():
            why = "It is no regular file"
        if why:
            self._problems.append(Problem(path, None, why, "Not followed", False))
        return why is None

    def _inside(self, path: str) -> bool:
        real = os.path.realpath(path)
        return real == self._real or real.startswith(self._real + os.sep)


def unreadable(path: str, error: OSError | ValueError) -> Problem:
    """What to tell of a file that could not be read."""
    if isinstance(error, OSError):
        return Problem(path, None, f"It cannot be read: {error.strerror or error}", "File left out")
    line = getattr(error, "lineno", None)
    reason = getattr(error, "msg", None) or "it is not UTF-8" if isinstance(error, UnicodeError) else error
    return Problem(path, line, f"It is no valid JSON: {reason}", "File left out")
