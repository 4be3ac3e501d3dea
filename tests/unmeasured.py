"""Processes that are not measured while all others are."""

from __future__ import annotations

import os


def unmeasured() -> dict[str, str]:
    """The environment of a process that loads its own modules only, or is killed before it could say what it ran."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
