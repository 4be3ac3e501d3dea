"""Computes classifier curves, areas below them, and averages over classes from counts.

Counts are TP, FP, TN, FN of one class against the rest at one threshold. A curve is a list of points (x, y), sorted
by x. The conventions are those of scikit-learn, with which the tests compare.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from .. import chart

Point = tuple[float, float]
Curve = list[Point]
Samples = list[tuple[float, float]]

# Sample positions of averages over classes: denser where curves of good classifiers bend.
_GRID = [(at / 120) ** 2 for at in range(121)]
BINS = 10
"""Number of bins of scores."""


class Counts(NamedTuple):
    """One class against the rest at one threshold."""

    tp: float
    fp: float
    tn: float
    fn: float


class Bin(NamedTuple):
    """Scores of one bin: their mean, the share of the class, and their number."""

    score: float
    share: float
    samples: float


def roc(rows: Iterable[Counts]) -> Curve:
    """TPR = TP / (TP + FN) over FPR = FP / (FP + TN), from (0, 0) to (1, 1); empty if a class has no samples.

    Fawcett, An introduction to ROC analysis, Pattern Recognition Letters 27 (2006).
    """
    both = [row for row in rows if row.tp + row.fn > 0 and row.fp + row.tn > 0]
    points = {(row.fp / (row.fp + row.tn), row.tp / (row.tp + row.fn)) for row in both}
    return sorted(points | {(0.0, 0.0), (1.0, 1.0)}) if points else []


def precision_recall(rows: Sequence[Counts]) -> Curve:
    """Precision = TP / (TP + FP) over recall = TP / (TP + FN); thresholds without predictions are left out.

    Ends where everything is predicted positive. Linear interpolation is invalid: Davis and Goadrich, The
    relationship between precision-recall and ROC curves, ICML 2006.
    """
    sound = [row for row in rows if row.tp + row.fn > 0]
    if not sound:
        return []
    points = {(row.tp / (row.tp + row.fn), row.tp / (row.tp + row.fp)) for row in sound if row.tp + row.fp > 0}
    points.add((1.0, (sound[0].tp + sound[0].fn) / sum(sound[0])))
    # At equal recall the best precision comes first: its threshold is the highest.
    return sorted(points, key=lambda point: (point[0], -point[1]))


def precision_steps(curve: Curve) -> Curve:
    """A precision-recall curve as steps from recall 0."""
    return chart.stepped([(0.0, curve[0][1]), *curve]) if curve else []


def gain(rows: Iterable[Counts]) -> Curve:
    """Recall over the share of samples with the highest scores, (TP + FP) / n: the cumulative gain, from (0, 0) on.

    Ling and Li, Data mining for direct marketing, KDD 1998.
    """
    points = {((row.tp + row.fp) / sum(row), row.tp / (row.tp + row.fn)) for row in rows if row.tp + row.fn > 0}
    return sorted(points | {(0.0, 0.0), (1.0, 1.0)}) if points else []


def lift(curve: Curve) -> Curve:
    """Lift: a gain curve's y / x, where x > 0 and the result is finite."""
    return [(x, y / x) for x, y in curve if x > 1e-300]


def area(curve: Curve) -> float | None:
    """Area below a curve by the trapezoidal rule, as ``sklearn.metrics.auc``; None without a curve."""
    if not curve:
        return None
    return sum((right[0] - left[0]) * (left[1] + right[1]) / 2 for left, right in pairwise(curve))


def average_precision(curve: Curve) -> float | None:
    """Sum of (R_n - R_(n-1)) P_n over the points of a precision-recall curve, as ``average_precision_score``."""
    if not curve:
        return None
    return sum((right[0] - left[0]) * right[1] for left, right in pairwise([(0.0, 0.0), *curve]))


def calibration(rows: Sequence[Counts], thresholds: Sequence[float]) -> list[Bin]:
    """Share of the class over the score, in at most ten bins of equal width; thresholds rise from 0 to 1 at most.

    A score lies between two thresholds, or beyond the outer ones, and is taken as the midpoint.
    Niculescu-Mizil and Caruana, Predicting good probabilities with supervised learning, ICML 2005;
    ``sklearn.calibration.calibration_curve``.
    """
    sums: dict[int, tuple[float, float, float]] = {}
    reached = [(rows[0].tp + rows[0].fn, rows[0].fp + rows[0].tn), *((row.tp, row.fp) for row in rows), (0.0, 0.0)]
    for (low, high), (here, there) in zip(pairwise([0.0, *thresholds, 1.0]), pairwise(reached), strict=True):
        hits, misses = max(here[0] - there[0], 0.0), max(here[1] - there[1], 0.0)
        middle, count = (low + high) / 2, hits + misses
        if count > 0:
            at = min(int(middle * BINS), BINS - 1)
            scores, right, all_of_it = sums.get(at, (0.0, 0.0, 0.0))
            sums[at] = scores + middle * count, right + hits, all_of_it + count
    return [Bin(scores / count, right / count, count) for _, (scores, right, count) in sorted(sums.items())]


def sampled(curve: Curve) -> Samples:
    """Heights of a curve at fixed values of x, just before and after each, since it may jump."""
    xs, ys = [x for x, _ in curve], [y for _, y in curve]
    return [_sides(xs, ys, x) for x in _GRID] if curve else []


def averaged(several: Sequence[Samples], weights: Sequence[float]) -> Curve:
    """Weighted mean of sampled curves, which jumps where they do. Empty curves are left out."""
    known = [(samples, weight) for samples, weight in zip(several, weights, strict=True) if samples and weight > 0]
    total = sum(weight for _, weight in known)
    points: Curve = []
    for at, x in enumerate(_GRID) if known else ():
        for side in (0, 1):
            point = x, sum([samples[at][side] * weight for samples, weight in known]) / total
            if not points or points[-1] != point:
                points.append(point)
    return points


def mean(values: Sequence[float | None], weights: Sequence[float]) -> float | None:
    """Weighted mean of values, without None."""
    known = [(value, weight) for value, weight in zip(values, weights, strict=True) if value is not None]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total > 0 else None


def height(curve: Curve, x: float, *, after: bool) -> float:
    """Height of a curve at ``x``, before or after a jump."""
    return _sides([at for at, _ in curve], [value for _, value in curve], x)[after]


def pooled(several: Iterable[Sequence[Bin]]) -> list[Bin]:
    """The bins of several classes pooled."""
    sums: dict[int, tuple[float, float, float]] = {}
    for one in (each for bins in several for each in bins):
        at = min(int(one.score * BINS), BINS - 1)
        score, share, count = sums.get(at, (0.0, 0.0, 0.0))
        sums[at] = score + one.score * one.samples, share + one.share * one.samples, count + one.samples
    return [Bin(score / count, share / count, count) for _, (score, share, count) in sorted(sums.items())]


def _sides(xs: Sequence[float], ys: Sequence[float], x: float) -> tuple[float, float]:
    """Height of a curve just before and just after ``x``; constant beyond its ends."""
    first, after = bisect_left(xs, x), bisect_right(xs, x)
    if first < after:
        return ys[first], ys[after - 1]
    if first == 0 or first == len(xs):
        return ys[min(first, len(xs) - 1)], ys[min(first, len(xs) - 1)]
    left, right = xs[first - 1], xs[first]
    height = ys[first - 1] + (ys[first] - ys[first - 1]) * (x - left) / (right - left)
    return height, height
