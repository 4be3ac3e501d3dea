"""Logged histograms as values that a chart takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from runpages.format.records import Chart

from .. import chart, select


def distributions(name: str, charts: Sequence[Chart]) -> list[chart.Distribution]:
    """The histograms of one name that hold what a histogram needs."""
    found = (_distribution(one) for one in charts if one.type == "histogram" and one.name == name)
    return [one for one in found if one is not None]


def _distribution(logged: Chart) -> chart.Distribution | None:
    data = logged.data if isinstance(logged.data, dict) else {}
    edges, counts = _numbers(data.get("bin_edges")), _numbers(data.get("bin_counts"))
    sound = counts and len(edges) == len(counts) + 1 and all(low < high for low, high in pairwise(edges))
    if not sound or min(counts) < 0 or not math.isfinite(edges[-1] - edges[0]):
        return None
    return chart.Distribution(logged.step, edges, counts)


def _numbers(values: Any) -> list[float]:
    known = [select.finite(value) for value in values] if isinstance(values, list) else []
    return [float(value) for value in known if value is not None] if None not in known else []
