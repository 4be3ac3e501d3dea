"""Defines the values that a run folder holds: the readers return them.

Times are seconds since the epoch (UTC). Paths are relative to the run folder, with ``/``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

FORMAT = 1
"""The major version of the folder format that this package writes and reads."""

Value = float | int | bool | str | None
"""One datum of a series. Numbers stay what they were; text is ``str``; ``null`` is ``None``."""


class Problem(NamedTuple):
    """Something that a reader met and went on after.

    ``damage`` says that something that was written could not be read; without it the problem is a remark.
    ``line`` counts from 1. ``file`` is relative to the run folder, or empty for the folder itself. ``skipped`` is the
    number of lines that were skipped.
    """

    file: str
    line: int | None
    message: str
    action: str
    damage: bool = True
    skipped: int = 0


class Declaration(NamedTuple):
    """What was said of a metric name, beside its points."""

    kind: str | None = None
    description: str | None = None
    unit: str | None = None
    goal: str | None = None


class Whole(NamedTuple):
    """How many points a thinned series stands for, how many of them are no finite number, and the mean of the others.

    ``mean`` is None where there are none, or the series is itself a mean.
    """

    points: int
    nan: int = 0
    inf: int = 0
    minus_inf: int = 0
    null: int = 0
    mean: float | None = None


class Pass(NamedTuple):
    """One pass of a run after its first: from ``time`` on, when a process took the run over to go on with it.

    ``writer`` is the suffix of that process's files.
    """

    time: float
    writer: str


class Strand(NamedTuple):
    """Points of a metric that a chart draws as a line of their own; the three lists have one length.

    ``role`` is ``rank`` for the points of one of several processes that logged the name side by side, ``low`` and
    ``high`` for the least and the greatest value of many of them, and ``superseded`` for points of an earlier pass that
    a later one logged again: the one that began at ``resumed`` and went on at the step ``cut``.
    """

    role: str
    label: str
    steps: list[float | int]
    times: list[float | None]
    values: list[Value]
    whole: Whole | None = None
    cut: float | int | None = None
    resumed: float | None = None

    @property
    def total(self) -> int:
        """How many points were logged."""
        return len(self.values) if self.whole is None else self.whole.points


class Series(NamedTuple):
    """The points of one metric name, in the order of the file; the three lists have one length.

    ``times`` holds ``None`` where the file has none. Charts sort by step; nothing here is sorted. ``whole`` is there
    where the lists hold only some of the points, for a drawing. Series that are made for a drawing may have
    ``strands``: the points that a later pass superseded are in these alone, and where ranks logged side by side, the
    series is their mean.
    """

    name: str
    steps: list[float | int]
    times: list[float | None]
    values: list[Value]
    declared: Declaration = Declaration()
    whole: Whole | None = None
    strands: tuple[Strand, ...] = ()

    @property
    def total(self) -> int:
        """How many points were logged."""
        own = len(self.values) if self.whole is None else self.whole.points
        return own + sum(strand.total for strand in self.superseded)

    @property
    def superseded(self) -> list[Strand]:
        """The points that later passes superseded, by pass."""
        return self.of_role("superseded")

    def of_role(self, role: str) -> list[Strand]:
        """The strands of a role."""
        return [strand for strand in self.strands if strand.role == role]


class Table(NamedTuple):
    """A logged table: rows as the user gave them; ``columns`` in the order of their first appearance."""

    name: str
    files: list[str]
    columns: list[str]
    rows: list[dict[str, Any]]


class Chart(NamedTuple):
    """One logged chart: ``type`` says what ``data`` is (``confusion_matrix``, ``plotly``, ...)."""

    name: str
    type: str
    step: float | int
    time: float | None
    data: Any
    file: str = ""
    caption: str | None = None


class Medium(NamedTuple):
    """One logged image, or one audio, video, HTML or text file. ``missing``: listed, but the file is not there."""

    name: str
    step: float | int
    time: float | None
    file: str
    caption: str | None = None
    width: int | None = None
    height: int | None = None
    missing: bool = False


class File(NamedTuple):
    """A file of the run: an artifact, a log or the snapshot. ``name`` is the name it was given."""

    name: str
    file: str
    size: int


class Uncollected(NamedTuple):
    """What a run's outputs lack: some of the files by name and reason, how many there are, and where they are still.

    ``place`` is the folder on the run's host that was kept for them; None where they lie where the script left them.
    """

    files: list[tuple[str, str]]
    total: int
    place: str | None = None


class Error(NamedTuple):
    """Why a run failed. ``message`` is one text for people; ``traceback`` may be empty."""

    code: str
    message: str
    type: str | None = None
    traceback: str | None = None

    @property
    def summary(self) -> str:
        """The message with the type of the exception before it."""
        message = self.message or self.code
        return message if not self.type or message.startswith(self.type) else f"{self.type}: {message}"


class RunRecord(NamedTuple):
    """A whole run as read from its folder, with everything that could be read and the problems met.

    ``status`` is the word to show: the stored one, or ``NotResponding`` where the process that owned the run is
    gone without an end; ``None`` for a folder written by hand. ``last_write`` of a run without an end is the latest
    time in its files, and that of the newest file only where they have none: a copy has new ones. ``document`` is the
    folded ``run.json``, with the keys that this version does not know. ``passes`` are those after the first, by time.
    """

    folder: str
    experiment: str
    id: str
    name: str | None
    number: int | None
    type: str | None
    status: str | None
    created: float | None
    started: float | None
    ended: float | None
    last_write: float | None
    parent: str | None
    owner: dict[str, Any]
    description: str | None
    tags: dict[str, str | None]
    properties: dict[str, str]
    params: dict[str, Any]
    environment: dict[str, Any]
    error: Error | None
    series: dict[str, Series]
    tables: list[Table]
    charts: list[Chart]
    images: list[Medium]
    media: list[Medium]
    artifacts: list[File]
    logs: list[File]
    snapshot: File | None
    problems: list[Problem]
    document: dict[str, Any]
    uncollected: Uncollected | None = None
    outputs_shared_with: tuple[str, ...] = ()
    """The runs, as ``<experiment>/<run>``, that went on meanwhile and watched the same folder of outputs."""
    passes: tuple[Pass, ...] = ()

    @property
    def damaged(self) -> bool:
        """Whether something that was written could not be read."""
        return any(problem.damage for problem in self.problems)

    @property
    def title(self) -> str:
        """What people call the run: its name, else its id."""
        return self.name or self.id


class ExperimentRecord(NamedTuple):
    """What ``experiment.json`` and the README of an experiment say."""

    folder: str
    name: str
    tags: dict[str, str | None]
    archived: float | None
    description: str | None
    readme: str | None
    problems: list[Problem]
