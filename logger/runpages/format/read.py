"""Reads run folders into values. What cannot be read is reported as a problem and never raised.

Only a folder of a newer format is refused, by ``FormatError``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from . import layout, status
from .document import decode, integer, mapping, seconds, text
from .errors import FormatError
from .files import FOLDERS, Load, RunFiles, artifact_names, content, opened, read_text, regular, unreadable
from .jsonl import charts, media, numbered, records, tables, unlisted
from .last_write import latest
from .parameters import parameters
from .records import (
    FORMAT,
    Declaration,
    Error,
    ExperimentRecord,
    File,
    Pass,
    Problem,
    RunRecord,
    Series,
    Uncollected,
)
from .spelling import moment
from .stray_files import Loose, not_shown, strays
from .stream import Stream, collect, merge

_Document = dict[str, Any]


class PointFiles(NamedTuple):
    """The files of a run that hold its points, and all that has to be known to read them with ``Stream``."""

    folder: str
    files: list[tuple[str, str]]
    """Writer and path of each, the owner's first; the writer is empty for the owner."""
    declared: dict[str, Declaration]
    """What was said of metric names; those of the kind ``list`` may have no points."""
    growing: bool
    by_hand: bool
    told: int
    """How many problems of the run come before those of its points."""
    passes: tuple[Pass, ...] = ()
    """The passes of the run after the first, by time."""
    in_pieces: frozenset[str] = frozenset()
    """Those of the files that have pieces."""

    def open(self, path: str) -> BinaryIO:
        """Open one of the files; raises OSError if it cannot be read."""
        return opened(self.folder, path) if path in self.in_pieces else regular(os.path.join(self.folder, path))


def read_run(folder: str, *, now: float) -> RunRecord:
    """Read a whole run. ``now``, in seconds since the epoch, decides whether a silent run is still alive.

    Raises FormatError for a run of a newer format.
    """
    run, points = read_without_points(folder, now=now)
    problems: list[Problem] = []
    series = _series(points, problems)
    run.problems[points.told : points.told] = problems
    with_published_problems(run)
    return run._replace(series=series)


def with_published_problems(run: RunRecord) -> None:
    """Put the problems first that were met when the run was published, of files that are not there any more as well."""
    told = _published_problems(run.document)
    run.problems[:] = [*told, *(problem for problem in run.problems if problem not in told)]


def read_without_points(folder: str, *, now: float, load: Load | None = None) -> tuple[RunRecord, PointFiles]:
    """Read a run but for its series, and say where their points are; what is bad in those is yet to be reported.

    ``now`` and the error are those of ``read_run``; ``load`` is that of ``RunFiles``.
    """
    run, files, damaged, pictures = _head(folder, now, load)
    problems, growing = run.problems, run.status in status.ACTIVE
    names, declared = _definitions(files, problems, growing=growing)
    told = len(problems)
    run = run._replace(
        tables=tables(files, problems, names, growing=growing),
        charts=charts(files, problems, names, growing=growing),
        images=media("images", files, problems, growing=growing) + unlisted("", pictures),
        media=media("media", files, problems, growing=growing),
    )
    written = files.written_by(layout.METRICS, "csv")
    by_hand = not run.owner and not damaged
    return run, PointFiles(folder, written, declared, growing, by_hand, told, run.passes, files.in_pieces)


def read_head(folder: str, *, now: float) -> RunRecord:
    """Read what a run is and which files it keeps, without what it logged; for the rest see ``read_run``."""
    return _head(folder, now)[0]


