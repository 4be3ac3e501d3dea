"""The models of a workspace."""

from __future__ import annotations

from ...model import Model

__all__ = ["Model"]
