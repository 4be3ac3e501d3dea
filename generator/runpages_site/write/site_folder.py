"""The folder of a site: written in an order in which no reader meets a dead link, and never more than we own.

New files come first, then what points to them, then the manifest; what is no longer wanted goes last. A file is
replaced whole, and one that is as it should be is left alone. A site that is not there yet is written beside its
place and renamed.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from runpages.format import layout
from runpages.format.discovery import is_run
from runpages.format.files import entries_below, open_file, read_file

from ..errors import BusyError, OutputError
from ..site import MANIFEST
from .listing import HasFiles, Manifest, NewManifest, checksum_of, manifest_of
from .writer import JOURNAL, UNFINISHED, Writer, is_same, output_error

NOTES = ".runpages"
"""A folder in the site for what the next build wants to know; no page needs it."""

_NOTHING = {"lost+found", UNFINISHED}
"""What lies in a folder that counts as empty: what a new disk has, and what a build killed at its first step left."""

_MARK = re.compile(rb'\s*\{\s*"runpages"\s*:\s*"site"')


class Output:
    """A site being written: what it held before, and the files that it is to hold."""

    def __init__(self, folder: Path, *, fresh: bool) -> None:
        self.folder = folder
        self.fresh = fresh
        self.writer = Writer(folder, fresh=fresh)
        self.elsewhere = 0
        """Files that others wrote anew."""
        self.checksum: int | None = None
        """Of the manifest as the last build noted it, then of the one that this build wrote, if they are plain."""
        self._taken: set[str] = set() if fresh else set(written(folder))

    def files_below(self, place: str) -> set[str]:
        """The files of the last build below a folder of ``e/``."""
        return set(self.manifest.begins(f"e/{place}/"))

    def files_beside(self, places: Collection[str]) -> set[str]:
        """The files of the last build that are not below one of these folders of ``e/``."""
        return self.manifest.beside("e/", places)

    def begins(self, prefix: str) -> list[str]:
        """The files of the last build whose paths begin like this."""
        return self.manifest.begins(prefix)

    def files_of(self, runs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[str]]:
        """The files of the last build that belong to some runs, which are named by their folders."""
        places = {
            (layout.site_segment(experiment), layout.site_segment(run)): (experiment, run) for experiment, run in runs
        }
        found: dict[tuple[str, str], list[str]] = {run: [] for run in places.values()}
        for path in self.listed if places else ():
            top, *below = path.split("/", 3)
            if top == "e" and len(below) > 1:
                segment = below[1].removesuffix(".html") if len(below) == 2 else below[1]
                if (run := places.get((below[0], segment))) is not None:
                    found[run].append(path)
        return found

    @property
    def changed(self) -> int:
        """How many files were written anew."""
        return self.writer.changed + self.elsewhere

    def keep(self, path: str) -> bool:
        """Keep a file of the last build as it is; False where there is none."""
        return self.writer.keep(path)

    def is_foreign(self, path: str) -> bool:
        """Whether a file is there that somebody else put into the site."""
        return not (self.fresh or path in self.manifest or path in self._taken) and os.path.lexists(self.folder / path)

    def own(self, *places: str) -> None:
        """Take what lies at some places as ours: a killed build wrote it, and its manifest does not tell."""
        for path in places:
            place = self.folder / path
            if path.endswith("/"):
                found = entries_below(str(place), refused=lambda error: None)  # It may not have been made yet.
                self._taken |= {path + below for below, is_folder in found if not is_folder}
            elif place.is_file():
                self._taken.add(path)

    def prepare(self, experiments: Iterable[str], *, whole: bool) -> None:
        """Called before anything is written, with the experiments that change; with ``whole``, all are looked at."""

    def send(self) -> None:
        """Called where what was written so far may be read by others."""

    def settle(self) -> None:
        """Called at the end, when all notes are written."""

    def begin(self) -> None:
        """Make an empty folder ours, before anything else is in it."""
        self.writer.put(MANIFEST, Manifest().document())

    def finish(
        self,
        files: Iterable[str],
        folders: Mapping[str, str] = MappingProxyType({}),
        within: AbstractSet[str] | None = None,
        packs: Sequence[HasFiles] = (),
    ) -> list[str]:
        """Write the manifest, with the ``files`` there are to be, then remove what we own beyond them.

        ``folders`` are the names of folders in the workspace that their places in the site do not give back. Of the
        files of the last build only those ``within`` may go, all if None. Those of ``packs`` are to be there. Returns
        the removed paths.
        """
        wanted, known = files if isinstance(files, set | frozenset) else frozenset(files), self.manifest
        if packs:
            if not (known or folders or self._taken) and (document := NewManifest(wanted, packs)).is_plain:
                self.writer.put_pieces(MANIFEST, document.size, document.pieces)
                self.checksum = document.checksum
                return self._end(())
            wanted = wanted.union(*(pack.files for pack in packs))
        within = known.files if within is None else within
        left = within - wanted
        gone = sorted(left | {path for path in self._taken - wanted if path in within or path not in known})
        if gone:
            # Killed between here and the end, the next build still knows what to remove.
            self.writer.announce(gone)
        # All others are among those that may go.
        new = [path for path in wanted - within if path not in known]
        # To spell a hundred thousand names takes longer than to render a run.
        is_same = not (new or left or folders != known.folders)
        made = known if is_same else known.changed(new, left, folders)
        if not is_same:
            self.writer.put_pieces(MANIFEST, sum(map(len, made.pieces())), made.pieces)
        if not is_same or self.checksum is None:
            self.checksum = checksum_of(made.pieces()) if made.is_plain else None
        return self._end(gone)

    def _end(self, gone: Collection[str]) -> list[str]:
        """Remove what no manifest lists any more, and the marks of this build."""
        removed = self._removed(gone)
        (self.folder / JOURNAL).unlink(missing_ok=True)
        _drop(self.folder / UNFINISHED)
        return removed

    def _removed(self, gone: Collection[str]) -> list[str]:
        """Remove files that no manifest lists any more; those that were there."""
        return [path for path in gone if remove(self.folder, path)]

    @property
    def listed(self) -> frozenset[str]:
        """The files of the last build's manifest."""
        return self.manifest.files

    @cached_property
    def manifest(self) -> Manifest:
        """What the last build says that it wrote."""
        found, self.checksum = (Manifest(), None) if self.fresh else _manifest(self.folder, self.checksum)
        return found


