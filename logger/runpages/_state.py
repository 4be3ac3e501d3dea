"""Holds what one process knows of a run: its document, and the files that it writes."""

from __future__ import annotations

import math
import os

from . import _lifecycle, coerce, query, ranks
from ._writer import Recorder, dropped, guest_recorder, new_writer
from .artifact_store import Store
from .format import layout
from .format.document import encode
from .format.write import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from itertools import count
    from typing import Any, TypedDict

    from .context import Around
    from .format.records import RunRecord

    class _Known(TypedDict):
        """The fields that the document of every run has, also of one that was made by hand."""

        id: str
        number: int | None
        status: str | None
        type: str | None
        parent: str | None
        name: str | None
        description: str | None
        tags: dict[str, str | None]
        properties: dict[str, str]
        params: dict[str, Any]
        owner: dict[str, Any]
        environment: dict[str, Any]

    class Document(_Known, total=False):
        """The content of ``run.json``."""

        format: int
        experiment: str
        created: str
        started: str | None
        ended: str | None
        error: dict[str, Any] | None
        exit: dict[str, Any] | None
        definition: dict[str, Any]
        uncollected: dict[str, Any]


SCRIPT, COMMAND = "script", "command"
"""The types of runs that a process was made for: by ``submit``, and by ``runpages run``."""

LARGE = 1 << 14
"""Bytes of a document beyond which its owner does not replace it for each new tag, property or parameter.

They are noted line by line then, or n of them would write n² bytes; with the end of the run the document has them all.
"""


class Steps:
    """The steps of a name to which some are given: one that is counted is the whole number after the greatest.

    A name to which none is given has a bare ``count`` instead, which takes a log call no time. ``lock`` is that of the
    writer of the run.
    """

    __slots__ = ("greatest", "lock")

    def __init__(self, counted: count[int], lock: Any) -> None:
        self.greatest: float = next(counted) - 1
        self.lock = lock

    def __next__(self) -> int:
        with self.lock:
            self.greatest = at = after(self.greatest)
        return at


def after(step: float) -> int:
    """The step that is counted after one that was given."""
    return max(0, math.floor(step) + 1)


def next_steps(record: RunRecord, kind: str) -> dict[str, int]:
    """For each name of a kind the step after its greatest."""
    if kind == "series":
        return {name: after(max(series.steps)) for name, series in record.series.items() if series.steps}
    steps: dict[str, int] = {}
    for logged in getattr(record, kind):
        steps[logged.name] = max(steps.get(logged.name, 0), after(logged.step))
    return steps


