"""Reads a workspace into plain Python: experiments, runs and series, and data frames with pandas."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from functools import cached_property
from shlex import quote
from typing import TYPE_CHECKING, Any

from .format import layout
from .format.discovery import OF_SACRED, find, is_run
from .format.errors import FormatError, UserError
from .format.read import read_experiment, read_run
from .format.records import ExperimentRecord, RunRecord
from .groups import Groups, flat, grouped

if TYPE_CHECKING:
    from pandas import DataFrame

LOOKED = 1_000
"""How many folders are looked into for files, where there are no runs."""

_COLUMNS = ["experiment", "run", "name", "status"]
_PREFIXES = ("params.", "tags.", "metrics.")


class Reading:
    """What ``runpages.read`` gives: ``experiments`` by name, ``runs``, and ``hints`` about runs in wrong places.

    ``path`` is a workspace, an experiment or a run. Nothing is read before it is asked for; then it is kept. A run is
    a ``RunRecord`` with ``series[name].steps``, ``.times`` and ``.values``, ``params``, ``tags``, ``tables``,
    ``status`` and others; a damaged one has ``problems``.
    """

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)
        if not os.path.isdir(self.path):
            raise UserError(f"{path} is not a folder; name a workspace, an experiment or a run")
        self.hints: list[str] = []
        self._experiments: list[str] = []
        self._folders = self._run_folders()
        if _is_foreign(self.path, self._folders, self._experiments, self.hints):
            raise UserError(
                f"{path} has no run folders, <experiment>/<run>/, but files of something else. If it is a folder of "
                f"another tool, convert its runs and read these: runpages convert {quote(str(path))} runs"
            )

    def _run_folders(self) -> list[str]:
        if is_run(self.path):
            self._experiments = [os.path.dirname(self.path)]
            return [self.path]
        found = find(self.path)
        is_experiment = os.path.isfile(os.path.join(self.path, layout.EXPERIMENT))
        if is_experiment or not found.experiments:
            names = sorted(name for name in os.listdir(self.path) if not name.startswith("."))
            runs = [folder for folder in (os.path.join(self.path, name) for name in names) if is_run(folder)]
            if is_experiment or runs:
                self._experiments = [self.path]
                return runs
        # A run that lies in a workspace beside its experiments is reported as a hint.
        self.hints = found.hints
        self._experiments = [os.path.join(self.path, name) for name in found.experiments]
        return [run.path for run in found.runs]

    @cached_property
    def experiments(self) -> dict[str, ExperimentRecord]:
        """What each experiment says of itself, by name; of two of one name the second goes by its folder."""
        found: dict[str, ExperimentRecord] = {}
        for folder in self._experiments:
            experiment = read_experiment(folder)
            found[os.path.basename(folder) if experiment.name in found else experiment.name] = experiment
        return found

    @cached_property
    def runs(self) -> list[RunRecord]:
        """All runs, by experiment and id; one of a newer format is reported as a hint and left out."""
        now, found = time.time(), []
        for folder in self._folders:
            try:
                found.append(read_run(folder, now=now))
            except FormatError as error:
                self.hints.append(str(error))
        return found

    def run(self, name: str) -> RunRecord:
        """The run with this id or, if only one has it, this name; raises UserError otherwise."""
        by_id = [run for run in self.runs if run.id == name]
        found = by_id or [run for run in self.runs if run.name == name]
        if len(found) != 1:
            raise UserError(f"{self.path} has {len(found) or 'no'} runs named {name!r}; give an id")
        return found[0]

    def groups(self, by: str | Iterable[str]) -> Groups:
        """The runs in groups by one or several params or tags; those without them are in the group *not set*.

        A nested param has a dot between its names. A param comes before a tag of the same name, which is then
        ``tag.<name>``. Each group has ``label``, ``runs``, ``n``, ``values(metric)`` and ``spread(metric)``; together
        they have ``verdicts(reference, metric)``. Raises UserError for a name that no run has.
        """
        return grouped(self.runs, by)

    def to_pandas(self) -> DataFrame:
        """All points as a data frame with the columns experiment, run, name, step, time and value.

        ``time`` is in UTC. Raises UserError where pandas is not installed.
        """
        pandas = _pandas()
        points = [
            (
                *(_framed(run.experiment), _framed(run.id), _framed(name)),
                *(step, _milliseconds(when), _framed(value)),
            )
            for run in self.runs
            for name, series in run.series.items()
            for step, when, value in zip(series.steps, series.times, series.values, strict=True)
        ]
        frame = pandas.DataFrame(points, columns=["experiment", "run", "name", "step", "time", "value"])
        frame["time"] = pandas.to_datetime(frame["time"], unit="ms", utc=True, errors="coerce").dt.as_unit("us")
        return frame

    def table(self) -> DataFrame:
        """One row a run: what it is, ``params.…``, ``tags.…`` and the last value of each metric under its name.

        A metric that is called as one of the other columns is ``metrics.…``. Raises UserError where pandas is not
        installed.
        """
        pandas = _pandas()
        rows = [{_framed(key): _framed(value) for key, value in _row(run).items()} for run in self.runs]
        return pandas.DataFrame(rows, columns=None if rows else _COLUMNS)

    def __repr__(self) -> str:
        return f"Reading(path={self.path!r}, runs={len(self._folders)})"


def _is_foreign(path: str, runs: list[str], experiments: list[str], hints: list[str]) -> bool:
    """Whether a folder has files and no run folders, or only those of Sacred, which look like some."""
    if runs or experiments or hints:
        return bool(runs) and all(OF_SACRED.issubset(os.listdir(run)) for run in runs)
    for _, (above, folders, files) in zip(range(LOOKED), os.walk(path), strict=False):
        folders[:] = [name for name in folders if not name.startswith(".") and name != layout.REPORTS]
        known = {layout.SETTINGS, layout.README} if above == path else set()
        if any(not name.startswith(".") and name not in known for name in files):
            return True
    return False


def _framed(value: Any) -> Any:
    """A value for a data frame, which takes no lone surrogates: they are escaped."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(value, str) else value


def _row(run: RunRecord) -> dict[str, Any]:
    return {
        "experiment": run.experiment,
        "run": run.id,
        "name": run.name,
        "status": run.status,
        **{f"params.{key}": value for key, value in flat(run.params)},
        **{f"tags.{key}": value for key, value in run.tags.items()},
        **{_column(name): series.values[-1] for name, series in run.series.items() if series.values},
    }


def _column(metric: str) -> str:
    return f"metrics.{metric}" if metric in _COLUMNS or metric.startswith(_PREFIXES) else metric


def _pandas() -> Any:
    try:
        import pandas
    except ModuleNotFoundError:
        raise UserError("data frames need pandas, which is not installed: pip install pandas") from None
    return pandas


def _milliseconds(when: float | None) -> int | None:
    """A time for pandas, whose versions before 3.1 raise for years before 1677 and after 2262; those are no time."""
    return None if when is None or not abs(when) < 2**63 / 1e9 else round(when * 1000)
