"""Builds the table of an experiment's runs: columns, and rows with finished cells.

Cells are made here as markup, column by column, since a template takes ten times as long for thousands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

from markupsafe import Markup, escape

from .. import select, text
from ..model import ExperimentSummary, MetricSummary, RunSummary
from ..text import number
from .components import (
    EMPTY,
    MISSING,
    NONE,
    Cell,
    Link,
    Status,
    Time,
    began,
    fixed,
    run_link,
    sparkline,
    status,
    time,
    took,
)

ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column. ``word`` is the aggregate shown; ``kind`` is ``value``, ``curve`` or ``host``."""

    name: str
    word: str = ""
    number: bool = True
    bar: bool = False
    main: bool = False
    kind: str = "value"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table, with the markup of a cell for each row."""

    head: Head
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class RunRow:
    """A row of the table: fixed columns, then the cells of the selected ones."""

    run: Link
    color: str
    status: Status
    damaged: bool
    started: Time | None
    duration: str
    cells: Markup


@dataclass(frozen=True, slots=True)
class RunsTable:
    """The table of runs: heads, rows, and a note on what was left out."""

    heads: tuple[Head, ...]
    rows: tuple[RunRow, ...]
    older: tuple[Link, ...]
    older_title: str
    note: str


def runs_table(experiment: ExperimentSummary, columns: Sequence[str] = (), limit: int = ROWS) -> RunsTable:
    """The table of the newest runs; without ``columns`` they are selected."""
    shown, older = experiment.runs[:limit], experiment.runs[limit:]
    chosen = None if columns else select.columns(experiment)
    made = list(_named(experiment, shown, columns) if chosen is None else _chosen(experiment, shown, chosen))
    lines = map("".join, zip(*(column.cells for column in made), strict=True)) if made else repeat("")
    return RunsTable(
        heads=tuple(column.head for column in made),
        rows=tuple(_row(experiment.path, run, cells) for run, cells in zip(shown, lines, strict=False)),
        older_title=number.plural(len(older), "older run"),
        older=tuple(run_link(experiment.path, run) for run in older),
        note=_left_out(chosen) if chosen else "",
    )


def goal_of(experiment: ExperimentSummary, name: str) -> str | None:
    """The goal of a metric, from the experiment or the newest run with the metric."""
    if name == experiment.metric:
        return experiment.goal
    return next((run.metrics[name].goal for run in experiment.runs if name in run.metrics), None)


def _row(path: str, run: RunSummary, cells: str) -> RunRow:
    return RunRow(
        run=run_link(path, run),
        color=select.color(run.id),
        status=status(run.status),
        damaged=run.damaged,
        started=time(began(run)),
        duration=took(run),
        cells=Markup(cells),  # noqa: S704 - every cell is escaped where it is made
    )


def _chosen(experiment: ExperimentSummary, runs: Sequence[RunSummary], chosen: select.Columns) -> Iterator[Column]:
    """The default columns: parameters, the main metric, other metrics, the host."""
    flat = [select.flatten(run.params) for run in runs] if chosen.params else []
    for place, name in enumerate(chosen.params):
        yield _values(name, flat, bar=place == 0)
    if experiment.metric:
        yield from _main(experiment, runs, experiment.metric)
    for name in chosen.metrics:
        yield _metric(experiment, runs, name)
    if chosen.host:
        yield _host(runs)


def _named(experiment: ExperimentSummary, runs: Sequence[RunSummary], names: Sequence[str]) -> Iterator[Column]:
    """The named columns. Names that no run has are left out; parameters win over metrics, and these over tags."""
    params = [select.flatten(run.params) for run in runs]
    for place, name in enumerate(dict.fromkeys(names)):
        if any(name in row for row in params):
            yield _values(name, params, bar=place == 0)
        elif name == experiment.metric and any(name in run.metrics for run in runs):
            yield from _main(experiment, runs, name)
        elif any(name in run.metrics for run in runs):
            yield _metric(experiment, runs, name, bar=place == 0)
        elif any(name in run.tags for run in runs):
            yield _values(name, [_shown_tags(run) for run in runs], bar=place == 0)


def _shown_tags(run: RunSummary) -> dict[str, object]:
    # A tag without a value.
    return {name: "✓" if value in (None, "") else value for name, value in run.tags.items()}


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


def _values(name: str, rows: Sequence[dict[str, object]], *, bar: bool) -> Column:
    """A column of parameters or tags, unformatted."""
    values = [row[name] for row in rows if name in row]
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    cells = (Cell(text.compact(row[name])) if name in row else MISSING for row in rows)
    more = "value bar" if bar else "value"
    return Column(
        Head(text.brief(name), number=numeric, bar=bar), [_cell(cell, more, numeric=numeric) for cell in cells]
    )


def _main(experiment: ExperimentSummary, runs: Sequence[RunSummary], name: str) -> Iterator[Column]:
    """The columns of the main metric: value and curve."""
    yield _metric(experiment, runs, name, bar=True, main=True)
    found = [run.metrics.get(name) for run in runs]
    curves = [f'<td class="spark-cell">{sparkline(metric.spark) if metric else EMPTY}</td>' for metric in found]
    yield Column(Head("Curve", kind="curve"), curves)


def _metric(
    experiment: ExperimentSummary, runs: Sequence[RunSummary], name: str, *, bar: bool = False, main: bool = False
) -> Column:
    goal = goal_of(experiment, name)
    word = select.aggregate_word(goal)
    found = [run.metrics.get(name) for run in runs]
    values = [select.aggregate(metric, word) for metric in found]
    best = select.best_index(values, goal) if len(runs) > 1 else None
    cells = [_as_text(metric, word) or cell for metric, cell in zip(found, fixed(values, best), strict=True)]
    more = " ".join(part for part, there in (("main", main), ("bar", bar)) if there)
    return Column(Head(text.brief(name), word=word, bar=bar, main=main), [_cell(cell, more) for cell in cells])


def _as_text(metric: MetricSummary | None, word: str) -> Cell | None:
    """The last value if it is not a number: a curve that ended in nan must not show an earlier value."""
    if metric is None or metric.text is None or (word != "last" and metric.last is not None):
        return None
    return Cell(metric.text)


def _host(runs: Sequence[RunSummary]) -> Column:
    cells = [f'<td class="name second bar"><bdi>{_escaped(run.host or NONE)}</bdi></td>' for run in runs]
    return Column(Head("Host", kind="host"), cells)


def _cell(cell: Cell, more: str = "", *, numeric: bool = True) -> str:
    """The markup of a cell, as in the templates."""
    classes = ("n" if numeric else "") + (f" {more}" if more else "")
    classes += (" best" if cell.best else "") + (" none" if cell.missing else "")
    attributes = f' class="{classes}"' if classes else ""
    if cell.exact:
        attributes += f' title="{_escaped(cell.exact)}"'
    inner = _escaped(cell.text)
    return f"<td{attributes}>{inner}</td>" if numeric else f"<td{attributes}><bdi>{inner}</bdi></td>"


def _escaped(value: str) -> str:
    return str(escape(text.visible(value)))
