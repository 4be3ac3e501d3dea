"""Finds the runs of a workspace: a run is exactly ``<experiment>/<run>/`` with ``run.json`` or ``metrics*.csv``."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from shlex import quote
from typing import Any, NamedTuple

from . import layout
from .stray_files import copy_of, is_leftover

METRICS = f"{layout.METRICS}.csv"
_OTHER_ENDINGS = frozenset(f"{layout.METRICS}.{ending}" for ending in ("tsv", "txt", "dat", "tab"))

OF_SACRED = frozenset([layout.RUN, "config.json", "cout.txt"])
"""The files of a run of Sacred, whose ``run.json`` is another one than ours."""


class RunFolder(NamedTuple):
    """A folder that is a run: the names of the experiment's folder and of its own, and the path.

    ``seen`` is what the look at it gave.
    """

    experiment: str
    name: str
    path: str
    seen: Any = True


class Found(NamedTuple):
    """What a workspace holds; ``hints`` are sentences about runs that lie in a wrong place.

    ``notes`` are what a tool keeps of experiments beside their runs, in Markdown, by the names in ``experiments``.
    """

    experiments: list[str]
    runs: Sequence[RunFolder]
    hints: list[str]
    notes: Mapping[str, str] = {}


def find(
    workspace: str,
    *,
    skip: Collection[str] = (),
    probe: Callable[[str], object] | None = None,
    only: Collection[str] | None = None,
    collect: Callable[[Iterator[RunFolder]], Sequence[RunFolder]] = list,
) -> Found:
    """Walk a workspace, sorted by name. ``skip`` holds absolute paths that are no part of it, such as the site.

    ``probe`` is called once for each folder that may be a run, and gives nothing for one that is none: by default
    ``is_run``. ``only`` names the folders of the experiments to walk. ``collect`` keeps the runs, which may be many.
    """
    found = Found([], [], [])
    if is_run(workspace):
        parent = os.path.join(os.path.dirname(os.path.abspath(workspace)), "…")
        found.hints.append(
            f"{workspace} is itself a run. A workspace holds <experiment>/<run>/; build the folder above: {parent}"
        )
        return found
    experiments = [
        one for one in _folders(workspace, skip) if one.name != layout.REPORTS and (only is None or one.name in only)
    ]
    return found._replace(runs=collect(_walk(experiments, found, skip, probe or is_run)))


def _walk(
    experiments: Sequence[os.DirEntry[str]], listing: Found, skip: Collection[str], probe: Callable[[str], object]
) -> Iterator[RunFolder]:
    """The runs in some folders, of which those that are experiments, and the hints, are added to the listing."""
    for experiment in experiments:
        if is_run(experiment.path):
            listing.hints.append(_too_high(os.path.dirname(experiment.path), experiment.name))
            continue
        is_there = False
        for run in _runs(experiment, listing.hints, skip, probe):
            is_there = True
            yield run
        if is_there or os.path.isfile(os.path.join(experiment.path, layout.EXPERIMENT)):
            listing.experiments.append(experiment.name)


def is_run(folder: str) -> bool:
    """Whether a folder holds ``run.json`` or ``metrics*.csv``."""
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    return is_run_by(names)


def is_run_by(names: Iterable[str]) -> bool:
    """Whether a folder in which these names are is a run."""
    return any(name == layout.RUN or (name.startswith(layout.METRICS) and name.endswith(".csv")) for name in names)


def _runs(
    experiment: os.DirEntry[str], hints: list[str], skip: Collection[str], probe: Callable[[str], object]
) -> Iterator[RunFolder]:
    deep: list[os.DirEntry[str]] = []
    for entry in _folders(experiment.path, skip, hints):
        seen = probe(entry.path)
        if seen:
            yield RunFolder(experiment.name, entry.name, entry.path, seen)
            continue
        deeper = next((below for below in _folders(entry.path, hints=hints) if is_run(below.path)), None)
        if deeper is not None:
            deep.append(deeper)
        elif (command := _renamed(entry.path)) is not None:
            hints.append(f"{entry.path} would be a run if one of its files had the right name: {command}")
    if deep:
        hints.append(_too_deep(experiment.path, deep))


def _too_deep(experiment: str, runs: Sequence[os.DirEntry[str]]) -> str:
    first, build = runs[0], f"build {experiment} as a workspace: runpages build {quote(experiment)}"
    if len(runs) > 1:
        return f"{first.path} and {len(runs) - 1} more look like runs one level too deep; {build}"
    return (
        f"{first.path} looks like a run one level too deep. A run lies in <experiment>/<run>/: "
        f"move it to {os.path.join(experiment, first.name)}, or {build}"
    )


def _renamed(folder: str) -> str | None:
    """The command that makes a folder a run whose file has a name of another system, or that of a copy."""
    try:
        names = sorted(name for name in os.listdir(folder) if os.path.isfile(os.path.join(folder, name)))
    except OSError:
        return None
    for name in names:
        path = quote(os.path.join(folder, name))
        if name == f"{METRICS}.gz":
            return f"gunzip {path}"
        known = name.lower() if name.lower() in (layout.RUN, METRICS) else copy_of(name)
        if known == METRICS or known == layout.RUN or name.lower() in _OTHER_ENDINGS:
            return f"mv {path} {quote(os.path.join(folder, known or METRICS))}"
    return None


def _too_high(workspace: str, name: str) -> str:
    here = os.path.join(workspace, name)
    folder = os.path.join(workspace, "default")
    return (
        f"{here} looks like a run one level too high. A run lies in <experiment>/<run>/: "
        f"mkdir -p {quote(folder)} && mv {quote(here)} {quote(os.path.join(folder, name))}"
    )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir() and not (entry.is_symlink() and _leads_above(entry.path))
    except OSError:  # A link that leads to itself.
        return False


def _leads_above(link: str) -> bool:
    """Whether a link leads to a folder that it is in, in which there would be no end."""
    target, here = os.path.realpath(link), os.path.realpath(os.path.dirname(link))
    return os.path.join(here, "").startswith(os.path.join(target, ""))


def _folders(path: str, skip: Collection[str] = (), hints: list[str] | None = None) -> list[os.DirEntry[str]]:
    """The folders in a folder, sorted, without hidden ones and those to skip.

    A folder that may not be listed gets one of the ``hints``.
    """
    try:
        with os.scandir(path) as entries:
            folders = [
                entry
                for entry in entries
                if not entry.name.startswith(".") and _is_folder(entry) and not is_leftover(entry.name, (), kept=True)
            ]
    except OSError as error:
        if hints is not None and isinstance(error, PermissionError):
            hints.append(f"{path} cannot be read: {error.strerror}. What is in it is not shown")
        return []
    if skip:
        names = {os.path.basename(path) for path in skip}  # An absolute path for each entry would cost more.
        folders = [entry for entry in folders if entry.name not in names or os.path.abspath(entry.path) not in skip]
    return sorted(folders, key=lambda entry: entry.name)
