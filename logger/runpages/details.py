"""What a run tells of itself as the tracked-run API has it: a dictionary of details, a table for notebooks."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .format.records import RunRecord


def details(head: RunRecord, properties: dict[str, str]) -> dict[str, Any]:
    """The details of a run. Times are ISO 8601 in UTC; ``endTimeUtc`` and ``error`` are there when they are known.

    ``uncollected`` is there where outputs are not in the run: ``count``, ``files`` with ``path`` and ``reason``, and,
    of a submitted script, the ``place`` of the copy that was kept for them.
    """
    known: dict[str, Any] = {
        "runId": head.id,
        "target": "local" if head.type else "sdk",
        "status": head.status,
        "properties": properties,
        "inputDatasets": [],
        "outputDatasets": [],
        "runDefinition": {"target": "local", **_definition(head)},
        "logFiles": {f"logs/{log.name}": address(os.path.join(head.folder, log.file)) for log in head.logs},
    }
    for key, when in (("startTimeUtc", head.started), ("endTimeUtc", head.ended)):
        spelled = _spelled(when)
        if spelled is not None:
            known[key] = spelled
    if head.error is not None:
        error = {"code": head.error.code, "message": head.error.message}
        if head.error.type:
            error["debug_type"] = head.error.type
        if head.error.traceback:
            error["debug_stack_trace"] = head.error.traceback
        known["error"] = {"error": error}
    if head.uncollected is not None:
        files, count, place = head.uncollected
        known["uncollected"] = {"count": count, "files": [{"path": path, "reason": why} for path, why in files]}
        known["uncollected"] |= {"place": place} if place else {}
    return known


def _definition(head: RunRecord) -> dict[str, Any]:
    """What was submitted; a document by hand may say anything."""
    said = head.document.get("definition")
    return said if isinstance(said, dict) else {}


def _spelled(when: float | None) -> str | None:
    """A time in ISO 8601; None for one that was not noted or lies beyond the years that a computer counts."""
    from .format.layout import iso_time

    try:
        return None if when is None else iso_time(when)
    except (OSError, OverflowError, ValueError):
        return None


def address(path: str) -> str:
    """The ``file://`` address of a path."""
    from urllib.parse import quote

    return "file://" + quote(os.path.abspath(path).replace(os.sep, "/"))


def table(root: str, /, **facts: tuple[str, str | None] | str | None) -> str:
    """A table of one row for a notebook, where a fact with an address becomes a link; everything is escaped.

    ``root`` is the folder of the workspace.
    """
    from html import escape

    from .notebook.links import anchor

    heads = "".join(f"<th>{escape(name)}</th>" for name in facts)
    cells = []
    for fact in facts.values():
        words, link = fact if isinstance(fact, tuple) else (fact, None)
        text = str(words or "–")
        cells.append(f"<td>{anchor(link, text, root) if link else escape(text)}</td>")
    return f'<table style="width:100%"><tr>{heads}</tr><tr>{"".join(cells)}</tr></table>'
