"""Reads the ``.jsonl`` files of a run: tables, charts, and the lists of images and media."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from . import layout
from .document import as_utf8, decode, finite, integer, mistake, seconds, text
from .files import RunFiles
from .records import Chart, Medium, Problem, Table
from .stray_files import original
from .stream import SHOWN

_Document = dict[str, Any]


def records(path: str, files: RunFiles, problems: list[Problem], *, growing: bool) -> list[_Document]:
    """The objects of a ``.jsonl`` file; bad lines are reported, the torn end of a growing file is not."""
    return list(numbered(path, files, problems, growing=growing).values())


def numbered(path: str, files: RunFiles, problems: list[Problem], *, growing: bool) -> dict[int, _Document]:
    """The objects of a ``.jsonl`` file by the number of their line."""
    found: dict[int, _Document] = {}
    bad: list[tuple[int, str]] = []
    lines = as_utf8(files.content(path)).split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            if line.strip():
                found[number] = _object(line)
        except ValueError as error:
            # What follows the last line feed is torn, or an editor left the line feed away; a torn object never parses.
            if number < len(lines) or not growing:
                bad.append((number, str(error)))
    problems.extend(Problem(path, number, why, "Line skipped", skipped=1) for number, why in bad[:SHOWN])
    if len(bad) > SHOWN:
        more = len(bad) - SHOWN
        problems.append(Problem(path, None, f"{more} more lines could not be read", "Lines skipped", skipped=more))
    return found


def _object(line: bytes) -> _Document:
    """The object of a line; raises ValueError, with what to tell, for a line that holds none."""
    try:
        record = decode(line)
    except ValueError as error:
        raise ValueError(f"It is not valid JSON: {mistake(error)}") from None
    if isinstance(record, dict):
        return record
    raise ValueError("It is not a JSON object")


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
            problems.append(Problem(path, None, why, "File skipped", False))
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
            medium = _logged_medium(record, counts, sizes)
            if medium is None:
                problems.append(Problem(path, at, "The entry has no name or no file in the run", "Entry skipped"))
                continue
            if medium.missing:
                problems.append(Problem(medium.file, None, "Listed but missing", "Placeholder shown"))
            latest = max(latest, medium.time or 0.0)
            listed.append((latest, writer, at, medium))
    media = [item[3] for item in sorted(listed, key=lambda item: item[:3])]
    known = {medium.file for medium in media}
    return media + unlisted(folder, (path for path in sizes if path not in known))


def _logged_medium(record: _Document, counts: dict[str, int], sizes: dict[str, int]) -> Medium | None:
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


_SAID = re.compile(r"(?i)(?<![a-z])(?:global_step|step|iteration|iter|it|epoch|ep|frame)[ _=-]*(\d+)(?![\d.])")
_LAST = re.compile(r"(.*?)[ _=-]*(?<![\d.])(\d+)")
_DIGITS = re.compile(r"(\d+)")


class _Part(NamedTuple):
    """A file by its name: its path, the folder that it is in, the word that it shares with others, and its step."""

    path: str
    inner: str
    stem: str
    word: str
    step: float | int | None
    is_said: bool
    """Whether the name says that the number is a step; else it takes another file of that word to say so."""


def unlisted(folder: str, paths: Iterable[str]) -> list[Medium]:
    """Files below a ``folder`` of the run, or in the run's own where that is empty, as series by step.

    A file in a folder is of the name of that folder, ``<folder>/<word>`` where two of them have one step. All others
    are of their own word: ``epoch_003.png`` is ``epoch`` at step 3, and ``img2.png`` comes before ``img10.png``.
    """
    parts = [_part(path, path.removeprefix(f"{folder}/")) for path in sorted(paths, key=natural)]
    of_word: dict[tuple[str, str], int] = {}
    at_step: dict[tuple[str, float | int | None], int] = {}
    for part in parts:
        of_word[part.inner, part.word] = of_word.get((part.inner, part.word), 0) + 1
        at_step[part.inner, part.step] = at_step.get((part.inner, part.step), 0) + 1
    crowded = {inner for (inner, step), count in at_step.items() if step is not None and count > 1}
    found: dict[str, list[Medium]] = {}
    for part in parts:
        is_step = part.is_said or of_word[part.inner, part.word] > 1
        word = part.word if is_step else part.stem
        split = part.inner in crowded and is_step and word
        name = f"{part.inner}/{word}" if split else part.inner or word or part.stem
        series = found.setdefault(name, [])
        step = part.step if is_step and part.step is not None else len(series)
        series.append(Medium(name, step, None, part.path))
    return [medium for series in found.values() for medium in sorted(series, key=lambda medium: medium.step)]


def natural(path: str) -> list[list[tuple[int, int, str]]]:
    """A key by which ``img2`` comes before ``img10``, folder by folder."""
    return [
        [(0, int(piece), piece) if piece.isdecimal() else (1, 0, piece) for piece in _DIGITS.split(part)]
        for part in path.split("/")
    ]


def _part(path: str, file: str) -> _Part:
    inner, _, name = file.rpartition("/")
    stem = name.rpartition(".")[0] or name
    inner = layout.name_of(inner) or inner
    number = _place_in_name(stem)
    if number is not None:
        return _Part(path, inner, stem, "", number, is_said=True)
    if (said := _SAID.search(stem)) is not None:
        word = f"{stem[: said.start()]} {stem[said.end() :]}".strip(" _=-.")
        return _Part(path, inner, stem, word or said[0].rstrip("0123456789 _=-"), int(said[1]), is_said=True)
    if (last := _LAST.fullmatch(stem)) is not None:
        return _Part(path, inner, stem, last[1], int(last[2]), is_said=False)
    return _Part(path, inner, stem, stem, None, is_said=False)


def _place_in_name(stem: str) -> float | int | None:
    """The number that a name is, as far as a float holds it."""
    for read in (int, float):
        try:
            return number if abs(number := read(stem)) < 1e300 else None
        except (ValueError, OverflowError):
            continue
    return None
