"""Fewer points that look the same: no spike is lost and no gap closes."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from .curve import as_float, drawable
from .line import Point


def thin(points: Sequence[Point], limit: int) -> list[Point]:
    """Leave out points so that at most ``limit`` (eight or more) are left and the drawing looks the same.

    The first and the last point stay, and the least and greatest of each stretch, so no spike is lost; and a point
    that is not finite wherever there were some between two that stay, so no gap closes. The points are sorted.
    """
    if len(points) <= limit:
        return list(points)
    return [points[at] for at in _kept([as_float(value) for _, value in points], limit)]


def thinned(steps: Sequence[float], values: list[float], limit: int) -> tuple[Sequence[float], list[float]]:
    """The steps and the values of a curve, at most ``limit`` of each."""
    if len(steps) <= limit:
        return steps, values
    kept = _kept(values, limit)
    return [steps[at] for at in kept], [values[at] for at in kept]


def _kept(values: list[float], limit: int) -> list[int]:
    """Which of the values to keep, in order."""
    broken = [at for at, value in enumerate(values) if not math.isfinite(value)]
    limit = max(limit, 8)
    stretches = limit // 2 - 1
    kept = _with_breaks(_extremes(values, stretches), broken)
    while len(kept) > limit:
        # Breaks take room: one for each point at most, which ends this.
        stretches = max(stretches - (len(kept) - limit) // 2 - 1, (limit - 3) // 4)
        kept = _with_breaks(_extremes(values, stretches), broken)
    return kept


def _extremes(values: list[float], stretches: int) -> list[int]:
    """The first value, the last, and the least and greatest finite of each stretch between them."""
    inner = len(values) - 2
    bounds = [1 + inner * number // stretches for number in range(stretches + 1)]
    kept = [0]
    for start, end in pairwise(bounds):
        stretch = drawable(values[start:end])
        if not stretch:
            continue
        low, high = values.index(min(stretch), start), values.index(max(stretch), start)
        kept += (low, high) if low < high else (high, low) if high < low else (low,)
    return [*kept, len(values) - 1]


def _with_breaks(kept: Sequence[int], broken: Sequence[int]) -> list[int]:
    """What is kept, and wherever a line would be drawn over a gap, the first point of the gap."""
    whole = [kept[0]]
    for before, after in pairwise(kept):
        at = bisect_right(broken, before)
        if at < len(broken) and broken[at] < after:
            whole.append(broken[at])
        whole.append(after)
    return whole
