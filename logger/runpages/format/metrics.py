"""The bytes of ``metrics*.csv`` files into series: any prefix of a file is read, a bad line is told and left out."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from io import BytesIO
from operator import itemgetter
from typing import NamedTuple

from .records import Problem, Series, Value
from .rows import Block, Steps, Times
from .stream import SHOWN as SHOWN
from .stream import Stream


class Points(NamedTuple):
    """The points of one file: name -> (steps, times, values), and the bad lines to tell."""

    series: Block
    problems: list[Problem]


def parse(data: bytes, file: str, *, growing: bool = False, by_hand: bool = False) -> Points:
    """Read one metrics file that is in memory; what counts as torn is said at ``Stream``."""
    return collect(Stream(BytesIO(data), file, growing=growing, by_hand=by_hand))


def collect(stream: Stream) -> Points:
    """Put all that a stream reads into one series a name."""
    found: Block = {}
    for block in stream:
        _extend(found, block)
    _extend(found, stream.tail)
    return Points(found, stream.problems)


def _extend(found: Block, block: Block) -> None:
    for name, points in block.items():
        series = found.setdefault(name, points)
        if series is not points:
            series[0].extend(points[0])
            series[1].extend(points[1])
            series[2].extend(points[2])


def merge(files: list[tuple[str, Block]]) -> dict[str, Series]:
    """Fold the points of several writers, given as (writer, points), into one series a name.

    Points are merged by the running maximum of time, then by writer, so a clock that goes back never reorders
    the points of one writer.
    """
    names = dict.fromkeys(name for _, points in files for name in points)
    merged = {}
    for name in names:
        parts = [(writer, points[name]) for writer, points in files if name in points]
        if len(parts) == 1:
            merged[name] = Series(name, *parts[0][1])
            continue
        rows = list(heapq.merge(*(_timed(writer, *part) for writer, part in parts), key=itemgetter(0, 1)))
        merged[name] = Series(name, [r[2] for r in rows], [r[3] for r in rows], [r[4] for r in rows])
    return merged


def _timed(
    writer: str, steps: Steps, times: Times, values: list[Value]
) -> Iterator[tuple[float, str, float | int, float | None, Value]]:
    latest = -math.inf
    for step, time, value in zip(steps, times, values, strict=True):
        latest = latest if time is None else max(latest, time)
        yield latest, writer, step, time, value
