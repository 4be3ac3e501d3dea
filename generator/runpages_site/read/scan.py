"""Finds the runs of a workspace, each with a stamp that is taken before anything is read, and their models."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from runpages.format import layout
from runpages.format.discovery import Found, RunFolder, find, is_run
from runpages.format.registered import MODELS, RegisteredModel, documents, read_models

from ..errors import BuildError
from ..packed import FoundRuns
from ..stamp import NO_MODELS, RUN_FOLDER, Models, Stamp
from ..text.number import plural
from . import recognise, source
from .seen import stamp
from .source import Source


class Scanned(NamedTuple):
    """The runs of a workspace, each ``seen`` as its stamp, and whether they are those of other tools.

    ``unread`` says why sources of other tools found no runs in what is theirs.
    """

    found: Found
    is_foreign: bool = False
    unread: Sequence[str] = ()


def source_of(name: str) -> Source:
    """The source that a stamp names."""
    from .run_folder import RunFolders  # A build with nothing new reads no run.

    return RunFolders() if name == RUN_FOLDER else source.load(name)


def scan(
    workspace: Path, site: Path, *, only: Collection[str] = (), reader: str | None = None, listed: Found | None = None
) -> Scanned:
    """Find the runs of a workspace; the site's folder is none of it. What storage has was ``listed`` before.

    ``only`` names experiments or their folders, also by patterns. The sources of other tools' folders are asked only
    where there are no run folders, or if ``reader`` names one. Raises BuildError where there is no workspace, or no
    such experiment, or a source fails or is not there, or the one that is named finds nothing.
    """
    if not workspace.is_dir():
        what = "is a file" if workspace.exists() else "does not exist"
        near = recognise.elsewhere(str(workspace.parent))
        raise BuildError(
            f"no workspace: {workspace} {what}. Log a run first, which creates ./runs, "
            "or name the folder with <experiment>/<run>/"
            + (f". In {workspace.parent.absolute()}: {near}" if near else "")
        )
    if not may_be_listed(workspace):
        raise BuildError(f"{workspace} cannot be read: Permission denied")
    skip = {str(site.absolute()), os.path.realpath(site)}
    folders = _names(workspace) if only else []
    others = _others(workspace, skip, reader) if listed is None else Found([], [], [])
    if others.runs:
        folders = others.experiments
        scanned = Scanned(_restricted(others, _matching(folders, only)) if only else others, True)
    else:
        chosen = frozenset(_matching(folders, only)) if only else None
        if listed is None:
            found = find(str(workspace), skip=skip, probe=stamp, only=chosen, collect=FoundRuns)
        else:
            found = listed if chosen is None else _restricted(listed, chosen)
        hints = [*found.hints, *_settings_beside(workspace)]
        scanned = Scanned(found._replace(hints=hints), unread=others.hints)
    for name in only:
        if not _matching(folders, [name]):
            raise BuildError(f"there is no experiment {name!r} in {workspace}{_known(folders)}")
    return scanned


def may_be_listed(folder: str | Path) -> bool:
    """Whether this user may see what is in a folder."""
    return os.access(folder, os.R_OK | os.X_OK)


def _others(workspace: Path, skip: Collection[str], reader: str | None) -> Found:
    """The runs of other tools in a folder: those of one source, or of all if it has no run folders."""
    if reader == RUN_FOLDER or (reader is None and any(map(_is_ours, _places(workspace)))):
        return Found([], [], [])
    if reader is None:
        return _distinct(source.find(workspace, skip=skip))
    others = _distinct(source.load(reader).find(str(workspace), skip=skip))
    if not others.runs:
        raise BuildError(f"the source {reader!r} finds no runs in {workspace}. Name the folder that has some")
    return others


def _distinct(found: Found) -> Found:
    """What was found, without runs whose place in the site another has, as that of which a folder is a copy does."""
    first: dict[tuple[str, str], RunFolder] = {}
    for run in found.runs:
        first.setdefault(run[:2], run)
    if len(first) == len(found.runs):
        return found
    one, *more = (run for run in found.runs if first[run[:2]] is not run)
    other = f"{first[one[:2]].path} has the same name in the experiment {one.experiment}"
    out = f"and {plural(len(more), 'more run')} are" if more else "is"
    hint = f"{one.path} {out} left out: {other}. To have both, build or convert each folder on its own"
    return found._replace(runs=list(first.values()), hints=[*found.hints, hint])


def refusal(workspace: Path, scanned: Scanned) -> str:
    """Why a folder with such runs is no workspace, and what to do; empty for one that is."""
    if scanned.is_foreign or any(run.seen.files or _is_ours(run.path) for run in scanned.found.runs):
        return ""
    why = recognise.refusal(str(workspace))
    return ". ".join([why, *scanned.unread]) if why else ""


def stamp_of_files(folder: str, names: Collection[str]) -> Stamp:
    """The same of single files, which may be missing."""
    facts, newest = [], 0.0
    for name in names:
        try:
            there = os.stat(os.path.join(folder, name))
            facts.append(f"{name}\0{there.st_size}\0{there.st_mtime_ns}")
            newest = max(newest, there.st_mtime)
        except OSError:
            facts.append(name)
    return Stamp.of("\n".join(facts), newest)


def newest(found: Found, limit: int) -> Found:
    """The last ``limit`` runs of each experiment by the names of their folders, which for ids is by time."""
    by_experiment: dict[str, list[RunFolder]] = {}
    for run in found.runs:
        by_experiment.setdefault(run.experiment, []).append(run)
    return found._replace(runs=[run for runs in by_experiment.values() for run in runs[-limit:]])


def _places(workspace: Path) -> Iterator[str]:
    """The folders of a workspace that may be runs, none looked into before it is asked for.

    Those in an experiment of MLflow are none, which may be so many that to list each of them takes long.
    """
    for above in _folders(str(workspace)):
        if not recognise.is_of_mlflow(above):
            yield from _folders(above)


def _folders(path: str) -> Iterator[str]:
    try:
        with os.scandir(path) as entries:
            yield from (entry.path for entry in entries if not entry.name.startswith(".") and entry.is_dir())
    except OSError:  # What cannot be read is reported by the walk for run folders.
        return


def _is_ours(folder: str) -> bool:
    """Whether a folder is a run folder, and not that of a tool whose files have the same names."""
    return is_run(folder) and not recognise.is_foreign(folder)


def _restricted(found: Found, names: Collection[str]) -> Found:
    return found._replace(
        experiments=[name for name in found.experiments if name in names],
        runs=FoundRuns(run for run in found.runs if run.experiment in names),
    )


def _matching(folders: Collection[str], wanted: Collection[str]) -> set[str]:
    """The folders of experiments that are named as they were logged, as their folders, or by patterns of either."""
    return {
        folder
        for folder in folders
        for name in wanted
        if any(fnmatchcase(one, name) for one in (folder, layout.name_of(folder) or folder))
    }


def _settings_beside(workspace: Path) -> list[str]:
    """The hint for settings beside a workspace that has none: they are not read there."""
    astray, place = workspace.parent / layout.SETTINGS, workspace / layout.SETTINGS
    if place.exists() or not astray.is_file():
        return []
    return [
        f"{astray} is not read: settings belong in the workspace. Move it: mv {quote(str(astray))} {quote(str(place))}"
    ]


def _known(folders: Collection[str]) -> str:
    names = sorted(folders)[:10]
    return f"; it has {', '.join(layout.name_of(name) or name for name in names)}" if names else ""


def _names(workspace: Path) -> list[str]:
    return sorted(entry.name for entry in workspace.iterdir() if entry.is_dir() and not entry.name.startswith("."))


# --- registered models -------------------------------------------------------------------------------


def read_registered(workspace: Path, before: Models, now: float) -> Models:
    """The models of a workspace; ``before`` are those of the last build, which are still right if no document is new.

    ``now`` is in seconds since the epoch.
    """
    paths = [one.path for one in documents(str(workspace), MODELS)]
    if not paths:
        return NO_MODELS
    stamp = stamp_of_files(str(workspace), paths)
    if stamp.key == before.key:
        return before
    models, problems = read_models(str(workspace))
    return Models(stamp.key if stamp.is_sure(now) else "", tuple(models), tuple(problems))


def with_models(found: Found, models: Sequence[RegisteredModel], workspace: Path) -> Found:
    """What was found, each run ``seen`` with the models that come from it, which are part of its key.

    A model names its run by the id and by the name of the experiment, which is its folder's, or in its document.
    """
    if not models:
        return found
    from .run_folder import read_experiment

    by_run: dict[str, list[RegisteredModel]] = {}
    for model in models:
        by_run.setdefault(model.run, []).append(model)

    @cache
    def name_in(folder: str) -> str:
        return read_experiment(str(workspace / folder)).name

    def own(model: RegisteredModel, folder: str) -> bool:
        return layout.file_name(model.experiment) == folder or name_in(folder) == model.experiment

    runs = (
        run._replace(seen=run.seen.with_models(tuple(one for one in by_run[run.name] if own(one, run.experiment))))
        if run.name in by_run
        else run
        for run in found.runs
    )
    return found._replace(runs=FoundRuns(runs))
