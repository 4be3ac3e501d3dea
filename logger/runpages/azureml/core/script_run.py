"""The run of a script, as a class to test for."""

from __future__ import annotations

from ...run import Run as ScriptRun

__all__ = ["ScriptRun"]
