"""What the axes of a chart reach from and to, and where on them values and ticks lie."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from .curve import Curve
from .glyph import width
from .plot import ACROSS, BOTTOM, PIXEL, TOP
from .ticks import Tick, linear, logarithmic
from .words import say

_LARGEST, _SMALLEST = sys.float_info.max, math.ulp(0.0)
_LARGEST_LOG = math.log10(_LARGEST) - 1e-12


_NEAR = 2.0**-1000


class Axis(NamedTuple):
    """An axis: what it reaches from and to, where that lies in the inner drawing, and its ticks with their places."""

    low: float
    high: float
    start: int
    length: int
    ticks: tuple[tuple[int, str], ...] = ()

    def place(self, values: Iterable[float]) -> list[int]:
        """Where values lie, in units of the inner drawing."""
        start, low, scale = self.start, self.low, 1.0
        if not math.isfinite(self.high - low):
            low, scale = low / 4, 0.25  # the distance between two doubles may be larger than any double
        elif self.high - low < _NEAR:
            low, scale = low / _NEAR, 1 / _NEAR  # or smaller than what a length can be divided by
        factor = self.length / (self.high * scale - low)
        if scale == 1.0:
            return [round(start + (value - low) * factor) for value in values]
        return [round(start + (value * scale - low) * factor) for value in values]

    def with_ticks(self, ticks: Sequence[Tick], values: Iterable[float] | None = None) -> Axis:
        """The same axis with ticks, at ``values`` where it does not show the values of the ticks themselves."""
        places = self.place([tick.value for tick in ticks] if values is None else values)
        labelled = zip(places, [tick.label for tick in ticks], strict=True)
        return Axis(self.low, self.high, self.start, self.length, tuple(labelled))


def x_axis(curves: Sequence[Curve], stop: float, room: int) -> Axis:
    """The axis of the steps; ``stop`` is nan where no run stopped early."""
    bounds = [step for curve in curves if curve.steps for step in (curve.steps[0], curve.steps[-1])]
    stopped = math.isfinite(stop)
    if stopped:
        bounds.append(stop)
    if not bounds:
        return Axis(0, 1, 0, ACROSS)
    whole = all(curve.track.whole for curve in curves)
    return _x_axis(min(bounds), max(bounds), stop if stopped else None, whole, room)


@lru_cache(256)
def _x_axis(low: float, high: float, stop: float | None, whole: bool, room: int) -> Axis:
    if high - low <= max(1e-12 * max(-low, high), 1e-300):
        pad = max(1.0, abs(low) / 100)
        axis = Axis(max(low - pad, -_LARGEST), min(high + pad, _LARGEST), 0, ACROSS)
        return axis.with_ticks([Tick(low, say(low))])
    if stop is not None:
        # The line must be seen to stop: the axis goes on after it.
        high = min(max(high, stop + (high / 10 - low / 10)), _LARGEST)
    return Axis(low, high, 0, ACROSS).with_ticks(_fitting(low, high, whole, room))


def y_axis(curves: Sequence[Curve], log: bool) -> Axis:
    """The axis of the values; with ``log`` these are logarithms, and the labels say what they are of."""
    drawn = [curve for curve in curves if curve.finite]
    start, length = BOTTOM * PIXEL, (TOP - BOTTOM) * PIXEL
    if not drawn:
        return Axis(0, 1, start, length)
    whole = not log and all(all(map(float.is_integer, curve.finite)) for curve in drawn)
    low, high = padded(min([curve.low for curve in drawn]), max([curve.high for curve in drawn]), whole, log)
    axis = Axis(low, high, start, length)
    if not log:
        return axis.with_ticks(linear(low, high, whole=whole))
    ticks = logarithmic(max(10**low, _SMALLEST), 10 ** min(high, _LARGEST_LOG))
    return axis.with_ticks(ticks, [math.log10(tick.value) for tick in ticks])


def padded(low: float, high: float, whole: bool, log: bool) -> tuple[float, float]:
    """The range of an axis for values from ``low`` to ``high``: a little room, but not across zero."""
    largest = max(-low, high)
    if high - low <= max(1e-9 * largest, 1e-300):
        pad = 0.1 if log else max(abs(low) / 10, 1.0 if whole or not largest else 1e-300)
        return max(low - pad, -_LARGEST), min(high + pad, _LARGEST)
    pad = high / 25 - low / 25
    bottom, top = max(low - pad, -_LARGEST), min(high + pad, _LARGEST)
    if log:
        return bottom, top
    return (0.0 if bottom < 0 <= low else bottom), (0.0 if high <= 0 < top else top)


def _fitting(low: float, high: float, whole: bool, room: int) -> tuple[Tick, ...]:
    """As many ticks as have labels that do not touch, in a plot that is ``room`` pixels wide."""
    for limit in (6, 5, 4, 3, 2):
        ticks = linear(low, high, limit=limit, whole=whole)
        widest = max([width(tick.label) for tick in ticks], default=0)
        if (widest + 10) * (len(ticks) - 1) <= room * _share(ticks, low, high):
            break
    return ticks


def _share(ticks: Sequence[Tick], low: float, high: float) -> float:
    """How much of the axis lies between the first and the last tick."""
    return (ticks[-1].value / 4 - ticks[0].value / 4) / (high / 4 - low / 4) if ticks else 1.0
