"""What a notebook shows of a run."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .panel import Shown
    from .run import Run


class RunDetails:
    """A run for the eyes: ``RunDetails(run).show()``."""

    def __init__(self, run_instance: Run) -> None:
        self.run = run_instance

    def show(self, render_lib: Any = None, widget_settings: Any = None) -> None:
        """Show the run: in a notebook what it is, its metrics, children and log, elsewhere a few lines of text.

        It returns at once. In a notebook a thread shows it anew after 2 seconds and then every 12 until the run has
        ended; four errors of one kind in a row end that, and are shown. With anywidget (``runpages[notebook]``) it is a
        widget, else an output of the cell that is replaced.
        """
        from .anchor import kernel

        if kernel() is not None:
            from .refresh import show

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
        from .panel import panel

        return panel(look(self.run))


def look(run: Run) -> Shown:
    """What there is to show of a run now."""
    import time

    from . import family
    from .glance import last_values
    from .panel import LOGS, ROWS, Shown
    from .tail import newest, tail

    word = run.get_status()
    record = run._read()._replace(status=word)  # Of a submitted run this one knows more than its folder.
    log = newest(record)
    children = family.descendants(family.heads(run._experiment.folder), run.id, recursive=False)
    return Shown(
        run=record,
        children=[child._replace(series=last_values(child)) for child in children[:ROWS]] + children[ROWS:],
        page=run.get_portal_url(),
        log=log.file if log else None,
        tail=tail(run.folder, log) if log else [],
        now=time.time(),
        logs=[(one.file, tail(run.folder, one)) for one in record.logs if one.size and one != log][:LOGS],
    )


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
