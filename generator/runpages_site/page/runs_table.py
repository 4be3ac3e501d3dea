"""Builds the table of an experiment's runs: columns, and rows with finished cells.

Cells are made here as markup, column by column, since a template takes ten times as long for thousands.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain
from typing import NamedTuple

from markupsafe import Markup, escape

from .. import family, goal, logged, select, summaries, text
from ..logged import Logged
from ..model import ExperimentSummary, MetricSummary, RunSummary
from ..query.syntax import spelled
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
"""Rows of the table in the page: all others come with the first touch."""

MARKUP = 33_000
"""Characters of these rows and of the charts above them, so that a page reads no more than 100 KiB."""

OLDER = 10
"""Most links to runs after those of the table."""

VALUES = 300_000
"""About as many values of chosen columns are loaded with the table: of many runs, fewer columns are shown at first."""

SCREEN = 1_350
"""Pixels of a table on a screen of 1,440: the columns that are shown at first fit into it."""
_USUAL = 41 + 105 + 84 + 95 + 80
"""Pixels of the boxes, the status, the curve, the start and the duration."""
_CHARACTER, _OF_HEAD, _OF_LABEL, _PADDING, _DOT, _FIGURE, _WIDEST, _LONGEST = 7.0, 6.0, 5.5, 20, 34, 42, 160, 300
_DEEPEST = 3
_NAME = 24
"""Characters of a name in the example of a query."""
_SIMPLE = re.compile(r"(?!.*\.\.)[\w.+-]{1,16}")
_BARE = 380
"""Characters of a row without the link to its run and the chosen columns."""


class Head(NamedTuple):
    """The head of a column. ``label`` says which value of a metric it has; ``kind`` is value, curve or host."""

    name: str
    label: str = ""
    number: bool = True
    bar: bool = False
    main: bool = False
    kind: str = "value"


class Column(NamedTuple):
    """A column of the table, with the markup of a cell for each row."""

    head: Head
    cells: Sequence[str]


class RunRow(NamedTuple):
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
    count: int
    """Number of all runs, also of those that are not in the page."""
    example: str
    """A query of these runs, for the empty field above them."""


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
        shown = _fitting(experiment, experiment.runs[:limit], chosen)
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


def runs_table(experiment: ExperimentSummary, default: Default, limit: int = ROWS, room: int = MARKUP) -> RunsTable:
    """The table of the newest runs: up to the limit; of the usual one, as many as fit into ``room`` characters."""
    nested = family.nested(experiment.runs)
    runs = [experiment.runs[place] for place, _ in nested[:limit]]
    made = list(_columns(experiment, [place for place, _ in nested[:limit]], default.keys))
    lines = ["".join(cells) for cells in zip(*(column.cells for column in made), strict=True)] or [""] * len(runs)
    shown = _fewer(runs, lines, room) if limit == ROWS else len(runs)
    older = [experiment.runs[place] for place, _ in nested[shown : shown + OLDER]]
    rest = len(nested) - shown
    return RunsTable(
        heads=tuple(column.head for column in made),
        rows=tuple(
            _row(experiment.path, run, min(depth, _DEEPEST), select.color(experiment.runs, place), cells)
            for run, (place, depth), cells in zip(runs[:shown], nested, lines, strict=False)
        ),
        older_title=number.plural(rest, "older run"),
        older=tuple(run_link(experiment.path, run) for run in older),
        rest=number.plural(rest - OLDER, "further run") if rest > OLDER else "",
        note=default.note,
        count=len(nested),
        example=_example(experiment, runs, default.keys),
    )


def _example(experiment: ExperimentSummary, runs: Sequence[RunSummary], keys: Sequence[str]) -> str:
    """A query by a metric and a parameter of the runs if their names are short, else by the status."""
    flat = [select.flatten(run.params) for run in runs]
    names = {"param": {*chain(*flat)}, "metric": {*chain(*(run.metrics for run in runs))}}
    names["tag"] = {*chain(*(run.tags for run in runs))}

    def named(kind: str, name: str) -> str:
        is_shared = any(name in others for other, others in names.items() if other != kind)
        return (f"{kind}." if is_shared else "") + spelled(name)

    params = [key.removeprefix("param:") for key in keys if key.startswith("param:")]
    bound = [f"{named('metric', experiment.metric or '')}{one}" for one in _bound(experiment, runs)]
    values = (f"{named('param', name)}:{value}" for name in params for value in _usual_value(flat, name))
    return " ".join((*([*bound, *values] or ["status:failed"])[:2], '"text"'))


def _bound(experiment: ExperimentSummary, runs: Sequence[RunSummary]) -> Iterator[str]:
    name = experiment.metric or ""
    aim = goal.of_metric(experiment, name)
    middle = select.median([value for value in summaries.values(runs, name, aim.aggregate) if value is not None])
    if middle is not None and math.isfinite(middle) and len(name) <= _NAME:
        yield f"{'>' if aim.better == 'max' else '<'}{float(f'{middle:.2g}'):g}"


def _usual_value(flat: Sequence[Mapping[str, object]], name: str) -> Iterator[str]:
    for value, _ in Counter(text.compact(row[name]) for row in flat if name in row).most_common(1):
        if len(name) <= _NAME and _SIMPLE.fullmatch(value):
            yield value


def _fewer(runs: Sequence[RunSummary], lines: Sequence[str], room: int) -> int:
    """How many of the rows fit into so many characters, one at least."""
    sizes = (_BARE + len(run.path) + len(run.title) + len(line) for run, line in zip(runs, lines, strict=True))
    return max(sum(size <= room for size in accumulate(sizes)), 1)


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


def _fitting(experiment: ExperimentSummary, runs: Sequence[RunSummary], chosen: select.Columns) -> select.Columns:
    """As many of the chosen columns as a screen has room for, parameters first; one of each kind at least.

    The columns of very many runs are fewer, and may have no other metric than the main one.
    """
    most = max(VALUES // (len(experiment.runs) or 1), 2)
    room = SCREEN - _USUAL - _name_width(runs)
    if experiment.metric:
        room -= _metric_width(experiment, experiment.metric)
    if chosen.host:
        room -= _PADDING + _CHARACTER * max((len(run.host or "") for run in runs), default=0)
    measured = [_metric_width(experiment, name) for name in chosen.metrics]
    widths = _param_widths(runs, chosen.params)
    params = min(_leading(widths, room - sum(measured[:1])), most)
    metrics = min(_leading(measured, room - sum(widths[:params])), most - params)
    return replace(chosen, params=chosen.params[:params], metrics=chosen.metrics[:metrics])


def metrics_in_sight(experiment: ExperimentSummary, names: Sequence[str], limit: int = ROWS) -> int:
    """How many of the metrics a screen has room for beside the names, tags and hosts of the runs, one at least."""
    runs = experiment.runs[:limit]
    beside = [run.host or "" for run in runs], [text for run in runs for text in run.tags.values() if text]
    widths = (_CHARACTER * max(map(len, texts), default=0) for texts in beside)
    room = SCREEN - _USUAL - _name_width(runs) - sum(_PADDING + min(width, _LONGEST) for width in widths)
    return _leading([_metric_width(experiment, name) for name in names], room)


def _leading(widths: Sequence[float], room: float) -> int:
    """How many columns fit, one at least if there are some."""
    return max(sum(end <= room for end in accumulate(widths)), min(len(widths), 1))


def _name_width(runs: Sequence[RunSummary]) -> float:
    return min(_DOT + _CHARACTER * max((len(run.title) for run in runs), default=0), _LONGEST)


def _metric_width(experiment: ExperimentSummary, name: str) -> float:
    label = goal.of_metric(experiment, name).label
    return _PADDING + max(_head_width(name), _OF_LABEL * len(label), _FIGURE)


def _param_widths(runs: Sequence[RunSummary], names: Sequence[str]) -> list[float]:
    flat = [select.flatten(run.params) for run in runs] if names else []
    values = ([len(_param(row[name]).text) for row in flat if name in row] for name in names)
    return [
        _PADDING + max(_head_width(name), _CHARACTER * max(lengths, default=0))
        for name, lengths in zip(names, values, strict=True)
    ]


def _head_width(name: str) -> float:
    return min(_OF_HEAD * len(text.brief(name)), _WIDEST)


def _columns(experiment: ExperimentSummary, places: Sequence[int], keys: Sequence[str]) -> Iterator[Column]:
    """The columns between the status and the start of the runs at these places, which the template makes."""
    runs = [experiment.runs[place] for place in places]
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
            yield _metric(experiment, runs, contest, places, name, bar=main or kind != before, main=main)
        elif name == "spark":
            yield _curves(experiment, runs)
        elif name == "host":
            yield _host(runs)
        before = kind


def _shown_tags(run: RunSummary) -> dict[str, object]:
    # A tag without a value.
    return {name: "✓" if value in (None, "") else value for name, value in run.tags.items()}


def _left_out(chosen: select.Columns) -> str:
    kinds = (chosen.params, chosen.params_all, "parameter"), (chosen.metrics, chosen.metrics_all, "other metric")
    parts = [f"{len(shown)} of {number.plural(count, word)}" for shown, count, word in kinds if len(shown) < count]
    return f"Columns: {', '.join(parts)}" if parts else ""


def _values(name: str, rows: Sequence[Mapping[str, object]], *, bar: bool) -> Column:
    """A column of parameters or tags."""
    values = [row[name] for row in rows if name in row]
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    cells = (_param(row[name]) if name in row else MISSING for row in rows)
    classes = " ".join(part for part, there in (("n", numeric), ("bar", bar)) if there)
    return Column(Head(text.brief(name), number=numeric, bar=bar), [_cell(cell, classes) for cell in cells])


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
    places: Sequence[int],
    name: str,
    *,
    bar: bool = False,
    main: bool = False,
) -> Column:
    stated = ""
    if name not in summaries.metric_facts(experiment.runs):
        name, stated = logged.parted(name)
    aim = goal.of_metric(experiment, name)
    which = aim.aggregate if stated in ("", "best") else stated
    found = [run.metrics.get(name) for run in runs]
    values = [goal.aggregate(metric, which) for metric in found]
    contested = which == aim.better and len(experiment.runs) > 1
    rivals = contest.values(name, aim.aggregate) if contested else []
    best = goal.best_index(rivals, aim.better)
    leads = (best is not None and rivals[place] == rivals[best] for place in places)
    shown = (cell._replace(best=is_best) for cell, is_best in zip(fixed(values), leads, strict=True))
    cells = [_as_text(metric, which) or cell for metric, cell in zip(found, shown, strict=True)]
    classes = " ".join(part for part, there in (("n", True), ("main", main), ("bar", bar)) if there)
    # A phone has no heads, and shows the value that each run has where no metric is that of all.
    shown_name = "" if experiment.metric else text.brief(name)
    marked = (
        _cell(cell, classes, ends=_last_text(metric, cell), name=shown_name)
        for metric, cell in zip(found, cells, strict=True)
    )
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
    cells = [f'<td class="name second bar">{_text(run.host or NONE)}</td>' for run in runs]
    return Column(Head("Host", kind="host"), cells)


def _cell(cell: Cell, classes: str, *, ends: str = "", name: str = "") -> str:
    """The markup of a cell, which may have the name of its column."""
    classes += (" best" if cell.best else "") + (" none" if cell.missing else "")
    attributes = f' class="{classes.lstrip()}"' if classes else ""
    attributes += f' title="{_escaped(cell.exact)}"' if cell.exact else ""
    attributes += f' data-name="{_escaped(name)}"' if name and not cell.missing else ""
    before = f'<span class="quiet small">ends {ends}</span> ' if ends else ""
    return f"<td{attributes}>{before}{_text(cell.text)}</td>"


def _text(value: str) -> str:
    """A text as markup, in an element of its own where it may run from right to left."""
    return _escaped(value) if value.isascii() else f"<bdi>{_escaped(value)}</bdi>"


def _escaped(value: str) -> str:
    return str(escape(text.visible(value)))
