"""The shapes in which a run's metrics come back, as the tracked-run API defines them."""

from __future__ import annotations

from typing import Any

from .format.records import RunRecord, Series, Table


def shapes(record: RunRecord) -> dict[str, Any]:
    """Everything that a run logged, by name, in the order series, tables, pictures, charts."""
    found: dict[str, Any] = {name: _series(series) for name, series in record.series.items()}
    found.update((table.name, _table(table)) for table in record.tables)
    for medium in (*record.images, *record.media):
        _join(found, medium.name, medium.file)
    for chart in record.charts:
        _join(found, chart.name, chart.file)
    return found


def _series(series: Series) -> Any:
    return series.values[0] if len(series.values) == 1 else list(series.values)


def _table(table: Table) -> dict[str, Any]:
    if len(table.rows) == 1:
        return dict(table.rows[0])
    return {column: [row.get(column) for row in table.rows] for column in table.columns}


def _join(found: dict[str, Any], name: str, path: str) -> None:
    known = found.get(name)
    if known is None:
        found[name] = path
    elif isinstance(known, list):
        known.append(path)
    else:
        found[name] = [known, path]
