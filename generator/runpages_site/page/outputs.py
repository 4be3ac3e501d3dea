"""The files that a run kept, and the snapshot of its code."""

from __future__ import annotations

from dataclasses import dataclass
from posixpath import basename, dirname

from runpages.format.records import File, RunRecord

from .. import number
from ..model import RunPlace
from .view import Link, published


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file in the table of outputs."""

    folder: str
    link: Link
    size: str
    note: str


@dataclass(frozen=True, slots=True)
class Files:
    """A table of files; the rest is folded."""

    facts: str
    first: tuple[FileRow, ...]
    rest: tuple[FileRow, ...]
    rest_title: str


def outputs(record: RunRecord, place: RunPlace, shown: int) -> Files | None:
    """The section of outputs, ``shown`` before the fold, or nothing where the run has none."""
    if not record.artifacts:
        return None
    rows = [_file(file, place) for file in sorted(record.artifacts, key=lambda file: file.name)]
    size = number.size(sum(file.size for file in record.artifacts))
    rest = rows[shown:]
    return Files(
        facts=f"{number.plural(len(rows), 'file')}, {size}",
        first=tuple(rows[:shown]),
        rest=tuple(rest),
        rest_title=number.plural(len(rest), "more file") if rest else "",
    )


def _file(file: File, place: RunPlace) -> FileRow:
    found = published(file.file, place)
    folder = dirname(file.name)
    return FileRow(
        folder=f"{folder}/" if folder else "",
        link=Link(basename(file.name), found.href if found else ""),
        size=number.size(file.size),
        note="" if found else "not published",
    )


def snapshot(record: RunRecord, place: RunPlace) -> FileRow | None:
    """The snapshot of the code, if the run has one."""
    return _file(record.snapshot, place) if record.snapshot else None
