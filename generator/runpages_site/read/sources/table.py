"""Reads plain tables of metrics: CSV files and JSON lines that programs of their own write, one row a step."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from typing import Any

from runpages.format.discovery import is_run_by
from runpages.format.document import decode
from runpages.format.files import content, open_file
from runpages.format.records import Problem, Series

from .folders import Folder
from .rows import counter, is_row, series_of_rows
from .wide import HEAD, LARGEST, SHOWN, Tables, columns, series_of

_CSV = (".csv", ".tsv")
_ROWS = (".jsonl", ".ndjson")
_LINES = (*_ROWS, ".json", ".txt", ".log")


class PlainTables(Tables):
    """The source of folders with a table of numbers that has a column for the step or the epoch."""

    label = "Table"
    parameters = tuple(
        f"{stem}.{ending}" for stem in ("config", "params", "args", "hparams") for ending in ("json", "yaml", "yml")
    )

    def tables(self, folder: Folder) -> list[str]:
        """The files of such a kind, unless the folder is a run of this package."""
        return [] if is_run_by(folder.files) else [name for name in sorted(folder.files) if _is_table(folder, name)]

    def points(self, path: str, name: str, problems: list[Problem], *, growing: bool) -> dict[str, Series]:
        """The metrics in the columns, or in the lines."""
        if not name.lower().endswith(_LINES):
            found = series_of(content(path), name, problems, growing=growing)
            return _counted(found)
        return series_of_rows(_rows(path, name, problems, growing=growing))


def _is_table(folder: Folder, name: str) -> bool:
    """Whether a file is a table of metrics, by its name, its size and its beginning."""
    lower = name.lower()
    if not lower.endswith((*_CSV, *_LINES)):
        return False
    try:
        with open_file(os.path.join(folder.path, name)) as file:
            if os.fstat(file.fileno()).st_size > LARGEST:
                return False
            lines = file.read(HEAD).decode("utf-8-sig", "replace").split("\n")
    except OSError:
        return False
    if not lower.endswith(_LINES):
        return bool(counter(columns(lines[0]))) and _is_numeric(lines[1:-1])
    # A document in one line is none.
    rows = lines[:1] if lower.endswith(_ROWS) else lines[:2]
    return len(lines) > len(rows) and all(is_row(_parsed(line)) for line in rows)


def _is_numeric(lines: Sequence[str]) -> bool:
    """Whether at least half of the fields in some lines are numbers, or empty."""
    fields = [field for line in lines for field in columns(line)]
    return not fields or 2 * sum(map(_is_number, fields)) >= len(fields)


def _is_number(field: str) -> bool:
    try:
        float(field or "nan")
    except ValueError:
        return False
    return True


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _counted(found: dict[str, Series]) -> dict[str, Series]:
    """The metrics of numbered rows by the column that counts them."""
    column = counter(found)
    steps = found[column].steps if column else []
    if not steps or steps != list(range(len(steps))):
        return found
    rows = {row: step for row, step in enumerate(found[column].values) if isinstance(step, (int, float))}
    others = {name: one for name, one in found.items() if name != column}
    return {name: one._replace(steps=[rows.get(int(row), row) for row in one.steps]) for name, one in others.items()}


def _rows(path: str, name: str, problems: list[Problem], *, growing: bool) -> Iterator[dict[str, Any]]:
    """The rows of a file of JSON lines; a line that is none is reported, and a last one without an end left out."""
    bad = 0
    with open_file(path) as file:
        for at, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                if not line.endswith(b"\n"):
                    raise ValueError("the line has no end, so it may be a part of one")  # noqa: TRY301
                row = decode(line)
                if not isinstance(row, dict):
                    raise ValueError("the line is no JSON object")  # noqa: TRY004, TRY301
            except ValueError as error:
                if growing and not line.endswith(b"\n"):
                    break
                bad += 1
                if bad <= SHOWN:
                    problems.append(Problem(name, at, f"It is not read: {error}", "Line skipped", skipped=1))
                continue
            yield row
    if bad > SHOWN:
        problems.append(Problem(name, None, f"{bad - SHOWN:,} more lines are damaged", "Lines skipped"))
