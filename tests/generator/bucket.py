"""A bucket on this machine, of a real server, and what is in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runpages.format.files import opened
from runpages.format.pieces import join
from tests.servers import s3

URL = "s3://lab/runs"


@contextmanager
def server(folder: Path) -> Iterator[dict[str, str]]:
    """An S3 server with an empty bucket, the folder ``buckets/lab``, and the environment to reach it."""
    (folder / "buckets" / "lab").mkdir(parents=True)
    with s3(folder / "buckets", folder / "s3.log", key="key", secret="secret") as address:
        yield {
            "AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }  # fmt: skip


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
