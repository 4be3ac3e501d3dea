"""Reads the end of a log as text, with the terminal of the site where that is installed."""

from __future__ import annotations

import os

from ..format.files import regular
from .chart import site

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..format.records import File, RunRecord

LINES = 20
WIDEST = 400
"""Characters of a line that are shown."""

_BYTES = 1 << 15


def newest(run: RunRecord) -> File | None:
    """The log that was written to last."""

    def written(log: File) -> float:
        try:
            return os.lstat(os.path.join(run.folder, log.file)).st_mtime
        except OSError:
            return 0.0

    return max((log for log in run.logs if log.size), key=written, default=None)


def tail(folder: str, log: File) -> list[str]:
    """The last lines of a log; none where it cannot be read."""
    try:
        with regular(os.path.join(folder, log.file)) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _BYTES))
            data = file.read(_BYTES)
    except OSError:
        return []
    text = data.decode("utf-8", "replace")
    whole = text.partition("\n")[2] if size > _BYTES and "\n" in text else text
    return [_cut(line) for line in plain(whole.rstrip("\r\n")).split("\n")[-LINES:]]


def plain(text: str) -> str:
    """A text as a terminal would leave it standing; without the site's libraries, without control characters alone."""
    drawing = site()
    if drawing is None:
        return "".join(letter for letter in text if letter.isprintable() or letter in "\n\t")
    return "\n".join(drawing.text.seen(text).lines)


def _cut(line: str) -> str:
    return line if len(line) <= WIDEST else f"{line[:WIDEST]} …"
