"""Builds the page of all runs of all experiments: the table of an experiment's page, with few columns.

An experiment leaves rows for it when its own page is made, so that a change reads no other experiment again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from .. import logged, select
from ..model import ExperimentSummary, MetricSummary, RunSummary, Script, Site
from .columns import Chosen, column_scripts
from .components import Render, began
from .data_scripts import encoded, runs_script
from .experiment import experiment_page
from .runs_table import default_columns

ALL_RUNS = "runs.html"
COLUMNS = "columns/"
"""Where the scripts with the values of the columns lie, from the root of the site."""
METRICS = 4
"""Most metrics that are shown at first."""
_EXPERIMENT = "experiment"
_FIELDS = ("path", "id", "title", "number", "status", "damaged", "created", "started", "ended", "parent", "host")


def rows_of(experiment: ExperimentSummary) -> bytes:
    """The rows of an experiment's runs for the page of all runs, without curves."""
    return encoded([[*(getattr(run, name) for name in _FIELDS), _metric(run, experiment)] for run in experiment.runs])


def _metric(run: RunSummary, experiment: ExperimentSummary) -> tuple[Any, ...] | None:
    found = run.metrics.get(experiment.metric or "")
    if found is None:
        return None
    goal = experiment.goal or found.goal
    return found.count, found.last, found.min, found.max, found.text, (), goal, found.unit, found.mean


def all_runs(
    site: Site, experiments: Iterable[tuple[str, str | None, bytes]], render: Render
) -> Iterator[tuple[str, bytes]]:
    """The page and its data scripts by path, from the name, the main metric and the rows of each experiment."""
    runs = tuple(sorted((run for one in experiments for run in _runs(*one)), key=_newest_first))
    summary = ExperimentSummary(ALL_RUNS, "All runs", None, None, {}, runs)
    known = logged.of(runs)
    host = ["run.host"] if any(run.host for run in runs) else []
    metrics = (f"metric.{name}" for name in select.metrics(runs)[:METRICS])
    default = default_columns(summary, known, [f"tag.{_EXPERIMENT}", *metrics, *host])
    columns = column_scripts(summary, known, Chosen(default.keys), COLUMNS)
    yield from columns.values.items()
    linked = {"columns": ("columns.js", columns.listing), "runs": ("runs.js", runs_script(summary))}
    yield from linked.values()
    data = {kind: Script(path, sha256(script).hexdigest()[:8]) for kind, (path, script) in linked.items()}
    page = experiment_page(site, summary, render, default, data, template="runs.html.jinja")
    yield page.path, page.html.encode("utf-8", "backslashreplace")


def _runs(name: str, metric: str | None, rows: bytes) -> Iterator[RunSummary]:
    # Python's own json keeps lone surrogates and large integers.
    for *known, found in json.loads(rows):
        metrics = {metric: MetricSummary(*found)} if metric and found else {}
        yield RunSummary(
            **dict(zip(_FIELDS, known, strict=True)),
            last_write=None,
            params={},
            tags={_EXPERIMENT: name},
            metrics=metrics,
        )


def _newest_first(run: RunSummary) -> tuple[float, str]:
    return -(began(run) or 0), run.path
