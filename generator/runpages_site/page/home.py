"""The home page: how many runs, which experiments, what is new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from markupsafe import Markup

from .. import chart, link, number, select, text
from ..model import ExperimentSummary, Page, RunSummary, Site
from .view import (
    EMPTY,
    MISSING,
    NONE,
    Cell,
    Count,
    Frame,
    Link,
    Render,
    Status,
    Tile,
    Time,
    began,
    counts,
    curve,
    figure,
    fixed,
    frame,
    run_link,
    status,
    time,
    took,
)

PATH = "index.html"
LATEST = 10
DAYS = 28
SPARK_RUNS = 60
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class ExperimentRow:
    """An experiment in the table of experiments."""

    link: Link
    description: str
    runs: str
    counts: tuple[Count, ...]
    best: Cell
    best_of: str
    spark: Markup
    last: Time | None


@dataclass(frozen=True, slots=True)
class LatestRow:
    """A run in the list of the latest ones."""

    run: Link
    status: Status
    damaged: bool
    experiment: str
    metric: str
    value: Cell
    spark: Markup
    duration: str
    host: str
    started: Time | None


@dataclass(frozen=True, slots=True)
class Bar:
    """A day of the activity chart, in the units of its drawing."""

    x: int
    y: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Activity:
    """Runs a day; only the peak is labelled, at the side where there is room."""

    bars: tuple[Bar, ...]
    first: str
    last: str
    label: str
    peak: str
    peak_at: str
    peak_left: bool


@dataclass(frozen=True, slots=True)
class HomePage:
    """What the template of the home page gets."""

    frame: Frame
    title: str
    description: str
    tiles: tuple[Tile, ...]
    experiments: tuple[ExperimentRow, ...]
    latest: tuple[LatestRow, ...]
    metric: str
    host: bool
    about: Markup
    activity: Activity | None


def home_page(site: Site, experiments: Sequence[ExperimentSummary], render: Render) -> Page:
    """The page at the site's root; without any run it says how to log one."""
    entries = [(run, experiment) for experiment in experiments for run in experiment.runs]
    runs = [run for run, _ in entries]
    latest = sorted(entries, key=lambda entry: (-(began(entry[0]) or 0), entry[1].name, entry[0].id))[:LATEST]
    rows, metric = _latest(latest)
    context = HomePage(
        frame=frame(site, PATH, site.title),
        title=site.title,
        description=site.description or "",
        tiles=_tiles(runs, len(experiments)) if runs else (),
        experiments=tuple(_experiment(one) for one in sorted(experiments, key=_newest_first)),
        latest=rows,
        metric=metric,
        host=any(run.host for run, _ in latest),
        about=text.markdown(site.readme) if site.readme else EMPTY,
        activity=_activity(runs),
    )
    return Page(PATH, render("home.html.jinja" if runs else "empty.html.jinja", context))


def _newest_first(experiment: ExperimentSummary) -> tuple[float, str]:
    return -(max((began(run) or 0 for run in experiment.runs), default=0)), experiment.name


def _tiles(runs: Sequence[RunSummary], experiments: int) -> tuple[Tile, ...]:
    return (
        Tile("Runs", number.integer(len(runs)), note=f"in {number.plural(experiments, 'experiment')}"),
        _state_tile("Running", "running", runs),
        _state_tile("Failed", "failed", runs),
        _compute_tile(runs),
        _write_tile(runs),
    )


def _state_tile(label: str, kind: str, runs: Sequence[RunSummary]) -> Tile:
    """How many runs have a status, and the newest of them."""
    found = [run for run in runs if status(run.status).kind == kind]
    if not found:
        return Tile(label, "0")
    newest = max(found, key=lambda run: began(run) or 0)
    return Tile(
        label,
        number.integer(len(found)),
        note_link=run_link(PATH, newest),
        note_time=time(newest.ended or began(newest)),
    )


def _compute_tile(runs: Sequence[RunSummary]) -> Tile:
    spans = [span for run in runs if (span := select.duration(began(run), run.ended)) is not None]
    if not spans:
        return Tile("Compute time", NONE, note="no run has ended")
    middle = number.duration(select.median(spans))
    return Tile(
        "Compute time", number.duration(sum(spans)), note=f"{number.integer(len(spans))} ended, median {middle}"
    )


def _write_tile(runs: Sequence[RunSummary]) -> Tile:
    last = time(max((run.last_write for run in runs if run.last_write is not None), default=None))
    return Tile("Last write", NONE, time=last, note=last.exact if last else "")


