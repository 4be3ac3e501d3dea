"""Describes what a source of runs is, and loads the sources that other distributions install.

A source reads the runs of a folder into records. The built-in one reads run folders (``run_folder.RunFolders``). Others
are classes that a distribution names in the entry-point group ``runpages.sources``::

    [project.entry-points."runpages.sources"]
    notebook-server = "my_package.source:NotebookServer"

A class is called without arguments, and has the methods of ``Source``. A build asks the installed sources for the runs
of a workspace if that has no run folders; else none of them is looked up or loaded. It compares the stamps that
``find`` takes with those of the last build and reads only runs whose stamp is new, in any process.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from runpages.format.discovery import Found, RunFolder
from runpages.format.errors import RunpagesError
from runpages.format.files import open_file
from runpages.format.records import RunRecord, Series

from ..errors import BuildError
from ..stamp import RUN_FOLDER, Stamp
from . import downsample, recognise
from .downsample import FEW, Columns, Digest
from .sources.folders import listed_once

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

GROUP = "runpages.sources"

ORDER = (
    "mlflow", "mlflow-database", "guild", "swanlab", "wandb", "trackio", "inspect", "dvclive", "sacred", "neptune",
    "ultralytics", "lightning", "hugging-face", "tensorboard", "keras", "wandb-export", "aim", "table",
)  # fmt: skip
"""The sources of this distribution in the order in which they take folders: event files lie in those of others, too."""


class Part(NamedTuple):
    """A part of a file that is a file of its own, such as a picture: its bytes from a place on."""

    path: str
    start: int
    size: int

    def content(self) -> bytes:
        """Its bytes. Raises OSError where they cannot be read, or are fewer."""
        with open_file(self.path) as file:
            file.seek(self.start)
            data = file.read(self.size)
        if len(data) < self.size:
            raise OSError(errno.EIO, "the file has become shorter", self.path)
        return data


class Reading(NamedTuple):
    """A run as it was read, and what to note of it for the next build, fit for a JSON document.

    ``parts`` has the files of the record that lie within others, by their paths in the record.
    """

    record: RunRecord
    known: Mapping[str, Any] = {}
    parts: Mapping[str, Part] = {}


class PointSink(Protocol):
    """Takes the points of the long metrics of a run as they are read."""

    def begin(self) -> None:
        """Drop what was taken so far."""

    def restore(self, state: Any) -> bool:
        """Go on from the ``state`` of an earlier build; False if that is not possible."""

    def state(self) -> dict[str, Any]:
        """What the next build needs to go on, fit for a JSON document."""

    def add(self, name: str, before: Sequence[Digest], columns: Columns) -> None:
        """Take the next points of a metric, before the last of the digests ``before`` takes them."""


class Source(Protocol):
    """Reads the runs of one kind of folder."""

    def find(self, folder: str, *, skip: Collection[str]) -> Found:
        """The experiments and the runs of a folder, each run ``seen`` as a ``model.Stamp``; nothing is read of them.

        A folder of another kind has none, which has to be found from a few names in it.
        A stamp changes with all that ``read`` looks at: names, sizes and times of files, or a revision. ``skip`` holds
        absolute paths that are no part of the folder, such as the site.
        """

    def read_head(self, run: RunFolder, *, now: float) -> RunRecord:
        """What a run is, without what it logged; it is asked for its name if some runs are hidden by theirs."""

    def read(self, run: RunFolder, *, now: float, known: Mapping[str, Any], sink: PointSink | None) -> Reading:
        """A whole run. What cannot be read of it is among its problems, and never raised.

        ``known`` is what the last build noted of the run. Paths of files in the record are relative to its folder.
        Series may be thinned, with the ``sink`` given all of their points; those that are long and were not are thinned
        by the build. ``now`` is in seconds since the epoch.
        """


class SourceFault(RunpagesError):
    """An installed source could not read a run."""


class Installed:
    """A source of another distribution; what fails in it is reported with the name of the distribution."""

    def __init__(self, point: EntryPoint) -> None:
        """Load the source. Raises BuildError if that fails."""
        self.name = point.name
        self._dist = point.dist
        with self._blamed("cannot be loaded", BuildError):
            self._source: Source = point.load()()

    def find(self, folder: str, *, skip: Collection[str]) -> Found:
        """Its runs in a folder. Raises BuildError if it fails, or gives something else."""
        with self._blamed(f"cannot list the runs of {folder}", BuildError):
            found = self._source.find(folder, skip=skip)
            for run in found.runs:
                if not isinstance(run.seen, Stamp) or run.experiment not in found.experiments:
                    raise TypeError(f"the run {run.name!r} has no stamp, or no experiment that is listed")
            return found._replace(runs=[run._replace(seen=run.seen.read_by(self.name)) for run in found.runs])

    def owned(self, run: RunFolder) -> Iterable[str]:
        """What no other source looks at, as paths to skip: the folder of a run, or what of it the source names."""
        owned = getattr(self._source, "owned", None)
        return owned(run) if owned else [os.path.abspath(run.path)]

    def read_head(self, run: RunFolder, *, now: float) -> RunRecord:
        """What a run is. Raises SourceFault if it fails."""
        with self._blamed(f"cannot read {run.path}", SourceFault):
            return self._source.read_head(run, now=now)

    def read(self, run: RunFolder, *, now: float, known: Mapping[str, Any], sink: PointSink | None) -> Reading:
        """A whole run, its long series thinned. Raises SourceFault if it fails."""
        with self._blamed(f"cannot read {run.path}", SourceFault):
            reading = self._source.read(run, now=now, known=known, sink=sink)
            series = {name: _thinned(one, sink) for name, one in reading.record.series.items()}
            return reading._replace(record=reading.record._replace(series=series))

    @contextmanager
    def _blamed(self, what: str, kind: type[RunpagesError]) -> Iterator[None]:
        try:
            yield
        except BuildError:  # The site cannot be written: that is no fault of the source.
            raise
        except Exception as error:
            origin = f"{self._dist.name} {self._dist.version}" if self._dist else "an unknown distribution"
            label = f"the source {self.name!r} of {origin}"
            why = f"{label} {what}: {type(error).__name__}: {error}"
            raise kind(f"{why}. Update that distribution, or uninstall it.") from error


def _thinned(series: Series, sink: PointSink | None) -> Series:
    """A series as the pages take it: a long one without most of its points, all of which the ``sink`` gets."""
    if series.whole is not None or len(series.steps) <= FEW:
        return series
    columns = series.steps, series.times, series.values
    if sink is not None:
        sink.add(series.name, (), columns)
    digest = Digest()
    digest.add(*columns)
    return downsample.series(series.name, series.declared, [digest])._replace(strands=series.strands)


def find(folder: Path, *, skip: Collection[str]) -> Found:
    """The runs of a folder that the installed sources recognise; ``skip`` holds paths that are no part of it.

    A source of another distribution has the folder to itself, the first one by name that finds runs; those of this
    one share it, each with what those before it in ``ORDER`` left. Raises BuildError if one of them fails.
    """
    names = {point.name for point in _points()} - {RUN_FOLDER}
    for name in sorted(names.difference(ORDER)):
        if (found := load(name).find(str(folder), skip=skip)).runs:
            return found
    experiments, runs, hints, taken = set[str](), list[RunFolder](), list[str](), set(skip)
    notes: dict[str, str] = {}
    unread, beside = recognise.beside(str(folder))
    taken |= unread
    with listed_once():
        for name in filter(names.__contains__, ORDER):
            one = load(name)
            found = one.find(str(folder), skip=taken)
            taken.update(path for run in found.runs for path in one.owned(run))
            experiments.update(found.experiments)
            runs += found.runs
            hints += found.hints
            notes |= found.notes
    hints += beside if runs else []
    return Found(sorted(experiments), sorted(runs, key=lambda run: (run.experiment, run.name)), hints, notes)


@cache
def load(name: str) -> Installed:
    """An installed source by its name. Raises BuildError if it cannot be loaded, or there is none."""
    for point in _points().select(name=name):
        return Installed(point)
    known = ", ".join(sorted({point.name for point in _points()}))
    raise BuildError(f"there is no source {name!r}; there are {known}. Install the distribution that it comes from")


@cache
def _points() -> EntryPoints:
    # To look among all that is installed takes as long as to read fifty runs: it is loaded where it is wanted.
    from importlib.metadata import entry_points

    return entry_points(group=GROUP)
