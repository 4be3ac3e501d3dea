"""The files that one process writes of one run: each has one owner, so nothing is ever locked."""

from __future__ import annotations

import os
import time
from _thread import RLock

from .format import layout, status
from .format.document import encode_line
from .format.errors import ConflictError, StorageError
from .format.write import Appender, create, forget, refused, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
        self._hashed: dict[str, str] = {}

    def declare(self, name: str, **said: str | None) -> None:
        """Write what is said of a metric name, if it is new, before the name's next line."""
        new = {key: value for key, value in said.items() if value}
        with self.lock:
            known = self._said.get(name, {})
            if known.items() >= new.items():
                return
            self._write_series({**self._said, name: {**known, **new}}, self._hashed)

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
                raise
        return path

    def file_name(self, folder: str, name: str) -> str:
        """The file name of a name; where it does not tell the name, ``series.json`` does."""
        stem = self._files.setdefault(folder, layout.FileNames()).of(name)
        place = f"{folder}/{stem}"
        if layout.name_of(stem) != name and place not in self._hashed:
            self._write_series(self._said, {**self._hashed, place: name})
        return stem

    def change(self, **change: Any) -> None:
        """Note a change of the run by a process that does not own it."""
        with self.lock:
            path = layout.with_writer("changes.jsonl", self.writer)
            self._append(path, [{"time": layout.iso_time(time.time()), **change}])

    def sync(self) -> None:
        """Ask the disk to make everything that was appended outlive a power cut."""
        with self.lock:
            for appender in (self.metrics, *self._appenders.values()):
                try:
                    if appender.fd >= 0:
                        appender.sync()
                except OSError as error:
                    raise refused(error, appender.path) from error

    def close(self) -> None:
        """Give the descriptors back; a later line opens its file again."""
        with self.lock:
            self.abandon()

    def abandon(self) -> None:
        """In a forked child: give the parent's descriptors back. A thread that is not here may hold the lock."""
        for appender in (self.metrics, *self._appenders.values()):
            appender.close()

    def _append(self, path: str, records: list[Any]) -> None:
        appender = self._appenders.get(path)
        if appender is None:
            appender = self._appenders[path] = self._appender(path)
        appender.write(b"".join(map(encode_line, records)))

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
        for count in range(10_000):
            file = f"{stem}{f'~{count}' if count else ''}.{extension}"
            file = layout.with_writer(file, self.writer) if self.writer else file
            try:
                create(os.path.join(self.folder, file), data)
            except ConflictError:
                continue
            return file
        raise ConflictError(f"{stem}.{extension} and 9,999 more of one step are there already; give another step")

    def _write_series(self, said: dict[str, dict[str, str]], hashed: dict[str, str]) -> None:
        """Replace the document; what the disk refuses counts as not said."""
        document: dict[str, Any] = {"format": 1, "series": said}
        if hashed:
            document["files"] = hashed
        replace(os.path.join(self.folder, layout.with_writer("series.json", self.writer)), document)
        self._said, self._hashed = said, hashed


def _short(step: float | int) -> str:
    """A step as the stem of a file; the list of the medium has all its digits."""
    spelled = str(step)
    return spelled if len(spelled) <= _LONGEST_STEP else f"{step:g}"


def new_writer() -> str:
    """A suffix for the files of this process."""
    return layout.writer_id(status.host(), os.getpid())
