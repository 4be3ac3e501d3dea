"""The lines of runs that wait until all runs are rendered, in a file: those of a large workspace take gigabytes."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple

from .run_blocks import Age, Line
from .site_folder import NOTES
from .writer import output_error

ROOM = 1 << 20
"""Bytes that are kept in memory: few runs need no file."""

_DIGITS = 8
"""Of the sizes before each line, in hexadecimal."""


class Spooled(NamedTuple):
    """A line in a spool, which is read when it is asked for; the age is known, since runs are ordered by it."""

    age: Age
    spool: Spool
    place: int

    def read(self) -> Line:
        """The line. Raises OutputError where the spool can't be read."""
        return self.spool.line(self.age, self.place)


class Spool:
    """Lines in the order in which they came. The file has no name: a build that is killed leaves none."""

    def __init__(self, site: Path) -> None:
        self._folder = f"{site}/{NOTES}"
        self._file: BinaryIO | None = None
        self._start = 0
        """Bytes in the file; those after it are in memory."""
        self._latest = bytearray()

    def put(self, line: Line) -> Spooled:
        """Take a line. Raises OutputError where there is no room for it."""
        place = self._start + len(self._latest)
        files = "\0".join(line.files).encode("utf-8", "surrogatepass")
        self._latest += b"%0*x%0*x" % (_DIGITS, len(files), _DIGITS, len(line.summary)) + files + line.summary
        if len(self._latest) > ROOM:
            with output_error(self._folder):
                self._write()
        return Spooled(line.age, self, place)

    def line(self, age: Age, place: int) -> Line:
        """The line at a place. Raises OutputError where it can't be read."""
        with output_error(self._folder):
            head = self._read(place, 2 * _DIGITS)
            files, summary = int(head[:_DIGITS], 16), int(head[_DIGITS:], 16)
            data = self._read(place + len(head), files + summary)
        paths = data[:files].decode("utf-8", "surrogatepass")
        return Line(age, paths.split("\0") if paths else [], data[files:])

    def close(self) -> None:
        """Let go of all lines: on some systems a folder with an open file can't be renamed."""
        self._latest.clear()
        if self._file is not None:
            self._file.close()

    def _write(self) -> None:
        if self._file is None:
            os.makedirs(self._folder, exist_ok=True)
            self._file = TemporaryFile(dir=self._folder)  # noqa: SIM115 - it goes with the spool
        self._file.seek(self._start)
        self._start += self._file.write(self._latest)
        self._file.flush()
        self._latest = bytearray()

    def _read(self, place: int, size: int) -> bytes:
        if place >= self._start or self._file is None:
            return bytes(self._latest[place - self._start : place - self._start + size])
        self._file.seek(place)
        return self._file.read(size)
