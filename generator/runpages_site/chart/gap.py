"""Where values are nan: a band for each stretch, and notes of how many they are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from ..text.number import short
from .axis import Axis
from .curve import Curve
from .glyph import width
from .plot import ACROSS, BOTTOM, PIXEL, TOP, percent

_NOTE_TEXT = 19
_BAND_WIDTH, _BAND_GAP = 16, 20  # units: the least that can be told apart

Band = tuple[int, int, int]
"""From and to in units of the inner drawing, and how many values are nan there: 0 where that is not known."""


def bands_of(curves: Sequence[Curve], x: Axis) -> list[Band]:
    """The stretches where values are nan; those that nearly touch are one."""
    gaps = sorted([gap for curve in curves if curve.broken for gap in _gaps(curve)])
    if not gaps:
        return []
    starts, ends = x.place([gap[0] for gap in gaps]), x.place([gap[1] for gap in gaps])
    bands: list[Band] = []
    for start, end, (_, _, count) in zip(starts, ends, gaps, strict=True):
        thinness = max(_BAND_WIDTH - (end - start), 0)
        start = min(max(start - thinness // 2, 0), ACROSS - _BAND_WIDTH)
        end = min(max(end + thinness // 2, start + _BAND_WIDTH), ACROSS)
        if bands and start - bands[-1][1] < _BAND_GAP:
            start, before, others = bands.pop()
            end, count = max(end, before), count + others
        bands.append((start, end, count))
    return bands


def band_path(bands: Sequence[Band]) -> str:
    """The bands as one path of the inner drawing."""
    top, bottom = TOP * PIXEL, BOTTOM * PIXEL
    shape = "".join([f"M{start} {top}H{end}V{bottom}H{start}z" for start, end, _ in bands])
    return f'<path class="band" d="{shape}"/>' if shape else ""


def notes(bands: Sequence[Band], room: int) -> str:
    """How many are nan, above each band; bands too near for two notes share one."""
    shared: list[Band] = []
    for start, end, count in bands:
        if shared:
            first, last, others = shared[-1]
            apart = (start + end) / 2 - (first + last) / 2
            if apart * room / ACROSS < width(_note(others + count)) + 6:
                shared[-1] = (first, end, others + count)
                continue
        shared.append((start, end, count))
    return "".join([_note_text(band, room) for band in shared])


def _gaps(curve: Curve) -> Iterator[tuple[float, float, int]]:
    """From the last point before a row of nan to the first after it, and how many they are."""
    steps, values, last = curve.steps, curve.values, len(curve.steps) - 1
    for gap, places in groupby(range(len(values)), key=lambda at: math.isnan(values[at])):
        if gap:
            row = list(places)
            count = sum(at not in curve.nulls for at in row)
            if count:
                known = 0 if curve.line.whole else count  # Of a thinned line one nan stands for many.
                yield steps[max(row[0] - 1, 0)], steps[min(row[-1] + 1, last)], known


def _note(count: int) -> str:
    return f"{short(count)} nan" if count else "nan"


def _note_text(band: Band, room: int) -> str:
    start, end, count = band
    text = _note(count)
    middle, half = (start + end) / 2, width(text) / 2 * ACROSS / room
    classes, at = "note", middle
    if middle < half:
        classes, at = "note first", 0
    elif middle > ACROSS - half:
        classes, at = "note last", ACROSS
    return f'<text class="{classes}" x="{percent(at)}" y="{_NOTE_TEXT}">{text}</text>'
