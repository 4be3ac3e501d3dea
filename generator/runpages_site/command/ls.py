"""``runpages ls``: list experiments and runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import click

from .. import goal, select
from ..model import ExperimentSummary, RunSummary
from ..query.columns import Columns, Field, Row
from ..text import grid, number
from .output import (
    Style,
    experiment_document,
    goal_in_words,
    json_option,
    print_json,
    print_line,
    print_table,
    run_document,
    runs_column,
    status_style,
    width,
)
from .runs import differing, field, names_of, read_experiments, root_option, selected, selection_options


@click.command("ls")
@click.argument("experiment", required=False)
@selection_options
@click.option("-c", "--columns", metavar="NAMES",
              help="The columns: parameters, metrics, tags, or id, status and others.")  # fmt: skip
@json_option
@root_option
def command(
    experiment: str | None, *, query: str | None, sort: str | None, limit: int | None, columns: str | None,
    as_json: bool, root: str | None,
) -> None:  # fmt: skip
    """List the runs of EXPERIMENT, the newest first; without it, the experiments.

    \b
      runpages ls
      runpages ls digits-mlp --sort -val/accuracy --limit 5
      runpages ls --query 'status:failed'

    Without EXPERIMENT, any of --query, --sort, --limit and --columns lists the runs of all experiments. Of a metric,
    the best value of each run is shown, last(NAME) is its last. Columns that do not fit the terminal are named below
    the table; its width is that of the terminal, or COLUMNS.

    \b
    Exit codes:
      0  listed, also if there is no run
      2  no such workspace, experiment or column, or a mistake in the query
    """
    found = read_experiments(root, experiment)
    if experiment is None and all(option is None for option in (query, sort, limit, columns)):
        _list_experiments(found, as_json=as_json)
        return
    rows, known = selected(found, query, sort, limit)
    if as_json:
        print_json("ls", {"runs": [run_document(row) for row in rows]})
        return
    chosen = _default(found, known) if columns is None else [field(name, known) for name in names_of(columns)]
    _print_runs(found, rows, chosen)


def _default(found: Sequence[ExperimentSummary], known: Columns) -> list[Field]:
    """What is shown by default: what differs, and the metrics after the main one."""
    if len(found) != 1:
        return [known.get("run", name) for name in ("experiment", "status", "started", "duration", "id")]
    [experiment] = found
    columns = select.columns(experiment, differing(experiment))
    metrics = [known.get("metric", name) for name in (experiment.metric, *columns.metrics) if name in known.metrics]
    return [
        known.get("run", "status"),
        *metrics[:1],
        *(known.get("param", name) for name in columns.params),
        *metrics[1:],
        *(known.get("run", name) for name in ("duration", "started", "id")),
    ]


def _print_runs(found: Sequence[ExperimentSummary], rows: Sequence[Row], chosen: Sequence[Field]) -> None:
    if not rows:
        click.echo("No runs")
        return
    best = goal.best_run(found[0]) if len(found) == 1 else None
    status = next((at for at, one in enumerate(chosen, start=1) if one.column[:2] == ("run", "status")), None)

    def style(at: int, place: int) -> Style:
        if place == status:
            return status_style(rows[at].run.status)
        return {"bold": True} if best is not None and rows[at].run.path == best.path else {}

    columns = [grid.Column("run", [row.run.title for row in rows]), *(runs_column(one, rows) for one in chosen)]
    print_table(columns, style, "--columns chooses")
    if best is not None:
        _print_best(found[0], best)


def _print_best(experiment: ExperimentSummary, run: RunSummary) -> None:
    metric = experiment.metric or ""
    found = f"Best by {metric}: {run.title}, {grid.cell_text(goal.main_value(experiment, run))}"
    why = f" ({goal_in_words(goal.of_metric(experiment, metric))})"
    print_line(found + why if grid.cells(grid.one_line(found + why)) <= width() else found)


def _list_experiments(found: Sequence[ExperimentSummary], *, as_json: bool) -> None:
    if as_json:
        print_json("ls", {"experiments": list(map(experiment_document, found))})
        return
    if not found:
        click.echo("No experiments")
        return
    bests = list(map(goal.best_run, found))
    print_table(
        [
            grid.Column("experiment", [one.name for one in found]),
            grid.Column("runs", [number.integer(len(one.runs)) for one in found], right=True, whole=True),
            grid.Column("statuses", list(map(_statuses, found))),
            grid.Column("metric", [one.metric or number.MISSING for one in found]),
            grid.Column(
                "best",
                [grid.cell_text(best and goal.main_value(one, best)) for one, best in zip(found, bests, strict=True)],
                right=True,
                whole=True,
            ),
            grid.Column("best run", [best.title if best else number.MISSING for best in bests]),
        ],
        advice="a wider terminal shows more",
    )


def _statuses(experiment: ExperimentSummary) -> str:
    tally = Counter(run.status or number.MISSING for run in experiment.runs)
    return ", ".join(f"{count} {word}" for word, count in tally.most_common())
