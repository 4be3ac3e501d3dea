"""A build with nothing new of a workspace in a bucket, compared with listing that workspace, on one S3 server.

Both are programs of their own, with the start of Python and the loading of s3fs, and take turns.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LIST = "import fsspec; print(len(fsspec.filesystem('s3').find('lab/runs', detail=True)))"


def make_runs(workspace: Path, count: int) -> None:
    """Runs with a document, metrics, a log and three small artifacts."""
    for at in range(count):
        run = workspace / f"e{at % 10}" / f"r{at:06}"
        (run / "logs").mkdir(parents=True)
        (run / "artifacts").mkdir()
        (run / "run.json").write_text('{"format": 1, "status": "Completed", "ended": "2026-01-01T00:00:00Z"}')
        (run / "metrics.csv").write_text("name,step,value\n" + "".join(f"loss,{n},{1 / (n + 1)}\n" for n in range(5)))
        (run / "logs" / "console.log").write_text("done\n")
        for name in "abc":
            (run / "artifacts" / f"{name}.bin").write_bytes(name.encode() * 64)


@contextmanager
def served(buckets: Path) -> Iterator[dict[str, str]]:
    """An S3 server of a folder, and the environment in which it is found."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    rclone = str(Path(sys.executable).with_name("rclone"))
    command = [rclone, "serve", "s3", "--auth-key", "lab,lab", "--addr", f"127.0.0.1:{port}", str(buckets)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield {
                **os.environ, "AWS_ACCESS_KEY_ID": "lab", "AWS_SECRET_ACCESS_KEY": "lab",
                "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            }  # fmt: skip
        finally:
            process.terminate()


def cost(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds of CPU and of the clock that a program takes."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, ended - began


def main() -> None:
    """Print the medians of both, and of the ratios round by round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_runs(Path(folder, "lab", "runs"), given.runs)
        build = [sys.executable, "-m", "runpages", "build", "s3://lab/runs", "-o", "s3://lab/site", "-q"]
        with served(Path(folder)) as environment:
            first = cost(build, environment)
            rounds = [
                (cost([sys.executable, "-c", LIST], environment), cost(build, environment)) for _ in range(given.rounds)
            ]
    print(f"first build of {given.runs} runs: {first[0]:.1f} s of CPU, {first[1]:.1f} s")
    for at, what in enumerate(("CPU", "clock")):
        listing, built = (statistics.median(one[which][at] for one in rounds) for which in (0, 1))
        ratio = statistics.median(one[1][at] / one[0][at] for one in rounds)
        print(f"{what}: listing {listing:.2f} s, build with nothing new {built:.2f} s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
