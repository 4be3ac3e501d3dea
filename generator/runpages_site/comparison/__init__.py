"""Compares runs and groups of runs: what differs, and whether it mattered.

The command ``runpages compare``, the static pages of comparisons and the conditions of ``fail_if`` use these functions.
"""

from .condition import Condition, Known, Outcome, evaluated, parsed
from .delta import Delta, delta_of
from .differences import CodeChange, ValueRow
from .environment import Change, in_words
from .member import Captured, Member, labelled
from .metrics import Cell, MetricRow, Rule, metric_names
from .whole import Comparison, comparison, summary

__all__ = [
    "Captured", "Cell", "Change", "CodeChange", "Comparison", "Condition", "Delta", "Known", "Member", "MetricRow",
    "Outcome", "Rule", "ValueRow", "comparison", "delta_of", "evaluated", "in_words", "labelled", "metric_names",
    "parsed", "summary",
]  # fmt: skip
