"""The configuration of one script."""

from __future__ import annotations

from ...runconfig import ScriptRunConfig

__all__ = ["ScriptRunConfig"]
