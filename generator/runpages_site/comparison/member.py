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


def labelled(members: Iterable[Member]) -> list[Member]:
    """The members with labels: what all titles begin with is left out, and equal ones are numbered."""
    found = list(members)
    titles = [one.title for one in found]
    cut = len(_common(titles)) if len(set(titles)) > 1 else 0
    labels = [title[cut:] for title in titles]
    for at, label in enumerate(labels):
        if labels.count(label) > 1:
            labels[at] = f"{titles[at]} ({_told_apart(found, at)})"
    return [one._replace(label=label) for one, label in zip(found, labels, strict=True)]


def _told_apart(members: Sequence[Member], at: int) -> str:
    """What tells a member from others with its title: the number of the run, else its place."""
    [*numbers] = (one.rows[0].run.number if one.rows and not one.group else None for one in members)
    return f"#{numbers[at]}" if numbers[at] is not None and numbers.count(numbers[at]) == 1 else str(at + 1)


_BORDERS = frozenset("-_/., ")


def _common(titles: Sequence[str]) -> str:
    """What titles have in common at their beginning, up to a hyphen, a slash or another border."""
    low, high = min(titles), max(titles)
    count = next((at for at, letter in enumerate(low) if high[at : at + 1] != letter), len(low))
    while count and low[count - 1] not in _BORDERS:
        count -= 1
    return low[:count] if all(len(title) > count for title in titles) else ""
