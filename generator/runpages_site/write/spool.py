"""The lines of runs that wait until all runs are rendered, in a file: those of a large workspace take gigabytes."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import NamedTuple

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
        """Raises OutputError where the notes of the site cannot be written."""
        self._folder = f"{site}/{NOTES}"
        with output_error(self._folder):
            os.makedirs(self._folder, exist_ok=True)
        self._file = SpooledTemporaryFile(ROOM, dir=self._folder)  # noqa: SIM115 - it goes with the spool

    def put(self, line: Line) -> Spooled:
        """Take a line. Raises OutputError where there is no room for it."""
        files = "\0".join(line.files).encode("utf-8", "surrogatepass")
        with output_error(self._folder):
            place = self._file.seek(0, os.SEEK_END)
            self._file.write(b"%0*x%0*x" % (_DIGITS, len(files), _DIGITS, len(line.summary)) + files + line.summary)
        return Spooled(line.age, self, place)

    def line(self, age: Age, place: int) -> Line:
        """The line at a place. Raises OutputError where it can't be read."""
        with output_error(self._folder):
            self._file.seek(place)
            files, size = int(self._file.read(_DIGITS), 16), int(self._file.read(_DIGITS), 16)
            data = self._file.read(files + size)
        paths = data[:files].decode("utf-8", "surrogatepass")
        return Line(age, paths.split("\0") if paths else [], data[files:])

    def close(self) -> None:
        """Let go of all lines: on some systems a folder with an open file can't be renamed."""
        with output_error(self._folder):
            self._file.close()
