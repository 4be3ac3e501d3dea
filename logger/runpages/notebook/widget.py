"""Shows a run in a notebook, and keeps it fresh until it has ended."""

from __future__ import annotations

import sys
import time

from ..coerce import kind_name
from ..format import status
from ..format.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..run import Run
    from .panel import Shown


class RunDetails:
    """A run for the eyes: ``RunDetails(run).show()``."""

    def __init__(self, run_instance: Run) -> None:
        if not hasattr(run_instance, "get_portal_url"):
            raise UserError(f"RunDetails shows a run, not {kind_name(run_instance)}; give one from start() or resume()")
        self.run = run_instance

    def show(self, render_lib: Any = None, widget_settings: Any = None) -> None:
        """Show the run: in a notebook what it is, its metrics, children and log, elsewhere a few lines of text.

        It returns at once. In a notebook a thread shows it anew after 2 seconds and then every 12 until the run has
        ended; four errors of one kind in a row end that, and are shown. With anywidget (``runpages[notebook]``) it is a
        widget, else an output of the cell that is replaced.
        """
        if _panel().links.kernel() is not None:
            show(self.run)
        elif sys.stdout is not None:
            sys.stdout.write(f"{self!r}\n")

    def get_widget_data(self) -> dict[str, Any]:
        """A dictionary with ``status``, ``run_id``, ``run_properties``, ``run_metrics``, ``child_runs``, ``run_logs``.

        ``run_logs`` is the end of the log that was written to last.
        """
        run = self.run
        details = run.get_details()
        shown = look(run)
        return {
            "status": details["status"],
            "run_id": run.id,
            "run_properties": {
                **_facts(run, details["status"]),
                "start_time": details.get("startTimeUtc"),
                "end_time": details.get("endTimeUtc"),
                "description": run.description,
                "tags": run.get_tags(),
                "properties": details["properties"],
            },
            "run_metrics": run.get_metrics(),
            "child_runs": [_facts(child, child.status) for child in run.get_children()],
            "run_logs": "\n".join(shown.tail),
        }

    def __repr__(self) -> str:
        run = self.run
        number = "" if run.number is None else f"run {run.number}, "
        return f"{run._experiment.name}, {number}{run.id}: {run.get_status() or '–'}\n{run.get_portal_url()}"

    def _repr_html_(self) -> str:
        return str(_panel().panel(look(self.run)))


def look(run: Run) -> Shown:
    """What there is to show of a run now."""
    shown: Shown = _panel().look(run)
    return shown


def _panel() -> Any:
    """The module that reads and draws a run, loaded when the first one is shown."""
    from . import panel

    return panel


def _facts(run: Run, status: str | None) -> dict[str, Any]:
    return {
        "run_id": run.id,
        "run_number": run.number,
        "name": run.name,
        "experiment": run._experiment.name,
        "type": run.type,
        "status": status,
        "portal_url": run.get_portal_url(),
    }


EVERY = 12.0
"""Seconds between two looks at a run."""

FIRST = 2.0
"""Seconds until the first look after the one that began it."""

PATIENCE = 4
"""Errors of one kind in a row after which it is no longer shown anew."""

SHARE = 10
"""How many times as long as it took to look at a run passes before the next look, so that a long run costs little."""

_GLANCE = 0.5


def show(run: Run) -> None:
    """Show a run in the notebook that this code runs in, and keep it fresh; returns at once."""
    # A handle of its own: what the thread reads never changes what the caller has.
    reader = type(run._experiment)._of_run(run.folder, run._experiment.workspace)
    shown = look(reader)
    view = _view(reader, shown)
    if _goes_on(shown):
        from threading import Thread

        Thread(target=_keep_fresh, args=(run, reader, view, shown), name=f"runpages-show-{run.id}", daemon=True).start()


def rest(looks: int, took: float) -> float:
    """Seconds until the next look, after so many, of which the last one took so long."""
    return max(EVERY if looks > 1 else min(FIRST, EVERY), SHARE * took)


