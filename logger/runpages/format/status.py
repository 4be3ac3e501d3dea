"""Defines the states of a run, and finds whether the process that owns one is still there."""

from __future__ import annotations

import os

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
    """Who this process is, or another of this host: boot id, process id, and start tick.

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
