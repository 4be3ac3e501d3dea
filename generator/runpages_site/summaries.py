"""What is asked of many runs at once: read off their summaries, or known without these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar, overload

from .model import MetricSummary, RunSummary

Number = float | int
T = TypeVar("T")


class MetricFacts(NamedTuple):
    """What runs, newest first, say of a metric together."""

    runs: int
    """How many have it."""
    numeric: int
    """How many runs have a finite number of it."""
    goal: str | None
    """The goal of the newest run that states one."""
    main: str | None
    """The same among the runs with a finite number."""
    unit: str | None
    """The unit of the newest run that states one."""

    def then(self, older: MetricFacts) -> MetricFacts:
        """The facts of these runs and of older ones."""
        return MetricFacts(
            self.runs + older.runs,
            self.numeric + older.numeric,
            self.goal or older.goal,
            self.main if self.main is not None else older.main,
            self.unit or older.unit,
        )


class SomeRuns(Sequence[RunSummary]):
    """So many runs, newest first, each made when it is asked for: to make all of a large experiment takes seconds."""

    def __init__(self, count: int, make: Callable[[int], RunSummary], column: Callable[[str], Sequence[Any]]) -> None:
        """``column`` gives a field of all runs at once."""
        self._count, self._make, self._column = count, make, column
        self._columns: dict[str, Sequence[Any]] = {}
        self._made: dict[int, RunSummary] = {}
        self._known: dict[object, Any] = {}

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> RunSummary: ...
    @overload
    def __getitem__(self, place: slice) -> list[RunSummary]: ...
    def __getitem__(self, place: int | slice) -> RunSummary | list[RunSummary]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(self._count))]
        place = range(self._count)[place]
        if place not in self._made:
            self._made[place] = self._make(place)
        return self._made[place]

    def __iter__(self) -> Iterator[RunSummary]:
        made = self._made
        for place in range(self._count):
            if place not in made:
                made[place] = self._make(place)
            yield made[place]

    def column(self, field: str) -> Sequence[Any]:
        """A field of each run."""
        if field not in self._columns:
            self._columns[field] = self._column(field)
        return self._columns[field]

    def once(self, ask: Callable[[SomeRuns], T]) -> T:
        """What a function gives of these runs, which is called at most once; nothing may refer to the runs in it."""
        if ask not in self._known:
            self._known[ask] = ask(self)
        found: T = self._known[ask]
        return found

    def at(self, places: Sequence[int]) -> SomeRuns:
        """The runs at these places."""

        def column(field: str) -> Sequence[Any]:
            values = self.column(field)
            return [values[place] for place in places]

        return SomeRuns(len(places), lambda at: self[places[at]], column)


class KnownRuns(SomeRuns):
    """Runs with what is known of their metrics although their summaries are not read."""

    metrics: Mapping[str, MetricFacts]
    values: Callable[[str, str], Sequence[Number | None]]
    """The ``min``, ``max``, ``mean`` or ``last`` of a metric by run."""


def with_facts(runs: Sequence[RunSummary]) -> KnownRuns:
    """Runs, newest first, whose metrics are looked at once."""
    known = KnownRuns(len(runs), runs.__getitem__, lambda field: [getattr(run, field) for run in runs])
    known.metrics = metric_facts(runs)
    known.values = lambda name, which: [aggregate(run.metrics.get(name), which) for run in runs]
    return known


def column(runs: Sequence[RunSummary], field: str) -> Sequence[Any]:
    """A field of each run."""
    return runs.column(field) if isinstance(runs, SomeRuns) else [getattr(run, field) for run in runs]


def at(runs: Sequence[RunSummary], places: Sequence[int]) -> Sequence[RunSummary]:
    """The runs at these places."""
    return runs.at(places) if isinstance(runs, SomeRuns) else [runs[place] for place in places]


def once(runs: Sequence[RunSummary], ask: Callable[[Sequence[RunSummary]], T]) -> T:
    """What a function gives of runs; it is called once for runs that are known."""
    return runs.once(ask) if isinstance(runs, SomeRuns) else ask(runs)


def begins(runs: Sequence[RunSummary]) -> Sequence[float | None]:
    """When each run began: its start time, else its creation time."""
    return once(runs, _begins)


def _begins(runs: Sequence[RunSummary]) -> list[float | None]:
    pairs = zip(column(runs, "started"), column(runs, "created"), strict=True)
    return [created if started is None else started for started, created in pairs]


def statuses(runs: Sequence[RunSummary]) -> dict[str, int]:
    """How many runs have each status, by the word that was stored; an empty one where none was."""
    found: dict[str, int] = {}
    for word, count in Counter(column(runs, "status")).items():
        found[word or ""] = found.get(word or "", 0) + count
    return found


def metric_facts(runs: Sequence[RunSummary]) -> Mapping[str, MetricFacts]:
    """The facts of each metric, in the order of the first appearance."""
    if isinstance(runs, KnownRuns):
        return runs.metrics
    found: dict[str, list[MetricSummary]] = {}
    for run in runs:
        for name, metric in run.metrics.items():
            found.setdefault(name, []).append(metric)
    return {name: _facts(metrics) for name, metrics in found.items()}


def joined(newest_first: Iterable[Mapping[str, MetricFacts]]) -> dict[str, MetricFacts]:
    """The facts of runs together."""
    found: dict[str, MetricFacts] = {}
    for facts in newest_first:
        for name, older in facts.items():
            found[name] = found[name].then(older) if name in found else older
    return found


def _facts(found: Sequence[MetricSummary]) -> MetricFacts:
    numeric = [one for one in found if one.last is not None]
    return MetricFacts(
        runs=len(found),
        numeric=len(numeric),
        goal=next((one.goal for one in found if one.goal), None),
        main=next((one.goal for one in numeric if one.goal is not None), None),
        unit=next((one.unit for one in found if one.unit), None),
    )


def stated_goal(runs: Sequence[RunSummary], name: str) -> str | None:
    """The goal of a metric as the newest run that states one says."""
    if isinstance(runs, KnownRuns):
        return runs.metrics[name].goal if name in runs.metrics else None
    return next((goal for run in runs if name in run.metrics and (goal := run.metrics[name].goal)), None)


def values(runs: Sequence[RunSummary], name: str, which: str) -> Sequence[Number | None]:
    """The ``min``, ``max``, ``mean`` or ``last`` of a metric by run, where it is a finite number."""
    if isinstance(runs, KnownRuns):
        return runs.values(name, which)
    return [aggregate(run.metrics.get(name), which) for run in runs]


def aggregate(metric: MetricSummary | None, which: str) -> Number | None:
    """The ``min``, ``max``, ``mean`` or ``last`` of a metric."""
    if metric is None:
        return None
    return {"min": metric.min, "max": metric.max, "mean": metric.mean}.get(which, metric.last)
