"""Write a workspace of many runs, the same bytes each time.

| shape | runs × metrics × points | beside them |
|---|---|---|
| S, the default | 100 × 10 × 100 | each run has 3 pictures of 22 KB and a log of 51 KB |
| M | 1,000 × 10 × 1,000 | the same |
| L | 10,000 × 10 × 100 | the same |
| XL | 1 × 10 × 1,000,000 | the same |
| H | 100,000 × 2 × 5 | no pictures, a log of 0.2 KB |

Standard library only, and independent of the logger: it writes the format as a shell script would. A run is decided by
its number alone, so processes share the work and a smaller workspace is the beginning of a larger one.
"""

from __future__ import annotations

import json
import math
import os
import random
import struct
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

EPOCH = 1_760_000_000.0
EXPERIMENTS = 10
METRICS = (
    "train/loss",
    "train/acc",
    "val/loss",
    "val/acc",
    "lr",
    "grad_norm",
    "speed",
    "memory",
    "load",
    "f1",
)
WORDS = ("step", "epoch", "loss", "saved", "checkpoint", "loader", "worker", "batch", "warmup", "done")
# Steps in one piece of text: a run of any length takes the same memory.
BLOCK = 10_000
# Runs that a process writes before it asks for more.
CHUNK = 50


class Shape(NamedTuple):
    """How large a workspace is."""

    runs: int = 100
    metrics: int = 10
    points: int = 100
    images: int = 3
    log_bytes: int = 51_000


SHAPES = {
    "S": Shape(),
    "M": Shape(runs=1_000, points=1_000),
    "L": Shape(runs=10_000),
    "XL": Shape(runs=1, points=1_000_000),
    "H": Shape(runs=100_000, metrics=2, points=5, images=0, log_bytes=200),
}


# --- what a run is made of ---------------------------------------------------------------------------------


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def picture(seed: int, size: int = 22_000, width: int = 320, height: int = 200) -> bytes:
    """A PNG of about `size` bytes: noise above, which no compression makes smaller, and flat colour below."""
    chance = random.Random(seed)
    noisy = min(height, size // (width * 3))
    rows = [b"\0" + chance.randbytes(width * 3) for _ in range(noisy)]
    rows += [b"\0" + bytes((y % 256, seed % 256, 90)) * width for y in range(height - noisy)]
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(rows), 1)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _iso(seconds: float) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{milliseconds:03d}Z"


def run_document(number: int, experiment: str, run: str, chance: random.Random) -> dict[str, Any]:
    """The document of a run."""
    started = EPOCH + number * 61
    return {
        "format": 1,
        "id": run,
        "experiment": experiment,
        "name": f'trial {number} & "seed {number % 7}"',
        "number": number // EXPERIMENTS + 1,
        "status": chance.choice(["Completed", "Completed", "Completed", "Failed"]),
        "created": _iso(started),
        "started": _iso(started),
        "ended": _iso(started + chance.random() * 7200),
        "tags": {"baseline": None, "size": chance.choice(["small", "large"])},
        "params": {f"param_{k:02d}": chance.choice([chance.random(), k * 10, "adam", True]) for k in range(30)},
    }


def metric_names(count: int) -> list[str]:
    """The names of so many metrics."""
    return [METRICS[k] if k < len(METRICS) else f"extra/m{k:03d}" for k in range(count)]


def metric_rows(names: list[str], steps: range, span: int, started: float, chance: random.Random) -> str:
    """The lines of some steps, every metric in each; the values fall over `span` steps, with some noise."""
    line = "".join(f"{name}@%.6g\n" for name in names)
    noise = chance.random
    found = []
    for step in steps:
        decay = math.exp(-3 * step / span)
        values = tuple([decay + noise() * 0.05 for _ in names])
        # What all lines of a step share is spelled once, which takes a third off the time.
        found.append((line % values).replace("@", f",{step},{started + step * 0.37:.3f},"))
    return "".join(found)


def _metrics(path: Path, shape: Shape, started: float, chance: random.Random) -> None:
    names = metric_names(shape.metrics)
    with open(path, "w", encoding="utf-8") as file:
        file.write("name,step,time,value\n")
        for first in range(0, shape.points, BLOCK):
            steps = range(first, min(shape.points, first + BLOCK))
            file.write(metric_rows(names, steps, shape.points, started, chance))


@cache
def _sentences() -> list[str]:
    chance = random.Random(1)
    return [" ".join(chance.choices(WORDS, k=9)) for _ in range(256)]


def _log(size: int, chance: random.Random) -> str:
    lines: list[str] = []
    sentences, draw, written = _sentences(), chance.random, 0
    while written < size:
        number = draw()
        lines.append(f"[{len(lines):6d}] INFO {sentences[int(number * 256)]} {number:.4f}\n")
        written += len(lines[-1])
    return "".join(lines)


def _images(folder: Path, number: int, shape: Shape, started: float) -> None:
    rows = []
    for k in range(shape.images):
        name = f"images/sample_{k}/0.png"
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(picture(number * shape.images + k))
        size = {"width": 320, "height": 200}
        rows.append({"name": f"sample_{k}", "step": 0, "time": started, "file": name, **size})
    (folder / "images.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


# --- runs and workspaces -----------------------------------------------------------------------------------


def run_folder(root: Path, number: int) -> Path:
    """Where a run lies."""
    return root / f"project-{number % EXPERIMENTS}" / f"20251009-085320-{number:06d}"


def write_run(root: Path, number: int, shape: Shape) -> None:
    """Write one run; the number decides all of its bytes."""
    chance = random.Random(number)
    folder = run_folder(root, number)
    folder.mkdir(parents=True)
    document = run_document(number, folder.parent.name, folder.name, chance)
    (folder / "run.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    started = EPOCH + number * 61
    _metrics(folder / "metrics.csv", shape, started, chance)
    if shape.images:
        _images(folder, number, shape, started)
    if shape.log_bytes:
        (folder / "logs").mkdir()
        (folder / "logs" / "train.log").write_text(_log(shape.log_bytes, chance), encoding="utf-8")


def _write_runs(root: Path, numbers: range, shape: Shape) -> None:
    for number in numbers:
        write_run(root, number, shape)


def _chunks(runs: int) -> Iterator[range]:
    for first in range(0, runs, CHUNK):
        yield range(first, min(runs, first + CHUNK))


def write_workspace(root: Path, shape: Shape, jobs: int | None = None) -> None:
    """Write all runs of a shape into a folder that is empty or not there, in so many processes; default: one a core."""
    if root.exists() and any(root.iterdir()):
        raise SystemExit(f"{root} is not empty")
    with ProcessPoolExecutor(jobs or os.cpu_count(), get_context("fork")) as pool:
        for done in [pool.submit(_write_runs, root, numbers, shape) for numbers in _chunks(shape.runs)]:
            done.result()
