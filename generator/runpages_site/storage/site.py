"""A site in storage: its notes and its manifest are at hand in a local folder, all else is put where it is read.

The order is that of a site in a folder, without a rename and without a conditional put: data and pages, then what
points to them, then the manifest, removals last, and the notes for the next build at the very end.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from runpages.format import layout
from runpages.format.files import entries_below

from ..errors import BusyError, OutputError
from ..site import MANIFEST
from ..stamp import Listed
from ..write import build_cache
from ..write.listing import Manifest
from ..write.site_folder import NOTES, Output, exists
from ..write.writer import JOURNAL, UNFINISHED
from .storage import Storage

BUILDING = f"{NOTES}/building"
"""Names the build that writes the site: each takes it over, and one that finds another there stops."""

_STATE, _UNFINISHED = f"{NOTES}/{build_cache.STATE}", f"{NOTES}/{build_cache.UNFINISHED}"
_AT_THE_START = (MANIFEST, JOURNAL, _STATE, _UNFINISHED)
_PAGE = ".html"

_FEW = 64
"""Places that are listed one by one; for more of them, all pages are listed at once."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where workers put what they rendered. A ``new`` site holds nothing yet."""

    storage: Storage
    new: bool

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A temporary folder for what is to be put."""
        with TemporaryDirectory(prefix="runpages-") as folder:
            yield Path(folder)

    def bring(self, place: str, folder: Path) -> None:
        """Fetch what is published below a place into a folder with what a build keeps at hand."""
        self.storage.fetch(self.storage.files(place), str(folder))

    def put_run(self, folder: Path, run: tuple[str, str]) -> int:
        """Put the files of a run from the folder where they were written, its page last; how many were new."""
        files = {
            path: f"{folder}/{path}"
            for path, is_folder in entries_below(str(folder), enter=_is_public)
            if not is_folder and _is_public(path)
        }
        known: dict[str, Listed] = {}
        if not self.new:
            page = layout.run_page(*run)
            known = {one.path: one for one in self.storage.files(layout.run_files(*run))}
            if (facts := self.storage.facts(page)) is not None:
                known[page] = facts
        return put(self.storage, files, known)


def put(storage: Storage, files: Mapping[str, str], known: Mapping[str, Listed]) -> int:
    """Put local files, pages after data and the home page last, but those that storage has; how many were put."""
    wanted = storage.differing(files, known)
    for order in range(3):
        storage.put({path: place for path, place in wanted.items() if _order(path) == order})
    return len(wanted)


def _order(path: str) -> int:
    return path.endswith(_PAGE) + (path == f"index{_PAGE}")


def _is_public(path: str) -> bool:
    return path.partition("/")[0] not in (NOTES, UNFINISHED, JOURNAL, MANIFEST)


class StoredSite:
    """A site in storage, and the local ``folder`` of what a build keeps at hand of it."""

    def __init__(self, storage: Storage, folder: Path) -> None:
        """Fetch the manifest and the notes. Raises OutputError where something else than a site of ours is there."""
        self.storage, self.folder = storage, folder
        there = storage.beside("")
        self.is_new = MANIFEST not in there
        if self.is_new and there:
            raise OutputError(
                f"{storage} has files that runpages did not write, such as {min(there)}; "
                "name an empty or new place with -o. Nothing was changed."
            )
        self.manifest = there.get(MANIFEST)
        if not self.is_new:
            there |= storage.beside(NOTES)
            storage.fetch((there[path] for path in _AT_THE_START if path in there), str(folder))
            exists(folder)

    @property
    def target(self) -> Target:
        """What workers need of it."""
        return Target(self.storage, self.is_new)

    @contextmanager
    def opened(self) -> Iterator[StoredOutput]:
        """The site to write, in the manner of ``site_folder.opened``."""
        yield StoredOutput(self)


@contextmanager
def opened_site(storage: Storage) -> Iterator[StoredSite]:
    """A site in storage, with a temporary folder. Raises what ``StoredSite`` does."""
    with TemporaryDirectory(prefix="runpages-") as folder:
        yield StoredSite(storage, Path(folder))


class StoredOutput(Output):
    """A site in storage that is being written: what is written to its folder is put, and what goes is removed."""

    def __init__(self, site: StoredSite) -> None:
        super().__init__(site.folder, fresh=False)
        self._storage = site.storage
        self._name = uuid4().hex
        self._manifest = site.manifest
        self._prepared = False
        self._left_out: set[str] = set()
        self._near: dict[str, dict[str, Listed]] = {}
        self._done: dict[str, tuple[int, int]] = {}
        """What was put, or need not be: size and time, by the path."""
        self._begun: dict[str, tuple[int, int]] = {}
        """The notes as they were fetched."""

    @property
    def changed(self) -> int:
        """How many files were put."""
        return self.elsewhere

    def keep(self, path: str) -> bool:
        """Keep a file of the last build as it is; False where there is none."""
        if path not in self.manifest or (known := self._facts(path)) is None:
            return False
        self.writer.files[path] = known.size
        return True

    def is_foreign(self, path: str) -> bool:
        """Whether a file is there that somebody else put into the site."""
        return not (path in self.listed or path in self._taken) and self._facts(path) is not None

    def own(self, *places: str) -> None:
        """Take what lies at some places as ours, and leave out what this build wrote there."""
        if len(places) > _FEW:
            below = [one.path for one in self._storage.files("e")]
            self._taken.update(path for path in below if is_at(path, frozenset(places)))
        else:
            for place in places:
                there = self._storage.files(place) if place.endswith("/") else [self._storage.facts(place)]
                self._taken.update(one.path for one in there if one is not None)
        if self._prepared:
            super().own(*places)
            self._left_out.update(places)

    def prepare(self, experiments: Iterable[str], *, whole: bool) -> None:
        """Fetch the notes of the experiments that change, and announce this build."""
        segments = [""] if whole else [f"{layout.site_segment(name)}/" for name in experiments]
        wanted = (f"{NOTES}/all-runs/", *(f"{NOTES}/runs/{segment}" for segment in segments))
        blocks = (one for one in self._storage.files(NOTES) if one.path.startswith(wanted))
        self._storage.fetch(blocks, str(self.folder))
        self._begun = self._notes_here()
        self._begun.pop(_UNFINISHED, None)
        if self._manifest is None:
            self._storage.put_bytes(MANIFEST, Manifest().document())
            self._manifest = self._storage.facts(MANIFEST)
        self._storage.put_bytes(BUILDING, self._name.encode())
        self._storage.put({_UNFINISHED: f"{self.folder}/{_UNFINISHED}"})
        self._prepared = True

    def send(self) -> None:
        """Put what was written since the last time."""
        found = [path for path, is_folder in entries_below(str(self.folder), enter=_is_public) if not is_folder]
        files = {
            path: f"{self.folder}/{path}"
            for path in found
            if _is_public(path) and not is_at(path, self._left_out)
            if self._done.get(path) != _seen(f"{self.folder}/{path}")
        }
        if not files:
            return
        self._check_alone()
        if any(path not in self.manifest for path in files):
            self._put_journal()
        there = (path for path in files if path in self.manifest or path in self._taken)
        known = {path: facts for path in there if (facts := self._facts(path)) is not None}
        self.elsewhere += put(self._storage, files, known)
        self._done |= {path: _seen(place) for path, place in files.items()}

    def settle(self) -> None:
        """Put the notes; remove those that are no more, and the marks of this build."""
        here = self._notes_here()
        new = [path for path, seen in here.items() if self._begun.get(path) != seen]
        self._storage.put({path: f"{self.folder}/{path}" for path in new if path != _STATE})
        self._storage.put({_STATE: f"{self.folder}/{_STATE}"})
        gone = [path for path in self._begun if path not in here]
        self._storage.remove([*gone, _UNFINISHED, JOURNAL])
        self._storage.remove([BUILDING])

    def _removed(self, gone: Collection[str]) -> list[str]:
        """Put the manifest, then remove files that it does not list any more."""
        self.send()
        if gone:
            self._put_journal()
        if MANIFEST in self.writer.files:
            self._check_alone()
            self._storage.put({MANIFEST: f"{self.folder}/{MANIFEST}"})
        return self._storage.remove(gone)

    def _put_journal(self) -> None:
        self._storage.put({JOURNAL: f"{self.folder}/{JOURNAL}"})

    def _check_alone(self) -> None:
        """Raise BusyError where another build has begun to write the site, or has finished, since this one began."""
        there = self._storage.facts(MANIFEST)
        is_same = there is not None and self._manifest is not None and _mark(there) == _mark(self._manifest)
        if not is_same or self._storage.read(BUILDING) != self._name.encode():
            raise BusyError(
                f"another build has begun to write {self._storage}, so this one stopped; what links to its pages was "
                "not changed. Build again when the other has finished."
            )

    def _facts(self, path: str) -> Listed | None:
        """What storage says of a file; those beside an experiment's page are asked for one by one: runs are many."""
        folder = os.path.dirname(path)
        if folder.startswith("e/") and folder.count("/") == 1:
            return self._storage.facts(path)
        if folder not in self._near:
            self._near[folder] = self._storage.beside(folder)
        return self._near[folder].get(path)

    def _notes_here(self) -> dict[str, tuple[int, int]]:
        found = entries_below(str(self.folder / NOTES), refused=lambda error: None)
        paths = [f"{NOTES}/{path}" for path, is_folder in found if not is_folder]
        return {path: _seen(f"{self.folder}/{path}") for path in paths}


def _seen(place: str) -> tuple[int, int]:
    facts = os.stat(place)
    return facts.st_size, facts.st_mtime_ns


def _mark(file: Listed) -> tuple[int, object]:
    """What is compared of a file that was listed twice: its time may come in seconds once, in milliseconds then."""
    return file.size, file.tag or file.time


def is_at(path: str, places: Collection[str]) -> bool:
    """Whether a path is one of some places, or below one that ends with a slash."""
    above = (path[:at] for at in range(1, len(path) + 1) if path[at - 1] == "/")
    return path in places or any(folder in places for folder in above)
