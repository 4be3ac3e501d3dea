"""Numbers into the counts of a histogram, with numpy where the caller has it loaded."""

from __future__ import annotations

import math
import sys
from typing import Any

from .format.errors import UserError
from .value import items

MOST = 4096


def histogram(values: Any, bins: Any, name: str) -> dict[str, Any]:
    """Count numbers in bins of equal width from the least to the greatest; the last bin holds its upper edge.

    Returns ``bin_edges`` (bins + 1), ``bin_counts`` (bins) and ``not_finite``. Raises UserError for no numbers and
    for a number of bins that is not from 1 to 4096.
    """
    if not isinstance(bins, int) or isinstance(bins, bool) or not 0 < bins <= MOST:
        raise UserError(f"histogram {name!r}: bins is a whole number from 1 to {MOST}, and this is {bins!r}")
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and hasattr(values, "shape"):
        return _counted(numpy, numpy.asarray(values), bins, name)
    numbers = items(values, name)
    if not all(isinstance(number, (int, float)) for number in numbers):
        raise UserError(f"histogram {name!r}: it takes numbers")
    return _in_bins([float(number) for number in numbers if isinstance(number, (int, float))], bins, name)


def _counted(numpy: Any, array: Any, bins: int, name: str) -> dict[str, Any]:
    if array.dtype.kind not in "biuf":
        raise UserError(f"histogram {name!r}: an array of {array.dtype} holds no numbers")
    flat = array.astype(numpy.float64).ravel()
    finite = flat[numpy.isfinite(flat)]
    low, high = _range(finite.min(), finite.max(), name) if finite.size else (0.0, 1.0)
    counts, edges = numpy.histogram(finite, bins, (low, high))
    return {
        "bin_edges": edges.tolist(),
        "bin_counts": counts.tolist(),
        "not_finite": int(flat.size - finite.size),
    }


def _in_bins(numbers: list[float], bins: int, name: str) -> dict[str, Any]:
    finite = [number for number in numbers if math.isfinite(number)]
    low, high = _range(min(finite), max(finite), name) if finite else (0.0, 1.0)
    counts = [0] * bins
    for number in finite:
        counts[min(int((number - low) / (high - low) * bins), bins - 1)] += 1
    edges = [low + (high - low) * at / bins for at in range(bins)] + [high]
    return {"bin_edges": edges, "bin_counts": counts, "not_finite": len(numbers) - len(finite)}


def _range(low: float, high: float, name: str) -> tuple[float, float]:
    low, high = float(low), float(high)
    if low == high:
        pad = max(0.5, abs(low) / 1000)
        low, high = low - pad, high + pad
    if not math.isfinite(high - low):
        raise UserError(f"histogram {name!r}: from {low:g} to {high:g} is wider than a number can be; log fewer")
    return low, high
