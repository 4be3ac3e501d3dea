"""The exception of computing targets; all else of them is refused."""

from __future__ import annotations

from .. import absent
from ..exceptions import ComputeTargetException

TYPE_CHECKING = False

__all__ = ["ComputeTargetException"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> None:
        """Refuse the targets themselves."""
        absent.refuse(__name__, name)
