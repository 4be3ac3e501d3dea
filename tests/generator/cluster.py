"""A Dask cluster of processes of its own, on this machine only."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.unmeasured import unmeasured

ROOT = Path(__file__).parent.parent.parent
LOOPBACK = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")


class LocalDask:
    """A scheduler and its workers, each in a process that a test may kill."""

    def __init__(self, folder: Path, deaths: int) -> None:
        self._folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []
        command = [sys.executable, "-m", "distributed.cli.dask_scheduler", *LOOPBACK, "--port", "0"]
        self._log = folder / "scheduler.log"
        with open(self._log, "wb") as log:
            env = {**unmeasured(), "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(deaths)}
            self.scheduler = subprocess.Popen(command, env=env, stderr=log, cwd=folder)
        self.address = self._address()

    @property
    def engine(self) -> str:
        """What `--engine` takes."""
        return self.address.replace("tcp://", "dask://")

    def _address(self) -> str:
        for _ in range(600):
            if found := re.search(r"Scheduler at:\s+(tcp://\S+)", self._log.read_text("utf-8")):
                return found[1]
            assert self.scheduler.poll() is None, self._log.read_text("utf-8")
            time.sleep(0.05)
        raise AssertionError("the scheduler does not start")

    def add(self, count: int, *options: str, paths: tuple[Path, ...] = ()) -> None:
        """Start workers, which find modules in further ``paths`` first; who dies is not started again."""
        command = [sys.executable, "-m", "distributed.cli.dask_worker", self.address, *LOOPBACK]
        command += ["--nthreads", "1", "--no-nanny", "--local-directory", str(self._folder), *options]
        known = {**unmeasured(), "PYTHONPATH": os.pathsep.join(map(str, (*paths, ROOT)))}
        for _ in range(count):
            with open(self._folder / "workers.log", "ab") as log:
                self.workers.append(subprocess.Popen(command, env=known, stderr=log, cwd=self._folder))

    def close(self) -> None:
        """End all of it."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@contextmanager
def local_dask(folder: Path, deaths: int = 3) -> Iterator[LocalDask]:
    """A scheduler without workers, whose processes are gone afterwards.

    Work of which more than so many workers have died is given to no other.
    """
    folder.mkdir()
    cluster = LocalDask(folder, deaths)
    try:
        yield cluster
    finally:
        cluster.close()
