"""How many examples a property test tries: a share of what the profile allows, so that the deep profile deepens all."""

from __future__ import annotations

from hypothesis import settings


def examples(share: float) -> int:
    """That share of the examples of the profile: 0.2 where one costs much, 3 where it costs nothing."""
    return max(1, round(share * settings().max_examples))
