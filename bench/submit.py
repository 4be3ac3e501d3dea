"""What a submitted run costs over its bare script: `python bench/submit.py`.

The script is `pass`; bare it is `python train.py` in a process of its own. Both take turns; the medians are printed.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import runpages


def bare(script: Path) -> float:
    """Seconds of the script by itself."""
    began = time.perf_counter()
    subprocess.run([sys.executable, script.name], cwd=script.parent, check=True)
    return time.perf_counter() - began


def submitted(experiment: runpages.Experiment, script: Path) -> tuple[float, float]:
    """Seconds until `submit` returns, and until the run has ended."""
    began = time.perf_counter()
    run = experiment.submit(runpages.ScriptRunConfig(script.parent, script.name))
    returned = time.perf_counter() - began
    run.wait_for_completion()
    return returned, time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        script = Path(name) / "source" / "train.py"
        script.parent.mkdir()
        script.write_text("pass\n")
        experiment = runpages.Experiment(runpages.Workspace(root=Path(name) / "runs"), "bench")
        rows = [(bare(script), *submitted(experiment, script)) for _ in range(options.rounds)]
    alone, returned, whole = (statistics.median(row[at] for row in rows) * 1000 for at in range(3))
    over = statistics.median(row[2] - row[0] for row in rows) * 1000
    print("| bare script | submit returns | submitted, until it has ended | over the bare script | ratio |")
    print("|--:|--:|--:|--:|--:|")
    print(f"| {alone:.0f} ms | {returned:.0f} ms | {whole:.0f} ms | {over:.0f} ms | {whole / alone:.1f} |")


if __name__ == "__main__":
    main()
