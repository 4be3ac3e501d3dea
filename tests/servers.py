"""Programs that listen on a port of this machine, in tests: each has a port of its own, and is ready when it is given.

rclone serves a folder as S3. Where a port that was free is taken before the program has it, it is started again with
another.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.unmeasured import unmeasured

RCLONE = Path(sys.executable).with_name("rclone")

TRIES = 5
"""Ports that are tried."""


@contextmanager
def listening(
    command: Callable[[int], Sequence[str | Path]], log: Path, env: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[int]:  # fmt: skip
    """Run the program of a command for a port, in a folder; it ends with the context. Yields its port once it listens.

    Raises AssertionError, with what the program wrote to its ``log``, if it ends without.
    """
    for _ in range(TRIES):
        with socket.socket() as held:
            # Who is given a free port is not given this one, while a program that names it may listen there.
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.bind(("127.0.0.1", 0))
            port: int = held.getsockname()[1]
            with (
                open(log, "ab") as lines,
                subprocess.Popen(
                    command(port), env=unmeasured() | dict(env or {}), stderr=lines, cwd=folder
                ) as process,
            ):
                try:
                    if _listens(process, port):
                        yield port
                        return
                finally:
                    process.terminate()
    raise AssertionError(f"{command(0)[0]} does not listen: {log.read_text('utf-8', 'replace')[-2000:]}")


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process.poll() is None
        time.sleep(0.01)
    return False


@contextmanager
def s3(buckets: Path, log: Path, *, key: str = "lab", secret: str = "lab", verbose: bool = False) -> Iterator[str]:
    """The address of an S3 server, whose buckets are the folders in one folder. The log has requests if ``verbose``."""
    options = ["--auth-key", f"{key},{secret}", *(["-vv"] if verbose else [])]
    with listening(
        lambda port: [RCLONE, "serve", "s3", *options, "--addr", f"127.0.0.1:{port}", buckets],
        log,
        {"RCLONE_CONFIG": str(log.with_suffix(".conf"))},
    ) as port:
        yield f"http://127.0.0.1:{port}"
