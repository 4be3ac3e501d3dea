"""What is new in a workspace: the runs that were found, beside what the last build noted of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from runpages.format import layout
from runpages.format.discovery import Found, RunFolder

from .packed import KEY, NO_NAMES, FoundIn, FoundRuns, Names
from .write.build_cache import ExperimentNote, State
from .write.run_notes import RunNote, RunNotes

NEW, FILES, LIVENESS, ALL = "new", "its files changed", "its state changed", "settings, theme or version changed"
AGAIN = "the last build could not make all of its page"
"""Why a run is rendered."""

_REASONS = (NEW, FILES, LIVENESS, ALL, AGAIN)

Run = tuple[str, str]
"""The folders of an experiment and of a run."""


class Reasons(Mapping[str, str]):
    """Why runs are rendered, by their folders, which are spelled when they are asked for."""

    def __init__(self, runs: FoundRuns, places: bytes) -> None:
        """``places`` are those of the reasons, one for each run."""
        self._runs, self._places = runs, places

    @cached_property
    def _by_path(self) -> dict[str, str]:
        return {run.path: _REASONS[place] for run, place in zip(self._runs, self._places, strict=True)}

    def __getitem__(self, path: str) -> str:
        return self._by_path[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_path)

    def __len__(self) -> int:
        # Runs of one file have one path.
        return len(self._by_path) if any(part.unusual for part in self._runs.parts) else len(self._runs)


class Changes(NamedTuple):
    """What a build has to do."""

    runs: Sequence[RunFolder]
    """To be rendered."""
    why: Mapping[str, str]
    """The reason, by the folder of the run."""
    gone: dict[str, list[str]]
    """Runs that are no more, by experiment."""
    there: Mapping[str, Sequence[str]]
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
    runs, places = FoundRuns(), bytearray()
    for part in FoundRuns.of(found.runs).parts:
        note = state.experiments.get(part.experiment)
        if note is None:
            runs.add(part)
            places += bytes([_REASONS.index(NEW)]) * len(part.newest)
        else:
            reasons = dict(_reasons(part, note.runs, note.key == keys[part.experiment], still_shows))
            runs.add(part.at([*reasons]))
            places += bytes(map(_REASONS.index, reasons.values()))
    there = names_of(found, kept)
    gone = {
        experiment: missing
        for experiment, note in state.experiments.items()
        if (missing := lost(note.runs, there.get(experiment, NO_NAMES)))
    }
    busy = {part.experiment for part in runs.parts}.union(gone)
    experiments = [name for name in there if name in busy or _changed(state.experiments.get(name), stamps.get(name))]
    dropped = [name for name in state.experiments if name not in there]
    why = Reasons(runs, bytes(places))
    return Changes(runs, why, gone, there, experiments, dropped, home != state.home or bool(experiments or dropped))


def names_of(found: Found, kept: Collection[Run]) -> dict[str, Names]:
    """The names of the runs that are there, sorted."""
    there = dict.fromkeys(sorted({*found.experiments, *(experiment for experiment, _ in kept)}), NO_NAMES)
    more: dict[str, list[str]] = {}
    for experiment, name in kept:
        more.setdefault(experiment, []).append(name)
    for part in FoundRuns.of(found.runs).parts:
        if there[part.experiment]:
            more.setdefault(part.experiment, []).extend(part.names)
        else:
            there[part.experiment] = part.names.sorted()
    return there | {experiment: Names.of(sorted([*there[experiment], *names])) for experiment, names in more.items()}


def lost(before: RunNotes, there: Names) -> list[str]:
    """The runs that are not there any more."""
    return [] if before.names == there else sorted(set(before.names).difference(there))


def _reasons(
    part: FoundIn, notes: RunNotes, is_same: bool, still_shows: Callable[[Mapping[str, Any]], bool]
) -> Iterator[tuple[int, str]]:
    """Why runs of an experiment are rendered, by their rows; ``is_same`` says whether it has the same settings."""
    suspects = _suspects(part, notes) if is_same and part.names == notes.names else None
    runs = enumerate(part.runs()) if suspects is None else ((row, part.run(row)) for row in suspects)
    for row, run in runs:
        if reason := _reason(run, notes.get(run.name), is_same, still_shows):
            yield row, reason


def _suspects(part: FoundIn, notes: RunNotes) -> list[int]:
    """The rows of runs with the names of those that were noted which may have to be rendered: mostly a few."""
    found = {*part.unusual, *(row for name in notes.unusual if (row := part.names.row(name)) is not None)}
    if part.keys != notes.digests:
        places = range(0, len(part.keys), KEY)
        found.update(at // KEY for at in places if part.keys[at : at + KEY] != notes.digests[at : at + KEY])
    return sorted(found)


def _reason(
    run: RunFolder, note: RunNote | None, is_same: bool, still_shows: Callable[[Mapping[str, Any]], bool]
) -> str:
    if note is None:
        return NEW
    if note.faults:
        return AGAIN
    if note.key != run.seen.key:
        return FILES
    if not is_same:
        return ALL
    return LIVENESS if note.live is not None and not still_shows(note.live) else ""


def _changed(note: ExperimentNote | None, stamp: str | None) -> bool:
    """Whether an experiment's own page is new; without a ``stamp`` the workspace says nothing of it."""
    if note is None or note.fault is not None or not note.entry:
        return True
    return stamp is not None and note.stamp != stamp


def places(runs: Iterable[Run]) -> Iterator[str]:
    """Where runs are written to in the site: their pages and their folders."""
    for run in runs:
        yield layout.run_page(*run)
        yield layout.run_files(*run)
