"""Reads the ends of logs, in blocks: no more than the last lines are kept in memory."""

from __future__ import annotations

from collections import deque
from typing import BinaryIO, NamedTuple

from ..page import LINES
from ..text.terminal import LINE_LIMIT

BLOCK = 1 << 20
"""Bytes that are read at once."""

KEPT_BYTES = 16 << 20
"""How much of a log's end is in the site beside the file itself."""

_BEGAN = "(this line begins before) … "


class LogEnd(NamedTuple):
    """The last lines of a log, of which ``first`` is the number of the first, and how many lines it has in all."""

    lines: list[bytes]
    first: int
    total: int


def read_end(stream: BinaryIO) -> LogEnd:
    """The end of a log. Raises OSError if it cannot be read."""
    gone, is_cut, blocks = 0, False, deque[bytes]()
    while block := stream.read(BLOCK):
        blocks.append(block)
        if len(blocks) > KEPT_BYTES // BLOCK:
            gone, is_cut = gone + blocks.popleft().count(b"\n"), True
    data = b"".join(blocks)
    lines = data.removesuffix(b"\n").split(b"\n") if data else []
    total = gone + len(lines)
    if is_cut:  # The first block began in the middle of a line.
        lines[:1] = [] if len(lines) > 1 else [_end_of_line(lines[0])]
    first = total - len(lines) + 1
    if is_cut:  # Scripts that are full stay what they are as the log grows.
        skipped = min(-(first - 1) % LINES, max(len(lines) - LINES, 0))
        del lines[:skipped]
        first += skipped
    return LogEnd(lines, first, total)


def _end_of_line(line: bytes) -> bytes:
    """The end of a line that began before what is kept of its log, as far as a page shows a line."""
    end = line[-4 * LINE_LIMIT :].decode("utf-8", "replace")[len(_BEGAN) - LINE_LIMIT :]
    _, again, rest = end.partition("\r")  # A progress bar, which is written over from its start.
    return (rest if again else _BEGAN + end).encode()
