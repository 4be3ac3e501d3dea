"""One metric of any length in bounded memory: all its points while they are few, then what a chart needs of them.

A long series is cut into stretches of steps, whose width is a power of two and doubles as the series grows. Of each
stretch the first, the last, the least and the greatest point stay, and the first of each kind that is no number, so no
spike is lost and no gap closes (the M4 aggregation of Jugel et al., VLDB 2014, made to grow). The stretches are the
same in whatever pieces the points come, so a series that grew gives what the whole of it gives at once.
"""

from __future__ import annotations

import heapq
import math
from array import array
from base64 import b64decode, b64encode
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, repeat
from operator import floordiv, itemgetter
from typing import Any, NamedTuple

from runpages.format.records import Declaration, Series, Value, Whole

from ..select import Sum, numbers

FEW = 4_096
"""Points of a series that are all kept."""

STRETCHES = 1_024
"""The most stretches of a long series."""

HEAD = 100
"""The first points of a long series, which a table shows, are kept as well."""

# The exponents of the narrowest stretch, which steps that lie nearer share, and of the widest that is a float.
_NARROWEST, _WIDEST = -64, 1_023
_WHOLE = 2**53

Point = tuple[float | int, int, float | None, Value]
"""Step, place in the file, time, value."""

Columns = tuple[Sequence[float | int], Sequence[float | None], Sequence[Value]]
"""Steps, times and values, of one length."""

_order = itemgetter(0, 1)
_value = itemgetter(3)


