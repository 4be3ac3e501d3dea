"""What is compared: runs, and groups of runs that a query leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..query.columns import Row

SEVERAL = "several"
"""Stands for what differs between the runs of a group."""


class Captured(NamedTuple):
    """What was captured of a run when it began.

    ``files`` has the hash of each file of its snapshot by name; None without a snapshot.
    """

    environment: Mapping[str, Any] = {}
    files: Mapping[str, str] | None = None


class Member(NamedTuple):
    """A run, or a group of runs.

    ``key`` is ``<experiment>/<run>`` by the names of their folders in a site, or ``<experiment>?<query>``; ``given`` is
    how the user named it. ``captured`` has an entry for each of the ``rows``.
    """

    key: str
    given: str
    title: str
    rows: Sequence[Row]
    captured: Sequence[Captured] = ()
    group: bool = False
    label: str = ""
    """A short title, which no other member of the comparison has."""


def reference_first(names: Sequence[str], reference: str | None) -> list[str]:
    """The names of members, each once: the reference, by default the first, and then the others."""
    return list(dict.fromkeys(names if reference is None else (reference, *names)))


def labelled(members: Iterable[Member]) -> list[Member]:
    """The members with labels: what all titles begin with is left out; equal ones have their number, or their place."""
    found = list(members)
    start = _shared([one.title for one in found])
    short = [one.title[start:] for one in found]
    numbers = [None if one.group or not one.rows else one.rows[0].run.number for one in found]
    return [
        one._replace(label=label if short.count(label) == 1 else f"{one.title} ({_told_apart(numbers, at)})")
        for at, (one, label) in enumerate(zip(found, short, strict=True))
    ]


def _told_apart(numbers: Sequence[int | None], at: int) -> str:
    number = numbers[at]
    return f"#{number}" if number is not None and numbers.count(number) == 1 else str(at + 1)


_JOINTS = frozenset("-_/., ")
"""A title is cut after one of these only."""


def _shared(titles: Sequence[str]) -> int:
    """How many characters all titles begin with, up to a joint; 0 where nothing would be left of one."""
    if len(set(titles)) < 2:
        return 0
    low, high = min(titles), max(titles)
    count = next((at for at, letter in enumerate(low) if high[at : at + 1] != letter), len(low))
    while count and not _is_joint(low, count - 1):
        count -= 1
    return count if all(len(title) > count for title in titles) else 0


def _is_joint(title: str, at: int) -> bool:
    """Whether a title may be cut after a character: the point of a number is no joint."""
    inside = title[at] == "." and title[at - 1 : at].isdigit() and title[at + 1 : at + 2].isdigit()
    return title[at] in _JOINTS and not inside
