"""The experiment."""

from __future__ import annotations

from ...experiment import Experiment

__all__ = ["Experiment"]
