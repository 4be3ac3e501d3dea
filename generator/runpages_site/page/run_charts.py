"""Builds the charts over the runs of an experiment: what is worth a look before anything is chosen.

They are drawn from summaries, so their number of marks is bounded however many runs there are; a script draws them
again from all values when they are touched.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from runpages.format.verdict import spread

from .. import chart, goal, select, summaries, text
from ..model import ExperimentSummary, MetricSummary
from ..text import number
from .components import began
from .sweep import BEST, CATEGORIES, Param, Sweep, as_number, sampled, sweep_of

CURVES, REST = 50, 20
"""Most curves with a colour each; beyond, the best ones are coloured, and so many others drawn in grey."""
NAMED = 8
"""Most values of a parameter, or runs, that are named at the ends of their curves."""
DOTS, TRACKS, AXES, AXES_OF_PARAMS = 120, 40, 5, 3


class RunChart(NamedTuple):
    """A card: ``spec`` says to the script what it shows, as JSON."""

    id: str
    spec: str
    title: str
    note: str
    svg: Markup


class RunCharts(NamedTuple):
    """The charts over runs, and the key of the column that colours them; empty where each run has its own colour."""

    cards: tuple[RunChart, ...]
    color: str


class Drawing(NamedTuple):
    """What a card is made of: the kind of chart, and the keys of the columns that it shows."""

    kind: str
    keys: Sequence[str]
    title: str
    note: str
    svg: Markup


def run_charts(experiment: ExperimentSummary) -> RunCharts | None:
    """Draw up to three charts; None where fewer than two runs have the main metric."""
    sweep = sweep_of(experiment)
    if sweep is None:
        return None
    drawn = [one for one in (_overlay(sweep), _over_param(sweep), _last(sweep, experiment)) if one is not None]
    cards = tuple(_card(f"charts-{at}", one) for at, one in enumerate(drawn, 1))
    return RunCharts(cards, f"param:{sweep.by.name}" if sweep.by else "")


def _card(id: str, drawing: Drawing) -> RunChart:
    spec = json.dumps({"kind": drawing.kind, "keys": list(drawing.keys)}, separators=(",", ":"))
    return RunChart(id, spec, text.brief(drawing.title), drawing.note, drawing.svg)


# --- curves ----------------------------------------------------------------------------------------------


def _overlay(sweep: Sweep) -> Drawing | None:
    """The curves of the main metric over each other."""
    chosen, grey = _curves(sweep)
    behind = _lines(sweep, grey, "rest")
    front = _lines(sweep, chosen)
    lines = [*behind, *front]
    if max((len(line.points) for line in lines), default=0) < 2:
        return None
    by, runs = f", colour = {text.brief(sweep.by.name)}" if sweep.by else "", sweep.runs_note(len(lines))
    note, others = runs + by, number.integer(sweep.total - len(chosen))
    if grey:
        note = f"{len(front)} best{by}; grey: {len(behind)} of the other {others}"
    log = chart.is_log([value for line in lines for _, value in line.points if value is not None])
    alt = f"{sweep.metric} of {runs}, each in at most {select.SPARK_POINTS} points{by}{_best_said(sweep)}"
    svg = chart.overlay_chart(lines, _names(sweep, chosen), alt=alt, x_name="point", log=log)
    return Drawing("lines", [sweep.key], sweep.metric, note + (", log" if log else ""), svg)


def _curves(sweep: Sweep) -> tuple[list[int], list[int]]:
    """The runs whose curves have a colour, and those that are drawn in grey."""
    if sweep.total <= CURVES:
        return list(range(len(sweep.runs))), []
    order = sorted(range(len(sweep.runs)), key=sweep.values.__getitem__, reverse=sweep.aim.better == "max")
    if sweep.best in order:
        order.remove(sweep.best)
        order.insert(0, sweep.best)
    return order[:BEST], sampled(order[BEST:], REST)


def _lines(sweep: Sweep, places: Sequence[int], color: str = "") -> list[chart.Line]:
    """The curves of some runs, in the colour of each unless all have one."""
    found = ((_course(sweep.runs[at].metrics[sweep.metric]), color or sweep.colors[at]) for at in places)
    return [chart.Line("", points, own) for points, own in found if points]


def _course(metric: MetricSummary) -> list[tuple[float, float | None]]:
    """The curve of a run from the levels that its summary keeps, at even distances over its points."""
    low, high = as_number(metric.min), as_number(metric.max)
    if low is None or high is None or not metric.spark:
        return []
    apart = (metric.count - 1) / max(len(metric.spark) - 1, 1)
    return [
        (round(at * apart), None if level is None else low + (high / 1_000 - low / 1_000) * level)
        for at, level in enumerate(metric.spark)
    ]


def _names(sweep: Sweep, chosen: Sequence[int]) -> dict[str, str]:
    """What the colours mean, where they are few."""
    if sweep.by is None:
        if len(chosen) > NAMED or len({sweep.colors[at] for at in chosen}) < len(chosen):
            return {}
        return {sweep.colors[at]: text.visible(sweep.runs[at].title) for at in chosen}
    if len(sweep.by.spelled) > NAMED:
        return {}
    places = {sweep.colors[at]: sweep.by.places[at] for at in chosen}
    return {color: sweep.by.spelled[place] for color, place in places.items() if place is not None}


def _best_said(sweep: Sweep) -> str:
    if sweep.best is None:
        return ""
    run, value = sweep.runs[sweep.best], sweep.values[sweep.best]
    return f". {sweep.aim.label.capitalize()}: {number.short(value)} by {text.brief(run.title)}"


# --- a value over another --------------------------------------------------------------------------------


def _over_param(sweep: Sweep) -> Drawing | None:
    """The main metric over the parameter that explains it best, else over the time of the start."""
    if sweep.by is None:
        return _over_time(sweep)
    by = sweep.by
    known = [(at, place) for at in sweep.some(DOTS) if (place := by.places[at]) is not None]
    if not known:
        return None
    shown, places = [at for at, _ in known], [place for _, place in known]
    # Of values that one run each has the means are its dots.
    means = len(by.spelled) <= CATEGORIES and len(set(places)) < len(places)
    return _points(sweep, shown, _scale(by), places, f"param:{by.name}", means=means)


def _over_time(sweep: Sweep) -> Drawing | None:
    starts = [began(run) for run in sweep.runs]
    known = [at for at in sweep.some(DOTS) if starts[at] is not None]
    times = [starts[at] or 0.0 for at in known]
    if len(set(times)) < 2:
        return None
    first, last = min(times), max(times)
    spell = number.day if number.day(first) != number.day(last) else _clock
    scale = chart.Scale("start", first, last, False, tuple(chart.Tick(at, spell(at)) for at in (first, last)))
    return _points(sweep, known, scale, times, "run:started", kind="trend")


def _clock(epoch: float) -> str:
    return number.moment(epoch).partition(", ")[2]


def _points(
    sweep: Sweep,
    shown: Sequence[int],
    x: chart.Scale,
    places: Sequence[float],
    key: str,
    *,
    means: bool = False,
    kind: str = "points",
) -> Drawing:
    values = [sweep.values[at] for at in shown]
    dots = [chart.Dot(place, value, sweep.colors[at]) for at, place, value in zip(shown, places, values, strict=True)]
    y = chart.numbers(sweep.metric, values)
    over = "in order of start" if kind == "trend" else f"by {text.brief(x.name)}"
    note = f"{sweep.aim.aggregate}, {over}{', line = mean' if means else ''}, {sweep.runs_note(len(shown))}"
    alt = f"{sweep.metric}, {note}{_best_said(sweep)}"
    line = _means(places, values) if means else ()
    svg = chart.points_chart(dots, x, y, alt=alt, line=line, best=_best_dot(sweep, shown))
    return Drawing(kind, [sweep.key, key], sweep.metric, note, svg)


def _best_dot(sweep: Sweep, shown: Sequence[int]) -> tuple[int, str] | None:
    """The place of the best run among those that are shown, and its name."""
    if sweep.best is None or sweep.best not in shown:
        return None
    return shown.index(sweep.best), sweep.runs[sweep.best].title


def _means(places: Sequence[float], values: Sequence[float]) -> list[tuple[float, float]]:
    groups: dict[float, list[float]] = {}
    for place, value in zip(places, values, strict=True):
        groups.setdefault(place, []).append(value)
    return [(place, spread(found).mean) for place, found in sorted(groups.items())]


def _scale(param: Param) -> chart.Scale:
    if not param.is_numeric:
        return chart.categories(param.name, [*param.spelled.values()])
    return chart.numbers(param.name, [place for place in param.places if place is not None], exact=param.spelled)


# --- several columns -------------------------------------------------------------------------------------


def _last(sweep: Sweep, experiment: ExperimentSummary) -> Drawing | None:
    """Parallel coordinates where two parameters vary, else the main metric against another one."""
    names = [name for name in select.metrics(experiment.runs, sweep.metric) if not select.is_system(name)]
    others = [name for name in names if name != sweep.metric]
    aims = {name: goal.of_metric(experiment, name) for name in others}
    known = {name: _others(sweep, experiment, name, aims[name]) for name in others[:AXES]}
    common = [name for name, values in known.items() if sum(value is not None for value in values) * 2 > len(values)]
    drawn = [one for one in sweep.params if one.is_common]
    if len(drawn) >= 2:
        leading = sorted(drawn, key=lambda one: one is not sweep.by)[:AXES_OF_PARAMS]  # What colours the runs is first.
        return _parallel(sweep, leading, {name: known[name] for name in common})
    comparable = [name for name in common if _goes_with(sweep, experiment, name, aims[name])]
    if not comparable:
        return None
    # With a goal of its own it is a second aim.
    other = min(comparable, key=lambda name: aims[name].better is None)
    return _against(sweep, other, aims[other], known[other])


def _goes_with(sweep: Sweep, experiment: ExperimentSummary, name: str, aim: goal.Goal) -> bool:
    """Whether a value belongs to that of the main metric: the last value of a curve is not the one of the best step."""
    if aim.better is not None or aim.aggregate == sweep.aim.aggregate:
        return True
    low, high = (summaries.values(experiment.runs, name, which) for which in ("min", "max"))
    return all(low[place] == high[place] for place in sweep.places)


def _others(sweep: Sweep, experiment: ExperimentSummary, name: str, aim: goal.Goal) -> list[float | None]:
    values = summaries.values(experiment.runs, name, aim.aggregate)
    return [as_number(values[place]) for place in sweep.places]


def _parallel(sweep: Sweep, params: Sequence[Param], others: Mapping[str, Sequence[float | None]]) -> Drawing | None:
    metrics: dict[str, Sequence[float | None]] = dict(list(others.items())[: AXES - 1 - len(params)])
    metrics[sweep.metric] = sweep.values
    scales, columns = [], list[Sequence[float | None]]()
    for param in params:
        scales.append(_scale(param))
        columns.append(param.places)
    for name, values in metrics.items():
        scales.append(chart.numbers(name, [value for value in values if value is not None]))
        columns.append(values)
    shown = sweep.some(TRACKS)
    rows = [(at, [column[at] for column in columns]) for at in shown]
    tracks = [chart.Track(row, sweep.colors[at]) for at, row in rows if None not in row]  # type: ignore[arg-type]
    if not tracks:
        return None
    note = sweep.runs_note(len(tracks))
    alt = f"Parallel coordinates of {', '.join(text.brief(scale.name) for scale in scales)}: {note}{_best_said(sweep)}"
    keys = [*(f"param:{one.name}" for one in params), *(f"metric:{name}" for name in metrics)]
    return Drawing("parallel", keys, "Parameters and metrics", note, chart.parallel_chart(tracks, scales, alt=alt))


def _against(sweep: Sweep, other: str, aim: goal.Goal, values: Sequence[float | None]) -> Drawing | None:
    """The main metric against another one, with the runs that no other beats in both."""
    shown = [at for at in sweep.some(DOTS) if values[at] is not None]
    if len(shown) < 2:
        return None
    pairs = [(values[at] or 0.0, sweep.values[at]) for at in shown]
    dots = [chart.Dot(x, y, sweep.colors[at]) for at, (x, y) in zip(shown, pairs, strict=True)]
    line = pareto(pairs, aim.better, sweep.aim.better) if aim.better and sweep.aim.better else []
    than = f"against {aim.aggregate} {text.brief(other)}"
    note = f"{sweep.aim.aggregate}, {than}, {sweep.runs_note(len(shown))}"
    note += f", line = Pareto front of {len(line)}" if line else ""
    svg = chart.points_chart(
        dots,
        chart.numbers(other, [x for x, _ in pairs]),
        chart.numbers(sweep.metric, [y for _, y in pairs]),
        alt=f"{sweep.metric}, {note}",
        line=line,
        best=_best_dot(sweep, shown),
    )
    return Drawing("points", [sweep.key, f"metric:{other}"], sweep.metric, note, svg)


def pareto(pairs: Sequence[tuple[float, float]], x: str, y: str) -> list[tuple[float, float]]:
    """The pairs that no other pair beats in one value and equals or beats in the other, by x."""
    signs = tuple(1 if better == "min" else -1 for better in (x, y))
    front, least = [], math.inf
    for pair in sorted(set(pairs), key=lambda pair: (signs[0] * pair[0], signs[1] * pair[1])):
        if signs[1] * pair[1] < least:
            least = signs[1] * pair[1]
            front.append(pair)
    return sorted(front)
