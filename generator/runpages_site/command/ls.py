"""``runpages ls``: list experiments and runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import click

from .. import fields, goal, select
from ..fields import Field, Row
from ..model import ExperimentSummary
from ..text import grid, number
from .output import experiment_document, json_option, print_json, print_line, print_table, run_document, status_style
from .runs import field, read_experiments, root_option, selected, selection_options

STATUS = Field("run", "status")
ID = Field("run", "id")


@click.command("ls")
@click.argument("experiment", required=False)
@selection_options
@click.option("-c", "--columns", metavar="NAMES",
              help="The columns after the name, joined by commas: parameters, metrics, tags, id, status and others.")  # fmt: skip
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
    if experiment is None and query is sort is limit is columns is None:
        _list_experiments(found, as_json=as_json)
        return
    rows, catalog = selected(found, query, sort, limit)
    if as_json:
        print_json("ls", runs=[run_document(row) for row in rows])
        return
    chosen = [field(name.strip(), catalog) for name in columns.split(",")] if columns is not None else _columns(found, rows)
    _print_runs(found, rows, chosen)


def _columns(found: Sequence[ExperimentSummary], rows: Sequence[Row]) -> list[Field]:
    """What is shown by default: what differs, and the metrics after the main one."""
    if len(found) != 1:
        return [Field("run", "experiment"), STATUS, Field("run", "started"), Field("run", "duration"), ID]
    [experiment] = found
    known = select.columns(experiment)
    metrics = [name for name in (experiment.metric, *known.metrics) if name is not None]
    return [
        STATUS,
        *(Field("metric", name, "best") for name in metrics[:1]),
        *(Field("param", name) for name in known.params),
        *(Field("metric", name, "best") for name in metrics[1:]),
        *(Field("run", name) for name in ("duration", "started")),
        *([ID] if any(row.run.title != row.run.id for row in rows) else []),
    ]


def _print_runs(found: Sequence[ExperimentSummary], rows: Sequence[Row], chosen: Sequence[Field]) -> None:
    if not rows:
        click.echo("No runs")
        return
    columns = [grid.Column("run", [row.run.title for row in rows]), *(column(one, rows) for one in chosen)]
    best = _best(found)
    status = next((at for at, one in enumerate(chosen, start=1) if one == STATUS), None)

    def style(at: int, place: int) -> dict[str, object]:
        if place == status:
            return status_style(rows[at].run.status)
        return {"bold": True} if best is not None and rows[at].run.path == best.run.path else {}

    left_out = print_table(columns, style)
    if best is not None:
        print_line(_best_line(best))
    if left_out:
        print_line(f"Not shown: {', '.join(left_out)}; --columns chooses", dim=True)


def column(shown: Field, rows: Sequence[Row]) -> grid.Column:
    """A column of a table of runs."""
    values = [fields.value(shown, row) for row in rows]
    if shown == Field("run", "started"):
        return grid.Column(shown.label, [number.iso(x)[:16].replace("T", " ") for x in values], whole=True)  # type: ignore[arg-type]
    if shown == Field("run", "duration"):
        return grid.Column(shown.label, list(map(number.duration, values)), right=True, whole=True)  # type: ignore[arg-type]
    numeric = any(map(fields.is_number, values)) and all(x is None or fields.is_number(x) for x in values)
    return grid.Column(shown.label, list(map(grid.value, values)), right=numeric, whole=numeric or shown == ID)


def _best(found: Sequence[ExperimentSummary]) -> Row | None:
    """The best run by the main metric, where one experiment is listed."""
    if len(found) != 1 or found[0].metric is None:
        return None
    [experiment] = found
    place = goal.Contest(experiment.runs).best(experiment.metric or "", goal.of_metric(experiment, experiment.metric or ""))
    return None if place is None else Row(experiment, experiment.runs[place], {})


def _best_line(best: Row) -> str:
    metric = best.experiment.metric or ""
    aim = goal.of_metric(best.experiment, metric)
    value = grid.value(fields.value(Field("metric", metric, "best"), best))
    return f"Best: {best.run.title}, {metric} {value}, {aim.label} of each run"


def _list_experiments(found: Sequence[ExperimentSummary], *, as_json: bool) -> None:
    if as_json:
        print_json("ls", experiments=list(map(experiment_document, found)))
        return
    if not found:
        click.echo("No experiments")
        return
    bests = [_best([one]) for one in found]
    print_table(
        [
            grid.Column("experiment", [one.name for one in found]),
            grid.Column("runs", [number.integer(len(one.runs)) for one in found], right=True, whole=True),
            grid.Column("statuses", list(map(_statuses, found))),
            grid.Column("metric", [one.metric or number.MISSING for one in found]),
            grid.Column(
                "best",
                [grid.value(best and fields.value(Field("metric", best.experiment.metric or "", "best"), best)) for best in bests],
                right=True,
                whole=True,
            ),
            grid.Column("best run", [best.run.title if best else number.MISSING for best in bests]),
        ]
    )


def _statuses(experiment: ExperimentSummary) -> str:
    tally = Counter(run.status or number.MISSING for run in experiment.runs)
    return ", ".join(f"{count} {word}" for word, count in tally.most_common())
