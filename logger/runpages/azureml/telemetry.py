"""Accepts the telemetry calls of the SDK, and sends nothing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["set_diagnostics_collection"]


def set_diagnostics_collection(send_diagnostics: bool = True, *_: Any, **__: Any) -> None:
    """Do nothing: no word leaves this machine."""
