"""The picture that is logged: smooth colours under faint noise, about as hard to compress as a photograph."""

from __future__ import annotations

from typing import Any


def smooth(size: int = 1000) -> Any:
    """An array of shape (size, size, 3) and type uint8, the same each time. Needs numpy."""
    import numpy

    y, x = numpy.mgrid[0:size, 0:size] / size
    waves = (numpy.sin(11 * x + 7 * y), numpy.cos(17 * x), numpy.sin(9 * (x + y)))
    noise = numpy.random.default_rng(1).normal(0, 2, (size, size, 3))
    return numpy.clip(128 + 100 * numpy.stack(waves, axis=2) + noise, 0, 255).astype(numpy.uint8)
