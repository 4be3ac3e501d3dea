"""Computes the range and the ticks of axes, and positions on them."""

from __future__ import annotations

import math
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from ..text.number import MINUS
from .alt_text import say
from .series import ACROSS, BOTTOM, PIXEL, TOP, Curve

_NARROW_GLYPHS = frozenset(" !'(),-./:;I[]ijlt|f")
_WIDE_GLYPHS = frozenset("%@MWmw…→")


def elided(text: str, room: float) -> str:
    """A text with its middle elided if wider than ``room`` pixels: names differ at their ends."""
    if width(text) <= room:
        return text
    half, head, tail = (room - width("…")) / 2, 0, len(text)
    used = 0.0
    while (used := used + width(text[head])) <= half:
        head += 1
    used = 0.0
    while (used := used + width(text[tail - 1])) <= half:
        tail -= 1
    while tail < len(text) and unicodedata.combining(text[tail]):
        tail += 1  # keep an accent with its letter
    return f"{text[:head].rstrip()}…{text[tail:].lstrip()}"


# Cached: labels recur from chart to chart, and long names are measured letter by letter.
@lru_cache(4_096)
def width(text: str) -> float:
    """Approximate width of a text in a chart, in pixels."""
    return sum(map(_glyph_width, text))


@lru_cache(4_096)
def _glyph_width(character: str) -> float:
    if character in _NARROW_GLYPHS:
        return 3.4
    if character in _WIDE_GLYPHS or unicodedata.east_asian_width(character) in "WF":
        return 11.5
    if unicodedata.combining(character):
        return 0.0
    return 8.2 if character.isupper() else 6.4


# In tenths of the step's power of ten. The last is always coarse enough.
_STEPS = (10, 20, 25, 50, 100, 200, 250, 500)
_COARSE = (10, 30)
_DENSE = (10, 15, 20, 30, 40, 50, 70)
_STRIDES = (1, 2, 5, 10, 20, 50, 100, 200, 500)

# The least power of ten that a double holds with a digit to spare.
_LEAST_POWER = -322

# Bounds have rounding errors: a tick this near to one (relative to step or axis) counts as on it.
_SLACK = 1e-9


class Tick(NamedTuple):
    """A value on an axis and its label."""

    value: float
    label: str


def linear(low: float, high: float, *, limit: int = 6, whole: bool = False) -> tuple[Tick, ...]:
    """Choose ticks from ``low`` to ``high``: multiples of 1, 2, 2.5 or 5 times a power of ten, at most ``limit``.

    All labels have the same number of decimals. With ``whole`` only integers are chosen. ``low`` is below ``high``.
    """
    apart = high / limit - low / limit or high - low  # The smallest doubles cannot be divided.
    power = max(math.floor(math.log10(apart)) - 1, -1 if whole else _LEAST_POWER)
    for step in _steps(power, whole and power == -1):
        bottom, top = low / step.value, high / step.value
        slack = _SLACK * min(top - bottom, 1.0)
        first, last = math.ceil(bottom - slack), math.floor(top + slack)
        if last - first < limit:
            break
    return _labelled(range(first * step.digits, (last + 1) * step.digits, step.digits), power)


class _Step(NamedTuple):
    """The way from a tick to the next, as digits at a power of ten and as a number."""

    digits: int
    value: float


@lru_cache(64)
def _steps(power: int, whole: bool) -> list[_Step]:
    """The ways between ticks to choose from; if ``whole``, none is 2.5."""
    return [_Step(digits, _times(digits, power)) for digits in _STEPS if not (whole and digits == 25)]


def logarithmic(low: float, high: float, *, limit: int = 6) -> tuple[Tick, ...]:
    """Choose ticks for a logarithmic axis from ``low`` to ``high``, both above zero.

    1 and 3 of each decade, or whole decades if those are too many; below 0.8 decades 1, 1.5, 2, 3, 4, 5, 7.
    If fewer than two remain, the ticks are those of a linear axis.
    """
    ticks: tuple[Tick, ...] = ()
    if math.log10(high) - math.log10(low) >= 0.8:
        ticks = _within_decades(low, high, _COARSE)
        if len(ticks) > limit:
            ticks = _decades(low, high, limit)
    if len(ticks) < 2:
        ticks = _within_decades(low, high, _DENSE)
    return ticks if len(ticks) >= 2 else linear(low, high, limit=limit)


def of_exponents(low: float, high: float, *, limit: int = 6) -> tuple[Tick, ...]:
    """Choose ticks like ``logarithmic`` between powers of ten, which may lie beyond the range of floats."""
    return logarithmic(max(10**low, _SMALLEST), 10 ** min(high, _LARGEST_LOG), limit=limit)


