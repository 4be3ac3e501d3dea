"""Shows a run as an anywidget, in notebooks that have it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@cache
def view() -> type[Any]:
    """The class of the widget, which imports anywidget: it shows its ``html``, and shows it anew when that changes.

    ``text`` is for what shows neither widgets nor HTML.
    """
    import anywidget
    import traitlets

    class RunView(anywidget.AnyWidget):  # type: ignore[misc]
        _esm = Path(__file__).with_name("notebook.js").read_text(encoding="utf-8")
        html = traitlets.Unicode().tag(sync=True)
        text = traitlets.Unicode()

        def __repr__(self) -> str:
            return str(self.text)

        def _repr_mimebundle_(self, **how: Any) -> tuple[dict[str, Any], dict[str, Any]]:
            """The widget, and beside it the HTML of now, for a notebook that is read without a kernel."""
            data, metadata = super()._repr_mimebundle_(**how)
            return {**data, "text/html": self.html}, metadata

    return RunView
