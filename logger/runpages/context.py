"""Which run goes on here: the innermost of this thread or task, else the latest of this process.

Threads and tasks each have a context of their own (``contextvars``), so a run is found where it was begun and in what
was started from there with a copy of the context, as asyncio does. A process that this one starts finds the run by an
environment variable, unless two runs go on side by side here: then nobody knows which one is meant.
"""

from __future__ import annotations

import os
from _contextvars import ContextVar

from .format import layout
from .format.status import TERMINAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .run import Run

CHILDREN = "RUNPAGES_CONTEXT"
"""The variable in which the processes that this one starts find the folder of its run."""

_around: ContextVar[tuple[Run, ...]] = ContextVar("runpages_around", default=())
"""The runs that go on around the code that runs, the innermost last."""

_of_parent: Run | None = None
"""In a forked child: the run that went on where it was forked."""

_before: str | None = None
"""What the variable for children holds while no run of this process goes on."""

_set: str | None = None
"""What this module has given it."""


def enter(run: Run) -> None:
    """From here on the run is that of this thread or task."""
    around = [outer for outer in _around.get() if outer.status not in TERMINAL]  # Another thread may have ended it.
    _around.set((*around, run))


def leave(run: Run, *, ended: bool = False) -> None:
    """Leave the block of a run that may go on, or forget one that has ended."""
    around = [*_around.get()]
    around.reverse()
    while run in around:  # A generator or another thread may have left it in another order.
        around.remove(run)
        if not ended:
            break
    _around.set(tuple(reversed(around)))


def began(run: Run, going: Sequence[Run]) -> None:
    """A run of this process began; ``going`` are all that go on, the latest last."""
    run._state.within = frozenset(outer.folder for outer in _around.get())
    enter(run)
    _name_for_children(going)


def ended(run: Run, going: Sequence[Run]) -> None:
    """A run of this process has ended; ``going`` are those that still go on."""
    leave(run, ended=True)
    _name_for_children(going)


def current(going: Sequence[Run]) -> Run | None:
    """The run of this thread or task, else the latest of ``going``, else the one that this process was forked in."""
    for run in reversed(_around.get()):
        if run in going or goes_on_elsewhere(run):
            return run
    if going:
        return going[-1]
    return _of_parent if _of_parent is not None and goes_on_elsewhere(_of_parent) else None


def forked(going: Sequence[Run]) -> None:
    """In a forked child: the run that was current where it was forked is that of the child, and of its children."""
    global _of_parent, _before
    _of_parent = current(going)
    if _of_parent is not None:
        _before = _of_parent.folder
        _name_for_children(())


def environment() -> dict[str, str]:
    """The environment for a process that is started for a run of its own."""
    return {name: text for name, text in os.environ.items() if name != CHILDREN}


def goes_on_elsewhere(run: Run) -> bool:
    """Whether a run has not ended that is another process's; its files are read again where they changed."""
    if run._state.ends:
        return False  # It has ended, or it would be among those that go on.
    seen = _state(run.folder)
    if seen != run._state.seen:
        run._state.seen = seen
        run._state.refresh()
    return run.status not in TERMINAL


def _state(folder: str) -> list[Any]:
    """The files that hold the state of a run, by what changes with every write to them."""
    try:
        names = [name for name in sorted(os.listdir(folder)) if name == layout.RUN or name.startswith("changes.")]
        found = [os.stat(os.path.join(folder, name)) for name in names]
    except OSError:
        return []
    return [(one.st_ino, one.st_size, one.st_mtime_ns) for one in found]


def _name_for_children(going: Sequence[Run]) -> None:
    """Name the run for the processes that are started from now on; none where it could be one of several."""
    global _before, _set
    if os.environ.get(CHILDREN) != _set:
        _before = os.environ.get(CHILDREN)  # That of the parent, or the script's own.
    folder = _before
    if going:
        *others, latest = going
        folder = latest.folder if all(run.folder in latest._state.within for run in others) else None
    if folder is None:
        os.environ.pop(CHILDREN, None)
    elif os.environ.get(CHILDREN) != folder:
        os.environ[CHILDREN] = folder
    _set = folder
