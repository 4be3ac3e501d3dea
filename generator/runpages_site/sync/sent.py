"""Notes what of a workspace is in a bucket: a line for each file that was sent, in the workspace's ``.runpages``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import NamedTuple

from runpages.format import layout
from runpages.format.files import read_file

from ..errors import BusyError

FOLDER = f"{layout.STATE}/sync"


class Sent(NamedTuple):
    """What a bucket has of a file."""

    size: int
    """How many bytes, from its beginning on."""
    time: int
    """When the file had changed that was sent, in nanoseconds."""
    base: int = 0
    """How many of them are under the name of the file itself; what follows is in pieces."""
    generation: int = 0
    """That of the pieces; 0 if there never were any."""
    tail: str = ""
    """The hash of the last bytes, by which it is seen that a file was not appended to, but written anew."""


class Journal:
    """What was sent to one bucket, by path; every process may end at any moment, so each line is written at once."""

    def __init__(self, root: str, url: str) -> None:
        """Read what was noted. Raises OSError for notes that are there and cannot be read."""
        name = blake2b(url.encode(), digest_size=8).hexdigest()
        self._path = os.path.join(root, FOLDER, f"{name}.jsonl")
        self._url = url
        self._descriptor = -1
        self.known: dict[str, Sent] = {}
        self.lines = 0
        *lines, torn = self._read()
        self._is_torn = bool(torn)
        for line in lines:
            try:
                path, *values = json.loads(line)
                self.known[path] = Sent(*values)
            except (ValueError, TypeError):
                continue  # A line that was torn when the machine went down: the file is sent again.
            self.lines += 1

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Keep notes, and other processes away that send the same. Raises BusyError, and OSError where it cannot."""
        os.makedirs(os.path.dirname(self._path), exist_ok=True)
        with _locked(f"{self._path}.lock", self._url):
            if self._is_torn or self.lines > 2 * len(self.known) + 1000 or not os.path.exists(self._path):
                self._write_anew()
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
            try:
                yield
            finally:
                os.close(self._descriptor)
                self._descriptor = -1

    def note(self, path: str, sent: Sent) -> None:
        """Note a file that is in the bucket now."""
        self.known[path] = sent
        os.write(self._descriptor, _line(path, sent))

    def forget(self) -> None:
        """Forget all: the bucket is not the one that it was."""
        self.known.clear()
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, 0)
            os.write(self._descriptor, self._head())

    def _read(self) -> list[bytes]:
        try:
            return read_file(self._path).split(b"\n")[1:] or [b""]
        except FileNotFoundError:
            return [b""]

    def _head(self) -> bytes:
        return json.dumps({"format": 1, "url": self._url}).encode() + b"\n"

    def _write_anew(self) -> None:
        with open(f"{self._path}.tmp", "wb") as file:
            file.write(self._head())
            file.writelines(_line(path, sent) for path, sent in self.known.items())
        os.replace(f"{self._path}.tmp", self._path)


def _line(path: str, sent: Sent) -> bytes:
    return json.dumps([path, *sent]).encode() + b"\n"


@contextmanager
def _locked(path: str, url: str) -> Iterator[None]:
    """Hold a lock, which a process gives back however it ends. Raises BusyError if another one has it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
    try:
        try:
            from fcntl import LOCK_EX, LOCK_NB, flock

            flock(descriptor, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"another runpages sync copies this workspace to {url}; wait until it ends") from None
        except (ImportError, OSError):
            pass  # A system or a file system without locks.
        yield
    finally:
        os.close(descriptor)
