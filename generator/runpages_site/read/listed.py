"""Finds the runs of a workspace in a listing of its files, where storage has no folders to walk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from runpages.format import layout
from runpages.format.discovery import Found, RunFolder, is_run_by
from runpages.format.files import FOLDERS
from runpages.format.stray_files import is_leftover

from ..stamp import Listed, Stamp


class Sorted(NamedTuple):
    """The files of a workspace: those that are in no run, and those of the folders two levels down."""

    beside: list[Listed]
    runs: Mapping[tuple[str, str], list[Listed]]
    """By the folders of experiment and run; the paths are relative to the run."""


def by_run(files: Iterable[Listed]) -> Sorted:
    """Sort the files of a workspace, without hidden folders; those of the workspace itself count as beside."""
    beside: list[Listed] = []
    runs: dict[tuple[str, str], list[Listed]] = {}
    for file in files:
        parts = file.path.split("/", 2)
        if len(parts) < 3 or parts[0] == layout.REPORTS or _is_skipped(parts[0]):
            beside.append(file)
        elif not _is_skipped(parts[1]):
            runs.setdefault((parts[0], parts[1]), []).append(file._replace(path=parts[2]))
    return Sorted(beside, runs)


def found_in(files: Sorted, workspace: str, shown: str) -> Found:
    """The runs in sorted files, as ``discovery.find`` gives those in folders, each ``seen`` as its stamp.

    The folder of a run is named as it would lie in the folder ``workspace``; hints name the place that is ``shown``.
    """
    top = {file.path for file in files.beside if "/" not in file.path}
    if is_run_by(top):
        return Found([], [], [f"{shown} is itself a run. A workspace holds <experiment>/<run>/; name the folder above"])
    at_top: dict[str, set[str]] = {}
    for file in files.beside:
        folder, slash, name = file.path.partition("/")
        if slash and folder != layout.REPORTS and not _is_skipped(folder):
            at_top.setdefault(folder, set()).add(name)
    too_high = {folder for folder, names in at_top.items() if is_run_by(names)}
    hints = [
        f"{shown}/{one} looks like a run one level too high: a run lies in <experiment>/<run>/" for one in too_high
    ]
    experiments = {folder for folder, names in at_top.items() if layout.EXPERIMENT in names} - too_high
    runs = []
    for (experiment, name), own in sorted(files.runs.items()):
        if experiment in too_high:
            continue
        if is_run_by(file.path for file in own if "/" not in file.path):
            experiments.add(experiment)
            runs.append(RunFolder(experiment, name, f"{workspace}/{experiment}/{name}", _stamp(own)))
        elif deep := _deep(own):
            build = f"build {shown}/{experiment} as a workspace"
            hints.append(f"{shown}/{experiment}/{name}/{deep} looks like a run one level too deep; {build}")
    return Found(sorted(experiments), runs, sorted(hints))


def _stamp(files: list[Listed]) -> Stamp:
    """The stamp of a run, with the files that are read of it."""
    own = sorted(file for file in files if _is_read(file.path))
    others = sorted({file.path.partition("/")[0] for file in files if not _is_read(file.path)})
    facts = [f"{one.path}\0{one.size}\0{one.time}\0{one.tag}" for one in own] + [f"{name}/\0" for name in others]
    # Where storage names each content, a later change is seen whatever the clocks say.
    newest = max((one.time / 1e9 for one in own if not one.tag), default=0.0)
    return Stamp.of("\n".join(facts), newest)._replace(files=tuple(own))


def _is_read(path: str) -> bool:
    top, slash, _ = path.partition("/")
    name = path.rpartition("/")[2]
    return (not slash or top in FOLDERS) and not (name.startswith(".") and name.endswith(".tmp"))


def _deep(files: list[Listed]) -> str:
    names: dict[str, set[str]] = {}
    for file in files:
        folder, slash, name = file.path.partition("/")
        if slash and "/" not in name:
            names.setdefault(folder, set()).add(name)
    return next((folder for folder, inside in sorted(names.items()) if is_run_by(inside)), "")


def _is_skipped(folder: str) -> bool:
    return folder.startswith(".") or is_leftover(folder, (), kept=True)
