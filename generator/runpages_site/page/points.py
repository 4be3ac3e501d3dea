"""The points of a run's charts as a data script, which a page asks for when the first of its charts is touched."""

from __future__ import annotations

import math
from collections.abc import Sequence

from runpages.format.records import Series, Value

from .data import script


def points_script(curves: Sequence[Series]) -> bytes:
    """The points of ``curves``, by step. Columns that several metrics share stand once.

    Times are milliseconds since the epoch: the first, then the way from each to the next. What is no finite number is
    ``"nan"``, ``"inf"`` or ``"-inf"``, which JSON has no numbers for. ``thinned``
    marks a metric of which these are not all points.
    """
    steps: dict[tuple[float | int, ...], int] = {}
    times: dict[tuple[float | None, ...], int] = {}
    series = [
        {
            "name": one.name,
            "x": "index" if one.declared.kind == "list" else "step",
            "steps": steps.setdefault(tuple(one.steps), len(steps)),
            "times": times.setdefault(tuple(one.times), len(times)) if any(map(_known, one.times)) else None,
            "values": _values(one.values),
            **({"thinned": True} if one.whole else {}),
        }
        for one in curves
    ]
    return script(
        "points", {"steps": [list(column) for column in steps], "times": list(map(_ways, times)), "series": series}
    )


def _known(time: float | None) -> bool:
    return time is not None


def _ways(times: Sequence[float | None]) -> tuple[int, list[int | None]]:
    base = round(next(time for time in times if time is not None) * 1000)
    ways: list[int | None] = []
    at = base
    for time in times:
        here = None if time is None else round(time * 1000)
        ways.append(None if here is None else here - at)
        at = at if here is None else here
    return base, ways


def _values(values: Sequence[Value]) -> Sequence[Value]:
    try:
        if math.isfinite(sum(values)):  # type: ignore[arg-type]
            return values
    except (TypeError, OverflowError):
        pass
    return [_value(value) for value in values]


def _value(value: Value) -> Value:
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value
