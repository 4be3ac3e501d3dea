"""Lists and opens the files of one run folder, and only those that a reader may touch."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from shlex import quote
from typing import BinaryIO

from . import layout
from .document import as_utf8, decode, mapping, mistake
from .pieces import MARK, Part, join, may_have_pieces, piece_of
from .records import Problem
from .stray_files import GROWING, copy_of, is_leftover, writer_in

FOLDERS = ("tables", "charts", "images", "media", layout.ARTIFACTS, layout.LOGS)
"""The folders of a run in which files are looked for, at any depth."""


DEEPEST = 200
"""Folders in folders that are looked into: no tool makes as many, and every step that follows can take them."""


def entries_below(
    folder: str,
    *,
    enter: Callable[[str], bool] = lambda path: True,
    refused: Callable[[OSError], None] | None = None,
) -> Iterator[tuple[str, bool]]:
    """The path of each entry of a folder at any depth, with ``/``, and whether it is a folder; links are none.

    ``enter`` decides by its path whether a folder is looked into. What cannot be listed is ``refused``, or raises
    OSError.
    """
    below = [""]
    while below:  # Folders may be nested deeper than Python calls itself.
        prefix = below.pop()
        try:
            with os.scandir(os.path.join(folder, prefix)) as entries:
                found = [(prefix + entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        except OSError as error:
            if refused is None:
                raise
            refused(error)
            continue
        below += [f"{path}/" for path, is_folder in found if is_folder and enter(path)]
        yield from found


Load = Callable[[str], bytes]
"""Gives the bytes of a file of a run by its path there."""


class RunFiles:
    """The regular files of a run folder; links that leave it and things that are no files are reported."""

    def __init__(self, folder: str, problems: list[Problem], load: Load | None = None) -> None:
        """``load`` gives the bytes of a file by its path, in place of reading it here."""
        self.folder = folder
        self._load = load
        self._problems = problems
        self._newest: float | None = None
        self._below: dict[str, list[tuple[str, int]]] = {}
        self._parts: dict[str, list[Part]] = {}
        self.folders: list[str] = []
        """The other folders in it, each with a slash at its end."""
        self.top = self._without_copies(self._joined(self._walk("", self.folders)))
        for name in FOLDERS:
            found = self._joined(self._deep(name + "/")) if name + "/" in self.folders else []
            self._below[name] = sorted(found, key=_in_order)

    def below(self, name: str) -> list[tuple[str, int]]:
        """Path and size of each file below a folder of the run, sorted."""
        return self._below[name]

    def last_write(self) -> float | None:
        """When the newest file was written, in seconds since the epoch."""
        return self._newest

    def content(self, path: str) -> bytes:
        """The content of a file; nothing, and a problem, where it cannot be read."""
        try:
            if path in self._parts:
                return joined(self.folder, self._parts[path])
            return self._load(path) if self._load else read_file(os.path.join(self.folder, path))
        except OSError as error:
            self._problems.append(unreadable(path, error))
            return b""

    @property
    def in_pieces(self) -> frozenset[str]:
        """The paths of the files that have pieces."""
        return frozenset(self._parts)

    def last_part(self, path: str) -> str:
        """The file that holds the end of a file: itself, or the last of its pieces."""
        parts = self._parts.get(path)
        return parts[-1].path if parts else path

    def written_by(self, stem: str, extension: str) -> list[tuple[str, str]]:
        """Writer and path of ``<stem>.<extension>`` and each ``<stem>.<writer>.<extension>``; the owner first."""
        found = ((writer_in(path, stem, extension), path) for path, _ in self.top)
        return sorted((writer, path) for writer, path in found if writer is not None)

    def _joined(self, files: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
        """Some files of the run with whole files in place of their pieces."""
        found = join(list(files))
        self._parts |= found.parts
        self._problems += found.problems
        return found.files

    def _without_copies(self, top: list[tuple[str, int]]) -> list[tuple[str, int]]:
        """The files of the run's own folder without copies, whose points would count twice; those are reported."""
        names = {path for path, _ in top}
        kept = []
        for path, size in top:
            known = copy_of(path)
            if known is None:
                kept.append((path, size))
            else:
                self._problems.append(Problem(path, None, _mend_copy(path, known, names), "File skipped", False))
        return kept

    def _deep(self, prefix: str) -> Iterator[tuple[str, int]]:
        """The files below a folder, as far as folders are not nested too deeply."""
        below = [prefix]
        while below:
            folder = below.pop()
            if folder.count("/") > DEEPEST:
                why = f"It is nested more than {DEEPEST} folders deep"
                self._problems.append(Problem(folder.rstrip("/"), None, why, "Folder skipped"))
            else:
                yield from self._walk(folder, below)

    def _walk(self, prefix: str, below: list[str]) -> Iterator[tuple[str, int]]:
        """The files in a folder; the folders in it are added to those ``below``."""
        folder = os.path.join(self.folder, prefix.rstrip("/"))
        if prefix and os.path.islink(folder):
            return  # Told among the entries of the folder above.
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except FileNotFoundError:
            if not prefix:
                self._problems.append(Problem("", None, "The run's folder no longer exists", "Nothing read"))
            return
        except OSError as error:
            self._problems.append(unreadable(prefix.rstrip("/"), error))
            return
        names = {entry.name for entry in found}
        kept = prefix.startswith((layout.ARTIFACTS, layout.LOGS))
        for entry in found:
            # What a killed writer left behind: it never got its name.
            if entry.name.startswith(".") and entry.name.endswith(".tmp"):
                continue
            if is_leftover(entry.name, names, kept=kept):
                continue
            path = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                below.append(path + "/")
                continue
            facts = self._facts(entry, path)
            if facts is not None:
                self._newest = max(self._newest or 0.0, facts.st_mtime)
                yield path, facts.st_size

    def _facts(self, entry: os.DirEntry[str], path: str) -> os.stat_result | None:
        """The status of a file of the run; None for what is no file, which is reported."""
        linked = entry.is_symlink()
        try:
            if linked and not is_inside(entry.path, os.path.realpath(self.folder)):
                why = "The link points outside the run"
            else:
                facts = entry.stat()
                if stat.S_ISREG(facts.st_mode):
                    return facts
                why = "The link points to no file" if linked else "It is not a regular file"
        except FileNotFoundError:
            if not linked:
                return None  # A run that goes on takes files away as well.
            why = "The link points to no file"
        except OSError as error:
            why = f"It cannot be read: {error.strerror or error}"
        self._problems.append(Problem(path, None, why, "Not followed", False))
        return None


