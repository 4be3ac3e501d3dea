"""A long metric for looking closer: all its points, and levels above them, in chunks that a browser loads on zoom.

The lowest level has the points themselves. A row of each further level stands for eight of the one below and has the
least and the greatest value of them, in the order in which the course goes, so no spike is lost at any level. A chunk
that is full never changes again: what is appended to a metric makes only the ends of its levels anew.
"""

from __future__ import annotations

import math
import struct
import zlib
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, reduce
from itertools import chain
from operator import or_
from typing import Any, NamedTuple, cast

from runpages.format.records import Value

from ..model import Top
from .downsample import all_numbers

FACTOR = 8
"""Rows of a level that are one row of the next."""

CHUNK = 16_384
"""Values of a chunk: so many points, or half as many rows with two values each."""

FIRST = 8_192
"""The most values of the highest level, which is loaded first."""

NAN, INF, MINUS_INF = 1, 2, 4
"""The flags of a row: what it holds that is no finite number."""

_FLOAT32_MOST, _FLOAT32_LEAST = 3e38, 1e-37
# A chart of a thousand pixels shows no error that is a sixteen-thousandth of its height: 2^-24 of the greatest value,
# the error of 32 bits, is that where the values differ by 2^-10 of it.
_FLOAT32_SPAN = 2.0**-10


class Chunk(NamedTuple):
    """Some rows of a level, as JSON values.

    ``data`` is compressed, in base64, and holds in this order: the values, as 8 bytes where they are ``wide``, else as
    4; the steps as 8 bytes, unless ``step`` has the first and the distance from each to the next; the times of every
    eighth row as 4 bytes, in ms after ``time``; the flags of the rows where there are ``flags``. The bytes of each
    column of numbers are sorted by their place in a number, the lowest first.
    """

    level: int
    place: int
    data: dict[str, Any]


class _Rows(NamedTuple):
    """Columns of one length; ``values`` has one for each row on the lowest level, else two."""

    steps: array[float]
    times: array[float]
    values: array[float]
    flags: bytearray


class Axis:
    """Steps and times as columns, which metrics that are logged together have in common and are made once."""

    def __init__(self) -> None:
        self._of: tuple[Sequence[float | int], Sequence[float | None]] = (), ()
        self._made: tuple[array[float], array[float], bool] = array("d"), array("d"), True

    def of(
        self, steps: Sequence[float | int], times: Sequence[float | None]
    ) -> tuple[array[float], array[float], bool]:
        """The columns of steps and times, and whether no step goes back."""
        if self._of != (steps, times):
            column = _steps(steps)
            in_order = column.tolist()
            self._of, self._made = (steps, times), (column, _doubles(times), sorted(in_order) == in_order)
        return self._made


class Pyramid:
    """The levels of one metric, whose points come in the order of their steps."""

    def __init__(self, state: Mapping[str, Any] | None = None, axis: Axis | None = None) -> None:
        """Begin, or go on from the ``state`` of an earlier pyramid; ``axis`` is that of all metrics of a file."""
        state = state or {}
        self._axis = axis or Axis()
        self.lost: bool = state.get("lost", False)
        """Whether there can be none: a step goes back, or a value is a text."""
        self._count: int = state.get("count", 0)
        self._start: float = state.get("start", math.nan)
        self._end: float = state.get("end", -math.inf)
        self._last: float = state.get("last", math.nan)
        self._levels = [_Level(at, known) for at, known in enumerate(state.get("levels", ()))]

    def state(self) -> dict[str, Any]:
        """What another pyramid needs to go on, fit for a JSON document of the format."""
        return {
            "lost": self.lost,
            "count": self._count,
            "start": self._start,
            "end": self._end,
            "last": self._last,
            "levels": [level.state() for level in self._levels],
        }

    def full(self) -> Iterator[tuple[int, int]]:
        """The level and the place of each chunk that was given and never changes."""
        return ((at, place) for at, level in enumerate(self._levels) for place in range(level.given))

    def add(
        self, steps: Sequence[float | int], times: Sequence[float | None], values: Sequence[Value]
    ) -> Iterator[Chunk]:
        """Take the next points in, times in seconds; gives the chunks that are full now."""
        if self.lost or not steps:
            return
        stands, moments, in_order = self._axis.of(steps, times)
        if not in_order or stands[0] < self._end:
            self.lost = True
            return
        try:
            numbers = _doubles(values)
        except TypeError:
            self.lost = True
            return
        rows = _Rows(stands, moments, numbers, bytearray(len(numbers)) if all_numbers(values) else _flags(numbers))
        if not self._count:
            self._start = rows.times[0]
        self._count += len(steps)
        self._end, self._last = rows.steps[-1], rows.times[-1]
        yield from _feed(self._levels, 0, rows)

    def top(self) -> Top:
        """What is known of the whole."""
        return Top(self._count, _height(self._count), _known(self._start), (self._end, _known(self._last)))

    def ends(self) -> Iterator[Chunk]:
        """The chunks that are not full yet; more points can still be added."""
        height = _height(self._count)
        levels = [level.copy() for level in self._levels[:height]]
        levels += [_Level(at, {}) for at in range(len(levels), height)]
        for at, level in enumerate(levels):
            while taken := level.take(partly=True):
                chunk, above = _chunk(at, *taken)
                yield chunk
                if at + 1 < height:
                    levels[at + 1].extend(above)


