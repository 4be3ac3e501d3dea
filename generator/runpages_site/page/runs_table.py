"""Builds the table of an experiment's runs: columns, and rows with finished cells.

Cells are made here as markup, column by column, since a template takes ten times as long for thousands.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import NamedTuple

from markupsafe import Markup, escape

from .. import family, goal, logged, select, text
from ..logged import Logged
from ..model import ExperimentSummary, MetricSummary, RunSummary
from ..text import number
from .components import (
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

ROWS = 50

OLDER = 25
"""Most links to runs after those of the table."""

VALUES = 300_000
"""About as many values of chosen columns are loaded with the table: of many runs, fewer columns are shown at first."""

ROOM = 560
"""Pixels for the chosen parameters, so that name, status, main metric and these fit a screen of 1,440."""
_CHARACTER, _PADDING, _WIDEST = 7, 20, 160
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column. ``label`` says which value of a metric it has; ``kind`` is value, curve or host."""

    name: str
    label: str = ""
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
    """A row of the table: name and status, the cells of the chosen columns, and when and how long it ran."""

    run: Link
    depth: int
    """How deep a child lies below its parent's row; 0 for a run that is no child."""
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
    rest: str
    """Number of runs after these as text; empty if there are none."""
    note: str


class Default(NamedTuple):
    """The columns that are shown at first, by their keys in ``columns``, and a note on what was left out."""

    keys: tuple[str, ...]
    note: str = ""


