"""Reads the SQLite store of MLflow, ``mlflow.db``: seven of its tables, by the names of their columns.

The file is opened to be read only, and never by MLflow, which would change its schema. One that a writer has open, or
that has no index of the metrics by run, is copied to a temporary file first, which is indexed.
"""

from __future__ import annotations

import math
import os
import sqlite3
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from functools import lru_cache
from itertools import islice
from typing import Any
from urllib.parse import quote

from runpages.format import layout
from runpages.format.discovery import Found, RunFolder
from runpages.format.files import open_file
from runpages.format.records import Problem, RunRecord, Series

from ...stamp import Stamp
from ..source import PointSink, Reading
from . import folders
from .folders import Folder
from .mlflow_run import LABEL, Logged, record_of
from .record import record

_MAGIC = b"SQLite format 3\0"
_TABLES = frozenset(["experiments", "runs", "metrics", "params", "tags"])
_LARGEST = 1.7976931348623157e308
"""What stands for infinity."""

_SUFFIXES = (".db", ".sqlite", ".sqlite3")

_Row = Mapping[str, Any]

_FAULTS = (sqlite3.Error, OSError, UnicodeError)
"""What reading a damaged file raises; its messages may quote bytes that are no text."""


class MlflowDatabase:
    """The source of folders with a database of MLflow."""

    def recognises(self, folder: str) -> bool:
        """Whether there is a database of MLflow in a folder or below."""
        return any(True for one in islice(folders.walk(folder), 1_000) for _ in _databases(one))

    def find(self, folder: str, *, skip: Collection[str] = ()) -> Found:
        """The runs of all experiments, but for those that were deleted."""
        runs: list[RunFolder] = []
        hints, notes = list[str](), dict[str, str]()
        for one in folders.walk(folder, skip=skip):
            for path in _databases(one):
                try:
                    found = list(_runs_of(path))
                except _FAULTS as error:
                    hints.append(f"{path} cannot be read: {error}. Copy it again, or check it: sqlite3 FILE .recover")
                    continue
                runs += found
                notes |= _notes(path)
                if not found:
                    hints.append(f"{path} is a database of MLflow without runs")
        return Found(sorted({run.experiment for run in runs}), runs, hints, notes)

    def read_head(self, run: RunFolder, *, now: float) -> RunRecord:
        """What a run is, without what it logged."""
        try:
            name = _text(_row(_open(os.path.dirname(run.path)), "runs", run.name).get("name"))
        except _FAULTS:
            name = ""
        return record(run, LABEL)._replace(name=name or None)

    def read(
        self, run: RunFolder, *, now: float, known: Mapping[str, Any] = {}, sink: PointSink | None = None
    ) -> Reading:
        """A run: its metrics, parameters and tags, and the artifacts in a folder beside the database."""
        path, problems = os.path.dirname(run.path), list[Problem]()
        logged = Logged("", "", None, None, "", "", {}, {}, {})
        row: _Row = {}
        try:
            opened = _open(path)
            row = _row(opened, "runs", run.name)
            logged = _logged(opened, run.name, row)
        except _FAULTS as error:
            problems.append(Problem(os.path.basename(path), None, f"It cannot be read: {error}", "File skipped"))
        folder = _folder(path, _text(row.get("experiment_id")), run.name)
        return Reading(record_of(run, folder, logged, problems, now=now))


# --- the file ----------------------------------------------------------------------------------------------


def _databases(folder: Folder) -> Iterator[str]:
    """The databases of MLflow among the files of a folder."""
    for name in sorted(folder.files):
        path = os.path.join(folder.path, name)
        if name.endswith(_SUFFIXES) and _is_database(path):
            yield path


def _is_database(path: str) -> bool:
    try:
        with open_file(path) as file:
            if file.read(len(_MAGIC)) == _MAGIC and set(_kinds(_open(path), "table")) >= _TABLES:
                return True
    except _FAULTS:
        pass
    # One that is damaged, or a pointer to a large file elsewhere: the build is to say so.
    return os.path.basename(path) == "mlflow.db"


def _open(path: str) -> sqlite3.Connection:
    """A connection to a database as it is now."""
    return _opened(path, *_facts(path), *_facts(path + "-wal"))


def _facts(path: str) -> tuple[int, int]:
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return 0, 0
    return there.st_size, there.st_mtime_ns


@lru_cache(maxsize=4)
def _opened(path: str, size: int, changed: int, log: int, logged: int) -> sqlite3.Connection:
    if not log:
        opened = _connected(path)
        if _has_index(opened):
            return opened
        opened.close()
    return _connected(_copied(path, log > 0))


