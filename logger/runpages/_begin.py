"""Begins a run on the disk: its folder and number, among processes that begin runs at once, and its document."""

from __future__ import annotations

import os

from . import ranks
from .capture.environment import PATCH, environment, uncommitted
from .coerce import quoted
from .format import layout, status
from .format.errors import ConflictError, UserError
from .format.write import forget, forget_folder, refused, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

    from ._state import Document
    from .experiment import Experiment
    from .run import Run


def surroundings(
    chosen: Collection[str], given: dict[str, Any] | None, parent: Run | None
) -> tuple[dict[str, Any], Collection[str], bytes]:
    """The environment of a run, what of it was captured, and a patch of what was not committed."""
    if parent is not None and given is None:  # Both are of this process, and what it is was noted.
        known, chosen, diff = parent._state.document["environment"], parent._state.capture, b""
    else:
        known = environment(chosen) | (given or {})
        diff = uncommitted(chosen)
    if diff:
        known = {**known, "git": {**known.get("git", {}), "diff": PATCH}}
    return known, chosen, diff


def document(
    experiment: Experiment, run_id: str, now: str, word: str, parent: Run | None, fields: dict[str, Any]
) -> Document:
    """The document of a new run, with ``fields`` that were given or captured."""
    known: Any = {
        "format": 1,
        "id": run_id,
        "experiment": experiment.name,
        "name": None,
        "number": run_number(experiment.folder, layout.STATE),
        "type": None,
        "status": word,
        "created": now,
        "started": now if word == status.RUNNING else None,
        "ended": None,
        "owner": ranks.owner(),
        "parent": parent.id if parent else None,
        "description": None,
        "properties": {},
        **fields,
    }
    return known  # type: ignore[no-any-return]


def folder(experiment: Experiment, run_id: Any, now: Callable[[], float]) -> tuple[str, str]:
    """A new folder for a run, with its id; raises ConflictError where a given id is taken."""
    if run_id is not None:
        if not isinstance(run_id, str) or layout.file_name(run_id) != run_id:
            raise UserError(f"run_id must be 1 to 120 letters, digits, '_' or '-', not {quoted(run_id)}")
        if os.path.lexists(os.path.join(experiment.folder, run_id)):
            raise ConflictError(f"experiment {experiment.name!r} already has a run {run_id!r}; choose another id")
    experiment._create()
    return run_folder(experiment.folder, lambda: run_id or layout.run_id(now()))


def run_folder(experiment: str, new_id: Any) -> tuple[str, str]:
    """Take a new folder for a run below an experiment's folder; returns the id and the path.

    ``new_id`` gives an id at each call; a folder that exists is somebody else's, so the next id is tried.
    """
    for _ in range(100):
        run = new_id()
        path = os.path.join(experiment, run)
        try:
            os.makedirs(experiment, exist_ok=True)
            os.mkdir(path)
        except FileExistsError:
            if os.path.isdir(experiment):
                continue
            raise refused(OSError(20, ""), experiment) from None
        except OSError as error:
            raise refused(error, path) from error
        return run, path
    raise ConflictError(f"found no free run id in {experiment} after 100 tries")


def keep_patch(folder: str, diff: bytes) -> None:
    """Keep the patch of what was not committed, if there is any."""
    if diff:
        replace(os.path.join(folder, PATCH), diff)


def give_up(folder: str) -> None:
    """Remove the folder of a run that did not come to be; another try with its id finds it free."""
    forget(os.path.join(folder, PATCH))
    forget_folder(folder)


def run_number(experiment: str, state: str) -> int:
    """Claim the next run number of an experiment, without a lock: the process that renames the counter has it.

    Gaps and, after a merge of two workspaces, ties are legal: the id is the identity of a run.
    """
    folder = os.path.join(experiment, state)
    for _ in range(10_000):
        counters = _counters(folder)
        if not counters:
            _first_counter(experiment, folder)
            continue
        number = max(counters)
        try:
            os.rename(os.path.join(folder, f"number-{number}"), os.path.join(folder, f"number-{number + 1}"))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise refused(error, folder) from error
        return number
    raise ConflictError(f"could not reserve a run number in {folder}; remove that folder and try again")


def _counters(folder: str) -> list[int]:
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return [int(name[7:]) for name in names if name.startswith("number-") and name[7:].isascii() and name[7:].isdigit()]


def _first_counter(experiment: str, folder: str) -> None:
    """Make the counter of an experiment that has none, so that only one process can win.

    It begins after the runs that are there. A folder without a document is of a run that has no number yet: this one,
    or one that begins at the same moment.
    """
    side = os.path.join(experiment, f".number-{os.getpid()}-{os.urandom(3).hex()}")
    first = os.path.join(side, "number-1")
    try:
        names = [name for name in os.listdir(experiment) if not name.startswith(".")]
        runs = sum(os.path.isfile(os.path.join(experiment, name, layout.RUN)) for name in names)
        first = os.path.join(side, f"number-{runs + 1}")
        os.mkdir(side)
        os.close(os.open(first, os.O_CREAT | os.O_WRONLY))
        os.rename(side, folder)
    except OSError as error:
        if not os.path.isdir(folder):
            raise refused(error, folder) from error
        forget(first)
        os.rmdir(side)