def _experiment(experiment: ExperimentSummary) -> ExperimentRow:
    value, label = _leading(experiment)
    started = max((moment for run in experiment.runs if (moment := began(run)) is not None), default=None)
    return ExperimentRow(
        link=Link(experiment.name, link.between(PATH, experiment.path)),
        description=experiment.description or "",
        runs=number.integer(len(experiment.runs), table=True),
        counts=counts(experiment.runs),
        best=value,
        best_of=label,
        spark=_by_run(experiment),
        last=time(started),
    )


def _leading(experiment: ExperimentSummary) -> tuple[Cell, str]:
    """The best value of the main metric; without a goal that of the newest run that has it."""
    if experiment.metric is None:
        return MISSING, ""
    word = select.aggregate_word(experiment.goal)
    values = [select.aggregate(run.metrics.get(experiment.metric), word) for run in experiment.runs]
    index = select.best_index(values, experiment.goal)
    if index is None:
        index = next((place for place, value in enumerate(values) if value is not None), None)
    if index is None:
        return MISSING, experiment.metric
    return fixed(values)[index], f"{word} {experiment.metric}"


def _by_run(experiment: ExperimentSummary) -> Markup:
    """The main metric of each run, oldest first, the best one marked."""
    if experiment.metric is None:
        return EMPTY
    word = select.aggregate_word(experiment.goal)
    found = [select.aggregate(run.metrics.get(experiment.metric), word) for run in reversed(experiment.runs)]
    values = select.spark([value for value in found if value is not None], SPARK_RUNS)
    if len(values) < 2:
        return EMPTY
    best = select.best_index(values, experiment.goal)
    return chart.sparkline(values, mark=len(values) - 1 if best is None else best, width=120, height=24)


def _latest(entries: Sequence[tuple[RunSummary, ExperimentSummary]]) -> tuple[tuple[LatestRow, ...], str]:
    """The rows of the latest runs, and the metric that all of them show, if it is one."""
    values = [
        select.aggregate(run.metrics.get(experiment.metric or ""), select.aggregate_word(experiment.goal))
        for run, experiment in entries
    ]
    names = {experiment.metric or "" for _, experiment in entries}
    shared = names.pop() if len(names) == 1 else ""
    cells = fixed(values) if shared else [figure(value) for value in values]
    rows = (_latest_row(run, experiment, cell) for (run, experiment), cell in zip(entries, cells, strict=True))
    return tuple(rows), shared


def _latest_row(run: RunSummary, experiment: ExperimentSummary, value: Cell) -> LatestRow:
    metric = experiment.metric or ""
    summary = run.metrics.get(metric)
    return LatestRow(
        run=run_link(PATH, run),
        status=status(run.status),
        damaged=run.damaged,
        experiment=experiment.name,
        metric=metric if value is not MISSING else NONE,
        value=value,
        spark=curve(summary.spark) if summary else EMPTY,
        duration=took(run),
        host=run.host or NONE,
        started=time(began(run)),
    )


def _activity(runs: Sequence[RunSummary]) -> Activity | None:
    """Runs a day over the 28 days up to the last write, which a build knows without looking at a clock."""
    moments = [moment for run in runs if (moment := began(run)) is not None]
    writes = [run.last_write for run in runs if run.last_write is not None]
    if not moments:
        return None
    today = floor(max(moments + writes) / _DAY)
    tally = Counter(floor(moment / _DAY) for moment in moments)
    days = list(range(today - DAYS + 1, today + 1))
    top = max(days, key=lambda day: tally[day])
    if not tally[top]:
        return None
    place = days.index(top)
    left = place > DAYS // 2
    return Activity(
        bars=tuple(_bar(day, index, tally[day], tally[top]) for index, day in enumerate(days) if tally[day]),
        first=_short_day(days[0]),
        last=_short_day(today),
        label=f"{number.plural(sum(tally[day] for day in days), 'run')} in {DAYS} days, most on {_short_day(top)}",
        peak=f"{tally[top]} on {_short_day(top)}",
        peak_at=f"{100 * place / DAYS if left else 100 * (place + 1) / DAYS:.1f}",
        peak_left=left,
    )


def _bar(day: int, index: int, count: int, most: int) -> Bar:
    height = max(1.0, round(44 * count / most, 1))
    return Bar(index * 10, round(48 - height, 1), height, f"{number.plural(count, 'run')} on {_short_day(day)}")


def _short_day(day: int) -> str:
    return number.day(day * _DAY).rpartition(" ")[0]
