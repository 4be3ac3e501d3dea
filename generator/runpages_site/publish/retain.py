"""Which runs of a site go when only some are to stay: those of the last days, the newest, or the best."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

DAY = 86400.0

_SPELLED = re.compile(r"(?:(\d+)\s*(?:d|days?)|(\d+)\s*runs?|best\s+(\d+))", re.IGNORECASE)


class Retain(NamedTuple):
    """What stays: runs of the last ``most`` days, the newest ``most``, or the best ``most`` of each experiment."""

    kind: Literal["days", "runs", "best"]
    most: int


class Candidate(NamedTuple):
    """A run that may go: its place in the site, when it last did something, and its value of the main metric.

    A run that ``goes_on`` always stays. ``rank`` is less for better values; None for a run without one.
    """

    experiment: str
    run: str
    time: float
    goes_on: bool
    rank: float | None


def parse(text: str) -> Retain:
    """What ``90d``, ``200 runs`` or ``best 10`` means. Raises ValueError for anything else."""
    if (found := _SPELLED.fullmatch(text.strip())) is None or set(found[0]) & set("123456789") == set():
        raise ValueError(f"{text!r} is not a number of days, runs or best runs, such as 90d, '200 runs' or 'best 10'")
    days, runs, best = found.groups()
    return Retain("days", int(days)) if days else Retain("runs", int(runs)) if runs else Retain("best", int(best))


def dropped(candidates: Sequence[Candidate], retain: Retain, now: float) -> frozenset[tuple[str, str]]:
    """The runs that go. In an experiment where no run has a rank, none is better, and all stay."""
    ended = [one for one in candidates if not one.goes_on]
    if retain.kind == "days":
        return _places(one for one in ended if one.time < now - retain.most * DAY)
    if retain.kind == "runs":
        return _places(sorted(ended, key=lambda one: (-one.time, one.experiment, one.run))[retain.most :])
    by_experiment: dict[str, list[Candidate]] = {}
    for one in ended:
        by_experiment.setdefault(one.experiment, []).append(one)
    ranked = (runs for runs in by_experiment.values() if any(one.rank is not None for one in runs))
    return frozenset[tuple[str, str]]().union(*(_places(sorted(runs, key=_by_rank)[retain.most :]) for runs in ranked))


def _by_rank(one: Candidate) -> tuple[bool, float, float]:
    """The best first; of equal ones the newest, and those without a value last."""
    return one.rank is None, one.rank or 0.0, -one.time


def _places(candidates: Iterable[Candidate]) -> frozenset[tuple[str, str]]:
    return frozenset((one.experiment, one.run) for one in candidates)
