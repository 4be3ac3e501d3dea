"""What is new in a workspace since its site was built: values in, values out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from runpages.format.find import Found, RunFolder

from .notes import ExperimentNote, State

NEW, FILES, LIVENESS, ALL = "new", "its files changed", "its state changed", "settings, theme or version changed"
"""Why a run is rendered."""


class Changes(NamedTuple):
    """What a build has to do."""

    runs: list[RunFolder]
    """To be rendered."""
    why: dict[str, str]
    """The reason, by the folder of the run."""
    gone: dict[str, list[str]]
    """Runs that are no more, by experiment."""
    experiments: list[str]
    """To be indexed, those without runs as well."""
    dropped: list[str]
    """Experiments that are no more."""
    home: bool
    """Whether the home page is new."""

    def __bool__(self) -> bool:
        return bool(self.experiments or self.dropped or self.home)


def compare(
    found: Found,
    state: State,
    *,
    keys: Mapping[str, str],
    stamps: Mapping[str, str],
    home: str,
    still_shows: Callable[[Mapping[str, Any]], bool],
) -> Changes:
    """Compare what was found with what the last build noted.

    ``keys`` and ``stamps`` stand, by experiment, for what its runs' pages and its own page depend on beside the runs,
    ``home`` for the like of the home page. ``still_shows`` says whether a run that had not ended is still what its
    page shows.
    """
    why = {
        run.path: reason
        for run in found.runs
        if (reason := _reason(run, state.experiments.get(run.experiment), keys[run.experiment], still_shows))
    }
    there: dict[str, set[str]] = {experiment: set() for experiment in found.experiments}
    for run in found.runs:
        there[run.experiment].add(run.name)
    gone = {
        experiment: lost
        for experiment, note in state.experiments.items()
        if (lost := [name for name in note.runs if name not in there.get(experiment, ())])
    }
    runs = [run for run in found.runs if run.path in why]
    busy = {run.experiment for run in runs}.union(gone)
    experiments = [
        name for name in found.experiments if name in busy or _changed(state.experiments.get(name), stamps[name])
    ]
    dropped = [name for name in state.experiments if name not in there]
    return Changes(runs, why, gone, experiments, dropped, home != state.home or bool(experiments or dropped))


def _reason(
    run: RunFolder, experiment: ExperimentNote | None, key: str, still_shows: Callable[[Mapping[str, Any]], bool]
) -> str:
    note = experiment.runs.get(run.name) if experiment else None
    if experiment is None or note is None:
        return NEW
    if note.key != run.seen.key:
        return FILES
    if experiment.key != key:
        return ALL
    return LIVENESS if note.live is not None and not still_shows(note.live) else ""


def _changed(note: ExperimentNote | None, stamp: str) -> bool:
    return note is None or note.stamp != stamp
