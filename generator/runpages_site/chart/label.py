"""Labels: of the ticks, of the axis of x, and of a chart that has one point or none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from ..text.number import short
from .axis import Axis
from .curve import Curve
from .glyph import clean, elided, width
from .plot import ACROSS, BOTTOM, HALF_TEXT, PIXEL, TOP, percent
from .trace import Trace

_TICK_TEXT = 190
_LEFT_MARGINS = (38, 46, 62, 80, 112)
# How much wider a plot is at least on a screen where the style sheet shows the labels ``far``.
_WIDER = 100


def y_labels(y: Axis) -> str:
    """The labels of the ticks at the left of the plot."""
    labels = "".join([f"{_at_left(at)}{label}</text>" for at, label in y.ticks])
    return f'<g class="tick y" transform="translate(-6)">{labels}</g>' if labels else ""


# Places are whole units of the drawing, and so there are few of them.
@lru_cache(2_048)
def _at_left(at: int) -> str:
    return f'<text y="{at / PIXEL + HALF_TEXT:g}">'


def left_margin(y: Axis) -> int:
    """The least left margin, of those that the style sheet knows, that holds the labels."""
    needed = max([width(label) for _, label in y.ticks], default=0) + 8
    return next((margin for margin in _LEFT_MARGINS if margin >= needed), _LEFT_MARGINS[-1])


@lru_cache(256)
def x_labels(x: Axis, name: str, room: int) -> str:
    """The labels of the ticks, without those that would touch the name of the axis at any width."""
    name = elided(name, room * 0.4)
    taken = width(f"{name} →") + 8
    labels = []
    for at, label in x.ticks:
        # How wide a plot must be for the label to end before the name begins.
        needed = (width(label) / 2 + taken) / (1 - at / ACROSS) if at < ACROSS else math.inf
        if needed <= room + _WIDER:
            classes = ' class="far"' if needed > room else ""
            labels.append(f'<text{classes} x="{percent(at)}">{label}</text>')
    name = f'<text class="name" x="100%" y="{_TICK_TEXT}">{clean(name)} →</text>'
    return (f'<g class="tick x" transform="translate(0 {_TICK_TEXT})">{"".join(labels)}</g>' if labels else "") + name


def alone(curves: Sequence[Curve], drawn: Sequence[Trace]) -> str:
    """What stands in a chart with one point, its value, and in one with none."""
    if len(curves) == 1 and drawn[0].end and len(values := curves[0].finite) == 1:
        x, y = drawn[0].end
        classes, offset = ("value", 8) if x <= ACROSS * 0.7 else ("value last", -8)
        return (
            f'<svg x="{percent(x)}"><text class="{classes}" x="{offset}" y="{y / PIXEL + HALF_TEXT:g}">'
            f"{short(values[0])}</text></svg>"
        )
    if any(len(curve.values) > len(curve.nulls) for curve in curves):
        return ""
    return f'<text class="none" x="50%" y="{(TOP + BOTTOM) // 2 + HALF_TEXT}">No points</text>'
