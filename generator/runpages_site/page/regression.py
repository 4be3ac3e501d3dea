"""Builds regression diagnostics: distribution of residuals, and predicted vs. actual values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from .. import chart
from ..text import number
from .parse_diagnostics import Diagnosed, Diagnosis, Panel, Row, View, content, joined, numbers, rising, sheet, spelled


class Bins(NamedTuple):
    """Counts in bins with increasing edges; ``open``: an infinite outer bin is drawn as wide as its neighbour."""

    edges: list[float]
    counts: list[float | None]
    open: bool

    @property
    def middles(self) -> list[float]:
        """The midpoint of each bin."""
        return [low / 2 + high / 2 for low, high in pairwise(self.edges)]

    @property
    def filled_counts(self) -> list[float]:
        """The counts, with 0 for missing ones."""
        return [count or 0.0 for count in self.counts]


def moments(middles: Sequence[float], counts: Sequence[float]) -> tuple[float, float] | None:
    """Mean and standard deviation (divisor n) of grouped data, each value taken as the midpoint of its bin.

    Mean = sum(c m) / n and variance = sum(c (m - mean)^2) / n: Cramer, Mathematical Methods of Statistics (1946), 27.9.
    """
    total = sum(counts)
    if not total:
        return None
    mean = sum(middle * (count / total) for middle, count in zip(middles, counts, strict=True))
    # hypot avoids the overflow of squaring large numbers.
    away = (math.sqrt(count / total) * (middle - mean) for middle, count in zip(middles, counts, strict=True))
    return mean, math.hypot(*away)


def residuals(data: Any, name: str) -> Diagnosed[Diagnosis]:
    """The histogram of residuals; the data are its edges, counts, mean and standard deviation."""
    known = content(data)
    bins = _bins(known, numbers(known.get("bin_counts")))
    if isinstance(bins, str):
        return Diagnosed(bins)
    found = moments(bins.middles, bins.filled_counts)
    drawn = chart.Distribution(0, bins.edges, bins.filled_counts)
    svg = chart.distribution_chart([drawn], name=name, x_name="residual", marks=(found[0], 0.0) if found else (0.0,))
    moment_figures = (("mean", spelled(found[0])), ("standard deviation", spelled(found[1]))) if found else ()
    shown = Diagnosis(
        views=(View("", (Panel("Residuals", svg, "Predicted − actual. Dashed: 0 and the mean."),)),),
        figures=(*moment_figures, ("values", spelled(sum(bins.filled_counts)))),
        summary=None,
        sheets=(sheet("Residuals", ("from", "to", "count"), _rows(bins, [bins.counts])),),
        note=joined(
            [
                "Mean and standard deviation are computed from bin midpoints." if found else "All counts are 0.",
                *_remarks(bins),
            ]
        ),
    )
    mean, deviation = found or (None, None)
    return Diagnosed(shown, {"edges": bins.edges, "counts": bins.filled_counts, "mean": mean, "sd": deviation})


def predictions(data: Any, name: str) -> Diagnosed[Diagnosis]:
    """Predicted vs. actual values with errors and counts; the data are the edges and the mean predictions."""
    known = content(data)
    averages = numbers(known.get("bin_averages"))
    unknown: list[float | None] = [None] * len(averages)
    counts, errors = (_fitting(known.get(key), len(averages)) for key in ("bin_counts", "bin_errors"))
    bins = _bins(known, unknown)
    if isinstance(bins, str):
        return Diagnosed(bins)
    made = {"edges": bins.edges, "averages": averages}
    bins = _bins(known, counts) if counts else bins
    if isinstance(bins, str):
        return Diagnosed(bins, made)
    points = [
        (middle, average, error if error is not None and error >= 0 else None)
        for middle, average, error in zip(bins.middles, averages, errors or unknown, strict=True)
        if average is not None and abs(average) < 1e300
    ]
    if not points:
        return Diagnosed("No number in bin_averages.", made)
    panels = [_over_true(points, bins, name)]
    if counts:
        drawn = chart.Distribution(0, bins.edges, bins.filled_counts)
        svg = chart.distribution_chart([drawn], name=f"{name}, samples", x_name="true")
        panels.append(Panel("Samples", svg, "Number of samples in each bin of actual values."))
    columns, left = [averages, errors or unknown, bins.counts], len(averages) - len(points)
    shown = Diagnosis(
        views=(View("", tuple(panels)),),
        figures=(("samples", spelled(sum(bins.filled_counts))),) if counts else (),
        summary=None,
        sheets=(sheet("Predictions", ("true from", "to", "mean", "error", "samples"), _rows(bins, columns)),),
        note=joined(
            [
                "" if errors else "No bin_errors for the bins.",
                "" if counts else "No bin_counts for the bins.",
                f"{number.plural(left, 'bin')} without a number left out." if left else "",
                *_remarks(bins if counts else bins._replace(counts=[0.0] * len(averages))),
            ]
        ),
    )
    return Diagnosed(shown, made)


def _over_true(points: Sequence[tuple[float, float, float | None]], bins: Bins, name: str) -> Panel:
    bars = [
        chart.Bar(at, mean - error, mean + error) for at, mean, error in points if error and math.isfinite(mean + error)
    ]
    x = (bins.edges[0], bins.edges[-1])
    heights = [*x, *(mean for _, mean, _ in points), *(bar.low for bar in bars), *(bar.high for bar in bars)]
    low, high = min(heights), max(heights)
    pad = high / 25 - low / 25
    bins_of = number.plural(len(points), "bin")
    words = f"{name}: mean prediction over {bins_of} of true values, {spelled(x[0])} to {spelled(x[1])}"
    svg = chart.xy_chart(
        [chart.Line("predicted", [(at, mean) for at, mean, _ in points])],
        alt=words,
        x_name="true",
        x=x,
        y=(low - pad, high + pad),
        reference=((x[0], x[0]), (x[1], x[1])),
        bars=bars,
        dots=True,
    )
    note = "Mean prediction in each bin of actual values, ± one standard deviation. Thin dashed: ideal."
    return Panel("Predicted vs. actual", svg, note)


def _bins(fields: Any, counts: list[float | None]) -> Bins | str:
    if not counts:
        return "No bins found."
    edges, is_open = _closed(fields.get("bin_edges"))
    if len(edges) != len(counts) + 1 or edges[-1] / 4 - edges[0] / 4 > 1e300:
        return "bin_edges must be a list of increasing numbers, one more than the bins."
    if any(count is not None and count < 0 for count in counts):
        return "Some counts are negative."
    return Bins(edges, counts, is_open)


def _closed(values: Any) -> tuple[list[float], bool]:
    """Edges, with infinite ones replaced so that the outer bin is as wide as its neighbour."""
    if not isinstance(values, list) or len(values) < 4 or not all(isinstance(one, int | float) for one in values):
        return rising(values), False
    first, last = values[0] == -math.inf, values[-1] == math.inf
    inside = rising(values[first : len(values) - last])
    if len(inside) < 2:
        return [], False
    before = [2 * inside[0] - inside[1]] if first else []
    after = [2 * inside[-1] - inside[-2]] if last else []
    return [*before, *inside, *after], first or last


def _fitting(values: Any, size: int) -> list[float | None]:
    parsed = numbers(values)
    return parsed if len(parsed) == size else []


def _remarks(bins: Bins) -> list[str]:
    unknown = sum(count is None for count in bins.counts)
    return [
        f"{number.plural(unknown, 'count')} missing, taken as 0." if unknown else "",
        "An open bin is drawn as wide as its neighbour." if bins.open else "",
    ]


def _rows(bins: Bins, columns: Sequence[Sequence[float | None]]) -> list[Row]:
    return [
        Row(spelled(low), (spelled(high), *(spelled(value) for value in values)))
        for (low, high), *values in zip(pairwise(bins.edges), *columns, strict=True)
    ]
