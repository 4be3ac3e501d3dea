"""The widget, under the path that it had first."""

from __future__ import annotations

from ...notebook.widget import RunDetails

__all__ = ["RunDetails"]
