"""Builds an experiment's page: its best run, then all runs in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from markupsafe import Markup

from .. import chart, family, goal, select, summaries, text
from ..model import ExperimentSummary, Page, RunSummary
from ..site import Script, Site
from ..text import number
from . import link
from .components import (
    EMPTY,
    NONE,
    Count,
    Frame,
    Link,
    Render,
    Tags,
    Tile,
    began,
    counted,
    fixed_one,
    frame,
    run_link,
    tags,
    time,
)
from .head import NOTHING, About
from .run_charts import RunCharts, run_charts
from .runs_table import MARKUP, ROWS, Default, RunsTable, runs_table
from .shards import are_many

TYPES = {"csv": "text/csv", "json": "application/json", "parquet": "application/vnd.apache.parquet"}
"""The media types of the tables of runs, by the extension of the file."""


class File(NamedTuple):
    """The table of all runs as a file for other programs."""

    name: str
    href: str
    type: str


@dataclass(frozen=True, slots=True)
class ExperimentPage:
    """Context of the experiment template."""

    frame: Frame
    title: str
    description: str
    tags: Tags
    tiles: tuple[Tile, ...]
    about: Markup
    count: str
    children: str
    """Number of child runs as text; empty if there are none."""
    count_long: str
    statuses: tuple[Count, ...]
    """How many rows of the table have each status."""
    table: RunsTable | None
    charts: RunCharts | None
    data: Mapping[str, str]
    """Links to the data scripts of the runs, by their kind."""
    files: tuple[File, ...]
    is_sharded: bool = False
    """Whether the table may load older runs only when they are needed."""


def experiment_page(
    site: Site,
    experiment: ExperimentSummary,
    render: Render,
    default: Default,
    data: Mapping[str, Script],
    files: Sequence[str] = (),
    *,
    rows: int = ROWS,
    about: About = NOTHING,
) -> Page:
    """Render an experiment's page from the summaries of its runs.

    ``default`` are the columns of the table, ``rows`` is its limit, ``data`` are the data scripts ``runs`` and
    ``columns``, ``files`` are the paths of the table of all runs for other programs, ``about`` is what its head says.
    """
    title = text.brief(experiment.name)
    own = family.own(experiment.runs)
    children = len(experiment.runs) - len(own)
    charts = run_charts(experiment)
    room = MARKUP - sum(len(card.svg) for card in charts.cards) if charts else MARKUP
    context = ExperimentPage(
        frame=frame(site, experiment.path, title, (Link(title),), about),
        title=title,
        description=experiment.description or "",
        tags=tags(experiment.tags),
        tiles=_tiles(experiment, own) if own else (),
        about=text.markdown(experiment.readme) if experiment.readme else EMPTY,
        count=number.integer(len(own)),
        children=number.plural(children, "child run") if children else "",
        count_long=number.plural(len(own), "run"),
        statuses=counted(summaries.statuses(experiment.runs)),
        table=runs_table(experiment, default, rows, room) if experiment.runs else None,
        charts=charts,
        data={kind: link.data_script(experiment.path, one) for kind, one in data.items()},
        files=tuple(_file(experiment.path, path) for path in files),
        is_sharded=are_many(len(experiment.runs)),
    )
    return Page(experiment.path, render("experiment.html.jinja", context))


def _file(page: str, path: str) -> File:
    name = path.rpartition("/")[2]
    return File(name, link.between(page, path), TYPES[name.rpartition(".")[2]])


def _tiles(experiment: ExperimentSummary, own: Sequence[RunSummary]) -> tuple[Tile, ...]:
    """What the runs are together; children count with their parents."""
    moments, spans = summaries.begins(own), select.spans(own)
    latest = own[select.newest(moments)]
    return (
        *_best_tiles(experiment),
        Tile("Runs", number.integer(len(own)), counts=counted(summaries.statuses(own))),
        Tile("Median duration", number.duration(select.median(spans)), note=_range(spans)),
        Tile("Last run", NONE, time=time(began(latest)), note_link=run_link(experiment.path, latest)),
    )


def _range(spans: Sequence[float]) -> str:
    if not spans:
        return "No ended runs"
    low, high = number.duration(min(spans)), number.duration(max(spans))
    return f"{low} to {high}" if low != high else ""


def _best_tiles(experiment: ExperimentSummary) -> tuple[Tile, ...]:
    """Best value of the main metric, and of the next metric with a goal."""
    names = [experiment.metric] if experiment.metric else []
    known = summaries.metric_facts(experiment.runs)
    names += [name for name, facts in known.items() if facts.goal and name != experiment.metric][: 2 - len(names)]
    contest = goal.Contest(experiment.runs)
    return tuple(_best_tile(experiment, contest, name) for name in names)


def _best_tile(experiment: ExperimentSummary, contest: goal.Contest, name: str) -> Tile:
    """The best value of a metric; the newest one where there is no best."""
    aim = goal.of_metric(experiment, name)
    values = contest.values(name, aim.aggregate)
    index = goal.best_index(values, aim.better)
    if index is None:
        aim = goal.Goal(None)
        values = [*summaries.values(experiment.runs, name, aim.aggregate)]
        index = next((place for place, value in enumerate(values) if value is not None), None)
    if index is None:
        return Tile(text.brief(name), NONE, note="No values yet")
    cell = fixed_one(values, index)
    return Tile(
        label=text.brief(name),
        word=aim.label,
        value=cell.text,
        exact=cell.exact,
        note_link=run_link(experiment.path, experiment.runs[index]),
        spark=_best_so_far(values, aim.better),
    )


def _best_so_far(newest_first: Sequence[float | int | None], better: str | None) -> Markup:
    known = [value for value in reversed(newest_first) if value is not None]
    if better is not None:
        known = list(accumulate(known, min if better == "min" else max))
    values = select.spark(known)
    return chart.sparkline(values) if len(values) > 1 else EMPTY
