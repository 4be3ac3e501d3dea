"""A confusion matrix as a table, or as a drawing where it is large, with what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import Any, NamedTuple

from markupsafe import Markup

from .. import chart, select, text
from ..text import number
from .components import EMPTY, NONE
from .parse_diagnostics import joined, names

Counts = Sequence[Sequence[float]]


class ClassScore(NamedTuple):
    """How well one class is found; what has no denominator is None."""

    precision: float | None
    recall: float | None
    f1: float | None
    support: float


class Pair(NamedTuple):
    """So many samples of one class were predicted as another."""

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
    """Which share of all samples lies on the diagonal."""
    return _share(sum(counts[at][at] for at in range(len(counts))), sum(map(sum, counts)))


def macro(values: Iterable[float | None]) -> float | None:
    """The mean over classes, each of which counts alike; what is None counts as 0, as in scikit-learn."""
    known = list(values)
    return sum(value or 0.0 for value in known) / len(known) if any(value is not None for value in known) else None


def confused(counts: Counts, most: int) -> list[Pair]:
    """The pairs of classes that are taken for one another most often; of equal counts the first."""
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
"""Up to so many classes a matrix is a table, and up to so many it is drawn."""
PAIRS = 12


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """A count of a confusion matrix. ``opacity`` is the weight of its colour; a zero has none."""

    text: str
    kind: str
    opacity: str
    title: str
    exact: str
    """The count for a script, where the text shows less than it."""


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """The counts of one true class."""

    label: str
    cells: tuple[MatrixCell, ...]
    recall: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """A confusion matrix with what follows from it: ``rows`` of a table, or ``svg``."""

    labels: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    precision: tuple[str, ...]
    svg: Markup
    figures: tuple[tuple[str, str], ...]
    """Accuracy and averages over the classes: a word and a value each."""
    classes: tuple[tuple[str, ...], ...]
    """Label, precision, recall, F1 and samples of each class."""
    pairs: tuple[tuple[str, ...], ...]
    """True class, predicted class, count and share of the true class of those that are confused most."""
    note: str


def matrix_of(data: Any) -> Matrix | str:
    """A confusion matrix from what people pass, with or without its envelope, or why it is none."""
    labels, counts, wrong = _read(data)
    if wrong:
        return wrong
    size = len(counts)
    if size > DRAWING:
        return f"This matrix has {number.integer(size)} classes, and a page shows {DRAWING} at most."
    known = names(labels, size)
    scores = class_scores(counts)
    return Matrix(
        labels=tuple(known),
        rows=tuple(_matrix_row(at, counts, known) for at in range(size)) if size <= TABLE else (),
        precision=tuple(_spelled(score.precision, 2) for score in scores),
        svg=chart.matrix_chart(counts, known, alt=_alt_text(counts)) if size > TABLE else EMPTY,
        figures=_figures(counts, scores),
        classes=tuple(_class(label, score) for label, score in zip(known, scores, strict=True)),
        pairs=tuple(_pair(pair, counts, known) for pair in confused(counts, PAIRS)) if size > TABLE else (),
        note=joined(_footnotes(counts, labels, data)),
    )


def matrix_data(data: Any) -> dict[str, object] | None:
    """What a browser needs to tell of each square of a drawn matrix; None where none is drawn."""
    labels, counts, wrong = _read(data)
    if wrong or not TABLE < len(counts) <= DRAWING:
        return None
    return {"labels": [text.visible(label) for label in names(labels, len(counts))], "counts": counts}


def _read(data: Any) -> tuple[Any, list[list[float]], str]:
    """The labels, the counts, and why these are no matrix."""
    labels, rows = _unwrapped(data)
    if not rows:
        return labels, [], "There is no matrix in this: its rows are lists of counts."
    if any(len(row) != len(rows) for row in rows):
        lengths = sorted({len(row) for row in rows})
        told = " to ".join(str(length) for length in dict.fromkeys((lengths[0], lengths[-1])))
        return labels, [], f"This matrix is not square: {number.plural(len(rows), 'row')} of {told} counts."
    if any(not _is_count(count) for row in rows for count in row):
        return labels, [], "This matrix has counts that are negative or no numbers."
    return labels, [[select.finite(count) or 0 for count in row] for row in rows], ""


def _is_count(count: Any) -> bool:
    """Whether it is a count, or one that is not known."""
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


def _footnotes(counts: Sequence[Sequence[float]], labels: Any, data: Any) -> list[str]:
    total, right = sum(map(sum, counts)), sum(counts[at][at] for at in range(len(counts)))
    unknown = sum(select.finite(count) is None for row in _unwrapped(data)[1] for count in row)
    undrawn = chart.left_out(counts) if len(counts) > TABLE else 0
    return [
        "Rows are the true class, columns the predicted.",
        f"{number.short(total - right)} of {number.short(total)} are wrong." if total else "All counts are 0.",
        f"{number.plural(unknown, 'count')} without a number, taken as 0." if unknown else "",
        f"{number.integer(undrawn)} of the smallest counts are not drawn." if undrawn else "",
        "" if isinstance(labels, list) and len(labels) == len(counts) else _UNLABELLED,
    ]


_UNLABELLED = "There is no label for each class, so they are numbered."


def _figures(counts: Sequence[Sequence[float]], scores: Sequence[ClassScore]) -> tuple[tuple[str, str], ...]:
    return (
        ("accuracy", _spelled(accuracy(counts), 4)),
        ("macro precision", _spelled(macro(score.precision for score in scores), 4)),
        ("macro recall", _spelled(macro(score.recall for score in scores), 4)),
        ("macro F1", _spelled(macro(score.f1 for score in scores), 4)),
    )


def _class(label: str, score: ClassScore) -> tuple[str, ...]:
    shares = (_spelled(value, 3) for value in (score.precision, score.recall, score.f1))
    return label, *shares, number.short(score.support)


def _pair(pair: Pair, counts: Sequence[Sequence[float]], labels: Sequence[str]) -> tuple[str, ...]:
    share = pair.samples / sum(counts[pair.true])
    return labels[pair.true], labels[pair.predicted], number.short(pair.samples), number.fixed(share, 3)


def _alt_text(counts: Sequence[Sequence[float]]) -> str:
    share = accuracy(counts)
    return f"Confusion matrix of {len(counts)} classes, accuracy {_spelled(share, 4)}"


def _matrix_row(at: int, counts: Sequence[Sequence[float]], labels: Sequence[str]) -> MatrixRow:
    row = counts[at]
    cells = (_matrix_cell(counts, at, column, labels) for column in range(len(row)))
    return MatrixRow(labels[at], tuple(cells), _spelled(row[at] / sum(row) if sum(row) else None, 3))


def _matrix_cell(counts: Sequence[Sequence[float]], true: int, predicted: int, labels: Sequence[str]) -> MatrixCell:
    count = counts[true][predicted]
    title = f"{number.short(count)} of {labels[true]} predicted as {labels[predicted]}"
    if not count:
        return MatrixCell("0", "zero", "", title, "")
    total, all_predicted = sum(counts[true]), sum(row[predicted] for row in counts)
    title += f": {_spelled(count / total, 3)} of the row, {_spelled(count / all_predicted, 3)} of the column"
    exact = number.exact(count) if number.exact(count) != number.short(count) else ""
    if true == predicted:
        return MatrixCell(number.short(count), "right", "", title, exact)
    return MatrixCell(number.short(count), "wrong", f"{0.16 + 0.6 * min(1, count / total * 10):.2f}", title, exact)


def _spelled(share: float | None, decimals: int) -> str:
    return NONE if share is None else number.fixed(float(share), decimals)
