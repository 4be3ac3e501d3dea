"""Writes files into a site: each whole or not at all, and one that is as it should be is left alone."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from threading import get_ident
from typing import BinaryIO

from runpages.format import layout, write
from runpages.format.document import encode
from runpages.format.errors import RunpagesError
from runpages.format.files import open_file

from ..errors import OutputError
from ..read.contents import Small
from ..site import Script

UNFINISHED = ".runpages-unfinished"
"""A folder in the site where a file is written before it gets its name; a killed build leaves it to the next."""

JOURNAL = ".runpages-written"
"""A file in the site with the paths of new files, each between two NULs, until a manifest lists them."""

# Two machines that write one site may have the same process numbers, and containers the same name.
_PROCESS = os.urandom(4).hex()

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""What the system says of a disk that takes nothing more."""

# Of a copy inside the system: what says only that it cannot be made there, between these two files.
_NO_COPY = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF, errno.ETXTBSY)


class Writer:
    """Writes files into a site, each whole or not at all. Paths are relative to its root, with ``/``.

    In a ``fresh`` site, which nobody reads yet, there is nothing to replace.
    """

    def __init__(self, folder: Path, *, fresh: bool) -> None:
        self.folder = folder
        self.fresh = fresh
        self.files: dict[str, int] = {}
        self.changed = 0
        self._root = str(folder)
        self._made: set[str] = set()

    @property
    def size(self) -> int:
        """The size of all files that were put here, also of those that were there."""
        return sum(self.files.values())

    def put(self, path: str, data: bytes) -> None:
        """Write a file, unless it holds these bytes already. Raises OutputError where that is not possible."""
        self.files[path] = len(data)
        place = self._place(path)
        if self.fresh:
            with output_error(path):
                self._create(place, lambda file: _write(file, data))
        elif not _holds(place, data):
            with output_error(path):
                self._replace(place, lambda file: _write(file, data))
        else:
            return
        self.changed += 1

    def put_pieces(self, path: str, size: int, pieces: Callable[[], Iterable[bytes]]) -> None:
        """Write a file of so many bytes piece by piece; ``pieces`` may be called twice. Raises what ``put`` raises."""
        self.files[path] = size
        place = self._place(path)

        def write(file: BinaryIO) -> None:
            for piece in pieces():
                _write(file, piece)

        if self.fresh or not _holds_pieces(place, size, pieces):
            with output_error(path):
                (self._create if self.fresh else self._replace)(place, write)
            self.changed += 1

    def put_script(self, path: str, data: bytes) -> Script:
        """Write a data script; returns its path with the hash by which pages link it."""
        self.put(path, data)
        return Script(path, sha256(data).hexdigest()[:8])

    def copy(self, source: str, path: str, *, link: bool = False, small: Small | None = None) -> None:
        """Copy a file, unless the copy has its size and time of change already; with ``link``, link it.

        A ``small`` file is not read again.

        Raises OSError where the source cannot be read, and OutputError where the site cannot be written.
        """
        if link and self._link(source, path):
            return
        if small:
            self._copy(path, small.facts, lambda file: _write(file, small.data))
            return
        with open_file(source, buffering=0) as data:
            facts = os.fstat(data.fileno())
            self._copy(path, facts, lambda file: _copy(data, file, facts.st_size))

    def _copy(self, path: str, facts: os.stat_result, copy: Callable[[BinaryIO], None]) -> None:
        """Write a copy of a file with these facts."""
        place = self._place(path)
        if self.fresh or not _is_copy(place, facts):

            def write(file: BinaryIO) -> None:
                copy(file)
                os.utime(file.fileno(), ns=(facts.st_atime_ns, facts.st_mtime_ns))

            # What else goes wrong is the source's: one bad file does not stop the site.
            with output_error(path, FULL):
                (self._create if self.fresh else self._replace)(place, write)
            self.changed += 1
        self.files[path] = facts.st_size

    def keep(self, path: str) -> bool:
        """Keep a file of the last build as it is; False where there is none."""
        try:
            self.files[path] = os.stat(f"{self._root}/{path}").st_size
        except OSError:
            return False
        return True

    def withdraw(self, path: str) -> None:
        """Remove a file that was put here and is not wanted after all."""
        del self.files[path]
        os.unlink(f"{self._root}/{path}")

    def _place(self, path: str) -> str:
        if not self.fresh:
            self._announce(path)
        folder = path.rpartition("/")[0]
        if folder not in self._made:
            try:
                self._make(folder)
            except OSError as error:
                # A name that is longer here than where it comes from is that one file's matter.
                raise error if error.errno == errno.ENAMETOOLONG else _refused(path, error) from None
        return f"{self._root}/{path}"

    def _make(self, folder: str) -> None:
        """Make a folder, and first those above it that cannot be there, since the one above them was made for this."""
        above = folder.rpartition("/")[0]
        if above not in self._made and above.rpartition("/")[0] in self._made:
            self._make(above)
        _make_folder(f"{self._root}/{folder}")
        self._made.update((folder, above))

    def _replace(self, place: str, write: Callable[[BinaryIO], None]) -> None:
        side = self._side()
        try:
            with open(side, "wb", buffering=0) as file:
                write(file)
            os.replace(side, place)
        except OSError:
            with suppress(OSError):
                os.unlink(side)
            raise

    def _create(self, place: str, write: Callable[[BinaryIO], None]) -> None:
        """Write a new file. One that is there was left by a worker that is lost, or may still be writing, or is a link
        to a run's: it is replaced and never written into."""
        try:
            file = open(place, "xb", buffering=0)  # noqa: SIM115 - only opening it may find another
        except FileExistsError:
            self._replace(place, write)
            return
        with file:
            try:
                write(file)
            except OSError:
                os.unlink(place)
                raise

    def _link(self, source: str, path: str) -> bool:
        """Whether there is a link to the source; between two disks, and to a link, there can be none."""
        facts = os.lstat(source)
        if not stat.S_ISREG(facts.st_mode):
            return False
        place = self._place(path)
        if self.fresh or not is_same(place, facts):
            try:
                self._make_link(source, place)
            except OSError as error:
                if error.errno in FULL:
                    raise _refused(path, error) from None
                return False
            self.changed += 1
        self.files[path] = facts.st_size
        return True

    def _make_link(self, source: str, place: str) -> None:
        if self.fresh:
            with suppress(FileExistsError):
                os.link(source, place)
                return
        side = self._side()
        with suppress(FileNotFoundError):
            os.unlink(side)
        os.link(source, side)
        os.replace(side, place)

    def _announce(self, path: str) -> None:
        """Note a file that is new before it and its folder are there."""
        if not path.startswith(".runpages") and not os.path.lexists(f"{self._root}/{path}"):
            self.announce([path])

    def announce(self, paths: Iterable[str]) -> None:
        """Note files that no manifest lists, not yet or not any more: those of a killed build are known as ours."""
        with output_error(JOURNAL), open(f"{self._root}/{JOURNAL}", "ab", buffering=0) as file:
            # After a line that a full disk has torn, too.
            _write(file, b"".join(b"\0" + os.fsencode(path) + b"\0" for path in paths))

    def _side(self) -> str:
        return f"{aside(self.folder)}/{os.getpid()}-{_PROCESS}-{get_ident()}"


