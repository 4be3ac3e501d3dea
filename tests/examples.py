"""How many examples a test tries, so that the deep profile deepens all."""

from __future__ import annotations

from hypothesis import settings


def examples(share: float) -> int:
    """That share of the examples of the profile: 0.2 where one costs much, 3 where it costs nothing."""
    return max(1, round(share * settings().max_examples))


def stride(usual: int) -> int:
    """How far a test of every step goes at a time: that far, and one step where the profile is deep."""
    return 1 if settings().max_examples > 100 else usual
