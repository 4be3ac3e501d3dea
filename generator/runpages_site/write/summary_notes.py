"""The summaries of runs and the entries of experiments as builds note them, in JSON values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from ..model import Event, ExperimentEntry, MetricSummary, ModelSummary, RunSummary
from ..searched import SearchBlock, SearchEntry
from ..settings.effects import age
from .run_blocks import Line, dump, load


def line_of(files: Iterable[str], summary: RunSummary) -> Line:
    """What the indexes need of a run that has these files."""
    return Line(list(age(summary)), list(files), dump(_plain(summary)))


def summary_of(line: bytes) -> RunSummary:
    """The summary in a line."""
    return _summary(load(line))


def params_of(line: bytes) -> Mapping[str, object]:
    """The parameters of the summary in a line."""
    known: dict[str, object] = load(line)["params"]
    return known


def entry_of(known: Mapping[str, Any]) -> ExperimentEntry:
    """An entry as it was noted."""
    return ExperimentEntry(
        **{
            **known,
            "spark": tuple(known["spark"]),
            "best_run": _summary(known["best_run"]) if known["best_run"] else None,
            "latest": tuple(map(_summary, known["latest"])),
            "failing": tuple(map(_summary, known["failing"])),
            "search": _search(*known["search"]),
            "newest": {kind: _summary(run) for kind, run in known["newest"].items()},
            "spans": tuple(known["spans"]),
            "days": {int(day): count for day, count in known["days"].items()},
            "models": _model_summaries(known["models"]),
            "events": tuple(Event(*one) for one in known["events"]),
        }
    )


def _search(fields: Iterable[str], blocks: Iterable[Any]) -> SearchEntry:
    return SearchEntry(tuple(fields), tuple(SearchBlock(*block) for block in blocks))


def plain(entry: ExperimentEntry) -> dict[str, Any]:
    """An entry as JSON values."""
    known: dict[str, Any] = _plain(entry)
    return known


def _plain(value: Any) -> Any:
    """Our dataclasses as JSON values; what is in a parameter or a tag is that already."""
    if isinstance(value, RunSummary):
        known = {field: getattr(value, field) for field in _RUN}
        metrics = {name: _numbers(metric) for name, metric in value.metrics.items()}
        return {**known, "metrics": metrics, "models": [*map(_plain, value.models)]}
    if isinstance(value, ExperimentEntry | ModelSummary):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [*value] if _SIMPLE.issuperset(map(type, value)) else [_plain(item) for item in value]
    return value


_SIMPLE = frozenset({str, int, float, type(None)})
_RUN = tuple(one.name for one in fields(RunSummary))


def _summary(known: dict[str, Any]) -> RunSummary:
    metrics = {name: _metric(*values) for name, values in known["metrics"].items()}
    return RunSummary(**{**known, "metrics": metrics, "models": _model_summaries(known["models"])})


def _model_summaries(known: Iterable[dict[str, Any]]) -> tuple[ModelSummary, ...]:
    return tuple(ModelSummary(**model) for model in known)


def _numbers(one: MetricSummary) -> list[Any]:
    """What ``_metric`` takes."""
    return [one.count, one.last, one.min, one.max, one.text, [*one.spark], one.goal, one.unit, one.mean]


def _metric(count: int, last: Any, least: Any, most: Any, word: Any, spark: list[Any], *rest: Any) -> MetricSummary:
    return MetricSummary(count, last, least, most, word, tuple(spark), *rest)
