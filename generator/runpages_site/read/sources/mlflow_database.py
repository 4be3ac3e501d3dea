"""Reads the SQLite store of MLflow, ``mlflow.db``: nine of its tables, by the names of their columns.

The file is opened to be read only, and never by MLflow, which would change its schema.
"""

from __future__ import annotations

import math
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from runpages.format import layout
from runpages.format.discovery import Found, RunFolder
from runpages.format.records import Problem, Series

from ...stamp import Stamp
from ..source import PointSink, Reading
from . import folders, sqlite
from .folders import Folder
from .mlflow_run import Logged, record_of
from .record import NamedInside, found_runs

_TABLES = frozenset(["experiments", "runs", "metrics", "params", "tags"])
_LARGEST = 1.7976931348623157e308
"""What stands for infinity."""

_INDEX = ("metrics", "run_uuid")

_RUN = "select * from runs where run_uuid = ?"

_DATASETS = """
select destination_id as run, name, digest from inputs join datasets on dataset_uuid = source_id
where source_type = 'DATASET' and destination_type = 'RUN'
"""
_MODELS = """
select source_id as run, name, destination_id from inputs left join logged_models on model_id = destination_id
where source_type = 'RUN_OUTPUT' and destination_type = 'MODEL_OUTPUT'
"""
_Row = Mapping[str, Any]


class MlflowDatabase(NamedInside):
    """The source of folders with a database of MLflow."""

    def find(self, folder: str, *, skip: Collection[str] = ()) -> Found:
        """The runs of all experiments, but for those that were deleted."""
        runs: list[RunFolder] = []
        hints, notes = list[str](), dict[str, str]()
        for one in folders.walk(folder, skip=skip):
            for path in _databases(one):
                try:
                    if lacks := sqlite.cut(path):
                        hints.append(f"{path} is damaged. {lacks}. Copy it again")
                    found, deleted = _runs_of(path)
                except sqlite.FAULTS as error:
                    hints.append(f"{path} cannot be read: {error}. Copy it again, or check it: sqlite3 FILE .recover")
                    continue
                runs += found
                notes |= _notes(path)
                if deleted:
                    hints.append(f"{path}: runs that were deleted are left out: {deleted}")
                elif not found:
                    hints.append(f"{path} is a database of MLflow without runs")
        return found_runs(runs, hints, notes)

    def read(self, run: RunFolder, *, now: float, known: Mapping[str, Any], sink: PointSink | None) -> Reading:
        """A run: its metrics, parameters and tags, and the artifacts in a folder beside the database."""
        path, problems = os.path.dirname(run.path), list[Problem]()
        logged = Logged("", "", None, None, "", "", {}, {}, {})
        row: _Row = {}
        try:
            opened = _open(path)
            row = sqlite.row_of(opened, _RUN, run.name)
            logged = _logged(opened, run.name, row)
        except sqlite.FAULTS as error:
            problems.append(Problem(os.path.basename(path), None, f"It cannot be read: {error}", "File skipped"))
        folder = _folder(path, _text(row.get("experiment_id")), run.name)
        return Reading(record_of(run, folder, logged, problems, now=now))


# --- the file ----------------------------------------------------------------------------------------------


def _databases(folder: Folder) -> Iterator[str]:
    """The databases of MLflow among the files of a folder, and those that are too damaged to say whose they are."""
    for name in sorted(folder.files):
        path = os.path.join(folder.path, name)
        if name.endswith(sqlite.SUFFIXES) and _is_database(path):
            yield path


def _is_database(path: str) -> bool:
    # One that is damaged, or a pointer to a large file elsewhere: the build is to say so.
    is_named = os.path.basename(path) == "mlflow.db"
    return is_named or sqlite.has_tables(path, _TABLES, _INDEX) or sqlite.is_damaged(path)


def _open(path: str) -> sqlite3.Connection:
    return sqlite.connect(path, _INDEX)


# --- what it holds -----------------------------------------------------------------------------------------


def _runs_of(path: str) -> tuple[list[RunFolder], int]:
    """The runs, each with a stamp of its row, and of how much it logged; and how many were deleted."""
    opened = _open(path)
    if missing := sorted(_TABLES.difference(sqlite.tables(opened))):
        raise sqlite3.DatabaseError(f"it has no table {missing[0]}")
    changed = sqlite.changed(path)
    names = {
        row.get("experiment_id"): _text(row.get("name"))
        for row in map(dict, opened.execute("select * from experiments"))
        if row.get("lifecycle_stage") != "deleted"
    }
    logged: dict[str, list[tuple[Any, ...]]] = {}
    for query in (
        "select run_uuid, count(*), max(timestamp) from metrics group by run_uuid",
        "select run_uuid, count(*), sum(length(value)) from params group by run_uuid",
    ):
        for row in opened.execute(query):
            logged.setdefault(row[0], []).append(tuple(row))
    tags = opened.execute("select run_uuid, key, value from tags order by run_uuid, key")
    for found in (tags, _links(opened, _DATASETS), _links(opened, _MODELS)):
        for name, rows in groupby(map(tuple, found), itemgetter(0)):  # A new value may be as long as the one before.
            logged.setdefault(name, []).append((Stamp.of(repr(list(rows)), 0.0).key,))
    runs, deleted = list[RunFolder](), 0
    for row in map(dict, opened.execute("select * from runs order by start_time, run_uuid")):
        run, experiment = _text(row.get("run_uuid")), row.get("experiment_id")
        if row.get("lifecycle_stage") == "deleted" or experiment not in names or not run.isalnum():
            deleted += 1
            continue
        store = _folder(path, _text(experiment), run)
        facts = repr((sorted(row.items()), logged.get(run), sorted(_sizes(store))))
        name = layout.file_name(names[experiment] or _text(experiment))
        runs.append(RunFolder(name, run, os.path.join(path, run), Stamp.of(facts, changed)))
    return runs, deleted


