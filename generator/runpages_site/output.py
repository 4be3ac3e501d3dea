"""The folder of a site: written in an order in which no reader meets a dead link, and never more than we own.

New files come first, then what points to them, then the manifest; what is no longer wanted goes last. A file is
replaced whole, and one that is as it should be is left alone. A site that is not there yet is written beside its
place and renamed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import orjson

from .errors import OutputError

MANIFEST = ".runpages-site.json"
"""Names the folder as ours, and lists every file that we wrote into it."""

UNFINISHED = ".runpages-unfinished"
"""A folder in the site where a file is written before it gets its name; a killed build leaves it to the next."""


class Output:
    """A site being written. Paths are relative to its root, with ``/``."""

    def __init__(self, folder: Path, owned: frozenset[str], *, fresh: bool) -> None:
        self.folder = folder
        self.changed = 0
        self.bytes = 0
        self._owned = owned
        self._fresh = fresh
        self._files: set[str] = set()

    def put(self, path: str, data: bytes) -> None:
        """Write a file, unless it holds these bytes already."""
        place = self._claim(path)
        self.bytes += len(data)
        if self._fresh:
            place.write_bytes(data)
        elif _read(place) != data:
            side = self._side()
            side.write_bytes(data)
            side.replace(place)
        else:
            return
        self.changed += 1

    def copy(self, source: str, path: str) -> None:
        """Copy a file, unless the copy has its size and time of change already."""
        place = self._claim(path)
        facts = os.stat(source)
        self.bytes += facts.st_size
        if not self._fresh and _same(place, facts):
            return
        side = self._side()
        shutil.copyfile(source, side)
        os.utime(side, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        side.replace(place)
        self.changed += 1

    def keep(self, path: str) -> bool:
        """Keep a file of the last build as it is; False where there is none."""
        there = (self.folder / path).is_file()
        if there:
            self._files.add(path)
        return there

    def finish(self) -> list[str]:
        """Write the manifest, then remove what this build did not write; returns the removed paths."""
        gone = sorted(self._owned - self._files)
        if gone:
            # Killed between here and the end, the next build still knows what to remove.
            self._write_manifest(self._files | self._owned)
        removed = [path for path in gone if self._remove(path)]
        self._write_manifest(self._files)
        shutil.rmtree(self.folder / UNFINISHED, ignore_errors=True)
        return removed

    def _side(self) -> Path:
        folder = self.folder / UNFINISHED
        folder.mkdir(exist_ok=True)
        return folder / str(os.getpid())

    def _write_manifest(self, files: set[str] | frozenset[str]) -> None:
        manifest = {"runpages": "site", "format": 1, "files": sorted(files - {MANIFEST})}
        self.put(MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n")

    def _claim(self, path: str) -> Path:
        self._files.add(path)
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def _remove(self, path: str) -> bool:
        place = self.folder / path
        # A manifest is a file like any other: a path in it that would leave the site is not followed.
        if ".." in PurePosixPath(path).parts or os.path.isabs(path) or _leaves(place.parent, self.folder):
            return False
        try:
            place.unlink()
        except OSError:
            return False
        for parent in place.parents:
            if parent == self.folder:
                break
            try:
                parent.rmdir()
            except OSError:
                break
        self.changed += 1
        return True


@contextmanager
def opened(folder: Path) -> Iterator[Output]:
    """A site to write: in place where there is one, else beside its place and renamed at the end.

    Raises OutputError for a folder that is not empty and does not carry our manifest.
    """
    owned = _owned(folder)
    if owned is not None:
        yield Output(folder, owned, fresh=False)
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    side = folder.with_name(f".{folder.name}.runpages-{os.getpid()}.tmp")
    _forget_abandoned(folder)
    side.mkdir()
    try:
        yield Output(side, frozenset(), fresh=True)
        os.replace(side, folder)
    finally:
        shutil.rmtree(side, ignore_errors=True)


def _owned(folder: Path) -> frozenset[str] | None:
    """The files of our site in a folder; None where there is no site yet."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        raise OutputError(f"{folder} is a file; name a folder for the site with -o") from None
    if not names:
        return None
    try:
        manifest = orjson.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        manifest = None
    if not isinstance(manifest, dict) or manifest.get("runpages") != "site":
        raise OutputError(
            f"{folder} holds files that runpages did not write, such as {sorted(names)[0]}; "
            "name an empty or new folder with -o. Nothing was changed."
        )
    files = manifest.get("files")
    return frozenset(path for path in files if isinstance(path, str)) if isinstance(files, list) else frozenset()


def _forget_abandoned(folder: Path) -> None:
    """Remove what killed builds of this site left beside it."""
    for left in folder.parent.glob(f".{folder.name}.runpages-*.tmp"):
        pid = left.name.rpartition("-")[2].removesuffix(".tmp")
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(left, ignore_errors=True)


def _leaves(place: Path, folder: Path) -> bool:
    return not place.resolve().is_relative_to(folder.resolve())


def _same(place: Path, facts: os.stat_result) -> bool:
    try:
        there = place.stat()
    except OSError:
        return False
    return (there.st_size, there.st_mtime_ns) == (facts.st_size, facts.st_mtime_ns)


def _read(place: Path) -> bytes | None:
    try:
        return place.read_bytes()
    except OSError:
        return None