class Digest:
    """The points of one metric in one file, folded block by block."""

    def __init__(self, state: Mapping[str, Any] | None = None) -> None:
        """Begin, or go on from the ``state`` of an earlier digest."""
        self.count: int = 0
        self._tally: dict[str, int] = {}
        self._sum = Sum()
        self._columns: tuple[list[float | int], list[float | None], list[Value]] = ([], [], [])
        self._head: list[Point] = []
        self._exponent: int | None = None
        self._stretches: dict[int, dict[str, Point]] = {}
        if state:
            self.count, self._tally, self._exponent = state["count"], dict(state["tally"]), state["exponent"]
            self._sum = Sum(*state["sum"])  # Notes of an earlier version lack it, and are refused.
            self._columns = (_unpacked(state["steps"]), _unpacked(state["times"]), _unpacked(state["values"]))
            self._head = [_point(point) for point in state["head"]]
            self._stretches = _restored(state["stretches"])

    def state(self) -> dict[str, Any]:
        """What another digest needs to go on, fit for a JSON document of the format."""
        steps, times, values = self._columns
        return {
            "count": self.count,
            "tally": dict(self._tally),
            "sum": list(self._sum),
            "steps": list(steps),
            "times": _packed(times),
            "values": _packed(values),
            "head": list(self._head),
            "exponent": self._exponent,
            "stretches": _noted(self._stretches),
        }

    def add(self, steps: Sequence[float | int], times: Sequence[float | None], values: Sequence[Value]) -> None:
        """Fold the next points of the file in; the three have one length."""
        if not steps:
            return
        if self._exponent is None:
            self._columns[0].extend(steps)
            self._columns[1].extend(times)
            self._columns[2].extend(values)
            self.count += len(steps)
            if self.count > FEW:
                self._begin_stretches()
            return
        self._fold(self.count, steps, times, values)
        self.count += len(steps)

    def columns(self) -> Columns:
        """The points that are kept: all of them as in the file, or those of the stretches by step."""
        if self._exponent is None:
            return self._columns
        kept = {point[1]: point for roles in self._stretches.values() for point in roles.values()}
        kept |= {point[1]: point for point in self._head}
        steps, _, times, values = zip(*sorted(kept.values(), key=_order), strict=True)
        return steps, times, values

    def tally(self) -> Mapping[str, int]:
        """How many points are no finite number, by their kind."""
        if self._exponent is not None:
            return self._tally
        values = self._columns[2]
        return {} if all_numbers(values) else Counter(filter(None, map(_kind, values)))

    def sum(self) -> Sum:
        """The sum of all finite values, in the order of the file."""
        return self._sum if self._exponent is not None else Sum().plus(numbers(self._columns[2]))

    def _begin_stretches(self) -> None:
        steps, times, values = self._columns
        self._columns = ([], [], [])
        self._exponent = _narrowest(list(map(float, steps)))
        self._fold(0, steps, times, values)

    def _fold(
        self, first: int, steps: Sequence[float | int], times: Sequence[float | None], values: Sequence[Value]
    ) -> None:
        """Fold the points in, of which the ``first`` has that place in the file."""
        assert self._exponent is not None
        known = numbers(values)
        self._sum = self._sum.plus(known)
        are_numbers = known is values or all_numbers(values)
        places: Sequence[int] = range(first, first + len(steps))
        if not _is_sorted(steps):
            order = sorted(range(len(steps)), key=steps.__getitem__)
            steps, times, values, places = ([column[at] for at in order] for column in (steps, times, values, places))  # type: ignore[assignment]
        columns = _Columns(steps, places, times, values)
        if len(self._head) < HEAD or steps[0] < self._head[-1][0]:
            self._head = sorted([*self._head, *columns.points(0, HEAD)], key=_order)[:HEAD]
        exact = _exact(steps)
        while self._exponent < _least(exact[0], exact[-1]):
            self._widen()
        pieces = _pieces(exact, self._exponent)
        # First to the width that they will have, so that no stretch is made only to be joined.
        while len(self._stretches) + len(pieces.keys() - self._stretches.keys()) > STRETCHES:
            self._widen()
            pieces = _pieces(exact, self._exponent)
        if are_numbers:  # The usual case: only the points that stay are made.
            _fold_numbers(self._stretches, pieces, columns)
            return
        for at, (start, end) in pieces.items():
            _fold_stretch(self._stretches.setdefault(at, {}), columns, start, end, self._tally)

    def _widen(self) -> None:
        assert self._exponent is not None
        self._exponent += 1
        narrow, self._stretches = self._stretches, {}
        for at, roles in narrow.items():
            half = self._stretches.get(at // 2)
            if half is None:
                self._stretches[at // 2] = roles
            else:
                self._stretches[at // 2] = _joined(half, roles) if at % 2 else _joined(roles, half)


def series(name: str, declared: Declaration, digests: Sequence[Digest]) -> Series:
    """The series, by step, that the digests of one metric make together, one for each writer in the order of writers.

    Points of one step keep the order of the file; of several writers they are in the order of their times.
    """
    if len(digests) == 1 and digests[0].count <= FEW:
        return Series(name, *_by_step(digests[0].columns()), declared)
    columns = digests[0].columns() if len(digests) == 1 else _merged([digest.columns() for digest in digests])
    if len(digests) > 1 and len(columns[0]) > FEW:
        again = Digest()
        again.add(*columns)
        columns = again.columns()
    whole = counted(digests)
    thinned = whole.points > len(columns[0])
    return Series(name, *_by_step(columns), declared, whole._replace(mean=_mean(digests)) if thinned else None)


def counted(digests: Sequence[Digest]) -> Whole:
    """How many points some digests of one metric stand for."""
    return Whole(sum(digest.count for digest in digests), **_sums([digest.tally() for digest in digests]))


def _mean(digests: Sequence[Digest]) -> float | None:
    """The mean of all finite values; None if there are none, nan if their sum is larger than any float."""
    sums = [digest.sum() for digest in digests]
    found = Sum().plus([one.total for one in sums])._replace(known=sum(one.known for one in sums))
    return found.mean if math.isfinite(found.total) else math.nan


def _by_step(columns: Columns) -> tuple[list[float | int], list[float | None], list[Value]]:
    steps, times, values = columns
    ordered = sorted(steps)
    if ordered == list(steps):
        return ordered, list(times), list(values)
    order = sorted(range(len(steps)), key=steps.__getitem__)
    return ordered, [times[at] for at in order], [values[at] for at in order]


def _merged(writers: Sequence[Columns]) -> Columns:
    """The points of several writers by the running maximum of their times, then by writer."""
    rows = list(heapq.merge(*(_timed(at, columns) for at, columns in enumerate(writers)), key=itemgetter(0, 1)))
    return [row[2] for row in rows], [row[3] for row in rows], [row[4] for row in rows]


def _timed(writer: int, columns: Columns) -> Iterator[tuple[float, int, float | int, float | None, Value]]:
    steps, times, values = columns
    latest = accumulate((-math.inf if time is None else time for time in times), max)
    return zip(latest, [writer] * len(steps), steps, times, values, strict=True)


def _sums(tallies: Sequence[Mapping[str, int]]) -> dict[str, int]:
    return {kind: sum(tally.get(kind, 0) for tally in tallies) for kind in ("nan", "inf", "minus_inf", "null")}


# --- what is noted ---------------------------------------------------------------------------------------


def _noted(stretches: Mapping[int, Mapping[str, Point]]) -> list[str | list[Any]]:
    """The points of stretches, each with its stretch and role, by column."""
    rows = [(at, role, *point) for at, roles in stretches.items() for role, point in roles.items()]
    return list(map(_packed, zip(*rows, strict=True)))


def _restored(noted: Sequence[str | list[Any]]) -> dict[int, dict[str, Point]]:
    stretches: dict[int, dict[str, Point]] = {}
    for at, role, step, place, time, value in zip(*map(_unpacked, noted), strict=True):
        stretches.setdefault(at, {})[role] = step, place, time, value
    return stretches


def _packed(column: Sequence[Any]) -> str | list[Any]:
    """A column that holds floats only as their bytes, which take a tenth of the time to write; others as a list."""
    if {float}.issuperset(map(type, column)):
        return b64encode(array("d", column)).decode()
    return list(column)


def _unpacked(column: str | Sequence[Any]) -> list[Any]:
    return array("d", b64decode(column)).tolist() if isinstance(column, str) else list(column)


# --- stretches --------------------------------------------------------------------------------------------


def _narrowest(steps: Sequence[float]) -> int:
    """The least exponent of two with which the steps lie in no more stretches than there may be."""
    low, high = min(steps), max(steps)
    least = _least(low, high)
    # Of this width they are never too many, as those at both ends may be cut.
    fits = math.frexp((high - low) / (STRETCHES - 2))[1] if math.isfinite(high - low) else _WIDEST
    exponent = max(min(fits, _WIDEST), least)
    while exponent > least and len(set(map(floordiv, steps, repeat(2.0 ** (exponent - 1))))) <= STRETCHES:
        exponent -= 1
    return exponent


def _least(low: float, high: float) -> int:
    """The least exponent of a width that steps between two can be divided by without a loss."""
    return max(_NARROWEST, math.frexp(max(-low, high))[1] - 53)


class _Columns(NamedTuple):
    """Points that are sorted by step, a list for each of their parts."""

    steps: Sequence[float | int]
    places: Sequence[int]
    times: Sequence[float | None]
    values: Sequence[Value]

    def points(self, start: int, end: int) -> list[Point]:
        """Some of the points."""
        return list(zip(*(column[start:end] for column in self), strict=True))

    def point(self, at: int) -> Point:
        """One of them."""
        return self.steps[at], self.places[at], self.times[at], self.values[at]


def _is_sorted(steps: Sequence[float | int]) -> bool:
    return (isinstance(steps, range) and steps.step > 0) or sorted(steps) == steps


def _exact(steps: Sequence[float | int]) -> Sequence[float]:
    """Steps that are sorted as floats, or as whole numbers that are no others as floats."""
    if isinstance(steps, range) and steps[0] >= -_WHOLE and steps[-1] <= _WHOLE:
        return steps
    return list(map(float, steps))


def _pieces(steps: Sequence[float], exponent: int) -> dict[int, tuple[int, int]]:
    """Where in some sorted steps each stretch of a width begins and ends."""
    found = {}
    at, count, width = 0, len(steps), 2.0**exponent
    while at < count:
        if isinstance(steps, range) and exponent >= 0:
            stretch = steps[at] >> exponent
            end = min(-((steps.start - ((stretch + 1) << exponent)) // steps.step), count)
        else:
            stretch = int(steps[at] // width)  # A quotient may be so small that it is no number below 0.
            end = bisect_left(steps, (stretch + 1) * width, at)
        found[stretch] = at, end
        at = end
    return found


def _joined(left: dict[str, Point], right: dict[str, Point]) -> dict[str, Point]:
    """The points of a stretch and of the one after it, whose steps are all greater, as those of one."""
    joined = {**right, **left, "last": right["last"]}
    if "low" in left and "low" in right:
        joined["end"] = right["end"]
        if right["low"][3] < left["low"][3]:  # type: ignore[operator]
            joined["low"] = right["low"]
        if right["high"][3] > left["high"][3]:  # type: ignore[operator]
            joined["high"] = right["high"]
    return joined


def _fold_numbers(
    stretches: dict[int, dict[str, Point]], pieces: Mapping[int, tuple[int, int]], columns: _Columns
) -> None:
    """Fold points in that are all finite numbers; ``pieces`` are those of each stretch."""
    steps, places, times, values = columns
    for stretch, (start, end) in pieces.items():
        part: Sequence[Any] = values[start:end]
        first = last = low = high = steps[start], places[start], times[start], part[0]
        if end - start > 1:
            at = end - 1
            last = steps[at], places[at], times[at], part[-1]
            at = start + part.index(min(part))
            low = steps[at], places[at], times[at], values[at]
            at = start + part.index(max(part))
            high = steps[at], places[at], times[at], values[at]
        found: dict[str, Point] = {"first": first, "last": last, "low": low, "high": high, "end": last}
        roles = stretches.setdefault(stretch, found)
        if roles is not found:
            for role, point in found.items():
                _settle(roles, role, point)


def _fold_stretch(roles: dict[str, Point], columns: _Columns, start: int, end: int, tally: dict[str, int]) -> None:
    """Fold points of one stretch in."""
    _settle(roles, "first", columns.point(start))
    _settle(roles, "last", columns.point(end - 1))
    numbers = []
    for point in columns.points(start, end):
        kind = _kind(point[3])
        if kind is None:
            numbers.append(point)
            continue
        tally[kind] = tally.get(kind, 0) + 1
        _settle(roles, kind, point)
    if numbers:
        _settle(roles, "low", min(numbers, key=_value))
        _settle(roles, "high", max(numbers, key=_value))
        _settle(roles, "end", numbers[-1])


def all_numbers(values: Sequence[Value]) -> bool:
    """Whether all values are finite numbers."""
    try:
        return math.isfinite(sum(values))  # type: ignore[arg-type]
    except (TypeError, OverflowError):
        return False


def _settle(roles: dict[str, Point], role: str, point: Point) -> None:
    """Of two points in one role keep the one that it is for; of equals, the earlier."""
    held = roles.get(role)
    if held is None or _takes(role, point, held):
        roles[role] = point


def _takes(role: str, point: Point, held: Point) -> bool:
    if role in ("last", "end"):
        return point[:2] > held[:2]
    if role == "low" and point[3] != held[3]:
        return point[3] < held[3]  # type: ignore[operator]
    if role == "high" and point[3] != held[3]:
        return point[3] > held[3]  # type: ignore[operator]
    return point[:2] < held[:2]


def _kind(value: Value) -> str | None:
    """What a value is that has no place among numbers; None for a number."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return "text"
    if value != value:
        return "nan"
    return {math.inf: "inf", -math.inf: "minus_inf"}.get(value)


def _point(point: Sequence[Any]) -> Point:
    step, place, time, value = point
    return step, place, time, value
