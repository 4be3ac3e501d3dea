"""Collects what the record log of a run of Weights & Biases holds, in bounded memory."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from runpages.format.document import decode
from runpages.format.records import Series, Value

from ..source import PointSink
from .history import DEEPEST, Metrics, leaves, number
from .protobuf import BYTES, FIXED64, VARINT, Field, double, fields, signed, text, timestamp

LONGEST = 10_000
"""Characters of a logged text that are kept."""

_AGGREGATES = frozenset(["min", "max", "mean", "best", "last", "first"])
_OWN = ("_step", "_timestamp", "_runtime")


class LoggedRun:
    """What the records of a run hold; ``media`` are objects with a ``_type``, each with its name, step and time."""

    def __init__(self, sink: PointSink | None) -> None:
        self.facts: dict[str, str] = {}
        self.tags: list[str] = []
        self.config: dict[str, Any] = {}
        self.summary: dict[str, Any] = {}
        self.started: float | None = None
        self.ended: float | None = None
        self.exit_code: int | None = None
        self.last_step: float = 0
        self.media: list[tuple[str, float, float | None, dict[str, Any]]] = []
        self.unseen: Counter[str] = Counter()
        self._metrics = Metrics(sink)
        self._goals: dict[str, str] = {}
        self._measured: Counter[str] = Counter()

    def take(self, record: bytes) -> None:
        """Take a record. Raises ValueError for one that is damaged."""
        for field in fields(record, 0, len(record)):
            if field.wire == BYTES and (take := _TAKEN.get(field.number)):
                take(self, record, field)

    def series(self) -> dict[str, Series]:
        """The metrics, with the values of the summary that no history has."""
        found = self._metrics.series(self._goals)
        for name, value in leaves(self.summary):
            of, _, how = name.rpartition(".")
            is_known = name in found or name.startswith("_") or (of in found and how in _AGGREGATES)
            if not is_known and (known := self._datum(value)) is not None:
                found[name] = Series(name, [self.last_step], [self.ended], [known])
        return found

    def _run(self, data: bytes, whole: Field) -> None:
        for field in fields(data, whole.start, whole.end):
            if field.number in _FACTS and field.wire == BYTES and field.start < field.end:
                self.facts[_FACTS[field.number]] = text(data, field)
            elif field.number == 10:
                self.tags.append(text(data, field))
            elif field.number == 4:
                _update(self.config, data, field)
            elif field.number == 5:
                _update(self.summary, data, field)
            elif field.number == 17 and self.started is None:
                self.started = timestamp(data, field)
            elif field.number == 21:
                self._git(data, field)

    def _history(self, data: bytes, whole: Field) -> None:
        items = [field for field in fields(data, whole.start, whole.end) if field.number == 1]
        row: dict[str, Any] = {}
        for item in items:
            _put(row, *_item(data, item))
        step, time = (_finite(row.get(name)) for name in _OWN[:2])
        if step is None:
            step = next((_count(data, field) for field in fields(data, whole.start, whole.end) if field.number == 2), 0)
        self.last_step = step
        self.ended = time or self.ended
        for name, value in leaves({key: row[key] for key in row if key not in _OWN}):
            if isinstance(value, dict):
                self.media.append((name, step, time, value))
            elif (known := self._datum(value)) is not None:
                self._metrics.add(name, step, time, known)
            elif isinstance(value, list):
                self.unseen["list"] += 1

    def _stats(self, data: bytes, whole: Field) -> None:
        time, items = None, []
        for field in fields(data, whole.start, whole.end):
            if field.number == 2:
                time = timestamp(data, field)
            elif field.number == 3:
                items.append(_item(data, field))
        for path, value in items:
            name = "system/" + ".".join(path)
            if (known := number(value)) is not None:
                self._metrics.add(name, self._measured[name], time, known)
                self._measured[name] += 1

    def _defined(self, data: bytes, whole: Field) -> None:
        name, goal = "", 0
        for field in fields(data, whole.start, whole.end):
            if field.number == 1:
                name = text(data, field)
            elif field.number == 8:
                goal = field.value
        if name and goal in (1, 2):
            self._goals[name] = ("min", "max")[goal - 1]

    def _exit(self, data: bytes, whole: Field) -> None:
        self.exit_code = 0
        for field in fields(data, whole.start, whole.end):
            if field.number == 1:
                self.exit_code = signed(field.value)
            elif field.number == 2 and self.started is not None:
                self.ended = max(self.ended or 0, self.started + field.value)

    def _environment(self, data: bytes, whole: Field) -> None:
        for field in fields(data, whole.start, whole.end):
            if field.number in _MACHINE and field.wire == BYTES:
                self.facts[_MACHINE[field.number]] = text(data, field)
            elif field.number == 9:
                self._git(data, field)

    def _git(self, data: bytes, whole: Field) -> None:
        for field in fields(data, whole.start, whole.end):
            if field.number == 2:
                self.facts["commit"] = text(data, field)

    def _datum(self, value: object) -> Value:
        """A value as the number that it is or spells, or the text, long ones cut; None for anything else."""
        if (known := number(value)) is not None or not isinstance(value, str):
            return known
        self.unseen[f"text beyond {LONGEST:,} characters"] += len(value) > LONGEST
        return value[:LONGEST] or None


_FACTS = {1: "id", 3: "project", 6: "group", 7: "job_type", 8: "name", 9: "notes", 12: "sweep"}
_MACHINE = {2: "python", 6: "program", 18: "gpu"}
_TAKEN: dict[int, Callable[[LoggedRun, bytes, Field], None]] = {
    2: LoggedRun._history, 3: lambda run, *field: _update(run.summary, *field),
    5: lambda run, *field: _update(run.config, *field), 7: LoggedRun._stats, 12: LoggedRun._defined,
    17: LoggedRun._run, 18: LoggedRun._exit, 26: LoggedRun._environment,
}  # fmt: skip


def project(record: bytes) -> str:
    """The project that a record names; empty for one that names none. Raises ValueError for a damaged one."""
    for field in fields(record, 0, len(record)):
        if field.number == 17 and field.wire == BYTES:
            return next((text(record, one) for one in fields(record, field.start, field.end) if one.number == 3), "")
    return ""


def _finite(value: object) -> float | int | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15
    return value if is_number else None  # type: ignore[return-value]


def _update(tree: dict[str, Any], data: bytes, whole: Field) -> None:
    for field in fields(data, whole.start, whole.end):
        path, value = _item(data, field)
        if field.number == 1:
            _put(tree, path, value)
        elif field.number == 2 and len(path) == 1:
            tree.pop(path[0], None)


def _put(tree: dict[str, Any], path: list[str], value: Any) -> None:
    """Set what a path of names leads to."""
    for name in path[: min(len(path), DEEPEST) - 1]:
        below = tree.setdefault(name, {})
        if not isinstance(below, dict):
            below = tree[name] = {}
        tree = below
    if path:
        tree[path[-1]] = value


def _item(data: bytes, whole: Field) -> tuple[list[str], Any]:
    """The names and the value of an item. Raises ValueError for a damaged one."""
    path, value = list[str](), None
    for field in fields(data, whole.start, whole.end):
        if field.number in (1, 2) and field.wire == BYTES:
            path.append(text(data, field))
        elif field.number in (8, 16) and field.wire == BYTES:
            value = _json(data[field.start : field.end])
        elif field.number == 4 and field.wire == VARINT:
            value = bool(field.value)
        elif field.number == 5 and field.wire == VARINT:
            value = signed(field.value)
        elif field.number == 6 and field.wire == FIXED64:
            value = double(data, field)
        elif field.number == 7 and field.wire == BYTES:
            value = text(data, field)
    return path, value


def _json(data: bytes) -> Any:
    try:
        return json.loads(data) if len(data) < 32 else decode(data)  # A number, of which there may be millions.
    except RecursionError:
        return decode(data)


def _count(data: bytes, whole: Field) -> int:
    return next((signed(field.value) for field in fields(data, whole.start, whole.end) if field.number == 1), 0)
