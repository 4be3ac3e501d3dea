"""Builds the head of a run's page: facts, callouts, problems and tiles."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from runpages.format import layout
from runpages.format.records import Problem, RunRecord, Series
from runpages.format.status import CANCELED, COMPLETED, RUNNING

from .. import goal, select, text
from ..model import MetricSummary
from ..text import number
from .components import EMPTY, NONE, Cell, Tile, Time, began, figure, sparkline, status, time
from .keyvalues import host, mapping, times, word

TILES = 5
_PROBLEMS = 200
_PASSES = 20


class Facts(NamedTuple):
    """The row below the title."""

    number: str
    id: str
    short_id: str
    """The distinguishing end of the id."""
    started: Time | None
    duration: str
    since: Time | None
    resumed: str
    """How often the run was resumed; empty if never."""
    resumed_on: str
    """Times of the resumptions."""
    host: str
    pid: str
    commit: str
    branch: str
    command: str


class Failure(NamedTuple):
    """Why a run failed; the traceback is folded."""

    title: str
    message: str
    traceback: str
    traceback_title: str


class Damage(NamedTuple):
    """What was lost through damage, in a sentence."""

    title: str
    text: str
    repair: str


class Silence(NamedTuple):
    """A run whose process died: where it ran, and its last write."""

    place: str
    last: Time | None


class ProblemRow(NamedTuple):
    """A problem found while reading the run."""

    file: str
    line: str
    message: str
    action: str


def facts(record: RunRecord) -> Facts:
    """Facts below the title; unknown ones are empty."""
    begin, seconds = began(record), _seconds(record)
    running = status(record.status).kind == "running"
    git = mapping(record.environment.get("git"))
    return Facts(
        number=f"#{record.number}" if record.number is not None else "",
        id=record.id,
        short_id=_short_id(record.id),
        started=time(begin),
        duration=number.duration(seconds) if seconds is not None else "" if running or begin is None else "no end",
        since=time(begin) if running and seconds is None else None,
        resumed=times(len(record.passes)) if record.passes else "",
        resumed_on=", ".join(number.moment(one.time) for one in record.passes[-_PASSES:]),
        host=host(record),
        pid=f"pid {record.owner['pid']}" if status(record.status).kind == "silent" and record.owner.get("pid") else "",
        commit=word(git.get("commit"))[:7],
        branch=_branch(git),
        command=_command(record.environment.get("command")),
    )


def _seconds(record: RunRecord) -> float | None:
    return select.duration(began(record), record.ended)


def _short_id(run_id: str) -> str:
    """The part of a generated id after date and time; other ids unchanged."""
    day, _, rest = run_id.partition("-")
    clock, _, own = rest.partition("-")
    return own if len(day) == 8 and len(clock) == 6 and (day + clock).isdigit() and own else run_id


def _branch(git: Mapping[str, object]) -> str:
    dirty = git.get("dirty")
    state = ("uncommitted changes" if dirty else "clean") if isinstance(dirty, bool) else ""
    return ", ".join(part for part in (word(git.get("branch")), state) if part)


def _command(command: object) -> str:
    """A command as typed in a shell."""
    if isinstance(command, list):
        return shlex.join(map(word, command))
    return word(command)


def failure_callout(record: RunRecord) -> Failure | None:
    """The callout of a failed run, or of one that reported an error; else None."""
    if record.error is None and status(record.status).kind != "failed":
        return None
    error = record.error
    traceback = (error.traceback or "").strip("\n") if error else ""
    return Failure(
        title=_failure_title(record),
        message=(error.summary if error else "") or "The run folder does not say why.",
        traceback=traceback,
        traceback_title=f"Traceback, {number.plural(len(traceback.splitlines()), 'line')}",
    )


def _failure_title(record: RunRecord) -> str:
    if record.status in (COMPLETED, CANCELED, RUNNING):
        return "Reported an error"
    seconds = _seconds(record)
    return "Failed" if seconds is None else f"Failed after {number.duration(seconds)}"


def damage_callout(record: RunRecord) -> Damage | None:
    """The callout of a damaged run; else None."""
    damaging = [problem for problem in record.problems if problem.damage]
    if not damaging:
        return None
    points = sum(series.total for series in record.series.values())
    lost = sum(problem.skipped for problem in damaging if problem.file.startswith(layout.METRICS))
    recovered = f"{number.integer(points)} of {number.plural(points + lost, 'point')}"
    if not lost:  # Those of a file that could not be read at all cannot be counted.
        recovered = number.plural(points, "point")
    files = len({problem.file for problem in damaging})
    return Damage(
        title="This run is damaged." + (f" {recovered} recovered." if points else ""),
        text=f"{number.plural(len(damaging), 'problem')} in {number.plural(files, 'file')}. "
        "All readable data is shown below. The run folder was not changed.",
        repair="Each problem below names its file and line in the run folder. Complete that line from a copy or a log, "
        "or delete it, then build again. The other lines stay as they are.",
    )


def silence(record: RunRecord) -> Silence | None:
    """The callout of a run that does not respond; else None."""
    if status(record.status).kind != "silent":
        return None
    pid = record.owner.get("pid")
    place = ", ".join(part for part in (host(record), f"pid {pid}" if pid else "") if part)
    return Silence(place, time(record.last_write))


def problems(record: RunRecord) -> tuple[tuple[ProblemRow, ...], str]:
    """The rows of problems, and the number of further ones as text."""
    rest = len(record.problems) - _PROBLEMS
    shown = sorted(record.problems, key=lambda problem: not problem.damage)[:_PROBLEMS]
    return tuple(map(_problem, shown)), number.plural(rest, "more problem") if rest > 0 else ""


def _problem(problem: Problem) -> ProblemRow:
    line = NONE if problem.line is None else number.integer(problem.line)
    return ProblemRow(problem.file or "run folder", line, problem.message, problem.action)


def tiles(record: RunRecord, known: Mapping[str, MetricSummary], main: str | None = None) -> tuple[Tile, ...]:
    """Tiles of the leading metrics, ``main`` among the first: the best value where it is known, else the last."""
    lead = select.lead_metrics(record.series.values(), TILES, main)
    return tuple(_tile(series, known[series.name]) for series in lead)


def _tile(series: Series, known: MetricSummary) -> Tile:
    aim = goal.of(series.name, known.goal)
    value = goal.aggregate(known, aim.aggregate)
    spoken = known.text if aim.better is None and known.text is not None else None
    cell = Cell(spoken) if spoken is not None else figure(value)
    return Tile(
        label=text.brief(series.name),
        word=aim.label if known.count > 1 else "",
        value=f"{cell.text} {known.unit}" if known.unit else cell.text,
        exact=cell.exact,
        note=_where(series, aim, value, spoken) + (f", ends {known.text}" if known.text and spoken is None else ""),
        spark=sparkline(known.spark, 72, 20) if known.count > 1 else EMPTY,
        metric=repr(value) if aim.better is not None and value is not None else "",
    )


def _where(series: Series, aim: goal.Goal, value: float | int | None, spoken: str | None) -> str:
    """Note with the step of the tile's value."""
    if series.total < 2:
        return "logged once"
    if spoken is not None:
        return f"step {number.step(max(series.steps))}"
    values = select.in_order(series)
    steps = series.steps if values is series.values else sorted(series.steps)
    # The best value's first step, or the step of the last value.
    at = values.index(value) if aim.better is not None else len(values) - 1 - values[::-1].index(value)
    return f"step {number.step(steps[at])}"


class Callout(NamedTuple):
    """A callout: topic, title, sentence, and lines with files or runs."""

    label: str
    title: str
    text: str
    lines: str


def output_callouts(record: RunRecord) -> Iterator[Callout]:
    """The callouts about a run's outputs."""
    found, shared = record.uncollected, record.outputs_shared_with
    if found is not None:
        lines = [f"{path}: {reason}" if reason else path for path, reason in found.files]
        rest = found.total - len(found.files)
        yield Callout(
            "Outputs not collected",
            f"{number.plural(found.total, 'file')} could not be collected.",
            f"The script's working folder was kept: {found.place}"
            if found.place
            else "Missing files are still where the script wrote them.",
            "\n".join([*lines, *([f"and {number.integer(rest)} more"] if rest else [])]),
        )
    if shared:
        yield Callout(
            "Outputs shared with other runs",
            "Outputs may belong to another run.",
            "These runs watched the same folder at the same time. Use outputs= to give each run its own folder.",
            "\n".join(shared),
        )
