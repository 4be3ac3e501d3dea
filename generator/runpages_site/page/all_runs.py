"""Builds the page of all runs of all experiments: the table of an experiment's page, with few columns.

Its runs are noted in blocks, as those of an experiment are: a change reads no other experiment again, and makes the
parts of the blocks with the runs that changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import NamedTuple

from .. import family, summaries
from ..model import ExperimentEntry, ExperimentSummary, RunSummary
from ..site import Script, Site
from ..summaries import KnownRuns
from ..text import number
from . import link
from .blocks import logged_of
from .columns import Chosen, column_scripts
from .components import EMPTY, Link, Render, counted, frame, tags
from .experiment import ExperimentPage
from .head import About
from .part import Part
from .runs_table import VALUES, Default, default_columns, metrics_in_sight, runs_table
from .shards import are_many

ALL_RUNS = "runs.html"
TITLE = "All runs"
COLUMNS = "columns/"
"""Where the scripts with the values of the columns lie, from the root of the site."""
METRICS = 4
"""Metrics that are shown at first of very many runs, where the screen has room for them."""
SHARE = 0.05
"""The least share of the runs that have such a metric."""
_EXPERIMENT = "experiment"


class AllRuns(NamedTuple):
    """The page and its data scripts by path, and how to make the scripts of the columns by theirs."""

    files: Mapping[str, bytes]
    columns: Mapping[str, Callable[[], bytes]]


def row_of(run: RunSummary, entry: ExperimentEntry) -> RunSummary:
    """A run of an experiment as the page of all runs shows it: with no more than its main metric, without curves."""
    found = run.metrics.get(entry.metric or "")
    metrics = {}
    if entry.metric and found:
        metrics = {entry.metric: replace(found, spark=(), goal=entry.goal or found.goal)}
    return replace(run, params={}, tags={_EXPERIMENT: entry.name}, metrics=metrics, models=(), error="")


def all_runs(site: Site, runs: KnownRuns, parts: Sequence[Part], render: Render) -> AllRuns:
    """The page of the runs, newest first, which are rows of this page, from the parts of their blocks."""
    summary = ExperimentSummary(ALL_RUNS, TITLE, None, None, {}, runs)
    blocks = [part.block for part in parts]
    host = ["run.host"] if len({*runs.column("host")}) > 1 else []
    metrics = [f"metric.{name}" for name in _common(summary, runs)]
    default = default_columns(summary, logged_of(blocks), [f"tag.{_EXPERIMENT}", *metrics, *host])
    if len(metrics) < len(runs.metrics):
        default = default._replace(note=f"Columns: {len(metrics)} of {len(runs.metrics)} main metrics")
    columns = column_scripts(summary, blocks, [part.lists for part in parts], Chosen(default.keys), COLUMNS)
    files = {"columns.js": columns.listing, "runs.js": columns.runs}
    data = {path.removesuffix(".js"): Script(path, sha256(made).hexdigest()[:8]) for path, made in files.items()}
    page = render("runs.html.jinja", _page(site, summary, default, data)).encode("utf-8", "backslashreplace")
    return AllRuns({**files, ALL_RUNS: page}, columns.values)


def _page(site: Site, summary: ExperimentSummary, default: Default, data: Mapping[str, Script]) -> ExperimentPage:
    own = family.own(summary.runs)
    children = len(summary.runs) - len(own)
    return ExperimentPage(
        frame=frame(site, ALL_RUNS, summary.name, (Link(summary.name),), About(f"All runs of {site.title}.")),
        title=summary.name,
        description="",
        tags=tags({}),
        tiles=(),
        about=EMPTY,
        charts=None,
        count=number.integer(len(own)),
        children=number.plural(children, "child run") if children else "",
        count_long=number.plural(len(own), "run"),
        statuses=counted(summaries.statuses(summary.runs)),
        table=runs_table(summary, default),
        data={kind: link.data_script(ALL_RUNS, one) for kind, one in data.items()},
        files=(),
        is_sharded=are_many(len(summary.runs)),
    )


def _common(summary: ExperimentSummary, runs: KnownRuns) -> list[str]:
    """The metrics that many of the runs have, as far as there is room, one at least."""
    names = sorted(runs.metrics, key=lambda name: -runs.metrics[name].runs)
    often = [name for name in names if runs.metrics[name].runs >= len(runs) * SHARE] or names[:1]
    most = max(VALUES // (len(runs) or 1), METRICS)
    return often[: min(metrics_in_sight(summary, often), most)]
