"""Builds the page of all runs of all experiments: the table of an experiment's page, with few columns.

An experiment leaves rows for it when its own page is made, so that a change reads no other experiment again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from .. import family, logged
from ..model import ExperimentSummary, MetricSummary, RunSummary, Script, Site
from ..text import number
from . import link
from .block import block_of
from .columns import Chosen, column_scripts
from .components import EMPTY, Link, Render, Tile, began, counts, frame, tags
from .data_scripts import encoded, run_lists, runs_script
from .experiment import ExperimentPage
from .items import items_of
from .runs_table import Default, default_columns, runs_table

ALL_RUNS = "runs.html"
COLUMNS = "columns/"
"""Where the scripts with the values of the columns lie, from the root of the site."""
METRICS = 4
"""Most metrics that are shown at first."""
SHARE = 0.05
"""The least share of the runs that have such a metric."""
_EXPERIMENT = "experiment"
_TIMES = ("created", "started", "ended")
_OF_RUN = ("path", "id", "title", "number", "status", "damaged", *_TIMES, "parent", "host", "commit")


def rows_of(runs: Sequence[RunSummary], metric: str | None) -> bytes:
    """The rows of an experiment's runs for the page of all runs, without curves, as JSON without brackets."""
    return items_of(
        [[*(getattr(run, name) for name in _OF_RUN), _metric(run.metrics.get(metric or ""))] for run in runs]
    )


def _metric(found: MetricSummary | None) -> tuple[Any, ...] | None:
    if found is None:
        return None
    return found.count, found.last, found.min, found.max, found.text, (), found.goal, found.unit, found.mean


def rows_file(goal: str | None, rows: Iterable[bytes]) -> bytes:
    """The rows of an experiment, with the goal of its main metric."""
    return b"[%s,[%s]]" % (encoded(goal), b",".join(rows))


def all_runs(
    site: Site, experiments: Iterable[tuple[str, str | None, Sequence[Any]]], render: Render
) -> Iterator[tuple[str, bytes]]:
    """The page and its data scripts by path, from the name, the main metric and the rows of each experiment."""
    runs = tuple(sorted((run for one in experiments for run in _runs(*one)), key=_newest_first))
    summary = ExperimentSummary(ALL_RUNS, "All runs", None, None, {}, runs)
    known = logged.of(runs)
    host = ["run.host"] if any(run.host for run in runs) else []
    metrics = (f"metric.{name}" for name in _common(runs))
    default = default_columns(summary, known, [f"tag.{_EXPERIMENT}", *metrics, *host])
    columns = column_scripts(summary, [block_of(runs, known, None)] if runs else [], Chosen(default.keys), COLUMNS)
    yield from ((path, make()) for path, make in columns.values.items())
    lists = runs_script(summary, [run_lists(summary)])
    linked = {"columns": ("columns.js", columns.listing), "runs": ("runs.js", lists)}
    yield from linked.values()
    data = {kind: Script(path, sha256(script).hexdigest()[:8]) for kind, (path, script) in linked.items()}
    yield ALL_RUNS, render("runs.html.jinja", _page(site, summary, default, data)).encode("utf-8", "backslashreplace")


def _page(site: Site, summary: ExperimentSummary, default: Default, data: Mapping[str, Script]) -> ExperimentPage:
    own = family.own(summary.runs)
    children = len(summary.runs) - len(own)
    return ExperimentPage(
        frame=frame(site, ALL_RUNS, summary.name, (Link(summary.name),)),
        title=summary.name,
        description="",
        tags=tags({}),
        tiles=(Tile("Runs", number.integer(len(own)), counts=counts(run.status for run in own)),),
        about=EMPTY,
        charts=None,
        count=number.integer(len(own)),
        children=number.plural(children, "child run") if children else "",
        count_long=number.plural(len(own), "run"),
        table=runs_table(summary, default),
        data={kind: link.data_script(ALL_RUNS, one) for kind, one in data.items()},
        files=(),
    )


def _runs(name: str, metric: str | None, noted: Sequence[Any]) -> Iterator[RunSummary]:
    goal, rows = noted or (None, ())
    for *known, found in rows:
        metrics = {metric: MetricSummary(*found)} if metric and found else {}
        if goal:
            metrics = {main: replace(one, goal=goal) for main, one in metrics.items()}
        yield RunSummary(
            **dict(zip(_OF_RUN, known, strict=True)),
            last_write=None,
            params={},
            tags={_EXPERIMENT: name},
            metrics=metrics,
        )


def _common(runs: Sequence[RunSummary]) -> list[str]:
    """The metrics that many of the runs have, one at least."""
    counts = Counter(name for run in runs for name in run.metrics)
    return [name for name, count in counts.most_common(METRICS) if count >= len(runs) * SHARE] or [*counts][:1]


def _newest_first(run: RunSummary) -> tuple[float, str]:
    return -(began(run) or 0), run.path
