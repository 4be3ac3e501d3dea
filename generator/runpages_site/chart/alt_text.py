"""Describes charts in a sentence, as their text alternative."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ..text.number import plural, short
from .series import LABELLED, Curve

# Names of x with a known plural, for which steps can be counted.
_COUNTED = ("step", "epoch", "iteration", "round")
_PLAIN = frozenset([*_COUNTED, "index"])
"""Names of x whose values have no thousands separators."""


def sentence(curves: Sequence[Curve], name: str, x_name: str) -> str:
    """Describe a chart in a sentence: ``val/loss over 40 epochs: 0.45 to 0.087, lowest 0.086 at 32``.

    Values that cannot be drawn are counted. At most eight lines are described. The text is not escaped.
    """
    if len(curves) == 1:
        [curve] = curves
        count = len(curve.values)
        over = f" over {_extent(curves, x_name)}" if count > 1 else ""
        return f"{name}{over}: {_course(curve, x_name)}" if count else f"{name}: no points"
    if not any(curve.values for curve in curves):
        return f"{name}: no points"
    courses = "; ".join(f"{curve.line.label}: {_course(curve, x_name)}" for curve in curves[:LABELLED])
    more = f"; {len(curves) - LABELLED} more" if len(curves) > LABELLED else ""
    return f"{name} over {_extent(curves, x_name)}, {len(curves)} lines. {courses}{more}"


def say(value: float) -> str:
    """A number for sentences, without trailing zeros."""
    if value % 1 == 0 and abs(value) < 1e15:
        return short(int(value))
    text = short(float(value))
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def _say_x(value: float, x_name: str) -> str:
    return say(value).replace(",", "") if x_name in _PLAIN else say(value)


def _extent(curves: Sequence[Curve], x_name: str) -> str:
    """``40 epochs`` if each line has one point at each, else the range."""
    track = curves[0].track
    if len(curves) == 1 or all(curve.track is track for curve in curves):  # which it is in most charts
        count, low, high, counted = len(track.steps), track.steps[0], track.steps[-1], track.counted
    else:
        steps = sorted({step for curve in curves for step in curve.steps})
        count, low, high = max(len(curve.steps) for curve in curves), steps[0], steps[-1]
        counted = len(steps) == count == high - low + 1 and all(map(float.is_integer, steps))
    if counted and x_name in _COUNTED:
        return plural(count, x_name)
    count = max([count, *(curve.line.whole.points for curve in curves if curve.line.whole)])
    return f"{plural(count, 'point')}, {x_name} {_say_x(low, x_name)} to {_say_x(high, x_name)}"


def _course(curve: Curve, x_name: str) -> str:
    if curve.values and not curve.broken:
        return _finite_course(curve, x_name)
    parts = [_finite_course(curve, x_name)]
    parts += [f"{short(count)} {kind}" for kind, count in _undrawn(curve) if count]
    return ", ".join(filter(None, parts)) or "no points"


def _finite_course(curve: Curve, x_name: str) -> str:
    finite, low, high = curve.finite, curve.low, curve.high
    if not finite:
        return ""
    if len(finite) == 1:
        return f"{say(low)} at {_say_x(curve.steps[curve.values.index(low)], x_name)}"
    first, last = finite[0], finite[-1]
    # Numbers that are further apart than two in a hundred have different texts.
    if high / 4 - low / 4 <= max(-low, high) / 200 and (text := say(low)) == say(high):
        return f"{'' if low == high else 'about '}{text} throughout"
    word, extreme = ("lowest", low) if last < first else ("highest", high)
    at = curve.steps[curve.values.index(extreme)]
    return f"{say(first)} to {say(last)}, {word} {say(extreme)} at {_say_x(at, x_name)}"


def _undrawn(curve: Curve) -> Iterator[tuple[str, int]]:
    if curve.line.whole:
        whole = curve.line.whole
        yield from (("nan", whole.nan), ("inf", whole.inf), ("−inf", whole.minus_inf), ("null", whole.null))
        return
    nulls = len(curve.nulls)
    yield "nan", sum(map(math.isnan, curve.values)) - nulls
    yield "inf", curve.values.count(math.inf)
    yield "−inf", curve.values.count(-math.inf)
    yield "null", nulls
