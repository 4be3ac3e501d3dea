"""What is new in a workspace since its site was built: values in, values out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from runpages.format.find import Found, RunFolder

from .retain import Run
from .write.build_cache import ExperimentNote, State

NEW, FILES, LIVENESS, ALL = "new", "its files changed", "its state changed", "settings, theme or version changed"
AGAIN = "the last build could not make all of its page"
"""Why a run is rendered."""


class Changes(NamedTuple):
    """What a build has to do."""

    runs: list[RunFolder]
    """To be rendered."""
    why: dict[str, str]
    """The reason, by the folder of the run."""
    gone: dict[str, list[str]]
    """Runs that are no more, by experiment."""
    there: dict[str, list[str]]
    """The runs that the site is to have, by experiment: those that were found, and those that are kept."""
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
    kept: Collection[Run],
    still_shows: Callable[[Mapping[str, Any]], bool],
) -> Changes:
    """Compare what was found with what the last build noted.

    ``keys`` and ``stamps`` stand, by experiment, for what its runs' pages and its own page depend on beside the runs,
    ``home`` for the same of the home page. ``kept`` are runs that stay as they are although they were not found.
    ``still_shows`` says whether a run that had not ended is still what its page shows.
    """
    why = {
        run.path: reason
        for run in found.runs
        if (reason := _reason(run, state.experiments.get(run.experiment), keys[run.experiment], still_shows))
    }
    there = _there(found, kept)
    gone = {
        experiment: lost
        for experiment, note in state.experiments.items()
        if (lost := sorted(note.runs.keys() - there.get(experiment, ())))
    }
    runs = [run for run in found.runs if run.path in why]
    busy = {run.experiment for run in runs}.union(gone)
    experiments = [name for name in there if name in busy or _changed(state.experiments.get(name), stamps.get(name))]
    dropped = [name for name in state.experiments if name not in there]
    return Changes(runs, why, gone, there, experiments, dropped, home != state.home or bool(experiments or dropped))


def _there(found: Found, kept: Collection[Run]) -> dict[str, list[str]]:
    there: dict[str, list[str]] = {
        name: [] for name in sorted({*found.experiments, *(experiment for experiment, _ in kept)})
    }
    for run in found.runs:
        there[run.experiment].append(run.name)
    for experiment, name in kept:
        there[experiment].append(name)
    return {experiment: sorted(names) for experiment, names in there.items()}


def _reason(
    run: RunFolder, experiment: ExperimentNote | None, key: str, still_shows: Callable[[Mapping[str, Any]], bool]
) -> str:
    note = experiment.runs.get(run.name) if experiment else None
    if experiment is None or note is None:
        return NEW
    if note.faults:
        return AGAIN
    if note.key != run.seen.key:
        return FILES
    if experiment.key != key:
        return ALL
    return LIVENESS if note.live is not None and not still_shows(note.live) else ""


def _changed(note: ExperimentNote | None, stamp: str | None) -> bool:
    """Whether an experiment's own page is new; without a ``stamp`` the workspace says nothing of it."""
    if note is None or note.fault is not None or not note.entry:
        return True
    return stamp is not None and note.stamp != stamp
