"""``runpages show``: show a run with its values and curves."""

from __future__ import annotations

from collections.abc import Sequence

import click

from runpages.format.records import RunRecord, Series

from .. import goal, select, text
from ..query.columns import Row
from ..status import status
from ..text import grid, line_plot, number, plain
from .arguments import Refusal
from .output import json_option, print_json, print_line, print_table, run_document, status_style, width
from .runs import closest, read_run, root_option

CURVES = 4
"""Most curves drawn if no metric is named."""

INDENT = 2
DESCRIBED = 2_000
"""Most characters of a description that are looked at for its one line."""


@click.command("show")
@click.argument("run")
@click.option("-m", "--metric", "metrics", multiple=True, metavar="NAME", help="Only this metric; repeatable.")
@click.option("--plot", is_flag=True, help="Draw the curves of the metrics, of the first four if none is named.")
@json_option
@root_option
def command(run: str, *, metrics: tuple[str, ...], plot: bool, as_json: bool, root: str | None) -> None:
    """Show RUN: an id, EXPERIMENT/ID, a folder, or a name that no other run has.

    Prints what the run is, its parameters and tags, each metric with its last, least and greatest value, and the error
    of a failed run.

    \b
    Exit codes:
      0  shown
      2  no such run, or no such metric
    """
    row, record = read_run(run, root)
    for name in metrics:
        if name not in record.series:
            raise Refusal(f"run {record.id} has no metric {name!r}. {closest(name, record.series)}")
    if as_json:
        print_json("show", {"run": _document(row, record, metrics)})
        return
    _print_head(row, record)
    _print_pairs("Parameters", {name: grid.cell_text(value) for name, value in row.params.items()})
    _print_pairs("Tags", {name: value or "" for name, value in record.tags.items()})
    shown = [record.series[name] for name in metrics] or list(record.series.values())
    _print_metrics(row, shown)
    for series in (shown if metrics else select.lead_metrics(shown, CURVES, row.experiment.metric)) if plot else ():
        _print_curve(series)
    _print_end(record)


def _print_head(row: Row, record: RunRecord) -> None:
    print_line(record.title, bold=True)
    began = record.started if record.started is not None else record.created
    took = select.duration(began, record.ended)
    facts = {
        "experiment": record.experiment,
        "id": record.id,
        "number": None if record.number is None else str(record.number),
        "status": status(record.status).word,
        "started": None if began is None else number.moment(began),
        "duration": None if took is None else number.duration(took),
        "host": row.run.host,
        "parent": record.parent,
        "description": record.description and text.as_read(record.description[:DESCRIBED]),
    }
    known = {name: fact for name, fact in facts.items() if fact}
    margin = max(map(len, known))
    for name, fact in known.items():
        print_line(f"{name:{margin}}  {fact}", **(status_style(record.status) if name == "status" else {}))


def _print_pairs(title: str, values: dict[str, str]) -> None:
    if values:
        click.secho(f"\n{title}", bold=True)
        margin = min(max(map(grid.cells, map(grid.one_line, values))), width() // 2)
        for name, value in values.items():
            print_line(f"{' ' * INDENT}{grid.padded(name, margin)}  {value}")


def _print_metrics(row: Row, shown: Sequence[Series]) -> None:
    if not shown:
        return
    click.echo()
    aims = [goal.of_metric(row.experiment, series.name) for series in shown]
    summaries = [row.run.metrics[series.name] for series in shown]

    def numbers(name: str, values: Sequence[object]) -> grid.Column:
        return grid.Column(name, list(map(grid.cell_text, values)), right=True, whole=True)

    print_table(
        [
            grid.Column("Metrics", [series.name for series in shown]),
            numbers("points", [one.count for one in summaries]),
            numbers("last", [one.text if one.text is not None else one.last for one in summaries]),
            numbers("min", [one.min for one in summaries]),
            numbers("max", [one.max for one in summaries]),
            grid.Column("best", [aim.label if aim.better else number.MISSING for aim in aims]),
        ],
        advice="a wider terminal shows more",
    )


def _print_curve(series: Series) -> None:
    order = select.step_order(series.steps) or range(len(series.steps))
    values = select.numbers([series.values[at] for at in order])
    lines = line_plot.line_plot([series.steps[at] for at in order], values, width())
    if lines:
        click.echo()
        print_line(f"{series.name} by step", bold=True)
        click.echo("\n".join(lines))


def _print_end(record: RunRecord) -> None:
    if record.error is not None:
        click.secho(f"\n{'Error'}", bold=True)
        click.secho(plain.visible(record.error.message), fg="red")
    for problem in record.problems:
        where = problem.file + (f", line {problem.line}" if problem.line else "")
        print_line(f"{where}: {problem.message}. {problem.action}.", fg="yellow")
    counts = [(len(record.artifacts), "output"), (len(record.logs), "log"), (len(record.tables), "table"),
              (len(record.images), "picture")]  # fmt: skip
    if known := [number.plural(count, word) for count, word in counts if count]:
        click.secho(plain.visible(f"\n{', '.join(known)} in {record.folder}"), dim=True)  # A path is to be copied.


def _document(row: Row, record: RunRecord, metrics: Sequence[str]) -> dict[str, object]:
    """A run as ``ls --json`` has it, with what only its own page shows."""
    document = run_document(row)
    return {
        **document,
        "metrics": {name: one for name, one in document["metrics"].items() if not metrics or name in metrics},  # type: ignore[attr-defined]
        "description": record.description,
        "properties": record.properties,
        "error": record.error and record.error._asdict(),
        "folder": record.folder,
        "tables": {table.name: len(table.rows) for table in record.tables},
        "outputs": [file.name for file in record.artifacts],
        "logs": [file.name for file in record.logs],
        "problems": [problem._asdict() for problem in record.problems],
    }
