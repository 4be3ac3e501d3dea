"""Groups runs by what they were given, sums up a metric over each group, and judges the differences.

Every number is over all members whose value counts, never over a sample. A value counts of a run that completed, or has
no status at all; of a child run only where none of its ancestors has a value of its own: the mean of a cross-validation
stands for its folds. Values that are not finite are left out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from .coerce import sequence, text
from .format import verdict
from .format.errors import UserError
from .format.records import RunRecord, Series
from .format.status import COMPLETED, understood
from .format.verdict import Spread, Verdict

NOT_SET = "not set"
"""How a key is called of which a run has no value."""

_LARGEST = 10**300
_EXTREMES: dict[str, Any] = {"min": min, "max": max}


class Group:
    """Runs that have the same values of the keys.

    ``label`` is the values as logged, joined by commas; ``key`` has each value, None where it is not set. ``runs`` are
    all members, ``n`` is their number.
    """

    def __init__(self, label: str, key: tuple[Any, ...], runs: Sequence[RunRecord], among: _Runs) -> None:
        self.label = label
        self.key = key
        self.runs = list(runs)
        self.n = len(runs)
        self._among = among

    def values(
        self, metric: str, value: str = "last", *, at: float | None = None, goal: str | None = None
    ) -> list[float]:
        """The value of a metric of each member that has one that counts.

        ``value`` is ``last`` (by step), ``min``, ``max`` or ``best``, which is one of these by the goal: ``min`` or
        ``max``, by default as the runs define it. ``at`` instead takes the value at exactly this step. Raises UserError
        for a metric that no run has, for another word, and for ``best`` without a goal.
        """
        return [one for _, one in self._results(metric, self._among.picked(metric, value, at, goal))]

    def spread(self, metric: str, value: str = "last", *, at: float | None = None, goal: str | None = None) -> Spread:
        """These values summed up: ``n``, ``mean``, ``sd`` with n − 1, ``least`` and ``most``."""
        return verdict.spread(self.values(metric, value, at=at, goal=goal))

    def _results(self, metric: str, pick: Callable[[Series], float | None]) -> list[tuple[RunRecord, float]]:
        """The members that count, each with what ``pick`` takes from its series of the metric."""
        members = [run for run in self.runs if metric in run.series and self._among.counts(run, metric)]
        found = [(run, pick(run.series[metric])) for run in members]
        return [(run, one) for run, one in found if one is not None]

    def __repr__(self) -> str:
        return f"Group({self.label!r}, n={self.n})"


class Groups(Sequence[Group]):
    """What ``reading.groups`` gives: groups in the order of their values, *not set* last.

    A sequence; ``group`` finds one by its label or value.
    """

    def __init__(self, by: Sequence[str], groups: Sequence[Group], among: _Runs) -> None:
        self.by = tuple(by)
        self._groups = tuple(groups)
        self._among = among

    def __len__(self) -> int:
        return len(self._groups)

    def __iter__(self) -> Iterator[Group]:
        return iter(self._groups)

    def __getitem__(self, index: Any) -> Any:
        """The group or groups at an index or slice."""
        return self._groups[index]

    def __repr__(self) -> str:
        return f"Groups(by={list(self.by)}, {', '.join(f'{group.label}: {group.n}' for group in self._groups)})"

    def group(self, value: Any) -> Group:
        """The group with this label, value, or tuple of values; raises UserError if there is none."""
        key = value if isinstance(value, tuple) else (value,)
        for group in self._groups:
            if group.label == value or group.key == key:
                return group
        raise UserError(f"no group {value!r}; there are: {', '.join(group.label for group in self._groups)}")

    def verdicts(
        self,
        reference: Any,
        metric: str,
        value: str = "last",
        *,
        at: float | None = None,
        goal: str | None = None,
        tolerance: float | None = None,
        pair_by: str | None = None,
    ) -> dict[str, Verdict]:
        """Judge each other group against the reference, by label; see ``runpages.format.verdict`` for the rule.

        ``reference`` is a label or value. ``goal`` is by default as the runs define it, and has to be given where they
        define none. ``tolerance``: differences up to this do not matter. ``pair_by`` is a param or tag, such as
        ``seed``: runs of one value of it are compared as pairs, where each of both groups has exactly one. Raises
        UserError for an unknown group, value or name, and without a goal.
        """
        pick = self._among.picked(metric, value, at, goal)
        goal = goal or self._among.goal(metric)
        known = {group.label: group._results(metric, pick) for group in self._groups}
        base = known.pop(self.group(reference).label)
        pairs = None
        if pair_by is not None:
            key = self._among.look_up(pair_by)
            first = _unique(key, base)
            pairs = {
                label: [(one, first[text]) for text, one in _unique(key, found).items() if text in first]
                for label, found in known.items()
            }
        return verdict.verdicts(
            {label: [one for _, one in found] for label, found in known.items()},
            [one for _, one in base],
            goal=goal,
            tolerance=tolerance,
            pairs=pairs,
        )


def grouped(runs: Sequence[RunRecord], by: str | Iterable[str]) -> Groups:
    """Group runs by params or tags; a run without one is *not set*. Raises UserError for unknown names."""
    given = [by] if isinstance(by, str) else sequence(by, "by must be a param or tag, or a list of them")
    names = [text(name, "a param or tag") for name in given]
    if not names:
        raise UserError("by has no names; give it a param or tag, or several")
    among = _Runs(runs)
    looks = [among.look_up(name) for name in names]
    members: dict[tuple[str | None, ...], list[RunRecord]] = {}
    keys: dict[tuple[str | None, ...], list[Part]] = {}
    for run in runs:
        parts = [look(run) for look in looks]
        texts = tuple(part and part[0] for part in parts)
        keys.setdefault(texts, parts)
        members.setdefault(texts, []).append(run)
    order = sorted(keys, key=lambda texts: [_rank(part) for part in keys[texts]])
    labels = _labels(order)
    groups = [
        Group(label, tuple(part and part[1] for part in keys[texts]), members[texts], among)
        for texts, label in zip(order, labels, strict=True)
    ]
    return Groups(names, groups, among)


def _labels(keys: Sequence[tuple[str | None, ...]]) -> list[str]:
    """The texts of each key, joined; as a list in JSON where two would read the same."""
    plain = [", ".join(NOT_SET if text is None else text for text in key) for key in keys]
    counts = Counter(plain)
    return [
        label if counts[label] == 1 else json.dumps(key, ensure_ascii=False, separators=(",", ":"))
        for label, key in zip(plain, keys, strict=True)
    ]


def flat(params: dict[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """Nested params by their names, with a dot between those of each level."""
    found: list[tuple[str, Any]] = []
    for key, value in params.items():
        name = f"{before}{key}"
        found += flat(value, f"{name}.") if isinstance(value, dict) and value else [(name, value)]
    return found


Part = tuple[str, Any] | None
"""A value of a key: its text, and what it is; None where it is not set."""


class _Runs:
    """The runs among which there are groups: what their keys and their results are."""

    def __init__(self, runs: Sequence[RunRecord]) -> None:
        self._runs = runs
        self._known = {_identity(run): run for run in runs}
        self._params = {_identity(run): dict(flat(run.params)) for run in runs}

    def look_up(self, name: str) -> Callable[[RunRecord], Part]:
        """What finds the value that a run has of a param or tag; a param comes before a tag of the same name."""
        params = {key for found in self._params.values() for key in found}
        tags = {key for run in self._runs for key in run.tags}
        for known, find, prefix in ((params, self._param, "param."), (tags, self._tag, "tag.")):
            if name in known:
                return find(name)
            if name.removeprefix(prefix) in known:
                return find(name.removeprefix(prefix))
        raise UserError(f"no run has a param or tag {name!r}; there are: {', '.join(sorted(params | tags)) or 'none'}")

    def _param(self, name: str) -> Callable[[RunRecord], Part]:
        known = [found[name] for found in self._params.values() if name in found]
        spell = _number if all(type(value) in (int, float) for value in known) else _text

        def value_of(run: RunRecord) -> Part:
            found = self._params[_identity(run)]
            return spell(found[name]) if name in found else None

        return value_of

    def _tag(self, name: str) -> Callable[[RunRecord], Part]:
        return lambda run: _text(run.tags[name] or "") if name in run.tags else None

    def counts(self, run: RunRecord, metric: str) -> bool:
        """Whether what a run logged of a metric is a result."""
        finished = not run.status or understood(run.status) == COMPLETED
        return finished and not any(
            metric in above.series and _finite(above.series[metric]) for above in self._ancestors(run)
        )

    def _ancestors(self, run: RunRecord) -> Iterator[RunRecord]:
        seen = {run.id}
        while run.parent and run.parent not in seen and (run.experiment, run.parent) in self._known:
            seen.add(run.parent)
            run = self._known[run.experiment, run.parent]
            yield run

    def goal(self, metric: str) -> str:
        """Which values are better, as the newest run says that defines it."""
        stated = (run.series[metric].declared.goal for run in reversed(self._runs) if metric in run.series)
        found = next(filter(None, stated), "")
        if found not in _EXTREMES:
            raise UserError(f"{metric} has no goal; say which values are better: goal='min' or goal='max'")
        return found

    def picked(self, metric: str, value: str, at: float | None, goal: str | None) -> Callable[[Series], float | None]:
        """What takes the value that counts from a series."""
        if not any(metric in run.series for run in self._runs):
            raise UserError(f"no run has the metric {metric!r}")
        if at is not None or value == "last":
            return lambda series: _last(series, at)
        if value == "best":
            value = goal or self.goal(metric)
        if value not in _EXTREMES:
            raise UserError(f"value={value!r} is none of 'last', 'min', 'max' and 'best', which takes a goal of these")
        choose = _EXTREMES[value]
        return lambda series: choose(_finite(series), default=None)


def _identity(run: RunRecord) -> tuple[str, str]:
    return run.experiment, run.id


def _text(value: Any) -> tuple[str, Any]:
    if isinstance(value, str):
        return value, value
    text = repr(value) if type(value) in (int, float) else json.dumps(value, ensure_ascii=False, default=str)
    return text, value if isinstance(value, (int, float, bool, type(None))) else text


def _number(value: float) -> tuple[str, float]:
    """A number with one text for equal ones."""
    return (str(int(value)) if abs(value) < 1e16 and value == int(value) else repr(value)), value


def _rank(part: Part) -> tuple[int, Any]:
    """Numbers by size, then texts, then what is not set."""
    if part is None:
        return 2, ""
    text, value = part
    return (0, value) if type(value) in (int, float) and value == value else (1, text)


def _last(series: Series, at: float | None) -> float | None:
    """The value of the greatest step, or at a step; of several the one that was logged last."""
    places = (place for place, step in enumerate(series.steps) if at is None or step == at)
    last = max(places, key=lambda place: (series.steps[place], place), default=None)
    return None if last is None else next(iter(_finite(series, [last])), None)


def _finite(series: Series, places: Iterable[int] | None = None) -> list[float]:
    values = series.values if places is None else [series.values[place] for place in places]
    return [float(value) for value in values if isinstance(value, (int, float)) and abs(value) < _LARGEST]


def _unique(key: Callable[[RunRecord], Part], results: Iterable[tuple[RunRecord, float]]) -> dict[str, float]:
    """The values by the text of a key, where only one run has it."""
    found: dict[str, list[float]] = {}
    for run, value in results:
        if part := key(run):
            found.setdefault(part[0], []).append(value)
    return {text: values[0] for text, values in found.items() if len(values) == 1}
