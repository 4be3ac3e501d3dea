"""A logged histogram as the value that a chart takes."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from runpages.format.records import Chart

from .. import chart, select


def distribution(logged: Chart) -> chart.Distribution | None:
    """A logged histogram, where it holds what a histogram needs."""
    if logged.type != "histogram":
        return None
    data = logged.data if isinstance(logged.data, dict) else {}
    edges, counts = _numbers(data.get("bin_edges")), _numbers(data.get("bin_counts"))
    sound = counts and len(edges) == len(counts) + 1 and all(low < high for low, high in pairwise(edges))
    if not sound or min(counts) < 0 or not math.isfinite(edges[-1] - edges[0]):
        return None
    return chart.Distribution(logged.step, edges, counts)


def _numbers(values: Any) -> list[float]:
    known = [select.finite(value) for value in values] if isinstance(values, list) else []
    return [float(value) for value in known if value is not None] if None not in known else []
