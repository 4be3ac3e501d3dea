"""What a run logs: numbers and texts, lists, tables, pictures and charts."""

from __future__ import annotations

import os
import time
from itertools import count

from . import value
from .format import layout
from .format.errors import UserError
from .format.point import text_field
from .format.write import refused
from .recorder import Recorder, new_writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import Any

_write = os.write
_now = time.time
_NO_FILE = -1

GOALS = ("min", "max")


class Log:
    """The logging calls of a run, for one process: everything is appended, and is on its way to the disk on return."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._recorder = Recorder(folder, None)
        # What a log call needs and nothing else: the open descriptor, and for each name the spelled beginning of
        # its lines with the count of its steps. Everything unusual is a missing entry or a closed descriptor.
        self._fd = _NO_FILE
        self._heads: dict[str, tuple[str, count[int]]] = {}
        self._steps: dict[tuple[str, str], count[int]] = {}

    def log(
        self,
        name: str,
        value: Any,
        description: str = "",
        step: float | None = None,
        *,
        timestamp: float | datetime | None = None,
    ) -> None:
        """Log one datum: a number, a text, a truth value or None. The same name again makes a series.

        ``step`` is any finite number; without one the steps of a name count from 0. ``timestamp`` is in seconds
        since the epoch, or a datetime; now without one. Raises UserError for what cannot be logged, and
        StorageError where the disk does not take it; either leaves nothing behind.
        """
        datum = f"{value!r}," if type(value) is float else _datum(value, name)
        try:
            head, steps = self._heads[name]
        except (KeyError, TypeError):
            head, steps = self._head(name)
        when = _now() if timestamp is None else _seconds(timestamp, name)
        at = next(steps) if step is None else _step(step, name)
        if description:
            self._recorder.declare(name, description=description)
        line = f"{head}{at},{when:.3f},{datum}\n".encode()
        try:
            done = _write(self._fd, line)
        except OSError as error:
            self._log_anew(line, error)
            return
        if done != len(line):
            self._fd = _NO_FILE
            raise self._recorder.metrics.short(done)

    def log_list(self, name: str, value: Iterable[Any], description: str = "") -> None:
        """Log a list, an array or a generator, whose elements become points; an empty one is kept as an empty list.

        Raises UserError for nested lists and for elements that cannot be logged.
        """
        points = [_datum(item, name) for item in _items(value, name)]
        self._recorder.declare(_checked(name), kind="list", description=description)
        head, steps = self._head(name)
        now = f"{_now():.3f}"
        lines = "".join(f"{head}{next(steps)},{now},{datum}\n" for datum in points)
        if lines:
            with self._recorder.lock:
                self._recorder.metrics.write(lines.encode())

    def define(
        self, name: str, *, unit: str | None = None, goal: str | None = None, description: str | None = None
    ) -> None:
        """Say what a metric is: its unit, its goal (``min`` or ``max``), and what it means, in Markdown."""
        if goal is not None and goal not in GOALS:
            raise UserError(f"metric {name!r}: the goal is 'min' or 'max', and this is {goal!r}")
        self._recorder.declare(_checked(name), unit=unit, goal=goal, description=description)

    def _head(self, name: str) -> tuple[str, count[int]]:
        """The beginning of a name's lines and the count of its steps; raises UserError for what is no name."""
        with self._recorder.lock:
            head = self._heads.get(_checked(name))
            if head is None:
                head = self._heads[name] = (text_field(name) + ",", count())
            return head

    def _log_anew(self, line: bytes, error: OSError) -> None:
        """Log a line whose descriptor did not take it: not opened yet, closed, forked, or a disk that refuses."""
        if self._fd != _NO_FILE:
            raise refused(error, self._recorder.metrics.path) from error
        with self._recorder.lock:
            metrics = self._recorder.metrics
            metrics.write(line)
            if metrics.plain:
                self._fd = metrics.fd

    def _close_log(self) -> None:
        """Make everything outlive a power cut and give the descriptors back; a later call opens its file again."""
        self._recorder.sync()
        self._fd = _NO_FILE
        self._recorder.close()

    def _go_on_as_child(self) -> None:
        """In a forked child: write to files of its own, with the counts of the steps so far."""
        self._fd = _NO_FILE
        self._recorder.abandon()
        self._recorder = Recorder(self.folder, new_writer())

    # --- tables ---

    def log_row(self, name: str, description: str | None = None, **kwargs: Any) -> None:
        """Add one row to a table; each keyword is a column. Raises UserError for a list as a value."""
        row = {column: value.plain(cell, name, "log_row") for column, cell in kwargs.items()}
        self._add_rows(name, [row] if row else [], description)

    def log_table(self, name: str, value: Any, description: str = "") -> None:
        """Add rows to a table, given as a dictionary column -> list or as a data frame; a scalar is one cell.

        Raises UserError for columns of different lengths; nothing is written then.
        """
        columns = _columns(value, name)
        rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
        self._add_rows(name, rows, description)

    def _add_rows(self, name: str, rows: list[dict[str, Any]], description: str | None) -> None:
        if description:
            self._recorder.declare(_checked(name), description=description)
        if rows:
            self._recorder.append("tables", _checked(name), rows)

    # --- pictures ---

    def log_image(
        self,
        name: str,
        path: Any = None,
        plot: Any = None,
        description: str = "",
        *,
        step: float | None = None,
        caption: str | None = None,
    ) -> None:
        """Log a picture: a file, or anything drawn.

        ``path`` takes a path, the bytes of an image file, a PIL image, an array or a tensor; ``plot`` a matplotlib
        figure or ``pyplot`` (which stays open). Either takes what the other does, but exactly one is given. The
        content decides the type. Several pictures of one name are all kept, in order. Raises UserError for what is
        no picture; nothing is written then.
        """
        if (path is None) == (plot is None):
            raise UserError(f"image {name!r}: give exactly one of path= and plot=")
        from .image import encode

        data, kind = encode(path if plot is None else plot, _checked(name))
        at = self._next_step("images", name) if step is None else _step(step, name)
        if description:
            self._recorder.declare(name, description=description)
        facts: dict[str, Any] = {"extension": kind.extension, "width": kind.width, "height": kind.height}
        if caption is not None:
            facts["caption"] = str(caption)
        self._recorder.add_medium("images", name, at, data, facts)

    def _next_step(self, kind: str, name: str) -> int:
        return next(self._steps.setdefault((kind, name), count()))

    # --- charts ---

    def log_confusion_matrix(self, name: str, value: Any, description: str = "", *, step: float | None = None) -> None:
        """Log a confusion matrix: ``{"class_labels": [...], "matrix": [[...], ...]}``, rows true, columns predicted.

        Takes a dictionary or JSON text, with or without the envelope ``schema_type``, ``schema_version``, ``data``.
        """
        self._log_chart("confusion_matrix", name, value, description, step)

    def log_accuracy_table(self, name: str, value: Any, description: str = "", *, step: float | None = None) -> None:
        """Log an accuracy table: counts [C][M][4] of TP, FP, TN, FN at M thresholds for C classes."""
        self._log_chart("accuracy_table", name, value, description, step)

    def log_residuals(self, name: str, value: Any, description: str = "", *, step: float | None = None) -> None:
        """Log residuals, predicted - actual: ``bin_edges`` (n + 1) and ``bin_counts`` (n)."""
        self._log_chart("residuals", name, value, description, step)

    def log_predictions(self, name: str, value: Any, description: str = "", *, step: float | None = None) -> None:
        """Log binned predictions: ``bin_averages``, ``bin_errors``, ``bin_counts`` (n) and ``bin_edges`` (n + 1)."""
        self._log_chart("predictions", name, value, description, step)

    def _log_chart(self, kind: str, name: str, value: Any, description: str, step: float | None) -> None:
        data = _chart_data(value, name, kind)
        at = self._next_step("charts", _checked(name)) if step is None else _step(step, name)
        if description:
            self._recorder.declare(name, description=description)
        record = {"type": kind, "step": at, "time": layout.iso_time(_now()), "data": data}
        self._recorder.append("charts", name, [record])


def _chart_data(value: Any, name: str, kind: str) -> Any:
    """The data of a chart, out of its envelope; a bare matrix gets its name."""
    if isinstance(value, (str, bytes)):
        import json

        try:
            value = json.loads(value)
        except ValueError as error:
            raise UserError(f"{kind} {name!r}: the text is no JSON: {error}") from None
    data = _document(value)
    if isinstance(data, dict) and isinstance(data.get("data"), dict) and "schema_type" in data:
        data = data["data"]
    if isinstance(data, list) and kind == "confusion_matrix":
        data = {"matrix": data}
    if not isinstance(data, dict):
        raise UserError(f"{kind} {name!r}: give a dictionary or JSON text, and this is a {type(value).__qualname__}")
    return data


def _checked(name: Any) -> str:
    if not isinstance(name, str) or not name:
        raise UserError(f"a metric needs a name, a text that is not empty, and this is {name!r}")
    return name


_datum = value.datum
_items = value.items
_step = value.step_of
_seconds = value.seconds_of
_columns = value.columns
_document = value.document
