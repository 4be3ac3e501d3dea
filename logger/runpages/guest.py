"""Joins a run that another process began, or goes on with it.

A process has one guest of a run, with one set of files, however often it comes to it.
"""

from __future__ import annotations

import os
import sys
import time

from . import _classes, _lifecycle, context, ranks
from .format import status
from .format.document import decode, encode
from .format.errors import ConflictError, UserError
from .format.write import create, forget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .format.records import RunRecord
    from .run import Run

_CLAIM = ".resume.tmp"
"""The file of the process that is just about to go on with a run; readers pass over such names."""

_LONGEST_CLAIM = 60.0
"""Seconds after which a claim from another machine counts as left behind."""

_guests: dict[str, list[Run]] = {}
"""By folder: the guest of a run, and the object with which this process went on with it. They are kept, so that a task
that comes later uses the files of the one before."""


def guest(folder: str) -> Run:
    """The run in a folder, to add to and not to end; the same object at each call."""
    known = _guests.setdefault(os.path.realpath(folder), [])
    while True:
        for run in known:  # Two threads that come at once both take the first.
            if not _is_own(run):
                return run
        known.append(_classes.experiment._of_run(folder))


def adopt(run: Run) -> None:
    """In a forked child: a run of the parent's is a guest's here."""
    known = _guests.setdefault(os.path.realpath(run.folder), [])
    if run not in known:
        known.append(run)


def restored(folder: str) -> Run:
    """A run that was pickled: that of this process, else a guest. Raises UserError where its folder is not there."""
    run = _lifecycle.begun(folder)
    if run is None and not os.path.isdir(folder):
        raise UserError(
            f"there is no run in {folder} on {status.host()}; a run passed to a worker must be on a disk that "
            "both can read: choose another workspace with root= or RUNPAGES_WORKSPACE"
        )
    return run or guest(folder)


def resume(folder: str) -> Run:
    """Go on with a run, or join one that goes on elsewhere or that is for rank 0 to go on with."""
    while True:
        run = guest(folder)
        with run._state.recorder.lock:
            if _is_own(run):
                continue  # Another thread was first.
            if _goes_on(run):
                return run
            head = run._state.read_head()
            run._state.take(head)
            claim = _claim(folder) if _is_free(head) else None
            if claim is not None:
                try:
                    if _is_free(run._state.read_head()):
                        run._go_on()
                finally:
                    forget(claim)
            return run


def of_parent() -> Run | None:
    """The run in which this process was started, while it goes on."""
    folder = os.environ.get(context.CHILDREN)
    if not folder or not os.path.isdir(folder):
        return None
    run = guest(folder)
    if not context.goes_on_elsewhere(run) or run.status not in status.ACTIVE:
        return None  # A daemon may have been started by a process that was killed long ago.
    owner = run._state.document.get("owner") or {}
    return resume(folder) if owner.get("pid") == os.getpid() else run


def of_script(experiment: str) -> Run | None:
    """The parent's run of an experiment, while a worker imports the script of its parent, which starts that run.

    ``multiprocessing`` imports the script again where it spawns workers, with all that does not stand below
    ``if __name__ == "__main__"``. Nothing of it is meant for a worker.
    """
    process = sys.modules.get("multiprocessing.process")
    if process is None or not getattr(process.current_process(), "_inheriting", False):
        return None
    run = of_parent()
    if run is None or run._experiment.name != experiment or _lifecycle.begun(run.folder) is not None:
        return None  # One that the worker itself has begun is not that of its parent.
    return run


def of_environment() -> Run | None:
    """The run that ``submit`` or ``runpages run`` made for this process."""
    folder = os.environ.get("RUNPAGES_RUN")
    return guest(folder) if folder else None


def is_of_environment(run: Run) -> bool:
    """Whether this process belongs to the script that a run was made for."""
    folder = os.environ.get("RUNPAGES_RUN")
    return bool(folder) and os.path.realpath(str(folder)) == os.path.realpath(run.folder)


def _is_own(run: Run) -> bool:
    """Whether the run goes on as one of this process, which ends it."""
    return run._state.ends and run.status not in status.TERMINAL


def _is_free(head: RunRecord) -> bool:
    """Whether this process is to go on with the run.

    Of several ranks only rank 0 is, or the one that began the run. A run that seems to go on on another machine is free
    for a job that was restarted, once in each restart.
    """
    owner = head.owner
    if ranks.rank() not in (None, 0, owner.get("rank")):
        return False
    if head.status not in status.ACTIVE:
        return True
    if status.is_local(owner):
        # This very process, which has replaced itself by ``exec``.
        return head.status == status.RUNNING and owner.get("pid") == os.getpid()
    restart = ranks.restart()
    return bool(restart) and owner.get("restart") != restart


def _goes_on(run: Run) -> bool:
    """Whether a run goes on in this process, or in another one that can be looked up."""
    own = _lifecycle.begun(run.folder)
    if own is not None and _is_own(own):
        return True
    owner = run._state.document.get("owner") or {}
    there = context.goes_on_elsewhere(run) and status.is_local(owner) and status.is_there(owner)
    return there and owner["pid"] != os.getpid()


def _claim(folder: str) -> str | None:
    """Claim a run that several processes may be about to go on with; None where another was first."""
    path = os.path.join(folder, _CLAIM)
    if _is_left(path):
        forget(path)
    try:
        create(path, encode(status.owner()))
    except ConflictError:
        return None
    return path


def _is_left(path: str) -> bool:
    """Whether the process of a claim died before it could go on."""
    try:
        age = time.time() - os.stat(path).st_mtime
        with open(path, "rb") as file:
            owner = decode(file.read())
    except OSError:
        return False  # There is none, or no longer.
    except ValueError:
        owner = None
    local = isinstance(owner, dict) and status.is_local(owner)
    return not status.is_there(owner) if local else age > _LONGEST_CLAIM
