"""Builds the home page: totals, experiments, latest runs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from .. import chart, goal, select, text
from ..citation import Cited, cited
from ..model import ExperimentEntry, Page, RunSummary, Trouble
from ..site import Site
from ..text import number
from . import link
from .all_runs import ALL_RUNS
from .compare import comparison_path
from .components import (
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
    counted,
    figure,
    fixed,
    frame,
    run_link,
    sparkline,
    status,
    time,
    took,
)
from .head import NOTHING, About
from .home_summary import DAY, FAILING, FAILING_RUNS, LATEST
from .models import LatestModelRow, latest_models

HOME = "index.html"
DAYS = 28
EXPERIMENTS = 20
"""Experiments that are shown before the others are folded."""
_TROUBLES = 20


class ExperimentRow(NamedTuple):
    """An experiment in the table of experiments."""

    link: Link
    description: str
    runs: str
    counts: tuple[Count, ...]
    best: Cell
    best_run: Link | None
    best_of: str
    spark: Markup
    last: Time | None


class LatestRow(NamedTuple):
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


class FailingRow(NamedTuple):
    """A run that failed or does not respond, and why."""

    run: Link
    status: Status
    experiment: str
    error: str
    moment: Time | None


class TroubleRow(NamedTuple):
    """An error with the pages that it affected, and how."""

    error: str
    title: str
    pages: tuple[Link, ...]
    more: str


class Bar(NamedTuple):
    """A day of the activity chart, in drawing units."""

    x: int
    y: float
    height: float
    title: str


class Activity(NamedTuple):
    """Runs per day; only the peak is labelled, on the side with room."""

    bars: tuple[Bar, ...]
    first: str
    last: str
    last_day: int
    """The last day in days since the epoch, from which the browser counts to today."""
    label: str
    peak: str
    peak_at: str
    peak_left: bool


class HomePage(NamedTuple):
    """Context of the home template."""

    frame: Frame
    title: str
    description: str
    tiles: tuple[Tile, ...]
    experiments: tuple[ExperimentRow, ...]
    more: tuple[ExperimentRow, ...]
    """Further experiments, folded."""
    all_runs: Link | None
    """The page of all runs, where the latest are not all."""
    best: str
    """The head of the column of the main metrics: what their values are."""
    latest: tuple[LatestRow, ...]
    metric: str
    host: bool
    failing: tuple[FailingRow, ...]
    failing_count: str
    comparisons: tuple[Link, ...]
    """The comparisons in the settings."""
    about: Markup
    citation: Cited | None
    activity: Activity | None
    models: tuple[LatestModelRow, ...]
    outdated: str
    """Number of outdated or incomplete pages as text; empty if there are none."""
    troubles: tuple[TroubleRow, ...]


def home_page(
    site: Site,
    entries: Sequence[ExperimentEntry],
    render: Render,
    troubles: Sequence[Trouble] = (),
    comparisons: Sequence[tuple[str, str]] = (),
    about: About = NOTHING,
) -> Page:
    """Render the home page; without runs it explains how to log one.

    ``troubles`` are the pages that could not be rendered completely, ``comparisons`` the titles and names of those in
    the settings, ``about`` is what its head says.
    """
    count = sum(entry.runs for entry in entries)
    runs = [(run, entry) for entry in entries for run in entry.latest]
    latest = sorted(runs, key=lambda one: (-(began(one[0]) or 0), one[1].name, one[0].id))[:LATEST]
    rows, metric = _latest(latest)
    experiments = tuple(map(_experiment, sorted(entries, key=_newest_first)))
    # Folding just a few saves no room.
    shown = EXPERIMENTS if len(experiments) > EXPERIMENTS + 5 else len(experiments)
    context = HomePage(
        frame=frame(site, HOME, site.title, (), about),
        title=site.title,
        description=site.description or "",
        tiles=_tiles(entries, count) if count else (),
        experiments=experiments[:shown],
        more=experiments[shown:],
        all_runs=_all_runs(entries, count) if count > len(latest) else None,
        best=_best_head(entries),
        latest=rows,
        metric=metric,
        host=any(run.host for run, _ in latest),
        failing=_failing(entries),
        failing_count=_failing_count(entries),
        comparisons=tuple(Link(title, link.between(HOME, comparison_path(name))) for title, name in comparisons),
        about=text.markdown(site.readme) if site.readme else EMPTY,
        citation=cited(site.citation.reference) if site.citation and site.citation.reference else None,
        activity=_activity(entries),
        models=latest_models(HOME, entries) if any(entry.models for entry in entries) else (),
        outdated=number.plural(len({(one.experiment, one.run) for one in troubles}), "page") if troubles else "",
        troubles=_troubles(troubles),
    )
    return Page(HOME, render("home.html.jinja" if count else "empty.html.jinja", context))


def _troubles(troubles: Sequence[Trouble]) -> tuple[TroubleRow, ...]:
    struck: dict[tuple[str, str], list[Link]] = {}
    for one in troubles:
        name = f"{one.experiment}/{one.run}" if one.run else one.experiment
        effect = one.fault.effect if one.fault.is_whole else f"{one.fault.what} is missing"
        page = Link(name, link.between(HOME, one.path) if one.path else "")
        struck.setdefault((one.fault.error, effect), []).append(page)
    return tuple(
        TroubleRow(
            error=error,
            title=f"{effect}: {number.plural(len(pages), 'page')}",
            pages=tuple(pages[:_TROUBLES]),
            more=f" and {number.integer(len(pages) - _TROUBLES)} more" if len(pages) > _TROUBLES else "",
        )
        for (error, effect), pages in list(struck.items())[:_TROUBLES]
    )


def _newest_first(entry: ExperimentEntry) -> tuple[float, str]:
    return -(entry.began or 0), entry.name


def _tiles(entries: Sequence[ExperimentEntry], count: int) -> tuple[Tile, ...]:
    return (
        Tile("Runs", number.integer(count), note=f"in {number.plural(len(entries), 'experiment')}"),
        _state_tile("Running", "running", entries),
        _state_tile("Failed", "failed", entries),
        _compute_tile([span for entry in entries for span in entry.spans]),
        _write_tile(entries),
    )


def _state_tile(label: str, kind: str, entries: Sequence[ExperimentEntry]) -> Tile:
    """Number of runs with a status, and the newest of them."""
    found = [entry.newest[kind] for entry in entries if kind in entry.newest]
    if not found:
        return Tile(label, "0")
    newest = max(found, key=lambda run: began(run) or 0)
    count = sum(runs for entry in entries for word, runs in entry.counts.items() if status(word).kind == kind)
    return Tile(
        label,
        number.integer(count),
        note_link=run_link(HOME, newest),
        note_time=time(newest.ended or began(newest)),
    )


def _compute_tile(spans: Sequence[float]) -> Tile:
    if not spans:
        return Tile("Compute time", NONE, note="no run has ended")
    middle = number.duration(select.median(spans))
    return Tile(
        "Compute time", number.duration(math.fsum(spans)), note=f"{number.integer(len(spans))} ended, median {middle}"
    )


def _write_tile(entries: Sequence[ExperimentEntry]) -> Tile:
    last = time(max((entry.last_write for entry in entries if entry.last_write is not None), default=None))
    return Tile("Last write", NONE, time=last, note=last.exact if last else "")


def _best_head(entries: Sequence[ExperimentEntry]) -> str:
    kinds = {entry.is_best for entry in entries if entry.best}
    return "Best or latest" if len(kinds) > 1 else "Best" if True in kinds else "Latest"


def _experiment(entry: ExperimentEntry) -> ExperimentRow:
    return ExperimentRow(
        link=Link(entry.name, link.between(HOME, entry.path)),
        description=entry.description or "",
        runs=number.integer(entry.runs),
        counts=counted(entry.counts),
        best=Cell(entry.best, entry.best_exact) if entry.best else MISSING,
        best_run=run_link(HOME, entry.best_run) if entry.best_run else None,
        best_of=entry.best_of,
        spark=chart.sparkline(entry.spark, mark=entry.mark, width=120, height=24) if len(entry.spark) > 1 else EMPTY,
        last=time(entry.began),
    )


def _latest(runs: Sequence[tuple[RunSummary, ExperimentEntry]]) -> tuple[tuple[LatestRow, ...], str]:
    """Rows of the latest runs, and their metric if they all share one."""
    values = [goal.aggregate(run.metrics.get(entry.metric or ""), entry.aggregate) for run, entry in runs]
    names = {entry.metric or "" for _, entry in runs}
    shared = names.pop() if len(names) == 1 else ""
    cells = fixed(values) if shared else [figure(value) for value in values]
    rows = (_latest_row(run, entry, cell) for (run, entry), cell in zip(runs, cells, strict=True))
    return tuple(rows), text.brief(shared)


def _latest_row(run: RunSummary, entry: ExperimentEntry, value: Cell) -> LatestRow:
    metric = entry.metric or ""
    summary = run.metrics.get(metric)
    return LatestRow(
        run=run_link(HOME, run),
        status=status(run.status),
        damaged=run.damaged,
        experiment=entry.name,
        metric=text.brief(metric) if value is not MISSING else NONE,
        value=value,
        spark=sparkline(summary.spark) if summary else EMPTY,
        duration=took(run),
        host=run.host or NONE,
        started=time(began(run)),
    )


def _all_runs(entries: Sequence[ExperimentEntry], count: int) -> Link:
    """The page of all runs; that of the only experiment has them already."""
    target = ALL_RUNS if len(entries) > 1 else entries[0].path
    return Link(f"All {number.integer(count)} runs", link.between(HOME, target))


def _failing(entries: Sequence[ExperimentEntry]) -> tuple[FailingRow, ...]:
    """The newest runs that failed or do not respond."""
    runs = [(run, entry.name) for entry in entries for run in entry.failing]
    newest = sorted(runs, key=lambda one: (-(_moment(one[0]) or 0), one[1], one[0].id))
    return tuple(
        FailingRow(run_link(HOME, run), status(run.status), name, run.error or "no error recorded", time(_moment(run)))
        for run, name in newest[:FAILING_RUNS]
    )


def _moment(run: RunSummary) -> float | None:
    """When a run failed, or was last heard of."""
    return run.ended or run.last_write or began(run)


def _failing_count(entries: Sequence[ExperimentEntry]) -> str:
    count = sum(runs for entry in entries for word, runs in entry.counts.items() if status(word).kind in FAILING)
    return number.integer(count) if count <= FAILING_RUNS else f"{FAILING_RUNS} of {number.integer(count)}"


def _activity(entries: Sequence[ExperimentEntry]) -> Activity | None:
    """Runs per day over the 28 days up to the last write, so that the page does not depend on the clock."""
    tally: Counter[int] = Counter()
    for entry in entries:
        tally.update(entry.days)
    if not tally:
        return None
    writes = (math.floor(entry.last_write / DAY) for entry in entries if entry.last_write is not None)
    today = max([*tally, *writes])
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
        last_day=today,
        label=f"{number.plural(sum(tally[day] for day in days), 'run')} in {DAYS} days, most on {_short_day(top)}",
        peak=f"{tally[top]} on {_short_day(top)}",
        peak_at=f"{100 * place / DAYS if left else 100 * (place + 1) / DAYS:.1f}",
        peak_left=left,
    )


def _bar(day: int, index: int, count: int, most: int) -> Bar:
    height = max(1.0, round(44 * count / most, 1))
    return Bar(index * 10, round(48 - height, 1), height, f"{number.plural(count, 'run')} on {_short_day(day)}")


def _short_day(day: int) -> str:
    return number.day(day * DAY).rpartition(" ")[0]
