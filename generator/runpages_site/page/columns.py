"""The runs of an experiment in columns: what there is to show of them, and the values, a whole column at a time.

A browser sorts, filters, groups and draws from these, and loads only the columns that are looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from .. import goal, logged, select, text
from ..logged import MISSING, Logged, Number
from ..model import ExperimentSummary, RunSummary
from ..settings import View
from ..text import number
from . import link
from .components import NONE, began, status
from .data_scripts import encoded, large_script, script

CURVES = 1_024
"""Curves in a piece, which a browser loads when it draws one of them."""

FILE = 128 << 10
"""Bytes of values beyond which the next ones begin another file."""

Values = dict[str, Any]
"""``numbers``, ``words`` with ``places`` in them, or ``sparks``: an entry for each run, newest first."""

Places = dict[tuple[str, str], list[tuple[int, int]]]
"""The file, and the place in it, of the values of a column by its key and the aggregate."""

_IN_RUNS = {"run:title", "run:status", "run:id", "run:number", "run:started"}

_WHOLE = 2**53
"""Greatest integer up to which a browser tells each from the next."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the runs; ``facts`` are what its entry in the index has beside what all have, ready for JSON.

    ``values`` has one entry, without a name, or those of the aggregates of a metric; ``leading`` is the name of the one
    that is shown at first.
    """

    kind: str
    name: str
    values: Mapping[str, Values]
    count: int
    varies: bool
    leading: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Kind and exact name."""
        return f"{self.kind}:{self.name}"

    @property
    def type(self) -> str:
        """What the values are: ``numbers``, ``words`` or ``sparks``."""
        return next(iter(self.values[self.leading]))


class Chosen(NamedTuple):
    """What is shown of an experiment at first, by the keys of the columns, and what its settings say."""

    default: Sequence[str] = ()
    tolerance: Mapping[str, float] = {}
    pair_by: str | None = None
    views: Sequence[Mapping[str, Any]] = ()


class Scripts(NamedTuple):
    """The data script with the list of the columns, and those with their values by their paths from the root."""

    listing: bytes
    values: Mapping[str, bytes]


def column_scripts(experiment: ExperimentSummary, known: Logged, chosen: Chosen, folder: str) -> Scripts:
    """The columns of an experiment as data scripts; ``folder`` is where those with values are to lie, from the root."""
    found = list(columns(experiment, known, chosen.tolerance))
    places, files = _packed(found, chosen.default)
    # By content: a page that is open during a build must not take the values of other runs for those of its own.
    paths = [f"{folder}{sha256(data).hexdigest()[:16]}.js" for data in files]
    links = [link.between(experiment.path, path) for path in paths]
    head = {
        "count": len(experiment.runs),
        "metric": experiment.metric,
        "goal": goal.of_metric(experiment, experiment.metric).better if experiment.metric else None,
        "folder": experiment.path[: experiment.path.rfind("/") + 1],
        "pair_by": chosen.pair_by,
        "views": list(chosen.views),
        "default": list(chosen.default),
    }
    return Scripts(
        script("columns", {**head, "columns": [_listed(one, places, links) for one in found]}),
        dict(zip(paths, files, strict=True)),
    )


def _packed(found: Sequence[Column], default: Sequence[str]) -> tuple[Places, list[bytes]]:
    """Where the values of the columns lie, and the files.

    What is shown at first lies together, at the beginning, and what ``runs.js`` has as well at the end.
    """
    known = {one.key: one for one in found}
    first = [(key, known[key].leading) for key in default if key in known and key not in _IN_RUNS]
    rest = [(one.key, which) for one in found for which in one.values]
    order = dict.fromkeys([*first, *sorted(rest, key=lambda place: place[0] in _IN_RUNS)])
    parts: list[list[orjson.Fragment]] = []
    size, places = FILE + 1, Places()
    for (key, which), piece in ((one, piece) for one in order for piece in _pieces(known[one[0]].values[one[1]])):
        data = encoded(piece)
        if size > FILE:
            parts.append([])
            size = 0
        places.setdefault((key, which), []).append((len(parts) - 1, len(parts[-1])))
        parts[-1].append(orjson.Fragment(data))
        size += len(data)
    return places, [large_script("column", part) for part in parts]


def _pieces(values: Values) -> Iterator[Values]:
    """Curves by the rows that a reader may see at once, since they are large; other values as they are."""
    curves = values.get("sparks", ())
    yield from ({"sparks": curves[start : start + CURVES]} for start in range(0, len(curves), CURVES))
    if not curves:
        yield values


def _listed(column: Column, places: Places, links: Sequence[str]) -> dict[str, Any]:
    """A column in the list."""

    def address(which: str) -> dict[str, Any]:
        first, *more = pieces = [{"file": links[file], "at": at} for file, at in places[column.key, which]]
        return {**first, "pieces": pieces, "rows": CURVES} if more else first

    entry = {
        "key": column.key,
        "kind": column.kind,
        "name": text.visible(column.name),
        "type": column.type,
        "numeric": column.type == "numbers",
        "count": column.count,
        "varies": column.varies,
        **column.facts,
    }
    if not column.leading:
        return {**entry, **address("")}
    aggregates = {which: address(which) for which in column.values}
    if column.leading in ("min", "max"):
        aggregates["best"] = aggregates[column.leading]
    return {**entry, "aggregates": aggregates}


def views(saved: Sequence[View], known: Mapping[str, str]) -> list[dict[str, Any]]:
    """Saved views, with the keys of columns for their names; what no run has is left out."""
    return [{"name": text.visible(view.name), "state": _state(view, known)} for view in saved]


