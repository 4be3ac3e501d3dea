"""Finds what is wrong in a workspace, by the reader of builds, and what killed processes left beside the runs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from functools import partial
from json import JSONDecoder
from pathlib import Path
from typing import Any, NamedTuple

from runpages.format import layout, status
from runpages.format.discovery import Found, RunFolder, is_run
from runpages.format.document import decode, encode
from runpages.format.files import FOLDERS, entries_below, open_file, read_file
from runpages.format.records import Problem, RunRecord
from runpages.format.registered import MODELS, read_models
from runpages.format.stray_files import copy_of, is_ours

from ..errors import BuildError
from ..settings import read as read_settings
from .run_folder import read_experiment, read_run
from .scan import refusal, scan

_LEFT = re.compile(r"\.(?:number-)?([0-9]+)-[0-9a-f]+(?:\.tmp)?")
"""What a process writes before it gets its name, with the id of the process."""

_RUN_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z2-7]{6}")
"""What the folder of a run is called that the logger begins."""

_A_FOLDER = "It is a folder, where a file belongs"
_A_FILE = "It is a file, where a folder belongs"
_NO_DOCUMENT = "It is not "
_NOTHING = b"\0 \t\r\n"
_BLOCK = 1 << 20
_LINE = ("Line", "Entry")
"""How the reader says that it went on after a line, and not that the file makes no sense to it."""


class Repair(Enum):
    """What can be done about a finding. What is removed is kept as a copy."""

    NONE = ""
    LINES = "remove the lines that cannot be read"
    ASIDE = "set it aside"
    DOCUMENT = "set it aside, and begin a new one"
    RECOVERED = "set it aside, and write what can be read of it"
    READABLE = "make it readable for its owner"


class Finding(NamedTuple):
    """What is wrong with a file or folder, by its path in the workspace."""

    path: str
    line: int | None
    message: str
    repair: Repair = Repair.NONE


def findings(workspace: Path, site: Path, *, now: float) -> list[Finding]:
    """All that is wrong in a workspace, by path; ``now`` is in seconds since the epoch.

    Runs that go on are left alone. Raises BuildError where there is no workspace.
    """
    scanned = scan(workspace, site)
    if scanned.is_foreign:
        raise BuildError(f"{workspace} holds runs of another tool, which runpages only reads")
    # The first run may have been killed before it was one.
    if (why := refusal(workspace, scanned)) and not _was_begun(workspace):
        raise BuildError(why)
    unreadable = list(_unreadable(workspace, site))
    named = tuple(f"{workspace / one.path} cannot be read" for one in unreadable)
    hints = (hint for hint in scanned.found.hints if not hint.startswith(named))
    found = [*_settings(workspace), *(Finding("", None, hint) for hint in hints), *unreadable]
    found += _of_other_kind(workspace, [layout.SETTINGS])
    found += (_of_problem(workspace, "", problem) for problem in read_models(str(workspace))[1])
    records = [(run, read_run(run.path, now=now).record) for run in scanned.found.runs]
    for experiment in scanned.found.experiments:
        problems = read_experiment(str(workspace / experiment)).problems
        found += [_of_problem(workspace, experiment, problem) for problem in problems]
        found += _of_other_kind(workspace, [f"{experiment}/{name}" for name in (layout.EXPERIMENT, layout.README)])
    for run, record in records:
        if record.status not in status.ACTIVE:
            found += _of_run(workspace, run, record)
    found += _duplicates(records)
    found += _orphans(workspace, scanned.found, records, now)
    # What the reader says of such a file follows from that.
    causes = {one.path for one in found if _is_cause(one)}
    return sorted(
        (one for one in found if one.path not in causes or _is_cause(one)),
        key=lambda one: (one.path, one.line or 0),
    )


def _is_cause(finding: Finding) -> bool:
    return finding.repair is Repair.READABLE or finding.message in (_A_FOLDER, _A_FILE)


def beginning(place: Path) -> bytes:
    """What takes the place of a damaged document or file of points: what can be read of it, or an empty one."""
    if place.suffix == ".csv":
        return f"{layout.METRICS_HEADER}\n".encode()
    return encode(_recovered(place) or {"format": 1})


def _recovered(place: Path) -> dict[str, Any] | None:
    """The document in a file that has more after it, as a crash leaves NUL bytes there, or that is not UTF-8."""
    try:
        data = read_file(place)
    except OSError:
        return None
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding).lstrip()
            _, end = JSONDecoder().raw_decode(text)
            found = decode(text[:end].encode())
        except (ValueError, RecursionError):
            continue
        return found if isinstance(found, dict) and found else None
    return None


def unread_lines(folder: str, file: str, *, now: float) -> set[int]:
    """The lines of a file of a run that its reader cannot read; of many, the first."""
    problems = read_run(folder, now=now).record.problems
    return {one.line for one in problems if one.file == file and _is_of_line(one) and one.line is not None}


def _settings(workspace: Path) -> Iterator[Finding]:
    try:
        read_settings(workspace)
    except BuildError as error:
        yield Finding(layout.SETTINGS, None, str(error))


def _of_run(workspace: Path, run: RunFolder, record: RunRecord) -> Iterator[Finding]:
    place = f"{run.experiment}/{run.name}"
    yield from _of_other_kind(workspace, [f"{place}/{name}" for name in _entries(Path(run.path)) if is_ours(name)])
    yield from _of_other_kind(workspace, [f"{place}/{name}" for name in FOLDERS], folders=True)
    lines = dict[str, Finding]()
    for problem in record.problems:
        one = _of_problem(workspace, place, problem)
        original = copy_of(problem.file) if problem.file and "/" not in problem.file else None
        if original is not None and _is_same(Path(run.path), problem.file, original):
            one = Finding(one.path, None, f"It is the same as {original}", Repair.ASIDE)
        if one.repair is not Repair.LINES:
            yield one
        elif (known := lines.get(one.path)) is None:
            lines[one.path] = one
        else:
            more = f"{known.message.partition(' (and ')[0]} (and more lines)"
            lines[one.path] = known._replace(message=more)
    yield from lines.values()


def _of_problem(workspace: Path, place: str, problem: Problem) -> Finding:
    path = "/".join(filter(None, (place, problem.file)))
    repair = Repair.NONE
    if _is_of_line(problem):
        repair = Repair.LINES
    elif problem.damage and problem.file.endswith(".json") and problem.message.startswith(_NO_DOCUMENT):
        repair = Repair.DOCUMENT if problem.file == layout.RUN else Repair.ASIDE
        repair = Repair.RECOVERED if _recovered(workspace / path) else repair
    elif problem.damage and problem.file.startswith(layout.METRICS) and _holds_nothing(workspace / path):
        repair = Repair.DOCUMENT
    return Finding(path, problem.line, problem.message, repair)


def _holds_nothing(place: Path) -> bool:
    """Whether a file of points has but a torn header, or the NUL bytes that a crash of the machine leaves."""
    try:
        with open_file(place) as file:
            head = file.read(_BLOCK).strip(_NOTHING)
            rest = any(block.strip(_NOTHING) for block in iter(partial(file.read, _BLOCK), b""))
    except OSError:
        return False
    return not rest and layout.METRICS_HEADER.encode().startswith(head) and head != layout.METRICS_HEADER.encode()


def _of_other_kind(workspace: Path, paths: Iterable[str], *, folders: bool = False) -> Iterator[Finding]:
    """Folders where files belong, or with ``folders`` files where folders do."""
    for path in paths:
        place = workspace / path
        if not place.is_symlink() and (place.is_file() if folders else place.is_dir()):
            yield Finding(path, None, _A_FILE if folders else _A_FOLDER, Repair.ASIDE)


def _is_of_line(problem: Problem) -> bool:
    return problem.damage and problem.file.endswith((".csv", ".jsonl")) and problem.action.startswith(_LINE)


def _is_same(folder: Path, one: str, other: str) -> bool:
    try:
        return read_file(folder / one) == read_file(folder / other)
    except OSError:
        return False


def _duplicates(records: Sequence[tuple[RunFolder, RunRecord]]) -> Iterator[Finding]:
    """Runs with the id of another one, as copies of folders have."""
    first = dict[tuple[str, str], RunFolder]()
    # The run whose folder is called so comes first.
    for run, record in sorted(records, key=lambda pair: (pair[0].name != pair[1].id, pair[0].path)):
        if (other := first.setdefault((run.experiment, record.id), run)) is not run:
            here, there = (f"{one.experiment}/{one.name}" for one in (run, other))
            yield Finding(here, None, f"It has the id of {there}; if it is a copy, remove it: runpages rm {run.path}")


def _orphans(
    workspace: Path, found: Found, records: Sequence[tuple[RunFolder, RunRecord]], now: float
) -> Iterator[Finding]:
    """What a process left that was killed, and children of runs that are not there."""
    ids = {record.id for _, record in records}
    for run, record in records:
        if record.parent is not None and record.parent not in ids:
            yield Finding(f"{run.experiment}/{run.name}", None, f"Its parent {record.parent} is not there")
    busy = {run.path for run, record in records if record.status in status.ACTIVE}
    yield from _left_in(workspace, workspace, now, deep=False)
    yield from _left_in(workspace, workspace / layout.STATE / MODELS, now)
    yield from _left_in(workspace, workspace / layout.STATE / layout.ENVIRONMENTS, now)
    for folder in _experiments(workspace):
        names = _entries(folder)
        for name in names:
            path = folder / name
            if _is_left(path, now) or (not name.startswith(".") and _is_empty(path, now)):
                why = "A process that was killed left it" if name.startswith(".") else "A run that never began left it"
                yield Finding(path.relative_to(workspace).as_posix(), None, why, Repair.ASIDE)
            elif str(path) not in busy and is_run(str(path)):
                yield from _left_in(workspace, path, now)
    if (workspace / layout.STATE / "unpacking").is_dir():
        yield Finding(f"{layout.STATE}/unpacking", None, "An unpack that was killed left it", Repair.ASIDE)


def _left_in(workspace: Path, folder: Path, now: float, *, deep: bool = True) -> Iterator[Finding]:
    for name, is_folder in entries_below(str(folder), enter=lambda path: deep, refused=_passed_over):
        if not is_folder and _is_left(path := folder / name, now):
            left = "A process that was killed left it"
            yield Finding(path.relative_to(workspace).as_posix(), None, left, Repair.ASIDE)


def _was_begun(workspace: Path) -> bool:
    """Whether a process has begun a run here, or the folder was repaired."""
    begun = (name for folder in _experiments(workspace) for name in _entries(folder))
    return (workspace / layout.STATE).is_dir() or any(map(_begins, begun))


def _begins(name: str) -> bool:
    return name == layout.STATE or bool(_LEFT.fullmatch(name) or _RUN_ID.fullmatch(name))


def _experiments(workspace: Path) -> Iterator[Path]:
    for name in _entries(workspace):
        if not name.startswith(".") and not (workspace / name).is_symlink() and (workspace / name).is_dir():
            yield workspace / name


def _entries(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _is_left(path: Path, now: float) -> bool:
    """Whether a process that is gone began to write this, half an hour ago or longer."""
    mark = _LEFT.fullmatch(path.name)
    return mark is not None and _age(path, now) > status.SILENCE and status.start_tick(int(mark[1])) is None


def _is_empty(folder: Path, now: float) -> bool:
    """Whether a folder of a run has held nothing for as long but what a killed process left."""
    if (
        not _RUN_ID.fullmatch(folder.name)
        or folder.is_symlink()
        or not folder.is_dir()
        or _age(folder, now) <= status.SILENCE
    ):
        return False
    try:
        return all(_is_left(folder / name, now) for name in os.listdir(folder))
    except OSError:
        return False


def _age(path: Path, now: float) -> float:
    try:
        return now - os.lstat(path).st_mtime
    except OSError:
        return 0.0


def _unreadable(workspace: Path, site: Path) -> Iterator[Finding]:
    """Files and folders of runs that this user may not read; the site may lie in the workspace."""
    top, built = os.path.abspath(workspace), os.path.abspath(site)

    def is_of_runs(path: str) -> bool:
        return not path.rpartition("/")[2].startswith(".") and os.path.join(top, path) != built

    for where, is_folder in entries_below(top, enter=is_of_runs, refused=_passed_over):
        path, mode = os.path.join(top, where), os.R_OK | (os.X_OK if is_folder else 0)
        if (is_folder and not is_of_runs(where)) or os.path.islink(path) or os.access(path, mode):
            continue
        mine = os.lstat(path).st_uid == os.geteuid() if hasattr(os, "geteuid") else True
        yield Finding(where, None, "It may not be read", Repair.READABLE if mine else Repair.NONE)


def _passed_over(error: OSError) -> None:
    """What cannot be listed is found by itself."""
