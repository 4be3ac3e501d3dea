"""Measure loggers side by side: `python bench/loggers.py`.

Each peer is installed into a virtual environment of its own, once; runpages is that of this interpreter. A figure
is taken in fresh processes and a fresh folder. In each round every logger and the limit have their turn, in another
order each time. Linux only: threads and sockets are counted in /proc. Needs runpages, Pillow and numpy.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trial
from installed import VENVS, environment, version
from peer import LOGGERS, Logger, Runpages
from table import FIGURES, LIMIT, OURS, Row, Rows, summary, table

FORKED = f"{OURS}, forked children"
# Counted figures come out the same each time but for the moment of the kill.
ROUNDS_AT_MOST = {"four": 3, "company": 1, "image": 3}


# --- environments ------------------------------------------------------------------------------------------


def install(kind: type[Logger], venvs: Path) -> str:
    """The interpreter of an environment that has the logger, made if it is not there yet; raises OSError if not."""
    return environment(kind.name, [*kind.needs, "numpy", "pillow"], venvs)


def interpreters() -> tuple[dict[str, str], dict[str, str]]:
    """The interpreter of each logger, and why others have none."""
    found, missing = {OURS: sys.executable}, {}
    for name, kind in LOGGERS.items():
        if name != OURS:
            try:
                found[name] = install(kind, VENVS)
            except (OSError, subprocess.SubprocessError) as error:
                missing[name] = f"does not install: {error}"
    return found, missing


def facts(pythons: dict[str, str], load: float) -> str:
    """Versions and machine, in a line."""
    told = []
    for name, python in pythons.items():
        told.append(f"{name} {version(python, LOGGERS[name].package)}")
    cores = f"{os.cpu_count()} {platform.machine()} cores"
    machine = f"Python {platform.python_version()}, {platform.system()} {platform.release().partition('-')[0]}, {cores}"
    busy = f"load {load:.1f} before and {os.getloadavg()[0]:.1f} after"
    return f"{datetime.now(UTC):%Y-%m-%d}; {', '.join(told)}; {machine}; {busy}."


# --- measuring ---------------------------------------------------------------------------------------------


class Bench:
    """All measurements of one call of this program."""

    def __init__(self, options: argparse.Namespace, scratch: Path, pythons: dict[str, str]) -> None:
        self._rounds: int = options.rounds
        self._scratch = scratch
        self._pythons = pythons
        self._filled: dict[str, Path | Row] = {}
        self._chance = random.Random(1)

    def measure(self, test: str) -> Rows:
        """All rounds of one figure, by logger."""
        names = [*self._pythons, *([LIMIT] if test in {"import", "begin", "read", "image"} else [])]
        rows: Rows = {name: [] for name in names}
        for number in range(min(self._rounds, ROUNDS_AT_MOST.get(test, self._rounds))):
            turn = number % len(names)
            for name in names[turn:] + names[:turn]:
                rows[name].append(self._once(name, test))
                print(f"{test} {name}: {rows[name][-1]}", file=sys.stderr, flush=True)
        if test in {"one", "ten"}:
            rows[LIMIT] = [{"us": row["floor"]} if "floor" in row else row for row in rows[OURS]]
        if test == "four":
            rows[FORKED] = [self._fork() for _ in rows[OURS]]
        return rows

    def _stand(self, name: str) -> trial.Stand:
        kind = LOGGERS.get(name, Runpages)
        return trial.stand(name, kind, self._pythons.get(name, sys.executable), self._scratch)

    def _once(self, name: str, test: str) -> Row:
        """One round of one logger; its folder is taken away again."""
        at = self._stand(name)
        try:
            return self._take(at, test)
        finally:
            shutil.rmtree(at.folder, ignore_errors=True)

    def _take(self, at: trial.Stand, test: str) -> Row:
        if test == "import":
            return trial.bare(at)
        if test == "begin":
            return trial.begin(at, self._scratch)
        if test == "kill":
            return trial.kills(at, self._chance, self._scratch)
        if test == "four":
            return trial.join(at)
        if test == "read":
            return self._read(at)
        calls = {"one": 50_000, "ten": 10_000}.get(test, 0)
        return trial.child(at, test, calls=calls, seconds=1.5, images=8).row()

    def _fork(self) -> Row:
        at = self._stand(OURS)
        try:
            return trial.fork(at)
        finally:
            shutil.rmtree(at.folder, ignore_errors=True)

    def _read(self, at: trial.Stand) -> Row:
        """Read what the first round has written; the limit reads the file of runpages."""
        writer = OURS if at.name == LIMIT else at.name
        if writer not in self._filled:
            self._filled[writer] = self._fill(writer)
        filled = self._filled[writer]
        if isinstance(filled, dict):
            return filled
        if at.name == LIMIT:
            return trial.child(at, "read", folder=str(filled)).row()
        return trial.child(at._replace(folder=filled), "read").row()

    def _fill(self, name: str) -> Path | Row:
        at = self._stand(name)
        row = trial.child(at, "fill", points=at.kind.points).row()
        return row if "error" in row else at.folder


# --- the program -------------------------------------------------------------------------------------------


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--tests", nargs="+", metavar="NAME", choices=FIGURES, default=list(FIGURES), help=f"of {', '.join(FIGURES)}"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="the disk to measure on; default: that of temporary files")
    parser.add_argument("--results", type=Path, help="a JSON file: figures of an earlier call that are not taken again")
    return parser.parse_args()


def earlier(path: Path | None) -> dict[str, Any]:
    """The figures of earlier calls."""
    if path is None or not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def main() -> None:
    """Measure what the command line asks for, and print it."""
    if sys.platform != "linux":
        raise SystemExit("The loggers are compared on Linux only.")
    options, load = arguments(), os.getloadavg()[0]
    pythons, missing = interpreters()
    results: dict[str, Rows] = earlier(options.results)
    with tempfile.TemporaryDirectory(prefix="runpages-bench-", dir=options.folder) as name:
        bench = Bench(options, Path(name), pythons)
        for test in options.tests:
            absent = {peer: [{"error": why}] for peer, why in missing.items()}
            results[test] = {**bench.measure(test), **absent}
            if options.results:
                options.results.write_text(json.dumps(results, indent=1))
    print(summary(results))
    for test in FIGURES:
        if test in results:
            print(f"\n{table(test, results[test])}")
    print(f"\nMedians over the rounds (least–most), at most {options.rounds}. {facts(pythons, load)}")


if __name__ == "__main__":
    main()
