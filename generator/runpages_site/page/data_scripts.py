"""Builds the data scripts that pages load, such as data on other runs, so that pages do not go stale."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, islice
from operator import sub
from typing import Any, Generic, NamedTuple, TypeVar

import orjson

from runpages.format import verdict
from runpages.format.records import Series, Strand, Value
from runpages.format.status import ACTIVE, understood

from .. import family, goal, select, summaries, text
from ..logged import NOT_FINITE
from ..model import ExperimentSummary, MetricSummary, PyramidPlace
from ..text import number
from .components import NONE, began, fixed, status, took
from .items import items_of
from .series import drawn_strands, plotly_style

T = TypeVar("T")
_Number = TypeVar("_Number", float | int, float | None)

LARGE = 256 << 10
"""Bytes from which a script with columns of runs is parsed as JSON."""


def encoded(value: object) -> bytes:
    """A value as JSON."""
    try:
        return orjson.dumps(value)
    except (TypeError, orjson.JSONEncodeError):  # A title that is not valid UTF-8, or an integer of many digits.
        return json.dumps(value, separators=(",", ":")).encode()


def script(key: str, value: object) -> bytes:
    """A script that passes ``value`` to the page as JSON, with script and line terminators escaped."""
    return b"runpages.put(%s,%s);\n" % (orjson.dumps(key), _escaped(encoded(value)))


def large_script(key: str, value: bytes) -> bytes:
    """A script like ``script`` of what is JSON already; the page parses a large one as a text, at half the time."""
    data = _escaped(value)
    if len(data) >= LARGE:
        data = b"JSON.parse('%s')" % data.replace(b"\\", b"\\\\").replace(b"'", b"\\'")
    return b"runpages.put(%s,%s);\n" % (orjson.dumps(key), data)


def _escaped(data: bytes) -> bytes:
    data = data.replace(b"<", b"\\u003c").replace(b">", b"\\u003e").replace(b"&", b"\\u0026")
    if data.isascii():  # To look for three bytes in a megabyte takes milliseconds.
        return data
    return data.replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")


class RunLists(NamedTuple):
    """What ``runs.js`` has of a block of runs: lists as JSON without brackets, by name, and rows of some kinds.

    ``single`` are the rows without a curve, ``damaged`` those of damaged runs.
    """

    rows: int
    lists: Mapping[str, bytes]
    single: Sequence[int]
    damaged: Sequence[int]


def runs_script(
    experiment: ExperimentSummary, blocks: Sequence[RunLists], older: Sequence[Mapping[str, Any]] = ()
) -> bytes:
    """The newest runs of an experiment in columns, newest first, and the shards with all ``older`` ones.

    The best run for each metric and the tables of children are those of all runs.
    """
    facts = {
        "folder": encoded(_folder(experiment)),
        **_joined(blocks),
        "children": encoded(_child_tables(experiment)),
        "best": encoded(dict(_best(experiment))),
        **({"count": encoded(len(experiment.runs)), "shards": encoded(older)} if older else {}),
    }
    return large_script("runs", _object(facts))


def shard_script(blocks: Sequence[RunLists], columns: Mapping[str, Any]) -> bytes:
    """The runs of an older shard, as ``runs_script`` has the newest ones, and where the values of their columns are."""
    return large_script("shard", _object({**_joined(blocks), "columns": encoded(columns)}))


def _joined(blocks: Sequence[RunLists]) -> dict[str, bytes]:
    known = lists_together(blocks)
    lists = {name: b"[%s]" % one for name, one in known.lists.items()}
    return {**lists, "damaged": encoded(known.damaged), "single": encoded(known.single)}


def lists_together(blocks: Sequence[RunLists]) -> RunLists:
    """The lists of all of these runs."""
    starts = [*accumulate((block.rows for block in blocks), initial=0)]

    def rows(found: Iterable[Sequence[int]]) -> list[int]:
        return [start + row for start, some in zip(starts, found, strict=False) for row in some]

    lists = {name: b",".join(block.lists[name] for block in blocks) for name in _LISTS}
    return RunLists(starts[-1], lists, rows(block.single for block in blocks), rows(block.damaged for block in blocks))


def _object(facts: Mapping[str, bytes]) -> bytes:
    return b"{%s}" % b",".join(b'"%s":%s' % (name.encode(), one) for name, one in facts.items())


_LISTS = ("page", "title", "id", "number", "kind", "status", "began", "took")


def run_lists(experiment: ExperimentSummary) -> RunLists:
    """What ``runs.js`` has of the runs."""
    runs, folder = experiment.runs, _folder(experiment)
    shown = [status(run.status) for run in runs]
    lists: dict[str, Sequence[object]] = {
        "page": [run.path.removeprefix(folder) for run in runs],
        "title": [text.visible(run.title) for run in runs],
        "id": [text.visible(run.id) for run in runs],
        "number": [run.number for run in runs],
        "kind": [one.kind for one in shown],
        "status": [one.word for one in shown],
        "began": [began(run) for run in runs],
        "took": [took(run) for run in runs],
    }
    single = [place for place, run in enumerate(runs) if not any(map(_is_curve, run.metrics.values()))]
    damaged = [place for place, run in enumerate(runs) if run.damaged]
    return RunLists(len(runs), {name: items_of(values) for name, values in lists.items()}, single, damaged)


def _folder(experiment: ExperimentSummary) -> str:
    return experiment.path[: experiment.path.rfind("/") + 1]


def _is_curve(metric: MetricSummary) -> bool:
    """Whether the page of the run has it as a curve; a text has no number at all."""
    return metric.count > 1 and (metric.last is not None or metric.text in NOT_FINITE)


def _best(experiment: ExperimentSummary) -> Iterator[tuple[str, tuple[str, float | int, int]]]:
    """For each metric with a goal, stated or assumed: the goal, the best value, and which run has it."""
    contest = goal.Contest(experiment.runs)
    for name in select.metrics(experiment.runs):
        aim = goal.of_metric(experiment, name)
        best = contest.best(name, aim)
        if aim.better is not None and best is not None:
            value = summaries.values(experiment.runs, name, aim.better)[best]
            if value is not None:
                yield text.brief(name), (aim.better, value, best)


def _child_tables(experiment: ExperimentSummary) -> dict[str, Any]:
    """The table of each parent's children, which its page shows, by the place of the parent among the runs.

    ``heads`` are the metrics that the children logged, each with which value it is; ``rows`` have the place of a child
    and its cells, in the order of their start; ``means`` are over the children that completed.
    """
    runs = experiment.runs
    children: dict[int, list[int]] = {}
    for child, parent in sorted(family.parents(runs).items(), reverse=True):  # The newest run comes first.
        children.setdefault(parent, []).append(child)
    return {str(parent): _child_table(experiment, places) for parent, places in children.items()}


def _child_table(experiment: ExperimentSummary, places: Sequence[int]) -> Mapping[str, Any]:
    runs = [experiment.runs[place] for place in places]
    known = select.metrics(runs, experiment.metric)
    names = known[: select.METRIC_COLUMNS]
    contest = goal.Contest(runs)
    heads, columns, means = [], [], []
    for name in names:
        aim = goal.of_metric(experiment, name)
        values = [goal.aggregate(run.metrics.get(name), aim.aggregate) for run in runs]
        heads.append((text.brief(name), aim.label))
        columns.append([cell.text for cell in fixed(values)])
        means.append(_mean([float(value) for value in contest.values(name, aim.aggregate) if value is not None]))
    return {
        "heads": heads,
        "rows": [(place, [column[row] for column in columns]) for row, place in enumerate(places)],
        "means": means,
        "rest": f"{len(names)} of {number.plural(len(known), 'metric')}" if len(names) < len(known) else "",
    }


def _mean(values: Sequence[float]) -> str:
    """The mean and, of two values or more, the standard deviation (n − 1)."""
    if not values:
        return NONE
    decimals, spread = number.column(values), verdict.spread(values)
    mean = number.fixed(spread.mean, decimals)
    return mean if len(values) == 1 else f"{mean} ± {number.fixed(spread.sd, decimals)}"


LIVE = "live.js"
"""File name of the script in the run's folder."""


