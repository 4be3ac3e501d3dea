"""Puts a comparison together, and sums up in a sentence what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..text import number
from . import differences, environment
from .differences import CodeChange, ValueRow
from .environment import Change
from .member import Member, labelled
from .metrics import MetricRow, Rule, metric_names, metric_row


class Comparison(NamedTuple):
    """Members against the first of them; ``environment`` and ``code`` have an entry for each member.

    An entry is empty for the reference. ``code`` is None where there are no two snapshots.
    """

    members: Sequence[Member]
    metrics: Sequence[MetricRow]
    params: Sequence[ValueRow]
    tags: Sequence[ValueRow]
    environment: Sequence[Sequence[Change]]
    code: Sequence[CodeChange | None]

    @property
    def reference(self) -> Member:
        """The member that the others are compared with."""
        return self.members[0]

    @property
    def others(self) -> range:
        """The places of the members that are compared with the reference."""
        return range(1, len(self.members))


def comparison(
    members: Sequence[Member], *, metrics: Sequence[str] = (), which: str = "last", rules: Mapping[str, Rule] = {}
) -> Comparison:
    """Compare members with the first of them, by some metrics or by all but those of the machine."""
    members = labelled(members)
    rows = [metric_row(name, members, 0, which, rules) for name in metrics or metric_names(members)]
    facts, files = list(map(environment.facts_of, members)), list(map(differences.files_of, members))
    return Comparison(
        members=members,
        metrics=[row for row in rows if metrics or any(cell.value is not None for cell in row.cells)],
        params=differences.param_rows(members),
        tags=differences.tag_rows(members),
        environment=[environment.changes(facts[0], one) for one in facts],
        code=[None, *(differences.code_change(files[0], one) for one in files[1:])],
    )


def summary(found: Comparison) -> list[str]:
    """What differs, in parts of a sentence: ``3 of 12 parameters``, ``1 tag``, ``code of 2 files``."""
    parts = []
    if count := sum(row.differs for row in found.params):
        parts.append(f"{count} of {number.plural(len(found.params), 'parameter')}")
    if count := sum(row.differs for row in found.tags):
        parts.append(number.plural(count, "tag"))
    changed = list(dict.fromkeys(change for changes in found.environment for change in changes))
    if len(found.members) == 2:
        parts += environment.in_words(changed)
    elif changed:
        parts.append(f"{number.plural(len({one.name for one in changed}), 'fact')} of the environment")
    files = {name for one in found.code if one is not None for name in one.files}
    if files:
        parts.append(f"code of {number.plural(len(files), 'file')}")
    return parts
