"""Decides what of a run is published: an allow-list, without the files whose names suggest a secret."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from runpages.format import layout, status
from runpages.format.document import as_utf8, decode, encode, mapping
from runpages.format.files import read_file
from runpages.format.pieces import piece_of
from runpages.format.records import Problem, RunRecord
from runpages.format.registered import RegisteredModel, model_of
from runpages.format.secret import is_secret
from runpages.format.stray_files import READMES, writer_in

SENT = frozenset(
    [
        *("txt", "csv", "tsv", "json", "zip", "tar", "7z"),
        *("png", "jpg", "jpeg", "gif", "webp", "avif", "bmp", "tif", "tiff", "ico"),
        *("mp4", "m4v", "webm", "mov", "ogv", "wav", "mp3", "ogg", "oga", "opus", "flac", "m4a"),
    ]
)
"""Extensions whose type Apache, nginx, Caddy and code hosts know, and which no browser runs.

Not among them: ``svg``, ``xml`` and ``pdf``, which hold scripts; ``gz``, which some servers take for how a page is
packed; and ``log``, ``pkl``, ``npy``, ``parquet``, ``yaml`` and all others that some server has no type for.
"""

# Between other extensions: a count, and the writer of a file as `layout.writer_id` spells it.
_BETWEEN = re.compile(r"[0-9]+|[A-Za-z0-9_~-]+-[0-9]+-(?:[0-9a-f]{4}|[0-9a-f]{8})")
# What only a name that is spelled anew may have in it.
_MARKS = ("~~", "~_", "~.")
_LONGEST = 240


# Cached: the runs of an experiment have files of the same paths.
@lru_cache(4_096)
def harmless(path: str) -> str:
    """The path under which a file of a run is published; no two files have one.

    A harmless name stays. In all others ``~`` is spelled ``~~`` and each dot ``~_``, but for the one before a last
    extension that is sent; where there is none, ``~.txt`` follows. What gets too long for a disk is cut and hashed.
    """
    *folders, file = path.split("/")
    return "/".join([*map(_folder, folders), _file(file)])


def _folder(name: str) -> str:
    stem, *extensions = name.split(".")
    return name if _stays(name, stem, extensions) else _cut(_spelled(name), name, "")


def _file(name: str) -> str:
    before, _, extension = name.rpartition(".")
    if not before or extension.lower() not in SENT:
        return _cut(_spelled(name) + "~", name, ".txt")
    stem, *between = before.split(".")
    return name if _stays(name, stem, between) else _cut(_spelled(before), name, f".{extension}")


def _stays(name: str, stem: str, between: list[str]) -> bool:
    """Whether a name says nothing to a server, and is none that another one is spelled as."""
    return (
        stem != ""
        and all(one.lower() in SENT or _BETWEEN.fullmatch(one) for one in between)
        and not any(mark in name for mark in _MARKS)
        and len(name.encode("utf-8", "surrogatepass")) <= _LONGEST
    )


def _spelled(name: str) -> str:
    return name.replace("~", "~~").replace(".", "~_")


def _cut(spelled: str, name: str, extension: str) -> str:
    long = len((spelled + extension).encode("utf-8", "surrogatepass")) > _LONGEST
    return (layout.hashed_name(name) if long else spelled) + extension


KEYS = (
    "format", "id", "experiment", "name", "number", "type", "status", "created", "started", "ended", "owner",
    "parent", "description", "tags", "properties", "params", "environment", "error", "exit",
    "definition", "resumed", "uncollected", "outputs_shared_with", "last_write", "problems",
)  # fmt: skip
"""The keys of ``run.json`` that are published; what others a tool may have put there stays home."""

OF_EXPERIMENT = ("format", "name", "created", "archived", "description", "tags")
"""The keys of ``experiment.json`` that are published."""

OWNER = ("host", "pid")
"""What is published of the process; the ids of the machine's boot are useful on that machine only."""

PATCHES = (".diff", ".patch")
"""What the name of a file with uncommitted changes ends with."""


def document(record: RunRecord, models: Sequence[RegisteredModel] = ()) -> dict[str, Any]:
    """The run's document as it is published: folded, with the state that the pages show, and the run's models."""
    shown = {key: record.document[key] for key in KEYS if key in record.document}
    shown |= {"format": 1, "id": record.id, "experiment": record.experiment}
    if record.status is not None:
        shown["status"] = record.status
    if record.owner:
        shown["owner"] = {key: record.owner[key] for key in OWNER if key in record.owner}
    if models:
        shown["models"] = list(map(_model, models))
    is_silent = record.ended is None or record.status in (*status.ACTIVE, status.NOT_RESPONDING)
    if is_silent and record.last_write is not None:
        shown["last_write"] = record.last_write
    if record.problems:
        shown["problems"] = list(map(_problem, record.problems))
    else:
        shown.pop("problems", None)
    return {key: shown[key] for key in (*KEYS, "models") if key in shown}


def _problem(problem: Problem) -> dict[str, Any]:
    return {key: value for key, value in problem._asdict().items() if value != _PLAIN.get(key, problem)}


