"""What the settings name and nothing in the workspace has: most often a name with a letter too few."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from runpages.format.layout import SETTINGS
from runpages.format.records import Problem

from . import select
from .apply import is_experiment_hidden
from .model import ExperimentSummary, RunSummary
from .settings import ExperimentSettings, Settings


def on_experiments(settings: Settings, names: Collection[str]) -> list[Problem]:
    """A remark for each experiment that the settings name and that is none of ``names``."""
    return [
        _remark(f"There is no experiment {name!r}", name, names)
        for name in settings.experiments
        if name not in names and not is_experiment_hidden(settings, name)
    ]


def on_names(experiment: ExperimentSummary, said: ExperimentSettings) -> list[Problem]:
    """A remark for each metric and column that the settings name and no run of the experiment shows."""
    if not experiment.runs:
        return []
    found: list[Problem] = []
    metrics = {name for run in experiment.runs for name in run.metrics}
    for name in dict.fromkeys([*([said.metric] if said.metric is not None else []), *said.goals]):
        if name not in metrics:
            found.append(_remark(f"No run of {experiment.name!r} shows a metric {name!r}", name, metrics))
    columns = {name for run in experiment.runs for name in _names(run)} if said.columns else set()
    for name in said.columns:
        if name not in columns:
            what = f"No run of {experiment.name!r} shows a parameter, metric or tag {name!r}"
            found.append(_remark(what, name, columns))
    return found


def _names(run: RunSummary) -> Iterator[str]:
    yield from select.flatten(run.params)
    yield from run.metrics
    yield from run.tags


def _remark(what: str, name: str, known: Iterable[str]) -> Problem:
    close = get_close_matches(name, sorted(known), 1)
    return Problem(SETTINGS, None, what, f"Perhaps {close[0]!r} is meant" if close else "Left out", damage=False)
