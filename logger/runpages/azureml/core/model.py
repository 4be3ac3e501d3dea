"""The models of a workspace."""

from __future__ import annotations

from ...model import Model
from .. import absent

TYPE_CHECKING = False

__all__ = ["Model"]

if not TYPE_CHECKING:
    __getattr__ = absent.refusing(__name__)
