"""Reads the folders that SwanLab leaves in ``swanlog/``: a record log, or the lines of each metric."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from runpages.format import layout
from runpages.format.discovery import Found, RunFolder
from runpages.format.document import decode, mapping
from runpages.format.files import open_file, unreadable
from runpages.format.image_header import picture_of
from runpages.format.records import Error, File, Medium, Problem

from ...stamp import Stamp
from ...text.number import plural
from ..source import PointSink, Reading
from . import folders, sqlite
from .folders import Folder
from .history import time_of
from .record import NamedInside, content_within, found_runs, parameters, record, unended
from .record_log import SWANLAB, RecordLog, read_log
from .swanlab_run import STATUS, LoggedRun

LABEL = "SwanLab"

_RUN = re.compile(r"run-\d{8}_\d{6}-(?P<id>\w+)")
_HEAD = 1 << 20
_LINES = 16 << 20
_DATABASE, _BACKUP = "runs.swanlab", "backup.swanlab"
_CONFIG, _METADATA = "files/config.yaml", "files/swanlab-metadata.json"
_MEDIA, _OUTPUT = "media/", "output.log"
_STATUS = {1: STATUS[1], -1: STATUS[2]}
_TABLES = frozenset(["project", "experiment", "tag"])


class SwanLab(NamedInside):
    """The source of folders with runs of SwanLab."""

    def find(self, folder: str, *, skip: Collection[str] = ()) -> Found:
        """The runs, by the projects that they name."""
        found = []
        for one in folders.holding(folder, _is_run, skip=skip):
            path = os.path.abspath(one.path)
            above = os.path.basename(os.path.dirname(os.path.dirname(path)))
            experiment = _project(path) or above or "swanlog"
            name = os.path.basename(path).removeprefix("run-")
            found.append(RunFolder(layout.file_name(experiment), name, one.path, _stamp(path)))
        return found_runs(found)

    def read(self, run: RunFolder, *, now: float, known: Mapping[str, Any], sink: PointSink | None) -> Reading:
        """A run with all that its folder holds."""
        problems: list[Problem] = []
        taken = LoggedRun(sink)
        sizes = dict(folders.files_below(run.path))
        newest, version = read_log(_log_of(run.path), taken.take, problems, now, SWANLAB)
        if version is None:
            newest = _read_lines(run.path, [path for path in sizes if path.startswith("logs/")], taken, problems)
        metadata = _metadata(run.path, problems)
        images, media, shown = _media(run.path, sizes, taken)
        files = [File(path, path, size) for path, size in sizes.items() if path not in shown and not _is_own(path)]
        status = taken.status or unended(newest, now)
        logs = [one for one in files if _is_log(one)]
        facts, python = taken.facts, metadata.get("python_version") or metadata.get("python")
        made = record(
            run, LABEL, name=facts.get("name"), created=taken.started, ended=taken.ended, status=status,
            params=_params(run.path, problems), commit=metadata.get("commit"),
            properties={"Group": facts.get("group"), "Job type": facts.get("job_type"), "Python": python},
            tags=dict.fromkeys(taken.tags, ""), description=facts.get("description"),
            error=Error("", facts["error"]) if "error" in facts else None,
            series=taken.metrics.series(), images=images, media=media, logs=logs,
            artifacts=[one for one in files if not _is_log(one)], problems=[*problems, *_remarks(taken, logs)],
        )  # fmt: skip
        return Reading(made)


# --- what there is -----------------------------------------------------------------------------------------


def _is_run(folder: Folder) -> bool:
    """Whether a folder is that of a run; those of Weights & Biases are called the same."""
    path = os.path.abspath(folder.path)
    match = _RUN.fullmatch(os.path.basename(path))
    if match is None:
        return False
    is_named = not folder.files.isdisjoint((f"run-{match['id']}.swanlab", _BACKUP))
    beside = (os.path.join(path, _METADATA), os.path.join(os.path.dirname(path), _DATABASE))
    return is_named or any(map(os.path.isfile, beside))


def _log_of(path: str) -> str:
    match = _RUN.fullmatch(os.path.basename(os.path.abspath(path)))
    own = os.path.join(path, f"run-{match['id']}.swanlab" if match else _BACKUP)
    return own if os.path.exists(own) else os.path.join(path, _BACKUP)


def _stamp(path: str) -> Stamp:
    """The stamp of a folder, and of what the database beside it has of a run without a record log."""
    stamp = folders.stamp_of_trees([path])
    if os.path.isfile(_log_of(path)):
        return stamp
    return Stamp.of(repr((stamp.key, _noted(path))), stamp.newest)


def _project(path: str) -> str:
    """The project of a run, by the first records of its log, or by the database beside it."""
    taken, read = LoggedRun(None), 0
    try:
        with open_file(_log_of(path)) as file:
            log = RecordLog(file, "", [], kind=SWANLAB)
            for one in log.records():
                with suppress(ValueError):
                    taken.take(one, log.version)
                read += len(one)
                if "project" in taken.facts or read > _HEAD:
                    break
    except OSError:
        pass
    return taken.facts.get("project") or str(_noted(path).get("project") or "")


def _noted(path: str) -> Mapping[str, Any]:
    """What the database of older versions has of a run: its experiment, its project, and the names of its metrics."""
    above, own = os.path.split(os.path.abspath(path))
    database = os.path.join(above, _DATABASE)
    if not sqlite.has_tables(database, _TABLES):
        return {}
    try:
        opened = sqlite.connect(database)
        found = dict(sqlite.row_of(opened, "select * from experiment where run_id = ?", own))
        project = sqlite.row_of(opened, "select * from project where id = ?", found.get("project_id"))
        rows = map(dict, opened.execute("select * from tag where experiment_id = ?", (found.get("id"),)))
        return {**found, "project": project.get("name"), "names": {str(row.get("folder")): row["name"] for row in rows}}
    except sqlite.FAULTS:
        return {}


# --- what was logged ---------------------------------------------------------------------------------------


def _read_lines(path: str, files: list[str], taken: LoggedRun, problems: list[Problem]) -> float:
    """Read the lines that were logged for each metric; gives when they were last written."""
    noted = _noted(path)
    names = mapping(noted.get("names"))
    newest = 0.0
    for file in sorted(files, key=lambda file: (file.split("/")[1:-1], len(file), file)):
        folder = "/".join(file.split("/")[1:-1])
        if not re.fullmatch(r"logs/.+/\d+\.(log|json)", file):
            continue
        name = str(names.get(folder) or unquote(folder))
        try:
            newest = max(newest, os.stat(os.path.join(path, file)).st_mtime)
            data = content_within(os.path.join(path, file), _LINES, "it is too large for a thousand lines")
            for row in _rows(data, file, problems):
                taken.row(name, row)
        except (OSError, ValueError) as error:
            problems.append(unreadable(file, error))
    taken.started = time_of(noted.get("create_time"))
    taken.ended = time_of(noted.get("finish_time")) or taken.ended
    taken.status = _STATUS.get(noted.get("status", 0))
    taken.facts.update({key: str(noted[key]) for key in ("name", "description") if noted.get(key)})
    return newest


def _rows(data: bytes, file: str, problems: list[Problem]) -> Iterator[Mapping[str, Any]]:
    """The lines of a file; those of the oldest versions are in one document. Raises ValueError for one that is none."""
    if file.endswith(".json"):
        rows = mapping(decode(data)).get("data")
        yield from map(mapping, rows if isinstance(rows, list) else [])
        return
    for at, line in enumerate(data.splitlines(keepends=True), 1):
        try:
            if not line.endswith(b"\n"):
                raise ValueError("It has no end, so it may be a part of one")  # noqa: TRY301 - as any other damage
            yield mapping(json.loads(line))
        except (ValueError, RecursionError) as error:
            problems.append(Problem(file, at, f"The line is damaged: {error}", "Line skipped", skipped=1))


# --- what lies beside it -----------------------------------------------------------------------------------


def _params(path: str, problems: list[Problem]) -> dict[str, Any]:
    config = parameters(path, [_CONFIG], problems)
    return {key: one["value"] if isinstance(one, dict) and "value" in one else one for key, one in config.items()}


def _metadata(path: str, problems: list[Problem]) -> Mapping[str, Any]:
    """What was noted of the machine; older versions have no groups in it."""
    found = parameters(path, [_METADATA], problems)
    git = mapping(found.get("git"))
    return {**found, **mapping(found.get("runtime")), "commit": git.get("commit")}


def _media(path: str, sizes: Mapping[str, int], taken: LoggedRun) -> tuple[list[Medium], list[Medium], set[str]]:
    """The pictures and the other files that were logged, by their names, and the paths of all of them."""
    known = {file.rpartition("/")[2]: file for file in sizes if file.startswith(_MEDIA)}
    images, media, shown = list[Medium](), list[Medium](), set[str]()
    for item in taken.items:
        if item.file not in known:
            taken.missing += 1
            continue
        file = known[item.file]
        shown.add(file)
        picture = picture_of(os.path.join(path, file))
        size = (picture.width, picture.height) if picture else (None, None)
        (images if picture else media).append(Medium(item.name, item.step, item.time, file, item.caption, *size))
    return images, media, shown


def _is_own(path: str) -> bool:
    """Whether a file is one that was read, or only says something of the writer's machine."""
    return path.startswith(("logs/", "debug/")) or path.endswith(".swanlab") or path in (_CONFIG, _METADATA)


def _is_log(file: File) -> bool:
    return file.file.startswith("console/") or file.file == _OUTPUT


def _remarks(taken: LoggedRun, logs: Sequence[File]) -> Iterator[Problem]:
    """What is not shown, and why; the lines of output are also in a log where there is one."""
    if (lines := taken.lines) and not logs:
        yield Problem("", None, f"Not read yet: {plural(lines, 'line')} of output", "Not shown", False)
    if items := taken.missing:
        yield Problem("", None, f"{plural(items, 'logged item')} without a file in this folder", "Not shown", False)
