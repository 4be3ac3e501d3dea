"""What is compared: runs, and groups of runs that a query leaves, as the settings name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from posixpath import dirname
from typing import Any, NamedTuple

from ..model import ExperimentSummary
from ..query.columns import Columns, Row, rows
from ..query.meaning import matching
from ..query.syntax import QueryError

SEVERAL = "several"
"""Stands for what differs between the runs of a group."""

OPERATORS = frozenset(':<>="')
"""What a query has, and the name of an experiment has not."""


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
        one._replace(label=label if short.count(label) == 1 else f"{one.title} ({_number_or_place(numbers, at)})")
        for at, (one, label) in enumerate(zip(found, short, strict=True))
    ]


def _number_or_place(numbers: Sequence[int | None], at: int) -> str:
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


# --- by name ---------------------------------------------------------------------------------------------


class UnresolvedError(ValueError):
    """A name that is no run, and no query that leaves any."""


def parted(given: str) -> tuple[str, str]:
    """The experiment and the query of a group, ``experiment?query``; both empty for what is not spelled so."""
    experiment, mark, query = given.partition("?")
    return (experiment, query) if mark and not OPERATORS.intersection(experiment) else ("", "")


def find_member(given: str, experiments: Sequence[ExperimentSummary]) -> Member:
    """The run or group that a name means among the runs of a site. Raises UnresolvedError if there is none."""
    experiment, query = parted(given)
    if query:
        found = [one for one in experiments if experiment in (one.name, _folder(one))]
        if not found:
            raise UnresolvedError(f"there is no experiment {experiment!r}{_close(experiment, experiments)}")
        return _group(given, query, found)
    known = rows(experiments)
    for names in (_exact, _titles):
        runs = [row for row in known if given in names(row)]
        if len(runs) == 1:
            return Member(key_of(runs[0]), given, runs[0].run.title, runs)
        if runs:
            places = ", ".join(key_of(row) for row in runs[:3])
            raise UnresolvedError(f"{len(runs)} runs are called {given!r}; name one of them by its id: {places}")
    if not OPERATORS.intersection(given):
        close = get_close_matches(given, {name for row in known for name in (row.run.id, row.run.title)}, 1)
        raise UnresolvedError(f"there is no run {given!r}" + (f" (did you mean {close[0]!r}?)" if close else ""))
    return _group(given, given, experiments)


def _exact(row: Row) -> tuple[str, ...]:
    return row.run.id, key_of(row), f"{row.experiment.name}/{row.run.id}"


def _titles(row: Row) -> tuple[str, ...]:
    return row.run.title, f"{row.experiment.name}/{row.run.title}"


def _group(given: str, query: str, experiments: Sequence[ExperimentSummary]) -> Member:
    known = rows(experiments)
    try:
        found = matching(query, known, Columns(known))
    except QueryError as error:
        raise UnresolvedError(f"{error}; try {error.example}") from None
    if not found:
        raise UnresolvedError(f"no run matches {query!r}")
    folders = sorted({_folder(row.experiment) for row in found})
    return Member(f"{','.join(folders)}?{query}", given, query, found, group=True)


def _folder(experiment: ExperimentSummary) -> str:
    """The folder of an experiment in the site."""
    return dirname(experiment.path).rpartition("/")[2]


def key_of(row: Row) -> str:
    """The folders of a run and its experiment in the site: ``e/<experiment>/<run>.html`` without what all have."""
    return row.run.path.removeprefix("e/").removesuffix(".html")


def _close(name: str, experiments: Sequence[ExperimentSummary]) -> str:
    close = get_close_matches(name, [one.name for one in experiments], 1)
    return f" (did you mean {close[0]!r}?)" if close else ""
