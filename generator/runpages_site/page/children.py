"""Builds the tables of child runs, which the pages of their parents show: the children's metrics, and their means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runpages.format import verdict

from .. import family, goal, select, text
from ..model import ExperimentSummary
from ..text import number
from .components import NONE, fixed


def child_tables(experiment: ExperimentSummary) -> dict[str, Any]:
    """The table of each parent's children, by the place of the parent among the runs.

    ``heads`` are the metrics that the children logged, each with which value it is; ``rows`` have the place of a child
    and its cells, in the order of their start; ``means`` are over the children that completed.
    """
    runs = experiment.runs
    children: dict[int, list[int]] = {}
    for child, parent in sorted(family.parents(runs).items(), reverse=True):  # The newest run comes first.
        children.setdefault(parent, []).append(child)
    return {str(parent): _table(experiment, places) for parent, places in children.items()}


def _table(experiment: ExperimentSummary, places: Sequence[int]) -> Mapping[str, Any]:
    runs = [experiment.runs[place] for place in places]
    known = select.metrics(runs, experiment.metric)
    names = known[: select.METRIC_COLUMNS]
    contest = goal.Contest(runs)
    heads, columns, means = [], [], []
    for name in names:
        aim = goal.of_metric(experiment, name)
        values = [goal.aggregate(run.metrics.get(name), aim.aggregate) for run in runs]
        heads.append((text.brief(name), aim.label))
        columns.append([cell.text for cell in fixed(values)])
        means.append(_mean([float(value) for value in contest.values(name, aim.aggregate) if value is not None]))
    return {
        "heads": heads,
        "rows": [(place, [column[row] for column in columns]) for row, place in enumerate(places)],
        "means": means,
        "rest": f"{len(names)} of {number.plural(len(known), 'metric')}" if len(names) < len(known) else "",
    }


def _mean(values: Sequence[float]) -> str:
    """The mean and, of two values or more, the standard deviation (n − 1)."""
    if not values:
        return NONE
    decimals, spread = number.column(values), verdict.spread(values)
    mean = number.fixed(spread.mean, decimals)
    return mean if len(values) == 1 else f"{mean} ± {number.fixed(spread.sd, decimals)}"
