"""Write a workspace of many runs, the same bytes each time: `python bench/workload.py FOLDER --runs 1000`.

The shape S, the default, is 100 runs of 10 metrics with 100 points each, 3 pictures of 22 KB, a log of 51 KB.
Standard library only, and independent of the logger: it writes the format as a shell script would.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import struct
import time
import zlib
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


class Shape(NamedTuple):
    """How large a workspace is."""

    runs: int = 100
    metrics: int = 10
    points: int = 100
    images: int = 3
    log_bytes: int = 51_000


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def picture(seed: int, size: int = 22_000, width: int = 320, height: int = 200) -> bytes:
    """A PNG of about `size` bytes: noise above, which no compression makes smaller, and flat colour below."""
    chance = random.Random(seed)
    noisy = min(height, size // (width * 3))
    rows = [b"\0" + chance.randbytes(width * 3) for _ in range(noisy)]
    rows += [b"\0" + bytes((y % 256, seed % 256, 90)) * width for y in range(height - noisy)]
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"".join(rows))) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _iso(seconds: float) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{milliseconds:03d}Z"


def _document(number: int, experiment: str, run: str, chance: random.Random) -> dict[str, Any]:
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


def _metrics(shape: Shape, started: float, chance: random.Random) -> str:
    names = [METRICS[k] if k < len(METRICS) else f"extra/m{k:03d}" for k in range(shape.metrics)]
    lines = ["name,step,time,value\n"]
    for step in range(shape.points):
        decay = math.exp(-3 * step / shape.points)
        seconds = started + step * 0.37
        lines += [f"{name},{step},{seconds:.3f},{decay + chance.random() * 0.05:.6g}\n" for name in names]
    return "".join(lines)


def _log(size: int, chance: random.Random) -> str:
    lines: list[str] = []
    written = 0
    while written < size:
        lines.append(f"[{len(lines):6d}] INFO {' '.join(chance.choices(WORDS, k=9))} {chance.random():.4f}\n")
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


def write_run(root: Path, number: int, shape: Shape) -> None:
    """Write one run; the number decides all of its bytes."""
    chance = random.Random(number)
    experiment, run = f"project-{number % EXPERIMENTS}", f"20251009-085320-{number:06d}"
    folder = root / experiment / run
    folder.mkdir(parents=True)
    document = _document(number, experiment, run, chance)
    (folder / "run.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    started = EPOCH + number * 61
    (folder / "metrics.csv").write_text(_metrics(shape, started, chance), encoding="utf-8")
    if shape.images:
        _images(folder, number, shape, started)
    if shape.log_bytes:
        (folder / "logs").mkdir()
        (folder / "logs" / "train.log").write_text(_log(shape.log_bytes, chance), encoding="utf-8")


def write_workspace(root: Path, shape: Shape) -> None:
    """Write all runs of a shape into a folder that is empty or not there."""
    if root.exists() and any(root.iterdir()):
        raise SystemExit(f"{root} is not empty")
    for number in range(shape.runs):
        write_run(root, number, shape)


def add_shape(parser: argparse.ArgumentParser) -> None:
    """Give a command line the options of a shape."""
    for field, default in Shape()._asdict().items():
        parser.add_argument(f"--{field.replace('_', '-')}", type=int, default=default, metavar="N")


def shape_of(options: argparse.Namespace) -> Shape:
    """The shape that a command line asks for."""
    return Shape(**{field: getattr(options, field) for field in Shape._fields})


def main() -> None:
    """Write the workspace that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    add_shape(parser)
    options = parser.parse_args()
    write_workspace(options.folder, shape_of(options))


if __name__ == "__main__":
    main()
