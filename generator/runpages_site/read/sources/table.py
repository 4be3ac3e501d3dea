"""Reads plain tables of metrics: CSV files and JSON lines that programs of their own write, one row a step."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from runpages.format.discovery import is_run_by
from runpages.format.document import decode
from runpages.format.files import content, open_file
from runpages.format.records import Problem, Series, Value
from runpages.format.spelling import YEARS, moment

from .folders import Folder
from .record import BadLines
from .wide import HEAD, LARGEST, Tables, columns, series_of

_CSV = (".csv", ".tsv")
_ROWS = (".jsonl", ".ndjson")
_LINES = (*_ROWS, ".json", ".txt", ".log")

_STEPS = ("step", "globalstep", "iteration", "iter", "totaltimesteps", "timesteps", "timetotaltimesteps", "epoch")
"""What counts the rows, the best first."""

_TIMES = ("timestamp", "_timestamp", "wall_time", "time", "datetime", "date")
_SPELLED = {"nan": math.nan, "infinity": math.inf, "inf": math.inf, "-infinity": -math.inf, "-inf": -math.inf}
_FRAGMENT = frozenset(["v", "kind", "project", "run", "metrics"])
"""What a line has that trackio has not yet put into its database."""

_DEEPEST = 5
_PLAIN = re.compile(r"[\W_]+")


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
        return bool(_counter(columns(lines[0]))) and _is_numeric(lines[1:-1])
    # A document in one line is none.
    rows = lines[:1] if lower.endswith(_ROWS) else lines[:2]
    return len(lines) > len(rows) and all(_is_row(_parsed(line)) for line in rows)


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
    column = _counter(found)
    steps = found[column].steps if column else []
    if not steps or steps != list(range(len(steps))):
        return found
    rows = {row: step for row, step in enumerate(found[column].values) if isinstance(step, (int, float))}
    others = {name: one for name, one in found.items() if name != column}
    return {name: one._replace(steps=[rows.get(int(row), row) for row in one.steps]) for name, one in others.items()}


def _rows(path: str, name: str, problems: list[Problem], *, growing: bool) -> Iterator[dict[str, Any]]:
    """The rows of a file of JSON lines; a line that is none is reported, and a last one without an end left out."""
    bad = BadLines(name, problems)
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
                bad.add(at, f"It is not read: {error}")
                continue
            yield row
    bad.end()


# --- rows that are JSON objects, one a step ---------------------------------------------------------------


def series_of_rows(rows: Iterable[Mapping[str, Any]]) -> dict[str, Series]:
    """The numbers in rows as metrics; rows without a step are counted."""
    found: dict[str, Series] = {}
    for at, row in enumerate(rows):
        flat = dict(_flat(row, "", 0))
        key = _counter(name for name, value in flat.items() if _number(value) is not None)
        step = _number(flat.get(key)) if key else at
        clock, time = _time(flat)
        for name, value in flat.items():
            if name in (key, clock) or (known := _value(value)) is None:
                continue
            one = found.setdefault(name, Series(name, [], [], []))
            one.steps.append(at if step is None else step)
            one.times.append(time)
            one.values.append(known)
    return found


def _counter(names: Iterable[str]) -> str:
    """The name of what counts the rows, of those that are given; empty where none does."""
    known = {_PLAIN.sub("", name.lower()): name for name in names}
    return next((known[one] for one in _STEPS if one in known), "")


def _is_row(row: object) -> bool:
    """Whether a JSON value is a row of metrics: it has a number beside what counts it."""
    if not isinstance(row, dict) or row.keys() >= _FRAGMENT:
        return False
    key = _counter(name for name, value in row.items() if _number(value) is not None)
    return bool(key) and any(_value(value) is not None for name, value in row.items() if name != key)


def _flat(row: Mapping[str, Any], before: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _flat(value, f"{before}{key}/", depth + 1)
        else:
            yield f"{before}{key}", value


def _number(value: object) -> float | int | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300
    return value if is_number else None  # type: ignore[return-value]


def _value(value: object) -> Value:
    if isinstance(value, (bool, int, float)):
        return value
    return _SPELLED.get(value.lower()) if isinstance(value, str) else None


def _time(flat: Mapping[str, Any]) -> tuple[str, float | None]:
    """The key with the time of a row, and the time; a duration is none."""
    for key in _TIMES:
        if isinstance(flat.get(key), (str, int, float)):
            try:
                time = moment(str(flat[key]))
            except ValueError:
                continue
            if YEARS[0] <= time < YEARS[1]:
                return key, time
    return "", None
