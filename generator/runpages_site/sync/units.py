"""What of a workspace is copied to a bucket, in an order in which a reader of the bucket finds each run readable."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from runpages.format import layout
from runpages.format.discovery import is_run_by
from runpages.format.files import entries_below, is_inside, read_file

from ..read.run_folder import files_of
from ..site import MANIFEST

KEPT = (layout.MODELS, layout.ENVIRONMENTS)
"""What of the workspace's ``.runpages`` is its content; all else there is the state of this machine, or its trash."""


LAST = 4
"""The ``rank`` of the document of a run."""


class LocalFile(NamedTuple):
    """A file of a workspace by its path there: its size, and when it changed, in nanoseconds."""

    path: str
    size: int
    time: int


class Unit(NamedTuple):
    """A run, by the path of its folder in the workspace, or what lies beside the runs, which has an empty path."""

    run: str
    files: list[LocalFile]
    document: bytes | None
    """``run.json`` as it was before the files were listed, so that it claims nothing that they lack."""
    left_out: list[tuple[str, str]]
    """Paths that have no place in a bucket, and why."""
    refused: list[tuple[str, str]]
    """Paths that cannot be read, and why."""

    def inner(self, file: LocalFile) -> str:
        """The path of a file in the run."""
        return file.path[len(self.run) + 1 :] if self.run else file.path

    def rank(self, file: LocalFile) -> int:
        """The ``rank`` of a file; what lies beside the runs comes last, since it may name what is in them."""
        return rank(self.inner(file)) if self.run else LAST + 1


def units(root: str) -> Iterator[Unit]:
    """The runs of a workspace, and then what lies beside them. Raises OSError if the workspace cannot be listed."""
    beside: list[str] = []
    refused: list[tuple[str, str]] = []
    for name in _names(os.listdir(root)):
        if not _is_folder(os.path.join(root, name)):
            beside.append(name)
            continue
        with _reported(name, root, refused):
            names = os.listdir(os.path.join(root, name))
            for path in (f"{name}/{inner}" for inner in _names(names) if MANIFEST not in names):
                if not _is_folder(os.path.join(root, path)):
                    beside.append(path)
                    continue
                with _reported(path, root, refused):
                    if is_run_by(os.listdir(os.path.join(root, path))):
                        yield _run(root, path)
                    else:
                        beside += _below(root, path, refused)
    for kind in KEPT:
        if os.path.isdir(os.path.join(root, layout.STATE, kind)):
            beside += _below(root, f"{layout.STATE}/{kind}", refused)
    unit = Unit("", [], None, [], refused)
    unit.files.extend(_facts(root, beside, unit))
    yield unit


@contextmanager
def _reported(path: str, root: str, refused: list[tuple[str, str]]) -> Iterator[None]:
    """Note a folder that cannot be read; one that was removed meanwhile is none."""
    try:
        yield
    except OSError as error:
        if os.path.lexists(os.path.join(root, path)):
            refused.append((path, f"It cannot be read: {error.strerror or error}"))


def rank(path: str) -> int:
    """When a file of a run is sent, by its path in there: what a list names before the list, ``run.json`` last."""
    if path == layout.RUN:
        return LAST
    if "/" in path or not path.endswith((".json", ".jsonl", ".csv")):
        return 0
    return 3 if path.startswith("changes") else 2 if path.startswith(layout.METRICS) else 1


def _run(root: str, path: str) -> Unit:
    folder = os.path.join(root, path)
    # What claims something is looked at before that of which it claims it.
    ignored = Unit("", [], None, [], [])  # The same is reported of all files below.
    before = _facts(root, [f"{path}/{layout.RUN}"], ignored)
    try:
        document = read_file(os.path.join(folder, layout.RUN)) if before else None
    except OSError:
        document = None
    before += _facts(root, [f"{path}/{name}" for name in sorted(os.listdir(folder)) if 0 < rank(name) < LAST], ignored)
    known = {file.path: file for file in before}
    unit = Unit(path, [], document, [], [])
    files = _facts(root, [f"{path}/{name}" for name in files_of(folder) if not name.startswith(".")], unit)
    unit.files.extend(known.get(file.path, file) for file in files)
    return unit


def _facts(root: str, paths: Sequence[str], unit: Unit) -> list[LocalFile]:
    """The regular files at some paths; links count if they stay in the workspace. What is none is noted in the unit."""
    found, real = [], os.path.realpath(root)
    for path in paths:
        place = os.path.join(root, path)
        try:
            path.encode()
            facts = os.stat(place)
            if os.path.islink(place) and not is_inside(place, real):
                unit.left_out.append((path, "The link points outside the workspace"))
            elif stat.S_ISREG(facts.st_mode):
                found.append(LocalFile(path, facts.st_size, facts.st_mtime_ns))
            elif not stat.S_ISDIR(facts.st_mode):
                unit.left_out.append((path, "It is not a regular file"))
        except UnicodeEncodeError:
            unit.left_out.append((path, "Its name is not UTF-8, which names in a bucket have to be"))
        except FileNotFoundError:
            if os.path.islink(place):
                unit.left_out.append((path, "The link points to no file"))
        except OSError as error:
            unit.refused.append((path, f"It cannot be read: {error.strerror or error}"))
    return found


def _names(names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if not name.startswith("."))


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def _below(root: str, path: str, refused: list[tuple[str, str]]) -> list[str]:
    """The files below a folder of the workspace, without those that have no name yet."""

    def refuse(error: OSError) -> None:
        refused.append((os.path.relpath(error.filename or path, root), f"It cannot be read: {error.strerror or error}"))

    found = entries_below(os.path.join(root, path), refused=refuse)
    names = (name for name, is_folder in found if not is_folder)
    return sorted(f"{path}/{name}" for name in names if not _is_nameless(name.rpartition("/")[2]))


def _is_nameless(name: str) -> bool:
    """Whether a file is still being written, or its writer was killed, before it got its name."""
    return name.startswith(".") and name.endswith(".tmp")
