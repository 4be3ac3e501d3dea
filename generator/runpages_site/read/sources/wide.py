"""What the sources of wide tables have in common: a run is a folder with a table, one column a metric."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from runpages.format import foreign
from runpages.format.discovery import Found, RunFolder
from runpages.format.files import content, open_file, unreadable
from runpages.format.jsonl import unlisted
from runpages.format.records import File, Problem, RunRecord, Series
from runpages.format.stray_files import MODELS, strays

from ..scan import stamp_of_files
from ..source import PointSink, Reading
from . import folders, tensorboard
from .folders import Folder
from .record import BadLines, NamedByFolder, found_runs, is_growing, parameters, record, sized

LARGEST = 100 << 20
"""Bytes of a table up to which it is read; larger ones are data."""

HEAD = 4_096
"""Bytes of a file by which it is recognised."""

_HEADERS = 1_000


class Tables(NamedByFolder):
    """A source of folders that hold one table each. What a kind of them has of its own is in the methods below."""

    parameters: Sequence[str] = ()
    """The files with parameters; the first that has some counts."""
    has_events = False
    """Whether event files of TensorBoard in the folder are of the same run."""

    def tables(self, folder: Folder) -> list[str]:
        """The names of the tables in a folder: one for a run, several for as many runs; none if it holds no run."""
        raise NotImplementedError

    def is_run(self, folder: Folder) -> bool:
        """Whether a folder without a table is a run all the same."""
        return False

    def points(self, path: str, name: str, problems: list[Problem], *, growing: bool) -> dict[str, Series]:
        """The metrics in the table; what cannot be read is reported. Raises OSError where nothing can."""
        return series_of(content(path), name, problems, growing=growing)

    def also(self, made: RunRecord) -> RunRecord:
        """The record with what else a kind of folder has."""
        return made

    def find(self, folder: str, *, skip: Collection[str] = ()) -> Found:
        """The runs: the folders with one table, and the tables that lie together."""
        found, closed = list[RunFolder](), set[str]()
        for one in folders.walk(folder, skip=skip, closed=lambda one: one.path in closed):
            tables = self.tables(one)
            names = [name for name in tables if os.path.abspath(os.path.join(one.path, name)) not in skip]
            if tables or self.is_run(one):
                closed.add(one.path)
            if not names and (tables or one.path not in closed):
                continue
            if _is_one_run(names):
                place = folders.place(folder, one.parts)
                files = one.files.union(tensorboard.files_below(one.path)) if self.has_events else one.files
                found.append(RunFolder(*place.folders, one.path, stamp_of_files(one.path, sorted(files))))
                continue
            for name in names:
                place = folders.place(folder, (*(one.parts or folders.place(folder, ())[1:]), _stem(name)))
                path = os.path.join(one.path, name)
                found.append(RunFolder(*place.folders, path, stamp_of_files(one.path, [name])))
        return found_runs(found)

    def read(self, run: RunFolder, *, now: float, known: Mapping[str, Any], sink: PointSink | None) -> Reading:
        """A run: the metrics in its table, the parameters, pictures and logs beside it."""
        is_table = os.path.isfile(run.path)
        folder = next(folders.walk(os.path.dirname(run.path) if is_table else run.path))
        problems: list[Problem] = []
        names = [os.path.basename(run.path)] if is_table else self.tables(folder)
        params, also = dict[str, Any](), dict[str, Any]()
        if not is_table:
            params = parameters(run.path, [one for one in self.parameters if one in folder.files], problems)
            also = beside(folder, names)
        series: dict[str, Series] = {}
        written = [time for name in names if (time := self._read(folder, name, len(names) > 1, series, problems, now))]
        made = record(
            run, self.label, ended=max(written, default=None), series=series, problems=problems, params=params, **also
        )
        made = self.also(made)
        return tensorboard.joined(made, now=now, sink=sink) if self.has_events else Reading(made)

    def _read(
        self, folder: Folder, name: str, is_part: bool, series: dict[str, Series], problems: list[Problem], now: float
    ) -> float | None:
        """Add the metrics in a table, under its name if it is a part of a run; gives when it was written."""
        path = os.path.join(folder.path, name)
        try:
            written = os.stat(path).st_mtime
            found = self.points(path, name, problems, growing=is_growing(written, now))
        except OSError as error:
            problems.append(unreadable(name, error))
            return None
        before = f"{_stem(name)}/" if is_part else ""
        series.update((before + metric, one._replace(name=before + metric)) for metric, one in found.items())
        return written


def _is_one_run(names: Sequence[str]) -> bool:
    """Whether some tables are of one run: a single one, or one for each part of the data."""
    return len(names) < 2 or folders.SPLITS.issuperset(map(_stem, names))


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def beside(folder: Folder, tables: Collection[str]) -> dict[str, Any]:
    """The pictures, logs and other files in the folder of a run that are shown, as fields of its record."""
    sizes = {name: _size(folder, name) for name in sorted(folder.files)}
    loose = strays(((name, size) for name, size in sizes.items() if name not in tables), None)
    kept = [file for file in loose.outputs if file.name.lower().rpartition(".")[2] not in MODELS]
    return {
        "images": [sized(folder.path, image) for image in unlisted("", loose.pictures)],
        "logs": loose.logs,
        "artifacts": sorted([*kept, *(File(name, name, sizes.get(name, 0)) for name in tables)]),
    }


def _size(folder: Folder, name: str) -> int:
    try:
        return os.path.getsize(os.path.join(folder.path, name))
    except OSError:
        return 0


def head(folder: Folder, name: str, most: int = HEAD) -> str:
    """The first line of a file, or the first ``most`` bytes of it; empty where it cannot be read."""
    try:
        with open_file(os.path.join(folder.path, name)) as file:
            return file.readline(most).decode("utf-8-sig", "replace").strip()
    except OSError:
        return ""


def columns(line: str) -> list[str]:
    """The names in the first line of a table."""
    return [one.strip().strip("\"'") for one in re.split("[,;\t]", line)]


def csv_fields(line: str) -> list[str]:
    """The fields of a line of CSV, in which names may have commas; none of a line that is not one."""
    try:
        return next(csv.reader([line.rstrip("\r\n")]), [])
    except csv.Error:
        return []


# --- the points --------------------------------------------------------------------------------------------


def series_of(data: bytes, name: str, problems: list[Problem], *, growing: bool) -> dict[str, Series]:
    """The metrics in a table; a header in its middle, as a program writes it that starts again, counts from there on.

    What cannot be read is reported among ``problems``. A last line without an end may be a part of one: it is left out.
    """
    if len(data) > LARGEST:
        why = f"It has {len(data):,} bytes, which is too much for a table of metrics"
        problems.append(Problem(name, None, why, "File skipped"))
        return {}
    merged: dict[str, Series] = {}
    for first, part in _tables(data):
        found = foreign.read(io.BytesIO(part), name, first, growing=True)
        problems += found.problems
        bad = BadLines(name, problems)
        for at, why in found.faults:
            bad.add(first - 1 + at, why)
        bad.end()
        for metric, (steps, times, values) in found.points.items():
            known = merged.setdefault(metric, Series(metric, [], [], []))
            known.steps.extend(steps)
            known.times.extend(times)
            known.values.extend(values)
    if data and not data.endswith((b"\n", b"\r", b"\n\0")) and not growing:
        why = "The last line has no end, so it may be a part of one"
        problems.append(Problem(name, data.count(b"\n") + 1, why, "Line skipped", False))
    return merged


def _tables(data: bytes) -> Iterable[tuple[int, bytes]]:
    """The tables in a file, each with the number of its first line: a header begins another one."""
    top = data.lstrip(b"\xef\xbb\xbf").partition(b"\n")[0].strip()
    first = re.split(b"[,;\t]", top)[0]
    if not re.fullmatch(rb"[\"']?[A-Za-z_][\w /.-]*[\"']?", first):
        yield 1, data
        return
    headers = re.finditer(rb"\n[ ]*" + re.escape(first) + rb"[ ]*[,;\t]", data)
    starts = [0, *(match.start() + 1 for match in islice(headers, _HEADERS))]
    line = 1
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        yield line, data[start:end]
        line += data.count(b"\n", start, end)
