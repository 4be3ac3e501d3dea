"""Writes the lines of logs that come before those of the page, in scripts that a browser asks for.

A script holds a thousand lines, numbered from the start of the file, so that what is appended changes the last one
only.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Sequence

from runpages.format.layout import FileNames
from runpages.format.records import RunRecord

from .. import text
from ..model import Earlier, LogText
from ..page import LINES, lines_script
from ..read.logs import LogEnd, read_end
from .writer import Writer

PAGE_BYTES = 1 << 20
"""How much of a log's end is on a page at most."""


def put_logs(record: RunRecord, out: Writer, folder: str, most: int) -> Iterator[LogText]:
    """The last ``most`` lines of each log of a run, of its last MiB; those before are written to ``folder``.

    ``folder`` is that of the run in the site, with ``/`` at its end. Raises OutputError where it cannot be written.
    """
    names = FileNames()
    for log in record.logs:
        try:
            end = read_end(os.path.join(record.folder, log.file))
        except OSError:
            continue
        start = _page_start(end.lines, most)
        earlier = _put_earlier(end, start, out, f"{folder}lines/{names.of(log.name)}") if start else None
        whole = b"".join([line + b"\n" for line in end.lines[start:]]).decode("utf-8", "replace")
        yield LogText(log.name, log.file, whole, end.first + start, end.total, log.size, earlier)


def _page_start(lines: Sequence[bytes], most: int) -> int:
    """Which of the lines is the first on the page."""
    start, size = len(lines), 0
    while start and len(lines) - start < most:
        size += len(lines[start - 1]) + 1
        if size > PAGE_BYTES and start < len(lines):
            break
        start -= 1
    return start


def _put_earlier(end: LogEnd, stop: int, out: Writer, folder: str) -> Earlier:
    """Write the lines before that at ``stop``, and what they leave to the next."""
    style: tuple[str, ...] = ()
    going = text.Continuation()
    errors = warnings = version = place = 0
    while place < stop:
        number = (end.first + place - 1) // LINES
        upto = min(stop, place + LINES - (end.first + place - 1) % LINES)
        seen = text.seen(b"\n".join(end.lines[place:upto]).decode("utf-8", "replace"), style)
        levels = text.severities(seen.lines, going)
        script = lines_script(seen, levels)
        out.put(f"{folder}/{number}.js", script)
        version = zlib.crc32(script, version)
        style, going = seen.style, levels.going
        errors += levels.begun
        warnings += len(levels.warnings)
        place = upto
    return Earlier(folder, f"{version:08x}", end.first, errors, warnings, style, *going)
