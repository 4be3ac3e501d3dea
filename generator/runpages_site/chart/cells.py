"""A large confusion matrix as a drawing: a square for each count, one path for each strength of a colour."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from heapq import nlargest
from itertools import groupby

from markupsafe import Markup

from .glyph import clean, elided

STRENGTHS = 8
CELLS = 12_000
"""More squares than these would make a page heavy: the smallest counts are left out."""

_ROWS, _COLUMNS = 24, 6
_LABEL = 56
"""The room for a label beside the rows, in pixels."""
_BESIDE, _BELOW = 'y="%s%%"', 'x="%s%%" y="100%%"'


def matrix_chart(counts: Sequence[Sequence[float]], labels: Sequence[str], *, words: str) -> Markup:
    """Draw counts as squares: grey on the diagonal, else coloured by their share of the row, which is full at 10 %.

    The drawing is as high as it is wide. Some labels of the rows and a few of the columns stand at its edges.
    """
    size = len(counts)
    drawn = nlargest(CELLS, _cells(counts), key=lambda cell: cell[3])
    paths = "".join(
        f'<path class="{name}" d="{_squares(cell[1:3] for cell in cells)}"/>'
        for name, cells in groupby(sorted(drawn), key=lambda cell: cell[0])
    )
    return Markup(  # noqa: S704 - all text in it went through clean
        f'<svg class="cells" role="img" aria-label="{clean(words)}" data-size="{size}">'
        f'<svg viewBox="0 0 {size} {size}" preserveAspectRatio="none">{paths}</svg>'
        f'<g class="down">{_labels(labels, _ROWS, _BESIDE)}</g><g class="along">{_labels(labels, _COLUMNS, _BELOW)}</g>'
        '<rect class="here" width="0" height="0"/></svg>'
    )


def left_out(counts: Sequence[Sequence[float]]) -> int:
    """How many counts are not drawn."""
    return max(0, sum(1 for _ in _cells(counts)) - CELLS)


def _cells(counts: Sequence[Sequence[float]]) -> Iterator[tuple[str, int, int, float]]:
    """The class of each square that is drawn, its row and column, and the count."""
    for true, row in enumerate(counts):
        total = sum(row)
        for predicted, count in enumerate(row):
            if count:
                yield _strength(true == predicted, count / total), true, predicted, count


def _strength(right: bool, share: float) -> str:
    return "right" if right else f"e{max(1, math.ceil(min(1, share * 10) * STRENGTHS))}"


def _squares(places: Iterator[tuple[int, int]]) -> str:
    """Squares row by row: strokes one unit wide, those that touch as one."""
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
    texts = [clean(elided(labels[at], _LABEL)) for at in shown]
    return "".join(f"<text {at}>{text}</text>" for at, text in zip(places, texts, strict=True))
