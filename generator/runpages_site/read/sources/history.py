"""Collects metrics whose values are logged one by one, in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from runpages.format import layout
from runpages.format.records import Declaration, Series, Value
from runpages.format.spelling import moment

from ..downsample import Digest
from ..downsample import series as merged
from ..source import PointSink

DEEPEST = 20
"""Names in names of what is logged nested."""

_BLOCK = 1_024
_SPELLED = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class Metrics:
    """The metrics of a run, by name."""

    def __init__(self, sink: PointSink | None) -> None:
        self._sink = sink
        self._by_name: dict[str, _Metric] = {}
        if sink is not None:
            sink.begin()

    def add(self, name: str, step: float, time: float | None, value: Value) -> None:
        """Take the next point of a metric."""
        if name not in self._by_name:
            self._by_name[name] = _Metric(name, self._sink)
        self._by_name[name].add(step, time, value)

    def series(self, goals: Mapping[str, str] = {}) -> dict[str, Series]:
        """All of them, thinned where they are long."""
        return {name: metric.series(goals.get(name)) for name, metric in self._by_name.items()}


class _Metric:
    """One metric, whose points are folded block by block."""

    def __init__(self, name: str, sink: PointSink | None) -> None:
        self._name = name
        self._sink = sink
        self._digest = Digest()
        self._columns: tuple[list[float | int], list[float | None], list[Value]] = ([], [], [])

    def add(self, step: float, time: float | None, value: Value) -> None:
        """Take the next point."""
        steps, times, values = self._columns
        steps.append(step)
        times.append(time)
        values.append(value)
        if len(steps) >= _BLOCK:
            self._fold()

    def series(self, goal: str | None) -> Series:
        """All of it, thinned where it is long."""
        self._fold()
        return merged(self._name, Declaration(goal=goal), [self._digest])

    def _fold(self) -> None:
        if self._sink is not None:
            self._sink.add(self._name, [self._digest], self._columns)
        self._digest.add(*self._columns)
        self._columns = ([], [], [])


def number(value: object) -> Value:
    """A value as the number that it is or spells; None for anything else."""
    if isinstance(value, (bool, int, float)):
        return value
    return _SPELLED.get(value) if isinstance(value, str) else None


def time_of(value: object) -> float | None:
    """A time that is spelled as ISO 8601 does, in UTC if it has no zone; None for anything else."""
    try:
        time = moment(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return time if time is not None and layout.EARLIEST < time < layout.LATEST else None


def leaves(tree: Mapping[str, Any], before: str = "", depth: int = 0, *, joint: str = ".") -> Iterator[tuple[str, Any]]:
    """What is logged under the names of a tree, which are joined; an object with a ``_type`` is one thing."""
    for key, value in tree.items():
        if isinstance(value, dict) and "_type" not in value and depth < DEEPEST:
            yield from leaves(value, f"{before}{key}{joint}", depth + 1, joint=joint)
        else:
            yield before + key, value
