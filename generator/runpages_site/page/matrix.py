"""A confusion matrix as a table, with what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import number, select, text
from .view import NONE

CLASSES = 40


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """A count of a confusion matrix. ``opacity`` is the weight of its colour; a zero has none."""

    text: str
    kind: str
    opacity: str
    title: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """The counts of one true class."""

    label: str
    cells: tuple[MatrixCell, ...]
    recall: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """A confusion matrix with what follows from it."""

    labels: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    precision: tuple[str, ...]
    note: str


def matrix_of(data: Any) -> Matrix | None:
    """A confusion matrix from what people pass: with or without its envelope, or the bare counts."""
    labels, counts = _unwrapped(data)
    size = len(counts)
    square = 0 < size <= CLASSES and all(
        len(row) == size and all(select.finite(count) is not None and count >= 0 for count in row) for row in counts
    )
    if not square:
        return None
    names = [text.compact(label) for label in labels] if len(labels) == size else [str(at) for at in range(size)]
    below = [sum(row[at] for row in counts) for at in range(size)]
    total, right = sum(map(sum, counts)), sum(counts[at][at] for at in range(size))
    return Matrix(
        labels=tuple(names),
        rows=tuple(_matrix_row(at, counts[at], names) for at in range(size)),
        precision=tuple(_share(counts[at][at], below[at], 2) for at in range(size)),
        note=f"Rows are the true class, columns the predicted. {_wrong(total - right, total)}",
    )


def _unwrapped(data: Any) -> tuple[Sequence[Any], Sequence[Sequence[Any]]]:
    if isinstance(data, Mapping) and isinstance(data.get("data"), Mapping):
        data = data["data"]
    labels = data.get("class_labels") if isinstance(data, Mapping) else None
    counts = data.get("matrix") if isinstance(data, Mapping) else data
    if not isinstance(counts, list) or not all(isinstance(row, list) for row in counts):
        counts = []
    return labels if isinstance(labels, list) else [], counts


def _wrong(wrong: float, total: float) -> str:
    return f"{number.short(wrong)} of {number.short(total)} are wrong."


def _matrix_row(at: int, counts: Sequence[float], names: Sequence[str]) -> MatrixRow:
    total = sum(counts)
    cells = (_matrix_cell(count, total, at, place, names) for place, count in enumerate(counts))
    return MatrixRow(names[at], tuple(cells), _share(counts[at], total, 3))


def _matrix_cell(count: float, total: float, true: int, predicted: int, names: Sequence[str]) -> MatrixCell:
    title = f"{number.short(count)} of {names[true]} predicted as {names[predicted]}"
    if not count:
        return MatrixCell("0", "zero", "", title)
    if true == predicted:
        return MatrixCell(number.short(count), "right", "", title)
    return MatrixCell(number.short(count), "wrong", f"{0.16 + 0.6 * min(1, count / total * 10):.2f}", title)


def _share(part: float, whole: float, decimals: int) -> str:
    return number.fixed(float(part / whole), decimals) if whole else NONE
