"""Evaluates the conditions of a comparison, and what is known to fail them."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import NamedTuple

from runpages.format.verdict import LEAST

from ..text import number
from .condition import Condition
from .delta import delta_of, finite
from .member import Member
from .metrics import MetricRow, Rule, metric_row

FAILS, PASSES, KNOWN, UNKNOWN = "fails", "passes", "known", "not evaluated"
"""What became of a condition: a comparison *fails* where it holds."""


_TESTS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class Known(NamedTuple):
    """What is known to fail and does not count: patterns of metrics and runs, the last day in ISO 8601, and why."""

    metric: str | None
    run: str | None
    until: str | None
    reason: str

    def covers(self, metric: str, member: Member) -> bool:
        """Whether it is about a metric of a member."""
        names = [member.given, member.key, member.title, *(row.run.id for row in member.rows if not member.group)]
        return (self.metric is None or fnmatchcase(metric, self.metric)) and (
            self.run is None or any(fnmatchcase(name, self.run) for name in names)
        )

    @property
    def sentence(self) -> str:
        """The reason with the last day."""
        return f"known until {self.until}: {self.reason}" if self.until else f"known: {self.reason}"


class Outcome(NamedTuple):
    """What became of a condition for a member, and why; ``member`` is its label, empty where it is about none."""

    condition: str
    member: str
    state: str
    why: str
    known: Known | None = None


def evaluated(
    conditions: Sequence[Condition], members: Sequence[Member], *, which: str, rules: Mapping[str, Rule],
    known: Sequence[Known] = (), today: str = "",
) -> list[Outcome]:  # fmt: skip
    """Evaluate conditions for each member but the first, which is the reference.

    What is ``known`` on the day ``today``, as ``2026-12-31``, does not count; without a day it never expires.
    """
    metrics = dict.fromkeys(name for member in members for row in member.rows for name in row.run.metrics)
    found: list[Outcome] = []
    for condition in conditions:
        if condition.metric not in metrics:
            close = get_close_matches(condition.metric, metrics, 1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            found.append(Outcome(condition.text, "", UNKNOWN, f"no run has a metric {condition.metric!r}{hint}"))
            continue
        base = _place(condition.than, members) if condition.than else 0
        if base is None:
            found.append(Outcome(condition.text, "", UNKNOWN, f"no run or group is called {condition.than!r}"))
            continue
        row = metric_row(condition.metric, members, base, condition.which or which, rules)
        found += [
            _with_known(one, condition, members[place], known, today)
            for place, one in _outcomes(condition, row, members, base)
        ]
    return found


def _place(name: str, members: Sequence[Member]) -> int | None:
    return next(
        (place for place, one in enumerate(members) if name in (one.given, one.key, one.title, one.label)), None
    )


def _outcomes(
    condition: Condition, row: MetricRow, members: Sequence[Member], base: int
) -> Iterator[tuple[int, Outcome]]:
    for place in range(1, len(members)):
        if place != base:
            state, why = _threshold(condition, row, place) if condition.op else _worse(condition, row, base, place)
            yield place, Outcome(condition.text, members[place].label, state, why)


def _threshold(condition: Condition, row: MetricRow, place: int) -> tuple[str, str]:
    value = finite(row.cells[place].value)
    if value is None:
        return UNKNOWN, _no_number(row, place)
    holds = _TESTS[condition.op](value, condition.bound)
    return FAILS if holds else PASSES, f"{row.which} {number.short(value)}"


def _worse(condition: Condition, row: MetricRow, base: int, place: int) -> tuple[str, str]:
    cell, reference = row.cells[place], row.cells[base]
    value, other = finite(cell.value), finite(reference.value)
    if value is None or other is None:
        return UNKNOWN, _no_number(row, base if value is not None else place)
    if row.aim.better is None:
        return UNKNOWN, f"nothing says whether a higher or a lower {row.name} is better; set its goal"
    delta = delta_of(value, other, row.aim.better, row.tolerance)
    why = f"{row.which} {number.short(value)} against {number.short(other)}"
    if not condition.noise:
        return FAILS if delta.word == "worse" else PASSES, why
    judged = cell.verdict
    if judged is None or judged.p is None or judged.interval is None:
        counts = " against ".join(str(1 if one.n is None else one.n) for one in (cell, reference))
        return UNKNOWN, f"{counts} runs cannot be judged; each side needs {LEAST}"
    low, high = number.short(judged.interval.low), number.short(judged.interval.high)
    why += f", 95 % interval of the difference {low} to {high}, p {chance(judged.p)}"
    return FAILS if judged.word == "worse" else PASSES, why


def chance(p: float) -> str:
    """A p with three decimals."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _no_number(row: MetricRow, place: int) -> str:
    value = row.cells[place].value
    return f"{row.which} {row.name} is {value}" if value is not None else f"it has no {row.name}"


def _with_known(outcome: Outcome, condition: Condition, member: Member, known: Sequence[Known], today: str) -> Outcome:
    """An outcome that holds, or cannot be evaluated, with what is known of it."""
    if outcome.state == PASSES:
        return outcome
    found = next((one for one in known if one.covers(condition.metric, member)), None)
    if found is None:
        return outcome
    if found.until is not None and today > found.until:
        return outcome._replace(why=f"{outcome.why}; known until {found.until}, which is over: {found.reason}")
    return outcome._replace(state=KNOWN, known=found)
