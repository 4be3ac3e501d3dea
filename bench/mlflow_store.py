"""Measure what reading a file store of MLflow costs: `python bench/mlflow_store.py`.

A store of some runs is written by its layout. It is read twice in the same process: its files alone, by walking the
folders and reading every byte, and its runs as a build reads them. Each figure is the least processor time of some
rounds, which take turns, so that other work on the machine counts less. A build with nothing new is measured for the
store and for as many files of runs of our own. Needs runpages.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from runpages_site.garbage import collection
from runpages_site.read.run_folder import RunFolders
from runpages_site.read.sources.mlflow import Mlflow

META = """artifact_uri: file:///home/me/mlruns/1/{run}/artifacts
end_time: 1700000100000
entry_point_name: ''
experiment_id: '1'
lifecycle_stage: active
run_id: {run}
run_name: run {at}
run_uuid: {run}
source_name: ''
source_type: 4
source_version: ''
start_time: 1700000000000
status: 3
tags: []
user_id: me
"""
EXPERIMENT = "artifact_location: file:///home/me/mlruns/1\nexperiment_id: '1'\nlifecycle_stage: active\nname: mine\n"
METRICS = ("loss", "val_loss", "accuracy", "val_accuracy", "lr")
PARAMS = ("lr", "batch_size", "epochs", "optimizer", "depth", "width", "seed", "data")
TAGS = ("mlflow.runName", "mlflow.source.name", "mlflow.source.type", "mlflow.user", "team")


def write_store(folder: Path, runs: int, points: int) -> None:
    """Write a store with runs of five metrics, eight parameters and five tags."""
    (folder / "1").mkdir(parents=True)
    (folder / "1/meta.yaml").write_text(EXPERIMENT)
    for at in range(runs):
        run = folder / "1" / f"{at:032x}"
        for name in ("metrics", "params", "tags", "artifacts"):
            (run / name).mkdir(parents=True)
        (run / "meta.yaml").write_text(META.format(run=run.name, at=at))
        for name in METRICS:
            lines = (f"{1_700_000_000_000 + step} {(step + at) % 977 / 977} {step}\n" for step in range(points))
            (run / "metrics" / name).write_text("".join(lines))
        for kind, names in (("params", PARAMS), ("tags", TAGS)):
            for name in names:
                (run / kind / name).write_text(f"{at / 7}")


def write_runs(folder: Path, runs: int) -> None:
    """Write run folders with as many files each as a run of the store has."""
    for at in range(runs):
        run = folder / "mine" / f"{at:04}"
        (run / "artifacts").mkdir(parents=True)
        (run / "run.json").write_text(json.dumps({"format": 1, "id": run.name, "status": "Completed"}))
        (run / "metrics.csv").write_text("name,step,value\nloss,0,1\n")
        for name in range(len(METRICS) + len(PARAMS) + len(TAGS) - 1):
            (run / "artifacts" / f"{name}.txt").write_text("1")


def files(folder: Path) -> int:
    """Read every file below a folder; gives how many there are."""
    waiting, count = [str(folder)], 0
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                    continue
                with open(entry.path, "rb") as file:
                    file.read()
                count += 1
    return count


def runs_of(folder: Path) -> int:
    """Find and read the runs of a store as a build does; gives how many points they have."""
    source = Mlflow()
    with collection(wanted=False):
        found = source.find(str(folder)).runs
    records = (source.read(run, now=4e9, known={}, sink=None).record for run in found)
    return sum(len(one.values) for record in records for one in record.series.values())


def timed(reads: dict[str, Callable[[], int]], rounds: int) -> dict[str, float]:
    """The least processor time of each, which take turns."""
    best = dict.fromkeys(reads, float("inf"))
    for _ in range(rounds):
        for name, read in reads.items():
            began = time.process_time()
            read()
            best[name] = min(best[name], time.process_time() - began)
    return best


def build_again(folder: Path, rounds: int) -> float:
    """The least processor time of a build with nothing new, in a process of its own as a user starts it."""
    command = [str(Path(sys.executable).with_name("runpages")), "build", str(folder), "-o", f"{folder}-site"]
    subprocess.run(command, check=True, capture_output=True)
    best = float("inf")
    for _ in range(rounds):
        before = getrusage(RUSAGE_CHILDREN)
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        after = getrusage(RUSAGE_CHILDREN)
        if "nothing changed" not in done.stdout:
            raise SystemExit(f"something was new: {done.stdout}")
        best = min(best, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return best


def main() -> None:
    """Measure, and print what it costs."""
    parser = argparse.ArgumentParser(description="Measure what reading a file store of MLflow costs.")
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--points", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store, own = Path(folder, "mlruns"), Path(folder, "runs")
        write_store(store, given.runs, given.points)
        write_runs(own, given.runs)
        os.sync()
        reads: dict[str, Callable[[], int]] = {
            "files": lambda: files(store),
            "runs": lambda: runs_of(store),
            "find": lambda: len(Mlflow().find(str(store)).runs),
            "own": lambda: len(RunFolders().find(str(own)).runs),
        }
        best, count, ours = timed(reads, given.rounds), files(store), files(own)
        print(f"{given.runs:,} runs, {count:,} files, {runs_of(store):,} points, best of {given.rounds}, in CPU time")
        print(f"reading its files     {best['files']:.3f} s")
        read = best["runs"] - best["find"]
        print(f"reading its runs      {read:.3f} s, {read / best['files']:.2f} times as long")
        print(f"the same with finding {best['runs']:.3f} s, {best['runs'] / best['files']:.2f} times as long")
        print(f"finding its runs      {1e6 * best['find'] / count:.1f} µs a file")
        print(f"the same of our own   {1e6 * best['own'] / ours:.1f} µs a file")
        time.sleep(2.5)  # So that no file counts as new.
        again = {path: build_again(path, given.rounds) for path in (store, own)}
        print(f"build, nothing new    {1e6 * again[store] / count:.1f} µs a file")
        print(f"the same of our own   {1e6 * again[own] / ours:.1f} µs a file")


if __name__ == "__main__":
    main()
