"""Reads folders with event files of TensorBoard: a run is a folder, and files are grouped by writer."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from runpages.format import layout
from runpages.format.discovery import Found, RunFolder
from runpages.format.files import open_file, unreadable
from runpages.format.records import Problem, RunRecord, Series

from ..scan import stamp_of_files
from ..source import PointSink, Reading
from . import folders
from .event_run import EventRun, FileTaker
from .events import EventFile
from .folders import Folder
from .protobuf import fields
from .record import found_runs, is_growing, parameters, record
from .summary import values

LABEL = "TensorBoard events"

_NAME = re.compile(r".*\btfevents\b.*")
_HPARAMS = re.compile(r"\d{9,10}(\.\d+)?")
_FIRST = 4_096
_PARAMETERS = ("hparams.yaml",)
"""What Lightning writes beside the events, for a run whose events have none."""

_Parts = tuple[str, ...]


class Member(NamedTuple):
    """A folder whose events belong to a run: what is put before its tags, and what replaces some of them."""

    folder: Folder
    prefix: str = ""
    names: Mapping[str, str] = {}


class TensorBoard:
    """The source of folders with event files."""

    def find(self, folder: str, *, skip: Collection[str] = ()) -> Found:
        """The runs: folders with event files, but for those that belong to the run above them."""
        runs = _runs(folder, skip)
        found = []
        for parts, members in runs.items():
            place = _place(folder, parts, runs)
            path = os.path.join(folder, *parts)
            files = [os.path.relpath(file, path) for member in members for file in _paths(member.folder)]
            found.append(RunFolder(*place.folders, path, stamp_of_files(path, [*files, *_PARAMETERS])))
        return found_runs(found)

    def read_head(self, run: RunFolder, *, now: float) -> RunRecord:
        """What a run is, without what it logged."""
        return record(run, LABEL, parent=_parent(run))

    def read(self, run: RunFolder, *, now: float, known: Mapping[str, Any], sink: PointSink | None) -> Reading:
        """A run with all that its event files hold."""
        taken, problems = _taken(_runs(run.path, ()).get((), []), run.path, now, sink)
        params = taken.params or parameters(run.path, _PARAMETERS, problems)
        made = record(
            run, LABEL, parent=_parent(run), created=taken.first, ended=taken.last, status=taken.status,
            params=params, properties=taken.properties, series=taken.series(), images=taken.images,
            media=taken.media, charts=taken.charts, problems=[*problems, *taken.remarks()],
        )  # fmt: skip
        return Reading(made, {}, taken.parts)


# --- beside what other tools write -------------------------------------------------------------------------


def files_below(path: str, below: str = "") -> list[str]:
    """The event files of another tool's run, as ``joined`` reads them, by their paths from its folder."""
    return [os.path.relpath(file, path) for member in _members(path, below) for file in _paths(member.folder)]


def joined(
    made: RunRecord,
    below: str = "",
    *,
    now: float,
    sink: PointSink | None,
    tags: Mapping[str, str] = {},
    hidden: str = "",
) -> Reading:
    """A run of another tool with what it lacks of the events in its folder, and in a ``hidden`` one in it.

    With a folder ``below``, folders beside that are no part of the run.
    Metrics that it has are left out, and so are parameters that it has; ``tags`` has the names by which the events have
    its metrics, where these differ. Points without a time get that of the event with their step.
    """
    path = made.folder
    members = [*(_writers(os.path.join(path, hidden)) if hidden else ()), *_members(path, below)]
    if not members:
        return Reading(made)
    taken, problems = _taken(members, path, now, sink, {*made.series, *tags.values()})
    own = {name: _clocked(one, taken.clocks.get(tags.get(name, name))) for name, one in made.series.items()}
    created = made.created if made.created is not None else taken.first
    ended = taken.last or made.ended  # The files of a copy are as old as the copy, which events are not.
    whole = made._replace(
        status=made.status or taken.status,
        created=created,
        started=created,
        ended=ended,
        last_write=ended,
        params={**taken.params, **made.params},
        series={**own, **taken.series()},
        images=[*made.images, *taken.images],
        media=[*made.media, *taken.media],
        charts=[*made.charts, *taken.charts],
        problems=[*made.problems, *problems, *taken.remarks()],
    )
    return Reading(whole, {}, taken.parts)


def _clocked(series: Series, clock: Mapping[float, float | None] | None) -> Series:
    """A series with the times of events, if it has none."""
    if not clock or any(time is not None for time in series.times):
        return series
    return series._replace(times=[clock.get(step) for step in series.steps])


def _members(path: str, below: str) -> list[Member]:
    """All folders with events that belong to a run, those of runs in them under their names.

    Of a run with a folder ``below`` in which each folder is a writer of the same run, so that their names say nothing,
    these are its own folder and those.
    """
    if not below:
        return [member for parts, found in _runs(path, ()).items() for member in _named("/".join(parts), found)]
    return [*_writers(path, closed=lambda folder: True), *_writers(os.path.join(path, below))]


def _writers(path: str, *, closed: Callable[[Folder], bool] = lambda folder: False) -> list[Member]:
    return [Member(folder) for folder in folders.walk(path, closed=closed) if _events(folder)]


