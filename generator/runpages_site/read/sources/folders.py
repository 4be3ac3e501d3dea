"""Finds the folders that hold runs of other tools, and names the runs by where they lie."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from runpages.format import layout

from ...site import MANIFEST
from ...stamp import Stamp

DEPTH = 8
"""How many levels of folders are looked into."""

MOST = 100_000
"""How many folders."""

MOST_FILES = 10_000
"""How many files of a run are listed."""

SPLITS = frozenset(["train", "training", "validation", "val", "valid", "test", "eval", "evaluation"])
"""Names of folders and files that are one run, as Keras and others make them for the parts of the data."""

_HASH = re.compile(r"[0-9a-f]{32}")
"""The name of a run of MLflow: what lies in its ``artifacts`` is a part of it."""

_OTHERS = frozenset(["node_modules", "__pycache__", "site-packages", "__MACOSX"])


class Folder(NamedTuple):
    """A folder: its path, the names of the folders on the way to it, and of the files in it, but for links."""

    path: str
    parts: tuple[str, ...]
    files: frozenset[str]


class Place(NamedTuple):
    """The experiment of a run, and what the run is called there."""

    experiment: str
    run: str

    @property
    def folders(self) -> tuple[str, str]:
        """The same as names of folders, as a workspace has them."""
        return _folder_name(self.experiment), _folder_name(self.run)


@contextmanager
def listed_once() -> Iterator[None]:
    """While it lasts, a folder is listed once however often it is walked, as each source walks all of them."""
    token = _listings.set({})
    try:
        yield
    finally:
        _listings.reset(token)


class _Listing(NamedTuple):
    """The names in a folder: of files and folders that are looked at, and of all else; or why there are none."""

    files: list[str]
    folders: list[str]
    others: list[str]
    error: str = ""


_listings: ContextVar[dict[str, _Listing] | None] = ContextVar("listings", default=None)


def walk(
    root: str, *, skip: Collection[str] = (), closed: Callable[[Folder], bool] = lambda folder: False
) -> Iterator[Folder]:
    """The folders below one, and itself, each before those in it; none that is hidden, linked or a site.

    ``skip`` holds absolute paths, and ``only_files`` of a folder; folders that are ``closed`` are given, and those in
    them are not.
    """
    waiting: list[tuple[str, tuple[str, ...]]] = [] if os.path.abspath(root) in skip else [(root, ())]
    for _ in range(MOST):
        if not waiting:
            return
        path, parts = waiting.pop()
        files, folders, *_ = _listed(path)
        above = only_files(path) if skip else ""  # An absolute path of each folder would cost more than to list it.
        if above in skip:
            files = []
        folder = Folder(path, parts, frozenset(files))
        if MANIFEST in folder.files and parts:
            continue
        yield folder
        if len(parts) < DEPTH and not closed(folder):
            if _HASH.fullmatch(parts[-1] if parts else ""):
                folders = [name for name in folders if name != "artifacts"]
            if skip:
                folders = [name for name in folders if above + name not in skip]
            waiting += ((os.path.join(path, name), (*parts, name)) for name in sorted(folders, reverse=True))


def holding(root: str, holds: Callable[[Folder], object], *, skip: Collection[str] = ()) -> Iterator[Folder]:
    """The folders that ``walk`` gives and that hold a run, or whatever is looked for; none of those below one."""
    found = set[str]()
    for one in walk(root, skip=skip, closed=lambda one: one.path in found):
        if holds(one):
            found.add(one.path)
            yield one


def names_below(
    root: str, *, skip: Collection[str] = (), closed: Callable[[Folder], bool] = lambda folder: False
) -> str:
    """The names of all that ``walk`` comes by, and of the folder itself, as ``/name/name/`` in small letters."""
    found = {os.path.basename(os.path.abspath(root))}
    for folder in walk(root, skip=skip, closed=closed):
        listing = _listed(folder.path)
        found.update(listing.files, listing.folders, listing.others)
    return f"/{'/'.join(found)}/".lower()


def only_files(path: str) -> str:
    """What stands among paths to skip for the files in a folder, and not for the folders in it."""
    return os.path.join(os.path.abspath(path), "")


def place(root: str, parts: tuple[str, ...]) -> Place:
    """What a run is called that lies in a folder below another: by its own name, and by those of the folders above."""
    own = os.path.abspath(root)
    above, name = os.path.split(own)
    if not parts:
        return Place(os.path.basename(above) or "runs", name or "run")
    return Place("/".join(parts[:-1]) or name or "runs", parts[-1])


def files_below(path: str, before: str = "") -> Iterator[tuple[str, int]]:
    """The files below a folder with their sizes, by name, none by links; ``before``, with its slash, begins paths."""
    waiting, left = [(path, before)], MOST_FILES
    while waiting and left:
        path, before = waiting.pop()
        try:
            entries = sorted(os.scandir(path), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries[:left]:
            left -= 1
            if entry.is_dir(follow_symlinks=False):
                waiting.append((entry.path, f"{before}{entry.name}/"))
            elif entry.is_file(follow_symlinks=False):
                yield f"{before}{entry.name}", entry.stat(follow_symlinks=False).st_size


class Tree(NamedTuple):
    """The files below a folder, as they were seen when its stamp was taken.

    ``files`` are by the folders in it, as paths from there in no order: none of links or pipes, or beside these
    folders. ``unread`` are the folders that could not be listed.
    """

    files: dict[str, list[str]]
    unread: list[str]


_NO_FILE = "-"
"""Stands before the size of what is no file, such as a link."""


def stamp_of_trees(paths: Iterable[str]) -> Stamp:
    """The stamp of all files below some folders."""
    return Stamp.of(*_facts(paths, Tree({}, [])))


def facts_of(path: str) -> tuple[str, float, Tree]:
    """What ``Stamp.of`` takes for all files below a folder, and which they are: to list them again takes longer."""
    tree = Tree({}, [])
    return *_facts([path], tree), tree


def _facts(paths: Iterable[str], tree: Tree) -> tuple[str, float]:
    """A line with path, size and time for each file below some folders, sorted, and when the last of them changed.

    Fills the ``tree`` with the files of all folders.
    """
    facts, newest, beside = list[str](), 0, list[str]()
    waiting = [(f"{at}/", path, "", beside) for at, path in enumerate(paths)]
    while waiting:
        before, path, below, files = waiting.pop()
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    name = entry.name
                    is_file = entry.is_file(follow_symlinks=False)
                    if not is_file and entry.is_dir(follow_symlinks=False):
                        into = ("", tree.files.setdefault(name, [])) if files is beside else (f"{below}{name}/", files)
                        waiting.append((f"{before}{name}/", entry.path, *into))
                        continue
                    there = entry.stat(follow_symlinks=False)
                    changed = there.st_mtime_ns
                    facts.append(f"{before}{name}\0{'' if is_file else _NO_FILE}{there.st_size}\0{changed}")
                    if is_file:
                        files.append(below + name)
                    if changed > newest:
                        newest = changed
        except OSError:
            facts.append(f"{before}\0{_NO_FILE}\0")
            tree.unread.append(before[2:-1])
    facts.sort()
    return "\n".join(facts), newest / 1e9


def _listed(path: str) -> _Listing:
    """What is in a folder, listed once if that is wanted."""
    known = _listings.get()
    if known is None:
        return _list(path)
    if path not in known and len(known) < MOST:
        known[path] = _list(path)
    return known.get(path) or _list(path)


def _list(path: str) -> _Listing:
    found = _Listing([], [], [])
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    is_seen = not entry.name.startswith(".") and entry.name not in _OTHERS
                    (found.folders if is_seen else found.others).append(entry.name)
                else:
                    (found.files if entry.is_file(follow_symlinks=False) else found.others).append(entry.name)
    except FileNotFoundError:
        pass
    except OSError as error:
        return found._replace(error=error.strerror or str(error))
    return found


def unlisted() -> list[str]:
    """The folders that could not be listed since ``listed_once`` began, each with the reason."""
    known = (_listings.get() or {}).items()
    return [f"{path} cannot be read: {one.error}. What is in it is not shown" for path, one in known if one.error]


def _folder_name(name: str) -> str:
    return layout.file_name(name) if "/" in name else name
