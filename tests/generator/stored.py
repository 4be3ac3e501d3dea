"""Real servers of storage on this machine, and what they were asked for."""

from __future__ import annotations

import itertools
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fsspec import filesystem

from tests import servers

_ASKED = re.compile(r"serve s3: (LIST BUCKET|(?:GET|HEAD|CREATE|DELETE) OBJECT:?)(.*)")
# No two servers of a process have a bucket of one name: what was opened of the first would be taken for the second.
_BUCKETS = itertools.count(1)
_KINDS = {"LIST BUCKET": "lists", "GET OBJECT": "get", "HEAD OBJECT": "head", "CREATE OBJECT": "put"}


class Asked(NamedTuple):
    """What a server was asked for, by its log: the keys of each kind of request."""

    lists: list[str]
    get: list[str]
    head: list[str]
    put: list[str]


class Server:
    """An S3 server whose buckets lie in a folder; what changes there behind its back it may not notice."""

    def __init__(self, folder: Path, address: str, log: Path) -> None:
        self.folder, self.log = folder, log
        self.access = {
            "key": "lab", "secret": "lab", "endpoint_url": address,
            "config_kwargs": {
                "request_checksum_calculation": "when_required", "response_checksum_validation": "when_required",
            },
        }  # fmt: skip
        self.environment = {
            "AWS_ACCESS_KEY_ID": "lab", "AWS_SECRET_ACCESS_KEY": "lab", "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": address,
        }  # fmt: skip
        self._read = 0

    def bucket(self) -> Bucket:
        """A new bucket."""
        name = f"lab{next(_BUCKETS)}"
        self.files().mkdir(name)
        return Bucket(self, name)

    def files(self) -> Any:
        """The file system of fsspec."""
        return filesystem("s3", **self.access)

    def asked(self) -> Asked:
        """What the server was asked for since this was called last."""
        text = self.log.read_text("utf-8", "replace")
        found = Asked([], [], [], [])
        for what, rest in _ASKED.findall(text[self._read :]):
            key = rest.rpartition("Object: ")[2] if "Object: " in rest else rest.strip().partition(" ")[2]
            if kind := _KINDS.get(what.rstrip(":")):
                getattr(found, kind).append(key)
        self._read = len(text)
        return found


class Bucket:
    """A bucket, which lies in a folder."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name, self.folder = server, name, server.folder / name

    def __truediv__(self, path: str) -> str:
        """The URL of a place."""
        return f"s3://{self.name}/{path}"

    def put(self, folder: Path, path: str) -> None:
        """Make a place hold the files of a folder and no others."""
        there = self.server.files()
        wanted = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
        known = {
            one.relative_to(self.folder / path).as_posix() for one in (self.folder / path).rglob("*") if one.is_file()
        }
        for name in sorted(known - wanted.keys()):
            there.rm_file(f"{self.name}/{path}/{name}")
        for name, file in wanted.items():
            if name not in known or (self.folder / path / name).read_bytes() != file.read_bytes():
                there.pipe_file(f"{self.name}/{path}/{name}", file.read_bytes())

    def settle(self) -> None:
        """Wait until the server has stored what a client that was killed had sent.

        It takes the old object away before it has written the new one; S3 itself replaces an object at once.
        """
        before: list[Path] = []
        while before != (before := sorted(self.folder.rglob("*"))):
            time.sleep(0.5)

    def asked(self) -> Asked:
        """What the server was asked for since this was called last."""
        return self.server.asked()


@contextmanager
def s3(folder: Path) -> Iterator[Server]:
    """An S3 server on this machine."""
    (folder / "buckets").mkdir(parents=True)
    with servers.s3(folder / "buckets", folder / "s3.log", verbose=True) as address:
        yield Server(folder / "buckets", address, folder / "s3.log")


def files(folder: Path) -> dict[str, bytes]:
    """The public files of a site; what notes the times of its build is left out."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes()
        for name, path in found.items()
        if not name.startswith(".runpages/") and name != "build.js"
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An S3 server for all tests of a module."""
    with s3(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture
def bucket(server: Server, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """A new bucket, and an environment in which its server is found."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return server.bucket()


def add_run(workspace: Path, name: str, value: float = 0.5, experiment: str = "demo") -> Path:
    """A run that has ended, so that its page depends on no clock."""
    folder = workspace / experiment / name
    (folder / "artifacts").mkdir(parents=True, exist_ok=True)
    (folder / "metrics.csv").write_text(f"name,step,value\nloss,0,1\nloss,1,{value}\n")
    (folder / "run.json").write_text(
        '{"format": 1, "status": "Completed", "created": "2026-01-01T00:00:00Z", "ended": "2026-01-01T00:01:00Z"}'
    )
    (folder / "artifacts" / "weights.bin").write_bytes(os.urandom(8) * 100)
    for file in folder.rglob("*"):  # So long ago that no clock is too coarse.
        os.utime(file, (1.7e9 + value, 1.7e9 + value))
    return folder
