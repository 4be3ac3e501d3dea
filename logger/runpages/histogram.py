"""Numbers into the counts of a histogram, with numpy where the caller has it loaded."""

from __future__ import annotations

import math
import sys
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from .format.errors import UserError
from .medium import array_of, whole
from .value import plain

MOST = 4096

_LARGEST = sys.float_info.max
_NARROWEST = 1e-300
_AT_ONCE = 1 << 16


def histogram(values: Any, bins: Any, name: str) -> dict[str, Any]:
    """Count numbers in bins of equal width from the least to the greatest; the last bin holds its upper edge.

    Returns ``bin_edges`` (bins + 1, each greater than the one before), ``bin_counts`` (bins) and ``not_finite``, which
    counts what no double holds as well. Raises UserError for what are no numbers, and for a number of bins that is not
    from 1 to 4096.
    """
    number = whole(bins)
    if number is None or not 0 < number <= MOST:
        raise UserError(f"histogram {name!r}: bins is a whole number from 1 to {MOST}, and this is {bins!r}")
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and hasattr(values, "shape"):
        return _counted(numpy, values, number, name)
    return _in_bins(_numbers(values, name), number)


def _numbers(values: Any, name: str) -> list[float]:
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        kind = type(values).__qualname__
        raise UserError(f"histogram {name!r}: give an array, a tensor or any iterable of numbers, and not a {kind}")
    return [_number(one, name) for one in values]


def _number(one: Any, name: str) -> float:
    try:
        number = plain(one, name)
    except UserError:
        number = None
    if number is None or isinstance(number, str):
        raise UserError(f"histogram {name!r}: it takes numbers, and a {type(one).__qualname__} is among them")
    try:
        return float(number)
    except OverflowError:  # An int of over 308 digits.
        return math.inf


def _counted(numpy: Any, values: Any, bins: int, name: str) -> dict[str, Any]:
    try:
        array = array_of(numpy, values)
    except (TypeError, ValueError) as error:
        raise UserError(f"histogram {name!r}: it takes numbers: {error}") from None
    if array.dtype.kind not in "biuf":
        raise UserError(f"histogram {name!r}: an array of {array.dtype} holds no numbers")
    flat = array.ravel()
    ranges = [(float(part.min()), float(part.max()), part.size) for part in _finite(numpy, flat) if part.size]
    lows, highs, sizes = zip(*ranges, strict=True) if ranges else ((), (), ())
    edges = _edges(*(_range(min(lows), max(highs), bins) if ranges else (0.0, 1.0)), bins)
    counts = numpy.zeros(bins, numpy.int64)
    bounds = numpy.array(edges)
    half = edges[0] / 2
    scale = bins / (edges[-1] / 2 - half)
    for part in _finite(numpy, flat):
        # Rounding may lead into the bin beside the right one: the edges decide.
        at = numpy.minimum(((part / 2 - half) * scale).astype(numpy.int64), bins - 1)
        at -= part < bounds[at]
        at += (part >= bounds[at + 1]) & (at < bins - 1)
        counts += numpy.bincount(at, minlength=bins)
    return {"bin_edges": edges, "bin_counts": counts.tolist(), "not_finite": int(flat.size - sum(sizes))}


def _finite(numpy: Any, flat: Any) -> Iterator[Any]:
    """The finite numbers of an array as doubles, in parts that a processor keeps at hand."""
    for start in range(0, flat.size, _AT_ONCE):
        with numpy.errstate(over="ignore"):  # A long double may be more than a double holds.
            part = flat[start : start + _AT_ONCE].astype(numpy.float64)
        finite = numpy.isfinite(part)
        yield part if finite.all() else part[finite]


def _in_bins(numbers: list[float], bins: int) -> dict[str, Any]:
    finite = [number for number in numbers if math.isfinite(number)]
    edges = _edges(*(_range(min(finite), max(finite), bins) if finite else (0.0, 1.0)), bins)
    counts = [0] * bins
    for number in finite:
        counts[min(bisect_right(edges, number), bins) - 1] += 1
    return {"bin_edges": edges, "bin_counts": counts, "not_finite": len(numbers) - len(finite)}


def _range(low: float, high: float, bins: int) -> tuple[float, float]:
    """From where to where the bins go: a little further where the numbers are too close for as many edges."""
    far = max(-low, high)
    narrowest = max(bins * 8 * math.ulp(far), _NARROWEST)
    if low == high or high - low < narrowest:
        pad = max(0.5, far / 1000) if low == high else narrowest
        low, high = max(low - pad, -_LARGEST), min(high + pad, _LARGEST)
    return low, high


def _edges(low: float, high: float, bins: int) -> list[float]:
    # A power of two changes no digit, and keeps the product of the greatest doubles in bounds.
    scale = 2.0**-16 if max(-low, high) > 1e300 else 1.0
    first, last = low * scale, high * scale
    inner = [(first * (bins - at) + last * at) / bins / scale for at in range(1, bins)]
    return [low, *inner, high]
