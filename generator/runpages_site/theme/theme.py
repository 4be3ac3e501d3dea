"""Loads themes: finds templates, styles and scripts, and renders templates.

Files of the project override the selected theme, which overrides the built-in one, file by file.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from runpages.format.files import read_file

from ..errors import ThemeError
from . import asset

if TYPE_CHECKING:
    from jinja2 import Environment, FileSystemBytecodeCache

BUILT_IN = "default"
PROJECT = "theme"
GROUP = "runpages.themes"
VENDORED = {
    "plotly-basic.min.js": "plotly-basic/plotly-basic.min.js",
    "plotly-cartesian.min.js": "plotly-cartesian/plotly-cartesian.min.js",
    "plotly-license.txt": "plotly-basic/LICENSE",
    "plotly.css": "plotly.css",
}
"""Vendored files by published name, with their paths in the folder ``vendor``."""

_ASSETS = {"css": ".css", "js": ".js", "later": "", "sections": ".css", "small": "", "files": ""}


class Theme:
    """The templates and assets of a site, read once. ``render`` is what the page functions take."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """``folders`` are searched in order; each may hold ``templates/``, ``css/``, ``js/`` and ``files/``."""
        self.folders = tuple(folders)
        self._environment: Environment | None = None

    def render(self, template: str, context: object) -> str:
        """The text of ``template``, which sees ``context`` as ``page``."""
        if self._environment is None:
            self._environment = _environment(self.folders)
        from jinja2 import TemplateError

        try:
            return self._environment.get_template(template).render(page=context)
        except TemplateError as error:
            file, line = _where(error, template)
            if Path(file).is_relative_to(self.folders[-1]):
                raise  # An error in the built-in theme is not the user's: the context is wrong.
            raise ThemeError(f"{file}{line}: {error}. Fix the template; the site was not changed.") from error

    def sources(self) -> dict[str, bytes]:
        """The styles, scripts and other files of the theme by plain name, for ``asset.bundle``."""
        found: dict[str, bytes] = {}
        for folder in reversed(self.folders):
            for part, suffix in _ASSETS.items():
                before = f"{part}/" if part in asset.APART else ""
                files = {path.name: read_file(path) for path in _files(folder / part, suffix)}
                found |= {before + name: data for name, data in files.items()}
        return dict(sorted(found.items()))

    def vendored(self) -> dict[str, bytes]:
        """The vendored files by published name."""
        found: dict[str, bytes] = {}
        for folder in reversed(self.folders):
            for name, place in VENDORED.items():
                if (folder / "vendor" / place).is_file():
                    found[name] = read_file(folder / "vendor" / place)
        return found

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all files of the theme; pages are stale if it changes."""
        digest = sha256()
        for folder in self.folders:
            for part in ("templates", "vendor", *_ASSETS):
                for path in _files(folder / part, ""):
                    digest.update(f"{path.relative_to(folder).as_posix()}\0".encode("utf-8", "surrogateescape"))
                    digest.update(sha256(read_file(path)).digest())
        return digest.hexdigest()


def load(name: str = BUILT_IN, project: Path | None = None) -> Theme:
    """The theme ``name``, overridden by the project's folder if given.

    Raises LookupError, with the installed names, for an unknown name.
    """
    names = dict.fromkeys((name, BUILT_IN))
    return Theme([*([project] if project else []), *map(_folder, names)])


def _where(error: BaseException, template: str) -> tuple[str, str]:
    """File and line of a template error, from the traceback."""
    known = getattr(error, "filename", None), getattr(error, "lineno", None)
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    found = [known] if all(known) else [frame for frame in frames if frame[0].endswith(".jinja")]
    return (str(found[-1][0]), f", line {found[-1][1]}") if found else (f"the template {template}", "")


def of_project(workspace: Path) -> Path | None:
    """The folder ``theme`` of a workspace, if it holds any part of a theme."""
    folder = workspace / PROJECT
    return folder if any((folder / part).is_dir() for part in ("templates", *_ASSETS)) else None


def _environment(folders: Sequence[Path]) -> Environment:
    # Loaded late: a build without changes renders nothing.
    from jinja2 import FileSystemLoader, StrictUndefined

    from .templates import Templates, printable

    return Templates(
        bytecode_cache=_compiled(),
        loader=FileSystemLoader([folder / "templates" for folder in folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=printable,
    )


def _compiled() -> FileSystemBytecodeCache | None:
    """A cache of compiled templates, in a folder that only this user can write.

    Compiling takes as long as rendering fifty runs, in every process.
    """
    from jinja2 import FileSystemBytecodeCache

    from .templates import COMPILED

    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "runpages" / "templates"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = folder.stat()
        if facts.st_uid != os.getuid() or facts.st_mode & 0o022:
            return None
    except (OSError, AttributeError, RuntimeError):  # No home, none that can be written, or no such rights to look at.
        return None
    return FileSystemBytecodeCache(str(folder), COMPILED)


def _folder(name: str) -> Path:
    if name == BUILT_IN:  # Registered like any other; searching the installed packages takes longer than a build.
        from runpages_themes import default

        return Path(str(default.__file__)).parent
    from importlib.metadata import entry_points

    known = {point.name: point for point in entry_points(group=GROUP)}
    if name not in known:
        raise LookupError(f"no theme {name!r}; installed: {', '.join(sorted(known)) or 'none'}")
    module = import_module(known[name].value)
    return Path(str(module.__file__)).parent


def _files(folder: Path, suffix: str) -> list[Path]:
    """The files below a folder with a suffix, sorted; iterative, since folders may exceed the recursion limit."""
    found, below = [], [folder]
    while below:
        try:
            entries = list(below.pop().iterdir())
        except OSError:  # There is no such folder, or it is nested too deeply to have a path.
            continue
        below += [path for path in entries if os.path.isdir(path) and not os.path.islink(path)]
        found += [path for path in entries if path.name.endswith(suffix) and os.path.isfile(path)]
    return sorted(path for path in found if not path.name.startswith("."))
