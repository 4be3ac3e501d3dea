"""The workspace."""

from __future__ import annotations

from ...workspace import Workspace
from .. import absent

TYPE_CHECKING = False

__all__ = ["Workspace"]

if not TYPE_CHECKING:
    __getattr__ = absent.refusing(__name__)