def _head(folder: str, now: float, load: Load | None = None) -> tuple[RunRecord, RunFiles, bool, list[str]]:
    """A run without what it logged, its files, whether its document is damaged, and its stray pictures."""
    problems: list[Problem] = []
    files = RunFiles(folder, problems, load)
    # A pipe or a link that leaves the run has been reported.
    readable = all(problem.file != layout.RUN for problem in problems)
    document = read_document(os.path.join(folder, layout.RUN), problems) if readable else {}
    if document.get("format_refused"):
        raise FormatError(document["format_refused"])
    damaged = any(problem.file == layout.RUN for problem in problems)
    damaged |= any(problem.file == layout.RUN and problem.damage for problem in _published_problems(document))
    experiment, identity = _identity(folder)
    passes = _apply_changes(document, files, problems)
    owner = mapping(document.get("owner"))
    names = artifact_names(folder, (path.removeprefix("artifacts/") for path, _ in files.below(layout.ARTIFACTS)))
    problems.extend(_unread_times(document))
    beside = _strays(document, files)
    problems.extend(not_shown(beside.others, (name.rstrip("/") for name in files.folders if name[:-1] not in FOLDERS)))
    if not any(path == layout.RUN for path, _ in files.top):
        document = {**parameters(folder, beside.configuration, problems), **document}
    readme = read_text(os.path.join(folder, beside.readme)) if beside.readme else None
    word = text(document.get("status"))
    word = status.understood(word) if word else None
    # The times of files may be those of a copy, so what the files say comes first.
    written = None if word in status.TERMINAL else latest(files, document)
    last_write = max(filter(None, (written, seconds(document.get("last_write")))), default=None) or files.last_write()
    run = RunRecord(
        folder=folder,
        experiment=text(document.get("experiment")) or experiment,
        id=text(document.get("id")) or identity,
        name=text(document.get("name")),
        number=integer(document.get("number")),
        type=text(document.get("type")),
        status=status.derived(word, owner, last_write, now),
        created=seconds(document.get("created")),
        started=seconds(document.get("started") or document.get("start_time")),
        ended=seconds(document.get("ended") or document.get("end_time")),
        last_write=last_write,
        parent=text(document.get("parent")),
        owner=owner,
        description=text(document.get("description")) or readme,
        tags={key: None if value is None else str(value) for key, value in mapping(document.get("tags")).items()},
        properties={key: str(value) for key, value in mapping(document.get("properties")).items()},
        params=mapping(document.get("params")),
        environment=mapping(document.get("environment")),
        error=_error(document.get("error")),
        series={},
        tables=[],
        charts=[],
        images=[],
        media=[],
        artifacts=[
            File(names[path.removeprefix("artifacts/")], path, size) for path, size in files.below(layout.ARTIFACTS)
        ]
        + beside.outputs,
        logs=[File(path.removeprefix("logs/"), path, size) for path, size in files.below(layout.LOGS)] + beside.logs,
        snapshot=next((File(path, path, size) for path, size in files.top if path == layout.SNAPSHOT), None),
        problems=problems,
        document=document,
        uncollected=_uncollected(mapping(document.get("uncollected"))),
        outputs_shared_with=tuple(filter(None, map(text, _list(document.get("outputs_shared_with"))))),
        passes=passes,
    )
    return run, files, damaged, beside.pictures


def read_experiment(folder: str) -> ExperimentRecord:
    """Read what an experiment says of itself; all of it is optional."""
    problems: list[Problem] = []
    document = read_document(os.path.join(folder, layout.EXPERIMENT), problems)
    refused = document.get("format_refused")
    if refused:
        problems.append(Problem(layout.EXPERIMENT, None, refused, "File skipped"))
    return ExperimentRecord(
        folder=folder,
        name=text(document.get("name")) or layout.name_of(os.path.basename(folder)) or os.path.basename(folder),
        tags={key: None if value is None else str(value) for key, value in mapping(document.get("tags")).items()},
        archived=seconds(document.get("archived")),
        description=text(document.get("description")),
        readme=read_text(os.path.join(folder, layout.README), problems),
        problems=problems,
    )


def read_document(path: str, problems: list[Problem]) -> _Document:
    """Read a root document; an empty one where there is none or it is damaged.

    A document of a newer format comes back as ``{"format_refused": <what to do>}``.
    """
    name = os.path.basename(path)
    try:
        document = decode(content(path))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        problems.append(unreadable(name, error))
        return {}
    if not isinstance(document, dict):
        problems.append(Problem(name, None, "It is not a JSON object", "File skipped"))
        return {}
    version = document.get("format", FORMAT)
    if isinstance(version, (int, float)) and version >= FORMAT + 1:
        return {
            "format_refused": f"{path} is of format {version}; this runpages reads format {FORMAT}. "
            "Install a newer one: pip install -U runpages"
        }
    document.pop("format_refused", None)  # The word is this reader's own.
    return document


# --- documents -------------------------------------------------------------------------------------------


def _identity(folder: str) -> tuple[str, str]:
    path, run = os.path.split(os.path.abspath(folder))
    experiment = os.path.basename(path)
    return layout.name_of(experiment) or experiment, run


def _apply_changes(document: _Document, files: RunFiles, problems: list[Problem]) -> tuple[Pass, ...]:
    """Fold what other writers changed into ``run.json``: by time, then writer; gives the passes that they began.

    A state from before the end that ``run.json`` has is history: the owner has had the last word.
    """
    changes = []
    for writer, path in files.written_by("changes", "jsonl"):
        for at, change in enumerate(records(path, files, problems, growing=True)):
            changes.append((seconds(change.get("time")) or 0.0, writer, at, change))
    ended = seconds(document.get("ended")) or 0.0
    for time, _, _, change in sorted(changes, key=lambda item: item[:3]):
        if 0.0 < time < ended:
            change = {key: value for key, value in change.items() if key not in _STATE}
        _apply_change(document, change)
    return _passes(document, [(time, writer) for time, writer, _, change in changes if _takes_over(change)])


def _passes(document: _Document, taken: list[tuple[float, str]]) -> tuple[Pass, ...]:
    """The passes of a run, by time; the folded document lists them as ``resumed``."""
    said = document.get("resumed")
    known = map(mapping, said) if isinstance(said, list) else ()
    told = [(seconds(one.get("time")), text(one.get("writer")) or "") for one in known]
    passes = tuple(sorted({Pass(time, writer) for time, writer in (*taken, *told) if time}))
    if passes:
        document["resumed"] = [{"time": layout.iso_time(one.time), "writer": one.writer} for one in passes]
    return passes


