"""Loads themes: finds templates, styles and scripts, and renders templates.

Files of the project override the selected theme, which overrides the built-in one, file by file.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from runpages.format.files import read_file

from ..errors import ThemeError
from ..stamp import Stamp
from . import asset

if TYPE_CHECKING:
    from jinja2 import Environment

BUILT_IN = "default"
PROJECT = "theme"
GROUP = "runpages.themes"
MANIFEST = "theme.toml"
ASSETS = ("scripts", "styles", "files", "vendor")
"""The folders of a theme beside ``templates``; what lies in ``files`` is published as it is."""


class Theme:
    """The templates and assets of a site, read once. ``render`` is what the page functions take."""

    def __init__(self, folders: Sequence[Path], known: Mapping[str, str] = {}) -> None:
        """``folders`` are searched in order; each may hold ``theme.toml``, ``templates`` and any of ``ASSETS``.

        ``known`` has fingerprints by the keys of the stamps that the files had.
        """
        self.folders = tuple(folders)
        self._known = known
        self._environment: Environment | None = None

    def render(self, template: str, context: object) -> str:
        """The text of ``template``, which sees ``context`` as ``page``."""
        # Loaded late: a build without changes renders nothing.
        from .templates import TemplateError, environment

        if self._environment is None:
            self._environment = environment(self.folders)

        try:
            return self._environment.get_template(template).render(page=context)
        except TemplateError as error:
            file, line = _where(error, template)
            if Path(file).is_relative_to(self.folders[-1]):
                raise  # An error in the built-in theme is not the user's: the context is wrong.
            raise ThemeError(f"{file}{line}: {error}. Fix the template; the site was not changed.") from error

    @cached_property
    def bundle(self) -> asset.Bundle:
        """The assets of the theme. Raises ThemeError for a ``theme.toml`` that lists what is not there."""
        return asset.bundle(self.sources(), self.layout)

    def sources(self) -> dict[str, bytes]:
        """The styles, scripts and published files of the theme, by their paths below its folder."""
        wanted = set(self.layout.files.values())
        paths: dict[str, Path] = {}
        for folder in reversed(self.folders):
            paths |= {name: folder / name for name in _files(folder, *ASSETS)}
        chosen = {name: path for name, path in paths.items() if not name.startswith("vendor/") or name in wanted}
        return {name: read_file(path) for name, path in sorted(chosen.items())}

    @cached_property
    def layout(self) -> asset.Layout:
        """What the folders' ``theme.toml`` list and their ``files/`` hold, an earlier folder before a later one."""
        return asset.merged(part for folder in reversed(self.folders) for part in _layouts(folder))

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all files of the theme; pages are stale if it changes."""
        if self.seen.key in self._known:
            return self._known[self.seen.key]
        digest = sha256()
        for folder, name in self._all:
            digest.update(f"{name}\0".encode("utf-8", "surrogateescape"))
            digest.update(sha256(read_file(folder / name)).digest())
        return digest.hexdigest()

    @cached_property
    def seen(self) -> Stamp:
        """The stamp of all files of the theme: to hash them takes much longer than to look at them."""
        facts, newest = [], 0.0
        for folder, name in self._all:
            there = os.stat(f"{folder}/{name}")
            facts.append(f"{folder}/{name}\0{there.st_size}\0{there.st_mtime_ns}")
            newest = max(newest, there.st_mtime)
        return Stamp.of("\n".join(facts), newest)

    @cached_property
    def _all(self) -> list[tuple[Path, str]]:
        return [(folder, name) for folder in self.folders for name in _files(folder, "templates", *ASSETS, MANIFEST)]


def load(name: str = BUILT_IN, project: Path | None = None, known: Mapping[str, str] = {}) -> Theme:
    """The theme ``name``, overridden by the project's folder if given; ``known`` has fingerprints by stamps.

    Raises LookupError, with the installed names, for an unknown name.
    """
    names = dict.fromkeys((name, BUILT_IN))
    return Theme([*([project] if project else []), *map(_folder, names)], known)


def _where(error: BaseException, template: str) -> tuple[str, str]:
    """File and line of a template error, from the traceback."""
    known = getattr(error, "filename", None), getattr(error, "lineno", None)
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    found = [known] if all(known) else [frame for frame in frames if frame[0].endswith(".jinja")]
    return (str(found[-1][0]), f", line {found[-1][1]}") if found else (f"the template {template}", "")


def of_project(workspace: Path) -> Path | None:
    """The folder ``theme`` of a workspace, if it holds any part of a theme."""
    folder = workspace / PROJECT
    return folder if any((folder / part).exists() for part in (MANIFEST, "templates", *ASSETS)) else None


def _folder(name: str) -> Path:
    if name == BUILT_IN:  # Registered like any other; searching the installed packages takes longer than a build.
        from runpages_themes import default

        return Path(str(default.__file__)).parent
    from importlib.metadata import entry_points

    known = {point.name: point for point in entry_points(group=GROUP)}
    if name not in known:
        raise LookupError(f"no theme {name!r}; installed: {', '.join(sorted(known)) or 'none'}")
    module = import_module(known[name].value)
    folder = Path(str(module.__file__)).parent
    if not (folder / MANIFEST).is_file():
        raise LookupError(f"{name!r} is not a theme: {folder} has no {MANIFEST}")
    return folder


def _layouts(folder: Path) -> Iterator[asset.Layout]:
    """What a folder of a theme publishes: the files in ``files/``, and what its ``theme.toml`` lists."""
    yield asset.Layout(files={name.rpartition("/")[2]: name for name in _files(folder, "files")})
    for file in (folder / name for name in _files(folder, MANIFEST)):
        try:
            yield asset.parse(read_file(file).decode("utf-8-sig"), str(file))
        except UnicodeDecodeError:
            raise ThemeError(f"{file} is not UTF-8; save it as UTF-8") from None


def _files(folder: Path, *parts: str) -> list[str]:
    """The paths of the files that parts of a folder are or hold, sorted.

    Folders may be nested deeper than Python calls itself.
    """
    found, below = [], [*parts]
    for path in below:  # It grows meanwhile.
        try:
            with os.scandir(f"{folder}/{path}") as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        below.append(f"{path}/{entry.name}")
                    elif entry.is_file() and not entry.name.startswith("."):
                        found.append(f"{path}/{entry.name}")
        except OSError:  # A file, or missing, or nested too deeply.
            found += [path] if os.path.isfile(f"{folder}/{path}") else []
    return sorted(found)
