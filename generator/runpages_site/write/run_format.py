"""Writes a run that some source read as a run folder of the format, with all of its points."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from tempfile import mkdtemp
from typing import Any, BinaryIO

from runpages.format import layout
from runpages.format.csv_line import number_field, text_field
from runpages.format.discovery import RunFolder
from runpages.format.document import encode, encode_line, finite, seconds
from runpages.format.errors import UserError
from runpages.format.files import open_file
from runpages.format.records import Chart, File, Medium, Problem, RunRecord, Series, Table, Value

from ..read import publish_filter
from ..read.downsample import Columns, Digest
from ..read.scan import source_of
from ..read.source import Part
from ..stamp import RUN_FOLDER, Stamp
from ..text.number import plural
from .joined import is_in_pieces, put_joined
from .writer import FULL, output_error

LEFT_OUT = "Not carried over"
"""What became of what the format has no place for."""


Bring = Callable[[str, str], None]
"""Makes a file that stands for another, such as ``copied`` and ``linked``."""


def copied(source: str, place: str) -> None:
    """Copy a regular file with its time. Raises OSError."""
    if os.path.islink(source):
        raise OSError(errno.EPERM, "it is a link", source)
    with open_file(source) as data:
        with open(place, "xb") as file:
            shutil.copyfileobj(data, file, 1 << 20)
        facts = os.fstat(data.fileno())
    os.utime(place, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def linked(source: str, place: str) -> None:
    """Link a regular file, or copy it from another disk and where there are no links. Raises OSError."""
    if stat.S_ISREG(os.lstat(source).st_mode):
        try:
            os.link(source, place)
        except OSError:
            pass
        else:
            return
    copied(source, place)


def outlined(source: str, place: str, *, largest: int) -> None:
    """Link a file, or make one of the same size that takes no room, for more than ``largest`` bytes. Raises OSError."""
    if (size := os.path.getsize(source)) <= largest:
        linked(source, place)
        return
    with open(place, "xb") as file:
        file.truncate(size)


@contextmanager
def in_format(
    run: RunFolder, above: Callable[[], str] | None, *, now: float, bring: Bring = linked
) -> Iterator[RunFolder]:
    """A run as a run folder of whole files: another one is written into a temporary one, in the folder ``above``.

    What a site publishes is a run folder, so what its pages show is read from one. Raises what ``put_run`` does, and
    OutputError where the disk is full.
    """
    is_ours = run.seen.source == RUN_FOLDER
    if is_ours and not (run.seen.may_be_in_pieces and is_in_pieces(run.path)):
        yield run
        return
    folder = mkdtemp(prefix="runpages-", dir=above() if above else None)
    try:
        # A run that does not say its names has those of its folders.
        path = os.path.join(folder, run.experiment, run.name) if is_ours else os.path.join(folder, "run")
        with output_error(path, FULL):
            if is_ours:
                put_joined(run.path, path, bring)
            else:
                put_run(run, path, now=now, bring=bring)
        yield run._replace(path=path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put_run(run: RunFolder, folder: str, *, now: float, bring: Bring = copied) -> RunRecord:
    """Read a run by its source and write it into a new folder; returns what was read, with all that is missing there.

    What the format has no place for, and files that cannot be read, are among the problems, which ``run.json`` lists
    as well. ``now`` is in seconds since the epoch. Raises OSError where the folder cannot be written, and what the
    source raises.
    """
    os.makedirs(folder)
    time = _time_of(run.seen)
    with _Points(os.path.join(folder, f"{layout.METRICS}.csv")) as points:
        record, _, parts = source_of(run.seen.source).read(run, now=now, known={}, sink=points)
        out = _Folder(folder, record, parts, bring, time)
        for name, series in record.series.items():
            out.put_series(name, series, points)
    points.date(time)
    out.put_logged()
    record.problems.extend(Problem("", None, why, LEFT_OUT, False) for why in (*points.left_out(), *out.left_out))
    last_write = record.last_write if record.last_write is not None else run.seen.newest
    with open(os.path.join(folder, layout.RUN), "xb") as file:
        file.write(encode(_document(record._replace(last_write=last_write), run.seen.source)))
    return record


def _time_of(seen: Stamp) -> int:
    """The time of the files that are made of a run, in nanoseconds: the same as long as its own files are the same.

    It is when the newest of them was written, to the second. By size and time a later build sees that its copies of
    what is made are as they were.
    """
    return int(seen.newest) * 10**9 + zlib.crc32(seen.key.encode()) % 10**9


def _document(record: RunRecord, source: str) -> dict[str, Any]:
    """What a run is and where it comes from, as its document says it."""
    known = {
        "name": record.name, "number": record.number, "type": record.type, "created": _time(record.created),
        "started": _time(record.started), "ended": _time(record.ended), "parent": record.parent,
        "description": record.description, "tags": record.tags,
        "properties": {"Source": source, **record.properties},
        "params": record.params, "environment": record.environment,
        "error": record.error and _given(record.error._asdict()), "last_write": record.last_write,
    }  # fmt: skip
    said = {key: value for key, value in record.document.items() if key not in known}
    return publish_filter.document(record._replace(document={**said, **_given(known)}))


def _given(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if value is not None and value != {}}


def _time(time: float | None) -> str | None:
    """A time in milliseconds, or in microseconds where it has some."""
    if time is None or seconds(spelled := layout.iso_time(time)) == time:
        return None if time is None else spelled
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


# --- points ----------------------------------------------------------------------------------------------


class _Points:
    """Writes points as they are read; the file is there as soon as there is one."""

    def __init__(self, path: str) -> None:
        self.names: set[str] = set()
        self._path = path
        self._file: BinaryIO | None = None
        self._refused: Counter[str] = Counter()

    def __enter__(self) -> _Points:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def begin(self) -> None:
        """Drop what was taken so far."""
        self.names.clear()
        self._refused.clear()
        if self._file is not None:
            self._file.truncate(self._file.seek(len(_HEADER)))

    def restore(self, state: Any) -> bool:
        """It always begins anew."""
        return False

    def state(self) -> dict[str, Any]:
        """It always begins anew."""
        return {}

    def add(self, name: str, before: Sequence[Digest], columns: Columns) -> None:
        """Write the next points of a metric."""
        self.names.add(name)
        if not name:
            self._refused["of a metric without a name"] += len(columns[0])
            return
        kept = _finite(columns)
        if len(kept[0]) < len(columns[0]):
            self._refused["with a step that is no finite number"] += len(columns[0]) - len(kept[0])
        lines = _lines(text_field(name), kept)
        if lines and self._file is None:
            self._file = open(self._path, "xb")  # noqa: SIM115 - closed at the end
            self._file.write(_HEADER)
        if lines and self._file is not None:
            self._file.write(lines.encode())

    def date(self, time: int) -> None:
        """Give the file its time, in nanoseconds."""
        if self._file is not None:
            os.utime(self._path, ns=(time, time))

    def left_out(self) -> list[str]:
        """The points that were not written."""
        return [f"{plural(count, 'point')} {why}" for why, count in self._refused.items()]


_HEADER = f"{layout.METRICS_HEADER}\n".encode()


def _finite(columns: Columns) -> Columns:
    """The points whose step is neither nan nor infinite."""
    steps, times, values = columns
    if _are(int, steps):
        return columns
    kept = [at for at, step in enumerate(steps) if step - step == 0]
    return [steps[at] for at in kept], [times[at] for at in kept], [values[at] for at in kept]


def _lines(name: str, columns: Columns) -> str:
    """The lines of points, spelled column by column: a call for each field would take three times as long."""
    steps, times, values = columns
    counted = map(repr, steps) if _are(int, steps) else map(number_field, steps)
    spelled = map("{!r},".format, values) if _are(float, values) else map(_value, values)
    rows = zip(counted, _times(times), spelled, strict=True)
    return "".join([f"{name},{step},{time},{value}\n" for step, time, value in rows])


def _are(kind: type, column: Sequence[object]) -> bool:
    return set(map(type, column)) <= {kind}


def _value(value: Value) -> str:
    """The end of a line: a number, or a text in the field after it."""
    return f",{text_field(value)}" if isinstance(value, str) else f"{number_field(value)},"


def _times(times: Sequence[float | None]) -> Sequence[str]:
    """The times with three decimals, or more where they have more."""
    if None not in times:
        spelled = list(map("{:.3f}".format, times))
        if list(map(float, spelled)) == list(times):
            return spelled
    return ["" if time is None else _precise(time) for time in times]


def _precise(time: float) -> str:
    spelled = f"{time:.3f}"
    return spelled if float(spelled) == time else repr(float(time))


# --- what else was logged --------------------------------------------------------------------------------


class _Folder:
    """The folder of a run that is being written; no two of its files have one name."""

    def __init__(self, folder: str, record: RunRecord, parts: Mapping[str, Part], bring: Bring, time: int) -> None:
        self.left_out: list[str] = []
        self._folder, self._record, self._parts, self._copy, self._time = folder, record, parts, bring, time
        self._taken: set[str] = set()
        self._names: dict[str, str] = {}
        """The names of files that do not spell them."""
        self._declared: dict[str, dict[str, str]] = {}

    def put_series(self, name: str, series: Series, points: _Points) -> None:
        """Write what was said of a metric, and its points where the source did not hand them on."""
        if said := _given(series.declared._asdict()):
            self._declared[name] = said
        if name not in points.names and series.steps:
            points.add(name, (), (series.steps, series.times, series.values))
            if series.total > len(series.steps):
                missing = series.total - len(series.steps)
                self.left_out.append(f"{plural(missing, 'point')} of {name!r}, of which the source reads only some")

    def put_logged(self) -> None:
        """Write all but the points and the document."""
        record = self._record
        self._put_tables(record.tables)
        self._put_charts(record.charts)
        self._put_media("images", record.images)
        self._put_media("media", record.media)
        self._put_files(layout.ARTIFACTS, record.artifacts)
        self._put_files(layout.LOGS, record.logs)
        if record.snapshot is not None:
            self._bring(record.snapshot.file, layout.SNAPSHOT)
        if (patch := publish_filter.patch(record)) is not None:
            self._bring(patch, patch)
        if self._declared or self._names:
            series = {"series": self._declared} if self._declared else {}
            files = {"files": self._names} if self._names else {}
            self._write(layout.SERIES, [encode({"format": 1, **series, **files})])

    def _put_tables(self, tables: Collection[Table]) -> None:
        for table in tables:
            unseen = set(table.columns).difference(*table.rows)
            if unseen:
                self.left_out.append(f"{plural(len(unseen), 'column')} without a value in the table {table.name!r}")
            self._put_lines("tables", table.name, table.rows)

    def _put_charts(self, charts: Iterable[Chart]) -> None:
        found: dict[str, list[dict[str, Any]]] = {}
        for one in charts:
            facts = {"time": _time(one.time), "caption": one.caption}
            found.setdefault(one.name, []).append(
                {"type": one.type, "step": one.step, **_given(facts), "data": one.data}
            )
        for name, lines in found.items():
            self._put_lines("charts", name, lines)

    def _put_lines(self, folder: str, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write a table or charts, a line for each row; a row that JSON does not have is left out."""
        lines, bad = [], 0
        for row in rows:
            try:
                lines.append(encode_line(row))
            except (TypeError, ValueError):
                bad += 1
        if bad:
            self.left_out.append(f"{plural(bad, 'line')} of {name!r}, which JSON has no form for")
        stem = f"{folder}/{self._free(folder, layout.file_name(name), layout.hashed_name(name))}"
        if layout.name_of(os.path.basename(stem)) != name:
            self._names[stem] = name
        self._write(f"{stem}.jsonl", lines)

    def _put_media(self, folder: str, media: Sequence[Medium]) -> None:
        """Write pictures or other media, each with its line, in the order in which they were read."""
        lines = []
        for at, one in enumerate(media):
            if not one.name or finite(one.step) is None:
                self.left_out.append(f"{one.file}, which has no name or no step")
                continue
            extension = os.path.basename(one.file).rpartition(".")[2].lower()
            ending = f".{extension}" if extension.isascii() and extension.isalnum() and len(extension) <= 10 else ""
            above = layout.file_name(one.name)
            step = number_field(one.step)
            file = f"{folder}/{self._free(folder, f'{above}/{step}{ending}', f'{above}/{step}-{at}{ending}')}"
            if one.missing or self._bring(one.file, file):
                facts = {"time": _time(one.time), "caption": one.caption, "width": one.width, "height": one.height}
                lines.append(encode_line({"name": one.name, "step": one.step, "file": file, **_given(facts)}))
        if lines:
            self._write(f"{folder}.jsonl", lines)

    def _put_files(self, folder: str, files: Iterable[File]) -> None:
        for one in files:
            try:
                path = layout.artifact_path(one.name)
            except UserError:
                path = layout.hashed_segment(one.name)
            path = f"{folder}/{self._free(folder, path, layout.hashed_segment(one.name))}"
            if folder == layout.ARTIFACTS and layout.artifact_name(path) != f"{folder}/{one.name}":
                self._names[path] = one.name
            self._bring(one.file, path)

    def _free(self, folder: str, first: str, second: str) -> str:
        """The first of two names that no other file of a folder has on a disk that ignores case."""
        chosen = second if layout.folded(f"{folder}/{first}") in self._taken else first
        self._taken.add(layout.folded(f"{folder}/{chosen}"))
        return chosen

    # --- files

    def _write(self, path: str, blocks: Iterable[bytes]) -> None:
        place = self._place(path)
        with open(place, "xb") as file:
            file.writelines(blocks)
        os.utime(place, ns=(self._time, self._time))

    def _bring(self, source: str, path: str) -> bool:
        """Copy a file of the run; False, and a problem, where it cannot be read."""
        place = self._place(path)
        try:
            if source in self._parts:
                self._write(path, [self._parts[source].content()])
            else:
                self._copy(os.path.join(self._record.folder, source), place)
        except OSError as error:
            if error.errno in FULL:
                raise
            why = f"It cannot be copied: {error.strerror or error}"
            self._record.problems.append(Problem(source, None, why, LEFT_OUT))
            return False
        return True

    def _place(self, path: str) -> str:
        place = os.path.join(self._folder, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        return place
