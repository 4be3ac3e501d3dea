"""Which step comes next: they count from 0, and go on after the greatest that there is."""

from __future__ import annotations

import math
from itertools import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .format.records import RunRecord


class Steps:
    """The steps of a name to which some are given: one that is counted is the whole number after the greatest.

    A name to which none is given has a bare ``count`` instead, which takes a log call no time. ``lock`` is that of the
    writer of the run.
    """

    __slots__ = ("greatest", "lock")

    def __init__(self, counted: count[int], lock: Any) -> None:
        self.greatest: float = next(counted) - 1
        self.lock = lock

    def __next__(self) -> int:
        with self.lock:
            self.greatest = at = after(self.greatest)
        return at


def after(step: float) -> int:
    """The step that is counted after one that was given."""
    return max(0, math.floor(step) + 1)


def next_steps(record: RunRecord, kind: str) -> dict[str, int]:
    """For each name of a kind the step after its greatest."""
    if kind == "series":
        return {name: after(max(series.steps)) for name, series in record.series.items() if series.steps}
    found: dict[str, int] = {}
    for one in getattr(record, kind):
        found[one.name] = max(found.get(one.name, 0), after(one.step))
    return found
