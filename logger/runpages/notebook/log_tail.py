"""The end of a log as text: without colours, and of a line that was written over the last state."""

from __future__ import annotations

import os
import re

from ..format.files import regular

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..format.records import File, RunRecord

LINES = 20
WIDEST = 400
"""Characters of a line that are shown."""

_BYTES = 1 << 15
# The control sequences of ECMA-48: CSI, OSC and the two-character ones.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


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
    return [plain(line) for line in whole.rstrip("\r\n").split("\n")[-LINES:]]


def plain(line: str) -> str:
    """A line as a terminal would leave it standing: no control characters, and nothing that was written over."""
    shown = _CONTROLS.sub("", _ESCAPES.sub("", line).rstrip("\r").rpartition("\r")[2]).expandtabs(4)
    return shown if len(shown) <= WIDEST else f"{shown[:WIDEST]} …"
