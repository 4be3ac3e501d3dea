"""What follows from the counts of a confusion matrix, whose rows are the true classes and columns the predicted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import nlargest
from typing import NamedTuple

Counts = Sequence[Sequence[float]]


class ClassScore(NamedTuple):
    """How well one class is found; what has no denominator is None."""

    precision: float | None
    recall: float | None
    f1: float | None
    support: float


class Pair(NamedTuple):
    """So many samples of one class were predicted as another."""

    true: int
    predicted: int
    samples: float


def class_scores(counts: Counts) -> list[ClassScore]:
    """Precision = TP / column, recall = TP / row, F1 = 2 TP / (row + column) of each class.

    Sokolova and Lapalme, A systematic analysis of performance measures for classification tasks, Information
    Processing & Management 45 (2009). Where scikit-learn gives 0 for a class that was never predicted, this is None.
    """
    rows, columns = [sum(row) for row in counts], [sum(column) for column in zip(*counts, strict=True)]
    return [
        ClassScore(
            _share(counts[at][at], columns[at]),
            _share(counts[at][at], rows[at]),
            _share(2 * counts[at][at], rows[at] + columns[at]),
            rows[at],
        )
        for at in range(len(counts))
    ]


def accuracy(counts: Counts) -> float | None:
    """Which share of all samples lies on the diagonal."""
    return _share(sum(counts[at][at] for at in range(len(counts))), sum(map(sum, counts)))


def macro(values: Iterable[float | None]) -> float | None:
    """The mean over classes, each of which counts alike; what is None counts as 0, as in scikit-learn."""
    known = list(values)
    return sum(value or 0.0 for value in known) / len(known) if any(value is not None for value in known) else None


def confused(counts: Counts, most: int) -> list[Pair]:
    """The pairs of classes that are taken for one another most often; of equal counts the first."""
    pairs = (
        Pair(true, predicted, count)
        for true, row in enumerate(counts)
        for predicted, count in enumerate(row)
        if count and true != predicted
    )
    return nlargest(most, pairs, key=lambda pair: pair.samples)


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None
