"""Measure one call of `run.log` against the least that could do its work: `python bench/log_call.py`.

The floor is an f-string of name, step, time and value, encoded and given to `os.write`, in the same process
and on the same disk. Rounds of both take turns, so a busy machine slows both. Standard library only.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import runpages

Loop = Callable[[int], None]
TEN = {f"metric_{k}": 0.12345678901234568 + k for k in range(10)}


def floor_one(descriptor: int) -> Loop:
    """One line a call: what a logger that loses nothing cannot do without."""
    steps, write, now = count(), os.write, time.time

    def loop(calls: int) -> None:
        name, value = "train/loss", 0.12345678901234568
        for _ in range(calls):
            write(descriptor, f"{name},{next(steps)},{now():.3f},{value!r}\n".encode())

    return loop


def floor_ten(descriptor: int) -> Loop:
    """Ten lines in one write."""
    steps, write, now = count(), os.write, time.time

    def loop(calls: int) -> None:
        for _ in range(calls):
            step, seconds = next(steps), f"{now():.3f}"
            lines = [f"{name},{step},{seconds},{value!r}\n" for name, value in TEN.items()]
            write(descriptor, "".join(lines).encode())

    return loop


def log_one(run: Any) -> Loop:
    """One scalar a call."""

    def loop(calls: int) -> None:
        name, value = "train/loss", 0.12345678901234568
        for _ in range(calls):
            run.log(name, value)

    return loop


def log_ten(run: Any) -> Loop:
    """Ten scalars in one call."""

    def loop(calls: int) -> None:
        for _ in range(calls):
            run.log(TEN)

    return loop


def compare(floor: Loop, ours: Loop, rounds: int, calls: int) -> tuple[float, float, float]:
    """Median microseconds a call of both, and the median of their ratios round by round."""
    pairs = []
    for number in range(rounds + 1):
        took = []
        # Who comes first changes with each round: the second one finds warmer caches.
        for loop in (floor, ours) if number % 2 else (ours, floor):
            start = time.perf_counter_ns()
            loop(calls)
            took.append((time.perf_counter_ns() - start) / calls / 1000)
        if number:
            pairs.append(took if number % 2 else took[::-1])
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(b / a for a, b in pairs),
    )


def measure(folder: Path, rounds: int, calls: int) -> str:
    """The comparison as a Markdown table."""
    flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND
    lines = ["| | `runpages` us | f-string + `os.write` us | ratio |", "|---|--:|--:|--:|"]
    with runpages.start("bench", root=str(folder / "runs"), capture=False) as run:
        rows = [
            ("one scalar a call", floor_one, log_one(run), calls),
            ("ten scalars a call", floor_ten, log_ten(run), calls // 5),
        ]
        for number, (title, make_floor, ours, size) in enumerate(rows):
            descriptor = os.open(folder / f"floor-{number}.csv", flags)
            least, own, ratio = compare(make_floor(descriptor), ours, rounds, size)
            os.close(descriptor)
            lines.append(f"| {title} | {own:.2f} | {least:.2f} | {ratio:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure what the command line asks for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--calls", type=int, default=5000, help="calls a round")
    parser.add_argument("--folder", type=Path, help="the disk to measure on; default: that of temporary files")
    options = parser.parse_args()
    gc.disable()
    with tempfile.TemporaryDirectory(prefix="runpages-bench-", dir=options.folder) as name:
        print(measure(Path(name), options.rounds, options.calls))


if __name__ == "__main__":
    main()
