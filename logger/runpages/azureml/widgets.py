"""Re-exports the notebook view of a run."""

from __future__ import annotations

from ..notebook.widget import RunDetails

__all__ = ["RunDetails"]