def _mend_copy(path: str, original: str, names: Collection[str]) -> str:
    """What a copy is, and the command that makes it what it may have been meant to be."""
    if original not in names:
        return f"Its name looks like that of a copy. If it is the file itself: mv {quote(path)} {quote(original)}"
    stem, _, extension = original.partition(".")
    if (stem, extension) not in GROWING:
        return f"It is a copy of {original}, which is used. Remove the copy, or move it to artifacts/"
    more = f"{stem}.more.{extension}"
    return f"It is a copy of {original}. Remove it; if its content is missing there: mv {quote(path)} {quote(more)}"


def _in_order(file: tuple[str, int]) -> list[str]:
    """Files by the names of their folders, and their own."""
    return file[0].split("/")


def is_inside(path: str, real_folder: str) -> bool:
    """Whether a path, after all links, is in a folder that is given without links."""
    real = os.path.realpath(path)
    return real == real_folder or real.startswith(real_folder.rstrip(os.sep) + os.sep)


def content(path: str) -> bytes:
    """The bytes of a regular file; raises what ``regular`` raises."""
    with regular(path) as file:
        return file.read()


def read_text(path: str, problems: list[Problem] | None = None) -> str | None:
    """Read a text file for people; None where there is none. What cannot be read is reported among ``problems``."""
    try:
        return as_utf8(content(path)).decode("utf-8-sig", "replace")
    except OSError as error:
        if problems is not None and not isinstance(error, FileNotFoundError):
            problems.append(unreadable(os.path.basename(path), error))
        return None


def regular(path: str) -> BinaryIO:
    """Open a regular file to be read; raises OSError for a link that leaves its folder, and as ``open_file`` does."""
    if os.path.islink(path) and not is_inside(path, os.path.realpath(os.path.dirname(path))):
        raise OSError(errno.EPERM, "the link points outside the folder", path)
    return open_file(path)


