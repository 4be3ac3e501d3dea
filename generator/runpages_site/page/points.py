"""The points of a run's charts as a data script, which a page asks for when the first of its charts is touched."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runpages.format.records import Series, Strand, Value

from ..model import PyramidPlace
from .data import script
from .strands import drawn_strands, look


def points_script(curves: Sequence[Series], pyramids: Mapping[str, PyramidPlace] = {}) -> bytes:
    """The points of ``curves``, by step; of a metric with a pyramid where that lies. Shared columns stand once.

    Times are milliseconds since the epoch: the first, then the way from each to the next. What is no finite number is
    ``"nan"``, ``"inf"`` or ``"-inf"``, which JSON has no numbers for. ``thinned`` marks a metric of which these are not
    all points. ``strands`` are its further lines. A line without a ``label`` is drawn, and in no table. ``start`` is
    the time of the first point of all.
    """
    steps: dict[tuple[float | int, ...], int] = {}
    times: dict[tuple[float | None, ...], int] = {}

    def points(one: Series | Strand) -> dict[str, Any]:
        return {
            "steps": steps.setdefault(tuple(one.steps), len(steps)),
            "times": times.setdefault(tuple(one.times), len(times)) if any(map(_known, one.times)) else None,
            "values": _values(one.values),
        }

    def strand(one: Strand) -> dict[str, Any]:
        return {"label": None if one.role in ("low", "high") else one.label, **look(one), **points(one)}

    series = [
        {
            "name": one.name,
            "x": "index" if one.declared.kind == "list" else "step",
            **({"thinned": True} if one.whole or any(strand.whole for strand in one.strands) else {}),
            **({"pyramid": _pyramid(pyramids[one.name])} if one.name in pyramids else points(one)),
            **_lines(one),
            "end": _ms(pyramids[one.name].top.end[1] if one.name in pyramids else next(reversed(one.times), None)),
            "strands": list(map(strand, drawn_strands(one))),
        }
        for one in curves
    ]
    begins = [time for one in curves for time in _begins(one, pyramids.get(one.name)) if time is not None]
    return script(
        "points",
        {
            "steps": [list(column) for column in steps],
            "times": list(map(_ways, times)),
            "start": _ms(min(begins, default=None)),
            "series": series,
        },
    )


def _begins(one: Series, pyramid: PyramidPlace | None) -> Iterator[float | None]:
    """The time of the first point of each line that has one."""
    yield pyramid.top.start if pyramid else next(filter(_known, one.times), None)
    for strand in one.strands:
        yield next(filter(_known, strand.times), None)


def _ms(time: float | None) -> int | None:
    return None if time is None else round(time * 1000)


def _lines(one: Series) -> dict[str, Any]:
    """What the curve is beside its strands: nothing where these are the ranks that it is the mean of."""
    if one.of_role("rank"):
        return {"ranks": True, "label": None}
    return {"ranks": False, "label": "mean" if one.of_role("low") else ""}


def chunk_script(chunk: Mapping[str, Any]) -> bytes:
    """A chunk of a pyramid as a data script."""
    return script("chunk", chunk)


def _pyramid(place: PyramidPlace) -> dict[str, Any]:
    """Times are milliseconds since the epoch."""
    top = place.top
    step, time = top.end
    return {
        "folder": place.folder,
        "version": place.version,
        "points": top.points,
        "levels": top.levels,
        "start": None if top.start is None else top.start * 1000,
        "end": [step, None if time is None else time * 1000],
    }


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
