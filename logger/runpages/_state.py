"""The document of a run and its files, as one process writes them: the ground of what a run can do."""

from __future__ import annotations

import math
import os
import time
from itertools import count

from . import _lifecycle, ranks
from ._writer import Recorder, dropped, guest_recorder, new_writer
from .artifact_store import Store
from .format import layout
from .format.document import encode
from .format.write import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from itertools import count
    from typing import Any

    from .experiment import Experiment
    from .format.records import RunRecord
    from .run import Run


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
    found: dict[str, int] = {}
    for one in getattr(record, kind):
        found[one.name] = max(found.get(one.name, 0), after(one.step))
    return found


NO_FILE = -1

LARGE = 1 << 14
"""Bytes of a document beyond which its owner does not replace it for each new tag, property or parameter.

They are noted line by line then, or n of them would write n² bytes; with the end of the run the document has them all.
"""

_now = time.time


class Record:
    """A run's folder and what this process knows of it.

    The owner, the process that made the run, replaces ``run.json``; every other process notes its changes in a file
    of its own.
    """

    _experiment: Experiment
    folder: str
    _capture: Collection[str] = ()
    _within: Collection[str] = ()  # The folders of the runs around it where it began.
    _seen: object = None

    def _take(
        self, experiment: Experiment, folder: str, document: dict[str, Any], *, owner: bool, ends: bool = False
    ) -> None:
        """Take a folder as this run's; ``ends`` says that the run ends with this process."""
        self._experiment = experiment
        self.folder = folder
        self._document = document
        self._owner = owner
        self._ends = ends
        self._recorder = Recorder(folder, None) if owner else guest_recorder(folder)
        self._artifacts = Store(folder)
        self._notes: Recorder | None = None
        self._is_large = False
        self._beside: list[Callable[[], None]] = []
        self._count_anew()
        _lifecycle.know(self._run)

    def __del__(self) -> None:
        try:
            if self._recorder.writer is not None:
                dropped(self._recorder)
        except (AttributeError, TypeError):
            pass  # It never came to be, or the interpreter is ending.

    def _count_anew(self) -> None:
        """Begin to log, after what the run has by now."""
        # What a log call needs and nothing else: the open descriptor, and for each name the spelled beginning of
        # its lines with the count of its steps. Everything unusual is a missing entry or a closed descriptor.
        self._fd = NO_FILE
        self._look = 0.0
        self._heads: dict[str, tuple[str, count[int] | Steps]] = {}
        self._greatest: dict[tuple[str, str], float] = {}
        self._continues = not self._owner
        self._noted: set[str] = set()
        self._before: RunRecord | None = None
        self._next_steps: dict[str, dict[str, int]] = {}

    def _take_over(self, document: dict[str, Any]) -> None:
        """Own the run from now on, which another process of this machine made for it."""
        self._owner, self._document, self._recorder = True, document, Recorder(self.folder, None)
        self._capture = {"host"}
        self._save({"owner": ranks.owner()})

    def _hand_over(self) -> None:
        """Be a guest of the run that this process made."""
        self._close_log()
        self._take(self._experiment, self.folder, self._document, owner=False)

    @property
    def _run(self) -> Run:
        """This record, which is that of a whole run."""
        from .run import Run

        assert isinstance(self, Run)
        return self

    def _is_elsewhere(self) -> bool:
        """Whether the run goes on in a process that was made for it."""
        return not (self._owner or self._ends) and self._document.get("type") in ("script", "command")

    # --- reading back ---

    def _read(self) -> RunRecord:
        """The whole run as it is in its folder."""
        from .format.read import read_run

        return read_run(self.folder, now=_now())

    def _read_head(self) -> RunRecord:
        """What the run is, without what it logged."""
        from .format.read import read_head

        return read_head(self.folder, now=_now())

    def _refresh(self) -> None:
        """Take over what other processes changed of tags, properties and, but for the owner, of everything else."""
        if self._owner and not self._changed_by_others():
            return
        document = settled(self._read_head())
        if self._owner:
            document = {key: document[key] for key in ("tags", "properties", "params")}
        self._document = {**self._document, **document}

    def _first_step(self, kind: str, name: str) -> int:
        """Where the steps of a name begin: after those that the run had when this process came to it."""
        if not self._continues:
            return 0
        if kind not in self._next_steps:
            self._before = self._before or self._read()
            self._next_steps[kind] = next_steps(self._before, kind)
        return self._next_steps[kind].get(name, 0)

    # --- changing ---

    def _save(
        self, change: dict[str, Any] | None = None, *, told: dict[str, Any] | None = None, sync: bool = False
    ) -> None:
        """Write the document with a change; a disk that refuses leaves the run as it was.

        What does not own the run notes the change in a file of its own, as ``told`` where that is shorter.
        """
        document = {**self._document, **(change or {})}
        if not self._owner:
            self._recorder.change(**(told or change or {}))
        elif told and self._is_large:
            self._note(told)
        else:
            data = encode(document)
            replace(os.path.join(self.folder, layout.RUN), data, sync=sync)
            if told and (self._notes or self._changed_by_others()):
                self._note(told)
            self._is_large = len(data) > LARGE
        self._document = document

    def _note(self, told: dict[str, Any]) -> None:
        """Note a change of the owner's beside the document, where those of others are, which are applied after it."""
        if self._notes is None:
            self._notes = Recorder(self.folder, new_writer())
        self._notes.change(**told)

    def _changed_by_others(self) -> bool:
        own = layout.with_writer("changes.jsonl", self._notes.writer) if self._notes else ""
        try:
            return any(name.startswith("changes.") and name != own for name in os.listdir(self.folder))
        except OSError:
            return False

    # --- leaving ---

    def _end_beside(self) -> None:
        """End what goes on beside the run; it may have something left to log."""
        while self._beside:
            end = self._beside.pop()
            try:
                end()
            except Exception as error:  # Whatever it is, the run ends.
                _lifecycle.warn(f"run {self._document['id']}: a capture in the background failed to stop: {error}")

    def _recorders(self) -> list[Recorder]:
        return [self._recorder] if self._notes is None else [self._recorder, self._notes]

    def _close_log(self) -> None:
        """Make everything outlive a power cut and give the descriptors back; a later call opens its file again."""
        self._fd = NO_FILE
        for recorder in self._recorders():
            recorder.sync()
            recorder.close()

    def _forked(self) -> None:
        """In a forked child: write to files of its own, with the counts of the steps so far."""
        self._fd = NO_FILE
        for recorder in self._recorders():
            recorder.abandon()
        self._recorder, self._notes = Recorder(self.folder, new_writer()), None
        for _, steps in self._heads.values():
            if isinstance(steps, Steps):
                steps.lock = self._recorder.lock
        self._owner = self._ends = False
        self._beside = []  # No thread of the parent's goes on here.


def settled(head: RunRecord) -> dict[str, Any]:
    """The document of a run that was read, with each field as the reader understands it, and of its type."""
    fields = ("id", "number", "status", "type", "parent", "name", "description", "tags", "properties", "params")
    return {**head.document, **{key: getattr(head, key) for key in (*fields, "owner", "environment")}}
