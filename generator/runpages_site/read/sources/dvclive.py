"""Reads the folders of DVCLive: a table for each metric in ``plots/metrics``, with parameters and plots beside them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from runpages.format.discovery import Found, RunFolder
from runpages.format.document import decode, mapping
from runpages.format.files import content, unreadable
from runpages.format.image_header import picture_of
from runpages.format.records import Chart, File, Medium, Problem, Series, Table

from ...stamp import Stamp
from ..scan import stamp_of_files
from ..source import PointSink, Reading
from . import folders
from .folders import Folder
from .history import leaves
from .record import LARGEST, NamedByFolder, content_within, found_runs, is_growing, parameters, record, written
from .wide import series_of

METRICS = "metrics.json"

_PLOTS = ("plots/sklearn", "plots/custom")
_REPORTS = ("report.html", "report.md")


class Layout(NamedTuple):
    """Where a version keeps the tables of metrics and the pictures, and the last values; paths from the folder."""

    curves: str
    images: str
    last: str


def layout_of(folder: Folder) -> Layout | None:
    """The layout of a run: of DVCLive from 1 on, else of one before, whose last values are beside the folder."""
    path, name = os.path.split(os.path.abspath(folder.path))
    if _has(folder, "plots", "metrics") or folder.files.issuperset((METRICS, "params.yaml")):
        return Layout("plots/metrics/", "plots/images/", METRICS)
    if os.path.isfile(os.path.join(path, f"{name}.json")):
        if _has(folder, "scalars"):
            return Layout("scalars/", "images/", f"../{name}.json")
        if any(one.endswith(".tsv") for one in folder.files):
            return Layout("", "images/", f"../{name}.json")
    return None


def _has(folder: Folder, *names: str) -> bool:
    return os.path.isdir(os.path.join(folder.path, *names))


class DvcLive(NamedByFolder):
    """The source of folders with ``metrics.json`` and ``plots/``; the runs before are in the history of Git."""

    label = "DVCLive"

    def find(self, folder: str, *, skip: Collection[str] = ()) -> Found:
        """The runs, each a folder."""
        found = []
        for one in folders.holding(folder, layout_of, skip=skip):
            place = folders.place(folder, one.parts)
            found.append(RunFolder(*place.folders, one.path, _stamp(one)))
        return found_runs(found)

    def read(self, run: RunFolder, *, now: float, known: Mapping[str, Any], sink: PointSink | None) -> Reading:
        """A run: its curves and last values, parameters, pictures and plots."""
        problems: list[Problem] = []
        files = dict(folders.files_below(run.path))
        where = layout_of(next(folders.walk(run.path))) or Layout("plots/metrics/", "plots/images/", METRICS)
        curves = [path for path in files if path.startswith(where.curves) and path.endswith(".tsv")]
        series = dict(_series(run.path, where.curves, curves, problems, now))
        last = parameters(run.path, [where.last], problems)
        at = _step(last)
        for name, value in leaves(last, joint="/"):
            number = float(value) if value in ("nan", "inf", "-inf") else value
            if isinstance(number, (bool, int, float)) and name not in series and name != "step":
                series[name] = Series(name, [at], [None], [number])
        tables, charts = _plots(run.path, [path for path in sorted(files) if path.startswith(_PLOTS)], problems)
        ended = max((written(os.path.join(run.path, path)) for path in (where.last, *curves)), default=0.0)
        made = record(
            run, self.label, ended=ended or None, series=series, problems=problems, tables=tables, charts=charts,
            params=parameters(run.path, ["params.yaml"], problems), images=list(_images(run.path, where.images, files)),
            artifacts=[File(path, path, files[path]) for path in _REPORTS if path in files],
        )  # fmt: skip
        return Reading(made)


def _stamp(folder: Folder) -> Stamp:
    """The stamp of the files of a run, and of its last values, which may lie beside it."""
    own, found = folders.stamp_of_trees([folder.path]), layout_of(folder)
    last = stamp_of_files(folder.path, [found.last] if found else [])
    return Stamp.of(own.key + last.key, max(own.newest, last.newest))


def _series(
    folder: str, below: str, paths: list[str], problems: list[Problem], now: float
) -> Iterator[tuple[str, Series]]:
    """The metrics by the paths of their tables; in them a column may have the last part of the name only."""
    for path in paths:
        name = path.removeprefix(below).removesuffix(".tsv")
        growing = is_growing(written(os.path.join(folder, path)), now)
        try:
            found = series_of(content(os.path.join(folder, path)), path, problems, growing=growing)
        except OSError as error:
            problems.append(unreadable(path, error))
            continue
        for column, one in found.items():
            full = name if column in (name, name.rpartition("/")[2]) or len(found) == 1 else f"{name}/{column}"
            yield full, one._replace(name=full)


def _step(last: Mapping[str, Any]) -> int:
    step = last.get("step")
    return step if isinstance(step, int) else 0


def _images(folder: str, below: str, files: Mapping[str, int]) -> Iterator[Medium]:
    """The pictures; those with a number for a name, or for the folder that they are in, are steps of one series."""
    for path in sorted(files):
        if not path.startswith(below) or not (picture := picture_of(os.path.join(folder, path))):
            continue
        first, _, rest = (name := path.removeprefix(below).rpartition(".")[0]).partition("/")
        above, _, last = name.rpartition("/")
        step = 0
        if above and last.isdigit() and len(last) < 16:
            step, name = int(last), above
        elif rest and first.isdigit() and len(first) < 16:
            step, name = int(first), rest
        yield Medium(name, step, None, path, None, picture.width, picture.height)


def _plots(folder: str, paths: list[str], problems: list[Problem]) -> tuple[list[Table], list[Chart]]:
    """The plots: a confusion matrix as one, others as tables of their rows."""
    tables, charts = list[Table](), list[Chart]()
    for path in paths:
        try:
            data = decode(content_within(os.path.join(folder, path), LARGEST * 16, "it is too large to be shown"))
        except (OSError, ValueError) as error:
            problems.append(unreadable(path, error))
            continue
        name = path.rpartition("/")[2].rpartition(".")[0]
        if isinstance(data, dict):  # A curve with the facts about it, such as that of ROC.
            data = next((one for one in data.values() if isinstance(one, list)), [])
        rows = [mapping(row) for row in data if isinstance(row, dict)] if isinstance(data, list) else []
        if rows and all({"actual", "predicted"} <= row.keys() for row in rows):
            charts.append(Chart(name, "confusion_matrix", 0, None, _confusion(rows), path))
        elif rows:
            tables.append(Table(name, [path], list(dict.fromkeys(key for row in rows for key in row)), rows))
    return tables, charts


def _confusion(rows: list[dict[str, Any]]) -> dict[str, Any]:
    pairs = Counter((str(row["actual"]), str(row["predicted"])) for row in rows)
    labels = sorted({label for pair in pairs for label in pair}, key=lambda label: (len(label), label))
    return {"class_labels": labels, "matrix": [[pairs[true, other] for other in labels] for true in labels]}
