"""The metrics of a run by what shows them: rows, charts or tables; those that are too many for that are one table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from runpages.format.records import RunRecord, Series, Table

from .. import select, text
from .strands import is_single

MOST = 500
"""How many metrics of a kind have a row of their own on the page."""


def by_kind(series: Iterable[Series]) -> tuple[list[Series], list[Series], list[Series]]:
    """The series that are one value, the curves, and those that only a table can show; the machine's last."""
    single: list[Series] = []
    curves: list[Series] = []
    other: list[Series] = []
    for one in sorted(series, key=lambda one: select.is_system(one.name)):
        if is_single(one):
            single.append(one)
        elif one.values and not has_text(one):
            curves.append(one)
        else:
            other.append(one)
    return single, curves, other


def has_text(series: Series) -> bool:
    """Whether any of its values is a text."""
    return str in set(map(type, series.values))


def metric_tables(record: RunRecord, charts: int) -> Iterator[tuple[str, Table]]:
    """Metrics that are too many for the page, as tables by kind.

    ``values`` are logged once, ``curves`` are past the charts, and ``texts`` are past as many tables of their own.
    """
    single, curves, other = by_kind(record.series.values())
    if len(single) > MOST:
        yield "values", _table("Values logged once", map(_value, single))
    if len(curves) - charts > MOST:
        yield "curves", _table("More curves", map(_curve, curves[charts:]))
    if len(other) > charts:
        yield "texts", _table("More texts and lists", map(_text, other[charts:]))


def _table(name: str, rows: Iterable[dict[str, Any]]) -> Table:
    known = list(rows)
    return Table(name, [], _columns(known), known)


def _columns(rows: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(column for row in rows for column in row))


def _value(series: Series) -> dict[str, Any]:
    said = series.declared
    more = {"Unit": said.unit, "Description": said.description}
    return {"Metric": series.name, **_datum("Value", series), **{key: word for key, word in more.items() if word}}


def _curve(series: Series) -> dict[str, Any]:
    known = select.summary(series)
    return {
        "Metric": series.name,
        "Lowest": known.min,
        "Highest": known.max,
        **_datum("Last", series),
        "Points": series.total,
    }


def _text(series: Series) -> dict[str, Any]:
    last = _datum("Last", series) if series.values else {}
    return {"Metric": series.name, **last, "Points": series.total}


def _datum(name: str, series: Series) -> dict[str, Any]:
    """The last datum, in a column of its own where it is no number, so that numbers are sorted as numbers."""
    last = select.in_order(series)[-1]
    if isinstance(last, int | float) and not isinstance(last, bool):
        return {name: last}
    return {f"{name} as text": text.compact(last)}
