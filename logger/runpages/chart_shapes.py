"""Checks that the lists in the data of a chart fit together, before anything is written."""

from __future__ import annotations

from .format.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


def check(kind: str, name: str, data: dict[str, Any]) -> None:
    """Raise UserError if the lists of a chart have lengths that do not fit; lists that are missing are not checked."""
    mistake = next(_CHECKS.get(kind, _nothing)(data), None)
    if mistake is not None:
        raise UserError(f"{kind} {name!r}: {mistake}")


def _nothing(_: dict[str, Any]) -> Iterator[str]:
    return iter(())


def _confusion_matrix(data: dict[str, Any]) -> Iterator[str]:
    rows = data.get("matrix")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        yield "matrix must be a list of rows"
        return
    for at, row in enumerate(rows):
        if len(row) != len(rows):
            yield f"matrix must be square, but row {at} has length {len(row)}, not {len(rows)}"
    yield from _labels(data, len(rows), "matrix")


def _accuracy_table(data: dict[str, Any]) -> Iterator[str]:
    for stem in ("probability", "percentile"):
        tables = data.get(f"{stem}_tables")
        if tables is None:
            continue
        if not isinstance(tables, list) or not all(map(_is_table, tables)):
            yield f"{stem}_tables must be a list for each class of rows [TP, FP, TN, FN]"
            return
        yield from _labels(data, len(tables), f"{stem}_tables")
        thresholds = data.get(f"{stem}_thresholds")
        if not isinstance(thresholds, list) or not thresholds or any(isinstance(one, list) for one in thresholds):
            continue  # None, or a list for each class.
        for at, table in enumerate(tables):
            if len(table) != len(thresholds):
                lengths = f"{len(thresholds)}, as {stem}_thresholds has, not {len(table)}"
                yield f"{stem}_tables[{at}] must have length {lengths}"


def _is_table(rows: Any) -> bool:
    return isinstance(rows, list) and all(isinstance(row, list) and len(row) == 4 for row in rows)


def _labels(data: dict[str, Any], count: int, owner: str) -> Iterator[str]:
    labels = data.get("class_labels")
    if isinstance(labels, list) and len(labels) != count:
        yield f"class_labels must have length {count}, as {owner} has, not {len(labels)}"


def _binned(data: dict[str, Any]) -> Iterator[str]:
    edges = data.get("bin_edges")
    if not isinstance(edges, list):
        return
    for key in ("bin_counts", "bin_averages", "bin_errors"):
        values = data.get(key)
        if isinstance(values, list) and len(values) != len(edges) - 1:
            yield f"{key} must have length {len(edges) - 1}, one less than bin_edges, not {len(values)}"


_CHECKS: dict[str, Callable[[dict[str, Any]], Iterator[str]]] = {
    "confusion_matrix": _confusion_matrix,
    "accuracy_table": _accuracy_table,
    "residuals": _binned,
    "predictions": _binned,
}
