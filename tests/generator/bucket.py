"""A bucket on this machine, of a real server, and what is in it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runpages.format.files import opened
from runpages.format.pieces import join
from tests.unmeasured import unmeasured

RCLONE = Path(sys.executable).with_name("rclone")

URL = "s3://lab/runs"


@contextmanager
def server(folder: Path) -> Iterator[dict[str, str]]:
    """An S3 server with an empty bucket, the folder ``buckets/lab``, and the environment to reach it."""
    (folder / "buckets" / "lab").mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [str(RCLONE), "serve", "s3", "--auth-key", "key,secret", "--addr", address, str(folder / "buckets")]
    known = unmeasured() | {"RCLONE_CONFIG": str(folder / "rclone.conf")}
    with subprocess.Popen(command, env=known, stderr=subprocess.DEVNULL) as process:
        try:
            while True:
                assert process.poll() is None, "the S3 server ended"
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", int(address.partition(":")[2]))) == 0:
                        break
                time.sleep(0.01)
            yield {
                "AWS_ENDPOINT_URL": f"http://{address}", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_DEFAULT_REGION": "us-east-1",
            }  # fmt: skip
        finally:
            process.terminate()


def whole_files(run: Path) -> dict[str, bytes]:
    """The files of a run as a reader joins them; those that are written to may have pieces."""
    found: dict[str, bytes] = {}
    for folder, _, names in os.walk(run):
        inner = Path(folder).relative_to(run)
        files = [((inner / name).as_posix(), os.path.getsize(Path(folder, name))) for name in names]
        joined = join(files)
        assert joined.problems == []
        for path, _ in joined.files:
            with opened(str(run), path) if path in joined.parts else open(run / path, "rb") as file:
                found[path] = file.read()
    return found
