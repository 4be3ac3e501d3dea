"""Which published runs stay that a build does not make, and whether it may go on: values in, values out.

A workspace that is not mounted, a fresh machine that holds its own run only, a build of a part: none of them says that
the other runs are no more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from runpages.format import layout
from runpages.format.discovery import Found, RunFolder

from .errors import BuildError
from .text.number import plural

Run = tuple[str, str]
"""The folders of an experiment and of a run."""


class Retention(NamedTuple):
    """How a build treats published runs that it does not make."""

    prune: bool = False
    """Remove them, however many they are."""
    keep: bool = False
    """Keep those that the workspace lacks."""


class Workspace(NamedTuple):
    """The runs of a workspace: all that were found, those that the settings show, those that a build makes."""

    found: frozenset[Run]
    shown: frozenset[Run]
    made: frozenset[Run]
    experiments: frozenset[str] | None
    """The experiments that were looked at; all of them if None."""


def runs_of(folders: Iterable[RunFolder]) -> frozenset[Run]:
    """Runs by the names of their folders."""
    return frozenset((run.experiment, run.name) for run in folders)


def lost(published: Iterable[Run], workspace: Workspace) -> frozenset[Run]:
    """The published runs that the workspace lacks, as far as it was looked at."""
    return frozenset(run for run in published if run not in workspace.found and _looked_at(run, workspace))


def kept(published: Iterable[Run], workspace: Workspace, retention: Retention) -> frozenset[Run]:
    """The published runs that stay as they are."""
    if retention.prune:
        return frozenset()
    return frozenset(run for run in published if run not in workspace.made and _stays(run, workspace, retention))


def check(
    published: Collection[Run], gone: Collection[Run], workspace: Workspace, retention: Retention, name: str
) -> None:
    """Raise BuildError if more is ``gone`` than a build removes unasked: all, or more than half of what is published.

    ``name`` is the workspace as the user named it.
    """
    if not gone or retention.prune or retention.keep:
        return
    if workspace.found and 2 * len(gone) <= len(published):
        return
    holds = f"holds {plural(len(workspace.found), 'run')}" if workspace.found else "holds no run"
    raise BuildError(
        f"{name} {holds}, and lacks {len(gone):,} of the {plural(len(published), 'run')} that the site shows, such as "
        f"{'/'.join(min(gone))}. Nothing was changed. Check that the workspace is the right one, and mounted. "
        "To keep the pages of runs that it lacks: --keep. To remove them: --prune."
    )


def published_in(files: Iterable[str], folders: Mapping[str, str], found: Found) -> frozenset[Run]:
    """The runs that have a page among the files of a site, by their folders in the workspace.

    ``folders`` are those that the site's manifest tells, by their segment of a path.
    """
    known = {layout.run_page(run.experiment, run.name): (run.experiment, run.name) for run in found.runs}
    runs = set()
    for path in files:
        parts = path.split("/")
        if len(parts) == 3 and parts[0] == "e" and parts[2].endswith(".html") and parts[2] != "index.html":
            place = _folder_of(parts[1], folders), _folder_of(parts[2].removesuffix(".html"), folders)
            runs.add(known.get(path, place))
    return frozenset(runs)


def hashed(experiments: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """The folders of experiments and runs whose segment of a site's path does not give them back, by the segment."""
    names = {name for experiment, runs in experiments.items() for name in (experiment, *runs)}
    return {segment: name for name in names if _folder_of(segment := layout.site_segment(name), {}) != name}


def _folder_of(segment: str, folders: Mapping[str, str]) -> str:
    name = layout.name_of(segment.removesuffix("~")) if segment.endswith("~") else segment
    return folders.get(segment, name or segment)


def _looked_at(run: Run, workspace: Workspace) -> bool:
    return workspace.experiments is None or run[0] in workspace.experiments


def _stays(run: Run, workspace: Workspace, retention: Retention) -> bool:
    if run in workspace.found:  # Left out by a limit; what the settings hide goes.
        return run in workspace.shown
    return retention.keep or not _looked_at(run, workspace)
