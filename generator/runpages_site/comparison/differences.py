"""What differs between the members of a comparison: parameters, tags, and the files of their code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from .. import text
from ..logged import MISSING, varies
from ..query.columns import Row
from ..text import number
from .member import Member

LISTED = 3
"""Most values of a group that are listed; more are counted."""


class ValueRow(NamedTuple):
    """A parameter or a tag by its name, with a text for each member; None where it has none."""

    name: str
    texts: Sequence[str | None]
    differs: bool


def param_rows(members: Sequence[Member]) -> list[ValueRow]:
    """The parameters of the members, in the order of their first appearance."""
    return _rows(members, lambda row: row.params)


def tag_rows(members: Sequence[Member]) -> list[ValueRow]:
    """The tags of the members."""
    return _rows(members, lambda row: {name: value or "" for name, value in row.run.tags.items()})


def _rows(members: Sequence[Member], of: Callable[[Row], Mapping[str, object]]) -> list[ValueRow]:
    found = [[of(row) for row in member.rows] for member in members]
    names = dict.fromkeys(name for rows in found for values in rows for name in values)
    return [_row(name, [[values.get(name, MISSING) for values in rows] for rows in found]) for name in names]


def _row(name: str, found: Sequence[Sequence[object]]) -> ValueRow:
    """Values differ where two runs have different ones, and not where a group has several and so has the reference."""
    sets = [sorted({_key(value) for value in values}) for values in found]
    return ValueRow(name, list(map(_listed, found)), any(one != sets[0] for one in sets))


def _key(value: object) -> tuple[str, str]:
    return (type(value).__name__, repr(value)) if value is not MISSING else ("", "")


def _listed(values: Sequence[object]) -> str | None:
    known = [value for value in values if value is not MISSING]
    if not known:
        return None
    if not varies(values):
        return text.compact(known[0])
    spelled = list(dict.fromkeys(text.compact(value) for value in known))
    if len(known) < len(values):
        spelled.append("not set")
    return ", ".join(spelled) if len(spelled) <= LISTED else number.plural(len(spelled), "value")


class CodeChange(NamedTuple):
    """The names of files that differ from those of the reference, by the hashes of two snapshots."""

    changed: Sequence[str]
    added: Sequence[str]
    removed: Sequence[str]

    @property
    def files(self) -> list[str]:
        """The names of all files that differ."""
        return [*self.changed, *self.added, *self.removed]


def code_change(reference: Mapping[str, str] | None, other: Mapping[str, str] | None) -> CodeChange | None:
    """What differs between the files of two snapshots; None where there is no snapshot to compare."""
    if reference is None or other is None:
        return None
    return CodeChange(
        [name for name in sorted(reference) if name in other and reference[name] != other[name]],
        [name for name in sorted(other) if name not in reference],
        [name for name in sorted(reference) if name not in other],
    )


def files_of(member: Member) -> Mapping[str, str] | None:
    """The hashes of the files of a member by name, those that all runs of a group have; None without a snapshot."""
    known = [one.files for one in member.captured if one.files is not None]
    if not known or len(known) < len(member.captured):
        return None
    names = dict.fromkeys(name for one in known for name in one)
    return {name: " ".join(sorted({one.get(name, "") for one in known})) for name in names}
