"""Reads the CSV files that Aim's tables of metrics are exported to: a row for each point, with its run and its metric.

The repository of Aim itself, ``.aim``, holds databases that only Aim can open.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from runpages.format.discovery import Found, RunFolder
from runpages.format.files import unreadable
from runpages.format.records import Problem, Series, Value
from runpages.format.spelling import number

from ..scan import stamp_of_files
from ..source import PointSink, Reading
from . import folders
from .folders import Folder
from .history import time_of
from .mlflow_run import value_of
from .record import BadLines, NamedByFolder, content_within, found_runs, record
from .wide import LARGEST, csv_fields, head

_HEAD = 1 << 16
_NEEDED = frozenset(["step", "value", "run.hash", "metric.name"])
_PARAMETER, _CONTEXT = "run.", "metric.context."
_MACHINE = "run.__system_params."
"""Before what Aim keeps of the machine, among it all variables of the environment, which are nobody else's business."""
_SYSTEM = "__system__"


class _Table(NamedTuple):
    """A file: what each run has in it, by its hash, and what could not be read."""

    params: dict[str, dict[str, Any]]
    series: dict[str, dict[str, Series]]
    problems: tuple[Problem, ...]


class Aim(NamedByFolder):
    """The source of CSV files with the columns of Aim's tables of metrics."""

    label = "Aim export"

    def find(self, folder: str, *, skip: Collection[str] = ()) -> Found:
        """The runs in the files, each in the experiment that is called as its file."""
        found, hints = list[RunFolder](), list[str]()
        for one in folders.walk(folder, skip=skip):
            for name in sorted(filter(lambda name: _is_table(one, name), one.files)):
                path, stamp = os.path.join(one.path, name), stamp_of_files(one.path, [name])
                if os.path.abspath(path) in skip:
                    continue
                try:
                    runs = _read(path, stamp.key).series
                except (OSError, ValueError, csv.Error) as error:
                    hints.append(f"{path} is not read: {getattr(error, 'strerror', None) or error}")
                    continue
                places = (folders.Place(name.rpartition(".")[0], run) for run in runs)
                found += [RunFolder(*place.folders, path, stamp) for place in places]
        return found_runs(found, hints)

    def read(self, run: RunFolder, *, now: float, known: Mapping[str, Any], sink: PointSink | None) -> Reading:
        """A run: the rows that have its hash."""
        name = os.path.basename(run.path)
        try:
            table = _read(run.path, stamp_of_files(os.path.dirname(run.path), [name]).key)
        except OSError as error:
            return Reading(record(run, self.label, problems=[unreadable(name, error)]))
        except (ValueError, csv.Error) as error:
            return Reading(record(run, self.label, problems=[Problem(name, None, str(error), "File skipped")]))
        own = next((one for one in table.series if folders.Place("", one).folders[1] == run.name), "")
        series = table.series.get(own, {})
        times = [time for one in series.values() for time in one.times if time is not None]
        made = record(
            run, self.label, created=min(times, default=None), ended=max(times, default=None),
            params=table.params.get(own, {}), series=series, problems=list(table.problems),
        )  # fmt: skip
        return Reading(made)


def _is_table(folder: Folder, name: str) -> bool:
    """Whether a file is such a table, by its first line."""
    return name.lower().endswith(".csv") and set(csv_fields(head(folder, name, _HEAD))) >= _NEEDED


@lru_cache(maxsize=1)  # The runs of a file are read one after another.
def _read(path: str, stamp: str) -> _Table:
    """All runs of a file; ``stamp`` stands for its state. Raises OSError, ValueError and csv.Error."""
    data = content_within(path, LARGEST, "it is too large for a table of metrics")
    whole, _, rest = data.rpartition(b"\n")
    rows = csv.reader(io.StringIO(whole.decode("utf-8-sig", "replace"), newline=""))
    names = next(rows, [])
    table, problems, name = _Table({}, {}, ()), list[Problem](), os.path.basename(path)
    bad = BadLines(name, problems)
    for row in rows:
        try:
            _take(dict(zip(names, row, strict=True)), table)
        except ValueError as error:
            bad.add(rows.line_num, f"It is no point: {error}")
    bad.end()
    if rest:
        why = "The last line has no end, so it may be a part of one"
        problems.append(Problem(name, whole.count(b"\n") + 2, why, "Line skipped", False))
    return table._replace(problems=tuple(problems))


def _take(row: Mapping[str, str], table: _Table) -> None:
    """Take a point. Raises ValueError for a row that is none."""
    run, step, value = row["run.hash"], number(row["step"]), _value(row["value"])
    if not run or not row["metric.name"]:
        raise ValueError("it has no run or no metric")
    if isinstance(step, bool) or not isinstance(step, (int, float)) or not math.isfinite(step):
        raise ValueError(f"its step is {row['step']!r}")
    if run not in table.series:
        table.series[run], table.params[run] = {}, dict(_params(row))
    name = row["metric.name"]
    name = f"system/{name.removeprefix(_SYSTEM)}" if name.startswith(_SYSTEM) else name
    metric = "/".join([name, *(text for key, text in row.items() if key.startswith(_CONTEXT) and text)])
    one = table.series[run].setdefault(metric, Series(metric, [], [], []))
    one.steps.append(int(step) if isinstance(step, float) and step.is_integer() else step)
    one.times.append(time_of(row.get("time")))
    one.values.append(value)


def _value(field: str) -> Value:
    """A value; pandas writes nan as nothing."""
    return number(field) if field.strip() else math.nan


def _params(row: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """The parameters of a run; those of other runs have no value in its rows."""
    for key, text in row.items():
        if key.startswith(_PARAMETER) and key != "run.hash" and text and not key.startswith(_MACHINE):
            yield key.removeprefix(_PARAMETER).removeprefix("hparams."), _plain(text)


def _plain(text: str) -> Any:
    """A parameter as what it spells: lists are spelled as JSON, truth values as Python does."""
    if text in ("True", "False"):
        return text == "True"
    if text.startswith(("[", "{")):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return value_of(text)
