"""The configuration of runs of scripts."""

from __future__ import annotations

from ...runconfig import RunConfiguration

__all__ = ["RunConfiguration"]
