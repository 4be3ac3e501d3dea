"""Draws a distribution as bars, several by step as a heat map, and large confusion matrices."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from heapq import nlargest
from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup

from .. import select
from ..text import html
from ..text.number import plural
from .alt_text import say
from .axis import Axis, Tick, elided, linear, upright
from .line_chart import drawing, frame, inner, side_of, x_labels
from .series import ACROSS, BOTTOM, PIXEL, TOP

COLUMNS, ROWS, LEVELS = 60, 32, 8
"""Most columns and rows of a heat map, and number of colour strengths."""

_ROOM = 250


class Distribution(NamedTuple):
    """Counts in bins at one step, with one more edge than counts, increasing."""

    step: float | int
    edges: Sequence[float]
    counts: Sequence[float]


def distribution_chart(
    distributions: Sequence[Distribution], *, name: str, x_name: str = "value", marks: Sequence[float] = ()
) -> Markup:
    """Draw one distribution as bars, or several by step; of very many steps, as many as can be distinguished.

    ``marks`` within the range of the bars are dashed verticals.
    """
    ordered = sorted(distributions, key=lambda one: one.step)
    if len(ordered) == 1:
        return _bars(ordered[0], name, x_name, marks)
    every = math.ceil(len(ordered) / COLUMNS)
    return _heat(ordered[::every], name)


def _bars(distribution: Distribution, name: str, x_name: str, marks: Sequence[float]) -> Markup:
    low, high = distribution.edges[0], distribution.edges[-1]
    x = Axis(low, high, 0, ACROSS).with_ticks(linear(low, high, limit=5))
    top = max([*distribution.counts, 1])
    whole = all(float(count).is_integer() for count in distribution.counts)
    y = upright(0.0, top * 1.04).with_ticks(linear(0.0, top * 1.04, whole=whole))
    floor = BOTTOM * PIXEL
    at, ups = x.positions(distribution.edges), y.positions(distribution.counts)
    path = "".join(
        f"M{left} {floor}V{up}H{right}V{floor}z" for left, right, up in zip(at, at[1:], ups, strict=False) if up < floor
    )
    alt = f"{name}: {say(float(sum(distribution.counts)))} values from {say(low)} to {say(high)}"
    stops = "".join(f"M{at} {TOP * PIXEL}V{floor}" for at in x.positions(mark for mark in marks if low <= mark <= high))
    body = f'<path class="bars s1" d="{path}"/>' + (f'<path class="reference" d="{stops}"/>' if stops else "")
    return _chart(x, y, body, alt, x_name)


def _heat(distributions: Sequence[Distribution], name: str) -> Markup:
    low, high = min(one.edges[0] for one in distributions), max(one.edges[-1] for one in distributions)
    y = upright(low, high).with_ticks(linear(low, high))
    rows = [low + (high - low) * (row / ROWS) for row in range(ROWS + 1)]
    shares = [_shares(one, rows) for one in distributions]
    most = max(max(column) for column in shares) or 1.0
    ups = y.positions(rows)
    paths: dict[int, list[str]] = {}
    for at, column in enumerate(shares):
        left, right = ACROSS * at // len(distributions), ACROSS * (at + 1) // len(distributions)
        for row, share in enumerate(column):
            if share:
                level = max(1, math.ceil(share / most * LEVELS))
                paths.setdefault(level, []).append(f"M{left} {ups[row]}V{ups[row + 1]}H{right}V{ups[row]}z")
    body = "".join(f'<path class="heat h{level} s1" d="{"".join(paths[level])}"/>' for level in sorted(paths))
    steps = [float(one.step) for one in distributions]
    extent = f"{plural(len(distributions), 'step')}, {say(steps[0])} to {say(steps[-1])}"
    alt = f"{name} over {extent}: {say(low)} to {say(high)}"
    return _chart(_steps(steps), y, body, alt, "step")


def _shares(distribution: Distribution, rows: Sequence[float]) -> list[float]:
    """Share of the values in each row; a bin that spans several rows is distributed evenly."""
    total = sum(distribution.counts) or 1.0
    shares = [0.0] * (len(rows) - 1)
    low, width = rows[0], (rows[-1] - rows[0]) / len(shares)
    for left, right, count in zip(distribution.edges, distribution.edges[1:], distribution.counts, strict=False):
        first = min(max(int((left - low) / width), 0), len(shares) - 1)
        for row in range(first, len(shares)):
            overlap = min(right, rows[row + 1]) - max(left, rows[row])
            if overlap > 0:
                shares[row] += count / total * overlap / (right - left)
            if rows[row + 1] >= right:
                break
    return shares


def _steps(steps: Sequence[float]) -> Axis:
    """An axis of columns: the first, the last and some between are labelled, each at its middle."""
    count = len(steps)
    named = select.evenly(count - 1, 5) if count > 5 else range(count)
    ticks = [Tick(at + 0.5, say(steps[at])) for at in named]
    return Axis(0, count, 0, ACROSS).with_ticks(ticks)


def _chart(x: Axis, y: Axis, body: str, alt: str, x_name: str) -> Markup:
    side = side_of(y, x_name)
    labels = side.labels + x_labels(x, x_name, _ROOM, side.left)
    return drawing(f"left-{side.left} right-12", alt, inner(frame(x, side) + body) + labels)


STRENGTHS = 8
CELLS = 12_000
"""Most squares of a drawing; the smallest counts are left out."""

_ROWS, _COLUMNS = 24, 6
_LABEL = 56
"""Room for a row label, in pixels."""
_BESIDE, _BELOW = 'y="%s%%"', 'x="%s%%" y="100%%"'


def matrix_chart(counts: Sequence[Sequence[float]], labels: Sequence[str], *, alt: str) -> Markup:
    """Draw counts as squares: grey on the diagonal, else coloured by their share of the row, which is full at 10 %.

    The drawing is square. Some row labels and a few column labels stand at its edges.
    """
    size = len(counts)
    drawn = nlargest(CELLS, _cells(counts), key=lambda cell: cell[3])
    paths = "".join(
        f'<path class="{name}" d="{_squares(cell[1:3] for cell in cells)}"/>'
        for name, cells in groupby(sorted(drawn), key=lambda cell: cell[0])
    )
    return Markup(  # noqa: S704 - all text in it is escaped
        f'<svg class="cells" role="img" aria-label="{html(alt)}" data-size="{size}">'
        f'<svg viewBox="0 0 {size} {size}" preserveAspectRatio="none">{paths}</svg>'
        f'<g class="down">{_labels(labels, _ROWS, _BESIDE)}</g><g class="along">{_labels(labels, _COLUMNS, _BELOW)}</g>'
        '<rect class="here" width="0" height="0"/></svg>'
    )


def left_out(counts: Sequence[Sequence[float]]) -> int:
    """Number of counts that are not drawn."""
    return max(0, sum(1 for _ in _cells(counts)) - CELLS)


def _cells(counts: Sequence[Sequence[float]]) -> Iterator[tuple[str, int, int, float]]:
    """CSS class, row, column and count of each drawn square."""
    for true, row in enumerate(counts):
        total = sum(row)
        for predicted, count in enumerate(row):
            if count:
                yield _strength(true == predicted, count / total), true, predicted, count


def _strength(right: bool, share: float) -> str:
    return "right" if right else f"e{max(1, math.ceil(min(1, share * 10) * STRENGTHS))}"


def _squares(places: Iterator[tuple[int, int]]) -> str:
    """Path of squares, row by row; touching ones share a stroke."""
    parts: list[list[int]] = []
    row = end = -1
    for true, predicted in sorted(places):
        if (true, predicted) == (row, end):
            parts[-1][2] += 1
        else:
            parts.append([predicted, true, 1])
        row, end = true, predicted + 1
    return "".join(f"M{left} {top}.5h{length}" for left, top, length in parts)


def _labels(labels: Sequence[str], most: int, place: str) -> str:
    shown = range(0, len(labels), math.ceil(len(labels) / most))
    places = [place % f"{(at + 0.5) * 100 / len(labels):.4g}" for at in shown]
    texts = [html(elided(labels[at], _LABEL)) for at in shown]
    return "".join(f"<text {at}>{text}</text>" for at, text in zip(places, texts, strict=True))
