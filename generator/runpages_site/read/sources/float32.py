"""Spells numbers of 32 bits as short as they can be: 0.001, and not 0.0010000000474974513."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

# By the exponent of two: the finest power of ten whose steps are wider than those between numbers of 32 bits. So a
# number of as few decimals is the nearest on that grid; where none is near enough, one decimal more always is.
_SCALES = {
    exponent: 10.0 ** max(0, math.ceil((24 - exponent) * math.log10(2)) - 1) if exponent <= 24 else 0.0
    for exponent in range(-25, 129)
}


def shortest(values: Sequence[float]) -> list[float]:
    """For each number the one with the fewest digits that is the same in 32 bits; of those below 1e-38 nearly so."""
    scales = [_SCALES.get(math.frexp(value)[1], 0.0) for value in values]
    if 0.0 in scales or not math.isfinite(sum(values)):
        pairs = zip(values, scales, strict=True)
        return [shortest([value])[0] if scale and math.isfinite(value) else _by_digits(value) for value, scale in pairs]
    # A zero keeps its sign.
    found = [round(value * scale) / scale or value for value, scale in zip(values, scales, strict=True)]
    exact = array("f", values)
    if array("f", found) == exact:
        return found
    columns = zip(array("f", found), exact, found, values, scales, strict=True)
    return [
        short if near == full else round(value * scale * 10) / (scale * 10)
        for near, full, short, value, scale in columns
    ]


def _by_digits(value: float) -> float:
    """The same for any number, also one that is none or very large or small."""
    for digits in range(6, 9):
        short = float(f"{value:.{digits}g}")
        if array("f", [short]) == array("f", [value]):
            return short
    return float(f"{value:.9g}")