def open_file(path: str | os.PathLike[str], buffering: int = -1) -> BinaryIO:
    """Open a regular file to be read, after all links, without ever waiting for a writer.

    Raises OSError for a pipe, a socket, a device and a folder: one could be read for ever.
    """
    # Without O_NONBLOCK, to open a pipe waits until somebody writes into it.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb", buffering)
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is not a regular file", os.fspath(path))


def whole_paths(paths: Iterable[str]) -> Iterator[str]:
    """The paths of files of a run, with that of the whole file for each piece."""
    return (piece.whole if (piece := piece_of(path)) else path for path in paths)


def opened(folder: str, path: str) -> BinaryIO:
    """Open a file of a run to be read, joined if it has pieces; raises what ``regular`` raises."""
    parts = _parts_beside(folder, path) if may_have_pieces(path) else None
    if parts is None:
        return regular(os.path.join(folder, path))
    from tempfile import TemporaryFile

    file = TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        for block in blocks(folder, parts):
            file.write(block)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def _parts_beside(folder: str, path: str) -> list[Part] | None:
    """The parts of a file of a run; None where it is whole under its own name."""
    above, _, name = path.rpartition("/")
    stem = os.path.splitext(name)[0]
    prefix = f"{above}/" if above else ""
    try:
        with os.scandir(os.path.join(folder, above)) as entries:
            near = [entry for entry in entries if entry.name.startswith(stem)]
            if not any(MARK in entry.name for entry in near):
                return None
            found = [
                (prefix + entry.name, entry.stat().st_size) for entry in near if entry.is_file(follow_symlinks=False)
            ]
    except OSError:
        return None
    return join(found).parts.get(path)


def joined(folder: str, parts: Iterable[Part]) -> bytes:
    """The bytes of a file of a run that has pieces; raises what ``regular`` raises."""
    return b"".join(blocks(folder, parts))


def blocks(folder: str, parts: Iterable[Part]) -> Iterator[bytes]:
    """The bytes of a file of a run that has pieces, block by block; raises what ``regular`` raises."""
    for part in parts:
        with regular(os.path.join(folder, part.path)) as source:
            source.seek(part.skip)
            left = part.size
            while left and (block := source.read(min(left, 1 << 20))):
                left -= len(block)
                yield block


def read_file(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a regular file; raises what ``open_file`` raises."""
    with open_file(path, 0) as file:
        return file.read()


def unreadable(path: str, error: OSError | ValueError) -> Problem:
    """What to tell of a file that could not be read."""
    if isinstance(error, OSError):
        return Problem(path, None, f"It cannot be read: {error.strerror or error}", "File skipped")
    line = getattr(error, "lineno", None)
    where = f"line {line}, " if line else ""
    return Problem(path, line, f"It is not valid JSON: {where}{mistake(error)}", "File skipped")


_MARK = "~~"
"""What a path has in it whose name stands elsewhere."""


def artifact_names(folder: str, paths: Iterable[str]) -> dict[str, str]:
    """The name of each artifact of a run by its path below ``artifacts/``."""
    known = list(paths)
    noted = dict(_noted(folder)) if any(_MARK in path for path in known) else {}
    return {path: noted.get(f"{layout.ARTIFACTS}/{path}") or layout.artifact_name(path) for path in known}


def _noted(folder: str) -> Iterator[tuple[str, str]]:
    """Path and name of the files whose names the run notes; bad lines are reported where all of them are read."""
    for place in sorted(os.listdir(folder)):
        try:
            if place.startswith("series") and place.endswith(".json"):
                yield from _pairs(mapping(mapping(decode(content(os.path.join(folder, place)))).get("files")).items())
            elif place.startswith("definitions") and place.endswith(".jsonl"):
                yield from _defined(content(os.path.join(folder, place)))
        except (OSError, ValueError):
            continue


def _defined(data: bytes) -> Iterator[tuple[str, str]]:
    for line in data.split(b"\n"):
        try:
            record = mapping(decode(line)) if b'"file"' in line else {}
        except ValueError:
            continue
        yield from _pairs([(record.get("file"), record.get("name"))])


def _pairs(pairs: Iterable[tuple[object, object]]) -> Iterator[tuple[str, str]]:
    return ((path, name) for path, name in pairs if isinstance(path, str) and isinstance(name, str))
