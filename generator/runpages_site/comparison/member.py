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
    """The members with labels: what all titles begin with is left out, and equal ones have their number as well."""
    found = list(members)
    titles = [one.title for one in found]
    cut = _shared(titles)
    return [
        one._replace(label=one.title[cut:] + (f" {_number(one)}" if titles.count(one.title) > 1 else ""))
        for one in found
    ]


def _number(member: Member) -> str:
    number = None if member.group or not member.rows else member.rows[0].run.number
    return f"#{member.key if number is None else number}"


_JOINTS = frozenset("-_./: ")
"""A title is cut after one of these only."""


def _shared(titles: Sequence[str]) -> int:
    """How many characters all titles begin with, up to a joint; 0 where nothing would be left of one."""
    if len(titles) < 2:
        return 0
    low, high = min(titles), max(titles)
    count = next((at for at, letter in enumerate(low) if high[at : at + 1] != letter), len(low))
    while count and not _is_joint(low, count - 1):
        count -= 1
    return count if all(len(title) > count for title in titles) else 0


def _is_joint(title: str, at: int) -> bool:
    """Whether a title may be cut after a character: a point in a number is no joint."""
    return title[at] in _JOINTS and not (title[at] == "." and at > 0 and title[at - 1].isdigit())
