"""The packages that a script wants."""

from __future__ import annotations

from ...jobs.environment import CondaDependencies

__all__ = ["CondaDependencies"]
