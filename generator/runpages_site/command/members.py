"""Finds what ``runpages compare`` compares: runs, and groups of runs by a query."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from ..comparison.member import OPERATORS, Captured, Member, parted
from ..comparison.metrics import Rule
from ..model import ExperimentSummary
from ..query.columns import Row
from ..read import captured
from .arguments import Refusal, refuse_storage
from .runs import read_experiments, read_run, selected, settings_of

MOST = 50
"""Most runs or groups that are compared."""

Read = Callable[[str | None], Sequence[ExperimentSummary]]


class Found(NamedTuple):
    """Members, and by the path of each experiment what the settings say of its metrics."""

    members: list[Member]
    rules: Mapping[str, Rule]


def find_members(given: Sequence[str], place: str | None) -> Found:
    """The runs and groups of some names. Raises Refusal for one that is neither."""
    for one in given:
        refuse_storage(one)
    if len(given) > MOST:
        raise Refusal(f"{len(given)} runs or groups are too many to compare; the most are {MOST}")
    # Several groups are of one experiment, whose runs are read once.
    read = cache(lambda name: read_experiments(place, name))
    found: dict[str, Member] = {}
    for one in given:
        member = _member(one, place, read)
        found.setdefault(member.key, member)
    if len(found) < 2:
        raise Refusal(f"{' and '.join(given)} are the same {'group' if member.group else 'run'}")
    members = list(found.values())
    experiments = {row.experiment.path: row.experiment for member in members for row in member.rows}
    return Found(members, {path: _rule(one, place) for path, one in experiments.items()})


def _member(given: str, place: str | None, read: Read) -> Member:
    experiment, query = parted(given)
    if query:
        return _group(given, query, read(experiment))
    try:
        row, record = read_run(given, place)
    except Refusal:
        if OPERATORS.intersection(given):
            return _group(given, given, read(None))
        if given in {one.name for one in read(None)}:
            example = f"{given}?status:completed"
            raise Refusal(
                f"{given} is an experiment; a group of its runs is '{given}?QUERY', such as {example!r}"
            ) from None
        raise
    return Member(
        _key(row),
        given,
        row.run.title,
        [row],
        [captured.read_captured(row.run.path) if os.path.isdir(row.run.path) else captured.environment(record)],
    )


def _group(given: str, query: str, found: Sequence[ExperimentSummary]) -> Member:
    rows, _ = selected(found, query)
    if not rows:
        raise Refusal(f"no run matches {query!r}")
    names = sorted({os.path.basename(row.experiment.path.rstrip("/")) for row in rows})
    heads = [captured.read_captured(row.run.path) if os.path.isdir(row.run.path) else Captured() for row in rows]
    return Member(f"{','.join(names)}?{query}", given, query, rows, heads, group=True)


def _key(row: Row) -> str:
    """The folders of a run and its experiment."""
    above, name = os.path.split(row.run.path.rstrip("/"))
    return f"{os.path.basename(above)}/{name}"


def _rule(experiment: ExperimentSummary, place: str | None) -> Rule:
    known = settings_of(experiment, place)
    return Rule(known.tolerance, known.pair_by)
