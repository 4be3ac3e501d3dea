"""The words for the state of a run, and whether the process that owns one is still there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from . import layout
from .csv_line import split
from .csv_rows import Header, decoded, time_of
from .document import decode, mapping, seconds
from .files import RunFiles, open_file
from .spelling import YEARS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NOT_STARTED = "NotStarted"
RUNNING = "Running"
FINALIZING = "Finalizing"
COMPLETED = "Completed"
FAILED = "Failed"
CANCELED = "Canceled"
NOT_RESPONDING = "NotResponding"

TERMINAL = frozenset([COMPLETED, FAILED, CANCELED])
"""The states in which a run stays."""

ACTIVE = frozenset(
    [
        NOT_STARTED, "Queued", "Preparing", "Provisioning", "Starting", RUNNING, FINALIZING,
        "CancelRequested", "Paused", "Pausing", "Unapproved",
    ]
)  # fmt: skip
"""The states that somebody has to end; without a process that does, the run is not responding."""

SILENCE = 30 * 60.0
"""Seconds without a write after which a run on another host counts as not responding."""

# What other tools and people write by hand.
_FOREIGN = {
    "finished": COMPLETED, "success": COMPLETED, "succeeded": COMPLETED, "done": COMPLETED, "complete": COMPLETED,
    "completed": COMPLETED, "ok": COMPLETED, "passed": COMPLETED, "exited": COMPLETED,
    "failed": FAILED, "failure": FAILED, "error": FAILED, "crashed": FAILED, "oom": FAILED, "out_of_memory": FAILED,
    "killed": CANCELED, "canceled": CANCELED, "cancelled": CANCELED, "aborted": CANCELED, "interrupted": CANCELED,
    "stopped": CANCELED, "terminated": CANCELED, "timeout": CANCELED, "preempted": CANCELED,
    "running": RUNNING, "active": RUNNING, "in progress": RUNNING, "in_progress": RUNNING, "started": RUNNING,
    "scheduled": "Queued", "queued": "Queued", "pending": "Queued", "waiting": "Queued", "submitted": "Queued",
}  # fmt: skip


def understood(word: str) -> str:
    """The standard word for a status; a word that is not known stays as it is."""
    return _FOREIGN.get(word.strip().lower(), word)


def owner(pid: int | None = None) -> dict[str, Any]:
    """Who this process is, or another of this host: boot id, process id, the start tick that tells it from a later one.

    The keys that a system does not offer are None. ``pid_namespace`` keeps a container's ids apart from its host's.
    """
    pid = os.getpid() if pid is None else pid
    return {
        "host": host(),
        "boot_id": _text("/proc/sys/kernel/random/boot_id"),
        "pid": pid,
        "pid_start": start_tick(pid),
        "pid_namespace": _namespace(),
    }


def host() -> str:
    """The name of this machine."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "host")


def derived(word: str | None, owner: dict[str, Any], last_write: float | None, now: float) -> str | None:
    """The state to show: the stored word, or ``NotResponding`` for an unfinished run whose process is gone.

    A process of this host is looked up. On another host it counts as gone when nothing was written for 30 minutes
    before ``now``, by ``last_write`` of ``RunRecord``. A run without an owner keeps its word.
    """
    if word not in ACTIVE or not owner.get("pid"):
        return word
    if is_local(owner):
        return word if is_there(owner) else NOT_RESPONDING
    silent = last_write is not None and now - last_write > SILENCE
    return NOT_RESPONDING if silent else word


def is_local(owner: dict[str, Any]) -> bool:
    """Whether an owner is a process of this host, which can be looked up."""
    if owner.get("host") != host() or not os.path.isdir("/proc/self"):
        return False
    return not same_boot(owner) or owner.get("pid_namespace") in (None, _namespace())


def is_there(owner: dict[str, Any]) -> bool:
    """Whether the process that owns a run of this host is there."""
    if not same_boot(owner):
        return False
    tick = start_tick(owner["pid"])
    return tick is not None and owner.get("pid_start") in (None, tick)


def same_boot(owner: dict[str, Any]) -> bool:
    """Whether this host has not started anew since."""
    return bool(owner.get("boot_id") == _text("/proc/sys/kernel/random/boot_id"))


def start_tick(pid: object) -> int | None:
    """When a process began, in ticks after the start of the machine; None for one that is gone."""
    text = _text(f"/proc/{pid}/stat") if isinstance(pid, int) else None
    if text is None:
        return None
    # The command in parentheses may hold blanks and parentheses of its own: fields are counted after the last.
    fields = text.rpartition(")")[2].split()
    return int(fields[19]) if len(fields) > 19 and fields[0] not in "ZX" else None


def _namespace() -> str | None:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return None


def _text(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return None


TAILS = (1 << 12, 1 << 18)
"""How many bytes of a file's end are read, and how many if no line in those has a time: one text may be long."""

LINES = 100
"""How many lines of an end are looked at."""

_TimeIn = Callable[[bytes, bytes], float | None]
"""Reads the time of a line of a file with such a first line; raises ValueError for what is none."""


def latest(files: RunFiles, document: dict[str, Any]) -> float | None:
    """The latest time in the files of a run, in seconds since the epoch; None where they have none.

    Only the end of each file that grows is read, so the effort is linear in the number of files.
    """
    times = [seconds(document.get(key)) for key in ("created", "started", "start_time")]
    times += [_last(files.folder, path, _of_point) for _, path in files.written_by(layout.METRICS, "csv")]
    lists = [path for stem in ("changes", "images", "media") for _, path in files.written_by(stem, "jsonl")]
    charts = [path for path, _ in files.below("charts") if path.endswith(".jsonl")]
    times += [_last(files.folder, path, _of_record) for path in (*lists, *charts)]
    return max((time for time in times if time is not None), default=None)


def _last(folder: str, path: str, time_in: _TimeIn) -> float | None:
    """The time in the last whole line of a file that has one."""
    try:
        with open_file(os.path.join(folder, path)) as file:
            first = file.readline(TAILS[0])
            for size in TAILS:
                for line in _ending(file, size):
                    try:
                        time = time_in(line, first)
                    except ValueError:
                        continue
                    if (
                        time is not None and time >= YEARS[0]
                    ):  # Else since something else, such as the start of the run.
                        return time
    except OSError:  # Reading its content will report it.
        pass
    return None


def _ending(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The last whole lines of a file, from the end."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(end - size, 0))
    lines = file.read(size).split(b"\n")[:-1]
    yield from reversed(lines[-LINES:] if end <= size else lines[1:][-LINES:])


def _of_point(line: bytes, first: bytes) -> float | None:
    header = Header.of(decoded(first).removeprefix("\ufeff").removesuffix("\n"))
    if header is None or header.time is None:
        return None
    fields = split(decoded(line).removesuffix("\r"))
    return time_of(fields[header.time]) if len(fields) == header.width else None


def _of_record(line: bytes, _: bytes) -> float | None:
    return seconds(mapping(decode(line)).get("time"))