def _connected(path: str) -> sqlite3.Connection:
    opened = sqlite3.connect(f"file:{quote(os.path.abspath(path))}?mode=ro", uri=True, check_same_thread=False)
    opened.row_factory = sqlite3.Row
    opened.text_factory = lambda data: data.decode("utf-8", "replace")
    opened.execute("pragma trusted_schema = off")
    return opened


def _copied(path: str, with_log: bool) -> str:
    """A copy with what its log has, and an index; it is removed as the process ends."""
    folder = _temporary().name
    copy = os.path.join(tempfile.mkdtemp(dir=folder), "copy.db")
    for suffix in ("", "-wal") if with_log else ("",):
        with open_file(path + suffix) as source, open(copy + suffix, "wb") as target:
            while block := source.read(1 << 20):
                target.write(block)
    with closing(sqlite3.connect(copy)) as made:
        if "metrics" in set(_kinds(made, "table")):
            made.execute("create index if not exists of_runs on metrics (run_uuid)")
            made.commit()
    return copy


@lru_cache(maxsize=1)
def _temporary() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="runpages-")


def _kinds(opened: sqlite3.Connection, kind: str) -> list[str]:
    """The names of the tables; a view could compute for ever."""
    return [row[0] for row in opened.execute("select name from sqlite_master where type = ?", (kind,))]


def _has_index(opened: sqlite3.Connection) -> bool:
    """Whether the metrics of a run are found without reading all."""
    if "metrics" not in _kinds(opened, "table"):
        return True
    names = [row[1] for row in opened.execute("pragma index_list(metrics)")]
    first = [opened.execute(f'pragma index_info("{name}")').fetchone() for name in names if '"' not in name]
    return any(one and one[2] == "run_uuid" for one in first)


# --- what it holds -----------------------------------------------------------------------------------------


def _runs_of(path: str) -> Iterator[RunFolder]:
    """The runs, each with a stamp of its row, and of how much it logged."""
    opened = _open(path)
    if missing := sorted(_TABLES.difference(_kinds(opened, "table"))):
        raise sqlite3.DatabaseError(f"it has no table {missing[0]}")
    changed = max(_facts(path)[1], _facts(path + "-wal")[1]) / 1e9
    names = {
        row.get("experiment_id"): _text(row.get("name"))
        for row in map(dict, opened.execute("select * from experiments"))
        if row.get("lifecycle_stage") != "deleted"
    }
    logged: dict[str, list[tuple[Any, ...]]] = {}
    for query in (
        "select run_uuid, count(*), max(timestamp) from metrics group by run_uuid",
        "select run_uuid, count(*), sum(length(value)) from params group by run_uuid",
        "select run_uuid, count(*), sum(length(value)) from tags group by run_uuid",
    ):
        for row in opened.execute(query):
            logged.setdefault(row[0], []).append(tuple(row))
    for row in map(dict, opened.execute("select * from runs order by start_time, run_uuid")):
        run, experiment = _text(row.get("run_uuid")), row.get("experiment_id")
        if row.get("lifecycle_stage") == "deleted" or experiment not in names or not run.isalnum():
            continue
        store = _folder(path, _text(experiment), run)
        facts = repr((sorted(row.items()), logged.get(run), sorted(_sizes(store))))
        name = layout.file_name(names[experiment] or _text(experiment))
        yield RunFolder(name, run, os.path.join(path, run), Stamp.of(facts, changed))


def _notes(path: str) -> dict[str, str]:
    """The descriptions of experiments, which early versions have not."""
    rows = "select name, value from experiments join experiment_tags using (experiment_id) where key = ?"
    try:
        found = _open(path).execute(rows, ("mlflow.note.content",)).fetchall()
    except _FAULTS:
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


def _row(opened: sqlite3.Connection, table: str, run: str) -> dict[str, Any]:
    found = opened.execute(f"select * from {table} where run_uuid = ?", (run,)).fetchone()  # noqa: S608 - a constant
    return dict(found) if found else {}


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
    )


def _pairs(opened: sqlite3.Connection, table: str, run: str) -> dict[str, str]:
    rows = opened.execute(f"select key, value from {table} where run_uuid = ?", (run,))  # noqa: S608 - a constant
    return {_text(key): _text(value) for key, value in rows}


def _series(opened: sqlite3.Connection, run: str) -> dict[str, Series]:
    """The metrics of a run, by time: rows have no order, and equal ones are stored once."""
    columns = {row[1] for row in opened.execute("pragma table_info(metrics)")}
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
