"""``runpages best``: find the best runs of an experiment."""

from __future__ import annotations

from collections.abc import Sequence

import click

from .. import goal
from ..goal import Goal
from ..model import ExperimentSummary
from ..query.columns import Columns, Field, Row, cell, ordered, value_of
from ..text import grid, number
from .arguments import Refusal
from .output import goal_in_words, json_option, print_json, print_line, print_table, run_document, runs_column
from .runs import closest, differing, query_option, read_experiments, root_option, selected

NONE = 1
"""Exit code if no run has a result."""


@click.command("best")
@click.argument("experiment")
@click.argument("metric", required=False)
@click.option("-g", "--goal", "better", type=click.Choice(["min", "max"]),
              help="What is better. Default: by the settings, the runs, or the metric's name.")  # fmt: skip
@click.option("--by", "which", type=click.Choice(["best", "last"]), default="best", show_default=True,
              help="Compare the best or the last value of each run; the order often differs.")  # fmt: skip
@click.option("-n", "--limit", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
              help="The N best runs.")  # fmt: skip
@query_option
@json_option
@root_option
def command(
    experiment: str, metric: str | None, *, better: str | None, which: str, limit: int, query: str | None,
    as_json: bool, root: str | None,
) -> None:  # fmt: skip
    """Find the best run of EXPERIMENT by METRIC (default: its main metric).

    \b
      runpages best digits-mlp
      runpages best digits-mlp val/loss --by last --limit 5

    Runs compete if they are completed or have no status, and children only if no run above them has the metric, as on
    the pages.

    \b
    Exit codes:
      0  found
      1  no run competes
      2  no such experiment or metric, a mistake in the query, or nothing says what is better
    """
    [found] = read_experiments(root, experiment)
    rows, known = selected([found], query)
    name = metric if metric is not None else found.metric
    if name is None:
        raise Refusal(f"the runs of {experiment} have no metric with a number; runpages ls {experiment} lists them")
    if name not in known.metrics:
        raise Refusal(f"no run of {experiment} has a metric {name!r}. {closest(name, known.metrics)}")
    aim = Goal(better) if better else goal.of_metric(found, name)
    if aim.better is None:
        raise Refusal(f"nothing says whether a higher or a lower {name} is better; add --goal min or --goal max")
    ranking = known.get("metric", name, aim.better if which == "best" else "last")
    chosen = _ranked(found, rows, ranking, aim.better)[:limit]
    if as_json:
        runs = [{**run_document(row), "value": value_of(ranking, row)} for row in chosen]
        goals = {"metric": name, "goal": aim.better, "assumed": aim.assumed, "by": which}
        print_json("best", {"experiment": found.name, **goals, "runs": runs})
    elif chosen:
        of_runs = f"{number.plural(len(rows), 'run')} of {found.name}"
        print_line(f"Best of {of_runs} by {'the last ' if which == 'last' else ''}{name} ({goal_in_words(aim)})")
        _print(chosen, known, ranking._replace(which=aim.better), goal.label(aim.better))
    else:
        click.echo("No run competes: none is completed and has a number for the metric")
    raise SystemExit(0 if chosen else NONE)


def _ranked(experiment: ExperimentSummary, rows: Sequence[Row], ranking: Field, better: str) -> list[Row]:
    """The runs that compete, the best first; of equals the newest."""
    values = goal.Contest(experiment.runs).values(ranking.column.name, ranking.which)
    competing = {run.path for run, known in zip(experiment.runs, values, strict=True) if known is not None}
    # One that ended in nan has a last number before it, which is not its last value.
    with_value = [row for row in rows if row.run.path in competing and not isinstance(cell(ranking, row), str)]
    return ordered(with_value, [(ranking, better == "max")])


def _print(chosen: Sequence[Row], known: Columns, best: Field, word: str) -> None:
    """The runs with both values that could have ranked them, and the parameters in which they differ from others."""
    # The id last: that is what a narrow terminal can do without.
    columns = [*(known.get("param", name) for name in differing(chosen[0].experiment)), known.get("run", "id")]
    print_table(
        [
            grid.Column("run", [row.run.title for row in chosen]),
            runs_column(best, chosen)._replace(name=word),
            runs_column(best._replace(which="last"), chosen)._replace(name="last"),
            *(runs_column(one, chosen) for one in columns),
        ],
        lambda at, place: {"bold": at == 0},
        "runpages show RUN has all values",
    )