def aside(site: Path) -> str:
    """The folder in a site for what has no name there yet. Raises OutputError where there can be none."""
    folder = site / UNFINISHED
    with output_error(str(folder)):
        folder.mkdir(exist_ok=True)
    return str(folder)


def check_reached(*folders: Path | str) -> None:
    """Raise OutputError for a folder that is not there: a worker on another machine would make one of its own."""
    for folder in folders:
        if not os.path.isdir(folder):
            from platform import node

            raise OutputError(
                f"{folder} is not there on {node()}: all workers must see the workspace and the site under the same "
                "paths. An existing site still works"
            )


def keep(place: Path, data: bytes) -> None:
    """Write a note of our own, whole or not at all. Raises OutputError where that is not possible."""
    keep_pieces(place, [data])


def keep_pieces(place: Path, pieces: Iterable[bytes]) -> None:
    """The same of what is made piece by piece."""
    side = place.with_name(f".{place.name}.tmp")
    with output_error(str(place)):
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(side, "wb") as file:
                file.writelines(pieces)
            with suppress(FileNotFoundError):  # A worker that was taken for lost does the same, and was faster.
                side.replace(place)
        except BaseException:
            side.unlink(missing_ok=True)  # On a full disk it takes room.
            raise


def note_site(workspace: Path, folder: Path, base_url: str | None) -> None:
    """Note in a workspace where its site is, for ``run.get_portal_url()``."""
    state = workspace / layout.STATE
    facts = encode({"format": 1, "site": os.path.relpath(folder, state), "base_url": base_url})
    path = state / "site.json"
    try:
        if not path.is_file() or path.read_bytes() != facts:
            state.mkdir(exist_ok=True)
            write.replace(str(path), facts)
    except (OSError, RunpagesError):
        return  # A workspace that is read-only can be built all the same.


@contextmanager
def output_error(path: str, only: Collection[int] = ()) -> Iterator[None]:
    """Turn what the system says into an error that names the file; with ``only``, some of what it says."""
    try:
        yield
    except OSError as error:
        if only and error.errno not in only:
            raise
        raise _refused(path, error) from None


def _refused(path: str, error: OSError) -> OutputError:
    return OutputError(f"the site cannot be written: {path}: {error.strerror or error}. An existing site still works")


def _is_copy(place: str, facts: os.stat_result) -> bool:
    """Whether a file has the size and the time of another, and is not a link to it."""
    try:
        there = os.stat(place)
    except OSError:
        return False
    same = (there.st_size, there.st_mtime_ns) == (facts.st_size, facts.st_mtime_ns)
    return same and not os.path.samestat(there, facts)


def is_same(place: str | Path, facts: os.stat_result) -> bool:
    """Whether the file or the folder at a place is the one that these facts are of."""
    try:
        return os.path.samestat(os.stat(place), facts)
    except OSError:
        return False


def _make_folder(folder: str) -> None:
    try:
        os.mkdir(folder)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)


def _holds(place: str, data: bytes) -> bool:
    """Whether a file has these bytes; one of another size is not read."""
    try:
        with open_file(place, buffering=0) as file:
            return os.fstat(file.fileno()).st_size == len(data) and file.read() == data
    except OSError:
        return False


def _holds_pieces(place: str, size: int, pieces: Callable[[], Iterable[bytes]]) -> bool:
    """The same of bytes in pieces."""
    try:
        with open_file(place) as file:
            return os.fstat(file.fileno()).st_size == size and all(file.read(len(one)) == one for one in pieces())
    except OSError:
        return False


def _write(file: BinaryIO, data: bytes) -> None:
    """Write all of it: a full disk may take a part and say nothing until the next call."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    """Copy inside the system where it can, which on some disks copies nothing at all."""
    try:
        while size > 0 and (done := os.copy_file_range(source.fileno(), target.fileno(), size)):
            size -= done
    except (OSError, AttributeError) as error:
        if isinstance(error, OSError) and error.errno not in _NO_COPY:
            raise
    shutil.copyfileobj(source, target, 1 << 20)
