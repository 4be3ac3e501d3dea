"""The ``.jsonl`` files of a run: tables, charts, and the lists of images and media."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from . import layout
from .copies import original
from .document import as_utf8, decode, finite, integer, seconds, text
from .files import RunFiles
from .metrics import SHOWN
from .mistake import mistake
from .records import Chart, Medium, Problem, Table
from .sequence import unlisted

_Document = dict[str, Any]


def records(path: str, files: RunFiles, problems: list[Problem], *, growing: bool) -> list[_Document]:
    """The objects of a ``.jsonl`` file; bad lines are told, the torn end of a growing file is not."""
    return list(numbered(path, files, problems, growing=growing).values())


def numbered(path: str, files: RunFiles, problems: list[Problem], *, growing: bool) -> dict[int, _Document]:
    """The objects of a ``.jsonl`` file by the number of their line."""
    found: dict[int, _Document] = {}
    bad: list[tuple[int, str]] = []
    lines = as_utf8(files.data(path)).split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            if line.strip():
                found[number] = _object(line)
        except ValueError as error:
            # What follows the last line feed is torn, or an editor left the line feed away; a torn object never parses.
            if number < len(lines) or not growing:
                bad.append((number, str(error)))
    problems.extend(Problem(path, number, why, "Line left out") for number, why in bad[:SHOWN])
    if len(bad) > SHOWN:
        problems.append(Problem(path, None, f"{len(bad) - SHOWN} more lines could not be read", "Lines left out"))
    return found


def _object(line: bytes) -> _Document:
    """The object of a line; raises ValueError, with what to tell, for a line that holds none."""
    try:
        record = decode(line)
    except ValueError as error:
        raise ValueError(f"It is no valid JSON: {mistake(error)}") from None
    if isinstance(record, dict):
        return record
    raise ValueError("It is no JSON object")


def _by_name(
    folder: str, files: RunFiles, names: dict[str, str], problems: list[Problem]
) -> Iterator[tuple[str, list[str]]]:
    """Name and files of each table or chart; the files of further writers follow the owner's."""
    found: dict[str, list[str]] = {}
    beside = {path for path, _ in files.below(folder)}
    for path, _ in files.below(folder):
        file = path.removeprefix(folder + "/")
        stem = file.split(".")[0]
        if (known := original(file)) and f"{folder}/{known}" in beside:
            why = f"It is a copy of {known}. Remove it, or rename it if it is another"
            problems.append(Problem(path, None, why, "File left out", False))
        elif file.endswith(".jsonl") and "/" not in file and stem:
            name = names.get(f"{folder}/{stem}") or layout.name_of(stem) or stem
            found.setdefault(name, []).append(path)
    for name, paths in found.items():
        yield name, sorted(paths, key=lambda path: (layout.writer_of(os.path.basename(path)) or "", path))


def tables(files: RunFiles, problems: list[Problem], names: dict[str, str], *, growing: bool) -> list[Table]:
    """The logged tables, by name."""
    found = []
    for name, paths in _by_name("tables", files, names, problems):
        rows = [row for path in paths for row in records(path, files, problems, growing=growing)]
        found.append(Table(name, paths, list(dict.fromkeys(key for row in rows for key in row)), rows))
    return found


def charts(files: RunFiles, problems: list[Problem], names: dict[str, str], *, growing: bool) -> list[Chart]:
    """The logged charts, in the order of their calls."""
    found = []
    for name, paths in _by_name("charts", files, names, problems):
        calls = [(path, record) for path in paths for record in records(path, files, problems, growing=growing)]
        for at, (path, record) in enumerate(calls):
            kind = text(record.get("type")) or "unknown"
            step = _number(record.get("step"), at)
            found.append(Chart(name, kind, step, _time(record), record.get("data"), path, text(record.get("caption"))))
    return found


def media(folder: str, files: RunFiles, problems: list[Problem], *, growing: bool) -> list[Medium]:
    """The images or media of a run: the listed ones, then files that no list names."""
    sizes = dict(files.below(folder))
    listed: list[tuple[float, str, int, Medium]] = []
    for writer, path in files.written_by(folder, "jsonl"):
        counts: dict[str, int] = {}
        latest = 0.0  # A clock that goes back reorders nothing that one writer wrote.
        for at, record in numbered(path, files, problems, growing=growing).items():
            medium = _medium(record, counts, sizes)
            if medium is None:
                problems.append(Problem(path, at, "The entry has no name or no file in the run", "Entry left out"))
                continue
            if medium.missing:
                problems.append(Problem(medium.file, None, "Listed but missing", "Placeholder shown"))
            latest = max(latest, medium.time or 0.0)
            listed.append((latest, writer, at, medium))
    media = [item[3] for item in sorted(listed, key=lambda item: item[:3])]
    known = {medium.file for medium in media}
    return media + unlisted(folder, (path for path in sizes if path not in known))


def _medium(record: _Document, counts: dict[str, int], sizes: dict[str, int]) -> Medium | None:
    name, file = text(record.get("name")), text(record.get("file"))
    if not name or not file or ".." in file.split("/") or file.startswith("/") or "\\" in file:
        return None
    at = counts[name] = counts.get(name, -1) + 1
    return Medium(
        name=name,
        step=_number(record.get("step"), at),
        time=_time(record),
        file=file,
        caption=text(record.get("caption")),
        width=integer(record.get("width")),
        height=integer(record.get("height")),
        missing=file not in sizes,
    )


def _number(value: object, otherwise: int) -> float | int:
    number = finite(value)
    return otherwise if number is None else number


def _time(record: _Document) -> float | None:
    return seconds(record.get("time"))
