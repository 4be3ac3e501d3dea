"""Sorts a run's metrics into rows, charts and tables, and prepares lines of charts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from runpages.format.records import RunRecord, Series, Strand, Table, Value

from .. import chart, select, text
from ..text import number

MOST = 500
"""Most metrics that were logged once with a row of their own on the page."""
CHARTED = 2_000
"""Most metrics with a chart on the page."""


def by_kind(series: Iterable[Series]) -> tuple[list[Series], list[Series], list[Series]]:
    """Single values, curves, and series that only a table can show; system metrics last."""
    single: list[Series] = []
    curves: list[Series] = []
    other: list[Series] = []
    for each in sorted(series, key=lambda each: select.is_system(each.name)):
        if is_single(each):
            single.append(each)
        elif each.values and not has_text(each):
            curves.append(each)
        else:
            other.append(each)
    return single, curves, other


def has_text(series: Series) -> bool:
    """Whether any value is a text."""
    try:
        sum(series.values)  # type: ignore[arg-type]
    except (TypeError, OverflowError):
        return str in set(map(type, series.values))
    return False


def metric_tables(record: RunRecord, charts: int) -> Iterator[tuple[str, Table]]:
    """Metrics beyond the page's limits, as tables by kind.

    ``values`` were logged once, ``curves`` exceed the charts that a page can bear, and ``texts`` exceed ``charts``.
    """
    if len(record.series) <= min(MOST, CHARTED, charts):
        return
    single, curves, other = by_kind(record.series.values())
    if len(single) > MOST:
        yield "values", _table("Values logged once", map(_value_row, single))
    if len(curves) > CHARTED:
        yield "curves", _table("More metrics", map(_curve_row, curves[CHARTED:]))
    if len(other) > charts:
        yield "texts", _table("More texts and lists", map(_text_row, other[charts:]))


def _table(name: str, rows: Iterable[dict[str, Any]]) -> Table:
    listed = list(rows)
    return Table(name, [], list(dict.fromkeys(column for row in listed for column in row)), listed)


def _value_row(series: Series) -> dict[str, Any]:
    declared = series.declared
    more = {"Unit": declared.unit, "Description": declared.description}
    return {"Metric": series.name, **_datum("Value", series), **{key: word for key, word in more.items() if word}}


def _curve_row(series: Series) -> dict[str, Any]:
    summary = select.summary(series)
    return {
        "Metric": series.name,
        "Lowest": summary.min,
        "Highest": summary.max,
        **_datum("Last", series),
        "Points": series.total,
    }


def _text_row(series: Series) -> dict[str, Any]:
    last = _datum("Last", series) if series.values else {}
    return {"Metric": series.name, **last, "Points": series.total}


def _datum(name: str, series: Series) -> dict[str, Any]:
    """The last value; texts get a column of their own, so that numbers sort as numbers."""
    last = select.in_order(series)[-1]
    if isinstance(last, int | float) and not isinstance(last, bool):
        return {name: last}
    return {f"{name} as text": text.compact(last)}


def nan_since(series: Series) -> float | int | None:
    """The step from which on all values are nan; None if the last one is not."""
    since = None
    for at in reversed(select.step_order(series.steps) or range(len(series.steps))):
        value = series.values[at]
        if not (isinstance(value, float) and math.isnan(value)):
            break
        since = series.steps[at]
    return since


PASSES = 8
"""Most superseded passes that are drawn; the latest win."""

_NAMED = 2


def is_single(series: Series) -> bool:
    """Whether a metric was logged at most once in each pass."""
    once = len(series.values) == 1 and all(strand.total == 1 for strand in series.superseded)
    return once and len(series.strands) == len(series.superseded) and series.declared.kind != "list"


def drawn_strands(series: Series) -> list[Strand]:
    """The strands that a chart draws, within its limit."""
    gone = series.superseded
    return [strand for strand in series.strands if strand not in gone[:-PASSES]]


def lines(series: Series) -> list[chart.Line]:
    """The lines of a chart: the curve or those of its ranks, and superseded ones. Values must not be texts."""
    if not series.strands:
        return [chart.Line(series.name, _chart_columns(series), whole=series.whole)]
    ranks = series.of_role("rank")
    own = [
        chart.Line(rank.label, _chart_columns(rank), f"s{at}", whole=rank.whole) for at, rank in enumerate(ranks, 1)
    ] or [chart.Line(series.name, _chart_columns(series), whole=series.whole)]
    return own + [chart.Line("", _chart_columns(strand), faint=True) for strand in series.superseded[-PASSES:]]


def plotly_style(strand: Strand) -> dict[str, Any]:
    """The plotly.js style of a strand; empty for ranks."""
    if strand.role == "rank":
        return {}
    if strand.role == "superseded":
        mode = "lines" if len(strand.steps) > 1 else "markers"  # A line with one point is invisible.
        return {"width": 1, "look": {"mode": mode, "opacity": 0.6, "showlegend": False}}
    return {"width": 0, "look": {"mode": "lines", "fill": "tonexty" if strand.role == "high" else "none"}}


def band(series: Series) -> list[chart.Line]:
    """The edges of the band over many ranks."""
    if not series.strands:
        return []
    return [chart.Line("", _chart_columns(strand)) for strand in (*series.of_role("low"), *series.of_role("high"))]


def strands_note(series: Series) -> str:
    """Sentences that explain the lines beside the curve; empty if there are none."""
    if not series.strands:
        return ""
    return " ".join(filter(None, (_side_by_side(series), _superseded(series.superseded))))


def superseded_note(series: Series) -> str:
    """The values of a single metric superseded by later passes."""
    gone = series.superseded
    values = ", ".join(text.compact(strand.values[0]) for strand in gone[-PASSES:])
    return f"before resuming: {values}" if gone else ""


def labelled_points(series: Series) -> Iterator[tuple[float | int, Value, str]]:
    """All points with the label of their line, which is empty for the curve itself."""
    ranks = series.of_role("rank")
    parts: list[tuple[str, Series | Strand]] = [(rank.label, rank) for rank in ranks]
    parts = parts or [("mean" if series.of_role("low") else "", series)]
    for line, part in parts + [(strand.label, strand) for strand in series.superseded]:
        yield from ((step, value, line) for step, value in zip(part.steps, part.values, strict=True))


def _chart_columns(series: Series | Strand) -> chart.Columns:
    return chart.Columns(series.steps, cast(Sequence[float | None], series.values))


def _side_by_side(series: Series) -> str:
    ranks = len(series.of_role("rank"))
    if ranks:
        return f"{ranks} processes logged this metric in parallel; last, lowest and highest are of their mean."
    many = [strand.label for strand in series.of_role("low")]
    return f"Mean of {many[0]}, with a band from lowest to highest." if many else ""


def _superseded(gone: Sequence[Strand]) -> str:
    if not gone:
        return ""
    points = number.plural(sum(strand.total for strand in gone), "point")
    resumed = dict.fromkeys((strand.cut or 0, strand.resumed) for strand in gone)
    named = [f"at step {number.step(cut)} on {number.moment(time)}" for cut, time in list(resumed)[-_NAMED:]]
    more = f", and {len(resumed) - _NAMED} times earlier" if len(resumed) > _NAMED else ""
    return f"Faint: {points} superseded by resuming {' and '.join(named)}{more}."
