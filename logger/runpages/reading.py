"""Reads a workspace, or a built site, into plain Python: experiments, runs and series, and data frames with pandas.

A site is a folder or an address. Only the documents and data of its runs are loaded; of other files, name and size are
known.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from shlex import quote
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from .coerce import text
from .format import layout
from .format.discovery import OF_SACRED, find, is_run
from .format.errors import FormatError, UserError
from .format.published import Copy
from .format.read import read_experiment, read_run
from .format.records import ExperimentRecord, File, RunRecord
from .format.status import understood
from .format.stray_files import READMES, is_ours
from .groups import Groups, flat, grouped
from .site_files import AT_ONCE, LARGEST_DOCUMENT, Site, is_site

if TYPE_CHECKING:
    from pandas import DataFrame

LOOKED = 1_000
"""How many folders are looked into for files, where there are no runs."""

_COLUMNS = ["experiment", "run", "name", "status"]
_PREFIXES = ("params.", "tags.", "metrics.")

_DATA = ("tables/", "charts/")
_GROWN = 1 << 26
"""Bytes by which a file may have grown since it was listed: a site is published while its runs go on."""


def reading_of(location: str) -> Reading:
    """What there is at a location: a site, else a workspace, an experiment or a run.

    Raises UserError if there is nothing to read.
    """
    return site_at(location) if is_site(location) else Reading(location)


def site_at(location: str, experiment: str | None = None) -> SiteReading:
    """The site at an address or in a folder; with ``experiment`` only that one, if one has this name.

    Raises UserError if there is no site.
    """
    return SiteReading(Site(location), experiment)


class Reading:
    """What ``runpages.read`` gives: ``experiments`` by name, ``runs``, and ``hints`` about runs in wrong places.

    ``path`` is a workspace, an experiment or a run. Nothing is read before it is asked for; then it is kept. A run is
    a ``RunRecord`` with ``series[name].steps``, ``.times`` and ``.values``, ``params``, ``tags``, ``tables``,
    ``status`` and others; a damaged one has ``problems``.
    """

    def __init__(self, path: str) -> None:
        if "://" in path:
            raise UserError(
                f"{path} is in storage, and runpages.read takes folders and the addresses of sites; build it into one: "
                f"runpages build {quote(path)} -o site"
            )
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
        text(name, "the id or name of a run")
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


# --- a built site ------------------------------------------------------------------------------------------


class SiteReading(Reading):
    """The runs of a site. ``path`` and ``folder`` of a run are paths or addresses."""

    def __init__(self, site: Site, experiment: str | None = None) -> None:
        self._site = site
        self.path, self.hints = site.root, []
        folders = site.folders(layout.RUN, 3)
        places = (
            [layout.site_segment(name) for name in (experiment, layout.file_name(experiment))] if experiment else []
        )
        self._folders = [folder for folder in folders if folder.split("/")[1] in places] or folders

    @cached_property
    def experiments(self) -> dict[str, ExperimentRecord]:
        """What each experiment says of itself, by name; of two of one name the second goes by its folder."""
        found: dict[str, ExperimentRecord] = {}
        wanted = sorted({*self._site.folders(layout.EXPERIMENT, 2), *map(os.path.dirname, self._folders)})
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for experiment in pool.map(self._experiment, wanted):
                name = self._site.name_of(os.path.basename(experiment.folder))
                found[name if experiment.name in found else experiment.name] = experiment
        return found

    @cached_property
    def runs(self) -> list[RunRecord]:
        """All runs, by experiment and id; one of a newer format is reported as a hint and left out."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return [run for run in pool.map(self._read, self._folders) if run is not None]

    def run(self, name: str) -> RunRecord:
        """The run with this id or, if only one has it, this name; raises UserError otherwise."""
        found = [folder for folder in self._folders if os.path.basename(folder) == layout.site_segment(name)]
        run = self._read(found[0]) if len(found) == 1 else None
        return super().run(name) if run is None else run

    def columns(self, folder: str) -> dict[str, Any]:
        """What the site says of the columns of an experiment's runs, by the ``folder`` of one of them.

        It has the main ``metric`` and its ``goal``; empty in a site that an older version built.
        """
        path = f"{os.path.dirname(folder.rstrip('/'))}/columns.js".removeprefix(f"{self.path.rstrip('/')}/")
        if not self._site.has(path):
            return {}
        text = self._site.content(path, LARGEST_DOCUMENT).decode("utf-8", "replace").strip()
        try:
            found = json.loads(text.removeprefix('runpages.put("columns",').removesuffix(");"))
        except (ValueError, RecursionError) as error:
            raise UserError(f"{self._site.locate(path)} cannot be read: {error}; build the site again") from None
        return found if isinstance(found, dict) else {}

    def _experiment(self, folder: str) -> ExperimentRecord:
        """An experiment in a folder of the site, which may have no document."""
        path = f"{folder}/{layout.EXPERIMENT}"
        with TemporaryDirectory(prefix="runpages-") as copies:
            target = os.path.join(copies, self._site.name_of(os.path.basename(folder)))
            if self._site.has(path):
                _, known = self._site.document(path)
                _put(os.path.join(target, layout.EXPERIMENT), known.content or b"{}")
                for one in known.copies:
                    if one.path == layout.README:
                        _put(os.path.join(target, one.path), self._content(folder, one))
            experiment = read_experiment(target)
        return experiment._replace(folder=self._site.locate(folder))

    def _read(self, folder: str) -> RunRecord | None:
        """The run in a folder of the site, from copies of its data in a folder of the form that all runs have."""
        try:
            _, known = self._site.document(f"{folder}/{layout.RUN}")
        except FormatError as error:
            self.hints.append(str(error))
            return None
        with TemporaryDirectory(prefix="runpages-") as copies:
            target = os.path.join(copies, folder)
            _put(os.path.join(target, layout.RUN), known.content)
            for one in known.copies:
                _put(os.path.join(target, one.path), self._content(folder, one) if _is_data(one.path) else b"")
            run = read_run(target, now=time.time())
        sizes = {one.path: one.size for one in known.copies}
        # The process of a run that goes on is looked up by the build only.
        word = run.document.get("status")
        return run._replace(
            folder=self._site.locate(folder),
            last_write=run.last_write if "last_write" in run.document else None,
            status=understood(word) if isinstance(word, str) else None,
            artifacts=_sized(run.artifacts, sizes),
            logs=_sized(run.logs, sizes),
            snapshot=run.snapshot and run.snapshot._replace(size=sizes[run.snapshot.file]),
        )

    def _content(self, folder: str, copy: Copy) -> bytes:
        return self._site.content(f"{folder}/{copy.place}", copy.size + _GROWN)


def _sized(files: Iterable[File], sizes: dict[str, int]) -> list[File]:
    return [one._replace(size=sizes[one.file]) for one in files]


def _is_data(path: str) -> bool:
    return path.startswith(_DATA) if "/" in path else path in READMES or (is_ours(path) and path != layout.SNAPSHOT)


def _put(path: str, data: bytes) -> None:
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as file:
            file.write(data)
    except (OSError, ValueError) as error:
        raise UserError(f"a copy of a file of the site cannot be written: {error}") from None
