"""The packages that a script wants."""

from __future__ import annotations

from ...environment import CondaDependencies

__all__ = ["CondaDependencies"]