def _takes_over(change: _Document) -> bool:
    """Whether a process goes on with a run by a change; one that begins a run that was only made notes the start."""
    word = text(change.get("status"))
    is_running = word is not None and status.understood(word) == status.RUNNING
    return is_running and bool(mapping(change.get("owner"))) and not change.get("started")


_STATE = ("status", "started", "ended", "error", "exit", "owner")


def _apply_change(document: _Document, change: _Document) -> None:
    """Apply one line of a ``changes`` file: ``tags``, ``remove_tags``, ``properties``, ``params``, or a word.

    The document is changed in place: with a copy for each line, many lines would take time with their square.
    """
    for key in ("tags", "properties", "params"):
        added = change.get(key)
        if isinstance(added, dict):
            _own(document, key).update(added)
    removed = change.get("remove_tags")
    if isinstance(removed, list):
        tags = _own(document, "tags")
        for tag in removed:
            if isinstance(tag, str):
                tags.pop(tag, None)
    for key in (*_STATE, "name", "description", "uncollected"):
        if key in change:
            document[key] = change[key]


def _own(document: _Document, key: str) -> _Document:
    """The part of a document that is a dictionary, or is to become one."""
    part = document.get(key)
    if not isinstance(part, dict):
        part = document[key] = {}
    return part


def _definitions(
    files: RunFiles, problems: list[Problem], *, growing: bool
) -> tuple[dict[str, str], dict[str, Declaration]]:
    """The exact names of hashed files, and what was said of metric names, over all writers."""
    names: dict[str, str] = {}
    declared: dict[str, Declaration] = {}

    def declare(name: str, fields: _Document) -> None:
        new = {field: text(fields.get(field)) for field in Declaration._fields if text(fields.get(field))}
        declared[name] = declared.get(name, Declaration())._replace(**new)

    for _, path in files.written_by("series", "json"):
        document = read_document(os.path.join(files.folder, path), problems)
        if document.get("format_refused"):
            problems.append(Problem(path, None, document["format_refused"], "File skipped"))
        names.update({file: str(name) for file, name in mapping(document.get("files")).items()})
        for name, said in mapping(document.get("series")).items():
            declare(name, mapping(said))
    for _, path in files.written_by("definitions", "jsonl"):
        for at, record in numbered(path, files, problems, growing=growing).items():
            called, file = text(record.get("name")), text(record.get("file"))
            if called is None:
                problems.append(Problem(path, at, "The line has no name", "Line skipped"))
            elif file is None:
                declare(called, record)
            else:
                names[file] = called
    return names, declared


def _strays(document: _Document, files: RunFiles) -> Loose:
    """The files of a run's own folder that are not the format's."""
    return strays(files.top, mapping(mapping(document.get("environment")).get("git")).get("diff"))


def _unread_times(document: _Document) -> Iterator[Problem]:
    """The times of a document that cannot be read, as it takes a person to write."""
    for key in ("created", "started", "start_time", "ended", "end_time"):
        value = document.get(key)
        if value not in (None, "") and seconds(value) is None:
            try:
                why = f"The time {moment(str(value))!r} is not a time"
            except ValueError as error:
                why = str(error)
            yield Problem(layout.RUN, None, f"{key}: {why}", "Time ignored", False)


def _published_problems(document: _Document) -> list[Problem]:
    """The problems that the document of a published run lists."""
    found = [mapping(one) for one in _list(document.get("problems"))]
    return [
        Problem(
            text(one.get("file")) or "", integer(one.get("line")), message, text(one.get("action")) or "",
            one.get("damage") is not False, integer(one.get("skipped")) or 0,
        )
        for one in found
        if (message := text(one.get("message")))
    ]  # fmt: skip


def _error(value: object) -> Error | None:
    if isinstance(value, str) and value:
        return Error("UserError", value)
    if not isinstance(value, dict):
        return None
    return Error(
        code=text(value.get("code")) or "UserError",
        message=text(value.get("message")) or "",
        type=text(value.get("type")),
        traceback=text(value.get("traceback")),
    )


def _uncollected(document: _Document) -> Uncollected | None:
    found = [mapping(one) for one in _list(document.get("files"))]
    named = [(text(one.get("path")) or "", text(one.get("reason")) or "") for one in found]
    count = max(integer(document.get("count")) or 0, len(named))
    return Uncollected(named, count, text(document.get("place"))) if count else None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _series(points: PointFiles, problems: list[Problem]) -> dict[str, Series]:
    """All points of a run, with their declarations; bad lines are reported among ``problems``."""
    parts = []
    for writer, path in points.files:
        try:
            with points.open(path) as file:
                found = collect(Stream(file, path, growing=points.growing, by_hand=points.by_hand))
        except OSError as error:
            problems.append(unreadable(path, error))
        else:
            problems.extend(found.problems)
            parts.append((writer, found.series))
    merged = merge(parts)
    for name, said in points.declared.items():
        if said.kind == "list" and name not in merged:
            merged[name] = Series(name, [], [], [])
    return {name: series._replace(declared=points.declared.get(name, Declaration())) for name, series in merged.items()}
