"""Finds the current run: the innermost of this thread or task, else the latest of this process.

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
    from collections.abc import Iterator, Sequence
    from typing import Any

    from .run import Run

CHILDREN = "RUNPAGES_CONTEXT"
"""The variable in which the processes that this one starts find the folder of its run."""


class Around:
    """A run that goes on around the code that runs, and those around it; contexts share what is around both."""

    __slots__ = ("depth", "outer", "run")

    def __init__(self, run: Run, outer: Around | None) -> None:
        self.run = run
        self.outer = outer
        self.depth: int = outer.depth + 1 if outer else 1


_around: ContextVar[Around | None] = ContextVar("runpages_around", default=None)
"""The innermost run that goes on around the code that runs."""

_SPARE = 16
"""How much deeper than the runs that go on the runs around a context may be, since other contexts have ended some."""

_of_parent: Run | None = None
"""In a forked child: the run that went on where it was forked."""

_before: str | None = None
"""What the variable for children holds while no run of this process goes on."""

_set: str | None = None
"""What this module has given it."""


def enter(run: Run) -> None:
    """From here on the run is that of this thread or task."""
    _around.set(Around(run, _living(_around.get())))


def leave(run: Run, *, ended: bool = False) -> None:
    """Leave the block of a run that may go on, or forget one that has ended."""
    inner: list[Run] = []  # A generator or another thread may have left it in another order.
    around = _around.get()
    while around and around.run is not run:
        inner.append(around.run)
        around = around.outer
    if around is None:
        return
    around = around.outer
    while ended and around and around.run is run:  # It was begun here, and its block was entered.
        around = around.outer
    _around.set(_within(inner, around))


def began(run: Run, going: Sequence[Run]) -> None:
    """A run of this process began; ``going`` are all that go on, the latest last."""
    around = _living(_around.get())
    if around and around.depth > 4 * len(going) + _SPARE:
        around = _within([outer for outer in _outwards(around) if outer.status not in TERMINAL], None)
    run._state.around = around
    run._state.is_innermost = False
    run._state.is_innermost = _is_innermost(run, going)
    _around.set(Around(run, around))
    _name_for_children(going)


def _living(around: Around | None) -> Around | None:
    """The innermost run that has not ended; another thread may have ended it."""
    while around and around.run.status in TERMINAL:
        around = around.outer
    return around


def _outwards(around: Around | None) -> Iterator[Run]:
    """The runs around the code that runs, from the innermost on."""
    while around:
        yield around.run
        around = around.outer


def _within(inner: Sequence[Run], around: Around | None) -> Around | None:
    """Put runs, the innermost first, within those that are around."""
    for run in reversed(inner):
        around = Around(run, around)
    return around


def _is_innermost(run: Run, going: Sequence[Run]) -> bool:
    """Whether all other runs that go on are around the latest one."""
    if len(going) < 2 or run._state.is_innermost:
        return True
    before, around = going[-2], run._state.around
    if around and around.run is before and before._state.is_innermost:
        return True
    outer = {id(one) for one in _outwards(around)}
    return all(id(other) in outer for other in going[:-1])


def ended(run: Run, going: Sequence[Run]) -> None:
    """A run of this process has ended; ``going`` are those that still go on."""
    leave(run, ended=True)
    run._state.around = None  # Or the last of many runs in turn would keep all of them.
    _name_for_children(going)


def current(going: Sequence[Run]) -> Run | None:
    """The run of this thread or task, else the latest of ``going``, else the one that this process was forked in."""
    for run in _outwards(_around.get()):
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
        latest = going[-1]
        folder = latest.folder if _is_innermost(latest, going) else None
    if folder is None:
        os.environ.pop(CHILDREN, None)
    elif os.environ.get(CHILDREN) != folder:
        os.environ[CHILDREN] = folder
    _set = folder