def _named(name: str, members: list[Member]) -> list[Member]:
    return [one._replace(prefix=f"{name}/{one.prefix}") for one in members] if name else members


# --- events ------------------------------------------------------------------------------------------------


def _taken(
    members: list[Member], root: str, now: float, sink: PointSink | None, names: Collection[str] = ()
) -> tuple[EventRun, list[Problem]]:
    """What the event files of a run hold, but for metrics of some ``names``, and what is wrong with them."""
    taken = EventRun(sink, names=names)
    problems = _read(members, root, taken, now)
    if taken.is_purged:
        taken = EventRun(sink, taken.restarts, names=names)
        problems = _read(members, root, taken, now)
    return taken, problems


def _read(members: list[Member], root: str, taken: EventRun, now: float) -> list[Problem]:
    """Read the event files of a run, in the order of their names; gives what is wrong with them."""
    problems: list[Problem] = []
    for member in members:
        plugins: dict[str, str] = {}
        for path in _paths(member.folder):
            name = os.path.relpath(path, root)
            try:
                with open_file(path) as file:
                    growing = is_growing(os.fstat(file.fileno()).st_mtime, now)
                    take = FileTaker(taken, path, member.prefix, member.names)
                    one = EventFile(file, name, take, plugins, growing=growing)
                    one.read()
                    problems += one.problems
            except OSError as error:
                problems.append(unreadable(name, error))
    return problems


def _events(folder: Folder) -> list[str]:
    """The event files in a folder, in the order in which TensorBoard reads them."""
    return sorted(filter(_NAME.fullmatch, folder.files))


def _paths(folder: Folder) -> list[str]:
    return [os.path.join(folder.path, name) for name in _events(folder)]


# --- which folders are one run ----------------------------------------------------------------------------


def _runs(root: str, skip: Collection[str]) -> dict[_Parts, list[Member]]:
    """The runs below a folder, each with the folders whose events it has."""
    found = {folder.parts: folder for folder in folders.walk(root, skip=skip) if _events(folder)}
    siblings: dict[_Parts, list[str]] = {}
    for parts in found:
        if parts:
            siblings.setdefault(parts[:-1], []).append(parts[-1])
    runs: dict[_Parts, list[Member]] = {}
    owners: dict[_Parts, tuple[_Parts, str]] = {}
    for parts, folder in found.items():
        above, member = _above(folder, found, siblings[parts[:-1]]) if parts else ((), None)
        owner, prefix = parts, ""
        if member is not None:
            owner, before = owners.get(above, (above, ""))
            prefix = before + member.prefix
        owners[parts] = owner, prefix
        runs.setdefault(owner, []).append(Member(folder, prefix, member.names if member else {}))
    return runs


def _above(folder: Folder, found: Mapping[_Parts, Folder], beside: Collection[str]) -> tuple[_Parts, Member | None]:
    """The run above a folder, and the folder as a part of it; None for a run of its own."""
    *above, name = folder.parts
    if name in folders.SPLITS and folders.SPLITS.issuperset(beside) and (tuple(above) in found or len(beside) > 1):
        return tuple(above), Member(folder, f"{name}/")
    depths = range(len(folder.parts) - 1, -1, -1)
    nearest = next((folder.parts[:depth] for depth in depths if folder.parts[:depth] in found), None)
    if nearest is None:
        return (), None
    if _HPARAMS.fullmatch(name):  # As `add_hparams` of torch names them, by the time.
        return nearest, Member(folder)
    below, tag = "/".join(folder.parts[len(nearest) :]), _first_tag(_paths(folder)[0])
    for start in (f"{tag}/", tag.replace("/", "_") + "_"):  # As `add_scalars` of tensorboardX and of torch do.
        if tag and below.startswith(start):
            return nearest, Member(folder, names={tag: f"{tag}/{below.removeprefix(start)}"})
    return nearest, None


def _first_tag(path: str) -> str:
    """The first tag in an event file, if it stands near its beginning."""
    try:
        with open_file(path) as file:
            data = file.read(_FIRST)
        at = 0
        while at + 12 <= len(data):
            (size,) = struct.unpack_from("<Q", data, at)
            end = at + 12 + size
            if end > len(data):
                break
            for field in fields(data, at + 12, end):
                if field.number == 5 and (found := next(values(data, field), None)):
                    return found.tag
            at = end + 4
    except (OSError, ValueError):
        return ""
    return ""


def _place(root: str, parts: _Parts, runs: Collection[_Parts]) -> folders.Place:
    """What a run is called: one below another is in the experiment of that one."""
    if not parts:  # Beside others it is in their experiment.
        name = os.path.basename(os.path.abspath(root))
        return folders.Place(name, name) if len(runs) > 1 and name else folders.place(root, ())
    outermost = next(parts[:depth] for depth in range(1, len(parts) + 1) if parts[:depth] in runs)
    place = folders.place(root, outermost)
    return place._replace(run="/".join([place.run, *parts[len(outermost) :]]))


def _parent(run: RunFolder) -> str | None:
    """The run that a run lies in."""
    names = (layout.name_of(run.name) or run.name).split("/")
    above = run.path
    for depth in range(len(names) - 1, 0, -1):
        above = os.path.dirname(above)
        if next(map(_events, folders.walk(above, closed=lambda folder: True)), []):
            return "/".join(names[:depth])
    return None