def default_columns(
    experiment: ExperimentSummary, known: Logged, names: Sequence[str] = (), limit: int = ROWS
) -> Default:
    """The columns of an experiment's table: those that are named, else what differs, as far as there is room.

    Names that no run has are left out.
    """
    if names:
        places = logged.keys(known)
        keys, note = [found for name in names if (found := logged.key(places, name))], ""
    else:
        chosen = select.columns(experiment, [name for name, values in known.params.items() if logged.varies(values)])
        shown = _fitting(experiment.runs[:limit], chosen, max(VALUES // (len(experiment.runs) or 1), 2))
        keys, note = list(_keys(experiment, shown)), _left_out(shown)
    main = f"metric:{experiment.metric}"
    if main in keys:
        keys.insert(keys.index(main) + 1, "run:spark")
    return Default(tuple(dict.fromkeys(("run:title", "run:status", *keys, "run:started", "run:duration"))), note)


def _keys(experiment: ExperimentSummary, chosen: select.Columns) -> Iterator[str]:
    """The main metric, parameters, other metrics, the host."""
    if experiment.metric:
        yield f"metric:{experiment.metric}"
    yield from (f"param:{name}" for name in chosen.params)
    yield from (f"metric:{name}" for name in chosen.metrics)
    if chosen.host:
        yield "run:host"


def runs_table(experiment: ExperimentSummary, default: Default, limit: int = ROWS) -> RunsTable:
    """The table of the newest runs."""
    nested = family.nested(experiment.runs)
    (runs, depths), older = zip(*nested[:limit], strict=True), [run for run, _ in nested[limit:]]
    made = list(_columns(experiment, runs, default.keys))
    lines = map("".join, zip(*(column.cells for column in made), strict=True)) if made else repeat("")
    colors = dict(zip((run.path for run in experiment.runs), select.colors(experiment.runs), strict=True))
    return RunsTable(
        heads=tuple(column.head for column in made),
        rows=tuple(
            _row(experiment.path, run, min(depth, _DEEPEST), colors[run.path], cells)
            for run, depth, cells in zip(runs, depths, lines, strict=False)
        ),
        older_title=number.plural(len(older), "older run"),
        older=tuple(run_link(experiment.path, run) for run in older[:OLDER]),
        rest=number.plural(len(older) - OLDER, "further run") if len(older) > OLDER else "",
        note=default.note,
    )


def _row(path: str, run: RunSummary, depth: int, color: str, cells: str) -> RunRow:
    return RunRow(
        run=run_link(path, run),
        depth=depth,
        color=color,
        status=status(run.status),
        damaged=run.damaged,
        started=time(began(run)),
        duration=took(run),
        cells=Markup(cells),  # noqa: S704 - every cell is escaped where it is made
    )


def _fitting(runs: Sequence[RunSummary], chosen: select.Columns, most: int) -> select.Columns:
    """At most so many of the chosen columns, with as many parameters as there is room for, one at least."""
    flat = [select.flatten(run.params) for run in runs] if chosen.params else []
    room, names = ROOM, list[str]()
    for name in chosen.params:
        longest = max((len(_param(row[name]).text) for row in flat if name in row), default=0)
        room -= _PADDING + max(min(_CHARACTER * len(text.brief(name)), _WIDEST), _CHARACTER * longest)
        if (names and room < 0) or len(names) == most:
            break
        names.append(name)
    return replace(chosen, params=tuple(names), metrics=chosen.metrics[: most - len(names)])


def _columns(experiment: ExperimentSummary, runs: Sequence[RunSummary], keys: Sequence[str]) -> Iterator[Column]:
    """The columns between the status and the start of the runs, which the template makes."""
    rows: dict[str, list[Mapping[str, object]]]
    rows = {"param": [select.flatten(run.params) for run in runs], "tag": [_shown_tags(run) for run in runs]}
    contest = goal.Contest(experiment.runs)
    before = ""
    for key in keys:
        kind, _, name = key.partition(":")
        if kind in rows:
            yield _values(name, rows[kind], bar=kind != before)
        elif kind == "metric":
            main = name == experiment.metric
            yield _metric(experiment, runs, contest, name, bar=main or kind != before, main=main)
        elif name == "spark":
            yield _curves(experiment, runs)
        elif name == "host":
            yield _host(runs)
        before = kind


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


def _values(name: str, rows: Sequence[Mapping[str, object]], *, bar: bool) -> Column:
    """A column of parameters or tags."""
    values = [row[name] for row in rows if name in row]
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    cells = (_param(row[name]) if name in row else MISSING for row in rows)
    more = "value bar" if bar else "value"
    return Column(
        Head(text.brief(name), number=numeric, bar=bar), [_cell(cell, more, numeric=numeric) for cell in cells]
    )


def _param(value: object) -> Cell:
    """A value as logged; a float with more than six significant digits is rounded to these."""
    logged = text.compact(value)
    if isinstance(value, float) and math.isfinite(value) and float(rounded := f"{value:.6g}") != value:
        return Cell(rounded, logged)
    return Cell(logged)


def _curves(experiment: ExperimentSummary, runs: Sequence[RunSummary]) -> Column:
    found = [run.metrics.get(experiment.metric or "") for run in runs]
    levels = [one.spark if one else () for one in found]
    curves = [f'<td class="spark-cell">{sparkline(one)}</td>' for one in levels]
    return Column(Head("Curve", kind="curve"), curves)


def _metric(
    experiment: ExperimentSummary,
    runs: Sequence[RunSummary],
    contest: goal.Contest,
    name: str,
    *,
    bar: bool = False,
    main: bool = False,
) -> Column:
    stated = ""
    if not any(name in run.metrics for run in experiment.runs):
        name, stated = logged.parted(name)
    aim = goal.of_metric(experiment, name)
    which = aim.aggregate if stated in ("", "best") else stated
    found = [run.metrics.get(name) for run in runs]
    values = [goal.aggregate(metric, which) for metric in found]
    contested = which == aim.better and len(experiment.runs) > 1
    best = contest.best(name, aim) if contested else None
    row = next((row for row, run in enumerate(runs) if best is not None and run is experiment.runs[best]), None)
    cells = [_as_text(metric, which) or cell for metric, cell in zip(found, fixed(values, row), strict=True)]
    more = " ".join(part for part, there in (("main", main), ("bar", bar)) if there)
    marked = (_cell(cell, more, ends=_last_text(metric, cell)) for metric, cell in zip(found, cells, strict=True))
    label = aim.label if which == aim.aggregate else goal.label(which)
    return Column(Head(text.brief(name), label=label, bar=bar, main=main), list(marked))


def _last_text(metric: MetricSummary | None, cell: Cell) -> str:
    """How a curve ended whose best value is shown, if not in a number: a run that diverged must not look well."""
    return metric.text if metric and metric.text in ("nan", "inf", "−inf") and metric.text != cell.text else ""


def _as_text(metric: MetricSummary | None, which: str) -> Cell | None:
    """The last value if it is not a number: a curve that ended in nan must not show an earlier value."""
    if metric is None or metric.text is None or (which != "last" and metric.last is not None):
        return None
    return Cell(metric.text)


def _host(runs: Sequence[RunSummary]) -> Column:
    cells = [f'<td class="name second bar"><bdi>{_escaped(run.host or NONE)}</bdi></td>' for run in runs]
    return Column(Head("Host", kind="host"), cells)


def _cell(cell: Cell, more: str = "", *, numeric: bool = True, ends: str = "") -> str:
    """The markup of a cell, as in the templates."""
    classes = ("n" if numeric else "") + (f" {more}" if more else "")
    classes += (" best" if cell.best else "") + (" none" if cell.missing else "")
    attributes = f' class="{classes}"' if classes else ""
    if cell.exact:
        attributes += f' title="{_escaped(cell.exact)}"'
    inner = f'<span class="quiet small">ends {ends}</span> {_escaped(cell.text)}' if ends else _escaped(cell.text)
    return f"<td{attributes}>{inner}</td>" if numeric else f"<td{attributes}><bdi>{inner}</bdi></td>"


def _escaped(value: str) -> str:
    return str(escape(text.visible(value)))