def _within_decades(low: float, high: float, multiples: Sequence[int]) -> tuple[Tick, ...]:
    first, last = math.floor(math.log10(low)), math.floor(math.log10(high))
    return tuple(
        tick
        for power in range(first, last + 1)
        for digits in multiples
        for tick in _labelled((digits,), power - 1)
        if low * (1 - _SLACK) <= tick.value <= high * (1 + _SLACK)
    )


def _decades(low: float, high: float, limit: int) -> tuple[Tick, ...]:
    first = math.ceil(math.log10(low) - _SLACK)
    last = math.floor(math.log10(high) + _SLACK)
    for stride in _STRIDES:
        powers = range(-(-first // stride) * stride, last + 1, stride)
        if len(powers) <= limit:
            break
    return tuple(tick for power in powers for tick in _labelled((1,), power))


# Cached: similar metrics have similar ranges, so few axes recur.
@lru_cache(1_024)
def _labelled(counts: range | tuple[int, ...], power: int) -> tuple[Tick, ...]:
    """The ticks at ``count * 10**power``, with uniform labels: plain decimals or ``1.5e8``."""
    values = [_times(count, power) for count in counts]
    while power < 0 and all(count % 10 == 0 for count in counts) and any(counts):
        counts, power = tuple(count // 10 for count in counts), power + 1
    largest = max(map(abs, values), default=0.0)
    labels = _plain(values, max(-power, 0), largest) if largest < 1e16 else None
    if not 1e-4 <= largest < 1e7 and largest:
        scientific = [_scientific(count, power) for count in counts]
        if labels is None or max(map(len, scientific)) < max(map(len, labels)):
            labels = scientific
    return tuple(Tick(value, label) for value, label in zip(values, labels or (), strict=True))


@lru_cache(1_024)
def _times(count: int, power: int) -> float:
    """``count * 10**power`` as the nearest double."""
    return float(f"{count}e{power}")


def _plain(values: Sequence[float], decimals: int, largest: float) -> list[str]:
    form = f",.{decimals}f" if largest >= 10_000 else f".{decimals}f"
    return [format(value, form).replace("-", MINUS) if value else "0" for value in values]


def _scientific(count: int, power: int) -> str:
    if not count:
        return "0"
    digits = str(abs(count))
    mantissa, fraction = digits[0], digits[1:].rstrip("0")
    text = f"{mantissa}.{fraction}" if fraction else mantissa
    return f"{'-' if count < 0 else ''}{text}e{power + len(digits) - 1}".replace("-", MINUS)


_LARGEST, _SMALLEST = sys.float_info.max, math.ulp(0.0)
_LARGEST_LOG = math.log10(_LARGEST) - 1e-12


_NEAR = 2.0**-1000

WHOLE = 1.5 * 2.0**52
"""What is added to this is rounded like ``round`` does, for near to it only whole numbers are floats."""


class Axis(NamedTuple):
    """An axis: its range, where that lies in the inner drawing, and ticks with positions."""

    low: float
    high: float
    start: int
    length: int
    ticks: tuple[tuple[int, str], ...] = ()

    @property
    def scaling(self) -> tuple[float, float, float]:
        """With ``low``, ``factor`` and ``origin``, a value lies at ``(value - low) * factor + origin - WHOLE``.

        The factor is 0 where the range is so large or so small that it takes more to place a value.
        """
        low, reach = self.low, self.high - self.low
        return (low, self.length / reach, self.start + WHOLE) if _NEAR <= reach <= _LARGEST else (low, 0.0, 0.0)

    def positions(self, values: Iterable[float]) -> list[int]:
        """Positions of values, in units of the inner drawing."""
        start, low, scale = self.start, self.low, 1.0
        if not math.isfinite(self.high - low):
            low, scale = low / 4, 0.25  # the distance between two doubles may be larger than any double
        elif self.high - low < _NEAR:
            low, scale = low / _NEAR, 1 / _NEAR  # or smaller than what a length can be divided by
        factor = self.length / (self.high * scale - low)
        if scale == 1.0:
            return list(map(round, [start + (value - low) * factor for value in values]))
        return list(map(round, [start + (value * scale - low) * factor for value in values]))

    def with_ticks(self, ticks: Sequence[Tick], values: Iterable[float] | None = None) -> Axis:
        """The same axis with ticks, placed at ``values`` if given (logarithmic axes)."""
        if values is not None:
            ticks = [Tick(value, tick.label) for value, tick in zip(values, ticks, strict=True)]
        low, factor, origin = self.scaling
        if factor:
            places = [int((value - low) * factor + origin - WHOLE) for value, _ in ticks]
        else:
            places = self.positions([value for value, _ in ticks])
        placed = tuple([(at, tick.label) for at, tick in zip(places, ticks, strict=True)])
        return Axis(self.low, self.high, self.start, self.length, placed)


def x_axis(curves: Sequence[Curve], stop: float, room: int) -> Axis:
    """The x axis; ``stop`` is nan unless the run stopped early."""
    stopped = math.isfinite(stop)
    if len(curves) == 1 and not stopped and (steps := curves[0].steps):
        return _x_axis(steps[0], steps[-1], None, curves[0].track.whole, room)
    bounds = [step for curve in curves if curve.steps for step in (curve.steps[0], curve.steps[-1])]
    if stopped:
        bounds.append(stop)
    if not bounds:
        return Axis(0, 1, 0, ACROSS)
    whole = all(curve.track.whole for curve in curves)
    return _x_axis(min(bounds), max(bounds), stop if stopped else None, whole, room)


@lru_cache(256)
def _x_axis(low: float, last: float, stop: float | None, whole: bool, room: int) -> Axis:
    if last - low <= max(1e-12 * max(-low, last), 1e-300):
        pad = max(1.0, abs(low) / 100)
        axis = Axis(max(low - pad, -_LARGEST), min(last + pad, _LARGEST), 0, ACROSS)
        return axis.with_ticks([Tick(low, say(low))])
    # Extend the axis of a run that stopped, so that the line visibly stops.
    high = last if stop is None else min(max(last, stop + (last / 10 - low / 10)), _LARGEST)
    return Axis(low, high, 0, ACROSS).with_ticks(_ended(_fitting(low, high, whole, room), low, high, last, room))


def y_axis(curves: Sequence[Curve], log: bool) -> Axis:
    """The y axis; with ``log`` values are logarithms, and labels show the original values."""
    drawn = [curve for curve in curves if curve.finite]
    if not drawn:
        return upright(0, 1)
    whole = not log and all(_is_whole(curve.finite) for curve in drawn)
    least, most = min([curve.low for curve in drawn]), max([curve.high for curve in drawn])
    low, high = padded(least, most, whole, log)
    axis = upright(low, high)
    if least == most:
        return axis.with_ticks([Tick(least, say(10**least if log else least))])
    if not log:
        return axis.with_ticks(linear(low, high, whole=whole))
    ticks = of_exponents(low, high)
    return axis.with_ticks(ticks, [math.log10(tick.value) for tick in ticks])


def upright(low: float, high: float) -> Axis:
    """A y axis over the whole plot, without ticks."""
    return Axis(low, high, BOTTOM * PIXEL, (TOP - BOTTOM) * PIXEL)


def _is_whole(values: Sequence[float]) -> bool:
    return values[0] % 1 == 0 and all(value % 1 == 0 for value in values)


def padded(low: float, high: float, whole: bool, log: bool) -> tuple[float, float]:
    """The range of an axis for values from ``low`` to ``high``, with padding that does not cross zero."""
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
    """The most ticks whose labels do not touch, in a plot ``room`` pixels wide."""
    for limit in (6, 5, 4, 3, 2):
        ticks = linear(low, high, limit=limit, whole=whole)
        widest = max([width(tick.label) for tick in ticks], default=0)
        if (widest + 10) * (len(ticks) - 1) <= room * _share(ticks, low, high):
            break
    return ticks


def _ended(ticks: Sequence[Tick], low: float, high: float, last: float, room: int) -> tuple[Tick, ...]:
    """The ticks up to the last step, which always has its label, without those whose labels touch that one."""
    if ticks and abs(ticks[-1].value / 4 - last / 4) <= _SLACK * (high / 4 - low / 4):
        return tuple(ticks)
    end = Tick(last, _end_label(last))
    scale = room / (high / 4 - low / 4)
    taken = width(end.label) / (2 if anchor((last / 4 - low / 4) * scale, end.label, room) == "middle" else 1)
    kept = [tick for tick in ticks if (last / 4 - tick.value / 4) * scale >= taken + width(tick.label) / 2 + 8]
    return (*kept, end)


def _end_label(last: float) -> str:
    """The last step as a label: whole steps in full, others with four digits."""
    if last.is_integer() and abs(last) < 1e15:
        return _plain([last], 0, abs(last))[0]
    return say(last)


_BESIDE_NAME, _RIGHT_OF_PLOT = 7, 16
"""How far a label may reach beyond the plot: on the left the name of the axis stands."""


def anchor(at: float, label: str, room: float) -> Literal["start", "middle", "end"]:
    """How a label lies at its tick, ``at`` pixels in a plot ``room`` pixels wide, so that it stays in its card."""
    half = width(label) / 2
    if at - half < -_BESIDE_NAME:
        return "start"
    return "end" if at + half > room + _RIGHT_OF_PLOT else "middle"


def _share(ticks: Sequence[Tick], low: float, high: float) -> float:
    """Share of the axis between the first and the last tick."""
    return (ticks[-1].value / 4 - ticks[0].value / 4) / (high / 4 - low / 4) if ticks else 1.0
