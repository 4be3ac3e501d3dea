"""Finds when a run was last written to, by the times in its files: copies and clones give files new times."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from . import layout
from .csv_line import split
from .csv_rows import Header, decoded, time_of
from .document import decode, mapping, seconds
from .files import RunFiles, open_file
from .spelling import YEARS

TAILS = (1 << 12, 1 << 18)
"""How many bytes of a file's end are read, and how many if no line in those has a time: one text may be long."""

LINES = 100
"""How many lines of an end are looked at."""

_TimeIn = Callable[[bytes, bytes], float | None]
"""Reads the time of a line of a file with such a first line; raises ValueError for what is none."""


def latest(files: RunFiles, document: dict[str, Any]) -> float | None:
    """The latest time in the files of a run, in seconds since the epoch; None where they have none.

    Only the end of each file that grows is read, so the effort is linear in the number of files.
    """
    times = [seconds(document.get(key)) for key in ("created", "started", "start_time")]
    points = [path for _, path in files.written_by(layout.METRICS, "csv")]
    times += [_last(files, path, _of_point) for path in points]
    lists = [path for stem in ("changes", "images", "media") for _, path in files.written_by(stem, "jsonl")]
    charts = [path for path, _ in files.below("charts") if path.endswith(".jsonl")]
    times += [_last(files, path, _of_record) for path in (*lists, *charts)]
    return max((time for time in times if time is not None), default=None)


def _last(files: RunFiles, path: str, time_in: _TimeIn) -> float | None:
    """The time in the last whole line of a file that has one; the last piece of a file has its first line, too."""
    try:
        with open_file(os.path.join(files.folder, files.last_part(path))) as file:
            first = file.readline(TAILS[0])
            for size in TAILS:
                for line in _last_lines(file, size):
                    try:
                        time = time_in(line, first)
                    except ValueError:
                        continue
                    if (
                        time is not None and time >= YEARS[0]
                    ):  # Else since something else, such as the start of the run.
                        return time
    except OSError:  # Reading its content will report it.
        pass
    return None


def _last_lines(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The last whole lines of a file, from the end."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(end - size, 0))
    lines = file.read(size).split(b"\n")[:-1]
    yield from reversed(lines[-LINES:] if end <= size else lines[1:][-LINES:])


def _of_point(line: bytes, first: bytes) -> float | None:
    header = Header.parse(decoded(first).removeprefix("\ufeff").removesuffix("\n"))
    if header is None or header.time is None:
        return None
    fields = split(decoded(line).removesuffix("\r"))
    return time_of(fields[header.time]) if len(fields) == header.width else None


def _of_record(line: bytes, _: bytes) -> float | None:
    return seconds(mapping(decode(line)).get("time"))
