"""The experiment."""

from __future__ import annotations

from ...experiment import Experiment
from .. import absent

TYPE_CHECKING = False

__all__ = ["Experiment"]

if not TYPE_CHECKING:
    __getattr__ = absent.refusing(__name__)
