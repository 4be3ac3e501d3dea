"""Reads the file store of MLflow, ``mlruns``: experiments with ``meta.yaml``, runs in them, a file for each metric."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from runpages.format import layout
from runpages.format.discovery import Found, RunFolder
from runpages.format.files import unreadable
from runpages.format.records import Problem, Series, Value

from ...stamp import Stamp
from ..run_folder import read_yaml
from ..source import PointSink, Reading
from . import folders
from .folders import Folder
from .mlflow_run import ARTIFACTS, Logged, record_of
from .record import BadLines, NamedInside, found_runs

META = "meta.yaml"

Columns = tuple[list[float | int], list[float | None], list[Value]]

_USUAL, _SMALL, _LARGEST = 1 << 13, 1 << 16, 1 << 20
_RUN = re.compile(r"[0-9a-f]{32}")
_PLAIN = re.compile(
    r"^([A-Za-z0-9_]+): (?:'([^'\\\n]*)'|(|\[\]|[A-Za-z0-9_./\w][A-Za-z0-9_./+:@%=~ \w-]*))$", re.MULTILINE
)  # The letters of ASCII are named, which takes half the time of \w alone.
_NO_SPACE = bytes(set(range(256)) - set(b" \t\n\v\f\r"))
_COMMAS = bytes.maketrans(b" \n", b",,")
# Without O_NONBLOCK, to open a pipe waits until somebody writes into it.
_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_BINARY", "O_CLOEXEC"))


class Mlflow(NamedInside):
    """The source of folders with experiments of MLflow, each a folder with ``meta.yaml``."""

    def find(self, folder: str, *, skip: Collection[str] = ()) -> Found:
        """The runs of all experiments, but for those that were deleted."""
        runs: list[RunFolder] = []
        hints, notes = list[str](), dict[str, str]()
        for one in folders.holding(folder, _is_experiment, skip=skip):
            found, deleted = _runs_of(one.path)
            runs += found
            if found and (note := _note(one.path)):
                notes[found[0].experiment] = note
            if deleted:
                hints.append(f"{one.path}: runs that were deleted are left out: {deleted}")
            elif not found:
                hints.append(f"{one.path} is an experiment of MLflow without runs")
        return found_runs(runs, hints, notes)

    def read(self, run: RunFolder, *, now: float, known: Mapping[str, Any], sink: PointSink | None) -> Reading:
        """A run: its metrics, parameters, tags and artifacts."""
        problems: list[Problem] = []
        seen: Seen = run.seen.kept
        meta, files = _parsed(seen.meta, problems), seen.tree.files
        for path in seen.tree.unread:
            problems.append(Problem(path, None, "It cannot be read", "Folder skipped"))
        logged = Logged(
            name=meta.get("run_name", ""),
            status=meta.get("status", ""),
            start=_whole(meta.get("start_time")),
            end=_whole(meta.get("end_time")),
            user=meta.get("user_id", ""),
            artifact_uri=meta.get("artifact_uri", ""),
            params=_texts(run.path, "params", files, problems),
            tags=_texts(run.path, "tags", files, problems),
            series={name: series for name, series in _metrics(run.path, files, problems) if series.steps},
            also=_inputs(run.path, files, problems),
        )
        return Reading(record_of(run, run.path, logged, problems, now=now, has_artifacts=bool(files.get(ARTIFACTS))))


# --- what there is -----------------------------------------------------------------------------------------


def _is_experiment(folder: Folder) -> bool:
    """Whether a folder is an experiment: registered models have a ``meta.yaml`` too, without its keys."""
    if META not in folder.files:
        return False
    meta = _meta(folder.path, [])
    return "experiment_id" in meta and "artifact_location" in meta


class Seen(NamedTuple):
    """What the finding of a run leaves for the reading: which files it has, and what its ``meta.yaml`` holds.

    That is read after its stamp was taken, so that a later change of it is seen.
    """

    tree: folders.Tree
    meta: bytes | OSError


def _runs_of(path: str) -> tuple[list[RunFolder], int]:
    """The runs of an experiment, and how many were deleted."""
    meta = _meta(path, [])
    experiment = layout.file_name(meta.get("name") or os.path.basename(path))
    is_deleted = meta.get("lifecycle_stage") == "deleted"
    runs, deleted = list[RunFolder](), 0
    for name in _names(path):
        run = f"{path}/{name}"
        facts, newest, tree = folders.facts_of(run)
        data = _document(run)
        if isinstance(data, FileNotFoundError | IsADirectoryError):
            continue
        if is_deleted or _is_deleted(data):
            deleted += 1
        else:
            runs.append(RunFolder(experiment, name, run, Stamp.of(facts, newest, Seen(tree, data))))
    return runs, deleted


def _names(path: str) -> list[str]:
    """The names of the folders in an experiment that may be runs."""
    with os.scandir(path) as entries:
        return sorted(one.name for one in entries if _RUN.fullmatch(one.name) and one.is_dir(follow_symlinks=False))


def _is_deleted(meta: bytes | OSError) -> bool:
    """Whether the document of a run says so; it is taken apart only where it may."""
    may_be = isinstance(meta, bytes) and b"deleted" in meta
    return may_be and _parsed(meta, []).get("lifecycle_stage") == "deleted"


# --- what a run has ----------------------------------------------------------------------------------------


def _meta(folder: str, problems: list[Problem]) -> dict[str, str]:
    """What the ``meta.yaml`` of a folder says, as texts."""
    return _parsed(_document(folder), problems)


def _document(folder: str) -> bytes | OSError:
    """The ``meta.yaml`` of a folder, or why it cannot be read, to be reported where the run is read."""
    try:
        return _bytes(f"{folder}/{META}", _LARGEST)
    except OSError as error:
        return error


def _parsed(meta: bytes | OSError, problems: list[Problem]) -> dict[str, str]:
    """What a ``meta.yaml`` says: plain lines are split, which takes a hundredth of the time of YAML."""
    if isinstance(meta, OSError):
        problems.append(unreadable(META, meta))
        return {}
    text = meta.decode("utf-8", "replace")
    lines = _PLAIN.findall(text)
    if len(lines) == len(text.splitlines()):
        return {key: quoted or ("" if plain == "null" else plain) for key, quoted, plain in lines}
    try:
        return {key: "" if value is None else str(value) for key, value in read_yaml(text).items()}
    except ValueError as error:
        problems.append(Problem(META, None, str(error), "File skipped"))
        return {}


def _bytes(path: str, most: int | None = None) -> bytes:
    """The bytes of a file that is no link, of at most ``most``: most files of a store take one call to read.

    Raises OSError for one that cannot be read, or is larger.
    """
    descriptor = os.open(path, _FLAGS)
    try:
        data = os.read(descriptor, _USUAL)
        if len(data) == _USUAL:  # There may be more.
            if most is not None and os.fstat(descriptor).st_size > most:
                raise OSError(errno.EFBIG, "it is too large", path)
            with os.fdopen(os.dup(descriptor), "rb", 0) as file:
                data += file.read()
        return data
    finally:
        os.close(descriptor)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) < 17 else None


def _note(experiment: str) -> str:
    """The description of an experiment, which is one of its tags."""
    try:
        return _bytes(f"{experiment}/tags/mlflow.note.content", _LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""


def _texts(run: str, kind: str, files: Mapping[str, list[str]], problems: list[Problem]) -> dict[str, str]:
    """The parameters or tags of a run: a file for each, its content the value."""
    found = {}
    for name, data in _contents(run, kind, files, _LARGEST, problems):
        try:
            found[name] = data.decode("utf-8")
        except UnicodeDecodeError:
            problems.append(Problem(f"{kind}/{name}", None, "It is not UTF-8", "File skipped"))
    return found


def _metrics(run: str, files: Mapping[str, list[str]], problems: list[Problem]) -> Iterator[tuple[str, Series]]:
    """The metrics of a run, in the order of the files: those that went on after a restart repeat steps."""
    found = list(_contents(run, "metrics", files, None, problems))
    columns = _together([data for _, data in found])
    if columns is None:
        yield from ((name, _series(name, data, problems)) for name, data in found)
        return
    steps, times, values = columns
    end = 0
    for name, data in found:
        start, end = end, end + data.count(b"\n")
        yield name, Series(name, steps[start:end], times[start:end], values[start:end])


def _together(files: list[bytes]) -> Columns | None:
    """The points of small files without damage, as if they were one: each on its own would take longer."""
    data = b"".join(files)
    if len(data) > _SMALL or not all(one.endswith(b"\n") for one in files):
        return None
    return _columns(data[:-1], data.count(b"\n"))


def _contents(
    run: str, kind: str, files: Mapping[str, list[str]], most: int | None, problems: list[Problem]
) -> Iterator[tuple[str, bytes]]:
    """What the files of a kind hold, of at most so many bytes; one that went since it was listed counts as none."""
    for name in sorted(files.get(kind, ())):
        try:
            data = _bytes(f"{run}/{kind}/{name}", most)
        except FileNotFoundError:
            continue
        except OSError as error:
            problems.append(unreadable(f"{kind}/{name}", error))
            continue
        yield name, data


def _series(name: str, data: bytes, problems: list[Problem]) -> Series:
    """The points in a file: lines of a time in milliseconds, a value, and but in old ones a step."""
    whole, _, rest = data.rpartition(b"\n")
    count = data.count(b"\n")
    if rest:
        why = "The last line has no end, so it may be a part of one"
        problems.append(Problem(f"metrics/{name}", count + 1, why, "Line skipped", False))
    columns = _columns(whole, count)
    if columns is not None:
        return Series(name, *columns)
    return _checked(name, [line.split() for line in whole.split(b"\n")[:count]], problems)


def _columns(lines: bytes, count: int) -> Columns | None:
    """The steps, times and values in lines of three fields, read as JSON, which takes half as long as one by one.

    None for lines of other fields, as in damaged and old files, and where JSON does not give what the lines say: where
    a number is one that it has not, such as ``nan``.
    """
    if not count or lines.translate(None, _NO_SPACE) != (b"  \n" * count)[:-1]:
        return None
    try:
        fields = orjson.loads(b"[%b]" % lines.translate(_COMMAS))
    except orjson.JSONDecodeError:
        return None
    times, values, steps = fields[::3], fields[1::3], fields[2::3]
    if len(fields) != 3 * count or {*map(type, times), *map(type, steps)} != {int}:
        return None
    kinds = set(map(type, values))
    if kinds != {float}:
        if not kinds <= {int, float}:
            return None
        values = list(map(float, lines.split()[1::3]))  # An integer -0 would have lost its sign.
    return steps, [time / 1_000 for time in times], values


def _checked(name: str, parts: list[list[bytes]], problems: list[Problem]) -> Series:
    """The points of lines of which some are damaged, or have no step."""
    series, bad = Series(name, [], [], []), BadLines(f"metrics/{name}", problems)
    for line, part in enumerate(parts, 1):
        try:
            time, value = int(part[0]) / 1_000, float(part[1])
            step = int(part[2]) if len(part) > 2 else len(series.steps)
        except (ValueError, IndexError, OverflowError):
            bad.add(line, "It is no time, value and step")
            continue
        series.steps.append(step)
        series.times.append(time)
        series.values.append(value)
    bad.end()
    return series


def _inputs(run: str, files: Mapping[str, list[str]], problems: list[Problem]) -> dict[str, str]:
    """The datasets and models that a run names, by what they are called."""
    above = os.path.dirname(run)
    datasets, models = [], []
    for name in _folders_in("inputs", files):
        meta = _meta(f"{run}/inputs/{name}", problems)
        if meta.get("source_type") == "DATASET":
            known = _meta(os.path.join(above, "datasets", os.path.basename(meta.get("source_id", ""))), [])
            datasets.append(" ".join(filter(None, (known.get("name"), known.get("digest")))))
    for name in _folders_in("outputs", files):
        known = _meta(os.path.join(above, "models", name), [])
        models.append(known.get("name") or name)
    named = {"Datasets": datasets, "Models": models}
    return {name: ", ".join(filter(None, values)) for name, values in named.items() if any(values)}


def _folders_in(kind: str, files: Mapping[str, list[str]]) -> list[str]:
    return list(dict.fromkeys(name.partition("/")[0] for name in sorted(files.get(kind, ())) if "/" in name))
