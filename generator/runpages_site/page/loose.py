"""Logged diagnostics as people pass them: with or without an envelope, numbers as they come."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from .. import select, text


def content(data: Any) -> Mapping[str, Any]:
    """What a diagnostic says, out of its envelope where it has one; empty where it says nothing by names."""
    if isinstance(data, Mapping) and isinstance(data.get("data"), Mapping):
        data = data["data"]
    return data if isinstance(data, Mapping) else {}


def numbers(values: Any) -> list[float | None]:
    """A list of numbers; None stands for each that is none or is not finite, and the list is empty if it is no list."""
    if not isinstance(values, list):
        return []
    known = map(select.finite, values)
    return [None if value is None else float(value) for value in known]


def real(value: Any) -> float | None:
    """A number, which may be infinite, and is where it lies beyond all floats; None for all else."""
    if not isinstance(value, int | float) or value != value:
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def rising(values: Any) -> list[float]:
    """A list of numbers, each greater than the one before; empty where it is anything else."""
    known = numbers(values)
    sound = [value for value in known if value is not None]
    steps = pairwise(sound)
    return sound if len(sound) == len(known) and all(low < high for low, high in steps) else []


def names(labels: Any, count: int) -> list[str]:
    """The labels of so many classes; their numbers where there are not as many labels."""
    if isinstance(labels, list) and len(labels) == count:
        return [text.compact(label) for label in labels]
    return [str(at) for at in range(count)]


def listed(words: Sequence[str]) -> str:
    """Sentences that are not empty, one after the other."""
    return " ".join(filter(None, words))
