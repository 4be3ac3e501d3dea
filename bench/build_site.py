"""Measure `runpages build` against copying its input: `python bench/build_site.py --runs 1000`.

Each round makes a new site, copies the input with `cp -r`, builds again with nothing new, and walks over the
input with one `stat` a file; what is compared stands in the same round, so a busy machine slows both. Whole
processes, with the start of the interpreter. Standard library only.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from workload import Shape, add_shape, shape_of, write_workspace

WALK = """
import os, sys
def walk(folder):
    for entry in os.scandir(folder):
        walk(entry.path) if entry.is_dir(follow_symlinks=False) else entry.stat()
walk(sys.argv[1])
"""


def command() -> list[str]:
    """How to call runpages: the program beside this interpreter, else the one on the path."""
    beside = Path(sys.executable).with_name("runpages")
    found = str(beside) if beside.exists() else shutil.which("runpages")
    if not found:
        raise SystemExit("runpages is not installed for this Python. From the project's folder: pip install -e .")
    return [found]


def seconds(arguments: Sequence[str | Path]) -> float:
    """Run a command to its end; how long it took on the wall."""
    start = time.perf_counter()
    done = subprocess.run(arguments, capture_output=True, text=True)
    took = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, arguments))} ended with {done.returncode}:\n{done.stderr}")
    return took


def measure(source: Path, scratch: Path, rounds: int) -> dict[str, list[float]]:
    """The seconds of each thing in each round; one round before them warms the caches."""
    site, copy = scratch / "site", scratch / "copy"
    build: list[str | Path] = [*command(), "build", source, "-o", site]
    steps: dict[str, Callable[[], float]] = {
        "build": lambda: seconds(build),
        "copy": lambda: seconds(["cp", "-r", source, copy]),
        "nothing new": lambda: seconds(build),
        "walk": lambda: seconds([sys.executable, "-I", "-S", "-c", WALK, source]),
    }
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(rounds + 1):
        for made in (site, copy):
            shutil.rmtree(made, ignore_errors=True)
        os.sync()
        for name, step in steps.items():
            took = step()
            if number:
                taken[name].append(took)
    return taken


def ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """The median of the ratios within one round."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def footprint(folder: Path) -> tuple[int, int]:
    """Files and bytes below a folder."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)


def report(taken: dict[str, list[float]], shape: Shape, sizes: dict[str, tuple[int, int]]) -> str:
    """The measurement as a Markdown table."""
    rows = [
        ("full build", "build", "`cp -r` of the input", "copy"),
        ("build with nothing new", "nothing new", "scandir + stat of the input", "walk"),
    ]
    lines = [
        f"{shape.runs} runs x {shape.metrics} metrics x {shape.points} points, {shape.images} pictures each; "
        + ", ".join(f"{name} {count:,} files {size / 1e6:.1f} MB" for name, (count, size) in sizes.items()),
        "",
        f"| median of {len(taken['build'])} rounds | s | against | s | ratio |",
        "|---|--:|---|--:|--:|",
    ]
    for title, name, peer_title, peer in rows:
        middle, floor = statistics.median(taken[name]), statistics.median(taken[peer])
        times = ratio(taken[name], taken[peer])
        lines.append(f"| {title} | {middle:.3f} | {peer_title} | {floor:.3f} | {times:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure what the command line asks for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="the disk to measure on; default: that of temporary files")
    add_shape(parser)
    options = parser.parse_args()
    shape = shape_of(options)
    with tempfile.TemporaryDirectory(prefix="runpages-bench-", dir=options.folder) as name:
        scratch = Path(name)
        source = scratch / "runs"
        write_workspace(source, shape)
        taken = measure(source, scratch, options.rounds)
        sizes = {"input": footprint(source), "site": footprint(scratch / "site")}
    print(report(taken, shape, sizes))


if __name__ == "__main__":
    main()