class _Level:
    """The rows of a level that do not fill a chunk yet, and how many chunks there were."""

    def __init__(self, at: int, state: Mapping[str, Any]) -> None:
        self.at = at
        self.given: int = state.get("given", 0)
        self._rows = _Rows(
            _unpacked(state.get("steps", "")), _unpacked(state.get("times", "")), _unpacked(state.get("values", "")),
            bytearray(b64decode(state.get("flags", ""))),
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        columns = {name: b64encode(column).decode() for name, column in self._rows._asdict().items()}
        return {"given": self.given, **columns}

    def copy(self) -> _Level:
        copy = _Level(self.at, {"given": self.given})
        copy.extend(self._rows)
        return copy

    def extend(self, rows: _Rows) -> None:
        steps, times, values, flags = self._rows
        steps.extend(rows.steps)
        times.extend(rows.times)
        values.extend(rows.values)
        flags.extend(rows.flags)

    def take(self, *, partly: bool = False) -> tuple[int, _Rows] | None:
        """Place and rows of the next chunk; None where they do not fill one, or, with ``partly``, if there are none."""
        per = 2 if self.at else 1
        size = CHUNK // per
        if len(self._rows.steps) < (1 if partly else size):
            return None
        steps, times, values, flags = self._rows
        taken = _Rows(steps[:size], times[:size], values[: size * per], flags[:size])
        del steps[:size], times[:size], values[: size * per], flags[:size]
        self.given += 1
        return self.given - 1, taken


def _feed(levels: list[_Level], at: int, rows: _Rows) -> Iterator[Chunk]:
    if at == len(levels):
        levels.append(_Level(at, {}))
    levels[at].extend(rows)
    while full := levels[at].take():
        chunk, above = _chunk(at, *full)
        yield chunk
        yield from _feed(levels, at + 1, above)


def _chunk(level: int, place: int, rows: _Rows) -> tuple[Chunk, _Rows]:
    """Rows of a level as a chunk, and those of the next level that stand for them."""
    # A list, since an array makes its numbers anew for each that looks at them.
    values = rows.values.tolist()
    above = _fold(rows, values, level)
    return Chunk(level, place, _data(rows, values, above)), above


def _height(count: int) -> int:
    """How many levels there are."""
    levels, rows = 1, count
    while rows * min(levels, 2) > FIRST:
        levels, rows = levels + 1, -(-rows // FACTOR)
    return levels


def _known(time: float) -> float | None:
    return None if math.isnan(time) else time


# --- rows -------------------------------------------------------------------------------------------------


def _steps(steps: Sequence[float | int]) -> array[float]:
    try:
        return _column("d", list(map(float, steps)))
    except OverflowError:
        return _doubles(steps)


def _doubles(values: Sequence[Value]) -> array[float]:
    """Values as a column. Raises TypeError where one is a text."""
    try:
        return _column("d", cast(Sequence[float], values))
    except (struct.error, OverflowError):  # A value is None or a text, or larger than any float.
        return array("d", map(_number, values))


def _column(code: str, numbers: Sequence[float]) -> array[float]:
    # An array that is made of the numbers themselves takes several times as long.
    return array(code, struct.pack(f"{len(numbers)}{code}", *numbers))


def _number(value: Value) -> float:
    if value is None:
        return math.nan
    if isinstance(value, str):
        raise TypeError(value)
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _flags(values: array[float]) -> bytearray:
    return bytearray(
        0 if math.isfinite(value) else NAN if value != value else INF if value > 0 else MINUS_INF for value in values
    )


def _fold(rows: _Rows, numbers: list[float], level: int) -> _Rows:
    """The rows of the next level; those of the last, which may be fewer than eight, count as if they were repeated."""
    per = 2 if level else 1
    span = FACTOR * per
    missing = -len(rows.flags) % FACTOR
    values = numbers + numbers[-per:] * missing if missing else numbers
    flags = rows.flags + rows.flags[-1:] * missing
    together = zip(*[values[at::span] for at in range(span)], strict=True)
    if _any(flags):
        pairs = list(chain.from_iterable(map(_extremes, together)))
        flags = bytearray(reduce(or_, some) for some in zip(*[flags[at::FACTOR] for at in range(FACTOR)], strict=True))
    else:
        pairs = _ranges(together)
        flags = bytearray(len(pairs) // 2)
    return _Rows(rows.steps[::FACTOR], rows.times[::FACTOR], _column("d", pairs), flags)


def _ranges(together: Iterable[tuple[float, ...]]) -> list[float]:
    """The least and the greatest of some finite values after the other, in the order of the course."""
    pairs: list[float] = []
    for some in together:
        low = high = some[0]
        for value in some:  # In less time than min and max take.
            if value < low:
                low = value
            elif value > high:
                high = value
        pairs += (low, high) if some[0] <= some[-1] else (high, low)
    return pairs


def _any(flags: bytearray) -> bool:
    """Whether a row has one; ten times as fast as what looks at each of them."""
    return flags.count(0) < len(flags)


def _extremes(values: Sequence[float]) -> tuple[float, float]:
    """The least and the greatest finite value, in the order of the course."""
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return math.nan, math.nan
    low, high = min(finite), max(finite)
    return (low, high) if finite[0] <= finite[-1] else (high, low)


# --- bytes ------------------------------------------------------------------------------------------------


def _data(rows: _Rows, values: list[float], above: _Rows) -> dict[str, Any]:
    # The rows above have the least and the greatest of all values.
    wide = not _fits_float32(above.values.tolist())
    step = _progression(rows.steps)
    times = rows.times[::FACTOR]
    timed = not any(map(math.isnan, times))
    flagged = _any(rows.flags)
    parts = [
        _sorted_bytes(rows.values if wide else _column("f", values)),
        b"" if step else _sorted_bytes(rows.steps),
        _sorted_bytes(_column("f", [(time - times[0]) * 1000 for time in times])) if timed else b"",
        rows.flags if flagged else b"",
    ]
    return {
        "rows": len(rows.steps),
        "wide": wide,
        "step": step,
        "time": times[0] * 1000 if timed else None,
        "flags": flagged,
        "data": b64encode(zlib.compress(b"".join(parts), 1)).decode(),
    }


def _fits_float32(values: list[float]) -> bool:
    """Whether a chart of numbers of 32 bits looks like one of these."""
    finite = values if math.isfinite(sum(values)) else [value for value in values if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    most = max(-low, high)
    return _FLOAT32_LEAST < most < _FLOAT32_MOST and not 0 < low < _FLOAT32_LEAST and high - low >= most * _FLOAT32_SPAN


def _progression(steps: array[float]) -> tuple[float, float] | None:
    """The first step and the way from each to the next, where that is the same whole number."""
    first, way = steps[0], steps[1] - steps[0] if len(steps) > 1 else 1.0
    if not (first.is_integer() and way.is_integer() and way and steps[-1] == first + way * (len(steps) - 1)):
        return None
    even = _bytes_of(range(int(first), int(first + way * len(steps)), int(way)))
    return (first, way) if even == steps.tobytes() else None


@lru_cache(2)  # The chunks of metrics that are logged together are full one after the other.
def _bytes_of(steps: range) -> bytes:
    """Steps as the bytes of a column."""
    return _column("d", list(map(float, steps))).tobytes()


def _sorted_bytes(column: array[float]) -> bytes:
    """The lowest byte of each number, then the next of each: what is alike stands together, and compresses."""
    raw = column.tobytes()  # Little-endian on every machine that Python has wheels for.
    return b"".join(raw[at :: column.itemsize] for at in range(column.itemsize))


def _unpacked(text: str) -> array[float]:
    return array("d", b64decode(text))
