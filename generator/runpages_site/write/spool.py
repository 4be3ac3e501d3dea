"""What remains of runs waits until all runs are rendered, in a file: that of a large workspace takes gigabytes."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, NamedTuple

from .run_blocks import Age, Line
from .site_folder import NOTES
from .writer import output_error

ROOM = 1 << 20
"""Bytes that are kept in memory: few runs need no file."""

_DIGITS = 8
"""Of each of the three sizes before what is kept of a run, in hexadecimal."""


class Spooled(NamedTuple):
    """A line in a spool, which is read when it is asked for; the age is known, since runs are ordered by it."""

    age: Age
    spool: Spool
    place: int

    def read(self) -> Line:
        """The line. Raises OutputError where the spool can't be read."""
        return self.spool.line(self.age, self.place)


class Spool:
    """Runs in the order in which they came. The file has no name: a build that is killed leaves none."""

    def __init__(self, site: Path) -> None:
        """Raises OutputError where the notes of the site cannot be written."""
        self._folder = f"{site}/{NOTES}"
        with output_error(self._folder):
            os.makedirs(self._folder, exist_ok=True)
        self._file = SpooledTemporaryFile(ROOM, dir=self._folder)  # noqa: SIM115 - it goes with the spool

    def put(self, known: object, line: Line | None) -> int:
        """Take what is known of a run, and its line if it has one; returns its place.

        Raises OutputError where there is no room for it.
        """
        head = pickle.dumps((known, line and line.age))
        files = "\0".join(line.files).encode("utf-8", "surrogatepass") if line else b""
        summary = line.summary if line else b""
        sizes = b"".join(b"%0*x" % (_DIGITS, len(one)) for one in (head, files, summary))
        with output_error(self._folder):
            place = self._file.seek(0, os.SEEK_END)
            self._file.write(sizes + head + files + summary)
        return place

    def get(self, place: int) -> tuple[Any, Spooled | None]:
        """What is known of the run at a place, and its line. Raises OutputError where it can't be read."""
        with output_error(self._folder):
            self._file.seek(place)
            size, _, _ = self._sizes()
            known, age = pickle.loads(self._file.read(size))  # noqa: S301 - this process wrote it, and nobody else can
        return known, None if age is None else Spooled(age, self, place)

    def line(self, age: Age, place: int) -> Line:
        """The line at a place. Raises OutputError where it can't be read."""
        with output_error(self._folder):
            self._file.seek(place)
            head, files, summary = self._sizes()
            data = self._file.read(head + files + summary)[head:]
        paths = data[:files].decode("utf-8", "surrogatepass")
        return Line(age, paths.split("\0") if paths else [], data[files:])

    def _sizes(self) -> list[int]:
        data = self._file.read(3 * _DIGITS)
        return [int(data[at : at + _DIGITS], 16) for at in range(0, 3 * _DIGITS, _DIGITS)]

    def close(self) -> None:
        """Let go of all lines: on some systems a folder with an open file can't be renamed."""
        with output_error(self._folder):
            self._file.close()
