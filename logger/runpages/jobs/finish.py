"""Brings what a submitted script left into its run, and removes the copy of its folder once all of it is there."""

from __future__ import annotations

import os
import time

from .._error_info import exited
from ..capture.folder import files
from ..capture.outputs import Left, Outputs, noted
from ..format import layout, status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..run import Run

LOG = "std_log.txt"
"""The log with what the script printed."""

_PIECE = 1 << 12


def collection(run: Run, temporary: str) -> Outputs:
    """The folder of outputs in the copy, with what the source had in it."""
    folder = os.path.join(temporary, run.id, "outputs")
    return Outputs([folder], make=True, apart=run._experiment.workspace.root, alone=True)


def everything(run: Run, temporary: str) -> Outputs:
    """All outputs in the copy, for a process that does not know what the source had in it."""
    found = Outputs([], make=False, apart=temporary, alone=True)
    found.add(os.path.join(temporary, run.id, "outputs"))
    return found


UNCOLLECTED = "OutputsNotCollected"
"""The code of the error of a run whose script succeeded, and of whose files some could not be collected."""


def finish(
    run: Run,
    temporary: str,
    word: str,
    error: dict[str, Any] | None,
    *,
    collect: Outputs | None,
    watch: list[str],
    code: int | None,
    pauses: Sequence[float] = (),
) -> None:
    """Bring what the script left into the run, and end it; ``code`` is that of the script's exit, if it ran.

    Where the disk is full it is tried again after each of the pauses. The copy is removed once all is in the run; what
    is not is named there, with the place of the copy, and a run that would be completed has failed.
    """
    import shutil

    how: dict[str, Any] = {} if code is None else {"exit": exited(code)}
    if collect:
        how["status"] = status.FINALIZING
    if how:
        run._state.save(how)
    left, remarks = _brought(run, temporary, watch, collect, pauses)
    lost = [one for one in left if _is_lost(one, temporary)]
    copy = os.path.join(temporary, run.id)
    said = noted(left, copy if lost else None)
    if lost and word == status.COMPLETED:
        word, error = status.FAILED, {"code": UNCOLLECTED, "message": _message(lost, copy)}
    run._collect = lambda run: (said, [*remarks, *(f"{one.path} was not collected: {one.why}" for one in left)])
    run._end(word, error)
    if not lost:
        shutil.rmtree(temporary, ignore_errors=True)


def _brought(
    run: Run, temporary: str, watch: list[str], collect: Outputs | None, pauses: Sequence[float]
) -> tuple[list[Left], list[str]]:
    """What could not be brought into the run of its logs and outputs, and what is to be said of those that were."""
    for pause in (*pauses, None):
        left = follow(run, temporary, watch, last=True)
        _, outputs, remarks = collect.bring(run) if collect else (0, [], [])
        left += outputs
        if pause is None or not any(one.full for one in left):
            break
        time.sleep(pause)
    return left, remarks


def _is_lost(left: Left, temporary: str) -> bool:
    """Whether a file would be gone with the copy; what a link leads to may lie elsewhere, or not be there."""
    if not left.target:
        return True
    inside = left.target.startswith(os.path.join(os.path.realpath(temporary), ""))
    return inside and os.path.exists(left.target)


def _message(lost: Sequence[Left], copy: str) -> str:
    first = ", ".join(f"{one.name} ({one.why})" for one in lost[:3])
    rest = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
    return (
        f"The script succeeded, but not all of its outputs could be collected: {first}{rest}. "
        f"Its working copy is kept in {copy}"
    )


def follow(run: Run, temporary: str, folders: list[str], *, last: bool = False) -> list[Left]:
    """Bring the log files of the copy that are new or have changed into the run; the last time whole.

    Returns those that the last time could not be brought.
    """
    left: list[Left] = []
    for name in folders:
        top = os.path.join(temporary, run.id, name)
        unread: list[OSError] = []
        for source in files(top, unread.append):
            below = os.path.relpath(source, top)
            # The run has a log of this name already, with what the script prints.
            place_of = layout.with_writer(LOG, "script") if below == LOG else below
            try:
                if os.path.islink(source):
                    target = os.path.realpath(source)
                    if not target.startswith(os.path.join(os.path.realpath(top), "")):
                        left.append(Left(f"{name}/{below}", source, f"it is a link to {target}", target=target))
                elif os.path.isfile(source):
                    _bring(source, os.path.join(run.folder, layout.LOGS, place_of), whole=last)
            except OSError as error:  # It is tried again, and at the end once more.
                left.append(Left.from_error(f"{name}/{below}", source, error))
        for refusal in unread:
            folder = os.fsdecode(refusal.filename or top)
            left.append(Left.from_error(os.path.relpath(folder, os.path.join(temporary, run.id)), folder, refusal))
    return left


def _bring(source: str, target: str, *, whole: bool) -> None:
    """Copy a file that has changed since, or what was added to it."""
    import shutil

    now = os.stat(source)
    known = os.stat(target) if os.path.exists(target) else None
    if known and not whole and (known.st_size, known.st_mtime_ns) == (now.st_size, now.st_mtime_ns):
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if whole or known is None or not _begins(source, target, known.st_size):
        shutil.copyfile(source, target)
    else:
        with open(source, "rb") as taken, open(target, "ab") as given:
            taken.seek(known.st_size)
            shutil.copyfileobj(taken, given)
    # That of before: what is written meanwhile is a change.
    os.utime(target, ns=(now.st_atime_ns, now.st_mtime_ns))


def _begins(source: str, target: str, size: int) -> bool:
    """Whether a file seems to begin with what was copied of it: its end of some bytes is there."""
    with open(source, "rb") as one, open(target, "rb") as other:
        for file in (one, other):
            file.seek(max(0, size - _PIECE))
        return one.read(min(size, _PIECE)) == other.read(_PIECE)
