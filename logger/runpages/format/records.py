"""What a run folder holds, as plain values: what the readers return and the writers take.

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
    ``line`` counts from 1. ``file`` is relative to the run folder, or empty for the folder itself.
    """

    file: str
    line: int | None
    message: str
    action: str
    damage: bool = True


class Declaration(NamedTuple):
    """What was said of a metric name, beside its points."""

    kind: str | None = None
    description: str | None = None
    unit: str | None = None
    goal: str | None = None


class Whole(NamedTuple):
    """How many points a thinned series stands for, and how many of them are no finite number."""

    points: int
    nan: int = 0
    inf: int = 0
    minus_inf: int = 0
    null: int = 0


class Series(NamedTuple):
    """The points of one metric name, in the order of the file; the three lists have one length.

    ``times`` holds ``None`` where the file has none. Charts sort by step; nothing here is sorted. ``whole`` is there
    where the lists hold only some of the points, for a drawing.
    """

    name: str
    steps: list[float | int]
    times: list[float | None]
    values: list[Value]
    declared: Declaration = Declaration()
    whole: Whole | None = None

    @property
    def total(self) -> int:
        """How many points were logged."""
        return len(self.values) if self.whole is None else self.whole.points


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


class Error(NamedTuple):
    """Why a run failed. ``message`` is one text for people; ``traceback`` may be empty."""

    code: str
    message: str
    type: str | None = None
    traceback: str | None = None


class RunRecord(NamedTuple):
    """A whole run as read from its folder, with everything that could be read and the problems met.

    ``status`` is the word to show: the stored one, or ``NotResponding`` where the process that owned the run is
    gone without an end; ``None`` for a folder written by hand. ``last_write`` of a run without an end is the latest
    time in its files, and that of the newest file only where they have none: a copy has new ones. ``document`` is the
    folded ``run.json``, with the keys that this version does not know.
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
