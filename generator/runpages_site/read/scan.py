"""Which runs a workspace holds, and a stamp of each, taken before anything is read: one walk over the folders."""

from __future__ import annotations

import os
from collections.abc import Collection
from fnmatch import fnmatchcase
from hashlib import blake2b
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from runpages.format import layout
from runpages.format.discovery import Found, RunFolder, find
from runpages.format.files import FOLDERS
from runpages.format.registered import RegisteredModel

from ..errors import BuildError
from ..write.site_folder import apart
from . import recognise

FRESH = 2.0
"""Seconds after its last change in which a file may change again and look the same to a coarse clock."""


class Stamp(NamedTuple):
    """Names, sizes and times of change of all files of a folder, as one key; and the latest of the times.

    The ``models`` that were registered from a run are noted outside its folder, and are part of its key.
    """

    key: str
    newest: float
    models: tuple[RegisteredModel, ...] = ()

    def is_sure(self, now: float) -> bool:
        """Whether a later change would be seen."""
        return abs(now - self.newest) > FRESH

    def with_models(self, models: tuple[RegisteredModel, ...]) -> Stamp:
        """The same with the models of a run."""
        return Stamp(_key(repr((self.key, models))), self.newest, models) if models else self


def scan(workspace: Path, site: Path, *, only: Collection[str] = ()) -> Found:
    """Find the runs of a workspace, each ``seen`` as its stamp; the site's folder is none of it.

    ``only`` names experiments or their folders, also by patterns. Raises BuildError where there is no workspace, or no
    such experiment.
    """
    apart(workspace, site)
    if not workspace.is_dir():
        what = "is a file" if workspace.exists() else "is not there"
        near = recognise.elsewhere(str(workspace.parent))
        raise BuildError(
            f"no workspace: {workspace} {what}. Log a run first, which makes ./runs, "
            "or name the folder that holds <experiment>/<run>/: runpages build FOLDER"
            + (f". Of {workspace.parent.absolute()}: {near}" if near else "")
        )
    wanted = {name: _folders_of(workspace, name) for name in only}
    for name, folders in wanted.items():
        if not folders:
            raise BuildError(f"there is no experiment {name!r} in {workspace}{_known(workspace)}")
    chosen = frozenset(folder for folders in wanted.values() for folder in folders) if only else None
    found = find(str(workspace), skip={str(site.absolute()), os.path.realpath(site)}, look=stamp, only=chosen)
    return found._replace(hints=[*found.hints, *_settings_beside(workspace)])


def refusal(workspace: Path, found: Found) -> str:
    """Why a folder with such runs is no workspace, and what to do; empty for one that is."""
    return recognise.refusal(str(workspace)) if recognise.are_foreign(found.runs) else ""


def stamp(folder: str) -> Stamp | None:
    """The stamp of a run's folder; None for a folder that is no run."""
    facts: list[str] = []
    newest, below = 0.0, [""]
    while below:  # Folders may be nested deeper than Python calls itself.
        newest = max(newest, _facts(folder, below.pop(), facts, below))
    if not any(map(_makes_a_run, facts)):
        return None
    facts.sort()
    return Stamp(_key("\n".join(facts)), newest)


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
    return Stamp(_key("\n".join(facts)), newest)


def newest(found: Found, limit: int) -> Found:
    """The last ``limit`` runs of each experiment by the names of their folders, which for ids is by time."""
    by_experiment: dict[str, list[RunFolder]] = {}
    for run in found.runs:
        by_experiment.setdefault(run.experiment, []).append(run)
    return found._replace(runs=[run for runs in by_experiment.values() for run in runs[-limit:]])


def _facts(folder: str, prefix: str, facts: list[str], below: list[str]) -> float:
    """Note the files of a folder of a run; returns the latest time, and adds the folders in it to those ``below``."""
    newest = 0.0
    try:
        with os.scandir(f"{folder}/{prefix}") as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if prefix or entry.name in FOLDERS:
                        below.append(f"{prefix}{entry.name}/")
                    elif not entry.name.startswith("."):
                        facts.append(f"{entry.name}/\0")  # Reported, but not searched.
                elif not (entry.name[0] == "." and entry.name.endswith(".tmp")):  # What has no name yet.
                    newest = max(newest, _note(entry, prefix, facts))
    except OSError:
        facts.append(f"{prefix}\0")
    return newest


def _note(entry: os.DirEntry[str], prefix: str, facts: list[str]) -> float:
    try:
        there = entry.stat()
    except OSError:
        facts.append(f"{prefix}{entry.name}\0")
        return 0.0
    facts.append(f"{prefix}{entry.name}\0{there.st_size}\0{there.st_mtime_ns}")
    return there.st_mtime


def _makes_a_run(fact: str) -> bool:
    name = fact.partition("\0")[0]
    return name == layout.RUN or (name.startswith(layout.METRICS) and name.endswith(".csv") and "/" not in name)


def _key(facts: str) -> str:
    return blake2b(facts.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _folders_of(workspace: Path, name: str) -> set[str]:
    """The folders of an experiment that is named as it was logged, as its folder, or by a pattern of either."""
    return {
        folder
        for folder in _names(workspace)
        if any(fnmatchcase(one, name) for one in (folder, layout.name_of(folder) or folder))
    }


def _settings_beside(workspace: Path) -> list[str]:
    """The hint for settings that lie beside a workspace which has none, where nobody reads them."""
    astray, place = workspace.parent / layout.SETTINGS, workspace / layout.SETTINGS
    if place.exists() or not astray.is_file():
        return []
    return [
        f"{astray} is not read: settings lie in the workspace. Move it: mv {quote(str(astray))} {quote(str(place))}"
    ]


def _known(workspace: Path) -> str:
    names = _names(workspace)
    return f"; it holds {', '.join(layout.name_of(name) or name for name in names[:10])}" if names else ""


def _names(workspace: Path) -> list[str]:
    return sorted(entry.name for entry in workspace.iterdir() if entry.is_dir() and not entry.name.startswith("."))
