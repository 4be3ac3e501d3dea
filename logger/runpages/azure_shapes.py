"""The shapes in which a run's metrics come back, as the tracked-run API defines them."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from .format import layout
from .format.document import text
from .format.files import content
from .format.read import read_document
from .format.records import RunRecord, Series, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .format.records import RunRecord


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
    from .format.layout import iso_time

    try:
        return None if when is None else iso_time(when)
    except (OSError, OverflowError, ValueError):
        return None


def address(path: str) -> str:
    """The ``file://`` address of a path."""
    from urllib.parse import quote

    return "file://" + quote(os.path.abspath(path).replace(os.sep, "/"))


def table(root: str, /, **facts: tuple[str, str | None] | str | None) -> str:
    """A table of one row for a notebook, where a fact with an address becomes a link; everything is escaped.

    ``root`` is the folder of the workspace.
    """
    from html import escape

    from .notebook.links import anchor

    heads = "".join(f"<th>{escape(name)}</th>" for name in facts)
    cells = []
    for fact in facts.values():
        words, link = fact if isinstance(fact, tuple) else (fact, None)
        text = str(words or "–")
        cells.append(f"<td>{anchor(link, text, root) if link else escape(text)}</td>")
    return f'<table style="width:100%"><tr>{heads}</tr><tr>{"".join(cells)}</tr></table>'


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


def of_run(workspace: str, folder: str) -> str:
    """The address of a run's page."""
    return _address(workspace, layout.run_page(os.path.basename(os.path.dirname(folder)), os.path.basename(folder)))


def of_experiment(workspace: str, folder: str) -> str:
    """The address of an experiment's page."""
    return _address(workspace, layout.experiment_page(os.path.basename(folder)))


def of_workspace(workspace: str) -> str:
    """The address of the site's home page."""
    return _address(workspace, "index.html")


def _address(workspace: str, page: str) -> str:
    """A page below the ``base_url`` of the last build, else in the folder that it wrote.

    Before the first build that is where ``runpages build`` puts it.
    """
    built = read_document(os.path.join(workspace, layout.STATE, "site.json"), [])
    base = text(built.get("base_url"))
    if base:
        return f"{base.rstrip('/')}/{page}"
    site = text(built.get("site"))
    folder = os.path.join(workspace, layout.STATE, site) if site else layout.site_of(workspace)
    return address(os.path.join(folder, page))
