"""Finds what a comparison in the settings names: runs, and groups of runs by a query."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from posixpath import dirname

from ..model import ExperimentSummary
from ..query.columns import Columns, Row, rows
from ..query.meaning import matching
from ..query.syntax import QueryError
from .member import Member

OPERATORS = frozenset(':<>="')
"""What a query has, and the name of an experiment has not."""


class UnresolvedError(ValueError):
    """A name that is no run, and no query that leaves any."""


def parted(given: str) -> tuple[str, str]:
    """The experiment and the query of a group, ``experiment?query``; both empty for what is not spelled so."""
    experiment, mark, query = given.partition("?")
    return (experiment, query) if mark and not OPERATORS.intersection(experiment) else ("", "")


def member(given: str, experiments: Sequence[ExperimentSummary]) -> Member:
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
