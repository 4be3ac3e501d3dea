"""Converts runs of other tools into run folders of a workspace, each whole or not at all; nothing is overwritten."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

from runpages.format import layout, status
from runpages.format.discovery import RunFolder
from runpages.format.document import decode, mapping
from runpages.format.files import read_file
from runpages.format.records import Problem

from ..errors import BuildError
from ..read.scan import refusal, scan
from ..read.source import SourceFault
from .run_format import put_run
from .site_folder import locked

CONVERTING = "converting"
"""The folder in a workspace's state where a run is written before it gets its place; a killed command leaves it."""


@dataclass(slots=True)
class Converted:
    """The runs, each as ``<experiment>/<run>`` in the workspace.

    ``there`` were converted before. ``problems`` has what of a run could not be read or carried over, and ``refused``
    why a run was not converted.
    """

    new: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    problems: dict[str, Sequence[Problem]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    hints: Sequence[str] = ()


def convert(
    source: Path, workspace: Path, *, now: float, reader: str | None = None, dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Converted:  # fmt: skip
    """Write the runs of a folder into a workspace, as run folders with the same names.

    What another one has is left as it is, so after an interruption the same call goes on. With ``dry_run`` nothing is
    read of the runs and nothing written: ``new`` are those that are not there. Raises BuildError where there are no
    runs of other tools, or another command converts into the workspace, and OSError where it cannot be written.
    """
    scanned = scan(source, workspace, reader=reader)
    if not scanned.is_foreign:
        raise BuildError(refusal(source, scanned) or _ours(source, scanned.found.runs))
    done = Converted(hints=scanned.found.hints)
    if dry_run:
        for run in scanned.found.runs:
            _look(run, workspace, done)
        return done
    state = workspace / layout.STATE
    state.mkdir(parents=True, exist_ok=True)
    with locked(state, workspace):
        side = state / CONVERTING
        shutil.rmtree(side, ignore_errors=True)
        try:
            for at, run in enumerate(scanned.found.runs, 1):
                if _look(run, workspace, done):
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


def _look(run: RunFolder, workspace: Path, done: Converted) -> bool:
    """Whether a run is to be converted; notes what became of it."""
    name = _name(run)
    place = workspace / name
    if not os.path.lexists(place):
        done.new.append(name)
        return True
    known: object = None
    with suppress(OSError, ValueError):
        known = mapping(mapping(decode(read_file(place / layout.RUN))).get("properties")).get("Source")
    if known is None:
        done.refused[name] = f"{place} is there and was not converted. Move it away, or name another workspace"
    else:
        done.there.append(name)
    return False


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
            os.rename(folder, workspace / name)
            if record.problems:
                done.problems[name] = list(record.problems)
            return
    done.new.remove(name)
    shutil.rmtree(folder, ignore_errors=True)
