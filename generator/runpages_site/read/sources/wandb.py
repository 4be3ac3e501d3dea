"""Reads the folders that Weights & Biases leaves in ``wandb/``: a record log, with the files of the run beside it."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from runpages.format import layout
from runpages.format.discovery import Found, RunFolder
from runpages.format.document import mapping
from runpages.format.files import open_file
from runpages.format.records import File, Problem

from ...text.number import plural
from ..source import PointSink, Reading
from . import folders
from .folders import Folder
from .record import NamedInside, found_runs, parameters, record, unended
from .record_log import RecordLog, read_log
from .wandb_media import LoggedMedia
from .wandb_run import LoggedRun, project

LABEL = "Weights & Biases"

_RUN = re.compile(r"(?:offline-)?run-\d{8}_\d{6}-(?P<id>.+)")
_HEAD = 1 << 20
_CONFIG, _SUMMARY, _METADATA, _OUTPUT = "config.yaml", "wandb-summary.json", "wandb-metadata.json", "output.log"


class WeightsAndBiases(NamedInside):
    """The source of folders with runs of Weights & Biases; those with one id are one run that was resumed."""

    def find(self, folder: str, *, skip: Collection[str] = ()) -> Found:
        """The runs, by the folder of the first of those with one id in one folder."""
        runs: dict[tuple[str, str], list[str]] = {}
        for one in folders.holding(folder, _id, skip=skip):
            runs.setdefault((os.path.dirname(os.path.abspath(one.path)), _id(one)), []).append(one.path)
        found = []
        for (above, name), paths in runs.items():
            paths.sort(key=_started)
            experiment = _project(paths) or os.path.basename(os.path.dirname(above)) or "wandb"
            stamp = folders.stamp_of_trees(paths)
            found.append(RunFolder(layout.file_name(experiment), layout.file_name(name), paths[0], stamp))
        return found_runs(found)

    def read(self, run: RunFolder, *, now: float, known: Mapping[str, Any], sink: PointSink | None) -> Reading:
        """A run with all that its folders hold."""
        problems: list[Problem] = []
        taken = LoggedRun(sink)
        files: list[tuple[str, int]] = []
        newest = 0.0
        paths = _same(run.path)
        for path in paths:
            before = os.path.basename(path)
            files += folders.files_below(os.path.join(path, "files"), f"{before}/files/")
            newest = max(newest, read_log(_log_of(path), lambda one, _: taken.take(one), problems, now)[0])
        root = os.path.dirname(os.path.abspath(run.path))
        _beside(paths[-1], taken, problems)
        if not newest:
            problems.append(Problem("", None, "It has no record log, only the last values", "No curves shown", False))
        media = LoggedMedia(root, dict(files), paths)
        for one in taken.media:
            media.take(*one)
        problems += [*media.problems, *_remarks(taken, media)]
        logs, artifacts = _files(files, media)
        facts = taken.facts
        made = record(
            run, LABEL, folder=root, name=facts.get("name"), created=taken.started, ended=taken.ended,
            status=_status(taken, newest, now), properties=_properties(facts), tags=dict.fromkeys(taken.tags, ""),
            params={key: value for key, value in taken.config.items() if key != "_wandb"},
            commit=facts.get("commit"), description=facts.get("notes"), series=taken.series(), problems=problems,
            tables=list(media.tables.values()), charts=media.charts, images=media.images, media=media.media,
            artifacts=artifacts, logs=logs,
        )  # fmt: skip
        return Reading(made)


# --- what there is -----------------------------------------------------------------------------------------


def _id(folder: Folder) -> str:
    """The id of the run that a folder is; empty for another."""
    match = _RUN.fullmatch(os.path.basename(os.path.abspath(folder.path)))
    if match is None:
        return ""
    return match["id"] if f"run-{match['id']}.wandb" in folder.files or _has_files(folder.path) else ""


def _has_files(path: str) -> bool:
    """Whether there is what a run has whose record log was not kept."""
    return any(os.path.isfile(os.path.join(path, "files", name)) for name in (_SUMMARY, _CONFIG, _METADATA))


def _started(path: str) -> str:
    """What orders the folders of one run: the time in their names."""
    return os.path.basename(path).removeprefix("offline-")


def _same(path: str) -> list[str]:
    """The folders beside a run that have its id, and its own."""
    above, own = os.path.split(os.path.abspath(path))
    match = _RUN.fullmatch(own)
    names = [name for name in os.listdir(above) if match and name.endswith(f"-{match['id']}") and _RUN.fullmatch(name)]
    same = (os.path.join(above, name) for name in names or [own])
    return sorted((one for one in same if not os.path.islink(one)), key=_started)


def _log_of(path: str) -> str:
    match = _RUN.fullmatch(os.path.basename(os.path.abspath(path)))
    return os.path.join(path, f"run-{match['id'] if match else ''}.wandb")


def _project(paths: list[str]) -> str:
    """The project of a run, by the first records of its log."""
    for path in paths:
        try:
            with open_file(_log_of(path)) as file:
                read = 0
                for one in RecordLog(file, "", []).records():
                    if found := project(one):
                        return found
                    read += len(one)
                    if read > _HEAD:
                        break
        except (OSError, ValueError):
            continue
    return ""


# --- what a run has ----------------------------------------------------------------------------------------


def _beside(path: str, taken: LoggedRun, problems: list[Problem]) -> None:
    """Take what the files of a run say that its records do not."""
    files = os.path.join(path, "files")
    config = parameters(files, [_CONFIG], problems)
    for key, value in config.items():
        if key != "wandb_version":
            plain = value["value"] if isinstance(value, dict) and "value" in value else value
            taken.config.setdefault(key, plain)
    for key, value in parameters(files, [_SUMMARY], problems).items():
        taken.summary.setdefault(key, value)
    metadata = parameters(files, [_METADATA], problems)
    for key, value in (*metadata.items(), *mapping(metadata.get("git")).items()):
        if key in ("python", "program", "gpu", "commit") and isinstance(value, str):
            taken.facts.setdefault(key, value)


def _status(taken: LoggedRun, newest: float, now: float) -> str | None:
    """The word for the state; a log without an end is that of a run that was killed, once nothing is written to it."""
    if taken.exit_code is not None:
        return "Failed" if taken.exit_code else "Completed"
    if not newest:
        return None
    return unended(newest, now)


def _properties(facts: Mapping[str, str]) -> dict[str, str | None]:
    words = (("Group", "group"), ("Job type", "job_type"), ("Sweep", "sweep"), ("Python", "python"), ("GPU", "gpu"))
    # The folders of the writer's machine say nothing here.
    script = re.split(r"[/\\]", facts.get("program", ""))[-1]
    return {**{word: facts.get(key) for word, key in words}, "Script": script}


def _files(files: list[tuple[str, int]], media: LoggedMedia) -> tuple[list[File], list[File]]:
    """The logs, and the files that are nothing else."""
    logs, artifacts = list[File](), list[File]()
    for path, size in files:
        _, name = path.split("/files/", 1)
        if name == _OUTPUT:
            logs += [File(name, path, size)] if size else []
        elif name not in (_CONFIG, _SUMMARY, _METADATA) and path not in media.shown:
            artifacts.append(File(name, path, size))
    return logs, artifacts


def _remarks(taken: LoggedRun, media: LoggedMedia) -> Iterator[Problem]:
    """What is not shown, and why."""
    for kind, count in sorted((taken.unseen + media.unseen).items()):  # Zeros drop out.
        yield Problem("", None, f"Not read yet: {plural(count, 'value')} of the kind {kind}", "Not shown", False)
    if media.missing:
        why = f"{plural(media.missing, 'logged file')} not in this folder"
        yield Problem("", None, why, "Not shown", False)
    if media.replaced:
        why = f"A table was logged {plural(media.replaced, 'time')} before its last version"
        yield Problem("", None, why, "The last version is shown", False)
