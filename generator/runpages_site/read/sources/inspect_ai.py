"""Reads the logs of Inspect: an ``.eval`` file, which is an archive of JSON documents, or one JSON document."""

from __future__ import annotations

import json
import os
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from runpages.format import layout
from runpages.format.discovery import Found, RunFolder
from runpages.format.document import decode, mapping
from runpages.format.files import open_file, unreadable
from runpages.format.records import Error, Problem, Series, Table

from ..scan import stamp_of_files
from ..source import PointSink, Reading
from . import folders
from .folders import Folder
from .history import leaves, number, time_of
from .record import NamedInside, content_within, found_runs, record, unended

LABEL = "Inspect"

LARGEST = 64 << 20
"""Bytes of a document up to which it is read."""

LONGEST = 1_000
"""Characters of the input and the target of a sample that are shown."""

_HEAD = 200
_ARCHIVE = b"PK\3\4"
_DOCUMENT = re.compile(rb'\s*\{\s*"version":\s*\d+,\s*"status":\s*"(started|success|cancelled|error)"')
_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d[-+]\d\d-\d\d_(?P<task>.+)_[^_]+\.(eval|json)")
_STATUS = {"success": "Completed", "error": "Failed", "cancelled": "Canceled"}
_ZSTANDARD = 93
_FAULTS = (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


class InspectAi(NamedInside):
    """The source of files with the log of an evaluation, each a run of the task that it names."""

    def find(self, folder: str, *, skip: Collection[str] = ()) -> Found:
        """The runs, by their tasks."""
        found = []
        for one in folders.walk(folder, skip=skip):
            for name in sorted(name for name in one.files if _is_log(one, name)):
                match = _NAME.fullmatch(name)
                experiment = match["task"] if match else folders.place(folder, one.parts).run
                stem = layout.file_name(name.rpartition(".")[0])
                stamp = stamp_of_files(one.path, [name])
                found.append(RunFolder(layout.file_name(experiment), stem, os.path.join(one.path, name), stamp))
        return found_runs(found)

    def read(self, run: RunFolder, *, now: float, known: Mapping[str, Any], sink: PointSink | None) -> Reading:
        """A run: its scores and their samples, the model, and what it was set to."""
        problems: list[Problem] = []
        name = os.path.basename(run.path)
        log, samples = dict[str, Any](), list[Any]()
        try:
            log, samples = (_archive if name.endswith(".eval") else _document)(run.path)
        except _FAULTS as error:
            is_plain = isinstance(error, OSError) and not isinstance(error, zipfile.BadZipFile)
            why = unreadable(name, error).message if is_plain else f"It cannot be read: {error}"  # type: ignore[arg-type]
            problems.append(Problem(name, None, why, "File skipped"))
        about, stats = mapping(log.get("eval")), mapping(log.get("stats"))
        created = time_of(stats.get("started_at")) or time_of(about.get("created"))
        ended = time_of(stats.get("completed_at"))
        dataset, tags = mapping(about.get("dataset")), about.get("tags")
        made = record(
            run, LABEL, name=about.get("model"), created=created, ended=ended,
            status=_status(log, run.path, now), params=_params(about, mapping(log.get("plan"))),
            properties={"Task": about.get("task"), "Model": about.get("model"), "Dataset": dataset.get("name")},
            tags=dict.fromkeys(map(str, tags), "") if isinstance(tags, list) else {},
            series=dict(_series(log, ended)), tables=_table(samples), problems=problems,
            commit=mapping(about.get("revision")).get("commit"), error=_error(log),
        )  # fmt: skip
        return Reading(made)


def _is_log(folder: Folder, name: str) -> bool:
    if not name.endswith(".eval") and not _NAME.fullmatch(name):
        return False
    try:
        with open_file(os.path.join(folder.path, name)) as file:
            start = file.read(_HEAD)
    except OSError:
        return False
    return start.startswith(_ARCHIVE) if name.endswith(".eval") else bool(_DOCUMENT.match(start))


def _archive(path: str) -> tuple[dict[str, Any], list[Any]]:
    """The header of a log and summaries of its samples; of one that was not ended, what it began with."""
    with open_file(path) as file, zipfile.ZipFile(file) as archive:
        names = {one.filename for one in archive.infolist() if not one.filename.startswith("samples/")}
        if sum(archive.getinfo(name).file_size for name in names) > LARGEST:
            raise ValueError("what it has beside its samples is too large to be shown")
        if "header.json" in names:
            log = mapping(_read(archive, "header.json"))
        else:
            log = {**mapping(_read(archive, "_journal/start.json")), "status": "started"}
        if "summaries.json" in names:
            found = _read(archive, "summaries.json")
            return log, found if isinstance(found, list) else []
        parts = sorted(name for name in names if re.fullmatch(r"_journal/summaries/\d+\.json", name))
        lists = [_read(archive, name) for name in sorted(parts, key=lambda name: (len(name), name))]
        return log, [one for part in lists if isinstance(part, list) for one in part]


def _read(archive: zipfile.ZipFile, name: str) -> Any:
    """A document of an archive. Raises ValueError and what zipfile does."""
    if archive.getinfo(name).compress_type == _ZSTANDARD and not hasattr(zipfile, "ZIP_ZSTANDARD"):
        raise ValueError(
            "it is compressed by Zstandard, which Python reads from version 3.14 on. Build the site with that, or "
            "convert the log first: inspect log convert FILE --to json --output-dir FOLDER"
        )
    return decode(archive.read(name))


def _document(path: str) -> tuple[dict[str, Any], list[Any]]:
    """The log that is one document, and its samples."""
    why = "it is too large. Convert it: inspect log convert FILE --to eval --output-dir FOLDER"
    log = mapping(decode(content_within(path, LARGEST, why)))
    samples = log.get("samples")
    return log, samples if isinstance(samples, list) else []


# --- what a log has ----------------------------------------------------------------------------------------


def _status(log: Mapping[str, Any], path: str, now: float) -> str | None:
    if log.get("status") != "started":
        return _STATUS.get(str(log.get("status")))
    return unended(os.stat(path).st_mtime, now)


def _params(about: Mapping[str, Any], plan: Mapping[str, Any]) -> dict[str, Any]:
    """What was set, without what was left to its default."""
    groups = (
        ("task", about.get("task_args")), ("model", about.get("model_args")), ("config", about.get("config")),
        ("generate", {**mapping(about.get("model_generate_config")), **_set(plan.get("config"))}),
        ("metadata", about.get("metadata")),
    )  # fmt: skip
    found = {name: _set(group) for name, group in groups}
    solvers = plan.get("steps")
    names = [str(mapping(one).get("solver")) for one in solvers] if isinstance(solvers, list) else []
    return {**{name: group for name, group in found.items() if group}, **({"solvers": names} if names else {})}


def _set(group: object) -> dict[str, Any]:
    return {name: value for name, value in mapping(group).items() if value is not None}


def _series(log: Mapping[str, Any], time: float | None) -> Iterator[tuple[str, Series]]:
    """The metrics of the scores, and the tokens that were used, each a single value."""
    scores = mapping(log.get("results")).get("scores")
    for score in map(mapping, scores if isinstance(scores, list) else []):
        for metric, one in mapping(score.get("metrics")).items():
            reducer = score.get("reducer")
            name = "/".join(map(str, filter(None, (score.get("name"), reducer, metric))))
            if (value := number(mapping(one).get("value"))) is not None:
                yield name, Series(name, [0], [time], [value])
    for path, used in leaves(mapping(mapping(log.get("stats")).get("model_usage"))):
        if (value := number(used)) is not None:
            yield f"usage/{path}", Series(f"usage/{path}", [0], [time], [value])


def _error(log: Mapping[str, Any]) -> Error | None:
    error = mapping(log.get("error"))
    trace = error.get("traceback")
    return Error("", str(error.get("message")), None, trace if isinstance(trace, str) else None) if error else None


def _table(samples: list[Any]) -> list[Table]:
    """The samples with their scores as a table."""
    rows = [_row(mapping(one)) for one in samples]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return [Table("samples", [], columns, rows)] if rows else []


def _row(sample: Mapping[str, Any]) -> dict[str, Any]:
    row = {name: _cell(sample.get(name)) for name in ("id", "epoch", "input", "target")}
    for name, score in mapping(sample.get("scores")).items():
        row[name] = _cell(mapping(score).get("value"))
    if sample.get("error"):
        error = sample["error"]
        row["error"] = _cell(error.get("message") if isinstance(error, dict) else error)
    return row


def _cell(value: Any) -> Any:
    """A value, or as a text what is no plain one, cut where it is long."""
    if isinstance(value, list) and all(isinstance(one, dict) and isinstance(one.get("content"), str) for one in value):
        value = "\n".join(one["content"] for one in value)  # The messages of a conversation.
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
    return text[:LONGEST] if isinstance(text, str) else text