def remove(folder: Path, path: str) -> bool:
    """Remove a file of a site, and the folders that it leaves empty; False for one that is not there or not below."""
    place = folder / path
    # A manifest is a file like any other: a path in it that would leave the site is not followed.
    if ".." in PurePosixPath(path).parts or os.path.isabs(path) or _leaves(place.parent, folder):
        return False
    was_there = True
    try:
        place.unlink()
    except FileNotFoundError:
        was_there = False  # A build that failed may have made its folder only.
    except OSError:
        return False
    for parent in place.parents:
        if parent == folder:
            break
        try:
            parent.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            break
    return was_there


@contextmanager
def opened(folder: Path) -> Iterator[Output]:
    """A site to write: in place where its folder is there, else beside its place and renamed at the end.

    A link is followed and stays. A folder that is empty may be a mount point or where somebody works, which cannot be
    replaced: it gets its manifest first, and is empty again if its first build fails.

    Raises OutputError for a folder that is not empty and does not carry our manifest, and where another build is
    writing it.
    """
    place = Path(os.path.realpath(folder))
    exists(folder)
    if not place.exists():
        with _beside(folder, place) as side:
            if side:
                yield Output(side, fresh=True)
                with output_error(str(folder)):
                    os.replace(side, place)
                return
    with locked(place, folder):
        begun = not exists(folder)
        for left in (place / UNFINISHED, abandoned(place)):  # What a killed build wrote takes room.
            _drop(left)
        try:
            if begun:
                Output(place, fresh=False).begin()
            yield Output(place, fresh=False)
        except BaseException:
            if begun:
                _forget_begun(place)
            raise


def apart(workspace: Path, folder: Path) -> None:
    """Raise OutputError where a site would be in a run or around its own workspace."""
    runs, site = Path(os.path.realpath(workspace)), Path(os.path.realpath(folder))
    if runs == site or site in runs.parents:
        raise OutputError(f"the workspace {workspace} would be inside its site; name another folder")
    inner = site.relative_to(runs).parts[:2] if runs in site.parents else ()
    if len(inner) == 2 and is_run(str(runs.joinpath(*inner))):
        raise OutputError(f"{folder} is inside the run {runs.joinpath(*inner)}; name another folder")


