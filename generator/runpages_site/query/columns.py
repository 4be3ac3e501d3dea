"""What there is of runs, by name, and its values: what every run has, parameters, metrics and tags."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from .. import goal, select, text
from ..logged import AGGREGATES, NOT_FINITE, parted
from ..model import ExperimentSummary, MetricSummary, RunSummary
from ..status import status
from .syntax import QueryError, Term, parse, spelled

OF_RUNS = ("title", "id", "number", "status", "started", "duration", "host", "commit", "parent", "experiment", "note")
"""What every run has; ``started`` is in seconds since the epoch, ``duration`` in seconds. A note only some may have."""

KINDS = ("param", "metric", "tag")

_WHOLE = 2**53
"""The greatest integer up to which the numbers of a browser are exact."""


class Row(NamedTuple):
    """A run with its experiment, and its parameters flattened."""

    experiment: ExperimentSummary
    run: RunSummary
    params: Mapping[str, object]


class Column(NamedTuple):
    """A column of runs: ``kind`` is run, param, metric or tag; ``numeric`` if all that runs have in it are numbers."""

    kind: str
    name: str
    numeric: bool = False


class Field(NamedTuple):
    """What is taken of each run: a column, and for a metric which of its values."""

    column: Column
    which: str = ""

    @property
    def label(self) -> str:
        """The head of its column in a table."""
        return f"{self.which}({self.column.name})" if self.which not in ("", "best") else self.column.name


def rows(experiments: Sequence[ExperimentSummary]) -> list[Row]:
    """The runs of some experiments, newest first."""
    found = [Row(one, run, select.flatten(run.params)) for one in experiments for run in one.runs]
    return sorted(found, key=lambda row: row.run.started or row.run.created or row.run.last_write or 0.0, reverse=True)


class Columns:
    """The columns of some runs, found by their names."""

    def __init__(self, runs: Sequence[Row]) -> None:
        self._runs = runs
        self._experiments = list({row.experiment.path: row.experiment for row in runs}.values())

    @cached_property
    def all(self) -> list[Column]:
        """All columns; those of every run are last."""
        runs = self._runs
        params = dict.fromkeys(name for row in runs for name in row.params)
        metrics = dict.fromkeys(name for row in runs for name in row.run.metrics)
        tags = dict.fromkeys(name for row in runs for name in row.run.tags)
        return [
            *(Column("param", name, self._is_numeric(name)) for name in params),
            *(Column("metric", name, self._has_numbers(name)) for name in metrics),
            *(Column("tag", name) for name in tags),
            *(
                Column("run", name, name in ("number", "started", "duration"))
                for name in OF_RUNS
                if self._is_there(name)
            ),
        ]

    @property
    def metrics(self) -> list[str]:
        """The names of all metrics."""
        return [one.name for one in self.all if one.kind == "metric"]

    def _is_there(self, name: str) -> bool:
        return name != "note" or any(row.run.note for row in self._runs)

    def _is_numeric(self, param: str) -> bool:
        return all(
            type(value) is float or (type(value) is int and abs(value) <= _WHOLE)
            for value in (row.params.get(param, 0) for row in self._runs)
        )

    def _has_numbers(self, metric: str) -> bool:
        found = [row.run.metrics[metric] for row in self._runs if metric in row.run.metrics]
        return any(one.text in NOT_FINITE or (one.text is None and one.last is not None) for one in found)

    def get(self, kind: str, name: str, which: str = "") -> Field:
        """The field of a known column; of a metric its best value, unless another is named."""
        column = self._by_key[kind, name]
        return Field(column, which or ("best" if kind == "metric" else ""))

    @cached_property
    def _by_key(self) -> dict[tuple[str, str], Column]:
        return {(one.kind, one.name): one for one in self.all}

    def has(self, kind: str, name: str) -> bool:
        """Whether there is this column."""
        return (kind, name) in self._by_key

    def find(self, name: str) -> Field:
        """What a name means: exactly one, ``loss.last`` as in the settings, else as in a query.

        Raises QueryError if it is unclear.
        """
        exact = [kind for kind in ("run", *KINDS) if self.has(kind, name)]
        if len(exact) == 1 or "run" in exact:
            return self.get(exact[0], name)
        metric, which = parted(name)
        if which and self.has("metric", metric):
            return self.get("metric", metric, which)
        term, *more = parse(f"{name}:*").parts
        if more or not isinstance(term, Term) or term.op != ":":
            raise QueryError(f"{name} is no name", 0, len(name), spelled(name))
        column = self.column_of(term)
        return Field(column, self.which_of(column, term))

    def column_of(self, term: Term) -> Column:
        """The column that a term names. Raises QueryError if there is none, or more than one."""
        found = self._candidates(term.name, term.kind)
        if not found:
            close = _likeliest(self.all, term.name)
            example = f"{spelled(close.name)}:*" if close else "status:completed"
            what = term.kind or "param, metric or tag"
            raise QueryError(f"No {what} is called “{term.name}”", term.start, term.name_end, example)
        if len(found) == 1:
            return found[0]
        same = found[0].name == found[1].name
        names = [(f"{one.kind}." if same else "") + spelled(one.name) for one in found[:2]]
        raise QueryError(f"“{term.name}” may be {' or '.join(names)}", term.start, term.name_end, f"{names[0]}:*")

    def _candidates(self, name: str, kind: str | None) -> list[Column]:
        """The columns that a name may mean: the exact one, else in other case, else with it as their last part."""
        low = name.lower()
        tests: tuple[Callable[[str], bool], ...] = (
            lambda other: other == name,
            lambda other: other.lower() == low,
            lambda other: other.lower().endswith((f".{low}", f"/{low}")),
        )
        known = [one for one in self.all if (one.kind == kind if kind else one.kind in KINDS)]
        found = ([one for one in known if test(one.name)] for test in tests)
        return next(filter(None, found), [])

    def which_of(self, column: Column, term: Term) -> str:
        """The value of a metric that a term is about: the best if its goal is known, else the last."""
        if column.kind != "metric":
            if term.which:
                message = f"“{term.name}” is a {column.kind}, which has one value"
                raise QueryError(message, term.start, term.name_end, f"{spelled(column.name)}:*")
            return ""
        has_best = column.numeric and any(goal.of_metric(one, column.name).better for one in self._experiments)
        known = ("last",) if not column.numeric else AGGREGATES + ("best",) * has_best
        if term.which and term.which not in known:
            message = f"“{term.name}” has no {term.which}"
            raise QueryError(message, term.start, term.name_end, f"last({spelled(column.name)})>0")
        return term.which or ("best" if has_best else "last")


def _likeliest(columns: Sequence[Column], name: str) -> Column | None:
    """The column whose name begins most like one that no column has; None if none begins with its letter."""

    def shared(one: Column) -> int:
        pairs = zip(one.name.lower(), name.lower(), strict=False)
        return next((at for at, (letter, other) in enumerate(pairs) if letter != other), min(len(one.name), len(name)))

    alike = (one for kind in KINDS for one in columns if one.kind == kind and shared(one))
    return max(alike, key=shared, default=None)


# --- values ----------------------------------------------------------------------------------------------


def value_of(field: Field, row: Row) -> object:
    """A value of a run; None if it lacks it."""
    (kind, name, _), run = field.column, row.run
    if kind == "param":
        return row.params.get(name)
    if kind == "tag":
        return (run.tags[name] or "") if name in run.tags else None
    if kind == "metric":
        which = goal.of_metric(row.experiment, name).aggregate if field.which == "best" else field.which
        return _of_metric(run.metrics[name], which) if name in run.metrics else None
    return _of_run(name, row)


def _of_metric(metric: MetricSummary, which: str) -> object:
    """A value of a metric; what it ended in is its last, and that is nan or infinite for all if no number is finite."""
    if metric.text is not None and (which == "last" or metric.last is None):
        return NOT_FINITE.get(metric.text, metric.text if which == "last" else None)
    return goal.aggregate(metric, which)


def _of_run(name: str, row: Row) -> object:
    run = row.run
    began = run.started if run.started is not None else run.created
    if name == "experiment":
        return row.experiment.name
    if name == "started":
        return began
    if name == "duration":
        return select.duration(began, run.ended)
    if name == "status":
        return status(run.status).word if run.status else None
    if name == "note":
        return run.note or None
    found: object = getattr(run, name)
    return found


def cell(field: Field, row: Row) -> float | int | str | None:
    """A value as a query sees it: a finite number, or a text; None if the run lacks it."""
    found = value_of(field, row)
    if not field.column.numeric:
        return None if found is None else text.compact(found)
    if isinstance(found, str):
        return None
    if isinstance(found, float) and not math.isfinite(found):
        return repr(found)
    assert found is None or isinstance(found, int | float)
    return found


def ordered(runs: Sequence[Row], keys: Sequence[tuple[Field, bool]]) -> list[Row]:
    """The runs sorted by fields, each with whether the greatest comes first; runs without a value are last."""
    found = list(runs)
    for field, descending in reversed(keys):
        valued = [(value_of(field, row), row) for row in found]
        present = [(_order(known), row) for known, row in valued if known is not None]
        present.sort(key=lambda pair: pair[0], reverse=descending)
        found = [row for _, row in present] + [row for known, row in valued if known is None]
    return found


def _order(x: object) -> tuple[bool, float, str]:
    """Numbers before texts; nan is the greatest number."""
    if isinstance(x, int | float):
        return (False, x if x == x else math.inf, "")
    return (True, 0.0, str(x).casefold())
