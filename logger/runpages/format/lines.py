"""The ``.jsonl`` files of a run: tables, charts, and the lists of images and media."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from typing import Any

from . import layout
from .document import decode, integer, seconds, text
from .files import RunFiles
from .metrics import SHOWN
from .records import Chart, Medium, Problem, Table

_Document = dict[str, Any]


def records(path: str, files: RunFiles, problems: list[Problem], *, growing: bool) -> list[_Document]:
    """The objects of a ``.jsonl`` file; bad lines are told, the torn end of a growing file is not."""
    whole, _, tail = files.data(path).rpartition(b"\n")
    found: list[_Document] = []
    bad: list[tuple[int, str]] = []
    rows = whole.split(b"\n") if whole else []
    # An editor may have left the last line feed away; a torn object never parses.
    for number, line in enumerate([*rows, tail], 1):
        fault = _add(line, found) if line.strip() else None
        if fault and not (growing and number > len(rows)):
            bad.append((number, fault))
    problems.extend(Problem(path, number, why, "Line left out") for number, why in bad[:SHOWN])
    if len(bad) > SHOWN:
        problems.append(Problem(path, None, f"{len(bad) - SHOWN} more lines could not be read", "Lines left out"))
    return found


def _add(line: bytes, found: list[_Document]) -> str | None:
    """Add the object of a line; returns what is wrong with a line that holds none."""
    try:
        record = decode(line)
    except ValueError as error:
        return f"It is no valid JSON: {'not UTF-8' if isinstance(error, UnicodeError) else error}"
    if not isinstance(record, dict):
        return "It is no JSON object"
    found.append(record)
    return None


def _by_name(folder: str, files: RunFiles, names: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Name and files of each table or chart; the files of further writers follow the owner's."""
    found: dict[str, list[str]] = {}
    for path, _ in files.below(folder):
        file = path.removeprefix(folder + "/")
        if file.endswith(".jsonl") and "/" not in file:
            stem = file.split(".")[0]
            name = names.get(f"{folder}/{stem}") or layout.name_of(stem) or stem
            found.setdefault(name, []).append(path)
    for name, paths in found.items():
        yield name, sorted(paths, key=lambda path: (layout.writer_of(os.path.basename(path)) or "", path))


def tables(files: RunFiles, problems: list[Problem], names: dict[str, str], *, growing: bool) -> list[Table]:
    """The logged tables, by name."""
    found = []
    for name, paths in _by_name("tables", files, names):
        rows = [row for path in paths for row in records(path, files, problems, growing=growing)]
        found.append(Table(name, paths, list(dict.fromkeys(key for row in rows for key in row)), rows))
    return found


def charts(files: RunFiles, problems: list[Problem], names: dict[str, str], *, growing: bool) -> list[Chart]:
    """The logged charts, in the order of their calls."""
    found = []
    for name, paths in _by_name("charts", files, names):
        calls = [(path, record) for path in paths for record in records(path, files, problems, growing=growing)]
        for at, (path, record) in enumerate(calls):
            kind = text(record.get("type")) or "unknown"
            step = _number(record.get("step"), at)
            found.append(Chart(name, kind, step, _time(record), record.get("data"), path))
    return found


def media(folder: str, files: RunFiles, problems: list[Problem], *, growing: bool) -> list[Medium]:
    """The images or media of a run: the listed ones, then files that no list names."""
    sizes = dict(files.below(folder))
    listed: list[tuple[float, str, int, Medium]] = []
    for writer, path in files.written_by(folder, "jsonl"):
        for at, record in enumerate(records(path, files, problems, growing=growing)):
            medium = _medium(record, at, sizes)
            if medium is None:
                problems.append(Problem(path, at + 1, "The entry has no name or no file in the run", "Entry left out"))
                continue
            if medium.missing:
                problems.append(Problem(medium.file, None, "Listed but missing", "Placeholder shown"))
            listed.append((medium.time or 0.0, writer, at, medium))
    media = [item[3] for item in sorted(listed, key=lambda item: item[:3])]
    known = {medium.file for medium in media}
    return media + list(_unlisted(folder, (path for path in sizes if path not in known)))


def _medium(record: _Document, at: int, sizes: dict[str, int]) -> Medium | None:
    name, file = text(record.get("name")), text(record.get("file"))
    if not name or not file or ".." in file.split("/") or file.startswith("/") or "\\" in file:
        return None
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


def _unlisted(folder: str, paths: Iterable[str]) -> Iterator[Medium]:
    counts: dict[str, int] = {}
    for path in paths:
        inner, _, file = path.removeprefix(folder + "/").rpartition("/")
        stem = file.rpartition(".")[0] or file
        name = layout.name_of(inner) or inner if inner else stem
        counts[name] = counts.get(name, -1) + 1
        yield Medium(name, _number(_parsed(stem), counts[name]) if inner else counts[name], None, path)


def _parsed(stem: str) -> float | int | None:
    try:
        return int(stem)
    except ValueError:
        try:
            return float(stem)
        except ValueError:
            return None


def _number(value: object, otherwise: int) -> float | int:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return value
    return otherwise


def _time(record: _Document) -> float | None:
    return seconds(record.get("time"))
