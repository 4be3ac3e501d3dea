"""The workspace."""

from __future__ import annotations

from ...workspace import Workspace

__all__ = ["Workspace"]
