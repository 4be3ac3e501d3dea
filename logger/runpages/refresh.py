"""A run in a notebook that is shown anew until it has ended, by a thread."""

from __future__ import annotations

import time

from .format import status
from .widget import look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .run import Run

EVERY = 12.0
"""Seconds between two looks at a run."""

PATIENCE = 4
"""Errors of one kind in a row after which it is no longer shown anew."""

SHARE = 10
"""How many times as long as it took to look at a run passes before the next look, so that a long run costs little."""

_GLANCE = 0.5


def show(run: Run) -> None:
    """Show a run in the notebook that this code runs in, and keep it fresh; returns at once."""
    # A handle of its own: what the thread reads never changes what the caller has.
    reader = type(run._experiment)._of_run(run.folder, run._experiment.workspace)
    html, over = _drawn(reader)
    view = _view(html, repr(reader))
    if not over:
        from threading import Thread

        Thread(target=_keep_fresh, args=(run, reader, view, html), name=f"runpages-show-{run.id}", daemon=True).start()


def _keep_fresh(run: Run, reader: Run, view: Callable[[str, str], None], html: str) -> None:
    kind: type[Exception] | None = None
    count = 0
    over, took = False, 0.0
    while not over:
        _pause(run, max(EVERY, SHARE * took))
        began = time.monotonic()
        try:
            html, over = _drawn(reader)
            view(html, repr(reader))
            count = 0
        except Exception as error:  # Whatever it is, it may pass.
            count = count + 1 if type(error) is kind else 1
            kind, over = type(error), False
            if count == PATIENCE:
                _give_up(view, html, repr(reader), error)
                return
        took = time.monotonic() - began


def _give_up(view: Callable[[str, str], None], html: str, text: str, error: Exception) -> None:
    from html import escape

    told = f"It is not shown anew any more, after {PATIENCE} errors: {type(error).__name__}: {error}"
    try:
        view(f'{html}<div style="margin:6px 0"><b>{escape(told)}</b></div>', text)
    except Exception:  # The notebook is gone.
        return


def _pause(run: Run, seconds: float) -> None:
    """Wait, but no longer than until the run ends in this process."""
    until = time.monotonic() + seconds
    there = run.status in status.TERMINAL
    while time.monotonic() < until and (there or run.status not in status.TERMINAL):
        time.sleep(min(_GLANCE, seconds))


def _drawn(reader: Run) -> tuple[str, bool]:
    """What is shown now, and whether that is the last of it."""
    from .panel import panel

    shown = look(reader)
    over = shown.run.status not in status.ACTIVE
    at = time.strftime("%H:%M:%S UTC", time.gmtime(shown.now))
    return panel(shown, "" if over else f"as of {at}, again every {EVERY:g} s"), over


# --- ways to show -----------------------------------------------------------------------------------------


def _view(html: str, text: str) -> Callable[[str, str], None]:
    """Show it; returns what replaces it."""
    from importlib import import_module
    from importlib.util import find_spec

    display = import_module("IPython.display").display
    if find_spec("anywidget") is not None:
        from .notebook import view

        widget = view()(html=html, text=text)
        display(widget)
        return lambda html, text: widget.set_trait("html", html)
    handle = display(_Page(html, text), display_id=True)
    return lambda html, text: handle.update(_Page(html, text))


class _Page:
    """HTML for a notebook, with a text for what shows none."""

    def __init__(self, html: str, text: str) -> None:
        self._html = html
        self._text = text

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        return self._html
