"""Reads the folders of Sacred's ``FileStorageObserver``: a number for a run, with JSON documents in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from runpages.format.discovery import Found, RunFolder
from runpages.format.document import mapping
from runpages.format.records import Error, File, Problem, Series

from ...text.number import plural
from ..source import PointSink, Reading
from . import folders
from .history import DEEPEST, leaves, time_of
from .record import NamedByFolder, document, found_runs, record, unended

_RUN, _CONFIG, _METRICS, _INFO, _OUTPUT = "run.json", "config.json", "metrics.json", "info.json", "cout.txt"
_STATUS = {
    "QUEUED": "NotStarted", "COMPLETED": "Completed", "FAILED": "Failed", "INTERRUPTED": "Canceled",
    "TIMEOUT": "Failed",
}  # fmt: skip
_TYPED = {frozenset(["dtype", name]): name for name in ("value", "values")} | {
    frozenset([name]): name for name in ("py/tuple", "py/set")
}
"""The keys of a value that has its type beside it, and which of them has the value."""


class Sacred(NamedByFolder):
    """The source of folders with ``run.json``, ``config.json`` and ``cout.txt``."""

    label = "Sacred"

    def find(self, folder: str, *, skip: Collection[str] = ()) -> Found:
        """The runs, by the experiments that they name."""
        found = []
        for one in folders.holding(folder, lambda one: one.files.issuperset((_RUN, _CONFIG, _OUTPUT)), skip=skip):
            place = folders.place(folder, one.parts)
            name = mapping(document(one.path, _RUN, []).get("experiment")).get("name")
            place = place._replace(experiment=name) if isinstance(name, str) and name else place
            found.append(RunFolder(*place.folders, one.path, folders.stamp_of_trees([one.path])))
        return found_runs(found)

    def read(self, run: RunFolder, *, now: float, known: Mapping[str, Any], sink: PointSink | None) -> Reading:
        """A run: its metrics and result, configuration, output and artifacts."""
        problems: list[Problem] = []
        about = document(run.path, _RUN, problems)
        series = dict(_series(document(run.path, _METRICS, problems), problems))
        for one in _result(about.get("result"), problems):
            series.setdefault(one.name, one)
        beat = time_of(about.get("heartbeat"))
        logs, artifacts = _files(run.path)
        experiment, host = mapping(about.get("experiment")), mapping(about.get("host"))
        words = {"Script": experiment.get("mainfile"), "Command": about.get("command")}
        made = record(
            run, self.label, created=time_of(about.get("start_time")), ended=time_of(about.get("stop_time")) or beat,
            status=_status(about, beat, now), series=series, problems=problems,
            params={name: _plain(value) for name, value in document(run.path, _CONFIG, problems).items()},
            properties={**words, "Python": host.get("python_version")}, logs=logs, artifacts=artifacts,
            description=_comment(about), error=_error(about),
        )  # fmt: skip
        return Reading(made)


def _series(metrics: Mapping[str, Any], problems: list[Problem]) -> Iterator[tuple[str, Series]]:
    """The metrics, each three lists of one length."""
    for name, one in metrics.items():
        steps, times, values = (mapping(one).get(key) for key in ("steps", "timestamps", "values"))
        if not isinstance(steps, list) or not isinstance(values, list) or len(steps) != len(values):
            problems.append(Problem(_METRICS, None, f"{name!r} has no steps and values of one length", "Not read"))
            continue
        known = times if isinstance(times, list) and len(times) == len(steps) else [None] * len(steps)
        rows = [row for row in zip(steps, map(time_of, known), map(_plain, values), strict=True) if _is_point(row)]
        if rows:
            known_steps, known_times, known_values = map(list, zip(*rows, strict=True))
            yield name, Series(name, known_steps, known_times, known_values)
        if left := len(steps) - len(rows):
            problems.append(Problem(_METRICS, None, f"{left:,} values of {name!r} are no numbers", "Not shown", False))


def _is_point(row: tuple[Any, ...]) -> bool:
    return all(isinstance(one, (bool, int, float)) for one in (row[0], row[2]))


def _result(value: Any, problems: list[Problem]) -> Iterator[Series]:
    """What the script returned as metrics of one point: a number or text, or each of those in a dictionary."""
    unseen = 0
    for name, one in leaves({"result": _plain(value)}):
        if isinstance(one, (bool, int, float, str)):
            yield Series(name, [0], [None], [one])
        else:
            unseen += one is not None
    if unseen:
        why = f"{plural(unseen, 'value')} of the result: neither a number nor a text"
        problems.append(Problem(_RUN, None, why, "Not shown", False))


def _plain(value: Any, depth: int = 0) -> Any:
    """A value without the types of Python and NumPy that Sacred keeps beside it, as does what it contains."""
    if depth > DEEPEST or not isinstance(value, (dict, list)):
        return value
    if isinstance(value, list):
        return [_plain(one, depth + 1) for one in value]
    if name := _TYPED.get(frozenset(value) - {"py/object"}):
        return _plain(value[name], depth + 1)
    return {key: _plain(one, depth + 1) for key, one in value.items()}


def _status(about: Mapping[str, Any], beat: float | None, now: float) -> str | None:
    """The word for the state."""
    if about.get("status") != "RUNNING":
        return _STATUS.get(str(about.get("status")))
    return unended(beat or 0.0, now)


def _comment(about: Mapping[str, Any]) -> str | None:
    """What the option ``--comment`` said of the run."""
    comment = mapping(about.get("meta")).get("comment")
    return comment if isinstance(comment, str) and comment else None


def _error(about: Mapping[str, Any]) -> Error | None:
    """Why a run failed, by the traceback that was kept."""
    trace = about.get("fail_trace")
    if not isinstance(trace, list) or not trace:
        return None
    lines = [str(line) for line in trace]
    kind, _, message = lines[-1].strip().partition(": ")
    return Error("", message or kind, kind, "".join(lines))


def _files(folder: str) -> tuple[list[File], list[File]]:
    """The output as a log, and the artifacts."""
    files = [File(path, path, size) for path, size in folders.files_below(folder)]
    own = (_RUN, _CONFIG, _METRICS, _INFO, _OUTPUT)
    return [one for one in files if one.file == _OUTPUT and one.size], [one for one in files if one.file not in own]
