"""The lines of a metric beside its curve, drawn and said in words: those of ranks, and what was superseded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from runpages.format.records import Series, Strand, Value

from .. import chart, text
from ..text import number

PASSES = 8
"""At most so many superseded passes are drawn, the latest."""

_NAMED = 2


def is_single(series: Series) -> bool:
    """Whether a metric was logged once, in each pass at most."""
    once = len(series.values) == 1 and all(strand.total == 1 for strand in series.superseded)
    return once and len(series.strands) == len(series.superseded) and series.declared.kind != "list"


def drawn_strands(series: Series) -> list[Strand]:
    """The strands that a chart draws, as many as it bears."""
    gone = series.superseded
    return [strand for strand in series.strands if strand not in gone[:-PASSES]]


def lines(series: Series) -> list[chart.Line]:
    """The lines of a chart: the curve, or those of its ranks, and what was superseded. No value is a text here."""
    ranks = series.of_role("rank")
    own = [chart.Line(rank.label, _columns(rank), f"s{at}", whole=rank.whole) for at, rank in enumerate(ranks, 1)] or [
        chart.Line(series.name, _columns(series), whole=series.whole)
    ]
    return own + [chart.Line("", _columns(strand), faint=True) for strand in series.superseded[-PASSES:]]


def look(strand: Strand) -> dict[str, Any]:
    """How a browser draws a strand other than a curve, in the words of plotly.js; nothing for that of a rank."""
    if strand.role == "rank":
        return {}
    if strand.role == "superseded":
        mode = "lines" if len(strand.steps) > 1 else "markers"  # A line of one point is not seen.
        return {"width": 1, "look": {"mode": mode, "opacity": 0.6, "showlegend": False}}
    return {"width": 0, "look": {"mode": "lines", "fill": "tonexty" if strand.role == "high" else "none"}}


def band(series: Series) -> list[chart.Line]:
    """The edges of the band of many ranks."""
    return [chart.Line("", _columns(strand)) for strand in (*series.of_role("low"), *series.of_role("high"))]


def aside(series: Series) -> str:
    """What the lines beside the curve are, in sentences; empty where there are none."""
    return " ".join(filter(None, (_side_by_side(series), _superseded(series.superseded))))


def earlier(series: Series) -> str:
    """The values of a single metric that later passes superseded."""
    gone = series.superseded
    values = ", ".join(text.compact(strand.values[0]) for strand in gone[-PASSES:])
    return f"before resuming: {values}" if gone else ""


def told(series: Series) -> Iterator[tuple[float | int, Value, str]]:
    """All points with the line that each belongs to, which is empty for those of the curve itself."""
    ranks = series.of_role("rank")
    parts: list[tuple[str, Series | Strand]] = [(rank.label, rank) for rank in ranks]
    parts = parts or [("mean" if series.of_role("low") else "", series)]
    for line, part in parts + [(strand.label, strand) for strand in series.superseded]:
        yield from ((step, value, line) for step, value in zip(part.steps, part.values, strict=True))


def spelled(step: float | int) -> str:
    """A step as text."""
    return number.integer(int(step)) if step == int(step) else number.short(step)


def _columns(of: Series | Strand) -> chart.Columns:
    return chart.Columns(of.steps, cast(Sequence[float | None], of.values))


def _side_by_side(series: Series) -> str:
    ranks = len(series.of_role("rank"))
    if ranks:
        return f"{ranks} processes logged this side by side; last, least and greatest are of their mean."
    many = [strand.label for strand in series.of_role("low")]
    return f"The mean of {many[0]}, and a band from the least to the greatest." if many else ""


def _superseded(gone: Sequence[Strand]) -> str:
    if not gone:
        return ""
    points = number.plural(sum(strand.total for strand in gone), "point")
    resumed = dict.fromkeys((strand.cut or 0, strand.resumed) for strand in gone)
    named = [f"at step {spelled(cut)} on {number.moment(time)}" for cut, time in list(resumed)[-_NAMED:]]
    more = f", and {len(resumed) - _NAMED} times before" if len(resumed) > _NAMED else ""
    return f"Faint: {points} superseded by resuming {' and '.join(named)}{more}."
