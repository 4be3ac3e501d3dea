"""Converts runs of other tools into run folders of a workspace, each whole or not at all; nothing is overwritten.

What each run looked like is noted in the state of the workspace, by which a run that has changed since is known.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

from runpages.format import layout, status
from runpages.format.discovery import RunFolder
from runpages.format.document import decode, encode_line, mapping
from runpages.format.files import read_file
from runpages.format.records import Problem

from ..errors import BuildError
from ..read.scan import refusal, scan
from ..read.source import SourceFault
from .run_format import put_run
from .site_folder import locked

CONVERTING = "converting"
"""The folder in a workspace's state where a run is written before it gets its place; a killed command leaves it."""

CONVERTED = "converted.jsonl"
"""The file in a workspace's state with a line for each run that was converted: its name and the key of its stamp."""


@dataclass(slots=True)
class Converted:
    """The runs, each as ``<experiment>/<run>`` in the workspace.

    ``there`` were converted before; ``changed`` are those that have changed since. ``problems`` has what of a run could
    not be read or carried over, and ``refused`` why a run was not converted.
    """

    new: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    problems: dict[str, Sequence[Problem]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    hints: Sequence[str] = ()


def convert(
    source: Path, workspace: Path, *, now: float, reader: str | None = None, update: bool = False,
    dry_run: bool = False, progress: Callable[[int, int], None] = lambda done, total: None,
) -> Converted:  # fmt: skip
    """Write the runs of a folder into a workspace, as run folders with the same names.

    What another one has is left as it is, so after an interruption the same call goes on. With ``update`` runs that
    have changed since are converted again, and what they were is in the trash of the workspace. With ``dry_run``
    nothing is read of the runs and nothing written: ``new`` are those that are not there. Raises BuildError where there
    are no runs of other tools, or the workspace has some, or another command converts into it, and OSError where it
    cannot be written.
    """
    if os.path.realpath(workspace) == os.path.realpath(source):
        raise BuildError(f"{workspace} is the folder of the runs. Name another one for the run folders")
    scanned = scan(source, workspace, reader=reader)
    if not scanned.is_foreign:
        raise BuildError(refusal(source, scanned) or _ours(source, scanned.found.runs))
    state = workspace / layout.STATE
    if workspace.is_dir() and not (state / CONVERTED).exists() and scan(workspace, source).is_foreign:
        raise BuildError(f"{workspace} has runs of other tools. Name another folder for the run folders")
    done = Converted(hints=scanned.found.hints)
    known = _noted(state)
    if dry_run:
        for run in scanned.found.runs:
            _look(run, workspace, known, done, update=update)
        return done
    state.mkdir(parents=True, exist_ok=True)
    with locked(state, workspace):
        side = state / CONVERTING
        shutil.rmtree(side, ignore_errors=True)
        try:
            for at, run in enumerate(scanned.found.runs, 1):
                if _look(run, workspace, known, done, update=update):
                    _convert(run, workspace, side, done, now)
                progress(at, len(scanned.found.runs))
        finally:
            shutil.rmtree(side, ignore_errors=True)
    return done


def _ours(source: Path, runs: Sequence[RunFolder]) -> str:
    if not runs:
        return f"{source} has no runs that could be converted. Name the folder that another tool writes its runs to"
    return f"{source} has run folders already, such as {runs[0].path}: runpages build {quote(str(source))}"


def _name(run: RunFolder) -> str:
    """Where a run goes in the workspace; folders that no workspace has, such as hidden ones, are spelled."""
    parts = (run.experiment, run.name)
    return "/".join(
        f"~{ord(part[0]):02x}{part[1:]}" if part.startswith(".") or part == layout.REPORTS else part for part in parts
    )


def _noted(state: Path) -> dict[str, str]:
    """The key of the stamp of each run when it was converted last."""
    found = dict[str, str]()
    with suppress(OSError):
        for line in read_file(state / CONVERTED).splitlines():
            with suppress(ValueError):
                noted = mapping(decode(line))
                found[str(noted.get("run"))] = str(noted.get("stamp"))
    return found


def _look(run: RunFolder, workspace: Path, known: Mapping[str, str], done: Converted, *, update: bool) -> bool:
    """Whether a run is to be converted; notes what became of it."""
    name = _name(run)
    place = workspace / name
    if not os.path.lexists(place):
        done.new.append(name)
        return True
    source: object = None
    with suppress(OSError, ValueError):
        source = mapping(mapping(decode(read_file(place / layout.RUN))).get("properties")).get("Source")
    if source is None:
        done.refused[name] = f"{place} is there and was not converted. Move it away, or name another workspace"
        return False
    if known.get(name, run.seen.key) == run.seen.key:
        done.there.append(name)
        return False
    done.changed.append(name)
    if not update:
        done.there.append(name)
        return False
    done.new.append(name)
    return True


def _convert(run: RunFolder, workspace: Path, side: Path, done: Converted, now: float) -> None:
    """Write a run aside, then give it its place."""
    name, folder = _name(run), side / "run"
    try:
        record = put_run(run, str(folder), now=now)
    except SourceFault as error:
        done.refused[name] = str(error)
    else:
        if record.status in status.ACTIVE:
            done.refused[name] = f"It is still {record.status}. Convert it when it has ended"
        else:
            (workspace / name).parent.mkdir(exist_ok=True)
            if not os.path.lexists(workspace / name) or _moved_to_trash(workspace, name, done):
                os.rename(folder, workspace / name)
                with open(side.parent / CONVERTED, "ab") as file:
                    file.write(encode_line({"run": name, "stamp": run.seen.key}))
                if record.problems:
                    done.problems[name] = list(record.problems)
                return
    done.new.remove(name)
    shutil.rmtree(folder, ignore_errors=True)


def _moved_to_trash(workspace: Path, name: str, done: Converted) -> bool:
    """Move a run that was converted before to the trash; False, and the reason, where one of its name is there."""
    target = workspace / layout.TRASH / name
    if os.path.lexists(target):
        done.refused[name] = f"{target} already exists; empty the trash with runpages clean --trash"
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    os.rename(workspace / name, target)
    return True
