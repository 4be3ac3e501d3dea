"""Converts what is read of a run to the shapes of the tracked-run API: its details and its metrics."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from ._lifecycle import level_of_the_script
from .addresses import address
from .coerce import quoted
from .format.errors import UserError
from .format.files import content
from .format.layout import iso_time
from .format.records import RunRecord, Series, Table


def details(head: RunRecord, properties: dict[str, str]) -> dict[str, Any]:
    """The details of a run. Times are ISO 8601 in UTC; ``endTimeUtc`` and ``error`` are there when they are known.

    ``uncollected`` is there where outputs are not in the run: ``count``, ``files`` with ``path`` and ``reason``, and,
    of a submitted script, the ``place`` of the copy that was kept for them.
    """
    known: dict[str, Any] = {
        "runId": head.id,
        "target": "local" if head.type else "sdk",
        "status": head.status,
        "properties": properties,
        "inputDatasets": [],
        "outputDatasets": [],
        "runDefinition": {"target": "local", **_definition(head)},
        "logFiles": {f"logs/{log.name}": address(os.path.join(head.folder, log.file)) for log in head.logs},
    }
    for key, when in (("startTimeUtc", head.started), ("endTimeUtc", head.ended)):
        spelled = _spelled(when)
        if spelled is not None:
            known[key] = spelled
    if head.error is not None:
        error = {"code": head.error.code, "message": head.error.message}
        if head.error.type:
            error["debug_type"] = head.error.type
        if head.error.traceback:
            error["debug_stack_trace"] = head.error.traceback
        known["error"] = {"error": error}
    if head.uncollected is not None:
        files, count, place = head.uncollected
        known["uncollected"] = {"count": count, "files": [{"path": path, "reason": why} for path, why in files]}
        known["uncollected"] |= {"place": place} if place else {}
    return known


def _definition(head: RunRecord) -> dict[str, Any]:
    """What was submitted; a document by hand may say anything."""
    said = head.document.get("definition")
    return said if isinstance(said, dict) else {}


def _spelled(when: float | None) -> str | None:
    """A time in ISO 8601; None for one that was not noted or lies beyond the years that a computer counts."""
    try:
        return None if when is None else iso_time(when)
    except (OSError, OverflowError, ValueError):
        return None


class MetricFile(NamedTuple):
    """A picture, a chart or a medium with its bytes; ``data_location`` is its path."""

    filename: str
    data: bytes
    data_location: str
    metric_type: str


def metrics(record: RunRecord, name: str | None, *, populate: bool) -> dict[str, Any]:
    """What a run logged as ``shapes``, or only ``name``."""
    if name is not None and not isinstance(name, str):
        raise UserError(f"get_metrics takes one metric name, or none for all of them, not {quoted(name)}")
    logged = shapes(record, populate=populate)
    return logged if name is None else {key: logged[key] for key in (name,) if key in logged}


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
    """All kinds together; of a name with several kinds the first counts, with a warning."""
    found: dict[str, Any] = {}
    hidden: list[str] = []
    for kind in kinds:
        hidden += found.keys() & kind.keys()
        found = kind | found
    if hidden:
        import warnings

        names = ", ".join(map(repr, sorted(hidden)[:5]))
        warnings.warn(
            f"{names}: logged as several kinds, get_metrics returns the first of numbers, tables, pictures, "
            "media, charts; runpages.read returns all",
            RuntimeWarning,
            stacklevel=level_of_the_script(),
        )
    return {name: found[name] for kind in kinds for name in kind}


def _series(series: Series) -> Any:
    return series.values[0] if len(series.values) == 1 else list(series.values)


def _table(table: Table) -> dict[str, Any]:
    if len(table.rows) == 1:
        return dict(table.rows[0])
    return {column: [row.get(column) for row in table.rows] for column in table.columns}


def _join(metrics: dict[str, Any], name: str, path: str | MetricFile) -> None:
    known = metrics.get(name)
    if known is None:
        metrics[name] = path
    elif isinstance(known, list):
        known.append(path)
    else:
        metrics[name] = [known, path]
