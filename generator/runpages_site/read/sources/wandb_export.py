"""Reads the CSV files that Weights & Biases exports from a chart: columns ``run - metric`` of many runs."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from runpages.format.discovery import Found, RunFolder
from runpages.format.document import as_utf8
from runpages.format.files import unreadable
from runpages.format.records import Problem, Series
from runpages.format.spelling import number

from ..scan import stamp_of_files
from ..source import PointSink, Reading
from . import folders
from .folders import Folder
from .record import BadLines, NamedByFolder, content_within, found_runs, record
from .wide import LARGEST, csv_fields, head

_HEAD = 1 << 18
"""Bytes of the first line: a chart may have a thousand runs."""

_STEPS = ("Step", "Relative Time (Process)", "Relative Time (Wall)", "Wall Time")
_COLUMN = re.compile(r"(?P<run>.+) - (?P<metric>.+?)(?P<bound>__MIN|__MAX)?")


class WeightsAndBiasesExport(NamedByFolder):
    """The source of CSV files with a column of steps and columns of several runs."""

    label = "Weights & Biases export"

    def find(self, folder: str, *, skip: Collection[str] = ()) -> Found:
        """The runs in the files, each in the experiment that is called as its file."""
        found = []
        for one in folders.walk(folder, skip=skip):
            for name, columns in _tables(one).items():
                path, stamp = os.path.join(one.path, name), stamp_of_files(one.path, [name])
                found += [RunFolder(*_folders(name, run), path, stamp) for run in columns]
        return found_runs(found)

    def read(self, run: RunFolder, *, now: float, known: Mapping[str, Any], sink: PointSink | None) -> Reading:
        """A run: the columns that have its name, without the bounds of what was aggregated."""
        problems: list[Problem] = []
        name = os.path.basename(run.path)
        series: dict[str, Series] = {}
        ended = None
        try:
            ended = os.stat(run.path).st_mtime
            data = content_within(run.path, LARGEST, "it is too large for a table of metrics")
            series = _series(as_utf8(data).decode("utf-8-sig", "replace"), run, name, problems)
            if data and not data.endswith(b"\n"):
                problems.append(
                    Problem(name, None, "The last line has no end, so it may be a part of one", "Read", False)
                )
        except OSError as error:
            problems.append(unreadable(name, error))
        except (ValueError, csv.Error) as error:
            problems.append(Problem(name, None, str(error), "File skipped"))
        return Reading(record(run, self.label, ended=ended, series=series, problems=problems))


def _folders(name: str, run: str) -> tuple[str, str]:
    return folders.Place(name.rpartition(".")[0], run).folders


def _tables(folder: Folder) -> dict[str, dict[str, list[int]]]:
    """The files of such a kind in a folder, each with its runs and the columns of these."""
    found = {}
    for name in sorted(folder.files):
        if not name.lower().endswith(".csv"):
            continue
        if columns := _columns(head(folder, name, _HEAD)):
            found[name] = columns
    return found


def _columns(line: str) -> dict[str, list[int]]:
    """The columns of each run, by the first line; none for another table."""
    names = csv_fields(line)
    runs: dict[str, list[int]] = {}
    if not names or names[0] not in _STEPS:
        return {}
    for at, column in enumerate(names[1:], 1):
        match = _COLUMN.fullmatch(column)
        if match is None:
            return {}
        runs.setdefault(match["run"], []).append(at)
    return runs


def _series(text: str, run: RunFolder, name: str, problems: list[Problem]) -> dict[str, Series]:
    """The metrics of one of the runs in a file."""
    rows = csv.reader(io.StringIO(text, newline=""))
    names = next(rows, [])
    metrics = dict(_metrics(names, run, name))
    found = {metric: Series(metric, [], [], []) for metric in metrics.values()}
    bad = BadLines(name, problems)
    for row in rows:
        try:
            step = _step(row[0]) if row else None
            points = [(metric, number(row[at])) for at, metric in metrics.items() if at < len(row) and row[at].strip()]
        except ValueError as error:
            bad.add(rows.line_num, str(error))
            continue
        for metric, value in points if step is not None else ():
            found[metric].steps.append(step)  # type: ignore[arg-type]
            found[metric].times.append(None)
            found[metric].values.append(value)
    bad.end()
    return {metric: one for metric, one in found.items() if one.steps}


def _metrics(names: list[str], run: RunFolder, name: str) -> Iterator[tuple[int, str]]:
    for at, column in enumerate(names):
        match = _COLUMN.fullmatch(column)
        if at and match and not match["bound"] and _folders(name, match["run"])[1] == run.name:
            yield at, match["metric"]


def _step(field: str) -> float | int:
    value = float(field)
    return int(value) if value.is_integer() else value
