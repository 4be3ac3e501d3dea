"""The logs of a run: their last lines for the page, and those before in scripts that a browser asks for.

A script holds a thousand lines, numbered from the start of the file, so that what is appended changes the last one
only. A log is read once, in blocks; no more than the last ones are kept.
"""

from __future__ import annotations

import os
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from runpages.format.files import open_file
from runpages.format.layout import FileNames
from runpages.format.records import RunRecord

from .. import text
from ..model import Earlier, LogText
from ..page import LINES, lines_script
from ..text.terminal import LINE_LIMIT
from .writer import Writer

PAGE_BYTES = 1 << 20
"""How much of a log's end is on a page at most."""

_BEGAN = "(this line begins before) … "

KEPT_BYTES = 16 << 20
"""How much of a log's end is in the site beside the file itself."""


class _End(NamedTuple):
    """The last lines of a log, of which ``first`` is the number of the first, and how many lines it has in all."""

    lines: list[bytes]
    first: int
    total: int


def put_logs(record: RunRecord, out: Writer, folder: str, most: int) -> Iterator[LogText]:
    """The last ``most`` lines of each log of a run, of its last MiB; those before are written to ``folder``.

    ``folder`` is that of the run in the site, with ``/`` at its end. Raises OutputError where it cannot be written.
    """
    names = FileNames()
    for log in record.logs:
        try:
            end = _read(os.path.join(record.folder, log.file))
        except OSError:
            continue
        start = _page_start(end.lines, most)
        earlier = _put_earlier(end, start, out, f"{folder}lines/{names.of(log.name)}") if start else None
        whole = b"".join([line + b"\n" for line in end.lines[start:]]).decode("utf-8", "replace")
        yield LogText(log.name, log.file, whole, end.first + start, end.total, log.size, earlier)


def _read(path: str) -> _End:
    total, blocks, seen = 0, deque[bytes](maxlen=KEPT_BYTES // PAGE_BYTES), 0
    with open_file(path) as stream:
        while block := stream.read(PAGE_BYTES):
            total += block.count(b"\n")
            seen += len(block)
            blocks.append(block)
    data = b"".join(blocks)
    lines = data.removesuffix(b"\n").split(b"\n") if data else []
    if len(data) < seen:  # The first block began in the middle of a line.
        lines[:1] = [] if len(lines) > 1 else [_end_of_line(lines[0])]
    total += bool(data) and not data.endswith(b"\n")
    first = total - len(lines) + 1
    if len(data) < seen:  # Scripts that are full stay what they are as the log grows.
        skipped = min(-(first - 1) % LINES, max(len(lines) - LINES, 0))
        del lines[:skipped]
        first += skipped
    return _End(lines, first, total)


def _end_of_line(line: bytes) -> bytes:
    """The end of a line that began before what is kept of its log, as far as a page shows a line."""
    end = line[-4 * LINE_LIMIT :].decode("utf-8", "replace")[len(_BEGAN) - LINE_LIMIT :]
    _, again, rest = end.partition("\r")  # A progress bar, which is written over from its start.
    return (rest if again else _BEGAN + end).encode()


def _page_start(lines: Sequence[bytes], most: int) -> int:
    """Which of the lines is the first on the page."""
    start, size = len(lines), 0
    while start and len(lines) - start < most:
        size += len(lines[start - 1]) + 1
        if size > PAGE_BYTES and start < len(lines):
            break
        start -= 1
    return start


def _put_earlier(end: _End, stop: int, out: Writer, folder: str) -> Earlier:
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
