"""The page of an experiment: its best run first, then all its runs in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from markupsafe import Markup

from .. import chart, number, select, text
from ..model import ExperimentSummary, MetricSummary, Page, RunSummary, Site
from .view import (
    EMPTY,
    MISSING,
    NONE,
    Cell,
    Frame,
    Link,
    Render,
    Status,
    Tags,
    Tile,
    Time,
    began,
    counts,
    curve,
    fixed,
    frame,
    run_link,
    status,
    tags,
    time,
    took,
)

ROWS = 1_000
_ABOUT_OPEN = 1_200


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column; ``word`` is the aggregate that it shows."""

    name: str
    word: str = ""
    number: bool = True
    bar: bool = False
    main: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table of runs, with a cell for each row."""

    head: Head
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in the table of runs, before its own columns."""

    run: Link
    color: str
    status: Status
    damaged: bool
    started: Time | None
    duration: str
    params: tuple[Cell, ...]
    main: Cell
    spark: Markup
    metrics: tuple[Cell, ...]
    host: str


@dataclass(frozen=True, slots=True)
class RunsTable:
    """The table of runs, finished: heads by group, rows, and what was left out."""

    params: tuple[Head, ...]
    main: Head | None
    metrics: tuple[Head, ...]
    host: bool
    rows: tuple[RunRow, ...]
    older: tuple[Link, ...]
    older_title: str
    note: str


@dataclass(frozen=True, slots=True)
class ExperimentPage:
    """What the template of an experiment gets."""

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


def experiment_page(site: Site, experiment: ExperimentSummary, render: Render) -> Page:
    """The page of an experiment, from the summaries of its runs."""
    crumbs = (Link(experiment.name),)
    context = ExperimentPage(
        frame=frame(site, experiment.path, experiment.name, crumbs),
        title=experiment.name,
        description=experiment.description or "",
        tags=tags(experiment.tags),
        tiles=_tiles(experiment) if experiment.runs else (),
        about=text.markdown(experiment.readme) if experiment.readme else EMPTY,
        about_open=len(experiment.readme or "") <= _ABOUT_OPEN,
        count=number.integer(len(experiment.runs)),
        count_long=number.plural(len(experiment.runs), "run"),
        table=_table(experiment) if experiment.runs else None,
    )
    return Page(experiment.path, render("experiment.html.jinja", context))


def _tiles(experiment: ExperimentSummary) -> tuple[Tile, ...]:
    spans = [span for run in experiment.runs if (span := select.duration(began(run), run.ended)) is not None]
    latest = max(experiment.runs, key=lambda run: began(run) or 0)
    return (
        *_best_tiles(experiment),
        Tile("Runs", number.integer(len(experiment.runs)), counts=counts(experiment.runs)),
        Tile("Median duration", number.duration(select.median(spans)), note=_range(spans)),
        Tile("Last run", NONE, time=time(began(latest)), note_link=run_link(experiment.path, latest)),
    )


def _range(spans: Sequence[float]) -> str:
    if not spans:
        return "no run has ended"
    low, high = number.duration(min(spans)), number.duration(max(spans))
    return f"{low} to {high}" if low != high else ""


def _best_tiles(experiment: ExperimentSummary) -> tuple[Tile, ...]:
    """The best of the main metric, and of the next metric that has a goal."""
    names = [experiment.metric] if experiment.metric else []
    goals = {name: metric.goal for run in experiment.runs for name, metric in run.metrics.items() if metric.goal}
    names += [name for name in goals if name != experiment.metric][: 2 - len(names)]
    return tuple(_best_tile(experiment, name, _goal(experiment, name)) for name in names)


def _goal(experiment: ExperimentSummary, name: str) -> str | None:
    if name == experiment.metric:
        return experiment.goal
    return next((run.metrics[name].goal for run in experiment.runs if name in run.metrics), None)


def _best_tile(experiment: ExperimentSummary, name: str, goal: str | None) -> Tile:
    word = select.aggregate_word(goal)
    values = [select.aggregate(run.metrics.get(name), word) for run in experiment.runs]
    index = select.best_index(values, goal)
    if index is None:
        index = next((place for place, value in enumerate(values) if value is not None), None)
    if index is None:
        return Tile(name, NONE, note="no number yet")
    cell = fixed(values)[index]
    return Tile(
        label=name,
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


def _table(experiment: ExperimentSummary) -> RunsTable:
    shown = experiment.runs[:ROWS]
    chosen = select.columns(experiment)
    flat = [select.flatten(run.params) for run in shown] if chosen.params else []
    params = [_param(flat, name, first=index == 0) for index, name in enumerate(chosen.params)]
    main = _metric(experiment, shown, experiment.metric, main=True) if experiment.metric else None
    metrics = [_metric(experiment, shown, name) for name in chosen.metrics]
    rows = (_row(experiment, shown, index, params, main, metrics) for index in range(len(shown)))
    return RunsTable(
        params=tuple(column.head for column in params),
        main=main.head if main else None,
        metrics=tuple(column.head for column in metrics),
        host=chosen.host,
        rows=tuple(rows),
        older_title=number.plural(len(experiment.runs) - ROWS, "older run"),
        older=tuple(run_link(experiment.path, run) for run in experiment.runs[ROWS:]),
        note=_left_out(chosen),
    )


def _left_out(chosen: select.Columns) -> str:
    parts = [
        f"{len(shown)} of {number.plural(count, word)}"
        for shown, count, word in (
            (chosen.params, chosen.params_all, "parameter"),
            (chosen.metrics, chosen.metrics_all, "other metric"),
        )
        if len(shown) < count
    ]
    return f"Columns: {', '.join(parts)}" if parts else ""


def _param(rows: Sequence[dict[str, object]], name: str, *, first: bool) -> Column:
    values = [row[name] for row in rows if name in row]
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    cells = tuple(Cell(text.compact(row[name])) if name in row else MISSING for row in rows)
    return Column(Head(name, number=numeric, bar=first), cells)


def _metric(experiment: ExperimentSummary, runs: Sequence[RunSummary], name: str, *, main: bool = False) -> Column:
    goal = _goal(experiment, name)
    word = select.aggregate_word(goal)
    found = [run.metrics.get(name) for run in runs]
    values = [select.aggregate(metric, word) for metric in found]
    best = select.best_index(values, goal) if len(runs) > 1 else None
    cells = [_spoken(metric, word) or cell for metric, cell in zip(found, fixed(values, best), strict=True)]
    return Column(Head(name, word=word, bar=main, main=main), tuple(cells))


def _spoken(metric: MetricSummary | None, word: str) -> Cell | None:
    """The last datum where that is no number: a curve that ended in nan must not show what came before."""
    if metric is None or metric.text is None or (word != "last" and metric.last is not None):
        return None
    return Cell(metric.text)


def _row(
    experiment: ExperimentSummary,
    runs: Sequence[RunSummary],
    index: int,
    params: Sequence[Column],
    main: Column | None,
    metrics: Sequence[Column],
) -> RunRow:
    run = runs[index]
    summary = run.metrics.get(experiment.metric or "")
    return RunRow(
        run=run_link(experiment.path, run),
        color=select.color(run.id),
        status=status(run.status),
        damaged=run.damaged,
        started=time(began(run)),
        duration=took(run),
        params=tuple(column.cells[index] for column in params),
        main=main.cells[index] if main else MISSING,
        spark=curve(summary.spark) if summary else EMPTY,
        metrics=tuple(column.cells[index] for column in metrics),
        host=run.host or NONE,
    )
