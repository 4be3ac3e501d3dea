"""Copies a workspace to a bucket, round by round while its runs go on: what is new is sent, and nothing is deleted."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from runpages.format import layout, status
from runpages.format.files import open_file
from runpages.format.pieces import may_have_pieces

from ..errors import BuildError
from ..read.run_folder import read_head
from ..storage.opening import is_silence, open_storage, said, within
from .appended import LARGEST, Step, is_due, steps
from .sent import Journal, Sent
from .there import There
from .units import LAST, LocalFile, Unit, units

LATEST = 600.0
"""Seconds after which new lines are sent while a run goes on, however few they are."""

_THREADS = 8
_BATCH = 256
"""How many files are sent, at least, before the next runs are looked at."""

_HOPELESS = 20
"""After so many failures with no success, the bucket is given up for this round."""


class Round(NamedTuple):
    """What one round did."""

    objects: list[tuple[str, int]]
    """Path and size of each object that was written, or would be."""
    failed: list[tuple[str, str]]
    left_out: list[tuple[str, str]]
    runs: int
    going_on: int
    """Runs that have not ended."""

    @property
    def size(self) -> int:
        """The bytes that were sent."""
        return sum(size for _, size in self.objects)


class _Task(NamedTuple):
    """A file of which something may be new."""

    unit: Unit
    file: LocalFile
    active: bool
    """Whether its run goes on."""


class Sync:
    """A workspace and the bucket that it is copied to.

    With ``patient``, new lines of a run that goes on wait until they are worth a request.
    """

    def __init__(self, root: str, url: str, options: Mapping[str, Any], *, patient: bool = False) -> None:
        """Raises BuildError where the storage cannot be opened, and OSError where the notes cannot be read."""
        self._root, self._url = root, url.rstrip("/")
        self._storage, self._base = open_storage(url, options)
        self._patient = patient
        self._there: There | None = None
        self._over: dict[str, tuple[int, ...]] = {}
        """Runs that have ended, with the times of the files that say so."""
        self._sent_at: dict[str, float] = {}
        self.journal = Journal(root, self._url)

    def begin(self) -> None:
        """See what is in the bucket, if that is not noted. Raises BuildError where it cannot be reached."""
        known = self.journal.known
        try:
            if known and not self._storage.exists(self._object(next(iter(known)))):
                self.journal.forget()  # The bucket is another one, or was emptied.
            if not known:
                self._there = There(self._storage, self._base)
        except Exception as error:  # Of a library, for whatever the network and the server do.
            raise BuildError(f"{self._url} cannot be reached: {_reason(error)}") from error

    def once(self, *, dry: bool = False) -> Round:
        """Send what is new; if ``dry``, only say what that is.

        Raises OSError where the workspace cannot be read, and BuildError if the bucket takes nothing.
        """
        done = Round([], [], [], 0, 0)
        now, runs, going_on = time.time(), 0, 0
        tasks: list[_Task] = []
        for unit in units(self._root):
            active = bool(unit.run) and self._is_active(unit, now)
            runs, going_on = runs + bool(unit.run), going_on + active
            done.left_out.extend(unit.left_out)
            done.failed.extend(unit.refused)
            tasks += [_Task(unit, file, active) for file in unit.files if self._is_news(file, active=active)]
            if len(tasks) >= _BATCH or not unit.run:
                self._send(tasks, done, dry=dry)
                tasks = []
        return done._replace(runs=runs, going_on=going_on)

    def _is_active(self, unit: Unit, now: float) -> bool:
        """Whether a run goes on; one that has ended is read again only if its documents change."""
        said = tuple(file.time for file in unit.files if unit.rank(file) >= LAST - 1)
        if self._over.get(unit.run) == said:
            return False
        is_active = read_head(os.path.join(self._root, unit.run), now=now).status in status.ACTIVE
        if not is_active:
            self._over[unit.run] = said
        return is_active

    def _is_news(self, file: LocalFile, *, active: bool) -> bool:
        sent = self.journal.known.get(file.path)
        if sent is None:
            return True
        if (sent.size, sent.time) == (file.size, file.time):
            return False
        if not (self._patient and active) or file.path.endswith(".json"):
            return True
        waited = time.monotonic() - self._sent_at.get(file.path, -LATEST)
        return waited >= LATEST or is_due(abs(file.size - sent.size), sent.size)

    def _send(self, tasks: Sequence[_Task], done: Round, *, dry: bool) -> None:
        """Send some files, those of a lower rank before all others."""
        by_rank: dict[int, list[_Task]] = {}
        for task in tasks:
            by_rank.setdefault(task.unit.rank(task.file), []).append(task)
        pool = ThreadPoolExecutor(_THREADS)
        try:
            for _, some in sorted(by_rank.items()):
                work = [(task, pool.submit(self._send_file, task, dry=dry)) for task in some]
                for task, one in work:
                    written, why = one.result()
                    done.objects.extend(written)
                    if why:
                        done.failed.append((task.file.path, why))
                    if why and len(done.failed) >= _HOPELESS and not done.objects:
                        first = ". Make the bucket first" if "bucket does not exist" in why else ""
                        raise BuildError(f"{self._url} takes nothing: {why}{first}")
        finally:
            pool.shutdown(cancel_futures=True)

    def _send_file(self, task: _Task, *, dry: bool) -> tuple[list[tuple[str, int]], str]:
        """Send what is new of a file; returns what was written, and why the rest was not."""
        written: list[tuple[str, int]] = []
        try:
            for step in self._steps(task):
                if step.place:
                    if not dry:
                        self._put(step)
                    written.append((step.place, step.size))
                if not dry:
                    self.journal.note(task.file.path, step.sent)
            self._sent_at[task.file.path] = time.monotonic()
        except Exception as error:  # Of a library, for whatever the network and the server do.
            return written, _reason(error)
        return written, ""

    def _steps(self, task: _Task) -> Iterator[Step]:
        unit, file, place = task.unit, task.file, os.path.join(self._root, task.file.path)
        sent = self.journal.known.get(file.path)
        if sent is None and self._there is not None:
            sent = self._there.has(unit, file, place)
            if sent is not None and (sent.size, sent.time) == (file.size, file.time):
                yield Step(file, "", 0, 0, sent)
                return
        inner = unit.inner(file)
        if unit.run and may_have_pieces(inner):
            with open_file(place) as source:
                yield from steps(file, source, sent, ended=not task.active)
        else:
            data = unit.document if unit.run and inner == layout.RUN else None
            yield Step(file, file.path, 0, file.size, Sent(file.size, file.time), data=data)

    def _put(self, step: Step) -> None:
        """Write an object. Raises OSError, and what the storage raises.

        A file that changes meanwhile has another time than is noted, so the next round sends it again.
        """
        place, target = os.path.join(self._root, step.file.path), self._object(step.place)
        if step.data is None and step.end - step.start > LARGEST:
            self._storage.put_file(place, target, **within(self._storage, step.end - step.start))
            return
        data = step.data
        if data is None:
            with open_file(place) as source:
                source.seek(step.start)
                data = source.read(step.end - step.start)
                data = step.head + data if step.head else data
            if len(data) < step.size:
                raise OSError(11, "it became shorter while it was read; the next sync sends it")
        self._write(target, data)

    def _write(self, target: str, data: bytes) -> None:
        try:
            self._storage.pipe_file(target, data, **within(self._storage, len(data)))
        except FileNotFoundError:
            if "s3" in self._storage.protocol:  # No such bucket, and it is not made by a mistyped name.
                raise
            self._storage.makedirs(target.rpartition("/")[0], exist_ok=True)
            self._storage.pipe_file(target, data, **within(self._storage, len(data)))

    def _object(self, path: str) -> str:
        return f"{self._base}/{path}"


def _reason(error: Exception) -> str:
    """What went wrong, in one line."""
    if is_silence(error):
        return "there was no answer; see whether the server can be reached"
    if isinstance(error, OSError) and error.strerror and (error.filename or not isinstance(error, PermissionError)):
        return error.strerror
    return said(error)
