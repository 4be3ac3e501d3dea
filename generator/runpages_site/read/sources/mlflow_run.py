"""Makes the record of a run of MLflow from what both of its stores hold: words, tags and the tree of artifacts."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from runpages.format.discovery import RunFolder
from runpages.format.document import decode, mapping
from runpages.format.files import unreadable
from runpages.format.records import File, Medium, Problem, RunRecord, Series, Table

from .folders import files_below
from .record import content_within, record, sized, unended

LABEL = "MLflow"

ARTIFACTS = "artifacts"
"""The folder with the files that a run keeps."""

LARGEST = 16 << 20
"""Bytes of a logged table up to which it is read."""

_STATUS = {
    "2": "NotStarted", "SCHEDULED": "NotStarted", "3": "Completed", "FINISHED": "Completed",
    "4": "Failed", "FAILED": "Failed", "5": "Canceled", "KILLED": "Canceled",
}  # fmt: skip
_RUNNING = frozenset(["1", "RUNNING"])
_STEPS = r"(?P<name>.+)[+%]step[+%](?P<step>-?\d+)[+%]timestamp[+%](?P<time>\d+)[+%](?P<rest>.+)"
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg")
_NUMBER = re.compile(r"[-+]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_HASH = 7
"""Characters of the shortest hashes of Git, some of which look like numbers, such as ``12345e7``."""


class Logged(NamedTuple):
    """What a store holds of a run, before it is understood; times are milliseconds since the epoch."""

    name: str
    status: str
    start: int | None
    end: int | None
    user: str
    artifact_uri: str
    params: Mapping[str, str]
    tags: Mapping[str, str]
    series: dict[str, Series]
    also: Mapping[str, str] = {}
    """What else the pages list, such as datasets."""


def record_of(
    run: RunFolder, folder: str, logged: Logged, problems: list[Problem], *, now: float, has_artifacts: bool = True
) -> RunRecord:
    """The record of a run whose artifacts lie in ``artifacts`` of a folder, which need not be there."""
    tags = logged.tags
    files = list(files_below(os.path.join(folder, ARTIFACTS), f"{ARTIFACTS}/")) if has_artifacts else []
    if not files and (hint := _absent(logged)):
        problems.append(Problem("", None, hint, "Not shown", False))
    tables = list(_tables(folder, tags, {file for file, _ in files}, problems))
    images, others = _images(folder, files)
    status, user = _status(logged, now), logged.user or tags.get("mlflow.user")
    # The folders of the writer's machine say nothing here.
    script = tags.get("mlflow.source.name", "").replace("\\", "/").rpartition("/")[2]
    return record(
        run, LABEL,
        folder=folder,
        name=logged.name or tags.get("mlflow.runName"),
        created=_seconds(logged.start),
        ended=_seconds(logged.end),
        status=status,
        parent=tags.get("mlflow.parentRunId"),
        params={name: value_of(text) for name, text in logged.params.items()},
        properties={"User": user, "Script": script, **logged.also},
        tags={name: text for name, text in tags.items() if not name.startswith("mlflow.")},
        description=tags.get("mlflow.note.content"),
        commit=tags.get("mlflow.source.git.commit"),
        series=logged.series,
        tables=tables,
        images=images,
        artifacts=[File(path.removeprefix("artifacts/"), path, size) for path, size in others],
        problems=problems,
    )  # fmt: skip


@lru_cache(maxsize=4_096)  # Runs have most values of parameters in common.
def value_of(text: str) -> Any:
    """A parameter, which is text, as the number that it spells; else the text, as of ``007`` and of hashes."""
    if not _NUMBER.fullmatch(text) or len(text) > 40 or (len(text) >= _HASH and text.isalnum() and not text.isdigit()):
        return text
    number = int(text) if text.lstrip("+-").isdigit() else float(text)
    return number if abs(number) < math.inf else text


def _last_time(series: Mapping[str, Series]) -> float | None:
    """The time of the last point, in seconds since the epoch."""
    return max((time for one in series.values() for time in one.times[-1:] if time is not None), default=None)


def _status(logged: Logged, now: float) -> str | None:
    """The word for the state."""
    if logged.status not in _RUNNING:
        return _STATUS.get(logged.status)
    return unended(_last_time(logged.series) or _seconds(logged.start) or 0, now)


def _seconds(milliseconds: int | None) -> float | None:
    return None if not milliseconds else milliseconds / 1_000


def _absent(logged: Logged) -> str:
    """Where artifacts are that a run logged and its folder lacks; empty where it logged none that are known."""
    scheme, is_address, _ = logged.artifact_uri.partition("://")
    if is_address and scheme not in ("file", "mlflow-artifacts"):
        return f"Its artifacts are in a store at {scheme}://, which is not read"
    if any(name in logged.tags for name in ("mlflow.loggedArtifacts", "mlflow.log-model.history")):
        return "Its artifacts are not in this folder. Copy them to artifacts/ of the run"
    return ""


def _tables(folder: str, tags: Mapping[str, str], files: set[str], problems: list[Problem]) -> Iterator[Table]:
    """The tables that a run says it logged, as JSON of columns and rows."""
    if not (noted := tags.get("mlflow.loggedArtifacts")):
        return
    try:
        listed = json.loads(noted)
    except ValueError:
        listed = []
    for one in listed if isinstance(listed, list) else []:
        path = f"artifacts/{mapping(one).get('path')}"
        if mapping(one).get("type") != "table" or path not in files:
            continue
        try:
            data = content_within(os.path.join(folder, path), LARGEST, "it is too large for a table")
            known = mapping(decode(data))
        except (OSError, ValueError) as error:
            problems.append(unreadable(path, error))
            continue
        columns, rows = known.get("columns"), known.get("data")
        if isinstance(columns, list) and isinstance(rows, list):
            names = list(map(str, columns))
            cells = [dict(zip(names, row, strict=False)) for row in rows if isinstance(row, list)]
            yield Table(path.removeprefix("artifacts/").removesuffix(".json"), [path], names, cells)


def _images(folder: str, files: list[tuple[str, int]]) -> tuple[list[Medium], list[tuple[str, int]]]:
    """The pictures among the artifacts, series of them by step, and the other files."""
    images, others = [], []
    for path, size in files:
        name = path.removeprefix("artifacts/")
        if not name.lower().endswith(_PICTURES):
            others.append((path, size))
            continue
        match = re.fullmatch(_STEPS, name.rpartition("/")[2])  # Compiled where there are pictures.
        if match is None:
            images.append(sized(folder, Medium(name.rpartition(".")[0], 0, None, path)))
        elif not match["rest"].endswith("compressed.webp"):  # A smaller copy of the one beside it.
            series = re.sub("[#~]", "/", match["name"])  # Which of the two depends on the version.
            images.append(sized(folder, Medium(series, int(match["step"]), int(match["time"]) / 1_000, path)))
    return sorted(images, key=lambda image: (image.name, image.step)), others