def is_live(word: str | None) -> bool:
    """Whether a run with this displayed status is still running."""
    return word is not None and understood(word) in ACTIVE


def live_script(html: str) -> bytes:
    """The page as built, from which an open page in the browser updates itself."""
    return script("live", html)


def points_script(curves: Sequence[Series], pyramids: Mapping[str, PyramidPlace] = {}) -> bytes:
    """The points of ``curves`` by step, or the location of a metric's pyramid. Shared columns are stored once.

    Times are milliseconds since the epoch, delta-encoded. Non-finite numbers are ``"nan"``, ``"inf"`` or ``"-inf"``.
    ``thinned`` marks a metric with points left out. ``strands`` are its further lines. A line without a ``label`` is
    drawn but not in the table. ``start`` is the time of the earliest point.
    """
    steps = _Shared[float | int]()
    times = _Shared[float | None]()

    def points(one: Series | Strand) -> dict[str, Any]:
        return {
            "steps": steps.add(one.steps),
            "times": times.add(one.times) if one.times.count(None) < len(one.times) else None,
            "values": _json_values(one.values),
        }

    def strand(one: Strand) -> dict[str, Any]:
        return {"label": None if one.role in ("low", "high") else one.label, **plotly_style(one), **points(one)}

    series = [
        {
            "name": one.name,
            "x": "index" if one.declared.kind == "list" else "step",
            **({"thinned": True} if one.whole or any(strand.whole for strand in one.strands) else {}),
            **({"pyramid": _pyramid(pyramids[one.name])} if one.name in pyramids else points(one)),
            **_lines(one),
            "end": _milliseconds(
                pyramids[one.name].top.end[1] if one.name in pyramids else one.times[-1] if one.times else None
            ),
            "strands": list(map(strand, drawn_strands(one))) if one.strands else [],
        }
        for one in curves
    ]
    begins = [time for one in curves for time in _begins(one, pyramids.get(one.name))]
    return script(
        "points",
        {
            "steps": steps.columns,
            "times": list(map(_differences, times.columns)),
            "start": _milliseconds(min(begins, default=None)),
            "series": series,
        },
    )


