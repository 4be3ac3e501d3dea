"""Measure builds on each engine against the pool of processes: `python bench/engines.py --runs 1000`.

The engines take turns on one workspace, and each site is compared with that of the processes, byte for byte. With
`--cluster`, one more build runs on a Dask scheduler and workers of their own, so that its memory is that of the build
alone; with `--kill 5`, one more on workers of which one is killed every five seconds. Their CPU is the build's alone.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread

import workload
from site_trial import Row, Rows, Step, adopt, rounds

# What the build itself takes at most, without its workers, in MB; and how many pages it could not make.
BUILD = """
import json, resource, sys, time
from pathlib import Path
from runpages_site.build import Options, build
from runpages_site.engine import start_of
runs, site, engine, jobs = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
if __name__ == "__main__":
    options = Options(jobs=jobs, executor=start_of(engine, jobs))
    report = build(runs, site, now=1.795e9, version="1", options=options)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"client": peak, "lost": len(report.faults), "runs": report.runs}))
"""
# CPU seconds after which a worker has loaded the libraries and rendered some runs: earlier kills would let no build end
# on a busy machine.
LOADED = 3.0
LOOPBACK = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")


def digest(site: Path) -> str:
    """What stands for all files that a site publishes, but for the time of the build."""
    found = sha256()
    for path in sorted(path for path in site.rglob("*") if path.is_file() and ".runpages" not in path.parts):
        if path.name != "build.js":
            found.update(f"{path.relative_to(site)}\0".encode() + sha256(path.read_bytes()).digest())
    return found.hexdigest()


def step(folder: Path, workspace: Path, engine: str, jobs: int, name: str) -> Step:
    """A build of a workspace on an engine."""
    (program := folder / "build.py").write_text(BUILD)

    def after(printed: str) -> Row:
        return {**json.loads(printed), "digest": digest(folder / name)}

    return Step(
        name, [sys.executable, program, workspace, folder / name, engine, str(jobs)], folder / name, after=after
    )


def cpu_seconds(pid: int) -> float:
    """The processor time that a process of this machine has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class LocalDask:
    """A Dask scheduler of this machine and its workers, each in a process of its own."""

    def __init__(self, folder: Path, jobs: int) -> None:
        self._folder, self._log = folder, folder / "scheduler.log"
        command = [sys.executable, "-m", "distributed.cli.dask_scheduler", *LOOPBACK, "--port", "0"]
        with open(self._log, "wb") as file:
            self._scheduler = subprocess.Popen(command, stderr=file, cwd=folder)
        self.address = self._address()
        self.kills = 0
        self._workers = [self._worker() for _ in range(jobs)]

    def _address(self) -> str:
        while not (found := re.search(r"Scheduler at:\s+tcp://(\S+)", said := self._log.read_text("utf-8"))):
            if self._scheduler.poll() is not None:
                raise SystemExit(f"no Dask scheduler: {said.strip()}")
            time.sleep(0.1)
        return found[1]

    def _worker(self) -> subprocess.Popen[bytes]:
        options = [*LOOPBACK, "--nthreads", "1", "--no-nanny", "--local-directory", str(self._folder)]
        command = [sys.executable, "-m", "distributed.cli.dask_worker", f"tcp://{self.address}", *options]
        return subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=self._folder)

    def kill(self, every: float, ended: Event) -> None:
        """Kill a worker that is at work every so many seconds until the end, and start another."""
        chance = random.Random(1)
        while not ended.wait(every):
            at_work = [one for one in self._workers if cpu_seconds(one.pid) > LOADED]
            if not at_work:
                continue
            victim = chance.choice(at_work)
            self._workers.remove(victim)
            victim.kill()
            victim.wait()
            self.kills += 1
            self._workers.append(self._worker())

    def close(self) -> None:
        """End all processes."""
        for process in (*self._workers, self._scheduler):
            process.kill()
            process.wait()


@contextmanager
def local_dask(folder: Path, jobs: int, every: float = 0.0) -> Iterator[LocalDask]:
    """A Dask cluster on this machine, of which a worker is killed ``every`` so many seconds, and another begins."""
    cluster, ended = LocalDask(folder, jobs), Event()
    thread = Thread(target=cluster.kill, args=(every, ended))
    if every:
        thread.start()
    try:
        yield cluster
    finally:
        ended.set()
        if every:
            thread.join()
        cluster.close()


def shown(rows: Rows, engines: Sequence[str], runs: int) -> Iterator[str]:
    """The lines of the table; a ratio is the median of those within a round."""
    yield f"| {runs:,} runs of H | wall | CPU | wall, to processes | CPU, to processes | memory of the build | bytes |"
    yield "|---|---|---|---|---|---|---|"
    for engine in engines:
        if error := next((row["error"] for row in rows[engine] if "error" in row), None):
            yield f"| {engine} | {error} |"
            continue
        pairs = [*zip(rows[engine], rows[engines[0]], strict=False)]
        middle = {key: statistics.median(row[key] for row in rows[engine]) for key in ("wall", "cpu", "client")}
        ratio = {key: statistics.median(one[key] / other[key] for one, other in pairs) for key in ("wall", "cpu")}
        same = "equal" if all(one["digest"] == other["digest"] for one, other in pairs) else "different"
        lost = max(row["lost"] for row in rows[engine])
        yield (
            f"| {engine} | {middle['wall']:.1f} s | {middle['cpu']:.1f} s | {ratio['wall']:.2f} | {ratio['cpu']:.2f} "
            f"| {middle['client']:.0f} MB | {same}{f', {lost} pages lost' if lost else ''} |"
        )


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engines", nargs="*", default=["dask", "threads", "serial"])
    parser.add_argument("--cluster", action="store_true")
    parser.add_argument("--kill", type=float, metavar="SECONDS")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    given = parser.parse_args()
    adopt()
    engines = ["processes", *given.engines]
    with tempfile.TemporaryDirectory(dir=given.folder) as place:
        folder, workspace = Path(place), Path(place, "runs")
        workload.write_workspace(workspace, workload.SHAPES["H"]._replace(runs=given.runs))
        rows = rounds([step(folder, workspace, engine, given.jobs, engine) for engine in engines], given.rounds)
        for every in [*([0.0] if given.cluster else []), *([given.kill] if given.kill else [])]:
            with local_dask(folder, given.jobs, every) as cluster:
                name = f"dask, a worker killed every {every:g} s" if every else "dask, a cluster of its own"
                rows |= rounds([step(folder, workspace, f"dask://{cluster.address}", given.jobs, name)], 1)
                engines.append(name)
            if every:
                print(f"{cluster.kills} workers were killed", file=sys.stderr)
        print(*shown(rows, engines, given.runs), sep="\n")


if __name__ == "__main__":
    main()
