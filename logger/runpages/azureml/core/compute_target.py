"""The exception of computing targets; all else of them is refused."""

from __future__ import annotations

from .. import absent
from ..exceptions import ComputeTargetException

TYPE_CHECKING = False

__all__ = ["ComputeTargetException"]

if not TYPE_CHECKING:
    __getattr__ = absent.refusing(__name__)
