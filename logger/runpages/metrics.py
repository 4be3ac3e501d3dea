"""The shapes in which a run's metrics come back, as the tracked-run API defines them."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from .format.files import content
from .format.records import RunRecord, Series, Table


class MetricFile(NamedTuple):
    """A picture, a chart or a medium with its bytes; ``data_location`` is its path."""

    filename: str
    data: bytes
    data_location: str
    metric_type: str


def shapes(record: RunRecord, *, populate: bool = False) -> dict[str, Any]:
    """Everything that a run logged, by name, in the order series, tables, pictures, charts.

    What is a file is its path in the run, or with ``populate`` a ``MetricFile``.
    """

    def file(path: str, kind: str) -> str | MetricFile:
        place = os.path.join(record.folder, path)
        return MetricFile(path, content(place), place, f"azureml.v2.{kind}") if populate else path

    pictures: dict[str, Any] = {}
    media: dict[str, Any] = {}
    charts: dict[str, Any] = {}
    for medium in (*record.images, *record.media):
        if not (populate and medium.missing):
            kind = medium.file.partition("/")[0].removesuffix("s")
            _join(pictures if kind == "image" else media, medium.name, file(medium.file, kind))
    for chart in record.charts:
        _join(charts, chart.name, file(chart.file, chart.type))
    series = {name: _series(one) for name, one in record.series.items()}
    tables = {table.name: _table(table) for table in record.tables}
    return _merged(series, tables, pictures, media, charts)


def _merged(*kinds: dict[str, Any]) -> dict[str, Any]:
    """All kinds together; of a name with several kinds the first counts, and that is told."""
    found: dict[str, Any] = {}
    hidden: list[str] = []
    for kind in kinds:
        hidden += found.keys() & kind.keys()
        found = kind | found
    if hidden:
        import warnings

        names = ", ".join(map(repr, sorted(hidden)[:5]))
        warnings.warn(
            f"{names}: logged as several kinds, of which get_metrics gives the first of numbers, tables, pictures, "
            "media, charts; runpages.read gives all",
            RuntimeWarning,
            stacklevel=4,
        )
    return {name: found[name] for kind in kinds for name in kind}


def _series(series: Series) -> Any:
    return series.values[0] if len(series.values) == 1 else list(series.values)


def _table(table: Table) -> dict[str, Any]:
    if len(table.rows) == 1:
        return dict(table.rows[0])
    return {column: [row.get(column) for row in table.rows] for column in table.columns}


def _join(found: dict[str, Any], name: str, path: str | MetricFile) -> None:
    known = found.get(name)
    if known is None:
        found[name] = path
    elif isinstance(known, list):
        known.append(path)
    else:
        found[name] = [known, path]
