"""Measure builds on each engine against the pool of processes: `python bench/engines.py --runs 1000`.

The engines take turns on one workspace, and each site is compared with that of the processes, byte for byte. With
`--kill 5`, one more build runs on Dask workers of which one is killed every five seconds.
"""

from __future__ import annotations

import argparse
import json
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


@contextmanager
def cluster(folder: Path, jobs: int, every: float) -> Iterator[str]:
    """A Dask cluster on this machine as an engine; a worker is killed `every` so many seconds, and another begins."""
    log = folder / "scheduler.log"
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", *LOOPBACK, "--port", "0"]
    with open(log, "wb") as file:
        scheduler = subprocess.Popen(command, stderr=file, cwd=folder)
    while not (found := re.search(r"Scheduler at:\s+(tcp://\S+)", log.read_text("utf-8"))):
        time.sleep(0.1)
    options = [*LOOPBACK, "--nthreads", "1", "--no-nanny", "--local-directory", str(folder)]
    begin = [sys.executable, "-m", "distributed.cli.dask_worker", found[1], *options]

    def worker() -> subprocess.Popen[bytes]:
        return subprocess.Popen(begin, stderr=subprocess.DEVNULL, cwd=folder)

    workers, ended, chance = [worker() for _ in range(jobs)], Event(), random.Random(1)

    def kill() -> None:
        while not ended.wait(every):
            (victim := workers.pop(chance.randrange(jobs))).kill()
            victim.wait()
            workers.append(worker())

    thread = Thread(target=kill)
    thread.start()
    try:
        yield found[1].replace("tcp://", "dask://")
    finally:
        ended.set()
        thread.join()
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


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
    parser.add_argument("--kill", type=float, metavar="SECONDS")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    given = parser.parse_args()
    adopt()
    engines = ["processes", *given.engines]
    with tempfile.TemporaryDirectory(dir=given.folder) as place:
        folder, workspace = Path(place), Path(place, "runs")
        workload.write_workspace(workspace, workload.SHAPES["H"]._replace(runs=given.runs))
        rows = rounds([step(folder, workspace, engine, given.jobs, engine) for engine in engines], given.rounds)
        if given.kill:
            with cluster(folder, given.jobs, given.kill) as engine:
                name = f"dask, a worker killed every {given.kill:g} s"
                rows |= rounds([step(folder, workspace, engine, given.jobs, name)], 1)  # Its CPU is the build's alone.
                engines.append(name)
        print(*shown(rows, engines, given.runs), sep="\n")


if __name__ == "__main__":
    main()
