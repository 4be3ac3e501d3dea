"""What a run logs to be seen or heard: pictures, charts, histograms, sound, video, pages and texts."""

from __future__ import annotations

import time

from . import coerce
from ._state import Record, after
from .format import layout
from .format.errors import UserError
from .log import checked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from os import PathLike
    from typing import Any

    Moment = float | datetime | None

_now = time.time


class Media(Record):
    """The calls of a run that store a file or a chart. Several of one name are all kept, in order.

    Each takes a ``step``, any finite number, without one the whole number after the greatest of the name, at first 0;
    and a ``timestamp``, in seconds since the epoch or a datetime, now without one. What cannot be logged raises
    UserError, and nothing is written then.
    """

    # --- pictures ---

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
        if (path is None) == (plot is None):
            raise UserError(f"image {name!r}: give exactly one of path= and plot=")
        source = path if plot is None else plot
        if hasattr(source, "to_plotly_json") and hasattr(source, "to_json"):
            self._log_chart("plotly", name, source.to_json(), description, step, timestamp, caption)
            return
        from .encode_image import encode

        notes: list[str] = []
        data, kind = encode(source, checked(name), notes)
        if notes and name not in self._noted:
            import warnings

            self._noted.add(name)
            warnings.warn(notes[0], RuntimeWarning, stacklevel=2)
        facts = {"extension": kind.extension, "width": kind.width, "height": kind.height}
        self._log_medium("images", name, data, facts, description, step, timestamp, caption)

    # --- sound, video, pages, texts ---

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
        from .encode_media import audio

        data, extension = audio(sound, sample_rate, checked(name))
        self._log_medium("media", name, data, {"extension": extension}, description, step, timestamp, caption)

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
        from .encode_media import video as encoded

        data, extension = encoded(video, checked(name))
        self._log_medium("media", name, data, {"extension": extension}, description, step, timestamp, caption)

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
        self._log_words("html", name, html, description, step, timestamp, caption)

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
        self._log_words("txt", name, text, description, step, timestamp, caption)

    def _log_words(
        self,
        extension: str,
        name: str,
        words: Any,
        description: str,
        step: float | None,
        timestamp: Moment,
        caption: str | None,
    ) -> None:
        from .encode_media import words as encoded

        data = encoded(words, checked(name))
        self._log_medium("media", name, data, {"extension": extension}, description, step, timestamp, caption)

    def _log_medium(
        self,
        folder: str,
        name: str,
        data: bytes,
        facts: dict[str, Any],
        description: str,
        step: float | None,
        timestamp: Moment,
        caption: str | None,
    ) -> None:
        if caption is not None:
            facts["caption"] = str(caption)
        at, when = self._place(folder, name, step, timestamp)
        if description:
            self._recorder.declare(name, description=description)
        self._recorder.add_medium(folder, name, at, when, data, facts)

    def _place(self, kind: str, name: str, step: float | None, timestamp: Moment) -> tuple[float | int, str]:
        """The step and the time of something logged; a refused one does not count."""
        when = layout.iso_time(_now() if timestamp is None else coerce.seconds_of(timestamp, name))
        key = kind, name
        with self._recorder.lock:
            if step is not None:
                at = coerce.step_of(step, name)
            else:
                at = max(self._first_step(kind, name), after(self._greatest.get(key, -1)))
            self._greatest[key] = max(at, self._greatest.get(key, -1))
        return at, when

    # --- charts ---

    def log_confusion_matrix(
        self, name: str, value: Any, description: str = "", *, step: float | None = None, timestamp: Moment = None
    ) -> None:
        """Log a confusion matrix: ``{"class_labels": [...], "matrix": [[...], ...]}``, rows true, columns predicted.

        Takes a dictionary or JSON text, with or without the envelope ``schema_type``, ``schema_version``, ``data``; or
        a data frame, whose columns are the classes.
        """
        self._log_chart("confusion_matrix", name, value, description, step, timestamp)

    def log_accuracy_table(
        self, name: str, value: Any, description: str = "", *, step: float | None = None, timestamp: Moment = None
    ) -> None:
        """Log an accuracy table: counts [C][M][4] of TP, FP, TN, FN at M thresholds for C classes."""
        self._log_chart("accuracy_table", name, value, description, step, timestamp)

    def log_residuals(
        self, name: str, value: Any, description: str = "", *, step: float | None = None, timestamp: Moment = None
    ) -> None:
        """Log residuals, predicted - actual: ``bin_edges`` (n + 1) and ``bin_counts`` (n)."""
        self._log_chart("residuals", name, value, description, step, timestamp)

    def log_predictions(
        self, name: str, value: Any, description: str = "", *, step: float | None = None, timestamp: Moment = None
    ) -> None:
        """Log binned predictions: ``bin_averages``, ``bin_errors``, ``bin_counts`` (n) and ``bin_edges`` (n + 1)."""
        self._log_chart("predictions", name, value, description, step, timestamp)

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
        from .encode_media import histogram

        self._log_chart("histogram", name, histogram(values, bins, checked(name)), description, step, timestamp)

    def _log_chart(
        self,
        kind: str,
        name: str,
        value: Any,
        description: str,
        step: float | None,
        timestamp: Moment,
        caption: str | None = None,
    ) -> None:
        data = _chart_data(value, checked(name), kind)
        more = {} if caption is None else {"caption": str(caption)}
        at, when = self._place("charts", name, step, timestamp)
        if description:
            self._recorder.declare(name, description=description)
        self._recorder.append("charts", name, [{"type": kind, "step": at, "time": when, "data": data, **more}])


def _chart_data(given: Any, name: str, kind: str) -> Any:
    """The data of a chart, out of its envelope; a bare matrix gets its name."""
    if isinstance(given, (str, bytes)):
        import json

        try:
            given = json.loads(given)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{kind} {name!r}: the text is no JSON: {error}") from None
    if kind == "confusion_matrix" and coerce.can(given, "iloc", "columns"):
        given = _matrix_of_frame(given, name)
    data = coerce.document(given)
    if isinstance(data, dict) and isinstance(data.get("data"), dict) and "schema_type" in data:
        data = data["data"]
    if isinstance(data, list) and kind == "confusion_matrix":
        data = {"matrix": data}
    if not isinstance(data, dict):
        raise UserError(f"{kind} {name!r}: give a dictionary or JSON text, and this is a {type(given).__qualname__}")
    return data


def _matrix_of_frame(frame: Any, name: str) -> dict[str, Any]:
    """The matrix of a data frame, whose columns are the classes; its rows too, where they are named."""
    from .table import key

    truths, classes = ([key(label) for label in labels] for labels in (frame.index, frame.columns))
    if truths not in (classes, [str(at) for at in range(len(classes))]):
        raise UserError(
            f"confusion_matrix {name!r}: its rows are the classes {truths[:9]} and its columns {classes[:9]}; "
            "give both the same, as frame.reindex(index=classes, columns=classes, fill_value=0) does"
        )
    return {"class_labels": classes, "matrix": frame.to_numpy().tolist()}
