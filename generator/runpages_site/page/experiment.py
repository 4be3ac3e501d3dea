"""Builds an experiment's page: its best run, then all runs in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from markupsafe import Markup

from .. import chart, select, text
from ..model import ExperimentSummary, Page, Site
from ..text import number
from .components import (
    EMPTY,
    NONE,
    Frame,
    Link,
    Render,
    Tags,
    Tile,
    began,
    counts,
    fixed,
    frame,
    run_link,
    tags,
    time,
)
from .runs_table import ROWS, RunsTable, goal_of, runs_table

_ABOUT_OPEN = 1_200


@dataclass(frozen=True, slots=True)
class ExperimentPage:
    """Context of the experiment template."""

    frame: Frame
    title: str
    description: str
    tags: Tags
    tiles: tuple[Tile, ...]
    about: Markup
    about_open: bool
    count: str
    count_long: str
    table: RunsTable | None


def experiment_page(
    site: Site, experiment: ExperimentSummary, render: Render, *, columns: Sequence[str] = (), rows: int = ROWS
) -> Page:
    """Render an experiment's page from the summaries of its runs.

    ``columns`` are those named in the settings, ``rows`` is the limit of the table.
    """
    title = text.brief(experiment.name)
    context = ExperimentPage(
        frame=frame(site, experiment.path, title, (Link(title),)),
        title=title,
        description=experiment.description or "",
        tags=tags(experiment.tags),
        tiles=_tiles(experiment) if experiment.runs else (),
        about=text.markdown(experiment.readme) if experiment.readme else EMPTY,
        about_open=len(experiment.readme or "") <= _ABOUT_OPEN,
        count=number.integer(len(experiment.runs)),
        count_long=number.plural(len(experiment.runs), "run"),
        table=runs_table(experiment, columns, rows) if experiment.runs else None,
    )
    return Page(experiment.path, render("experiment.html.jinja", context))


def _tiles(experiment: ExperimentSummary) -> tuple[Tile, ...]:
    spans = [span for run in experiment.runs if (span := select.duration(began(run), run.ended)) is not None]
    latest = max(experiment.runs, key=lambda run: began(run) or 0)
    return (
        *_best_tiles(experiment),
        Tile("Runs", number.integer(len(experiment.runs)), counts=counts(run.status for run in experiment.runs)),
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
    goals = {name: metric.goal for run in experiment.runs for name, metric in run.metrics.items() if metric.goal}
    names += [name for name in goals if name != experiment.metric][: 2 - len(names)]
    return tuple(_best_tile(experiment, name, goal_of(experiment, name)) for name in names)


def _best_tile(experiment: ExperimentSummary, name: str, goal: str | None) -> Tile:
    word = select.aggregate_word(goal)
    values = [select.aggregate(run.metrics.get(name), word) for run in experiment.runs]
    index = select.best_index(values, goal)
    if index is None:
        index = next((place for place, value in enumerate(values) if value is not None), None)
    if index is None:
        return Tile(text.brief(name), NONE, note="No values yet")
    cell = fixed(values)[index]
    return Tile(
        label=text.brief(name),
        word=word,
        value=cell.text,
        exact=cell.exact,
        note_link=run_link(experiment.path, experiment.runs[index]),
        spark=_best_so_far(values, goal),
    )


def _best_so_far(newest_first: Sequence[float | int | None], goal: str | None) -> Markup:
    known = [value for value in reversed(newest_first) if value is not None]
    if goal in ("min", "max"):
        known = list(accumulate(known, min if goal == "min" else max))
    values = select.spark(known)
    return chart.sparkline(values, mark=len(values) - 1) if len(values) > 1 else EMPTY
