"""What the scripts of a comparison compute, by numpy: `python -m tests.compare_numbers` writes `tests/compare.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_name("compare.json")
BOUND = 1e-3
SEED, DRAWS = 20, 2000

Array = Any


def parting(steps: Array, one: Array, other: Array) -> int | None:
    """The first step at which two columns differ by more than the bound of the larger value, or one alone is nan."""
    missing = np.isnan(one) != np.isnan(other)
    apart = np.abs(one - other) > BOUND * np.maximum(np.abs(one), np.abs(other))
    found = np.flatnonzero(missing | apart)
    return int(steps[found[0]]) if len(found) else None


def mulberry32(seed: int, count: int) -> Array:
    """The random numbers of the scripts."""
    state = (seed + np.arange(1, count + 1, dtype=np.uint64) * 0x6D2B79F5) & 0xFFFFFFFF
    mixed = ((state ^ (state >> 15)) * (state | 1)) & 0xFFFFFFFF
    mixed = ((mixed + (((mixed ^ (mixed >> 7)) * (mixed | 61)) & 0xFFFFFFFF)) & 0xFFFFFFFF) ^ mixed
    return (mixed ^ (mixed >> 14)) / 2**32


def bootstrap(values: Array) -> dict[str, Any]:
    """The percentile interval of a mean."""
    drawn = np.floor(mulberry32(SEED, DRAWS * len(values)) * len(values)).astype(int).reshape(DRAWS, -1)
    low, high = np.quantile(values[drawn].mean(axis=1), [0.025, 0.975])
    return {"values": values.tolist(), "mean": values.mean(), "low": low, "high": high, "draws": DRAWS}


def numbers() -> dict[str, Any]:
    """All that the tests of the scripts compare with."""
    draw = np.random.default_rng(7)
    partings = []
    for size in (0.0, 1e-6, 1e-3, 0.1):
        steps = np.sort(draw.choice(400, 100, replace=False))
        one = draw.normal(0, 5, 100)
        other = one * (1 + size * draw.normal(0, 1, 100))
        other[90:] += np.linspace(0, 1, 10)
        other[95] = np.nan
        column = [{"steps": steps.tolist(), "values": _json(values)} for values in (one, other)]
        partings.append({"reference": column[0], "other": column[1], "step": parting(steps, one, other)})
    curves = draw.normal(3, 2, (6, 12))
    curves[draw.random((6, 12)) < 0.4] = np.nan
    steps_of = [(x, values[~np.isnan(values)]) for x, values in enumerate(curves.T)]
    bands = [
        {
            "x": x,
            "n": len(known),
            "mean": known.mean(),
            "sd": known.std(ddof=1),
            "least": known.min(),
            "most": known.max(),
        }
        for x, known in steps_of
        if len(known) >= 3
    ]
    samples = [draw.choice([-1, 0, 1], 50, p=[0.1, 0.7, 0.2]), draw.choice([-1, 0, 1], 7), np.zeros(3, int)]
    return {
        "parting": partings,
        "bands": {"curves": [_json(row) for row in curves], "steps": bands},
        "bootstrap": [bootstrap(values) for values in samples],
    }


def _json(values: Array) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]


if __name__ == "__main__":
    FILE.write_text(json.dumps(numbers()) + "\n")
