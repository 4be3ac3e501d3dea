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
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from runpages.format.discovery import Found, RunFolder
from runpages.format.errors import RunpagesError
from runpages.format.files import open_file
from runpages.format.records import RunRecord, Series

from ..errors import BuildError
from ..stamp import RUN_FOLDER, Stamp
from . import recognise
from .sources.folders import Folder, listed_once, names_below, unlisted

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from .downsample import Columns, Digest

GROUP = "runpages.sources"


class _Own(NamedTuple):
    """A source of this distribution: its module and class, and what of the names in a folder that has runs of it.

    A sign is a part of ``/NAME/NAME/``, which holds all names in small letters. Without one there are no such runs, and
    the module is not loaded.
    """

    place: str
    signs: tuple[str, ...]


OWN: Mapping[str, _Own] = {
    "mlflow": _Own("mlflow:Mlflow", ("/meta.yaml/",)),
    "mlflow-database": _Own("mlflow_database:MlflowDatabase", (".db/", ".sqlite/", ".sqlite3/")),
    "guild": _Own("guild:Guild", ("/.guild/",)),
    "swanlab": _Own("swanlab:SwanLab", ("/run-",)),
    "wandb": _Own("wandb:WeightsAndBiases", ("/run-", "/offline-run-")),
    "trackio": _Own("trackio:Trackio", (".db/", "/inbox/")),
    "inspect": _Own("inspect_ai:InspectAi", (".eval/", ".json/")),
    "dvclive": _Own("dvclive:DvcLive", ("/metrics.json/", "/plots/", "/scalars/", ".tsv/")),
    "sacred": _Own("sacred:Sacred", ("/cout.txt/",)),
    "neptune": _Own("neptune:Neptune", (".parquet/",)),
    "ultralytics": _Own("ultralytics:Ultralytics", ("/args.yaml/", "/opt.yaml/", "/hyp.yaml/")),
    "lightning": _Own("lightning:Lightning", ("/metrics.csv/",)),
    "hugging-face": _Own("hugging_face:HuggingFace", ("/trainer_state.json/",)),
    "tensorboard": _Own("tensorboard:TensorBoard", ("tfevents",)),
    "keras": _Own("keras:Keras", ("/training.log/", "/training_log.csv/", "/history.csv/")),
    "wandb-export": _Own("wandb_export:WeightsAndBiasesExport", (".csv/",)),
    "aim": _Own("aim:Aim", (".csv/",)),
    "table": _Own(
        "table:PlainTables", (".csv/", ".tsv/", ".jsonl/", ".ndjson/", ".json/", ".txt/", ".log/")
    ),
}  # fmt: skip
"""The sources of this distribution in the order in which they take folders: event files lie in those of others, too.

They are registered like any other, and known here since to look among all that is installed takes longer than a build.
"""


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

    def __init__(self, name: str, cls: Callable[[], type[Source]], origin: str) -> None:
        """Load the class of the source, and call it. Raises BuildError if that fails."""
        self.name = name
        self._origin = origin
        with self._blamed("cannot be loaded", BuildError):
            self._source: Source = cls()()

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
            why = f"the source {self.name!r} of {self._origin} {what}: {type(error).__name__}: {error}"
            raise kind(f"{why}. Update that distribution, or uninstall it.") from error


def _thinned(series: Series, sink: PointSink | None) -> Series:
    """A series as the pages take it: a long one without most of its points, all of which the ``sink`` gets."""
    from . import downsample  # What finds runs needs none of it.

    if series.whole is not None or len(series.steps) <= downsample.FEW:
        return series
    columns = series.steps, series.times, series.values
    if sink is not None:
        sink.add(series.name, (), columns)
    digest = downsample.Digest()
    digest.add(*columns)
    return downsample.series(series.name, series.declared, [digest])._replace(strands=series.strands)


def find(folder: Path, *, skip: Collection[str]) -> Found:
    """The runs of a folder that the installed sources recognise; ``skip`` holds paths that are no part of it.

    A source of another distribution has the folder to itself, the first one by name that finds runs; those of this
    one share it, each with what those before it in ``OWN`` left. Raises BuildError if one of them fails.
    """
    for name in sorted({point.name for point in _points()}.difference(OWN, [RUN_FOLDER])):
        if (found := load(name).find(str(folder), skip=skip)).runs:
            return found
    experiments, runs, hints, taken = set[str](), list[RunFolder](), list[str](), set(skip)
    notes: dict[str, str] = {}
    unread, beside = recognise.beside(str(folder))
    taken |= unread
    with listed_once():
        names = names_below(str(folder), skip=taken, closed=_is_of_mlflow)
        for name, own in OWN.items():
            if not any(sign in names for sign in own.signs):
                continue
            one = load(name)
            found = one.find(str(folder), skip=taken)
            taken.update(path for run in found.runs for path in one.owned(run))
            experiments.update(found.experiments)
            runs += found.runs
            hints += found.hints
            notes |= found.notes
            if name == "mlflow":  # What its experiments have beside its runs, which may be many.
                names = names_below(str(folder), skip=taken)
        hints += unlisted()
    hints += beside if runs else []
    return Found(sorted(experiments), sorted(runs, key=lambda run: (run.experiment, run.name)), hints, notes)


def _is_of_mlflow(folder: Folder) -> bool:
    return recognise.META in folder.files and recognise.is_of_mlflow(folder.path)


@cache
def load(name: str) -> Installed:
    """An installed source by its name. Raises BuildError if it cannot be loaded, or there is none."""
    if name in OWN:
        module, _, cls = OWN[name].place.partition(":")
        return Installed(name, lambda: getattr(import_module(f"{__package__}.sources.{module}"), cls), "runpages")
    for point in _points():
        if point.name == name:
            origin = f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown distribution"
            return Installed(name, point.load, origin)
    known = ", ".join(sorted({RUN_FOLDER, *OWN, *(point.name for point in _points())}))
    raise BuildError(f"there is no source {name!r}; there are {known}. Install the distribution that it comes from")


@cache
def _points() -> Sequence[EntryPoint]:
    """The sources that distributions name, where another than this one does."""
    if not _has_others():
        return ()
    # It is loaded where it is wanted: that takes as long as to find that none of 1,000 runs has changed.
    from importlib.metadata import entry_points

    return tuple(entry_points(group=GROUP))


def _has_others() -> bool:
    """Whether a distribution beside this one may name sources, by the files in which that stands."""
    if any(hasattr(finder, "find_distributions") for finder in sys.meta_path if finder is not PathFinder):
        return True
    return any(map(_names_sources, dict.fromkeys(sys.path)))


def _names_sources(path: str) -> bool:
    """The same of the distributions in a folder for modules; a zip may have some."""
    try:
        names = os.listdir(path or os.curdir)
    except OSError:
        return os.path.isfile(path)
    named = (name for name in names if name.lower().endswith((".dist-info", "egg-info")))
    return any(_has_group(os.path.join(path, name)) for name in named if not name.startswith("runpages-"))


def _has_group(info: str) -> bool:
    try:
        with open_file(os.path.join(info, "entry_points.txt")) as file:
            return GROUP.encode() in file.read()
    except OSError:
        return False
