"""Warns of names in the settings that match nothing, and of duplicate run ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from heapq import nsmallest

from runpages.format.layout import RUN, SETTINGS, name_of
from runpages.format.records import Problem

from .. import logged, summaries
from ..logged import Logged
from ..model import ExperimentSummary, RunSummary
from ..text import number
from . import ExperimentSettings, Settings
from .effects import is_experiment_hidden

_NAMED = 3
"""How many of several copies a warning names."""


def unknown_experiments(settings: Settings, names: Collection[str]) -> list[Problem]:
    """A warning for each experiment in the settings that is not in ``names``."""
    return [
        _warning(f"There is no experiment {name!r}", name, names)
        for name in settings.experiments
        if name not in names and not is_experiment_hidden(settings, name)
    ]


def unknown_names(experiment: ExperimentSummary, known: Logged, overrides: ExperimentSettings) -> list[Problem]:
    """A warning for each metric and column in the settings that no run of the experiment has, and for equal views."""
    if not experiment.runs:
        return []
    found: list[Problem] = []
    metrics = summaries.metric_facts(experiment.runs)
    named = [overrides.metric] if overrides.metric is not None else []
    for name in dict.fromkeys([*named, *overrides.goals, *overrides.tolerance]):
        if name not in metrics:
            found.append(_warning(f"No run of {experiment.name!r} shows a metric {name!r}", name, metrics))
    columns = dict.fromkeys(_columns(overrides))
    keys = logged.keys(known) if columns else {}
    for name in columns:
        if logged.key(keys, name) is None and logged.key(keys, name.removeprefix("-")) is None:
            what = f"No run of {experiment.name!r} shows a parameter, metric or tag {name!r}"
            found.append(_warning(what, name, keys))
    names = [view.name for view in overrides.views]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        found.append(
            Problem(SETTINGS, None, f"{experiment.name!r} has several views {name!r}", "All shown", damage=False)
        )
    return found


def _columns(overrides: ExperimentSettings) -> Iterator[str]:
    """The names of columns in the settings of an experiment."""
    yield from overrides.columns
    if overrides.pair_by is not None:
        yield overrides.pair_by
    for view in overrides.views:
        yield from (*view.sort, *view.columns, *view.group)


LARGEST = 3
"""Most runs that are named as those to drop first."""


def too_large(most: int, size: int, runs: Mapping[str, int]) -> Problem:
    """A warning that a site has more than ``most`` megabytes, with the largest of its runs, given with their bytes."""
    first = nsmallest(LARGEST, runs, key=lambda run: (-runs[run], run))
    named = ", ".join(f"{run} ({number.size(runs[run])})" for run in first)
    return Problem(
        SETTINGS,
        None,
        f"The site has {number.size(size)}, more than the {most:,} MB of limits.site, which its host may refuse",
        f"The largest runs, to drop first by hide.runs: {named}",
        damage=False,
    )


def duplicate_ids(runs: Sequence[RunSummary]) -> list[Problem]:
    """A warning for each id shared by runs of an experiment, as after copying a folder."""
    ids = summaries.column(runs, "id")
    if len(set(ids)) == len(runs):
        return []
    counts, by_id = Counter(ids), dict[str, list[str]]()
    for run in runs:
        if counts[run.id] > 1:
            by_id.setdefault(run.id, []).append(_folder(run))
    return [
        Problem(
            folder, None, f"It has the same id {run!r} as {_few(others)}: a copy keeps the id of its original. "
            f'Remove it, or if it is a run of its own, give its {RUN} another "id"', "Both shown", damage=False,
        )
        for run, folders in by_id.items()
        for folder, *others in [sorted(folders, key=lambda folder: (folder == run, folder))]
        if others
    ]  # fmt: skip


def _few(folders: Sequence[str]) -> str:
    more = f" and {number.integer(len(folders) - _NAMED)} more" if len(folders) > _NAMED else ""
    return ", ".join(folders[:_NAMED]) + more


def _folder(run: RunSummary) -> str:
    """The folder name of a run, from the name of its page."""
    place = run.path.rpartition("/")[2].removesuffix(".html")
    return (name_of(place[:-1]) if place.endswith("~") else place) or place


def _warning(what: str, name: str, candidates: Iterable[str]) -> Problem:
    close = get_close_matches(name, sorted(candidates), 1)
    return Problem(SETTINGS, None, what, f"Perhaps {close[0]!r} is meant" if close else "Left out", damage=False)