class RunState:
    """A run's folder and what this process knows of it.

    The owner, the process that made the run, replaces ``run.json``; every other process notes its changes in a file
    of its own. ``ends`` says that the run ends with this process.
    """

    def __init__(
        self, folder: str, document: Document, *, owner: bool, ends: bool = False, capture: Collection[str] = ()
    ) -> None:
        self.folder = folder
        self.document = document
        self.owner = owner
        self.ends = ends
        self.recorder = Recorder(folder, None) if owner else guest_recorder(folder)
        self.artifacts = Store(folder)
        self.capture = capture
        self.around: Around | None = None
        """The runs around it where it began."""
        self.is_innermost = False
        """Whether all other runs of this process that went on when it began are around it."""
        self.seen: object = None
        """The files with the state of a run of another process when they were last read."""
        self.background: list[Callable[[], None]] = []
        """What ends each capture that goes on until the run ends."""
        self._notes: Recorder | None = None
        self._is_large = False
        self.count_anew()

    def __del__(self) -> None:
        try:
            if self.recorder.writer is not None:
                dropped(self.recorder)
        except (AttributeError, TypeError):
            pass  # It never came to be, or the interpreter is ending.

    def count_anew(self) -> None:
        """Begin to log, after what the run has by now."""
        self.warned: set[str] = set()
        """The names of images of which a warning was given."""
        self._greatest: dict[tuple[str, str], float] = {}
        self._continues = not self.owner
        self._before: RunRecord | None = None
        self._next_steps: dict[str, dict[str, int]] = {}

    def take_over(self, document: Document) -> None:
        """Own the run from now on, which another process of this machine made for it."""
        self.owner, self.document, self.recorder = True, document, Recorder(self.folder, None)
        self.capture = {"host"}
        self.save({"owner": ranks.owner()})

    @property
    def is_elsewhere(self) -> bool:
        """Whether the run goes on in a process that was made for it."""
        return not (self.owner or self.ends) and self.document["type"] in (SCRIPT, COMMAND)

    @property
    def hides_host(self) -> bool:
        """Whether the document is not to name the machine."""
        return self.owner and "host" not in self.capture

    # --- reading back ---

    def read(self) -> RunRecord:
        """The whole run as it is in its folder."""
        return query.whole(self.folder)

    def read_head(self) -> RunRecord:
        """What the run is, without what it logged."""
        return query.head(self.folder)

    def refresh(self) -> None:
        """Take over what other processes changed of tags, properties and, but for the owner, of everything else."""
        if self.owner and not self._changed_by_others():
            return
        self.take(self.read_head(), ("tags", "properties", "params") if self.owner else None)

    def take(self, head: RunRecord, keys: Collection[str] | None = None) -> None:
        """Take over what was read, or the fields named ``keys`` of it."""
        document = settled(head)
        self.document = _changed(self.document, {key: document[key] for key in keys} if keys else document)  # type: ignore[literal-required]

    def first_step(self, kind: str, name: str) -> int:
        """Where the steps of a name begin: after those that the run had when this process came to it."""
        if not self._continues:
            return 0
        if kind not in self._next_steps:
            self._before = self._before or self.read()
            self._next_steps[kind] = next_steps(self._before, kind)
        return self._next_steps[kind].get(name, 0)

    def next_step(self, kind: str, name: str, step: float | None) -> float | int:
        """The step of something logged, checked where it is given, else counted; raises UserError."""
        key = kind, name
        with self.recorder.lock:
            if step is not None:
                at = coerce.step_of(step, name)
            else:
                at = max(self.first_step(kind, name), after(self._greatest.get(key, -1)))
            self._greatest[key] = max(at, self._greatest.get(key, -1))
        return at

    # --- changing ---

    def save(
        self, change: Mapping[str, Any] | None = None, *, note: Mapping[str, Any] | None = None, sync: bool = False
    ) -> None:
        """Write the document with a change; a disk that refuses leaves the run as it was.

        What does not own the run notes the change in a file of its own, as ``note`` where that is shorter.
        """
        document = _changed(self.document, change or {})
        if not self.owner:
            self.recorder.change(**(note or change or {}))
        elif note and self._is_large:
            self._note(note)
        else:
            data = encode(document)
            replace(os.path.join(self.folder, layout.RUN), data, sync=sync)
            if note and (self._notes or self._changed_by_others()):
                self._note(note)
            self._is_large = len(data) > LARGE
        self.document = document

    def _note(self, note: Mapping[str, Any]) -> None:
        """Note a change of the owner's beside the document, where those of others are, which are applied after it."""
        if self._notes is None:
            self._notes = Recorder(self.folder, new_writer())
        self._notes.change(**note)

    def _changed_by_others(self) -> bool:
        own = layout.with_writer("changes.jsonl", self._notes.writer) if self._notes else ""
        try:
            return any(name.startswith("changes.") and name != own for name in os.listdir(self.folder))
        except OSError:
            return False

    # --- leaving ---

    def end_background(self) -> None:
        """Stop the background captures of the run, each of which may still log something."""
        while self.background:
            end = self.background.pop()
            try:
                end()
            except Exception as error:  # Whatever it is, the run ends.
                _lifecycle.warn(f"run {self.document['id']}: a capture in the background failed to stop: {error}")

    def _recorders(self) -> list[Recorder]:
        return [self.recorder] if self._notes is None else [self.recorder, self._notes]

    def sync(self) -> None:
        """Make everything outlive a power cut."""
        for recorder in self._recorders():
            recorder.sync()

    def close(self) -> None:
        """Make everything outlive a power cut and give the descriptors back; a later call opens its file again."""
        for recorder in self._recorders():
            recorder.sync()
            recorder.close()

    def forked(self) -> None:
        """In a forked child: write to files of its own, with the counts of the steps so far."""
        for recorder in self._recorders():
            recorder.abandon()
        self.recorder, self._notes = Recorder(self.folder, new_writer()), None
        self.owner = self.ends = False
        self.background = []  # No thread of the parent's goes on here.


def _changed(document: Document, change: Mapping[str, Any]) -> Document:
    changed: Any = {**document, **change}
    return changed  # type: ignore[no-any-return]


def settled(head: RunRecord) -> Document:
    """The document of a run that was read, with each field as the reader understands it, and of its type."""
    fields = ("id", "number", "status", "type", "parent", "name", "description", "tags", "properties", "params")
    document: Any = {**head.document, **{key: getattr(head, key) for key in (*fields, "owner", "environment")}}
    return document  # type: ignore[no-any-return]
