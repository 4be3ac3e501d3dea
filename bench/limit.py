"""What the machine and the standard library allow: the things that loggers are measured against.

Each is taken in a process of its own, in the same rounds as the loggers; only the line written by hand takes turns
with `run.log` in one process. Needs runpages, for that pairing, and Pillow and numpy for the picture.
"""

from __future__ import annotations

import csv
import io
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import log_call
import runpages
from picture import smooth

Row = dict[str, Any]


def paired(folder: Path, make_floor: Callable[[int], log_call.Loop], make_ours: Callable[[Any], log_call.Loop]) -> Row:
    """Microseconds of the floor and of runpages, in turns in this process, and the median of their ratios."""
    with runpages.start("bench", root=folder / "pair", capture=False) as run:
        descriptor = os.open(folder / "floor.csv", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        try:
            floor, own, ratio = log_call.compare(make_floor(descriptor), make_ours(run), rounds=60, calls=1000)
        finally:
            os.close(descriptor)
    return {"floor": floor, "us": own, "ratio": ratio}


def read(folder: Path, given: Row) -> Row:
    """Seconds for the `csv` module to read a file of metrics into {name: (steps, values)}."""
    (path,) = Path(given["folder"]).glob("runs/*/*/metrics.csv")
    start = time.perf_counter()
    found: dict[str, tuple[list[int], list[float]]] = {}
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for name, step, _, value, _ in rows:
            if name not in found:
                found[name] = ([], [])
            steps, values = found[name]
            steps.append(int(step))
            values.append(float(value))
    seconds = time.perf_counter() - start
    points = sum(len(values) for _, values in found.values())
    return {"s": seconds * 1e6 / points, "points": points}


def image(folder: Path, given: Row) -> Row:
    """Milliseconds for Pillow to write a picture as PNG as it does by default."""
    from PIL import Image

    pixels, took, size = smooth(), [], 0
    for number in range(given["images"] + 1):
        start = time.perf_counter()
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, format="PNG")
        (folder / f"{number}.png").write_bytes(buffer.getvalue())
        took.append(time.perf_counter() - start)
        size = len(buffer.getvalue())
    took = took[1:]  # The first call loads the codec.
    mean = statistics.fmean(took)
    return {"ms": statistics.median(took) * 1000, "ms with finish": mean * 1000, "kb": size / 1000}