def _state(view: View, known: Mapping[str, str]) -> dict[str, Any]:
    def keys(names: Sequence[str]) -> list[str]:
        return [found for name in names if (found := logged.key(known, name))]

    def order(name: str) -> str | None:
        if (found := logged.key(known, name)) or not name.startswith("-"):
            return found
        found = logged.key(known, name[1:])
        return found and f"-{found}"

    state = {
        "query": view.query,
        "sort": [found for name in view.sort if (found := order(name))],
        "columns": keys(view.columns),
        "group": keys(view.group),
        "charts": list(view.charts),
    }
    return {what: value for what, value in state.items() if value}


# --- the columns of an experiment ------------------------------------------------------------------------


def columns(experiment: ExperimentSummary, known: Logged, tolerance: Mapping[str, float] = {}) -> Iterator[Column]:
    """The columns of an experiment: metrics, parameters, tags, and what every run has."""
    for name in select.metrics(experiment.runs, experiment.metric):
        yield _metric(experiment, name, known.metrics[name], tolerance.get(name))
    for name, values in known.params.items():
        yield _param(name, values)
    for name, tags in known.tags.items():
        yield _column("tag", name, text_values(tags))
    yield from _of_runs(experiment)


def _column(kind: str, name: str, values: Values) -> Column:
    [(what, found), *_] = values.items()
    missing = -1 if what == "words" else None
    found = values["places"] if what == "words" else found
    count = len(found) - found.count(missing)
    return Column(kind, name, {"": values}, count, _varies(found))


def _varies(values: Sequence[object]) -> bool:
    return any(value != values[0] for value in values)


def _metric(
    experiment: ExperimentSummary,
    name: str,
    values: Mapping[str, Sequence[Number | str | None]],
    tolerance: float | None,
) -> Column:
    aim = goal.of_metric(experiment, name)
    found = [run.metrics.get(name) for run in experiment.runs]
    if any(isinstance(value, int | float) for value in values["last"]):
        aggregates = {which: numbers(some) for which, some in values.items()}
        leading, shown = aim.aggregate, [*map(_number, values[aim.aggregate])]
    else:
        aggregates = {"last": text_values([None if value is None else str(value) for value in values["last"]])}
        leading, shown = "last", [None] * len(found)
    facts = {
        "goal": aim.better,
        "assumed": aim.assumed,
        "unit": next((metric.unit for metric in found if metric and metric.unit), None),
        "tolerance": tolerance,
        "decimals": number.column(shown),
        # A run that diverged must not look well by its best value.
        "ends": {
            str(row): repr(last)
            for row, (last, value) in enumerate(zip(values["last"], shown, strict=True))
            if isinstance(last, float) and not math.isfinite(last) and last != value and value == value
        },
    }
    count = sum(metric is not None for metric in found)
    return Column("metric", name, aggregates, count, _varies([*aggregates[leading].values()][-1]), leading, facts)


def _param(name: str, values: Sequence[object]) -> Column:
    """A parameter: numbers where it is one in each run that has it, else its texts as logged."""
    present = [value for value in values if value is not MISSING]
    types = set(map(type, present))
    if types <= {int, float} and all(type(one) is float or abs(one) <= _WHOLE for one in present):  # type: ignore[arg-type]
        found = numbers([None if value is MISSING else value for value in values])  # type: ignore[misc]
        return replace(_column("param", name, found), facts={"floats": int not in types})
    return _column("param", name, text_values([None if value is MISSING else text.compact(value) for value in values]))


def _of_runs(experiment: ExperimentSummary) -> Iterator[Column]:
    """What every run has, and the curves of the main metric."""
    runs = experiment.runs
    if experiment.metric:
        curves = [run.metrics.get(experiment.metric) for run in runs]
        sparks = [None if metric is None else list(metric.spark) for metric in curves]
        yield _column("run", "spark", {"sparks": sparks})
    fields = {
        "host": text_values([run.host for run in runs]),
        "commit": text_values([run.commit for run in runs]),
        "duration": numbers([seconds(run) for run in runs]),
        "title": text_values([run.title for run in runs]),
        "status": text_values([status_word(run.status) for run in runs]),
        "started": numbers([began(run) for run in runs]),
        "number": numbers([run.number for run in runs]),
        "parent": text_values([run.parent for run in runs]),
        "id": text_values([run.id for run in runs]),
    }
    for name, values in fields.items():
        yield _column("run", name, values)


@lru_cache(64)  # The same few words come with every run.
def status_word(stored: str | None) -> str | None:
    """The status of a run as pages show it."""
    word = status(stored).word
    return None if word == NONE else word


def seconds(run: RunSummary) -> float | None:
    """How long an ended run took, to the millisecond, as times are stored."""
    span = select.duration(began(run), run.ended)
    return None if span is None else round(span, 3)


# --- values ----------------------------------------------------------------------------------------------


def numbers(values: Sequence[Number | str | None]) -> Values:
    """Numbers as JSON has them; what is not finite is spelled. ``None`` is a missing one, as texts are."""
    if str not in set(map(type, values)) and math.isfinite(sum(filter(None, values))):  # type: ignore[arg-type]
        return {"numbers": list(values)}  # The usual case, at a tenth of the time.
    found = map(_number, values)
    return {"numbers": [value if value is None or math.isfinite(value) else repr(value) for value in found]}


def _number(value: Number | str | None) -> Number | None:
    return None if isinstance(value, str) else value


def text_values(texts: Sequence[str | None]) -> Values:
    """Each text once, and for every run the place of its text; -1 where it has none."""
    known: dict[str | None, int] = {}
    places = [-1 if one is None else known.setdefault(one, len(known)) for one in texts]
    return {"words": [text.visible(word or "") for word in known], "places": places}
