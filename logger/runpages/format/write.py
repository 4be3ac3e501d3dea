"""Appends to files of a run, creates them once, or replaces them whole. Nothing is ever edited.

A line that was appended is with the operating system before the call returns, so it outlives the process.
"""

from __future__ import annotations

import errno
import os
import stat
from _thread import RLock

from .document import encode
from .errors import ConflictError, StorageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TORN = b"\x18\n"
"""What ends a line that the disk took only in part: CANCEL, the control character for "what precedes is in error"."""


MOST_OPEN = 32
"""How many files of records a process keeps open, whatever the number of names and runs.

A loop seldom logs to more names by turns, and opening one again costs about ten times a write. It leaves half of the
smallest limit in use, 64, to the script.
"""

RESERVED = 3
"""How many descriptors are kept for the end of runs: a file that is collected, its copy, and a module to be loaded."""

APART = 200
"""The least number of a descriptor that stays open between two calls, where the limit is above it.

A file that is opened takes the lowest free number. Where a script closes descriptors that are not its own, the next
file that it opens would otherwise take the number of one of these, get the lines of a run, and be closed with it.
"""


def refused(error: OSError, path: str) -> StorageError:
    """The error for a disk that refused, naming the path and what to do."""
    hints = {
        24: "Close some files, or raise the limit with ulimit -n.",
        28: "The disk is full. Free some space; earlier data is safe, and logging continues.",
        27: "The file reached the size limit of this disk or account. Earlier data is safe.",
        122: "The disk quota is used up. Free some space; earlier data is safe, and logging continues.",
        30: "The file system is read-only. Choose another workspace with root= or RUNPAGES_WORKSPACE.",
        13: "Choose another workspace with root= or RUNPAGES_WORKSPACE.",
        2: "The folder of the run no longer exists, or cannot be made there.",
        20: "Part of the path is a file, not a folder. Choose another workspace with root= or RUNPAGES_WORKSPACE.",
    }
    reason = os.strerror(error.errno) if error.errno else str(error)
    hint = hints.get(error.errno or 0, "Earlier data stays readable.")
    raised = StorageError(f"cannot write {path}: {reason}. {hint}")
    raised.errno = error.errno
    return raised


_APPENDING = os.O_WRONLY | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Appender:
    """One file that only this process appends to, whole lines at a time, opened at the first line.

    ``header`` comes before the first line, in the same write. ``fd`` is the open descriptor, or -1, for a caller that
    cannot afford a call of ``write``; such a caller hands the short count of an incomplete write to ``short``.
    """

    def __init__(self, path: str, header: bytes = b"") -> None:
        self.path = path
        self.fd = -1
        self._header = header
        self._mine = False
        self._first = True
        self._torn = False
        self._unsynced = False

    def write(self, lines: bytes) -> None:
        """Append whole lines by one call of the system; raises StorageError when the disk does not take them."""
        if self.fd < 0:
            self._open()
        before = self._header or (TORN if self._torn else b"")
        try:
            done = os.write(self.fd, before + lines)
        except OSError as error:
            done = self._write_again(before + lines, error)
        if done != len(before) + len(lines):
            raise self.short(done)
        self._torn = self._first = False
        self._unsynced = True
        self._header = b""

    def short(self, done: int) -> StorageError:
        """Note that the disk took only a part of what was to be written; returns the error to raise."""
        if not self._take_back():
            self._torn = self._torn or done > 0
        return refused(OSError(28, "No space left on device"), self.path)

    @property
    def is_left(self) -> bool:
        """Whether the file was closed with lines that no ``sync`` has seen."""
        return self._unsynced and self.fd < 0

    def sync(self) -> None:
        """Ask the disk to make what was appended outlive a power cut."""
        try:
            if self.fd >= 0:
                os.fsync(self.fd)
        except OSError as error:
            self._be_closed(error)
        if self.is_left:
            try:
                self.fd = descriptor(self.path, _APPENDING)
            except FileNotFoundError:
                pass  # Somebody removed the file, and with it what there was to keep.
            else:
                os.fsync(self.fd)
                self.close()
        self.synced()

    def synced(self) -> None:
        """Note that what was appended outlives a power cut."""
        self._unsynced = False

    def close(self) -> None:
        """Give the descriptor back; a later line opens the file again."""
        if self.fd >= 0:
            fd, self.fd = self.fd, -1
            try:
                os.close(fd)
            except OSError as error:
                if error.errno != errno.EBADF:  # A network disk may refuse only now what it was given.
                    raise refused(error, self.path) from error

    def _write_again(self, data: bytes, error: OSError) -> int:
        """Write what was refused, if that was for the descriptor alone."""
        try:
            self._be_closed(error)
            self._open()
            return os.write(self.fd, data)
        except StorageError:
            raise
        except OSError as refusal:
            self._take_back()
            raise refused(refusal, self.path) from refusal

    def _be_closed(self, error: OSError) -> None:
        """Note that the script closed the descriptor, as one does that becomes a daemon; raises any other error."""
        if error.errno != errno.EBADF:
            raise error
        self.fd, self._unsynced = -1, True

    def _take_back(self) -> bool:
        """Remove a file whose first write did not succeed, so that a refused call leaves none behind."""
        if not self._first:
            return False
        self.close()
        forget(self.path)
        self._mine = False
        return True

    def _open(self) -> None:
        how = _APPENDING | os.O_CREAT
        try:
            # Only the process that made the file goes on with it.
            self.fd = _apart(descriptor(self.path, how if self._mine else how | os.O_EXCL))
        except FileExistsError:
            raise ConflictError(f"{self.path} belongs to another writer and is never appended to") from None
        except OSError as error:
            raise refused(error, self.path) from error
        self._mine = True


