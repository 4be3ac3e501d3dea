"""Names what there is of runs, and takes its values: what every run has, parameters, metrics and tags.

A name alone is looked for in this order; ``param.``, ``metric.`` or ``tag.`` before it settles which one is meant, and
``metric.last(loss)`` names another value of a metric than its best.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from . import goal, select
from .model import ExperimentSummary, RunSummary

OF_RUNS = ("title", "id", "number", "status", "started", "duration", "host", "parent", "experiment")
"""What every run has; ``started`` is in seconds since the epoch, ``duration`` in seconds."""

AGGREGATES = ("best", "last", "min", "max")
"""The values of a metric; ``best`` is the least or the greatest by its goal, and the last without one."""

_PREFIXED = re.compile(r"(param|metric|tag)\.(.+)", re.DOTALL)
_AGGREGATE = re.compile(rf"(?:metric\.)?({'|'.join(AGGREGATES)})\((.+)\)", re.DOTALL)

class Field(NamedTuple):
    """What is taken of each run: ``kind`` is run, param, metric or tag; ``which`` names the value of a metric."""

    kind: str
    name: str
    which: str = ""

    @property
    def label(self) -> str:
        """The head of its column."""
        return f"{self.which}({self.name})" if self.which not in ("", "best") else self.name


class Row(NamedTuple):
    """A run with its experiment, and its parameters flattened."""

    experiment: ExperimentSummary
    run: RunSummary
    params: dict[str, object]


def rows(experiments: Sequence[ExperimentSummary]) -> list[Row]:
    """The runs of some experiments, newest first."""
    found = [Row(one, run, select.flatten(run.params)) for one in experiments for run in one.runs]
    return sorted(found, key=lambda row: row.run.started or row.run.created or row.run.last_write or 0.0, reverse=True)


class Catalog:
    """The names of what some runs have."""

    def __init__(self, runs: Sequence[Row]) -> None:
        """Collect the names from the runs."""
        self.names: dict[str, dict[str, None]] = {
            "run": dict.fromkeys(OF_RUNS),
            "param": dict.fromkeys(name for row in runs for name in row.params),
            "metric": dict.fromkeys(name for row in runs for name in row.run.metrics),
            "tag": dict.fromkeys(name for row in runs for name in row.run.tags),
        }

    def find(self, name: str) -> Field | None:
        """What a name means; None if no run has it."""
        for kind, known in self.names.items():
            if name in known:
                return _field(kind, name)
        if (found := _AGGREGATE.fullmatch(name)) and found[2] in self.names["metric"]:
            return Field("metric", found[2], found[1])
        if (found := _PREFIXED.fullmatch(name)) and found[2] in self.names[found[1]]:
            return _field(found[1], found[2])
        return None

    @property
    def all(self) -> list[str]:
        """All names."""
        return [name for known in self.names.values() for name in known]


def _field(kind: str, name: str) -> Field:
    return Field(kind, name, "best" if kind == "metric" else "")


def value(field: Field, row: Row) -> object:
    """A value of a run; None if it lacks it. A metric that ended in no number has the text of its last value."""
    run = row.run
    if field.kind == "param":
        return row.params.get(field.name)
    if field.kind == "tag":
        return (run.tags[field.name] or "") if field.name in run.tags else None
    if field.kind == "metric":
        metric = run.metrics.get(field.name)
        which = goal.of_metric(row.experiment, field.name).aggregate if field.which == "best" else field.which
        found = goal.aggregate(metric, which)
        return metric.text if metric is not None and found is None else found
    return _of_run(field.name, row)


def _of_run(name: str, row: Row) -> object:
    run = row.run
    if name == "experiment":
        return row.experiment.name
    if name == "started":
        return run.started if run.started is not None else run.created
    if name == "duration":
        return select.duration(run.started or run.created, run.ended)
    found: object = getattr(run, name)
    return found


def is_number(x: object) -> bool:
    """Whether a value is compared and aligned as a number."""
    return isinstance(x, int | float) and not isinstance(x, bool)


def ordered(runs: Sequence[Row], keys: Sequence[tuple[Field, bool]]) -> list[Row]:
    """The runs sorted by fields, each with whether the greatest comes first; runs without a value are last."""
    found = list(runs)
    for field, descending in reversed(keys):
        valued = [(value(field, row), row) for row in found]
        present = [(_order(known), row) for known, row in valued if known is not None]
        present.sort(key=lambda pair: pair[0], reverse=descending)
        found = [row for _, row in present] + [row for known, row in valued if known is None]
    return found


def _order(x: object) -> tuple[bool, float, str]:
    """Numbers before texts; nan is the greatest number."""
    if isinstance(x, int | float):
        return (False, x if x == x else float("inf"), "")
    return (True, 0.0, str(x).casefold())
