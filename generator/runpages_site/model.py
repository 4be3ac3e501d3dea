"""What the phases of a build hand to one another: small, frozen values.

A ``RunRecord`` (from ``runpages.format``) is a whole run and lives only while its page is made; a ``RunSummary`` is
what the pages across runs need of it, and is small enough to keep for every run of a large workspace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .errors import Fault
from .searched import SearchEntry
from .site import Script


@dataclass(slots=True)  # Not frozen, as a ``RunSummary``.
class MetricSummary:
    """One metric of one run in a few numbers; ``None`` where no finite number was logged.

    ``spark`` is the course of the curve in at most 32 levels from 0 to 1,000, by step, ``None`` for gaps.
    ``text`` is the last datum where that is no number.
    """

    count: int
    last: float | int | None
    min: float | int | None
    max: float | int | None
    text: str | None
    spark: tuple[int | None, ...]
    goal: str | None = None
    unit: str | None = None
    mean: float | None = None
    """Over all finite numbers, also those that a thinned series leaves out."""


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """A version of a model, or the latest of several, with the run that it comes from: its page and its title.

    ``created`` is in seconds since the epoch; ``versions`` is how many there are.
    """

    name: str
    version: int
    versions: int
    run: str
    title: str
    tags: Mapping[str, str | None]
    created: float | None


@dataclass(slots=True)  # Not frozen: one is made for each run of a build, which takes three times as long then.
class RunSummary:
    """One row of the runs tables. Times are seconds since the epoch; ``path`` is the page, from the site's root."""

    path: str
    id: str
    title: str
    number: int | None
    status: str | None
    damaged: bool
    created: float | None
    started: float | None
    ended: float | None
    last_write: float | None
    parent: str | None
    host: str | None
    params: Mapping[str, object]
    tags: Mapping[str, str | None]
    metrics: Mapping[str, MetricSummary]
    models: tuple[ModelSummary, ...] = ()
    """The models that were registered from it, the latest version of each."""
    note: str = ""
    """The beginning of its description."""
    error: str = ""
    """Why it failed, or which process has stopped writing."""
    commit: str | None = None
    """The beginning of its git commit."""


@dataclass(frozen=True, slots=True)
class ExperimentSummary:
    """An experiment with the rows of its runs, newest first. ``path`` is its page, from the site's root."""

    path: str
    name: str
    description: str | None
    readme: str | None
    tags: Mapping[str, str | None]
    runs: Sequence[RunSummary]
    metric: str | None = None
    """The main metric, from the settings or chosen from what the runs say."""
    goal: str | None = None
    """``min`` or ``max`` for the main metric, as the settings or the runs state it."""


class Event(NamedTuple):
    """What a feed reports: a new best value, a failed run, or a README that changed.

    ``key`` identifies it among the events of its page, which is ``path``; ``time`` is in seconds since the epoch.
    """

    kind: str
    title: str
    text: str
    path: str
    key: str
    time: float


@dataclass(frozen=True, slots=True)
class ExperimentEntry:
    """What the pages of the whole site need of an experiment: few things, however many runs it has."""

    path: str
    name: str
    description: str | None
    runs: int
    counts: Mapping[str, int]
    """How many runs have each status, by the word that was stored; an empty one where none was."""
    metric: str | None
    aggregate: str
    """Which value of the main metric stands for a run: ``min``, ``max`` or ``last``."""
    best: str
    """The best value of the main metric, else that of the newest run, as it is spelled; empty where there is none."""
    best_exact: str
    best_of: str
    best_run: RunSummary | None
    """The run with that value, without its metrics."""
    is_best: bool
    spark: tuple[float, ...]
    mark: int
    """Which point of ``spark`` is marked."""
    latest: tuple[RunSummary, ...]
    """The newest runs, with no more than their main metric."""
    newest: Mapping[str, RunSummary]
    """The newest run of a status, by the kind of the status, for those that the home page leads to."""
    began: float | None
    """When the newest run began."""
    last_write: float | None
    spans: tuple[float, ...]
    """How long each ended run took, in seconds."""
    days: Mapping[int, int]
    """How many runs began on each day since the epoch."""
    failing: tuple[RunSummary, ...]
    """The newest runs that failed or do not respond, without their metrics."""
    search: SearchEntry
    models: tuple[ModelSummary, ...] = ()
    """The models that were registered from its runs, the latest version of each."""
    goal: str | None = None
    """``min`` or ``max`` for the main metric, as the settings or the runs state it."""
    events: tuple[Event, ...] = ()
    """The newest events for the feed of the site; none where it has no feed."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A page that could not be made, or lacks a section; ``run`` is empty for the page of an experiment.

    ``path`` is the page, from the site's root, and empty if there is none.
    """

    experiment: str
    run: str
    path: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Page:
    """A finished page: its place from the site's root, and its text."""

    path: str
    html: str


