"""Prints what commands found: tables that fit the terminal, and JSON documents of one shape."""

from __future__ import annotations

import json
import math
import os
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runpages.format import status, write
from runpages.format.errors import StorageError
from runpages.format.layout import iso_time
from runpages.format.records import Problem

from .. import text
from ..text import grid, line_plot, number
from .arguments import Refusal

if TYPE_CHECKING:  # A build with nothing new prints no runs, and takes less time without the query.
    from ..goal import Goal
    from ..model import ExperimentSummary, MetricSummary
    from ..query.columns import Field, Row

FORMAT = 1
"""The version of the documents that ``--json`` prints."""

SHOWN = 10
"""Most problems of a run on the terminal; its page lists all."""

Style = Mapping[str, Any]
"""Arguments of ``click.style``."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")


def write_file(path: Path, data: bytes) -> None:
    """Write a file that a command was asked for, whole or not at all. Raises Refusal where that is not possible."""
    try:
        write.replace(os.fspath(path), data)
    except StorageError as error:
        why = error.__cause__.strerror if isinstance(error.__cause__, OSError) else error
        raise Refusal(f"{path} cannot be written: {why}") from None


def print_json(verb: str, content: Mapping[str, object], *, line: bool = False) -> None:
    """Print a document in UTF-8: ``runpages`` names the verb, ``format`` the version; the rest is the verb's own.

    Numbers that JSON does not have are spelled as in the format: ``{"float": "nan"}``. With ``line`` the document is
    one line, for commands that print several.
    """
    document = {"runpages": verb, "format": FORMAT, **content}
    text = json.dumps(_plain(document), ensure_ascii=False, indent=None if line else 1, default=str)
    click.echo(text.encode("utf-8", "backslashreplace"))


def print_problems(hints: Sequence[str], problems: Mapping[str, Sequence[Problem]]) -> None:
    """Print the problems by run, and before them where runs lie in a wrong place."""
    for hint in hints:
        click.secho(text.visible(hint), fg="yellow", err=True)
    for run, found in problems.items():
        click.secho(text.visible(run), fg="yellow", err=True)
        for problem in found[:SHOWN]:
            click.echo(f"  {text.visible(_sentence(problem))}", err=True)
        if len(found) > SHOWN:
            click.echo(f"  and {len(found) - SHOWN} more; see the run's page", err=True)


def _sentence(problem: Problem) -> str:
    where = problem.file + (f", line {problem.line}" if problem.line is not None else "")
    return f"{where}: {problem.message}. {problem.action}." if where else f"{problem.message}. {problem.action}."


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return list(map(_plain, value))
    return {"float": str(value)} if isinstance(value, float) and not math.isfinite(value) else value


def width() -> int:
    """The cells of a line of the terminal; 80 if there is no terminal, and as many as ``COLUMNS`` says."""
    return max(shutil.get_terminal_size((80, 24)).columns, line_plot.NARROWEST)


def print_table(
    columns: Sequence[grid.Column], style: Callable[[int, int], Style] = lambda row, column: {}, advice: str = ""
) -> None:
    """Print a table with a bold head; ``style`` gives the look of a cell by its row and column.

    Columns that do not fit are named below it, with ``advice`` on how to see them.
    """
    made = grid.grid(columns, width())
    _print_row(made.head, lambda column: {"bold": True})
    for at, row in enumerate(made.rows):
        _print_row(row, partial(style, at))
    if made.left_out:
        count = f"{len(made.left_out)} more: "
        names = grid.shortened(", ".join(made.left_out), max(width() - len(count) - len(advice) - 2, 1))
        print_line(f"{count}{names}; {advice}", dim=True)


def _print_row(cells: Sequence[str], style: Callable[[int], Style]) -> None:
    *first, last = cells
    shown = [*first, last.rstrip()]
    click.echo(grid.GAP.join(click.style(cell, **style(at)) for at, cell in enumerate(shown)).rstrip())


def print_line(text: str, **style: Any) -> None:
    """Print a text in one line, shortened in its middle to fit the terminal."""
    click.secho(grid.shortened(grid.one_line(text), width()), **style)


_COLORS = {status.COMPLETED: "green", status.FAILED: "red", status.CANCELED: "yellow", status.NOT_RESPONDING: "yellow"}


def status_style(word: str | None) -> Style:
    """The look of a status."""
    return {"fg": "cyan" if word in status.ACTIVE else _COLORS.get(word or "")}


def runs_column(shown: Field, rows: Sequence[Row]) -> grid.Column:
    """A column of a table of runs."""
    from ..query.columns import value_of

    spell = _SPELLED.get(shown.column.name, grid.cell_text) if shown.column.kind == "run" else grid.cell_text
    cells = [spell(value_of(shown, row)) for row in rows]
    numeric = shown.column.numeric
    return grid.Column(shown.label, cells, right=numeric, whole=numeric or shown.column[:2] == ("run", "id"))


_SPELLED: dict[str, Callable[[Any], str]] = {
    "started": lambda epoch: number.iso(epoch)[:16].replace("T", " ") or number.MISSING,
    "duration": number.duration,
}


def goal_in_words(aim: Goal) -> str:
    """What is better: ``lowest``, or ``lowest, assumed from the name``."""
    from .. import goal

    return goal.label(aim.aggregate) + (", assumed from the name" if aim.assumed else "")


# --- documents ------------------------------------------------------------------------------------------


def experiment_document(experiment: ExperimentSummary) -> dict[str, object]:
    """An experiment for ``--json``, with its best run."""
    from .. import goal

    metric, run = experiment.metric, goal.best_run(experiment)
    return {
        "name": experiment.name,
        "runs": len(experiment.runs),
        "statuses": dict(Counter(run.status for run in experiment.runs)),
        "metric": metric,
        "goal": goal.of_metric(experiment, metric).better if metric is not None else None,
        "best": run and {"id": run.id, "value": goal.main_value(experiment, run)},
    }


def run_document(row: Row) -> dict[str, object]:
    """A run for ``--json``: times in ISO 8601, durations in seconds, parameters by dotted names."""
    from .. import select

    run = row.run
    return {
        "experiment": row.experiment.name,
        "id": run.id,
        "name": run.title,
        "number": run.number,
        "status": run.status,
        "created": _time(run.created),
        "started": _time(run.started),
        "ended": _time(run.ended),
        "duration": select.duration(run.started or run.created, run.ended),
        "host": run.host,
        "commit": run.commit,
        "parent": run.parent,
        "damaged": run.damaged,
        "params": row.params,
        "tags": run.tags,
        "metrics": {name: _metric(row, name, metric) for name, metric in run.metrics.items()},
    }


def _metric(row: Row, name: str, metric: MetricSummary) -> dict[str, object]:
    from .. import goal

    aim = goal.of_metric(row.experiment, name)
    return {
        "count": metric.count,
        "last": metric.last,
        "min": metric.min,
        "max": metric.max,
        "mean": metric.mean,
        "text": metric.text,
        "goal": aim.better,
        "assumed": aim.assumed,
        "unit": metric.unit,
    }


def _time(epoch: float | None) -> str | None:
    return None if epoch is None else iso_time(epoch)