class _Shared(Generic[_Number]):
    """Different columns, each of which may belong to several metrics."""

    def __init__(self) -> None:
        self.columns: list[Sequence[_Number]] = []
        self._indexes: dict[tuple[_Number, ...], int] = {}
        self._last = 0

    def add(self, column: Sequence[_Number]) -> int:
        """Add a column unless it is there; returns its index."""
        # Mostly it is the column before, which a comparison finds out without a hash.
        if not self.columns or column != self.columns[self._last]:
            self._last = self._indexes.setdefault(tuple(column), len(self.columns))
            if self._last == len(self.columns):
                self.columns.append(column)
        return self._last


def _begins(series: Series, pyramid: PyramidPlace | None) -> Iterator[float]:
    """The first time that is known of each line."""
    own = [pyramid.top.start] if pyramid else series.times
    for times in (own, *(strand.times for strand in series.strands)):
        yield from islice((time for time in times if time is not None), 1)


def _milliseconds(time: float | None) -> int | None:
    return None if time is None else round(time * 1000)


def _lines(series: Series) -> dict[str, Any]:
    """Label of the curve beside its strands; None if it is the mean of ranks that are drawn."""
    if not series.strands:
        return {"ranks": False, "label": ""}
    if series.of_role("rank"):
        return {"ranks": True, "label": None}
    return {"ranks": False, "label": "mean" if series.of_role("low") else ""}


def chunk_script(chunk: Mapping[str, Any]) -> bytes:
    """A chunk of a pyramid as a data script."""
    return script("chunk", chunk)


def _pyramid(pyramid: PyramidPlace) -> dict[str, Any]:
    """Location and extent of a pyramid, times in milliseconds since the epoch."""
    top = pyramid.top
    step, time = top.end
    return {
        "folder": pyramid.folder,
        "version": pyramid.version,
        "points": top.points,
        "levels": top.levels,
        "start": None if top.start is None else top.start * 1000,
        "end": [step, None if time is None else time * 1000],
    }


def _differences(times: Sequence[float | None]) -> tuple[int, list[int | None]]:
    if None not in times:
        known = list(map(round, [time * 1000 for time in times]))  # type: ignore[operator]
        return known[0], [0, *map(sub, known[1:], known)]
    base = round(next(time for time in times if time is not None) * 1000)
    ways: list[int | None] = []
    at = base
    for time in times:
        here = None if time is None else round(time * 1000)
        ways.append(None if here is None else here - at)
        at = at if here is None else here
    return base, ways


def _json_values(values: Sequence[Value]) -> Sequence[Value]:
    try:
        if math.isfinite(sum(values)):  # type: ignore[arg-type]
            return values
    except (TypeError, OverflowError):
        pass
    return list(map(json_value, values))


def json_value(value: T) -> T | str:
    """A value as JSON has it: a number that is not finite is spelled, ``nan``, ``inf`` or ``-inf``."""
    return repr(value) if isinstance(value, float) and not math.isfinite(value) else value