class Top(NamedTuple):
    """What a browser has to know of a pyramid before it loads a chunk. Times are seconds since the epoch."""

    points: int
    levels: int
    start: float | None
    """The time of the first point."""
    end: tuple[float, float | None]
    """The last step and its time."""


@dataclass(frozen=True, slots=True)
class PyramidPlace:
    """Where the pyramid of a metric lies, from the folder of its run; ``version`` is a hash of all its chunks."""

    folder: str
    version: str
    top: Top


@dataclass(frozen=True, slots=True)
class Published:
    """The addresses of a run in the site, and its files that are really there: a page links to nothing else.

    Every path of this class and of those below is from the site's root, with ``/``.
    """

    path: str
    """The run's page."""
    experiment: str
    """The page of its experiment."""
    folder: str
    """The folder of the run's files, with ``/`` at its end."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The path of each published file, by its path in the run folder."""
    hashes: Mapping[str, str] = field(default_factory=dict)
    """The SHA-256 of each, by the same."""
    withheld: Mapping[str, str] = field(default_factory=dict)
    """Why a file is held back, by its path in the run folder."""
    zip: str = ""
    """The path of a zip of all of them; empty if there is none."""
    contents: Mapping[str, bytes] = field(default_factory=dict)
    """The bytes of small ones as they are published, by their path in the run folder."""


@dataclass(frozen=True, slots=True)
class Scripts:
    """The data scripts from which a browser draws the charts of a run and fills its tables."""

    points: Script | None = None
    """The points of the charts of metrics."""
    metrics: Mapping[str, Script] = field(default_factory=dict)
    """The metrics that are too many for rows, by kind."""
    figures: Script | None = None
    """The logged plotly figures."""
    steps: Script | None = None
    """The steps of the charts with a slider."""
    diagnostics: Script | None = None
    """The numbers behind the diagnostics, for comparisons and for what is too large for the page."""
    plotly: tuple[str, str] | None = None
    """Path of the whole of plotly.js if a figure needs it, and the id by which it knows its styles of maps."""
    tables: Mapping[str, Script] = field(default_factory=dict)
    """All rows of each table, by its name."""


class LoggedText(NamedTuple):
    """A logged text or its beginning, with the data script that has it; ``note`` says how much of it is left out."""

    text: str
    note: str
    script: Script


@dataclass(frozen=True, slots=True)
class Pictures:
    """How the images and media of a run are shown, by file of the run folder."""

    drawings: Mapping[str, bytes] = field(default_factory=dict)
    """The SVG images that the page holds."""
    thumbnails: Mapping[str, str] = field(default_factory=dict)
    """Path of the thumbnail of a large image."""
    unseen: Mapping[str, str] = field(default_factory=dict)
    """Why a published image is not shown."""
    pages: Mapping[str, str] = field(default_factory=dict)
    """Path of the sandboxed copy of a logged page."""
    texts: Mapping[str, LoggedText] = field(default_factory=dict)
    gallery: Script | None = None
    """The data script with all images and media."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The lines of a log before those of the page: where they are, and what they leave to the next.

    ``folder`` has their scripts, from the site's root, and ``version`` is a hash of them all; ``start`` is the number
    of the first line that they have.
    """

    folder: str
    version: str
    start: int
    errors: int
    warnings: int
    style: tuple[str, ...]
    error: bool
    """Whether the last of them belongs to an error."""
    trace: str | None
    """What is before each line of a traceback that goes on; None where none does."""


@dataclass(frozen=True, slots=True)
class LogText:
    """The end of a log, for the page. ``file`` is relative to the run folder; ``size`` counts bytes.

    ``text`` holds whole lines up to the end of the file; ``first`` is the number of its first line, from 1.
    ``lines`` is the number of lines of the whole file, or ``None`` where they were not counted.
    """

    name: str
    file: str
    text: str
    first: int = 1
    lines: int | None = None
    size: int = 0
    earlier: Earlier | None = None


@dataclass(frozen=True, slots=True)
class FileText:
    """A file as far as a page shows it. ``file`` is its path in the run folder, empty for one in a snapshot.

    ``data`` is its beginning, and all of it where ``whole`` says so. ``why`` says in words why nothing was read.
    """

    name: str
    file: str
    size: int
    hash: str = ""
    """The SHA-256 of the whole file, in hexadecimal; empty where it was not computed."""
    data: bytes = b""
    whole: bool = False
    why: str = ""


class Listed(NamedTuple):
    """A file as the list of a zip has it: its name, its size in bytes, and the CRC-32 of its content."""

    name: str
    size: int
    crc: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The files in a snapshot. ``size`` is of all of them; ``why`` says what was left unread."""

    files: tuple[FileText, ...]
    listed: tuple[Listed, ...]
    """All files in the order of their names; ``files`` are the first of them."""
    size: int
    hash: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class RunTexts:
    """The files of a run whose content its page shows."""

    outputs: tuple[FileText, ...] = ()
    snapshot: Snapshot | None = None
    patch: FileText | None = None
    """What was not committed when the run began, as a unified diff."""
