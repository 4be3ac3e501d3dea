"""The run of a submitted script."""

from __future__ import annotations

from ...kinds import ScriptRun

__all__ = ["ScriptRun"]
