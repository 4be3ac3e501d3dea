"""Reads the ends of a run's files: the last lines of its logs, and the last value of each metric.

The time that it takes does not grow with the files. Logs are those of a terminal where the site's libraries are there.
"""

from __future__ import annotations

import os

from ..format import status
from ..format.document import mapping, text
from ..format.files import RunFiles, opened, regular
from ..format.jsonl import records
from ..format.layout import METRICS
from ..format.read import read_document
from ..format.records import Declaration, RunRecord, Series
from ..format.stream import parse
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
        with opened(folder, log.file) as file:
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


END = 1 << 15
"""Bytes of the end of a metrics file that are read; a metric with no point among them has no value."""


def last_values(run: RunRecord) -> dict[str, Series]:
    """A series with one point, the last by time, of each metric at the ends of the files of a run."""
    files = RunFiles(run.folder, [])
    goals = _goals(files)
    found: dict[str, Series] = {}
    for _, path in files.written_by(METRICS, "csv"):
        data = _end(os.path.join(run.folder, files.last_part(path)))
        points = parse(data, path, growing=run.status in status.ACTIVE, by_hand=not run.owner).series
        for name, (steps, times, values) in points.items():
            known = found.get(name)
            if known is None or (times[-1] or 0.0) >= (known.times[-1] or 0.0):
                said = Declaration(goal=goals.get(name))
                found[name] = Series(name, steps[-1:], times[-1:], values[-1:], said)
    return found


def _end(path: str) -> bytes:
    """The header of a file and its last lines; nothing where it cannot be read."""
    try:
        with regular(path) as file:
            head = file.readline(END)
            size = file.seek(0, os.SEEK_END)
            if size <= len(head) + END:
                file.seek(0)
                return file.read(len(head) + END)
            file.seek(size - END)
            return head + file.read(END).partition(b"\n")[2]
    except OSError:
        return b""


def _goals(files: RunFiles) -> dict[str, str]:
    """The goals that were declared, by metric."""
    said = []
    for _, path in files.written_by("series", "json"):
        known = mapping(read_document(os.path.join(files.folder, path), []).get("series"))
        said += [(name, text(mapping(one).get("goal"))) for name, one in known.items()]
    for _, path in files.written_by("definitions", "jsonl"):
        lines = records(path, files, [], growing=True)
        said += [(text(one.get("name")) or "", text(one.get("goal"))) for one in lines]
    return {name: goal for name, goal in said if goal}
