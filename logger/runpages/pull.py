"""Gives the workspace of a built site back: every published file in the folder format, checked by its SHA-256.

A run appears in the workspace whole: its files are loaded into a folder aside, which gets the run's name at the end.
What a killed pull has loaded there is not loaded again. Nothing that is in the workspace is changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from shutil import disk_usage, rmtree
from threading import Lock
from typing import Any, NamedTuple

from .format import layout, published
from .format.document import decode, encode, mapping
from .format.errors import FormatError, UserError
from .format.files import entries_below, open_file, read_file
from .format.published import Copy, Published
from .format.read import read_head
from .format.registered import MODELS, model_of, path_of
from .format.write import create, replace, temporary_name
from .site_files import AT_ONCE, Changed, Site

ASIDE = f"{layout.STATE}/pull"
"""The folder in a workspace in which runs lie that are not whole yet."""

_BLOCK = 1 << 20

Progress = Callable[[int, int], None]
"""Called with how many bytes are there, and how many there are to be."""


@dataclass(slots=True)
class Pulled:
    """What a pull did. Of ``different`` things the workspace has others of the same name, ``refused`` could not be
    taken; each is a sentence."""

    folder: str
    runs: int = 0
    """Runs that are new."""
    same: int = 0
    """Runs that were there."""
    files: int = 0
    """Files that are new, and their ``bytes``."""
    bytes: int = 0
    different: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """READMEs and settings that the workspace has of its own."""


class _Run(NamedTuple):
    """A run of the site: its folder there and in the workspace, its document, and its files."""

    place: str
    path: str
    document: Mapping[str, Any]
    known: Published

    @property
    def bytes(self) -> int:
        return len(self.known.content) + sum(one.size for one in self.known.copies)


def pull(site: Site, folder: str, *, portable: bool = True, progress: Progress = lambda done, total: None) -> Pulled:
    """Write what a ``site`` has of its workspace to a ``folder``, which may have a part of it.

    With ``portable``, names are refused that Windows does not take. Raises UserError where a file of the site cannot
    be read or there is no room for all, and OSError where the folder cannot be written; what is there by then stays.
    """
    return _Pull(site, os.path.abspath(folder), portable=portable, progress=progress).all()


class _Pull:
    def __init__(self, site: Site, folder: str, *, portable: bool, progress: Progress) -> None:
        self._site, self._folder, self._portable, self._progress = site, folder, portable, progress
        self._done = Pulled(folder)
        self._there = self._total = 0
        self._lock = Lock()

    def all(self) -> Pulled:
        os.makedirs(self._folder, exist_ok=True)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                runs = [run for run in pool.map(self._listed, self._site.folders(layout.RUN, 3)) if run is not None]
                self._make_room(runs)
                for _ in pool.map(self._run, runs):
                    pass
            except BaseException:  # A server that is gone is not asked for the rest.
                pool.shutdown(cancel_futures=True)
                raise
        for folder in self._site.folders(layout.EXPERIMENT, 2):
            name = self._site.name_of(os.path.basename(folder))
            self._load_beside(f"{folder}/{layout.EXPERIMENT}", name, (layout.README,))
        if self._site.has(published.WORKSPACE):
            self._load_beside(published.WORKSPACE, "", (layout.README, layout.SETTINGS, layout.CITATION))
        if os.path.isdir(aside := os.path.join(self._folder, ASIDE)) and all(
            is_folder for _, is_folder in entries_below(aside)
        ):
            rmtree(aside, ignore_errors=True)
        self._done.different.sort()
        self._done.refused.sort()
        return self._done

    # --- runs ---

    def _listed(self, folder: str) -> _Run | None:
        """A run of the site; None for one that is refused."""
        names = list(map(self._site.name_of, folder.split("/")[1:]))
        if why := self._unfit(names):
            self._done.refused.append(f"{self._site.locate(folder)}: {why}")
            return None
        try:
            document, known = self._site.document(f"{folder}/{layout.RUN}")
        except (Changed, FormatError) as error:
            self._done.refused.append(str(error))
            return None
        if why := self._unfit_files([layout.RUN, *(one.path for one in known.copies)]):
            self._done.refused.append(f"{self._site.locate(folder)}: {why}")
            return None
        return _Run(folder, "/".join(names), document, known)

    def _unfit(self, names: list[str]) -> str:
        """Why names are none of an experiment and a run here; empty for names that are."""
        if any("/" in name for name in names):
            return "its name leads out of its folder"
        if names[0].startswith(".") or names[0] == layout.REPORTS:
            return f"no experiment is called {names[0]!r}"
        path = "/".join(names)
        return published.unfit(path) or (published.unportable(path) if self._portable else "")

    def _unfit_files(self, paths: list[str]) -> str:
        """Why files cannot be those of one run; empty for files that can."""
        for path in paths if self._portable else ():
            if why := published.unportable(path):
                return f"the file {path!r}: {why}"
        names = [layout.folded(path) if self._portable else path for path in paths]
        above = {name[:at] for name in names for at, char in enumerate(name) if char == "/"}
        if len(set(names)) < len(names) or above & set(names):
            return "two of its files have one name, on disks that ignore case"
        return ""

    def _make_room(self, runs: list[_Run]) -> None:
        """Raise UserError if the runs do not fit on the disk."""
        missing = [run for run in runs if not os.path.lexists(os.path.join(self._folder, run.path))]
        self._total = sum(run.bytes for run in missing)
        free = disk_usage(self._folder).free
        if self._total > free:
            raise UserError(
                f"{self._site.root} has {self._total:,} bytes of runs that {self._folder} lacks, where {free:,} bytes "
                "are free. Nothing was written."
            )

    def _run(self, run: _Run) -> None:
        target = os.path.join(self._folder, run.path)
        if os.path.lexists(target):
            differs = next(self._differences(run, target), None)
            with self._lock:
                self._done.same += differs is None
                self._done.different += [] if differs is None else [f"{target} differs from the site: {differs}"]
        else:
            self._load(run, target)
        self._models(run)

    def _differences(self, run: _Run, target: str) -> Iterator[str]:
        """Which files of a run that is there are not those of the site.

        The document of the run that was published says more than its public copy, and its changes lie beside it.
        """
        if _content(os.path.join(target, layout.RUN)) != run.known.content:
            try:
                own = read_head(target, now=0.0).document
            except FormatError:
                own = {}
            said = decode(run.known.content)
            if not own or not _is_part({key: said[key] for key in said if key not in _ADDED}, own):
                yield layout.RUN
        for one in run.known.copies:
            if not _is(os.path.join(target, one.path), one):
                yield one.path

    def _load(self, run: _Run, target: str) -> None:
        """Load a run aside, then give it its name."""
        aside = os.path.join(self._folder, ASIDE, run.path)
        try:
            for one in run.known.copies:
                self._file(f"{run.place}/{one.place}", one, os.path.join(aside, one.path))
        except Changed as error:
            with self._lock:
                self._done.refused.append(str(error))
            return
        _put(os.path.join(aside, layout.RUN), run.known.content)
        _tidy(aside, {layout.RUN, *(one.path for one in run.known.copies)})
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.rename(aside, target)
        with self._lock:
            self._done.runs += 1
            self._count(len(run.known.content))

    def _count(self, size: int) -> None:
        self._done.files += 1
        self._done.bytes += size
        self._there += size

    def _file(self, path: str, copy: Copy, target: str) -> None:
        """Load a file of a run, unless it was loaded before."""
        if _is(target, copy):
            with self._lock:
                self._there += copy.size
            return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        part = temporary_name(os.path.dirname(target))
        self._site.save(path, copy, part)
        os.replace(part, target)
        with self._lock:
            self._count(copy.size)
            self._progress(self._there, self._total)

    def _models(self, run: _Run) -> None:
        """Write the documents of the models that come from a run."""
        listed = run.document.get("models")
        experiment, name = run.document.get("experiment"), run.path.rpartition("/")[2]
        for one in map(mapping, listed if isinstance(listed, list) else ()):
            model = model_of(one)
            if model.name and model.version > 0:
                target = path_of(self._folder, MODELS, model.name, model.version)
                self._document(target, encode({"format": 1, **one, "experiment": experiment, "run": name}))

    # --- what is beside the runs ---

    def _load_beside(self, document: str, folder: str, allowed: tuple[str, ...]) -> None:
        """Write the document of an experiment, or of the workspace, and the files beside it that are ``allowed``."""
        why = self._unfit([folder]) if folder else ""
        try:
            _, known = self._site.document(document)
        except (Changed, FormatError) as error:
            self._done.refused.append(str(error))
            return
        why = why or next((f"it lists {one.path!r}" for one in known.copies if one.path not in allowed), "")
        if why:
            self._done.refused.append(f"{self._site.locate(document)}: {why}")
            return
        target, above = os.path.join(self._folder, folder), document.removesuffix(document.rpartition("/")[2])
        if known.content:
            self._document(os.path.join(target, layout.EXPERIMENT), known.content)
        for one in known.copies:
            self._single(above + one.place, one, os.path.join(target, one.path))

    def _single(self, path: str, copy: Copy, target: str) -> None:
        """Load a file that is there for people, or the settings; one that is there stays."""
        if os.path.lexists(target):
            if not _is(target, copy):
                self._done.kept.append(target)
            return
        aside = os.path.join(self._folder, ASIDE, os.path.basename(target))
        try:
            self._file(path, copy, aside)
        except Changed as error:
            self._done.refused.append(str(error))
            return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.rename(aside, target)

    def _document(self, target: str, data: bytes) -> None:
        """Write a small document, unless it is there."""
        with self._lock:
            if os.path.lexists(target):
                if not _is_part(decode(data), _document(target)):
                    self._done.different.append(f"{target} differs from the site")
                return
            os.makedirs(os.path.dirname(target), exist_ok=True)
            create(target, data)
            self._count(len(data))


_ADDED = frozenset(["format", "id", "experiment", "status", "owner", "models", "problems", "last_write"])
"""What a build says in a document beside what the run says."""


def _is_part(public: object, whole: object) -> bool:
    """Whether a value is all that is public of another."""
    if isinstance(public, dict):
        return isinstance(whole, dict) and all(_is_part(value, whole.get(key)) for key, value in public.items())
    return public == whole


def _document(target: str) -> object:
    """A document of the workspace; None where it cannot be read."""
    try:
        return decode(read_file(target))
    except (OSError, ValueError):
        return None


def _content(target: str) -> bytes | None:
    try:
        return read_file(target)
    except OSError:
        return None


def _is(target: str, copy: Copy) -> bool:
    """Whether a file is the one that was published."""
    try:
        with open_file(target, buffering=0) as file:
            if os.fstat(file.fileno()).st_size != copy.size:
                return False
            whole = sha256()
            for block in iter(partial(file.read, _BLOCK), b""):
                whole.update(block)
    except OSError:
        return False
    return whole.hexdigest() == copy.sha256


def _put(target: str, data: bytes) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    replace(target, data)


def _tidy(folder: str, wanted: set[str]) -> None:
    """Remove what an earlier pull left in a folder that is not ``wanted`` any more."""
    for path, is_folder in entries_below(folder):
        if not is_folder and path not in wanted:
            os.unlink(os.path.join(folder, path))
