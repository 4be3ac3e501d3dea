"""Parses logged diagnostics, with or without an envelope, with numbers of any kind; defines what their cards hold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Generic, NamedTuple, TypeVar

from markupsafe import Markup

from .. import select, text
from ..text import number
from .scores import Counts

T = TypeVar("T")

ROWS = 200
"""Most rows of a table beside a drawing."""


class Panel(NamedTuple):
    """One drawing with its title and a note on how it is computed."""

    title: str
    svg: Markup
    note: str
    kind: str = ""
    """Key for scripts that add a curve to it; empty if none do."""


class View(NamedTuple):
    """Drawings shown together."""

    name: str
    panels: tuple[Panel, ...]


class Row(NamedTuple):
    """A table row: a name, the CSS classes of its line (``key``), and numbers."""

    name: str
    cells: tuple[str, ...]
    key: str = ""


class Sheet(NamedTuple):
    """The data of a drawing as a table."""

    title: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""


class Diagnosis(NamedTuple):
    """A drawn diagnostic."""

    views: tuple[View, ...]
    figures: tuple[tuple[str, str], ...]
    summary: Sheet | None
    """Table that is always visible, as the legend of the drawings."""
    sheets: tuple[Sheet, ...]
    note: str
    choice: tuple[str, ...] = ()
    """Names of the classes from which the reader selects one to draw."""


class Diagnosed(NamedTuple, Generic[T]):
    """A diagnostic as its card shows it, or why it cannot be drawn."""

    shown: T | str
    data: Mapping[str, object] | None = None
    """What comparisons draw of it; ``is_large`` if its card needs it as well. None if it is invalid."""


def spelled(value: float | None) -> str:
    """A value of a diagnostic as text; whole numbers have no decimals."""
    is_whole = value is not None and abs(value) < 1e15 and float(value).is_integer()
    return number.short(int(value) if is_whole and value is not None else value)


def sheet(title: str, head: Sequence[str], rows: Sequence[Row]) -> Sheet:
    """A table of at most ``ROWS`` rows, with a note if more were cut."""
    note = f"{ROWS} of {number.plural(len(rows), 'row')}" if len(rows) > ROWS else ""
    return Sheet(title, tuple(head), tuple(rows[:ROWS]), note)


def content(data: Any) -> Mapping[str, Any]:
    """The fields of a diagnostic without its envelope; empty if it is not a mapping."""
    if isinstance(data, Mapping) and isinstance(data.get("data"), Mapping):
        data = data["data"]
    return data if isinstance(data, Mapping) else {}


def numbers(values: Any) -> list[float | None]:
    """A list of numbers with None for invalid or non-finite ones; empty if ``values`` is not a list."""
    if not isinstance(values, list):
        return []
    known = map(select.finite, values)
    return [None if value is None else float(value) for value in known]


def real(value: Any) -> float | None:
    """A float, infinite if out of range; None if ``value`` is not a number."""
    if not isinstance(value, int | float) or value != value:
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def rising(values: Any) -> list[float]:
    """A strictly increasing list of numbers; empty if ``values`` is anything else."""
    known = numbers(values)
    sound = [value for value in known if value is not None]
    steps = pairwise(sound)
    return sound if len(sound) == len(known) and all(low < high for low, high in steps) else []


def names(labels: Any, count: int) -> tuple[list[str], str]:
    """The labels of ``count`` classes; their numbers if the labels do not match, and a sentence that says so."""
    if isinstance(labels, list) and len(labels) == count:
        return [text.compact(label) for label in labels], ""
    return [str(at) for at in range(count)], "Classes are numbered because their labels are missing."


def joined(sentences: Sequence[str]) -> str:
    """Join non-empty sentences."""
    return " ".join(filter(None, sentences))


class Steps(NamedTuple):
    """Counts of one class at non-decreasing probability thresholds."""

    rows: tuple[Counts, ...]
    thresholds: tuple[float, ...]


def of_class(given: Any, at: int, size: int) -> Any:
    """The thresholds of one of ``size`` classes: its own list if there is one per class, else the shared list."""
    if isinstance(given, list) and len(given) == size and all(isinstance(one, list) for one in given):
        return given[at]
    return given


def by_probability(rows: Sequence[Counts], given: Any) -> Steps | str:
    """Counts by rising probability thresholds, or why they are invalid.

    A threshold above 1 that no sample reaches counts as 1, as the first one of ``sklearn.metrics.roc_curve``.
    """
    if not rows or not isinstance(given, list) or not given:
        return "probability_tables with probability_thresholds are required."
    known = [real(value) for value in given]
    numbers = [value for value in known if value is not None]
    if len(numbers) < len(known):
        return f"{number.plural(len(known) - len(numbers), 'threshold')} without a number."
    if len(numbers) != len(rows):
        return f"{number.plural(len(numbers), 'threshold')} for {number.plural(len(rows), 'row')} of counts."
    steps = sorted(zip(numbers, rows, strict=True), key=lambda step: (step[0], -step[1].tp - step[1].fp))
    if not all(_is_probability(threshold, row) for threshold, row in steps):
        finite = [threshold for threshold, _ in steps if math.isfinite(threshold)]
        actual = f", not {spelled(finite[0])} to {spelled(finite[-1])}" if finite else ""
        return f"thresholds must be probabilities from 0 to 1{actual}."
    if not all(_follows(low, high) for (_, low), (_, high) in pairwise(steps)):
        return "TP and FP must not rise with the threshold, and each row must count the same samples."
    return Steps(tuple(row for _, row in steps), tuple(min(max(threshold, 0.0), 1.0) for threshold, _ in steps))


def _is_probability(threshold: float, row: Counts) -> bool:
    if threshold > 1:
        return row.tp + row.fp == 0
    return threshold >= 0 or (threshold == -math.inf and row.fn + row.tn == 0)


def _follows(low: Counts, high: Counts) -> bool:
    """Whether counts are possible at a higher threshold; weighted ones are exact to nine digits."""
    slack = 1e-9 * sum(low)
    return (
        high.tp <= low.tp + slack
        and high.fp <= low.fp + slack
        and abs(low.tp + low.fn - high.tp - high.fn) <= slack
        and abs(low.fp + low.tn - high.fp - high.tn) <= slack
    )
