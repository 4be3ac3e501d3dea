"""Writes the files that one process has of one run: each file has one owner, so nothing is ever locked."""

from __future__ import annotations

import os
import time
from _thread import RLock

from . import ranks
from .coerce import check_text
from .format import layout, status
from .format.document import encode_line
from .format.errors import ConflictError, StorageError
from .format.write import MOST_OPEN, Appender, create, forget, open_files, refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST_OF_A_STEP = 10_000
"""How many pictures or other media of one name one step may have."""

_LONGEST_STEP = 40


class Recorder:
    """Appends to the files of a run, for one process.

    ``writer`` is None for the owner of the run, whose files bear no suffix; every other process makes files of its
    own. Not shared over a fork: the child takes a new one.
    """

    def __init__(self, folder: str, writer: str | None) -> None:
        self.folder = folder
        self.writer = writer
        self.lock = RLock()
        header = (layout.METRICS_HEADER + "\n").encode()
        self.metrics = self._appender(layout.with_writer("metrics.csv", writer), header)
        self._appenders: dict[str, Appender] = {}
        self._files: dict[str, layout.FileNames] = {}
        self._said: dict[str, dict[str, str]] = {}
        self._hashed: set[str] = set()
        self._stored: dict[str, int] = {}

    def declare(self, name: str, **declared: str | None) -> None:
        """Write what is said of a metric name, if it is new, before the name's next line."""
        for key, value in declared.items():
            if value is not None:
                check_text(value, key, name)
        new = {key: value for key, value in declared.items() if value}
        with self.lock:
            known = self._said.get(name, {})
            if known.items() >= new.items():
                return
            self._define({"name": name, **new})  # What the disk refuses counts as not said.
            self._said[name] = {**known, **new}

    def append(self, folder: str, name: str, records: list[Any]) -> None:
        """Append records to ``<folder>/<name>.jsonl``, all by one call of the system."""
        with self.lock:
            self._make(folder)
            stem = self.file_name(folder, name)
            path = f"{folder}/{layout.with_writer(stem + '.jsonl', self.writer)}"
            self._append(path, records)

    def add_medium(
        self, folder: str, name: str, step: float | int, when: str, data: bytes, record: dict[str, Any]
    ) -> str:
        """Store an image or another medium under its step and list it; returns its path in the run."""
        with self.lock:
            self._make(folder)
            stem = f"{folder}/{self.file_name(folder, name)}/{_short(step)}"
            path = self._free(stem, record.pop("extension"), data)
            listed = {"name": name, "step": step, "time": when, "file": path, **record}
            try:
                self._append(layout.with_writer(f"{folder}.jsonl", self.writer), [listed])
            except StorageError:
                forget(os.path.join(self.folder, path))  # A reader shows files that no list names, too.
                self._stored.clear()
                raise
        return path

    def file_name(self, folder: str, name: str) -> str:
        """The file name of a name; where it does not tell the name, ``definitions.jsonl`` does."""
        stem = self._files.setdefault(folder, layout.FileNames()).of(name)
        if layout.name_of(stem) != name:
            self._note_name(f"{folder}/{stem}", name)
        return stem

    def name_artifact(self, path: str, name: str) -> None:
        """Note the name of an artifact whose path does not give it back."""
        if layout.artifact_name(path) != name:
            with self.lock:
                self._note_name(f"{layout.ARTIFACTS}/{path}", name)

    def change(self, **change: Any) -> None:
        """Note a change of the run by a process that does not own it."""
        with self.lock:
            path = layout.with_writer("changes.jsonl", self.writer)
            self._append(path, [{"time": layout.iso_time(time.time()), **change}])

    def sync(self) -> None:
        """Ask the disk to make everything that was appended outlive a power cut."""
        with self.lock:
            left = [appender for appender in self._appenders.values() if appender.is_left]
            if len(left) > MOST_OPEN and hasattr(os, "sync"):
                os.sync()  # For thousands of files one request is far cheaper than one for each.
                for appender in left:
                    appender.synced()
            for appender in (self.metrics, *self._appenders.values()):
                try:
                    open_files.sync(appender)
                except OSError as error:
                    raise refused(error, appender.path) from error

    def close(self) -> None:
        """Give the descriptors back; a later line opens its file again."""
        with self.lock:
            self.metrics.close()
            for appender in self._appenders.values():
                open_files.close(appender)

    def abandon(self) -> None:
        """In a forked child: give the parent's descriptors back. A thread that is not here may hold the lock."""
        for appender in (self.metrics, *self._appenders.values()):
            appender.close()

    def _append(self, path: str, records: list[Any]) -> None:
        appender = self._appenders.get(path)
        if appender is None:
            appender = self._appenders[path] = self._appender(path)
        open_files.write(appender, b"".join(map(encode_line, records)))

    def _note_name(self, folder: str, name: str) -> None:
        if folder not in self._hashed:
            self._define({"name": name, "file": folder})
            self._hashed.add(folder)

    def _define(self, record: dict[str, str]) -> None:
        self._append(layout.with_writer("definitions.jsonl", self.writer), [record])

    def _appender(self, path: str, header: bytes = b"") -> Appender:
        return Appender(os.path.join(self.folder, path), header)

    def _make(self, folder: str) -> None:
        """Make a folder of the run, but never the run's own again, which somebody removed."""
        place = os.path.join(self.folder, folder)
        try:
            os.mkdir(place)
        except FileExistsError:
            pass
        except OSError as error:
            raise refused(error, place) from error

    def _free(self, stem: str, extension: str, data: bytes) -> str:
        """Create the file of a medium under the first free name of its step."""
        place = f"{stem}.{extension}"
        for count in range(self._stored.get(place, 0), MOST_OF_A_STEP):
            file = f"{stem}{f'~{count}' if count else ''}.{extension}"
            file = layout.with_writer(file, self.writer) if self.writer else file
            try:
                create(os.path.join(self.folder, file), data)
            except ConflictError:
                continue
            self._stored[place] = count + 1
            return file
        raise ConflictError(
            f"{place} and {MOST_OF_A_STEP - 1:,} more of the same step already exist; give another step"
        )


def _short(step: float | int) -> str:
    """A step as the stem of a file; the list of the medium has all its digits."""
    spelled = str(step)
    return spelled if len(spelled) <= _LONGEST_STEP else f"{step:g}"


_free: dict[str, list[Recorder]] = {}
"""By folder: recorders of this process whose runs were dropped."""


def guest_recorder(folder: str) -> Recorder:
    """A recorder for what does not own the run: that of a run which was dropped, else one with a new writer."""
    try:
        return _free[folder].pop()
    except LookupError:
        return Recorder(folder, new_writer())


def dropped(recorder: Recorder) -> None:
    """Nobody has the run any more that a recorder belongs to; its files are for the next one of this process."""
    metrics = recorder.metrics
    if metrics.fd < 0 and not recorder._appenders:
        return  # It has written nothing.
    try:
        if os.path.samestat(os.fstat(metrics.fd), os.stat(metrics.path)):
            metrics.close()
    except (OSError, StorageError):
        pass  # It is not open.
    metrics.fd = -1  # By this number the script may have opened another file.
    _free.setdefault(recorder.folder, []).append(recorder)


def forked() -> None:
    """In a forked child: the files are the parent's."""
    _free.clear()


def new_writer() -> str:
    """A suffix for the files of this process, with its rank among those that were launched together."""
    return layout.writer_id(status.host(), os.getpid(), ranks.rank())
