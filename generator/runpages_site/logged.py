"""What the runs of an experiment logged, by name: a value for each run, and the keys by which columns are known."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from . import select
from .model import MetricSummary, RunSummary

Number = float | int

AGGREGATES = ("last", "min", "max", "mean")
"""The values that a metric of a run is summarized by."""

RUN_COLUMNS = ("title", "status", "host", "commit", "id", "parent", "number", "started", "duration")
"""What every run has, by the name of its column."""

NOT_FINITE = {"nan": math.nan, "inf": math.inf, "−inf": -math.inf}
"""Numbers of which a summary has only how pages spell them."""

MISSING = object()
"""Stands for a parameter that a run lacks, which is not one that is None."""


class Logged(NamedTuple):
    """What the runs of an experiment logged, by name in the order of the first appearance, with a value for each run.

    Parameters are flattened, and ``MISSING`` where a run has none. Tags are None there, and empty without a value.
    Metrics have values by aggregate: None where a run has none, texts where the last datum is one.
    """

    params: Mapping[str, Sequence[object]]
    tags: Mapping[str, Sequence[str | None]]
    metrics: Mapping[str, Mapping[str, Sequence[Number | str | None]]]


def of(runs: Sequence[RunSummary]) -> Logged:
    """What the runs logged."""
    params = [select.flatten(run.params) for run in runs]
    return Logged(
        {name: [row.get(name, MISSING) for row in params] for name in _names(params)},
        {name: [_tag(run.tags, name) for run in runs] for name in _names(run.tags for run in runs)},
        {name: _aggregates([run.metrics.get(name) for run in runs]) for name in _names(run.metrics for run in runs)},
    )


def _names(rows: Iterable[Mapping[str, object]]) -> dict[str, None]:
    return dict.fromkeys(name for row in rows for name in row)


def _tag(tags: Mapping[str, str | None], name: str) -> str | None:
    return tags[name] or "" if name in tags else None


def _aggregates(found: Sequence[MetricSummary | None]) -> dict[str, list[Number | str | None]]:
    """The last, least and greatest value of a metric by run, and the mean.

    A metric that ended in nan, an infinity or a text has that as its last, and one without finite numbers has nan or
    the infinity as all.
    """
    values: dict[str, list[Number | str | None]] = {
        which: [None if metric is None else getattr(metric, which) for metric in found] for which in AGGREGATES
    }
    for at, metric in enumerate(found):
        if metric and metric.text is not None:
            number = NOT_FINITE.get(metric.text)
            values["last"][at] = metric.text if number is None else number
            if metric.last is None:
                for which in AGGREGATES[1:]:
                    values[which][at] = number
    return values


def varies(values: Sequence[object]) -> bool:
    """Whether there is more than one value, of whatever types."""
    first = values[0]
    return any(value is not first and (type(value), repr(value)) != (type(first), repr(first)) for value in values)


def keys(known: Logged) -> dict[str, str]:
    """The key of each column by its name, and by its name after ``param.``, ``metric.``, ``tag.`` or ``run.``.

    A parameter wins over a metric of the same name, a metric over a tag, and a tag over what every run has.
    """
    names: dict[str, Iterable[str]] = {
        "run": RUN_COLUMNS, "tag": known.tags, "metric": known.metrics, "param": known.params,
    }  # fmt: skip
    clear = {f"{kind}.{name}": f"{kind}:{name}" for kind, ours in names.items() for name in ours}
    return clear | {name: f"{kind}:{name}" for kind, ours in names.items() for name in ours}


def key(known: Mapping[str, str], name: str) -> str | None:
    """The key of a column by its name; that of a metric may end with an aggregate, as in ``loss.mean``."""
    if name in known:
        return known[name]
    metric, aggregate = parted(name)
    found = known.get(metric, "")
    return f"{found}.{aggregate}" if aggregate and found.startswith("metric:") else None


def parted(name: str) -> tuple[str, str]:
    """A name and the aggregate at its end; the whole name and nothing without one."""
    metric, _, aggregate = name.rpartition(".")
    return (metric, aggregate) if aggregate in (*AGGREGATES, "best") else (name, "")