def exists(folder: Path) -> bool:
    """Whether a site of ours is there. Raises OutputError where something else is."""
    try:
        names = set(os.listdir(folder)) - _NOTHING
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        raise OutputError(f"{folder} is a file; name a folder for the site") from None
    except OSError as error:
        raise OutputError(f"{folder}: {error.strerror or error}; name another folder for the site") from None
    if not names:
        return False
    try:
        # The whole of it may be megabytes, and a build with nothing new has no use for it.
        with open_file(folder / MANIFEST) as file:
            marked = _MARK.match(file.read(100))
    except OSError:
        marked = None
    if not marked:
        others = f"{folder} has files that runpages did not write, such as {min(names)}"
        what = f"{folder / MANIFEST} cannot be read or is damaged" if MANIFEST in names else others
        raise OutputError(f"{what}; name an empty or new folder. Nothing was changed.")
    return True


def abandoned(folder: Path) -> Path | None:
    """What a killed first build of a site left beside it, if that is so."""
    side = _side(Path(os.path.realpath(folder)))
    if side.is_symlink() or not side.is_dir():
        return None
    try:
        with locked(side, folder):
            return side
    except BusyError:
        return None


def is_begun(folder: Path) -> bool:
    """Whether a folder holds no more than what a first build leaves that is killed before it has a manifest."""
    try:
        return UNFINISHED in (names := set(os.listdir(folder))) and names <= _NOTHING
    except OSError:
        return False


def written(folder: Path) -> frozenset[str]:
    """The files that a build which was killed wrote anew, or was going to; no manifest lists them yet."""
    try:
        paths = read_file(folder / JOURNAL).split(b"\0")[:-1]
    except OSError:
        return frozenset()
    return frozenset(os.fsdecode(path) for path in paths if path)


def manifest(folder: Path) -> Manifest:
    """The manifest of a site; an empty one if it is damaged, since what it lists is removed."""
    return _manifest(folder, None)[0]


def _manifest(folder: Path, checksum: int | None) -> tuple[Manifest, int | None]:
    """The same, and the ``checksum`` that a build noted of a plain one if it has that: it is not looked through."""
    try:
        data = read_file(folder / MANIFEST)
        known = checksum if checksum is not None and checksum_of([data]) == checksum else None
        return manifest_of(data, is_known=known is not None), known
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Manifest(), None


@contextmanager
def _beside(folder: Path, place: Path) -> Iterator[Path | None]:
    """An empty folder beside the place of a site, locked; None where another build has made the site meanwhile."""
    side = _side(place)
    with output_error(str(folder)):
        side.parent.mkdir(parents=True, exist_ok=True)
        if side.is_symlink():
            raise FileExistsError(errno.EEXIST, "a link is in the way", str(side))
        with suppress(FileExistsError):
            side.mkdir()
    with locked(side, folder):
        mine = os.stat(side)
        try:
            with output_error(str(folder)):
                _empty(side)
            yield None if place.exists() else side
        finally:
            if is_same(side, mine):  # Once it has become the site, another build may have made one of its own.
                shutil.rmtree(side, ignore_errors=True)


def _drop(folder: Path | None) -> None:
    """Remove a folder of ours, if it is one: to remove a pipe that way would wait for its writer."""
    if folder is not None and folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)


def _empty(folder: Path) -> None:
    for left in folder.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


def _side(place: Path) -> Path:
    return place.with_name(f".{place.name}.runpages.tmp")


@contextmanager
def locked(folder: Path, site: Path) -> Iterator[None]:
    """Keep other builds of a site away; the lock of a killed build is gone with it."""
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock
    except ImportError:
        yield
        return
    with output_error(str(site)):
        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            raise _busy(site) from None  # Another build has renamed or removed it since this one looked.
    try:
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise _busy(site) from None
        except OSError:
            pass  # A file system without locks.
        if not is_same(folder, os.fstat(descriptor)):
            raise _busy(site)
        yield
    finally:
        os.close(descriptor)


def _busy(site: Path) -> BusyError:
    return BusyError(f"another build is writing {site}; wait for it to finish. Nothing was changed.")


def _forget_begun(folder: Path) -> None:
    """Remove what a first build wrote into a folder that was empty."""
    for path in written(folder):
        remove(folder, path)
    (folder / JOURNAL).unlink(missing_ok=True)
    _drop(folder / NOTES)
    _drop(folder / UNFINISHED)
    remove(folder, MANIFEST)


def _leaves(place: Path, folder: Path) -> bool:
    return not place.resolve().is_relative_to(folder.resolve())
