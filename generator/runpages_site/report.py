"""What a build says at its end: what it did, how long that took, and the problems."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from runpages.format import layout
from runpages.format.records import Problem

from .changes import Run
from .errors import Fault
from .plan import Plan
from .write.build_cache import State

if TYPE_CHECKING:  # Loaded where there is something to render.
    from .examine import Examined


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did, and the problems by the folder of the run; hints are about runs that lie in a wrong place."""

    site: Path
    runs: int
    experiments: int
    rendered: Mapping[str, str]
    """Why a run was rendered, by its folder."""
    gone: int
    """Runs that are no more."""
    changed: int
    removed: int
    bytes: int
    seconds: float
    phases: Mapping[str, float]
    problems: Mapping[str, Sequence[Problem]]
    faults: Mapping[str, Sequence[Fault]]
    """Program errors, by the folder of the run, of the experiment, or of the workspace for the home page."""
    hints: Sequence[str]
    examined: Examined | None = None
    """What would become public, of a dry run."""
    url: str = ""
    """Of a site in storage, whose folder is a temporary one."""

    @property
    def damaged(self) -> bool:
        """True if any run had unreadable data, or lies in a folder where it is not picked up."""
        return bool(self.hints) or any(problem.damage for found in self.problems.values() for problem in found)


@dataclass(slots=True)
class Clock:
    """The seconds of each phase."""

    began: float = field(default_factory=time.perf_counter)
    phases: dict[str, float] = field(default_factory=dict)

    def ended(self, phase: str) -> None:
        """Note the seconds since the end of the phase before."""
        self.phases[phase] = round(self.seconds - sum(self.phases.values()), 4)

    @property
    def seconds(self) -> float:
        """The seconds since the build began."""
        return time.perf_counter() - self.began


def report_of(
    found: Plan, state: State, faults: Mapping[str, Sequence[Fault]], folder: Path, clock: Clock,
    changed: int = 0, removed: int = 0,
) -> Report:  # fmt: skip
    """What a build reports of a site as it is now; ``faults`` are those of this build."""
    problems: dict[str, Sequence[Problem]] = {}
    known: dict[str, Sequence[Fault]] = {}
    # Few runs have any, and to spell the path of each takes longer than to look.
    bad = {
        name: sorted(item for item in experiment.runs.unusual.items() if item[1].problems or item[1].faults)
        for name, experiment in state.experiments.items()
    }
    paths = _paths(found, {(name, run) for name, runs in bad.items() for run, _ in runs})
    for name, experiment in state.experiments.items():
        place = found.workspace / name
        for run, note in bad[name]:
            path = paths.get((name, run), str(place / run))
            problems |= {path: note.problems} if note.problems else {}
            known |= {str(place / run): note.faults} if note.faults else {}
        if experiment.problems:
            problems[str(place)] = experiment.problems
        if experiment.fault is not None:
            known[str(place)] = (experiment.fault,)
    size = state.bytes + sum(one.bytes + one.runs.size for one in state.experiments.values())
    remarks = _remarks(found, state)
    if size > found.settings.limits.site * 1_000_000:
        from .settings.warnings import too_large

        # The names of published folders hold no secrets; what looks for those takes longer to load than the report.
        remarks = [*remarks, too_large(found.settings.limits.site, size, _sizes(state))]
    if remarks:
        problems[str(found.workspace / layout.SETTINGS)] = remarks
    if found.models.problems:
        problems[str(found.workspace)] = found.models.problems
    for where, secrets in found.secrets.items():
        problems[where] = [*problems.get(where, ()), *(one.problem() for one in secrets)]
    return Report(
        site=folder,
        runs=sum(len(one.runs) - len(one.runs.hidden) for one in state.experiments.values()),
        experiments=len(state.experiments),
        rendered=found.changes.why,
        gone=sum(map(len, found.changes.gone.values())),
        changed=changed,
        removed=removed,
        bytes=size,
        seconds=clock.seconds,
        phases=clock.phases,
        problems=problems,
        faults={**known, **faults},
        hints=found.found.hints,
    )


def _remarks(found: Plan, state: State) -> list[Problem]:
    """What is wrong in the settings and beside the runs, without secrets."""
    remarks = [problem for note in state.comparisons.values() for problem in note.problems]
    remarks += found.site.citation.problems if found.site.citation else ()
    if found.settings.experiments and not found.partial:
        from .settings.warnings import unknown_experiments

        kept = {name for folder, note in state.experiments.items() for name in (folder, note.entry.get("name", ""))}
        remarks += unknown_experiments(found.settings, kept.union(*found.names.values()))
    if remarks:
        from .gate import masked_value, policy_of

        return masked_value(remarks, policy_of(found.settings))
    return remarks


def _paths(found: Plan, runs: Collection[Run]) -> dict[Run, str]:
    """The paths of some runs; runs of one file each may have one path, which is that of the last."""
    if not runs:
        return {}
    wanted = {run.path for run in found.found.runs if run[:2] in runs}
    by_path = {run.path: run[:2] for run in found.found.runs if run.path in wanted}
    return {run: path for path, run in by_path.items() if run in runs}


def _sizes(state: State) -> dict[str, int]:
    """The bytes of each run with a page."""
    notes = ((f"{name}/{run}", note) for name, one in state.experiments.items() for run, note in one.runs.items())
    return {run: note.bytes for run, note in notes if note.shown}
