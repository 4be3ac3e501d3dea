"""Collects what SwanLab noted of a run, in bounded memory: by its record log, or by the lines that it logged locally.

The records of version 2 of the log are messages of protocol buffers, those of version 1 JSON documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from runpages.format.document import decode, mapping

from ..source import PointSink
from .history import Metrics, number, time_of
from .protobuf import BYTES, FIXED64, Field, double, fields, signed, text, timestamp

STATUS = {1: "Completed", 2: "Failed", 3: "Canceled"}
"""How a run ended, by the number that a record has for it."""

_SYSTEM = "__swanlab__."
_SPELLED = {"NAN": "NaN", "INF": "Infinity", "-INF": "-Infinity"}
_TEXTS = {1: "project", 4: "name", 5: "description", 7: "group", 8: "job_type", 10: "id"}


class Item(NamedTuple):
    """A file that was logged under a name, or a text that stands for one."""

    name: str
    step: int
    time: float | None
    file: str
    caption: str | None


class LoggedRun:
    """What was logged of a run."""

    def __init__(self, sink: PointSink | None) -> None:
        self.facts: dict[str, str] = {}
        self.tags: list[str] = []
        self.started: float | None = None
        self.ended: float | None = None
        self.status: str | None = None
        self.items: list[Item] = []
        self.lines = 0
        """Lines of the output, which are not kept."""
        self.missing = 0
        """Items whose files are not there."""
        self.metrics = Metrics(sink)

    def point(self, name: str, step: int, time: float | None, value: object) -> bool:
        """Take a value, what was measured of the machine under ``system/``; False for one that is no number."""
        known = number(_SPELLED.get(value, value) if isinstance(value, str) else value)
        if known is None:
            return False
        shown = f"system/{name.removeprefix(_SYSTEM)}" if name.startswith(_SYSTEM) else name
        self.metrics.add(shown, step, time, known)
        self.ended = time or self.ended
        return True

    def row(self, name: str, row: Mapping[str, Any]) -> None:
        """Take a line that was logged locally: a number, or the names of files with their captions."""
        step, time, value, more = row.get("index"), time_of(row.get("create_time")), row.get("data"), row.get("more")
        step = step if isinstance(step, int) else 0
        if self.point(name, step, time, value):
            return
        captions = [mapping(one).get("caption") for one in more] if isinstance(more, list) else []
        for at, file in enumerate(value if isinstance(value, list) else [value]):
            caption = captions[at] if at < len(captions) else None
            self.items.append(Item(name, step, time, str(file), caption if isinstance(caption, str) else None))

    # --- version 2 -----------------------------------------------------------------------------------------

    def take(self, record: bytes, version: int | None) -> None:
        """Take a record of a log of some version. Raises ValueError for one that is damaged."""
        if version == 1:
            self._document(record)
            return
        for field in fields(record, 0, len(record)):
            if field.wire == BYTES and (take := _TAKEN.get(field.number)):
                take(self, record, field)

    def _start(self, data: bytes, whole: Field) -> None:
        for field in fields(data, whole.start, whole.end):
            if field.number in _TEXTS and field.wire == BYTES and field.start < field.end:
                self.facts[_TEXTS[field.number]] = text(data, field)
            elif field.number == 6 and field.wire == BYTES:
                self.tags.append(text(data, field))
            elif field.number == 12 and field.wire == BYTES:
                self.started = timestamp(data, field)

    def _finish(self, data: bytes, whole: Field) -> None:
        for field in fields(data, whole.start, whole.end):
            if field.number == 1:
                self.status = STATUS.get(field.value)
            elif field.number == 2 and field.start < field.end:
                self.facts["error"] = text(data, field)
            elif field.number == 3 and field.wire == BYTES:
                self.ended = timestamp(data, field) or self.ended

    def _scalar(self, data: bytes, whole: Field) -> None:
        name, step, time, value = _point(data, whole)
        numbers = [one for one in fields(data, value.start, value.end) if one.number == 1] if value else []
        # A field that is zero is left out.
        found = double(data, numbers[-1]) if numbers and numbers[-1].wire == FIXED64 else 0.0
        self.point(name, step, time, found)

    def _media(self, data: bytes, whole: Field) -> None:
        name, step, time, value = _point(data, whole)
        for item in fields(data, value.start, value.end) if value else ():
            file, caption = "", None
            for field in fields(data, item.start, item.end) if item.number == 1 and item.wire == BYTES else ():
                if field.number == 1:
                    file = text(data, field)
                elif field.number == 4 and field.start < field.end:
                    caption = text(data, field)
            self.items.append(Item(name, step, time, file, caption))

    def _line(self, data: bytes, whole: Field) -> None:
        self.lines += 1

    # --- version 1 -----------------------------------------------------------------------------------------

    def _document(self, record: bytes) -> None:
        document = mapping(decode(record))
        kind, data = document.get("model_type"), mapping(document.get("data"))
        if kind == "Header":
            self.started = time_of(data.get("create_time"))
        elif kind == "Project":
            self._note("project", data.get("name"))
        elif kind == "Experiment":
            for key in ("id", "name", "description"):
                self._note(key, data.get(key))
            tags = data.get("tags")
            self.tags += [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
        elif kind in ("Scalar", "Media"):
            self.row(str(data.get("key")), mapping(data.get("metric")))
        elif kind == "Log":
            self.lines += 1
        elif kind == "Footer":
            self.status = "Completed" if data.get("success") is True else "Failed"
            self.ended = time_of(data.get("create_time")) or self.ended

    def _note(self, key: str, value: object) -> None:
        if isinstance(value, str) and value:
            self.facts[key] = value


_TAKEN = {
    10: LoggedRun._start, 11: LoggedRun._finish, 13: LoggedRun._scalar, 14: LoggedRun._media, 16: LoggedRun._line,
}  # fmt: skip


def _point(data: bytes, whole: Field) -> tuple[str, int, float | None, Field | None]:
    """The name, the step and the time of what was logged, and the field with its value."""
    name, step, time, value = "", 0, None, None
    for field in fields(data, whole.start, whole.end):
        if field.number == 1 and field.wire == BYTES:
            name = text(data, field)
        elif field.number == 2:
            step = signed(field.value)
        elif field.number == 4 and field.wire == BYTES:
            time = timestamp(data, field)
        elif field.number == 5 and field.wire == BYTES:
            value = field
    return name, step, time, value
