"""What goes on beside a run until it ends, each only where it was asked for."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..run import Run

    Begin = Callable[[Run], Callable[[], None]]


def chosen(*, console: bool = False, system: bool | float = False) -> list[Begin]:
    """What is to be begun for a run; each returns what ends it. Raises UserError for what cannot be."""
    found: list[Begin] = []
    if console:
        from .console import capture

        found.append(capture)
    if system is not False and system is not None:
        from .system import sampling

        found.append(sampling(system))
    return found


def begin(run: Run, what: list[Begin]) -> Run:
    """Begin all of it; it ends with the run."""
    run._state.background += [one(run) for one in what]
    return run
