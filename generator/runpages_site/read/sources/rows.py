"""Metrics from rows that are JSON objects, one a step."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runpages.format.records import Series, Value
from runpages.format.spelling import YEARS, moment

_STEPS = ("step", "globalstep", "iteration", "iter", "totaltimesteps", "timesteps", "timetotaltimesteps", "epoch")
"""What counts the rows, the best first."""

_TIMES = ("timestamp", "_timestamp", "wall_time", "time", "datetime", "date")
_SPELLED = {"nan": math.nan, "infinity": math.inf, "inf": math.inf, "-infinity": -math.inf, "-inf": -math.inf}
_FRAGMENT = frozenset(["v", "kind", "project", "run", "metrics"])
"""What a line has that trackio has not yet put into its database."""

_DEEPEST = 5
_PLAIN = re.compile(r"[\W_]+")


def series_of_rows(rows: Iterable[Mapping[str, Any]]) -> dict[str, Series]:
    """The numbers in rows as metrics; rows without a step are counted."""
    found: dict[str, Series] = {}
    for at, row in enumerate(rows):
        flat = dict(_flat(row, "", 0))
        key = counter(name for name, value in flat.items() if _number(value) is not None)
        step = _number(flat.get(key)) if key else at
        clock, time = _time(flat)
        for name, value in flat.items():
            if name in (key, clock) or (known := _value(value)) is None:
                continue
            one = found.setdefault(name, Series(name, [], [], []))
            one.steps.append(at if step is None else step)
            one.times.append(time)
            one.values.append(known)
    return found


def counter(names: Iterable[str]) -> str:
    """The name of what counts the rows, of those that are given; empty where none does."""
    known = {_PLAIN.sub("", name.lower()): name for name in names}
    return next((known[one] for one in _STEPS if one in known), "")


def is_row(row: object) -> bool:
    """Whether a JSON value is a row of metrics: it has a number beside what counts it."""
    if not isinstance(row, dict) or row.keys() >= _FRAGMENT:
        return False
    key = counter(name for name, value in row.items() if _number(value) is not None)
    return bool(key) and any(_value(value) is not None for name, value in row.items() if name != key)


def _flat(row: Mapping[str, Any], before: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _flat(value, f"{before}{key}/", depth + 1)
        else:
            yield f"{before}{key}", value


def _number(value: object) -> float | int | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300
    return value if is_number else None  # type: ignore[return-value]


def _value(value: object) -> Value:
    if isinstance(value, (bool, int, float)):
        return value
    return _SPELLED.get(value.lower()) if isinstance(value, str) else None


def _time(flat: Mapping[str, Any]) -> tuple[str, float | None]:
    """The key with the time of a row, and the time; a duration is none."""
    for key in _TIMES:
        if isinstance(flat.get(key), (str, int, float)):
            try:
                time = moment(str(flat[key]))
            except ValueError:
                continue
            if YEARS[0] <= time < YEARS[1]:
                return key, time
    return "", None
