"""Reads what trackio keeps in its folder: a SQLite file for each project, media, and fragments that are not in it yet.

A fragment is a file of JSON lines in ``inbox/<writer>/``, which a process writes where it cannot reach the database.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from runpages.format import layout
from runpages.format.discovery import Found, RunFolder
from runpages.format.document import decode, mapping
from runpages.format.files import open_file, unreadable
from runpages.format.image_header import picture_of
from runpages.format.records import Chart, Medium, Problem, Table, Value

from ...stamp import Stamp
from ...text.number import plural
from ..source import PointSink, Reading
from . import folders, sqlite
from .folders import Folder
from .history import Metrics, leaves, number, time_of
from .record import NamedByFolder, found_runs, record
from .wandb_media import MOST, cell_of, histogram
from .wandb_run import LONGEST

INBOX = "inbox"
"""The folder with the fragments, each in the folder of its writer."""

_FRAGMENT = re.compile(r"\d{8}\.jsonl")
_TABLES = frozenset(["metrics", "configs"])
_COLUMNS = frozenset(["run_name", "step", "metrics", "timestamp"])
_MEDIA = "media"


class Key(NamedTuple):
    """A run: the name of the file of its project without the ending, its own name, and its id, which older have not."""

    project: str
    name: str
    id: str

    def path(self, folder: str) -> str:
        """The path that stands for the run, which is no file."""
        return os.path.join(folder, f"{self.project}.db", layout.file_name(self.id or self.name))


class Row(NamedTuple):
    """What was logged at once: of a run, or ``measured`` of its machine."""

    step: int
    time: float | None
    values: Mapping[str, Any]
    measured: bool


class Trackio(NamedByFolder):
    """The source of folders with databases or fragments of trackio."""

    label = "trackio"

    def find(self, folder: str, *, skip: Collection[str] = ()) -> Found:
        """The runs of all projects."""
        runs, hints = list[RunFolder](), list[str]()
        for one in folders.walk(folder, skip=skip):
            if _databases(one) or _fragments(one.path):
                runs += _runs(one, hints)
        return found_runs(runs, hints)

    def read(self, run: RunFolder, *, now: float, known: Mapping[str, Any], sink: PointSink | None) -> Reading:
        """A run: what its database and the fragments beside it hold."""
        database, last = os.path.split(run.path)
        folder = os.path.dirname(database)
        problems: list[Problem] = []
        project = os.path.basename(database).removesuffix(".db")
        fragments = (
            line
            for key, line in _noted(folder, problems)
            if key.project == project and os.path.basename(key.path(folder)) == last
        )
        taken = LoggedRun(sink, os.path.join(folder, _MEDIA))
        config: dict[str, Any] = {}
        alerts: list[dict[str, Any]] = []
        seen: set[str] = set()
        if os.path.isfile(database):
            name = os.path.basename(database)
            try:
                if lacks := sqlite.cut(database):
                    problems.append(Problem(name, None, lacks, "What is there is read"))
                for identity, row in _stored(database, last, name, problems):
                    seen.add(identity)
                    taken.take(row)
                config, alerts = _config(database, last), _alerts(database, last)
            except sqlite.FAULTS as error:
                problems.append(Problem(name, None, f"It cannot be read: {error}", "File skipped"))
        for one in fragments:
            if one.get("log_id") not in seen or not one.get("log_id"):
                taken.note(one, alerts)
                config = {**config, **mapping(one.get("config"))}
        shown = {key: value for key, value in config.items() if not key.startswith("_")}
        made = record(
            run, self.label, folder=taken.root, created=time_of(config.get("_Created")) or taken.first,
            ended=taken.last, properties={"Group": config.get("_Group")}, params=shown,
            series=taken.metrics.series(), images=taken.images, media=taken.media, charts=taken.charts,
            tables=[*taken.tables.values(), *_table(alerts)], problems=[*problems, *taken.remarks()],
        )  # fmt: skip
        return Reading(made)


class LoggedRun:
    """What was logged of a run, in bounded memory."""

    def __init__(self, sink: PointSink | None, root: str) -> None:
        self.first: float | None = None
        self.last: float | None = None
        self.images: list[Medium] = []
        self.media: list[Medium] = []
        self.tables: dict[str, Table] = {}
        self.charts: list[Chart] = []
        self.metrics = Metrics(sink)
        self.root = root
        self._measured = 0
        self._unseen: Counter[str] = Counter()
        self._histograms: Counter[str] = Counter()

    def remarks(self) -> Iterator[Problem]:
        """What is not shown, and why."""
        for kind, count in sorted((+self._unseen).items()):
            yield Problem("", None, f"Not read yet: {plural(count, 'value')} of the kind {kind}", "Not shown", False)

    def note(self, line: Mapping[str, Any], alerts: list[dict[str, Any]]) -> None:
        """Take a line of a fragment, the alerts apart."""
        if line.get("kind") == "alert":
            alerts.append({name: line.get(name) for name in ("timestamp", "level", "title", "text")})
            return
        step, values = line.get("step"), mapping(line.get("metrics"))
        is_measured = line.get("kind") == "system_metric"
        self.take(Row(step if isinstance(step, int) else 0, time_of(line.get("timestamp")), values, is_measured))

    def take(self, row: Row) -> None:
        """Take a row."""
        if row.time is not None:
            self.first = row.time if self.first is None else min(self.first, row.time)
            self.last = row.time if self.last is None else max(self.last, row.time)
        step = self._measured if row.measured else row.step
        self._measured += row.measured
        for name, value in leaves(row.values):
            if isinstance(value, dict):
                self._object(name, step, row.time, value)
            elif (known := self._datum(value)) is not None:
                self.metrics.add(f"system/{name}" if row.measured else name, step, row.time, known)

    def _datum(self, value: object) -> Value:
        if isinstance(value, str) and number(value) is None:
            return value[:LONGEST] or None
        self._unseen["list"] += isinstance(value, list)
        return number(value)

    def _object(self, name: str, step: int, time: float | None, one: Mapping[str, Any]) -> None:
        """Take an object that trackio made: a picture, a sound, a table or a histogram."""
        kind, rows, path = str(one.get("_type")), one.get("_value"), one.get("file_path")
        if kind == "trackio.table" and isinstance(rows, list):
            cells = [
                {key: self._cell(f"{name}/{key}/{at}", step, time, value) for key, value in mapping(row).items()}
                for at, row in enumerate(rows)
            ]
            self.tables[name] = Table(name, [], list(dict.fromkeys(column for row in cells for column in row)), cells)
        elif kind == "trackio.histogram" and (shape := histogram(one)) and self._histograms[name] < MOST:
            self._histograms[name] += 1
            self.charts.append(Chart(name, "histogram", step, time, shape))
        elif not self._file(name, step, time, one):
            self._unseen[f"{kind}, whose file is not here" if isinstance(path, str) else kind] += 1

    def _cell(self, name: str, step: int, time: float | None, value: Any) -> Any:
        """A cell of a table; of a picture the name, under which a page shows it in its place."""
        is_picture = mapping(value).get("_type") == "trackio.image"
        return name if is_picture and self._file(name, step, time, value) else cell_of(value)

    def _file(self, name: str, step: int, time: float | None, one: Mapping[str, Any]) -> bool:
        """Take a picture, sound or video; False where its file is not in the folder."""
        path, caption = one.get("file_path"), one.get("caption")
        if not isinstance(path, str) or not _is_below(self.root, path):
            return False
        picture = picture_of(os.path.join(self.root, path))
        size = (picture.width, picture.height) if picture else (None, None)
        words = caption if isinstance(caption, str) else None
        (self.images if picture else self.media).append(Medium(name, step, time, path, words, *size))
        return True


def _is_below(root: str, path: str) -> bool:
    """Whether a path that a row has leads to a file in a folder, without links."""
    if "\0" in path:
        return False
    real = os.path.realpath(root)
    whole = os.path.join(real, os.path.normpath(path))
    return whole.startswith(real + os.sep) and os.path.realpath(whole) == whole and os.path.isfile(whole)


def _table(alerts: list[dict[str, Any]]) -> list[Table]:
    return [Table("alerts", [], ["timestamp", "level", "title", "text"], alerts)] if alerts else []


# --- the runs ----------------------------------------------------------------------------------------------


def _databases(folder: Folder) -> list[str]:
    return [
        path
        for name in sorted(folder.files)
        if name.endswith(".db") and sqlite.has_tables(path := os.path.join(folder.path, name), _TABLES)
        and _columns(path) >= _COLUMNS
    ]  # fmt: skip


def _columns(path: str) -> set[str]:
    try:
        return sqlite.columns(sqlite.connect(path), "metrics")
    except sqlite.FAULTS:
        return set()


def _runs(folder: Folder, hints: list[str]) -> Iterator[RunFolder]:
    """The runs of a folder, each with a stamp of how much it logged."""
    facts: dict[Key, list[Any]] = {}
    newest = 0.0
    for path in _databases(folder):
        newest = max(newest, sqlite.changed(path))
        try:
            if lacks := sqlite.cut(path):
                hints.append(f"{path} is damaged. {lacks}. Copy it again")
            for key, *rest in _counted(path):
                facts.setdefault(key, []).append(rest)
        except sqlite.FAULTS as error:
            hints.append(f"{path} cannot be read: {error}. Copy it again, or check it: sqlite3 FILE .recover")
    for key, line in _noted(folder.path, []):
        newest = max(newest, time_of(line.get("timestamp")) or 0.0)
        facts.setdefault(key, []).append(line)
    several = Counter((key.project, key.name) for key in facts)
    for key, known in facts.items():
        name = key.name if several[key.project, key.name] == 1 else f"{key.name}-{key.id[:8]}"
        below = [os.path.join(folder.path, _MEDIA, key.project, one) for one in (key.name, _MEDIA)]
        media = folders.stamp_of_trees(path for path in below if _is_plain(key.name))
        yield RunFolder(
            layout.file_name(key.project), layout.file_name(name), key.path(folder.path),
            Stamp.of(repr((known, media.key)), max(newest, media.newest)),
        )  # fmt: skip


def _is_plain(name: str) -> bool:
    """Whether a name is that of a folder, and leads nowhere else."""
    return name not in ("", ".", "..") and not re.search(r"[/\\\0]", name)


def _counted(path: str) -> Iterator[tuple[Any, ...]]:
    """The runs of a database, and how much each of its tables has of them."""
    opened = sqlite.connect(path)
    project = os.path.basename(path).removesuffix(".db")
    for table, column in (("metrics", "metrics"), ("system_metrics", "metrics"), ("configs", "config")):
        known = sqlite.columns(opened, table)
        if not {"run_name", column} <= known:
            continue
        run = "run_id" if "run_id" in known else "''"
        rows = opened.execute(
            f"select run_name, {run}, count(*), max(rowid), sum(length({column})) from {table} group by 1, 2 order by 4"  # noqa: S608 - names of ours
        )
        for name, identity, *rest in rows:
            yield Key(project, str(name), str(identity or "")), table, *rest


def _where(opened: Any, table: str) -> str:
    """The column that names the run."""
    return "run_id" if "run_id" in sqlite.columns(opened, table) else "run_name"


def _stored(path: str, last: str, name: str, problems: list[Problem]) -> Iterator[tuple[str, Row]]:
    """The rows of a run in its database, each with its id; ``last`` is the spelled id, or name, of the run."""
    opened = sqlite.connect(path)
    for table, step in (("metrics", "step"), ("system_metrics", "0")):
        known = sqlite.columns(opened, table)
        if not known:
            continue
        where, identity = _where(opened, table), "log_id" if "log_id" in known else "''"
        query = f"select rowid, {step}, timestamp, metrics, {identity} from {table} where {where} = ? order by rowid"  # noqa: S608 - names of ours
        for at, number_of, time, data, one in opened.execute(query, (_value(opened, table, where, last),)):
            try:
                values = mapping(decode(data if isinstance(data, bytes) else str(data).encode()))
            except ValueError as error:
                why = f"Row {at:,} of {table} is damaged: {error}"
                problems.append(Problem(name, None, why, "Row skipped", skipped=1))
                continue
            step_of = number_of if isinstance(number_of, int) else 0
            yield str(one or ""), Row(step_of, time_of(time), values, table != "metrics")


def _value(opened: Any, table: str, where: str, last: str) -> str:
    """The id, or the name, of a run by how it is spelled in a path."""
    if (plain := layout.name_of(last)) is not None:
        return plain
    names = (str(row[0]) for row in opened.execute(f"select distinct {where} from {table}"))  # noqa: S608 - names of ours
    return next((name for name in names if layout.file_name(name) == last), last)


def _config(path: str, last: str) -> dict[str, Any]:
    opened = sqlite.connect(path)
    where = _where(opened, "configs")
    query = f"select config from configs where {where} = ? order by rowid desc"  # noqa: S608 - names of ours
    found = sqlite.row_of(opened, query, _value(opened, "configs", where, last)).get("config")
    try:
        return mapping(decode(found if isinstance(found, bytes) else str(found or "{}").encode()))
    except ValueError:
        return {}


def _alerts(path: str, last: str) -> list[dict[str, Any]]:
    opened = sqlite.connect(path)
    if not {"run_id", "timestamp", "level", "title", "text"} <= sqlite.columns(opened, "alerts"):
        return []
    query = "select timestamp, level, title, text from alerts where run_id = ? order by rowid"
    return [dict(row) for row in opened.execute(query, (_value(opened, "alerts", "run_id", last),))]


# --- fragments ---------------------------------------------------------------------------------------------


def _fragments(folder: str) -> list[str]:
    """The files with fragments in the inbox of a folder, in the order in which each writer wrote them."""
    inbox = os.path.join(folder, INBOX)
    if not os.path.isdir(inbox):
        return []
    found = (one.path for one in folders.walk(inbox) if len(one.parts) == 1)
    names = ((path, name) for path in found for name in sorted(os.listdir(path)) if _FRAGMENT.fullmatch(name))
    return [os.path.join(path, name) for path, name in names]


def _noted(folder: str, problems: list[Problem]) -> Iterator[tuple[Key, dict[str, Any]]]:
    """The lines of all fragments of a folder, each with its run."""
    for path in _fragments(folder):
        name = os.path.relpath(path, folder)
        try:
            with open_file(path) as file:
                for at, data in enumerate(file, 1):
                    try:
                        line = mapping(decode(data))
                    except ValueError as error:
                        problems.append(Problem(name, at, f"The line is damaged: {error}", "Line skipped", skipped=1))
                        continue
                    project = re.sub(r"[^\w-]", "", str(line.get("project") or "")) or "default"
                    if line.get("run"):
                        yield Key(project, str(line["run"]), str(line.get("run_id") or "")), line
        except OSError as error:
            problems.append(unreadable(name, error))
