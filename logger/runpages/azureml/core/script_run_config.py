"""The configuration of one script."""

from __future__ import annotations

from ...jobs.config import ScriptRunConfig

__all__ = ["ScriptRunConfig"]