def _keep_fresh(run: Run, reader: Run, view: Callable[[Shown, str], None], shown: Shown) -> None:
    kind: type[Exception] | None = None
    count, looks, took = 0, 1, 0.0
    over = False
    while not over:
        _pause(run, rest(looks, took))
        began = time.monotonic()
        looks += 1
        try:
            shown = look(reader)
            view(shown, _freshness(shown))
            over, count = not _goes_on(shown), 0
        except Exception as error:  # Whatever it is, it may pass.
            count = count + 1 if type(error) is kind else 1
            kind = type(error)
            if count == PATIENCE:
                _give_up(view, shown, error)
                return
        took = time.monotonic() - began


def _give_up(view: Callable[[Shown, str], None], shown: Shown, error: Exception) -> None:
    try:
        view(shown, f"It is not shown anew any more, after {PATIENCE} errors: {type(error).__name__}: {error}")
    except Exception:  # The notebook is gone.
        return


def _pause(run: Run, seconds: float) -> None:
    """Wait, but no longer than until the run ends in this process."""
    until = time.monotonic() + seconds
    there = run.status in status.TERMINAL
    while time.monotonic() < until and (there or run.status not in status.TERMINAL):
        time.sleep(min(_GLANCE, seconds))


def _goes_on(shown: Shown) -> bool:
    return shown.run.status in status.ACTIVE


def _freshness(shown: Shown) -> str:
    """When it was looked at, and when again; nothing for the last look."""
    at = time.strftime("%H:%M:%S UTC", time.gmtime(shown.now))
    return f"as of {at}, again every {EVERY:g} s" if _goes_on(shown) else ""


# --- ways to show -----------------------------------------------------------------------------------------


def _view(reader: Run, shown: Shown) -> Callable[[Shown, str], None]:
    """Show it; returns what shows it anew, with a note."""
    from importlib import import_module
    from importlib.util import find_spec

    panel, other_logs = _panel().panel, _panel().other_logs
    display = import_module("IPython.display").display
    if find_spec("anywidget") is not None:
        widget = run_view()(html=panel(shown, _freshness(shown)), text=repr(reader))
        whole = display(widget, display_id=True)

        def show_in_widget(shown: Shown, note: str) -> None:
            widget.set_trait("html", panel(shown, note))
            if not _goes_on(shown):
                widget.text = repr(reader)
                whole.update(widget)  # A notebook that is read without a kernel has the HTML of the output.

        return show_in_widget
    # HTML without script keeps nothing that a reader opened when it is replaced. So the logs to choose from are an
    # output of their own, which is replaced only when one of them changes.
    logs = other_logs(shown)
    page = display(_Page(panel(shown._replace(logs=()), _freshness(shown)), repr(reader)), display_id=True)
    below = display(_Page(logs, ""), display_id=True)

    def show_anew(shown: Shown, note: str) -> None:
        nonlocal logs
        page.update(_Page(panel(shown._replace(logs=()), note), repr(reader)))
        if other_logs(shown) != logs:
            logs = other_logs(shown)
            below.update(_Page(logs, ""))

    return show_anew


class _Page:
    """HTML for a notebook, with a text for what shows none."""

    def __init__(self, html: str, text: str) -> None:
        self._html = html
        self._text = text

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        return self._html


def run_view() -> type[Any]:
    """The class of the widget, which imports anywidget: it shows its ``html``, and shows it anew when that changes.

    ``text`` is for what shows neither widgets nor HTML.
    """
    import os

    import anywidget
    import traitlets

    with open(os.path.join(os.path.dirname(__file__), "notebook.js"), encoding="utf-8") as file:
        script = file.read()

    class RunView(anywidget.AnyWidget):  # type: ignore[misc]
        _esm = script
        html = traitlets.Unicode().tag(sync=True)
        text = traitlets.Unicode()

        def __repr__(self) -> str:
            return str(self.text)

        def _repr_mimebundle_(self, **how: Any) -> tuple[dict[str, Any], dict[str, Any]]:
            """The widget, and beside it the HTML of now, for a notebook that is read without a kernel."""
            data, metadata = super()._repr_mimebundle_(**how)
            return {**data, "text/html": self.html}, metadata

    return RunView
