"""Where an axis has its ticks, and how they are labelled.

A tick is a whole number times a power of ten until its label is made: so 0.3 is never 0.30000000000000004, and
1e300 needs no other code than 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from ..text.number import MINUS

# In tenths of the step's power of ten. The last is always coarse enough.
_STEPS = (10, 20, 25, 50, 100, 200, 250, 500)
_COARSE = (10, 30)
_DENSE = (10, 15, 20, 30, 40, 50, 70)
_STRIDES = (1, 2, 5, 10, 20, 50, 100, 200, 500)

# The least power of ten that a double still holds with a digit to spare.
_LEAST_POWER = -322

# Bounds come out of floating point: a tick this near to one (in steps, or in axes where that is less) is on it.
_SLACK = 1e-9


class Tick(NamedTuple):
    """A place on an axis, and what stands beside it."""

    value: float
    label: str


def linear(low: float, high: float, *, limit: int = 6, whole: bool = False) -> tuple[Tick, ...]:
    """Choose ticks from ``low`` to ``high``: multiples of 1, 2, 2.5 or 5 times a power of ten, at most ``limit``.

    All labels have one number of decimals. With ``whole`` only integers are chosen. ``low`` is below ``high``.
    """
    apart = high / limit - low / limit or high - low  # The least doubles have no parts.
    power = max(math.floor(math.log10(apart)) - 1, -1 if whole else _LEAST_POWER)
    for digits in _STEPS:
        if whole and power == -1 and digits == 25:
            continue
        step = _times(digits, power)
        slack = _SLACK * min(high / step - low / step, 1.0)
        first, last = math.ceil(low / step - slack), math.floor(high / step + slack)
        if last - first < limit:
            break
    return _labelled(range(first * digits, (last + 1) * digits, digits), power)


def logarithmic(low: float, high: float, *, limit: int = 6) -> tuple[Tick, ...]:
    """Choose ticks for a logarithmic axis from ``low`` to ``high``, both above zero.

    1 and 3 of each decade, or whole decades where those are too many; below 0.8 decades 1, 1.5, 2, 3, 4, 5, 7.
    Where these leave fewer than two, the ticks are those of a linear axis.
    """
    ticks: tuple[Tick, ...] = ()
    if math.log10(high) - math.log10(low) >= 0.8:
        ticks = _within_decades(low, high, _COARSE)
        if len(ticks) > limit:
            ticks = _decades(low, high, limit)
    if len(ticks) < 2:
        ticks = _within_decades(low, high, _DENSE)
    return ticks if len(ticks) >= 2 else linear(low, high, limit=limit)


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


# Metrics of one kind have ranges of one kind, and so the same few axes over and over.
@lru_cache(1_024)
def _labelled(counts: range | tuple[int, ...], power: int) -> tuple[Tick, ...]:
    """The ticks at ``count * 10**power``, with labels of one form: plain decimals or ``1.5e8``."""
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
