"""Builds confusion matrices: a table, or a drawing if large, with accuracy and per-class scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest
from typing import Any, NamedTuple

from markupsafe import Markup

from .. import chart, select, text
from ..text import number
from .components import EMPTY
from .parse_diagnostics import Diagnosed, joined, names

Counts = Sequence[Sequence[float]]


class ClassScore(NamedTuple):
    """Scores of one class; None where the denominator is 0."""

    precision: float | None
    recall: float | None
    f1: float | None
    support: float


class Pair(NamedTuple):
    """Number of samples of one class predicted as another."""

    true: int
    predicted: int
    samples: float


def class_scores(counts: Counts) -> list[ClassScore]:
    """Precision = TP / column, recall = TP / row, F1 = 2 TP / (row + column) of each class.

    Sokolova and Lapalme, A systematic analysis of performance measures for classification tasks, Information
    Processing & Management 45 (2009). Where scikit-learn gives 0 for a class that was never predicted, this is None.
    """
    rows, columns = [sum(row) for row in counts], [sum(column) for column in zip(*counts, strict=True)]
    return [
        ClassScore(
            _share(counts[at][at], columns[at]),
            _share(counts[at][at], rows[at]),
            _share(2 * counts[at][at], rows[at] + columns[at]),
            rows[at],
        )
        for at in range(len(counts))
    ]


def accuracy(counts: Counts) -> float | None:
    """Share of all samples on the diagonal."""
    return _share(sum(counts[at][at] for at in range(len(counts))), sum(map(sum, counts)))


def macro(values: Iterable[float | None]) -> float | None:
    """Unweighted mean over classes; None counts as 0, as in scikit-learn."""
    known = list(values)
    return sum(value or 0.0 for value in known) / len(known) if any(value is not None for value in known) else None


def confused(counts: Counts, most: int) -> list[Pair]:
    """The most often confused pairs of classes; ties in matrix order."""
    pairs = (
        Pair(true, predicted, count)
        for true, row in enumerate(counts)
        for predicted, count in enumerate(row)
        if count and true != predicted
    )
    return nlargest(most, pairs, key=lambda pair: pair.samples)


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None


TABLE, DRAWING = 30, 200
"""Most classes of a table, and of a drawing."""
PAIRS = 12


class MatrixCell(NamedTuple):
    """A count of a confusion matrix. ``opacity`` is the strength of its colour, empty for 0."""

    text: str
    kind: str
    opacity: str
    exact: str
    """Exact count for scripts, if the text is rounded."""


class MatrixRow(NamedTuple):
    """The row of one true class."""

    label: str
    cells: tuple[MatrixCell, ...]
    recall: str


class Matrix(NamedTuple):
    """A confusion matrix with its scores, as ``rows`` of a table or as ``svg``."""

    labels: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    precision: tuple[str, ...]
    svg: Markup
    figures: tuple[tuple[str, str], ...]
    """Accuracy and averages over classes, as label and value."""
    classes: tuple[tuple[str, ...], ...]
    """Precision, recall, F1, number of samples and label of each class."""
    pairs: tuple[tuple[str, ...], ...]
    """True class, predicted class, count, and share of the true class, of the most confused pairs."""
    note: str


def diagnosed(data: Any) -> Diagnosed[Matrix]:
    """A confusion matrix from logged data, with or without envelope."""
    labels, counts, wrong = _read(data)
    if wrong:
        return Diagnosed(wrong)
    size = len(counts)
    if size > DRAWING:
        return Diagnosed(f"{number.integer(size)} classes; at most {DRAWING} can be shown.")
    known, numbered = names(labels, size)
    scores = class_scores(counts)
    alt = f"Confusion matrix of {size} classes, accuracy {number.fixed(accuracy(counts), 4)}"
    shown = Matrix(
        labels=tuple(known),
        rows=tuple(_matrix_row(at, counts, known) for at in range(size)) if size <= TABLE else (),
        precision=tuple(number.fixed(score.precision, 2) for score in scores),
        svg=chart.matrix_chart(counts, known, alt=alt) if size > TABLE else EMPTY,
        figures=_figures(counts, scores),
        classes=tuple(_class(label, score) for label, score in zip(known, scores, strict=True)),
        pairs=tuple(_pair(pair, counts, known) for pair in confused(counts, PAIRS)) if size > TABLE else (),
        note=joined([*_footnotes(counts, data), numbered]),
    )
    # The drawing of a large one reads its counts from the script.
    large = {"is_large": True} if size > TABLE else {}
    return Diagnosed(shown, {"labels": list(map(text.visible, known)), "counts": counts, **large})


def _read(data: Any) -> tuple[Any, list[list[float]], str]:
    """The labels, the counts, and what is wrong with them."""
    labels, rows = _unwrapped(data)
    if not rows:
        return labels, [], "No matrix found. Its rows must be lists of counts."
    if any(len(row) != len(rows) for row in rows):
        lengths = sorted({len(row) for row in rows})
        lengths_text = " to ".join(str(length) for length in dict.fromkeys((lengths[0], lengths[-1])))
        return labels, [], f"The matrix is not square: {number.plural(len(rows), 'row')} of {lengths_text} counts."
    if any(not _is_count(count) for row in rows for count in row):
        return labels, [], "Some counts are negative or not numbers."
    return labels, [[select.finite(count) or 0 for count in row] for row in rows], ""


def _is_count(count: Any) -> bool:
    """Whether a value is a count or an unknown count."""
    known = select.finite(count)
    return known >= 0 if known is not None else count is None or isinstance(count, float)


def _unwrapped(data: Any) -> tuple[Any, list[list[Any]]]:
    if isinstance(data, Mapping) and isinstance(data.get("data"), Mapping | list):
        data = data["data"]
    labels = data.get("class_labels") if isinstance(data, Mapping) else None
    counts = data.get("matrix") if isinstance(data, Mapping) else data
    if not isinstance(counts, list) or not all(isinstance(row, list) for row in counts):
        return labels, []
    return labels, counts


def _footnotes(counts: Counts, data: Any) -> list[str]:
    total, right = sum(map(sum, counts)), sum(counts[at][at] for at in range(len(counts)))
    unknown = sum(select.finite(count) is None for row in _unwrapped(data)[1] for count in row)
    undrawn = chart.left_out(counts) if len(counts) > TABLE else 0
    return [
        "Rows: true class. Columns: predicted class.",
        f"{number.short(total - right)} of {number.short(total)} wrong." if total else "All counts are 0.",
        f"{number.plural(unknown, 'count')} missing, taken as 0." if unknown else "",
        f"{number.integer(undrawn)} of the smallest counts not drawn." if undrawn else "",
    ]


def _figures(counts: Counts, scores: Sequence[ClassScore]) -> tuple[tuple[str, str], ...]:
    return (
        ("accuracy", number.fixed(accuracy(counts), 4)),
        ("macro precision", number.fixed(macro(score.precision for score in scores), 4)),
        ("macro recall", number.fixed(macro(score.recall for score in scores), 4)),
        ("macro F1", number.fixed(macro(score.f1 for score in scores), 4)),
    )


def _class(label: str, score: ClassScore) -> tuple[str, ...]:
    shares = (number.fixed(value, 3) for value in (score.precision, score.recall, score.f1))
    return *shares, number.short(score.support), label


def _pair(pair: Pair, counts: Counts, labels: Sequence[str]) -> tuple[str, ...]:
    share = pair.samples / sum(counts[pair.true])
    return labels[pair.true], labels[pair.predicted], number.short(pair.samples), number.fixed(share, 3)


def _matrix_row(at: int, counts: Counts, labels: Sequence[str]) -> MatrixRow:
    row = counts[at]
    cells = (_matrix_cell(counts, at, column) for column in range(len(row)))
    return MatrixRow(labels[at], tuple(cells), number.fixed(row[at] / sum(row) if sum(row) else None, 3))


def _matrix_cell(counts: Counts, true: int, predicted: int) -> MatrixCell:
    count = counts[true][predicted]
    if not count:
        return MatrixCell("0", "zero", "", "")
    total = sum(counts[true])
    exact = number.exact(count) if number.exact(count) != number.short(count) else ""
    if true == predicted:
        return MatrixCell(number.short(count), "right", "", exact)
    return MatrixCell(number.short(count), "wrong", f"{0.16 + 0.6 * min(1, count / total * 10):.2f}", exact)