class OpenFiles:
    """The descriptors that this process keeps, for all its runs, since the limit is the process's.

    Of files of records at most ``MOST_OPEN`` stay open; the least recently used one is closed, and opened again by
    its next line. ``metrics.csv`` is not among them: each run that goes on keeps its own.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._latest: dict[Appender, None] = {}
        self._reserve: list[int] = []

    def write(self, appender: Appender, lines: bytes) -> None:
        """Append whole lines as ``Appender.write`` does, and keep the file open while others are less recent."""
        with self._lock:
            self._latest.pop(appender, None)
            while len(self._latest) >= MOST_OPEN:
                self.close(next(iter(self._latest)))
            self._latest[appender] = None
            appender.write(lines)

    def sync(self, appender: Appender) -> None:
        """Ask the disk to make what was appended outlive a power cut."""
        with self._lock:
            appender.sync()

    def close(self, appender: Appender) -> None:
        """Close the file; a later line opens it again."""
        with self._lock:
            self._latest.pop(appender, None)
            appender.close()

    def make_room(self) -> bool:
        """Close all files; returns whether there was one."""
        with self._lock:
            were_open = [appender for appender in self._latest if appender.fd >= 0]
            for appender in were_open:
                self.close(appender)
            return bool(were_open)

    def reserve(self) -> None:
        """Take the descriptors that the end of a run will need, as far as there are any."""
        with self._lock:
            try:
                while len(self._reserve) < RESERVED:
                    self._reserve.append(_apart(os.open(os.devnull, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))))
            except OSError:
                pass  # The limit was reached before: then what ``make_room`` gives has to do.

    def give_back(self) -> None:
        """Give back what ``reserve`` took."""
        with self._lock:
            while self._reserve:
                fd = self._reserve.pop()
                try:
                    os.close(fd)
                except OSError:
                    pass  # The script closed it.

    def forked(self) -> None:
        """In a forked child: begin anew. A thread that is not here may hold the lock, and the files are a parent's."""
        self._lock = RLock()
        self.make_room()
        self.give_back()
        self._latest.clear()


open_files = OpenFiles()
"""The one of this process."""


def descriptor(path: str, how: int) -> int:
    """Open a file, as ``open(opener=…)`` wants it; where the limit is reached, files of records make room."""
    try:
        return os.open(path, how, 0o666)
    except OSError as error:
        if error.errno not in (errno.EMFILE, errno.ENFILE) or not open_files.make_room():
            raise
        return os.open(path, how, 0o666)


def regular(path: str, how: int) -> int:
    """Open a file to be read, as ``open(opener=…)`` wants it. Raises OSError for a pipe, a socket and a device.

    Those may have no end; and without O_NONBLOCK, to open a pipe waits until somebody writes into it.
    """
    fd = descriptor(path, how | getattr(os, "O_NONBLOCK", 0))
    kind = os.fstat(fd).st_mode
    if stat.S_ISREG(kind) or stat.S_ISDIR(kind):  # A folder is refused by ``open``, in the words of the system.
        return fd
    os.close(fd)
    raise OSError(errno.EINVAL, "it is not a regular file", path)


def _apart(fd: int) -> int:
    """Give an open file a number that no other file is likely to get; as it was where the system has no such call."""
    try:
        from fcntl import F_DUPFD_CLOEXEC, fcntl

        apart = fcntl(fd, F_DUPFD_CLOEXEC, APART)
    except (ImportError, OSError):
        return fd
    os.close(fd)
    return apart


def replace(path: str, data: bytes | dict[str, Any], *, sync: bool = False) -> None:
    """Replace a small file whole: a reader sees the old or the new one, never a part of either.

    ``sync`` makes it outlive a power cut as well. Raises StorageError when the disk refuses; the old file stays.
    """
    if isinstance(data, dict):
        data = encode(data)
    folder = os.path.dirname(path)
    side = temporary_name(folder)
    try:
        _fill(side, data, sync=sync)
        os.replace(side, path)
    except OSError as error:
        forget(side)
        raise error if isinstance(error, StorageError) else refused(error, path) from error


def create(path: str, data: bytes) -> None:
    """Create a file that must not exist; it appears whole. Raises ConflictError where one is there."""
    folder = os.path.dirname(path)
    side = temporary_name(folder)
    try:
        os.makedirs(folder, exist_ok=True)
        _fill(side, data, sync=False)
        claim(side, path)
    except OSError as error:
        forget(side)
        raise error if isinstance(error, StorageError) else refused(error, path) from error


def claim(side: str, path: str) -> None:
    """Give a finished file its name, and refuse to replace what has that name already."""
    try:
        os.link(side, path)
    except FileExistsError:
        forget(side)
        raise ConflictError(f"{path} already exists, and runpages never replaces what is written") from None
    except OSError:
        # No hard links on this file system: an exclusive creation guards the name instead.
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            forget(side)
            raise ConflictError(f"{path} already exists, and runpages never replaces what is written") from None
        os.replace(side, path)
        return
    os.unlink(side)


def temporary_name(folder: str) -> str:
    """A name beside a file to be, as short as any: the file's own may be as long as the disk allows."""
    return os.path.join(folder, f".{os.getpid()}-{os.urandom(4).hex()}.tmp")


def _fill(path: str, data: bytes, *, sync: bool) -> None:
    fd = descriptor(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0))
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]
        if sync:
            os.fsync(fd)
    finally:
        os.close(fd)


def forget(path: str) -> None:
    """Remove a file that did not come to be what it was for, if it can be removed."""
    try:
        os.unlink(path)
    except OSError:
        pass


def forget_folder(path: str) -> None:
    """Remove a folder that did not come to be what it was for, if it is empty."""
    try:
        os.rmdir(path)
    except OSError:
        pass
