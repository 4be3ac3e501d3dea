"""What a notebook shows of a run."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .run import Run

SHOWN = 6


class RunDetails:
    """A run for the eyes: ``RunDetails(run).show()``."""

    def __init__(self, run_instance: Run) -> None:
        self.run = run_instance

    def show(self, render_lib: Any = None, widget_settings: Any = None) -> None:
        """Show the run as it is now: in a notebook what it is and its metrics as tables, elsewhere a few lines of text.

        It returns at once, and what is shown stays as it is; call it again for the state of then.
        """
        if _in_notebook():
            from importlib import import_module

            import_module("IPython.display").display(self)
        elif sys.stdout is not None:
            sys.stdout.write(f"{self!r}\n")

    def get_widget_data(self) -> dict[str, Any]:
        """A dictionary with ``status``, ``run_id``, ``run_properties``, ``run_metrics`` and ``child_runs``."""
        run = self.run
        details = run.get_details()
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
        }

    def __repr__(self) -> str:
        run = self.run
        number = "" if run.number is None else f"run {run.number}, "
        return f"{run.experiment.name}, {number}{run.id}: {run.get_status() or '–'}\n{run.get_portal_url()}"

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(_shown(value))}</td></tr>"
            for name, value in self.run.get_metrics().items()
        )
        return self.run._repr_html_() + (f"<table><tr><th>Metric</th><th>Value</th></tr>{rows}</table>" if rows else "")


def _in_notebook() -> bool:
    """Whether a kernel runs this code; IPython is looked for among what is loaded, and never loaded for it."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None


def _facts(run: Run, status: str | None) -> dict[str, Any]:
    return {
        "run_id": run.id,
        "run_number": run.number,
        "name": run.name,
        "experiment": run.experiment.name,
        "type": run.type,
        "status": status,
        "portal_url": run.get_portal_url(),
    }


def _shown(value: Any) -> str:
    """A metric as one line: of many values the first ones, the last one and how many there are."""
    if isinstance(value, dict):
        return "; ".join(f"{column}: {_shown(cells)}" for column, cells in value.items())
    if not isinstance(value, list):
        return str(value)
    shown = ", ".join(map(str, value[:SHOWN]))
    return shown if len(value) <= SHOWN else f"{shown}, … {value[-1]} ({len(value)} values)"
