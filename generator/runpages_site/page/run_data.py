"""Builds what the page that compares runs loads of one run: what it is, its values, and where its other data lies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runpages.format.records import RunRecord, Series

from .. import goal, select, text
from ..model import MetricSummary, Published, RunSummary
from ..site import Script
from . import link
from .components import began, status, took
from .data_scripts import script
from .keyvalues import host
from .pieces import seconds
from .run import Content

RUN_DATA = "run.js"
"""File name of the script in the run's folder."""
_NOTE = 300
_SNAPSHOT = 12


def run_script(
    record: RunRecord, summary: RunSummary, published: Published, content: Content, tolerance: Mapping[str, float]
) -> bytes:
    """A run as a data script; ``tolerance`` has, by metric, the largest difference that does not matter."""
    shown = status(record.status)
    facts = {
        "id": text.visible(record.id),
        "number": record.number,
        "title": text.visible(summary.title),
        "status": {"kind": shown.kind, "word": shown.word},
        "experiment": {"name": text.visible(text.brief(record.experiment)), "folder": published.folder.split("/")[1]},
        "page": published.path,
        "parent": record.parent and text.visible(record.parent),
        "snapshot": record.properties.get("ContentSnapshotId", "")[:_SNAPSHOT],
        "began": began(summary),
        "took": took(summary),
        "seconds": seconds(summary),
        "damaged": record.damaged,
        "params": {text.visible(name): _param(value) for name, value in select.flatten(summary.params).items()},
        "tags": {text.visible(name): text.visible(value or "") for name, value in summary.tags.items()},
        "note": " ".join((record.description or "").split())[:_NOTE],
        "environment": _present({**record.environment, "host": host(record)}),
        "metrics": {
            text.visible(text.brief(name)): _metric(record.series[name], metric, tolerance.get(name))
            for name in select.metrics((summary,), content.metric)
            for metric in (summary.metrics[name],)
        },
        "compared": None if isinstance(content.compared, Script) else content.compared,
        "scripts": _present(_scripts(content)),
    }
    return script("run", _present(facts))


def _present(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Those that are not empty: no empty text or mapping, no None, no False."""
    return {name: value for name, value in facts.items() if value or (value == 0 and value is not False)}


def _param(value: object) -> float | int | str:
    """A number where a browser spells it as it was logged, else the text."""
    if type(value) is int and abs(value) < 2**53:
        return value
    if type(value) is float and not value.is_integer() and 1e-4 <= abs(value) < 1e15:
        return value
    return text.visible(text.compact(value))


def _metric(series: Series, metric: MetricSummary, tolerance: float | None) -> dict[str, Any]:
    """A metric in a few numbers; ``text`` is its last datum where that is no finite number."""
    aim = goal.of(series.name, metric.goal)
    facts = {
        "last": metric.last,
        "min": metric.min,
        "max": metric.max,
        "mean": metric.mean,
        "count": metric.count,
        "step": max(series.steps, default=None),
        "unit": metric.unit,
        "goal": aim.better,
        "assumed": aim.assumed,
        "tolerance": tolerance,
        "text": metric.text and text.visible(metric.text),
        "x": "index" if series.declared.kind == "list" else "",
    }
    return _present(facts)


def _scripts(content: Content) -> dict[str, Any]:
    """The other data scripts of the run, from the root of the site."""
    made = content.scripts
    return {
        "points": _href(made.points),
        "diagnostics": _href(made.diagnostics),
        "figures": _href(made.figures),
        "charts": _href(made.steps),
        "gallery": _href(content.pictures.gallery),
        "compared": _href(content.compared if isinstance(content.compared, Script) else None),
        "tables": {text.visible(text.brief(name)): _href(one) for name, one in made.tables.items()},
        "code": [*map(_href, content.previews.code_scripts)],
        "outputs": [*map(_href, content.previews.output_scripts)],
        "logs": [
            {"name": text.visible(log.name), "first": log.first, "lines": log.lines, "size": log.size}
            for log in content.logs
        ],
    }


def _href(one: Script | None) -> str:
    return link.data_script("index.html", one)