def _notes(path: str) -> dict[str, str]:
    """The descriptions of experiments, which early versions have not."""
    rows = "select name, value from experiments join experiment_tags using (experiment_id) where key = ?"
    try:
        found = _open(path).execute(rows, ("mlflow.note.content",)).fetchall()
    except sqlite.FAULTS:
        return {}
    return {layout.file_name(_text(name)): _text(value) for name, value in found if value}


def _sizes(folder: str) -> Iterator[tuple[str, int, int]]:
    for path, _, files in os.walk(folder):
        for name in files:
            there = os.lstat(os.path.join(path, name))
            yield os.path.join(path, name), there.st_size, there.st_mtime_ns


def _folder(path: str, experiment: str, run: str) -> str:
    """The folder with the artifacts of a run, in a store beside the database; it need not be there."""
    above = os.path.dirname(path)
    number = experiment if experiment.isalnum() else "0"  # It is a text of the file, and names a folder.
    known = [os.path.join(above, *store, number, run) for store in (["mlruns"], ["mlartifacts"], [])]
    return next(filter(os.path.isdir, known), known[0])


def _logged(opened: sqlite3.Connection, run: str, row: _Row) -> Logged:
    return Logged(
        name=_text(row.get("name")),
        status=_text(row.get("status")),
        start=_whole(row.get("start_time")),
        end=_whole(row.get("end_time")),
        user=_text(row.get("user_id")),
        artifact_uri=_text(row.get("artifact_uri")),
        params=_pairs(opened, "params", run),
        tags=_pairs(opened, "tags", run),
        series=_series(opened, run),
        also=_also(opened, run),
    )


def _links(opened: sqlite3.Connection, query: str, run: str | None = None) -> Iterable[tuple[Any, ...]]:
    """The rows of datasets or models of a run, or of all runs in their order; early versions have none."""
    if not {"inputs", "datasets" if query is _DATASETS else "logged_models"} <= sqlite.tables(opened):
        return ()
    if run is None:
        return opened.execute(f"{query} order by 1, 2, 3")
    return opened.execute(f"select * from ({query}) where run = ? order by 2, 3", (run,))  # noqa: S608 - a constant


def _also(opened: sqlite3.Connection, run: str) -> dict[str, str]:
    """What a run used and made, by their names."""
    datasets = [" ".join(filter(None, map(_text, row[1:]))) for row in _links(opened, _DATASETS, run)]
    models = [_text(name) or _text(number) for _, name, number in _links(opened, _MODELS, run)]
    return {word: ", ".join(names) for word, names in (("Datasets", datasets), ("Models", models)) if any(names)}


def _pairs(opened: sqlite3.Connection, table: str, run: str) -> dict[str, str]:
    rows = opened.execute(f"select key, value from {table} where run_uuid = ?", (run,))  # noqa: S608 - a constant
    return {_text(key): _text(value) for key, value in rows}


def _series(opened: sqlite3.Connection, run: str) -> dict[str, Series]:
    """The metrics of a run, by time: rows have no order, and equal ones are stored once."""
    columns = sqlite.columns(opened, "metrics")
    rest = ", ".join(name if name in columns else "0" for name in ("step", "is_nan"))
    rows = opened.execute(
        f"select key, value, timestamp, {rest} from metrics where run_uuid = ? order by timestamp, 4, rowid",  # noqa: S608 - names of ours
        (run,),
    )
    found: dict[str, Series] = {}
    for key, value, time, step, is_nan in rows:
        series = found.setdefault(_text(key), Series(_text(key), [], [], []))
        series.steps.append(step if isinstance(step, int) else len(series.steps))
        series.times.append(time / 1_000 if isinstance(time, (int, float)) else None)
        series.values.append(math.nan if is_nan else _value(value))
    return found


def _value(value: object) -> float | None:
    if not isinstance(value, (int, float)):
        return None
    return math.copysign(math.inf, value) if abs(value) == _LARGEST else float(value)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _text(value: object) -> str:
    return "" if value is None else str(value)
