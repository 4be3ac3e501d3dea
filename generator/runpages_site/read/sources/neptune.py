"""Reads what Neptune's exporter writes: Parquet files, one or more for each run, with a row for each logged value.

Parquet is read by pyarrow, the extra ``fast``; where it is not installed, the runs are named and not read.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from importlib.util import find_spec
from typing import Any

from runpages.format.discovery import Found, RunFolder
from runpages.format.files import is_inside, open_file
from runpages.format.image_header import picture_of
from runpages.format.records import Chart, File, Medium, Problem, RunRecord, Table

from ...text.number import plural
from ..scan import stamp_of_files
from ..source import PointSink, Reading
from . import folders
from .folders import Folder
from .history import Metrics
from .record import NamedInside, found_runs, record
from .wandb_media import MOST, histogram

LABEL = "Neptune"

LINES = 10_000
"""Rows of a logged series of texts that become a table."""

_PART = re.compile(r"(?P<run>.+)-(?P<digest>[0-9a-f]{16})_part_(?P<part>\d+)\.parquet")
_DIGEST = re.compile(r"-[0-9a-f]{16}$")
_MAGIC = b"PAR1"
_REGISTRY = frozenset(["models", "model_versions"])
"""Folders with registered models, whose files have the same columns."""

_COLUMNS = (
    "attribute_path", "attribute_type", "step", "timestamp", "int_value", "float_value", "string_value", "bool_value",
    "datetime_value", "string_set_value", "file_value", "histogram_value",
)  # fmt: skip
_ROWS = 10_000
_SYSTEM = "sys/"
_PROPERTIES = {"sys/owner": "User", "sys/hostname": "Host", "sys/id": "Neptune ID"}
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")


class Neptune(NamedInside):
    """The source of folders with ``<run>-<digest>_part_<n>.parquet``."""

    def find(self, folder: str, *, skip: Collection[str] = ()) -> Found:
        """The runs: the files with one name but for the number, in the experiment that is called as their folder."""
        found, hints = list[RunFolder](), list[str]()
        for one in folders.walk(folder, skip=skip):
            if one.parts and one.parts[-1] in _REGISTRY:
                continue
            runs = _parts(one)
            if runs and find_spec("pyarrow") is None:
                hints.append(
                    f"{one.path}: {plural(len(runs), 'run')} that Neptune's exporter wrote cannot be read without "
                    'pyarrow. Install it: pip install "runpages[fast]"'
                )
                continue
            short = Counter(_DIGEST.sub("", run) for run in runs)
            own = os.path.basename(os.path.abspath(one.path))
            for run, names in runs.items():
                name = _DIGEST.sub("", run)
                place = folders.Place(_DIGEST.sub("", own), name if short[name] == 1 else run)
                path = os.path.join(one.path, names[0])
                found.append(RunFolder(*place.folders, path, stamp_of_files(one.path, names)))
        return found_runs(found, hints)

    def read(self, run: RunFolder, *, now: float, known: Mapping[str, Any], sink: PointSink | None) -> Reading:
        """A run: series of numbers as metrics, single values as parameters, files, histograms and texts."""
        problems: list[Problem] = []
        above, first = os.path.split(run.path)
        files = _files_beside(above)
        taken = _Taken(files, sink)
        listed = next((names for names in _parts(next(folders.walk(above))).values() if first in names), [first])
        for name in listed:
            try:
                for row in _rows(os.path.join(above, name)):
                    taken.take(row)
            except (OSError, ValueError, ArithmeticError, TypeError) as error:  # What pyarrow raises is among these.
                problems.append(Problem(name, None, f"It cannot be read: {_short(error)}", "Rest of the file skipped"))
        problems += taken.remarks(bool(files))
        return Reading(_record(run, taken, problems, files))


# --- files -------------------------------------------------------------------------------------------------


def _parts(folder: Folder) -> dict[str, list[str]]:
    """The files of each run in a folder, in their order, by the name that they share."""
    found: dict[str, list[tuple[int, str]]] = {}
    for name in folder.files:
        match = _PART.fullmatch(name)
        if match and _is_parquet(os.path.join(folder.path, name)):
            found.setdefault(f"{match['run']}-{match['digest']}", []).append((int(match["part"]), name))
    return {run: [name for _, name in sorted(parts)] for run, parts in sorted(found.items())}


def _is_parquet(path: str) -> bool:
    try:
        with open_file(path) as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def _files_beside(folder: str) -> str:
    """Where the files of a project lie, in ``files`` beside the folder above; empty where they are not."""
    above, project = os.path.split(os.path.abspath(folder))
    path = os.path.join(os.path.realpath(os.path.dirname(above)), "files", project)
    return path if os.path.isdir(path) and not os.path.islink(path) else ""


def _rows(path: str) -> Iterator[dict[str, Any]]:
    """The rows of a file. Raises OSError and ValueError for one that is damaged or has other columns."""
    from pyarrow import ArrowException, parquet

    try:
        with open_file(path) as data:
            opened = parquet.ParquetFile(data)
            names = [name for name in _COLUMNS if name in opened.schema_arrow.names]
            if not {"attribute_path", "attribute_type"} <= set(names):
                raise ValueError("it has no columns attribute_path and attribute_type")
            for batch in opened.iter_batches(_ROWS, columns=names):
                columns = {name: batch.column(name) for name in names}
                for name in {"step"} & columns.keys():
                    columns[name] = columns[name].cast("float64")
                lists = {name: column.to_pylist() for name, column in columns.items()}
                yield from (dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True))
    except ArrowException as error:
        raise ValueError(_short(error)) from error


def _short(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).partition("\n")[0][:200].rstrip(".")


# --- what was logged ---------------------------------------------------------------------------------------


class _Taken:
    """What the rows of a run hold, in bounded memory."""

    def __init__(self, files: str, sink: PointSink | None) -> None:
        self.metrics = Metrics(sink)
        self.singles: dict[str, Any] = {}
        self.images: list[Medium] = []
        self.artifacts: list[File] = []
        self.charts: list[Chart] = []
        self._files = files
        self._lines: dict[str, list[dict[str, Any]]] = {}
        self._histograms: Counter[str] = Counter()
        self._unseen: Counter[str] = Counter()
        self._absent = 0

    def take(self, row: Mapping[str, Any]) -> None:
        """Take a row by its type."""
        path, kind, step, time = row["attribute_path"], row["attribute_type"], row.get("step"), _time(row)
        name = str(path or "")
        at = 0 if step is None or step != step else int(step) if step.is_integer() else step
        if kind == "float_series":
            self.metrics.add(name, at, time, row.get("float_value"))
        elif kind in ("file", "file_series"):
            self._file(name, at, time, str((row.get("file_value") or {}).get("path") or ""))
        elif kind == "string_series":
            lines = self._lines.setdefault(name, [])
            if len(lines) < LINES:
                lines.append({"step": at, "text": row.get("string_value")})
            else:
                self._unseen[f"line of a text, above {LINES:,} of a name"] += 1
        elif kind == "histogram_series":
            self._histogram(name, at, time, row.get("histogram_value") or {})
        else:
            value = row.get(f"{kind}_value")
            self.singles[name] = value.isoformat() if isinstance(value, datetime) else value

    def tables(self) -> list[Table]:
        """The texts that were logged one by one."""
        return [Table(name, [], ["step", "text"], lines) for name, lines in self._lines.items()]

    def remarks(self, has_files: bool) -> Iterator[Problem]:
        """What is not shown, and why."""
        if count := self._absent:
            where = "in the folder of files" if has_files else "here: they lie in files/ beside the folder of the data"
            yield Problem("", None, f"{plural(count, 'file')} not {where}", "Not shown", False)
        for kind, count in self._unseen.items():
            yield Problem("", None, f"Not read: {plural(count, 'value')} of the kind {kind}", "Not shown", False)

    def _file(self, name: str, step: float, time: float | None, path: str) -> None:
        place = os.path.join(self._files, path)
        if not self._files or not path or not os.path.isfile(place) or not is_inside(place, self._files):
            self._absent += 1
            return
        picture = picture_of(place) if path.lower().endswith(_PICTURES) else None
        if picture is not None:
            self.images.append(Medium(name, step, time, path, None, picture.width, picture.height))
        else:
            self.artifacts.append(File(path, path, os.path.getsize(place)))

    def _histogram(self, name: str, step: float, time: float | None, value: Mapping[str, Any]) -> None:
        shape = histogram({"values": value.get("values"), "bins": value.get("edges")})
        self._histograms[name] += 1
        if shape and self._histograms[name] <= MOST:
            self.charts.append(Chart(name, "histogram", step, time, shape))
        else:
            self._unseen[f"histogram, above {MOST} of a name" if shape else "histogram"] += 1


def _time(row: Mapping[str, Any]) -> float | None:
    time = row.get("timestamp")
    return time.timestamp() if isinstance(time, datetime) else None


def _record(run: RunFolder, taken: _Taken, problems: list[Problem], files: str) -> RunRecord:
    said = taken.singles
    start = _seconds(said.get("sys/creation_time"))
    lasted = said.get("sys/running_time")
    ended = start + lasted if start is not None and isinstance(lasted, (int, float)) and lasted > 0 else None
    return record(
        run, LABEL,
        folder=files,
        name=said.get("sys/name"),
        created=start,
        ended=ended if ended is not None else _seconds(said.get("sys/modification_time")),
        status=_status(said),
        params={name: _plain(value) for name, value in said.items() if not name.startswith(_SYSTEM)},
        properties={word: str(said[key]) for key, word in _PROPERTIES.items() if said.get(key)},
        tags=dict.fromkeys(_tags(said), ""),
        description=said.get("sys/description"),
        series=taken.metrics.series(),
        tables=taken.tables(),
        charts=taken.charts,
        images=sorted(taken.images, key=lambda image: (image.name, image.step)),
        artifacts=sorted(taken.artifacts),
        problems=problems,
    )  # fmt: skip


def _seconds(time: object) -> float | None:
    return datetime.fromisoformat(time).timestamp() if isinstance(time, str) else None


def _status(said: Mapping[str, Any]) -> str | None:
    if said.get("sys/failed") is True:
        return "Failed"
    return "Completed" if str(said.get("sys/state")).lower() in ("inactive", "idle") else None


def _tags(said: Mapping[str, Any]) -> Iterable[str]:
    found = [said.get(key) for key in ("sys/tags", "sys/group_tags")]
    return sorted({str(tag) for tags in found if isinstance(tags, list) for tag in tags})


def _plain(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, list) else value