_PLAIN: dict[str, object] = {"line": None, "damage": True, "skipped": 0}
"""What of a problem goes without saying."""


def of_experiment(document: Mapping[str, Any], tags: Mapping[str, str | None]) -> dict[str, Any]:
    """The document of an experiment as it is published, with the ``tags`` that are shown."""
    shown = {key: document[key] for key in OF_EXPERIMENT if key in document}
    return {**shown, "tags": dict(tags)} if "tags" in shown else shown


def models(record: RunRecord) -> list[RegisteredModel]:
    """The models in the document of a run as it was published."""
    known = record.document.get("models")
    return [model_of(mapping(model)) for model in known] if isinstance(known, list) else []


def _model(model: RegisteredModel) -> dict[str, Any]:
    created = None if model.created is None else layout.iso_time(model.created)
    fields = {**model._asdict(), "created": created}
    return {key: value for key, value in fields.items() if value and key not in ("experiment", "run")}


def files(record: RunRecord) -> tuple[dict[str, str], list[Problem]]:
    """The files of a run to publish, and those held back because of their names, as problems to report.

    The first map the path in the run to the path below the run's folder in the site.
    """
    allowed = list(_allowed(record))
    # By their paths, or by the names that are spelled there.
    secret = {file.file for file in record.artifacts if _is_secret(file.name)}.union(filter(_is_secret, allowed))
    why = "Its name suggests a secret"
    held = [Problem(path, None, why, "Not published", False) for path in allowed if path in secret]
    return {path: harmless(path) for path in allowed if path not in secret}, held


_is_secret = lru_cache(4_096)(is_secret)


def _allowed(record: RunRecord) -> Iterator[str]:
    yield from _written(record)
    for table in record.tables:
        yield from table.files
    yield from dict.fromkeys(chart.file for chart in record.charts if chart.file)
    yield from dict.fromkeys(medium.file for medium in (*record.images, *record.media) if not medium.missing)
    yield from (file.file for file in (*record.artifacts, *record.logs))
    if record.snapshot is not None:
        yield record.snapshot.file
    if (found := patch(record)) is not None:
        yield found


def patch(record: RunRecord) -> str | None:
    """The file with what was not committed, if the run says that it keeps one and it lies in the run's folder."""
    git = record.environment.get("git")
    name = git.get("diff") if isinstance(git, dict) else None
    if not isinstance(name, str) or not name.endswith(PATCHES) or "/" in name or "\\" in name or "\0" in name:
        return None
    path = os.path.join(record.folder, name)
    return name if os.path.isfile(path) and not os.path.islink(path) else None


_LISTS = (("series", "json"), ("definitions", "jsonl"), ("images", "jsonl"), ("media", "jsonl"))
_WRITTEN = ((layout.METRICS, "csv"), *_LISTS)


def _written(record: RunRecord) -> list[str]:
    """The files of points, those that say what they and others are, of all writers, and the description of the run."""
    try:
        with os.scandir(record.folder) as entries:
            files = {
                entry.name for entry in entries if entry.is_file(follow_symlinks=False) and not piece_of(entry.name)
            }
    except OSError:
        return []
    readme = [name for name in READMES if name in files and "description" not in record.document][:1]
    ours = (name for name in files if any(writer_in(name, *one) is not None for one in _WRITTEN))
    return sorted(ours) + readme


def shortened(path: str, record: RunRecord, hidden: Sequence[str], secret: Collection[str]) -> bytes | None:
    """What is published of a list of names: it lacks those that match a ``hidden`` pattern, and secret files.

    Lines stay where they are, since problems are reported by their numbers. None of a file that is published as it is.
    Raises OSError where it cannot be read.
    """
    if not (hidden or secret) or not any(writer_in(path, *one) is not None for one in _LISTS):
        return None
    data = read_file(os.path.join(record.folder, path))

    def is_out(name: object, file: object) -> bool:
        called = isinstance(name, str) and any(fnmatchcase(name, pattern) for pattern in hidden)
        return called or (isinstance(file, str) and file in secret)

    if path.endswith(".json"):
        return _without_names(data, is_out)
    lines = []
    for line in as_utf8(data).split(b"\n"):
        try:
            entry = mapping(decode(line)) if line.strip() else {}
        except ValueError:
            entry = {}
        lines.append(b"" if is_out(entry.get("name"), entry.get("file")) else line)
    return b"\n".join(lines)


def _without_names(data: bytes, is_out: Callable[[object, object], bool]) -> bytes:
    """A ``series.json`` without some names; one that cannot be read is as it was."""
    try:
        document = decode(data)
    except ValueError:
        return data
    if not isinstance(document, dict):
        return data
    files, series = mapping(document.get("files")), mapping(document.get("series"))
    left = {
        "files": {file: name for file, name in files.items() if not is_out(name, None)},
        "series": {name: said for name, said in series.items() if not is_out(name, None)},
    }
    same = left["files"] == files and left["series"] == series
    return data if same else encode({**document, **{key: value for key, value in left.items() if key in document}})
