"""Shows the progress of a build, a bar on a terminal, else an occasional line, and prints its errors."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import click

from .. import text
from ..errors import Fault

if TYPE_CHECKING:
    from rich.progress import Progress

Advance = Callable[[int, int], None]

EVERY = 10.0
"""Seconds between lines without a terminal."""


class Task(NamedTuple):
    """What is shown: the title of the bar, the verb of a line, and what is counted."""

    title: str
    verb: str
    unit: str


RENDERING = Task("Rendering", "rendered", "runs")

NAMED = 3
"""Most pages named for one error."""


@contextmanager
def progress(*, quiet: bool, task: Task = RENDERING) -> Iterator[Advance]:
    """Yield a callback, called with how much of a task is done and how much there is to do."""
    if quiet:
        yield lambda done, total: None
    elif sys.stderr.isatty():
        shown: list[Progress] = []
        try:
            yield lambda done, total: _show(shown, task, done, total)
        finally:
            for bar in shown:
                bar.stop()
    else:
        yield _Lines(task).report


def _show(bars: list[Progress], task: Task, done: int, total: int) -> None:
    """Advance the bar, created at the first run, so that a build with nothing to render does not load it."""
    if not bars:
        bars.append(_bar(task.unit))
        bars[0].add_task(task.title, total=total)
        bars[0].start()
    bars[0].update(bars[0].task_ids[0], completed=done)


def _bar(unit: str) -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Task as Shown
    from rich.text import Text

    class Rate(ProgressColumn):
        """What is counted, per second."""

        def render(self, task: Shown) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:,.0f} {unit}/s" if speed else "", style="progress.data.speed")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


class _Lines:
    """Occasional lines for a log."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._began = self._reported = time.monotonic()

    def report(self, done: int, total: int) -> None:
        now = time.monotonic()
        if done < total and now - self._reported >= EVERY:
            self._reported = now
            left = (now - self._began) / done * (total - done)
            verb, unit = self._task.verb, self._task.unit
            sys.stderr.write(f"{verb} {done:,} of {total:,} {unit}, about {left:.0f} s left\n")


def print_faults(by_page: Mapping[str, Sequence[Fault]], *, verbose: bool = False) -> None:
    """Print program errors, each once with the affected pages; with ``verbose`` also the traceback."""
    struck: dict[str, list[str]] = {}
    tracebacks: dict[str, str] = {}
    for place, faults in by_page.items():
        for fault in faults:
            struck.setdefault(fault.sentence, []).append(place)
            tracebacks.setdefault(fault.sentence, fault.traceback)
    for sentence, places in struck.items():
        more = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
        click.secho(text.visible(", ".join(places[:NAMED]) + more), fg="red", err=True)
        click.echo(f"  {text.visible(sentence)}", err=True)
        if verbose and tracebacks[sentence]:
            click.echo(_indented(tracebacks[sentence]), err=True)
    if struck:
        more = "" if verbose else "; -v shows the tracebacks"
        advice = f"This is an error in runpages, not in the runs; please report it{more}. The next build tries again."
        click.echo(advice, err=True)


def _indented(lines: str) -> str:
    return "".join(f"    {text.visible(line)}\n" for line in lines.splitlines())
