"""Measure how fast event files of TensorBoard are read: `python bench/event_files.py`.

The same file is read by TensorBoard's own `EventAccumulator`, in an environment of its own that is made once, and by
runpages: the events alone, and the run as a build reads it, with its long metrics thinned. Each figure is the best of
some rounds, in processor time, so that other work on the machine counts less. Needs runpages.
"""

from __future__ import annotations

import argparse
import json
import resource
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from installed import VENVS, environment
from runpages_site.read.sources.crc32c import masked
from runpages_site.read.sources.events import EventFile
from runpages_site.read.sources.summary import Value
from runpages_site.read.sources.tensorboard import TensorBoard

TAGS = ("train/loss", "train/acc", "lr", "grad_norm", "val/loss", "val/acc", "time/step", "mem", "tokens", "ppl")

PEER = """
import json, sys, time
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
began = time.process_time()
reader = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
reader.Reload()
points = sum(len(reader.Scalars(tag)) for tag in reader.Tags()["scalars"])
print(json.dumps([points, time.process_time() - began]))
"""


class Counted:
    """Counts points, and keeps them as the other reader does."""

    def __init__(self) -> None:
        self.points: dict[str, tuple[list[int], list[float], list[float]]] = {}

    def numbers(self, tag: str, steps: list[int], times: list[float], values: list[float], code: str) -> None:
        """Keep numbers of one tag."""
        for known, more in zip(self.points.setdefault(tag, ([], [], [])), (steps, times, values), strict=True):
            known.extend(more)  # type: ignore[attr-defined]

    def describe(self, tag: str, description: str) -> None:
        """There is nothing said."""

    def value(self, value: Value, step: int, time: float, data: bytes, offset: int) -> None:
        """There are none."""

    def restart(self, step: int) -> None:
        """There are none."""


def write(folder: Path, points: int) -> Path:
    """Write an event file as torch does: some numbers at each step."""
    path = folder / "events.out.tfevents.1700000000.host"
    with open(path, "wb") as file:
        for at in range(points):
            tag = TAGS[at % len(TAGS)].encode()
            value = b"\x0a" + bytes([len(tag)]) + tag + b"\x15" + struct.pack("<f", at % 977 / 977)
            step = varint(at // len(TAGS))
            summary = b"\x0a" + bytes([len(value)]) + value
            time = b"\x09" + struct.pack("<d", 1.7e9 + at / 10)
            data = time + (b"\x10" + step if at >= len(TAGS) else b"") + b"\x2a" + bytes([len(summary)]) + summary
            size = struct.pack("<Q", len(data))
            file.write(size + struct.pack("<I", masked(size)) + data + struct.pack("<I", masked(data)))
    return path


def varint(value: int) -> bytes:
    """A number as messages have it."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def events(path: Path) -> int:
    """Read the events of a file."""
    counted = Counted()
    with open(path, "rb") as file:
        EventFile(file, path.name, counted, {}, growing=False).read()
    return sum(len(columns[0]) for columns in counted.points.values())


def run(path: Path) -> int:
    """Read a run as a build does."""
    source = TensorBoard()
    (found,) = source.find(str(path.parent)).runs
    series = source.read(found, now=4e9, known={}, sink=None).record.series.values()
    return sum(one.total for one in series)


def timed(read: Callable[[Path], int], path: Path, rounds: int) -> tuple[int, float]:
    """How many points there are, and the least time that it took to read them."""
    best, points = float("inf"), 0
    for _ in range(rounds):
        began = time.process_time()
        points = read(path)
        best = min(best, time.process_time() - began)
    return points, best


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Measure how fast event files are read.")
    parser.add_argument("--points", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), given.points)
        rows = {"events": timed(events, path, given.rounds), "a run": timed(run, path, given.rounds)}
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        python = environment("tensorboard", ["tensorboard", "numpy"], VENVS)
        found = [
            json.loads(subprocess.run([python, "-c", PEER, folder], capture_output=True, check=True, text=True).stdout)
            for _ in range(given.rounds)
        ]
        peer = min(found, key=lambda one: float(one[1]))
    print(f"{given.points:,} points in {len(TAGS)} metrics, best of {given.rounds}, Python {sys.version.split()[0]}")
    print(f"{'EventAccumulator':18} {peer[0] / peer[1]:>12,.0f} points/s")
    for name, (points, seconds) in rows.items():
        assert points == peer[0]
        print(f"{name:18} {points / seconds:>12,.0f} points/s, {peer[1] / seconds:.1f} times as fast")
    print(f"memory of runpages {memory:,.0f} MiB, of which the kept points of 'events' are most")


if __name__ == "__main__":
    main()
