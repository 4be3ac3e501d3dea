"""The pictures, tables, charts and sounds that a run of Weights & Biases logged, by the objects in its history."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from runpages.format.document import decode, mapping
from runpages.format.files import unreadable
from runpages.format.records import Chart, Medium, Problem, Table

from .record import content_within, sized

LARGEST = 16 << 20
"""Bytes of a logged table or chart up to which it is read."""

MOST = 50
"""Histograms, or confusion matrices, of one name that are shown, the first ones."""

CLASSES = 200
"""Classes of a confusion matrix up to which it is drawn; a larger one stays a table."""

_CONFUSION = ["Actual", "Predicted", "nPredictions"]
"""The columns of the table from which Weights & Biases draws a confusion matrix."""


class LoggedMedia:
    """What a run logged beside numbers.

    ``sizes`` has the files of the run by their paths from ``root``, ``paths`` its folders by time. Paths that lead
    elsewhere, as those of artifacts do, count as ``missing``.
    """

    def __init__(self, root: str, sizes: Mapping[str, int], paths: list[str]) -> None:
        self.images: list[Medium] = []
        self.media: list[Medium] = []
        self.tables: dict[str, Table] = {}
        self.charts: list[Chart] = []
        self.problems: list[Problem] = []
        self.shown: set[str] = set()
        self.unseen: Counter[str] = Counter()
        self.missing = 0
        self.replaced = 0
        self._root = root
        self._sizes = sizes
        self._folders = [os.path.basename(path) for path in reversed(paths)]
        self._charts: Counter[tuple[str, str]] = Counter()

    def take(self, name: str, step: float, time: float | None, one: Mapping[str, Any]) -> None:
        """Take what was logged under a name."""
        kind = str(one.get("_type"))
        if kind in ("image-file", "images/separated", "audio-file", "video-file", "html-file"):
            into = self.images if kind.startswith("image") else self.media
            into += self._media(name, step, time, one)
            for what in ("masks", "boxes"):
                self.unseen[f"{what} of an image"] += bool(one.get(what) or one.get(f"all_{what}"))
        elif kind in ("table-file", "table"):
            self._table(name, step, time, one)
        elif kind == "plotly-file":
            path = self._path(one.get("path"))
            figure = mapping(self._document(path)) if path else {}
            if figure:
                self.charts.append(Chart(name, "plotly", step, time, figure, path or ""))
        elif kind == "histogram" and (shape := histogram(one)):
            self._chart(name, kind, step, time, shape)
        else:
            self.unseen[kind] += 1

    def _media(self, name: str, step: float, time: float | None, one: Mapping[str, Any]) -> Iterator[Medium]:
        several = one.get("filenames")
        files = several if isinstance(several, list) else [one.get("path")]
        captions = one.get("captions")
        captions = captions if isinstance(captions, list) else [one.get("caption")]
        for at, file in enumerate(files):
            path = self._path(file)
            if path is None:
                continue
            self.shown.add(path)
            caption = captions[at] if at < len(captions) and isinstance(captions[at], str) else None
            shown = name if len(files) == 1 else f"{name}/{at}"
            yield sized(self._root, Medium(shown, step, time, path, caption))

    def _table(self, name: str, step: float, time: float | None, one: Mapping[str, Any]) -> None:
        path = self._path(one.get("path")) if "path" in one else ""
        known = mapping(self._document(path)) if path else one
        columns, rows = known.get("columns"), known.get("data")
        if path is None or not isinstance(columns, list) or not isinstance(rows, list):
            return
        names = list(map(str, columns))
        if names == _CONFUSION and (matrix := _confusion(rows)):
            self._chart(name.removesuffix("_table"), "confusion_matrix", step, time, matrix, path or "")
            return
        cells = [dict(zip(names, map(cell_of, row), strict=False)) for row in rows if isinstance(row, list)]
        self.replaced += name in self.tables
        self.tables[name] = Table(name, [path] if path else [], names, cells)

    def _chart(
        self, name: str, kind: str, step: float, time: float | None, data: dict[str, Any], file: str = ""
    ) -> None:
        self._charts[kind, name] += 1
        if self._charts[kind, name] <= MOST:
            self.charts.append(Chart(name, kind, step, time, data, file))
        else:
            self.unseen[f"{kind.replace('_', ' ')}, above {MOST} of a name"] += 1

    def _path(self, name: object) -> str | None:
        """The path of a file of the run; None, and counted, for one that is not there."""
        for folder in self._folders:
            path = f"{folder}/files/{name}"
            if path in self._sizes:
                return path
        self.missing += 1
        return None

    def _document(self, path: str) -> Any:
        self.shown.add(path)
        try:
            return decode(content_within(os.path.join(self._root, path), LARGEST, "it is too large to be shown"))
        except (OSError, ValueError) as error:
            self.problems.append(unreadable(path, error))
            return None


def histogram(one: Mapping[str, Any]) -> dict[str, Any]:
    """Edges and counts of a histogram, also of one that is packed; empty for what is none."""
    counts, edges, packed = one.get("values"), one.get("bins"), mapping(one.get("packedBins"))
    if isinstance(counts, list) and packed:
        low, width = packed.get("min"), packed.get("size")
        if isinstance(low, (int, float)) and isinstance(width, (int, float)):
            edges = [low + width * at for at in range(len(counts) + 1)]
    if not isinstance(counts, list) or not isinstance(edges, list) or len(edges) != len(counts) + 1:
        return {}
    numbers = all(isinstance(value, (int, float)) for value in (*counts, *edges))
    return {"bin_edges": edges, "bin_counts": counts} if numbers else {}


def _confusion(rows: list[Any]) -> dict[str, Any]:
    """The confusion matrix in rows of a true class, a predicted one and a count; empty where they are none."""
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        if not isinstance(row, list) or len(row) != len(_CONFUSION):
            return {}
        true, predicted, count = row
        if not isinstance(count, (int, float)) or not 0 <= count < 1e15 or count != int(count):
            return {}
        counts[str(true), str(predicted)] = int(count)
    labels = list(dict.fromkeys(true for true, _ in counts))
    if (
        not labels
        or len(labels) > CLASSES
        or len(rows) != len(labels) ** 2
        or counts.keys() != {*product(labels, labels)}
    ):
        return {}
    return {"class_labels": labels, "matrix": [[counts[true, other] for other in labels] for true in labels]}


def cell_of(value: object) -> Any:
    """A cell of a table: an object, such as a picture, as its text."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
