"""Thresholds of an accuracy table as people pass them: any real numbers in any order, as scikit-learn gives them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from ..text import number
from .diagnosis import spelled
from .loose import real
from .scores import Counts


class Steps(NamedTuple):
    """Counts of one class at thresholds of its probability, which do not fall."""

    rows: tuple[Counts, ...]
    thresholds: tuple[float, ...]


def of_class(given: Any, at: int, size: int) -> Any:
    """The thresholds of one of ``size`` classes: its own where there is a list for each class, else those of all."""
    if isinstance(given, list) and len(given) == size and all(isinstance(one, list) for one in given):
        return given[at]
    return given


def by_probability(rows: Sequence[Counts], given: Any) -> Steps | str:
    """Counts by rising thresholds of a probability, or why these are none.

    A threshold above 1 stands for 1 where no sample reaches it, as the first one of ``sklearn.metrics.roc_curve``.
    """
    if not rows or not isinstance(given, list) or not given:
        return "it needs probability_tables with probability_thresholds."
    known = [real(value) for value in given]
    numbers = [value for value in known if value is not None]
    if len(numbers) < len(known):
        return f"it has {number.plural(len(known) - len(numbers), 'threshold')} without a number."
    if len(numbers) != len(rows):
        return f"it has {number.plural(len(numbers), 'threshold')} for {number.plural(len(rows), 'row')} of counts."
    steps = sorted(zip(numbers, rows, strict=True), key=lambda step: (step[0], -step[1].tp - step[1].fp))
    if not all(_is_probability(threshold, row) for threshold, row in steps):
        finite = [threshold for threshold, _ in steps if math.isfinite(threshold)]
        told = f", and these are from {spelled(finite[0])} to {spelled(finite[-1])}" if finite else ""
        return f"it needs probabilities as thresholds, from 0 to 1{told}."
    if not all(_follows(low, high) for (_, low), (_, high) in pairwise(steps)):
        return "TP and FP must not rise with the threshold, and each row must count the same samples."
    return Steps(tuple(row for _, row in steps), tuple(min(max(threshold, 0.0), 1.0) for threshold, _ in steps))


def _is_probability(threshold: float, row: Counts) -> bool:
    if threshold > 1:
        return row.tp + row.fp == 0
    return threshold >= 0 or (threshold == -math.inf and row.fn + row.tn == 0)


def _follows(low: Counts, high: Counts) -> bool:
    """Whether counts may be those at a higher threshold; weighted ones are exact to nine digits."""
    slack = 1e-9 * sum(low)
    return (
        high.tp <= low.tp + slack
        and high.fp <= low.fp + slack
        and abs(low.tp + low.fn - high.tp - high.fn) <= slack
        and abs(low.fp + low.tn - high.fp - high.tn) <= slack
    )
