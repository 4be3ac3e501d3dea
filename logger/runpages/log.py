"""Logs numbers, texts, lists and tables of a run; what is seen or heard is stored by ``media``."""

from __future__ import annotations

import errno
import os
import time
from itertools import count

from . import coerce as plain
from . import media, table
from ._state import Steps
from .format.csv_line import text_field
from .format.errors import UserError
from .format.write import refused
from .media import checked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from os import PathLike
    from typing import Any

    from ._state import RunState
    from .media import Moment

_write = os.write
_now = time.time
NO_TEXT = plain.NO_TEXT
_datum = plain.datum
_step = plain.step_of
_seconds = plain.seconds_of

GOALS = ("min", "max")
NO_FILE = -1
_NOTHING: Any = object()
_FLOATS = {float}
_WHOLE = 1 << 53
"""Below it every whole number is one that a double can hold."""


class Logging:
    """The logging calls of a run, for one process: everything is appended, and is on its way to the disk on return.

    Pictures, charts and media of one name are all kept, in order. Each takes a ``step``, any finite number, without one
    the whole number after the greatest of the name, at first 0; and a ``timestamp``, in seconds since the epoch or a
    datetime, now without one. What cannot be logged raises UserError, and nothing is written then.
    """

    _state: RunState

    def _log_to(self, state: RunState) -> None:
        """Log by this state from now on."""
        self._state = state
        # What a log call needs and nothing else: the open descriptor, and for each name the spelled beginning of
        # its lines with the count of its steps. Everything unusual is a missing entry or a closed descriptor.
        self._fd = NO_FILE
        self._look = 0.0
        self._heads: dict[str, tuple[str, count[int] | Steps]] = {}

    def _close_log(self) -> None:
        self._fd = NO_FILE
        self._state.close()

    def _forked(self) -> None:
        """In a forked child: log to files of its own."""
        self._fd = NO_FILE
        self._state.forked()
        for _, steps in self._heads.values():
            if isinstance(steps, Steps):
                steps.lock = self._state.recorder.lock

    def log(
        self,
        name: str | Mapping[str, Any],
        value: Any = _NOTHING,
        description: str = "",
        step: float | None = None,
        *,
        timestamp: float | datetime | None = None,
    ) -> None:
        """Log one datum: a number, a text, a truth value or None. The same name again makes a series.

        ``log({"loss": 0.5, "accuracy": 0.9}, step=3)`` logs many in one write, or none where one is refused. ``step``
        is any finite number; without one it is the whole number after the greatest of the name, at first 0.
        ``timestamp`` is in seconds since the epoch, or a datetime; now without one. Raises UserError for what cannot be
        logged, which leaves nothing behind, and StorageError where the disk does not take it; of many lines a full disk
        keeps those that it took whole.
        """
        if value is _NOTHING:
            if description is not NO_TEXT and description is not None:
                raise UserError("log({...}) takes no description; use define(name, description=...)")
            self._log_many(name, step, timestamp)
            return
        datum = f"{value!r}," if type(value) is float else _datum(value, name)  # type: ignore[arg-type]
        try:
            head, steps = self._heads[name]  # type: ignore[index]
        except (KeyError, TypeError):
            head, steps = self._head(name)
        when = _now() if timestamp is None else _seconds(timestamp, name)  # type: ignore[arg-type]
        if description is not NO_TEXT:
            description = plain.described(description, checked(name))
        at = next(steps) if step is None else self._given(step, name)  # type: ignore[arg-type]
        if description is not NO_TEXT:
            self._state.recorder.declare(checked(name), description=description)
        if when > self._look:
            self._look_after(when)
        line = f"{head}{at},{when:.3f},{datum}\n".encode()
        try:
            done = _write(self._fd, line)
        except OSError as error:
            if error.errno != errno.EBADF:
                raise refused(error, self._state.recorder.metrics.path) from error
            self._append(line)  # Not opened yet, or closed.
            return
        if done != len(line):
            self._fd = NO_FILE
            raise self._state.recorder.metrics.short(done)

    def _log_many(self, values: Any, step: float | None, timestamp: float | datetime | None) -> None:
        if not hasattr(values, "items"):
            raise UserError(f"metric {values!r}: value is missing; use log(name, value) or log({{name: value, ...}})")
        values = values if isinstance(values, dict) else dict(values.items())
        when = f"{_now() if timestamp is None else _seconds(timestamp, 'timestamp'):.3f}"
        known = self._heads
        at = None if step is None else _step(step, "step")
        if set(map(type, values.values())) == _FLOATS and known.keys() >= values.keys():
            # What a training loop logs again and again: nothing in it can be refused.
            if at is None:
                lines = [
                    f"{head}{next(steps)},{when},{value!r},\n"
                    for name, value in values.items()
                    for head, steps in (known[name],)
                ]
            else:
                rest = f"{at},{when},"
                lines = [f"{known[name][0]}{rest}{value!r},\n" for name, value in values.items()]
        else:
            # All is checked before any step is counted.
            points = [(known.get(name) or self._head(name), _datum(value, name)) for name, value in values.items()]
            lines = [f"{head}{next(steps) if at is None else at},{when},{datum}\n" for (head, steps), datum in points]
        if at is not None:
            self._reach(at, values)
        if lines:
            self._append("".join(lines).encode())

    def _given(self, step: Any, name: str) -> float | int:
        """A step that was given to a name, checked; those counted go on after it."""
        at = step if type(step) is int and -_WHOLE < step < _WHOLE else _step(step, name)
        steps: Any = self._heads[name][1]
        try:
            if at > steps.greatest:
                steps.greatest = at
        except AttributeError:
            self._reach(at, [name])
        return at

    def _reach(self, at: float, names: Iterable[str]) -> None:
        """Let the steps that are counted for the names go on after one that was given."""
        known = self._heads
        for name in names:
            head, steps = known[name]
            if not isinstance(steps, Steps):  # The first that is given to this name.
                steps = Steps(steps, self._state.recorder.lock)
                known[name] = head, steps
            if at > steps.greatest:
                steps.greatest = at

    def log_list(
        self,
        name: str,
        value: Iterable[Any],
        description: str = "",
        step: int | None = None,
        *,
        timestamp: float | datetime | None = None,
    ) -> None:
        """Log a list, an array or a generator, whose elements become points; an empty one is kept as an empty list.

        ``step`` is that of the first element; ``timestamp`` is of all. Raises UserError for nested lists and for
        elements that cannot be logged.
        """
        points = [_datum(item, name) for item in plain.items(value, checked(name))]
        description = plain.described(description, name)
        when = f"{_now() if timestamp is None else _seconds(timestamp, name):.3f}"
        first = None if step is None else _step(step, name)
        self._state.recorder.declare(name, kind="list", description=description)
        head, steps = self._head(name)
        if first is not None and points:
            self._reach(first + len(points) - 1, [name])
            steps = count(first)  # type: ignore[arg-type]
        lines = [f"{head}{next(steps)},{when},{datum}\n" for datum in points]
        if lines:
            self._append("".join(lines).encode())

    def define(
        self, name: str, *, unit: str | None = None, goal: str | None = None, description: str | None = None
    ) -> None:
        """Say what a metric is: its unit, its goal (``min`` or ``max``), and what it means, in Markdown."""
        if goal is not None and not (isinstance(goal, str) and goal in GOALS):  # type: ignore[redundant-expr]
            raise UserError(f"metric {checked(name)!r}: goal must be 'min' or 'max', not {plain.quoted(goal)}")
        self._state.recorder.declare(checked(name), unit=unit, goal=goal, description=description)

    def _head(self, name: Any) -> tuple[str, count[int] | Steps]:
        """The beginning of a name's lines and the count of its steps; raises UserError for what is no name."""
        with self._state.recorder.lock:
            head = self._heads.get(checked(name))
            if head is None:
                head = self._heads[name] = (text_field(name) + ",", count(self._state.first_step("series", name)))
            return head

    def _look_after(self, when: float) -> None:
        """Once a second: whether the file is still there. To a file that was removed one can write for ever."""
        self._look = when + 1.0
        if self._fd != NO_FILE:
            try:
                gone = os.fstat(self._fd).st_nlink == 0
            except OSError:
                return  # The write reports what is closed.
            if gone:
                self._look = 0.0
                raise refused(FileNotFoundError(errno.ENOENT, ""), self._state.recorder.metrics.path)

    def _append(self, lines: bytes) -> None:
        """Append whole lines by the recorder, which opens the file and mends what a full disk has torn."""
        with self._state.recorder.lock:
            metrics = self._state.recorder.metrics
            now = _now()
            if now > self._look:
                self._look_after(now)
            self._fd = NO_FILE
            metrics.write(lines)
            self._fd = metrics.fd

    # --- tables ---

    def log_row(self, name: str, description: str | None = None, **kwargs: Any) -> None:
        """Add one row to a table; each keyword is a column. Raises UserError for a cell that cannot be kept."""
        if isinstance(description, dict):
            raise UserError(f"table {name!r}: give cells by name, as log_row({name!r}, **values) does")
        self._add_rows(name, [table.row(kwargs, checked(name))] if kwargs else [], description)

    def log_table(self, name: str, value: Any, description: str = "") -> None:
        """Add rows to a table: a data frame, a dictionary column -> list, or a list of rows; a scalar is one cell.

        Frames are of pandas, polars, Arrow or xarray; a row is a dictionary or a list; arrays have two dimensions, or
        named fields. An index that is named or is not 0, 1, 2, … becomes the first columns. Raises UserError for
        columns of different lengths and for a cell that cannot be kept; nothing is written then.
        """
        self._add_rows(name, table.rows(value, checked(name)), description)

    def _add_rows(self, name: str, rows: list[dict[str, Any]], description: str | None) -> None:
        description = plain.described(description, checked(name))
        if description:
            self._state.recorder.declare(name, description=description)
        if rows:
            self._state.recorder.append("tables", name, rows)

    # --- pictures, charts, sound, video, pages, texts ---

    def log_image(
        self,
        name: str,
        path: Any = None,
        plot: Any = None,
        description: str = "",
        *,
        step: float | None = None,
        timestamp: Moment = None,
        caption: str | None = None,
    ) -> None:
        """Log a picture: a file, or anything drawn.

        ``path`` takes a path, the bytes of an image file, a PIL image, an array or a tensor; ``plot`` a matplotlib
        figure or ``pyplot`` (which stays open), whatever leads to a figure, such as axes or a grid of seaborn, an
        animation, or a plotly figure, which is kept as a live chart. Either takes what the other does, but exactly one
        is given. The content decides the type. Floats that lie a little beyond 0 and 1 are clipped, which is said once.
        """
        media.image(self._state, name, path, plot, media.Note(description, step, timestamp, caption))

    def log_audio(
        self,
        name: str,
        sound: Any,
        sample_rate: int | None = None,
        description: str = "",
        *,
        step: float | None = None,
        timestamp: Moment = None,
        caption: str | None = None,
    ) -> None:
        """Log a sound: a path or the bytes of a WAV, MP3, OGG, FLAC or M4A file, or samples with their rate in hertz.

        Samples are an array or a tensor of shape (samples,) or (samples, channels), as floats from -1 to 1 or int16;
        they become a WAV file of 16 bits.
        """
        media.audio(self._state, name, sound, sample_rate, media.Note(description, step, timestamp, caption))

    def log_video(
        self,
        name: str,
        video: Any,
        description: str = "",
        *,
        step: float | None = None,
        timestamp: Moment = None,
        caption: str | None = None,
    ) -> None:
        """Log a video: a path or the bytes of an MP4, WebM, MOV or OGG file."""
        media.video(self._state, name, video, media.Note(description, step, timestamp, caption))

    def log_html(
        self,
        name: str,
        html: str | PathLike[str],
        description: str = "",
        *,
        step: float | None = None,
        timestamp: Moment = None,
        caption: str | None = None,
    ) -> None:
        """Log a page: its HTML as a text, or a ``pathlib.Path`` to a file."""
        media.text(self._state, name, html, "html", media.Note(description, step, timestamp, caption))

    def log_text(
        self,
        name: str,
        text: str | PathLike[str],
        description: str = "",
        *,
        step: float | None = None,
        timestamp: Moment = None,
        caption: str | None = None,
    ) -> None:
        """Log a text of any length, or a ``pathlib.Path`` to one, as a file of its own; ``log`` takes short ones."""
        media.text(self._state, name, text, "txt", media.Note(description, step, timestamp, caption))

    def log_confusion_matrix(
        self, name: str, value: Any, description: str = "", *, step: float | None = None, timestamp: Moment = None
    ) -> None:
        """Log a confusion matrix: ``{"class_labels": [...], "matrix": [[...], ...]}``, rows true, columns predicted.

        Counts are at least 0; they may be fractions, or None where they are missing. Takes a dictionary or JSON text,
        with or without the envelope ``schema_type``, ``schema_version``, ``data``; or a data frame, whose columns are
        the classes. Raises UserError for anything else.
        """
        media.chart(self._state, "confusion_matrix", name, value, media.Note(description, step, timestamp))

    def log_accuracy_table(
        self, name: str, value: Any, description: str = "", *, step: float | None = None, timestamp: Moment = None
    ) -> None:
        """Log an accuracy table: counts [C][M][4] of TP, FP, TN, FN at M thresholds for C classes."""
        media.chart(self._state, "accuracy_table", name, value, media.Note(description, step, timestamp))

    def log_residuals(
        self, name: str, value: Any, description: str = "", *, step: float | None = None, timestamp: Moment = None
    ) -> None:
        """Log residuals, predicted - actual: ``bin_edges`` (n + 1) and ``bin_counts`` (n)."""
        media.chart(self._state, "residuals", name, value, media.Note(description, step, timestamp))

    def log_predictions(
        self, name: str, value: Any, description: str = "", *, step: float | None = None, timestamp: Moment = None
    ) -> None:
        """Log binned predictions: ``bin_averages``, ``bin_errors``, ``bin_counts`` (n) and ``bin_edges`` (n + 1)."""
        media.chart(self._state, "predictions", name, value, media.Note(description, step, timestamp))

    def log_histogram(
        self,
        name: str,
        values: Any,
        bins: int = 64,
        description: str = "",
        *,
        step: float | None = None,
        timestamp: Moment = None,
    ) -> None:
        """Log how numbers are distributed: any array, tensor or iterable, counted in bins of equal width.

        Kept are ``bin_edges`` (bins + 1), ``bin_counts`` (bins), and how many values are not finite.
        """
        media.histogram(self._state, name, values, bins, media.Note(description, step, timestamp))
