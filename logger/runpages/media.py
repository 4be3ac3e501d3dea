"""Stores what a run logs to be seen or heard: pictures, charts, histograms, sound, video, pages and texts."""

from __future__ import annotations

import time

from . import coerce, encode_media, nested
from ._lifecycle import level_of_the_script
from .format import layout
from .format.errors import UserError
from .table import key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from typing import Any

    from ._state import RunState

    Moment = float | datetime | None

_now = time.time


class Note:
    """What is given beside the content: a description of the name, the step, the time, and a caption."""

    __slots__ = ("caption", "description", "step", "timestamp")

    def __init__(self, description: str, step: float | None, timestamp: Moment, caption: str | None = None) -> None:
        self.description = description
        self.step = step
        self.timestamp = timestamp
        self.caption = caption

    def take_step(self, state: RunState, kind: str, name: str) -> tuple[float | int, str]:
        """Declare the name; returns the step and the time. A step that is refused does not count."""
        when = layout.iso_time(_now() if self.timestamp is None else coerce.seconds_of(self.timestamp, name))
        description = coerce.described(self.description, name)
        at = state.next_step(kind, name, self.step)
        if description:
            state.recorder.declare(name, description=description)
        return at, when

    @property
    def facts(self) -> dict[str, str]:
        """The caption, as the record of what is logged has it."""
        return {} if self.caption is None else {"caption": nested.text(self.caption)}


def checked(name: Any) -> str:
    """The name, if it is one; raises UserError otherwise."""
    if isinstance(name, str) and name:
        return name
    if isinstance(name, str):
        raise UserError("metric name must not be empty")
    many = "; give many as log({name: value, ...}, step=...)" if isinstance(name, dict) else ""
    raise UserError(f"metric name must be a string, not {coerce.quoted(name)}{many}")


# --- files ---


def image(state: RunState, name: str, path: Any, plot: Any, note: Note) -> None:
    """Store a picture, or a live chart where plotly drew it."""
    if (path is None) == (plot is None):
        raise UserError(f"image {name!r}: give exactly one of path= and plot=")
    source = path if plot is None else plot
    if hasattr(source, "to_plotly_json") and hasattr(source, "to_json"):
        chart(state, "plotly", name, source.to_json(), note)
        return
    from .encode_image import encode

    remarks: list[str] = []
    data, kind = encode(source, checked(name), remarks)
    if remarks and name not in state.warned:
        import warnings

        state.warned.add(name)
        warnings.warn(remarks[0], RuntimeWarning, stacklevel=level_of_the_script())
    facts = {"extension": kind.extension, "width": kind.width, "height": kind.height}
    _store(state, "images", name, data, facts, note)


def audio(state: RunState, name: str, sound: Any, sample_rate: int | None, note: Note) -> None:
    """Store a sound."""
    data, extension = encode_media.audio(sound, sample_rate, checked(name))
    _store(state, "media", name, data, {"extension": extension}, note)


def video(state: RunState, name: str, source: Any, note: Note) -> None:
    """Store a video."""
    data, extension = encode_media.video(source, checked(name))
    _store(state, "media", name, data, {"extension": extension}, note)


def text(state: RunState, name: str, content: Any, extension: str, note: Note) -> None:
    """Store a page or a text."""
    _store(state, "media", name, encode_media.text_bytes(content, checked(name)), {"extension": extension}, note)


def _store(state: RunState, folder: str, name: str, data: bytes, facts: dict[str, Any], note: Note) -> None:
    facts |= note.facts
    at, when = note.take_step(state, folder, name)
    state.recorder.add_medium(folder, name, at, when, data, facts)


# --- charts ---


def histogram(state: RunState, name: str, values: Any, bins: int, note: Note) -> None:
    """Append a histogram of the values."""
    chart(state, "histogram", name, encode_media.histogram(values, bins, checked(name)), note)


def chart(state: RunState, kind: str, name: str, value: Any, note: Note) -> None:
    """Append the data of a chart."""
    data = _chart_data(value, checked(name), kind)
    at, when = note.take_step(state, "charts", name)
    state.recorder.append("charts", name, [{"type": kind, "step": at, "time": when, "data": data, **note.facts}])


def _chart_data(given: Any, name: str, kind: str) -> Any:
    """The data of a chart, out of its envelope; a bare matrix gets its name."""
    if isinstance(given, (str, bytes)):
        import json

        try:
            given = json.loads(given)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{kind} {name!r}: the text is not JSON: {error}") from None
    if kind == "confusion_matrix" and coerce.can(given, "iloc", "columns"):
        given = _matrix_of_frame(given, name)
    data = coerce.document(given)
    if isinstance(data, dict) and isinstance(data.get("data"), dict) and "schema_type" in data:
        data = data["data"]
    if isinstance(data, list) and kind == "confusion_matrix":
        data = {"matrix": data}
    if not isinstance(data, dict):
        raise UserError(f"{kind} {name!r}: give a dictionary or JSON text, not {type(given).__qualname__}")
    _check(kind, name, data)
    return data


def _matrix_of_frame(frame: Any, name: str) -> dict[str, Any]:
    """The matrix of a data frame, whose columns are the classes; its rows too, where they are named."""
    truths, classes = ([key(label) for label in labels] for labels in (frame.index, frame.columns))
    if truths not in (classes, [str(at) for at in range(len(classes))]):
        raise UserError(
            f"confusion_matrix {name!r}: the rows are the classes {truths[:9]}, but the columns {classes[:9]}; "
            "give both the same, as frame.reindex(index=classes, columns=classes, fill_value=0) does"
        )
    return {"class_labels": classes, "matrix": frame.to_numpy().tolist()}


# --- whether the lists of a chart fit together ---


def _check(kind: str, name: str, data: dict[str, Any]) -> None:
    """Raise UserError if the lists of a chart have lengths that do not fit; lists that are missing are not checked."""
    for mistake in _CHECKS[kind](data) if kind in _CHECKS else ():
        raise UserError(f"{kind} {name!r}: {mistake}")


def _confusion_matrix(data: dict[str, Any]) -> Iterator[str]:
    rows = data.get("matrix")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) for row in rows):
        yield "matrix must be a list of rows"
        return
    for at, row in enumerate(rows):
        if len(row) != len(rows):
            yield f"matrix must be square, but row {at} has length {len(row)}, not {len(rows)}"
        for place, count in enumerate(row):
            if not _is_count(count):
                yield f"counts must be numbers of at least 0, but matrix[{at}][{place}] is {count!r:.60}"
    yield from _labels(data, len(rows), "matrix")


def _is_count(value: Any) -> bool:
    """Whether the page of the run can show a value as a count; one that is weighted may be a fraction, or missing."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value is None or (is_number and not value < 0)


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
    for kind in ("bin_counts", "bin_averages", "bin_errors"):
        values = data.get(kind)
        if isinstance(values, list) and len(values) != len(edges) - 1:
            yield f"{kind} must have length {len(edges) - 1}, one less than bin_edges, not {len(values)}"


_CHECKS: dict[str, Callable[[dict[str, Any]], Iterator[str]]] = {
    "confusion_matrix": _confusion_matrix,
    "accuracy_table": _accuracy_table,
    "residuals": _binned,
    "predictions": _binned,
}
