"""How far a value is from the reference, and whether that is better, by goal and tolerance.

``tests/comparisons.json`` has cases that the browser's ``compare`` computes as well.
"""

from __future__ import annotations

import math
from typing import NamedTuple

ROUNDING = 1e-12
"""Differences up to this share of the larger value come from rounding: 0.975 and 0.97 are 0.005 apart."""


class Delta(NamedTuple):
    """A difference to the reference, also as a share of the reference's size.

    Both are None where one of the values is missing or not finite; ``relative`` also where the reference is 0, or
    nearly. ``word`` is ``better``, ``worse``, ``same``, or empty where nothing says which.
    """

    absolute: float | None = None
    relative: float | None = None
    word: str = ""


NO_DELTA = Delta()


def delta_of(value: object, reference: object, goal: str | None, tolerance: float | None = None) -> Delta:
    """The difference of two values of single runs; up to the tolerance they are the same."""
    one, other = finite(value), finite(reference)
    if one is None or other is None:
        return NO_DELTA
    absolute = one - other
    slack = (tolerance or 0.0) + ROUNDING * max(abs(one), abs(other))
    return Delta(absolute, relative(absolute, other), "same" if abs(absolute) <= slack else _word(absolute, goal))


def relative(absolute: float, reference: float) -> float | None:
    """A difference as a share of the reference's size; None of 0, and where it is no finite number."""
    return finite(absolute / abs(reference)) if reference else None


def finite(value: object) -> float | None:
    """A number as a finite float; None for everything else, also for truth values."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _word(absolute: float, goal: str | None) -> str:
    if goal not in ("min", "max"):
        return ""
    return "better" if (absolute < 0) == (goal == "min") else "worse"
