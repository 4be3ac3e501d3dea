"""What the phases of a build hand to one another: small, frozen values.

A ``RunRecord`` (from ``runpages.format``) is a whole run and lives only while its page is made; a ``RunSummary`` is
what the pages across runs need of it, and is small enough to keep for every run of a large workspace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """One metric of one run in a few numbers; ``None`` where no finite number was logged.

    ``spark`` holds at most 32 values of the curve, in the order of the steps, ``None`` for gaps.
    ``text`` is the last datum where that is no number.
    """

    count: int
    last: float | int | None
    min: float | int | None
    max: float | int | None
    text: str | None
    spark: tuple[float | None, ...]
    goal: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One row of the runs tables. Times are seconds since the epoch; ``path`` is the page, from the site's root."""

    path: str
    experiment: str
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


@dataclass(frozen=True, slots=True)
class ExperimentSummary:
    """An experiment with the rows of its runs, newest first. ``path`` is its page, from the site's root."""

    path: str
    name: str
    description: str | None
    readme: str | None
    tags: Mapping[str, str | None]
    runs: tuple[RunSummary, ...]
    metric: str | None = None
    """The main metric, from the settings or chosen from what the runs say."""
    goal: str | None = None
    """``min`` or ``max`` for the main metric; without it there is no best."""


@dataclass(frozen=True, slots=True)
class Site:
    """What is the same on every page."""

    title: str
    description: str | None
    readme: str | None
    version: str
    assets: Mapping[str, str] = field(default_factory=dict)
    """Path of each asset from the site's root, by its plain name: ``runpages.css`` -> ``assets/runpages.1a2b3c4d.css``."""


@dataclass(frozen=True, slots=True)
class Page:
    """A finished page: its place from the site's root, and its text."""

    path: str
    html: str
