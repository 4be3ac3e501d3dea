"""Storage that does not answer: a build says so and ends, and the next one goes on."""

from __future__ import annotations

import getpass
import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from runpages_site.command import runpages as main
from runpages_site.storage import opening
from runpages_site.storage.opening import StorageError
from runpages_site.storage.storage import Storage
from runpages_site.sync.rounds import Sync
from tests.generator.published import loopback
from tests.generator.stored import Bucket, add_run, bucket, files, server

__all__ = ["bucket", "server"]

SOON = '{"read_timeout": 0.5, "retries": {"max_attempts": 1}}'
BODY = 4_000_000
"""Bytes of a file that no buffers of sockets take."""


class Between:
    """Passes on what a client and a server say, and at some point nothing more, with all connections open.

    What stops it is the first line of a request that has ``word`` in it: ``at`` "request" before any of it is passed
    on, ``at`` "body" when the server has asked for the body, ``at`` "answer" after half of what the server says.
    """

    def __init__(self, target: str) -> None:
        host, _, port = target.removeprefix("http://").partition(":")
        self._target = host, int(port)
        self.at, self.word = "", b""
        self.stopped: list[bytes] = []
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._accepts = threading.Thread(target=self._accept)
        self._accepts.start()

    def stop(self, at: str = "", word: bytes = b"") -> None:
        """From now on stop at some point; without one, pass on everything."""
        self.at, self.word = at, word

    def close(self) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepts.join()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        line: list[bytes] = [b""]
        with client, suppress(OSError), socket.create_connection(self._target) as there:
            threading.Thread(target=self._answer, args=(there, client, line), daemon=True).start()
            while said := client.recv(1 << 16):
                begins = bool(re.match(rb"[A-Z]+ /", said))
                if begins:
                    line[0] = said.partition(b"\r\n")[0]
                if self._stops("request" if begins or not line[0] else "body", line):
                    self._over.wait()
                    return
                there.sendall(said)

    def _answer(self, there: socket.socket, client: socket.socket, line: list[bytes]) -> None:
        with suppress(OSError):
            while said := there.recv(1 << 16):
                if self._stops("answer", line):
                    client.sendall(said[: -len(said) // 2])
                    self._over.wait()
                    return
                client.sendall(said)
            client.shutdown(socket.SHUT_WR)

    def _stops(self, at: str, line: list[bytes]) -> bool:
        if self.at != at or self.word not in line[0]:
            return False
        self.stopped.append(line[0])
        return True


@contextmanager
def between(target: str) -> Iterator[Between]:
    passes = Between(target)
    try:
        yield passes
    finally:
        passes.close()


@pytest.fixture
def line(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[Between]:
    """What lies between this machine and the server of the bucket, and soon gives up waiting."""
    monkeypatch.setattr(opening, "PATIENCE", 2.0)
    monkeypatch.setattr(opening, "SLOWEST", 10 * BODY)
    with between(bucket.server.environment["AWS_ENDPOINT_URL"]) as passes:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{passes.port}")
        yield passes


def built(*arguments: object, code: int) -> str:
    options = ["--storage-option", f"config_kwargs={SOON}", "-j", "1"]
    done = CliRunner().invoke(main, ["build", *map(str, arguments), *options], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.parametrize(
    ("at", "word", "where"),
    [
        ("request", b"list-type=2&prefix=runs%2F", "runs"),
        ("request", b"GET /{}/runs/demo/a/metrics.csv", "runs/demo/a/metrics.csv"),
        ("answer", b"GET /{}/runs/demo/b/artifacts/weights.bin", "runs/demo/b/artifacts/weights.bin"),
        ("request", b"PUT /{}/site/e/demo/a.html", "site/e/demo/a.html"),
        ("body", b"PUT /{}/site/e/demo/b/run.zip", "site/e/demo/b/run.zip"),
        ("request", b"PUT /{}/site/.runpages-site.json", "site/.runpages-site.json"),
    ],
)
def test_a_build_that_gets_no_answer_says_where_and_the_next_one_goes_on(
    at: str, word: bytes, where: str, bucket: Bucket, line: Between, tmp_path: Path
) -> None:
    workspace = tmp_path / bucket.name / "runs"
    add_run(workspace, "a")
    (add_run(workspace, "b") / "artifacts" / "weights.bin").write_bytes(os.urandom(BODY))
    bucket.put(workspace, "runs")
    line.stop(at, word.replace(b"{}", bucket.name.encode()))
    said = built(bucket / "runs", "-o", bucket / "site", code=2)
    assert line.stopped
    assert f"{bucket / where}: there was no answer" in said and "build again" in said
    line.stop()
    built(bucket / "runs", "-o", bucket / "site", code=0)
    built(workspace, "-o", tmp_path / "site", code=0)
    assert files(bucket.folder / "site") == files(tmp_path / "site")


def test_a_sync_that_gets_no_answer_goes_on_the_next_time(bucket: Bucket, line: Between, tmp_path: Path) -> None:
    workspace = tmp_path / "runs"
    (add_run(workspace, "a") / "artifacts" / "weights.bin").write_bytes(os.urandom(BODY))
    syncs = Sync(str(workspace), bucket / "runs", {"config_kwargs": {"read_timeout": 0.5}})
    with syncs.journal.opened():
        syncs.begin()
        line.stop("body", b"weights.bin")
        assert syncs.once().failed == [
            ("demo/a/artifacts/weights.bin", "there was no answer; see whether the server can be reached")
        ]
        line.stop()
        assert syncs.once().objects == [("demo/a/artifacts/weights.bin", BODY)]
    there = bucket.folder / "runs" / "demo" / "a" / "artifacts" / "weights.bin"
    assert there.read_bytes() == (workspace / "demo" / "a" / "artifacts" / "weights.bin").read_bytes()


def test_sftp_that_gets_no_answer_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "PATIENCE", 1.0)
    add_run(tmp_path / "runs", "a")
    with loopback() as keys:
        port = re.search(r"Port (\d+)", (keys / "ssh").read_text())
        assert port is not None
        with between(f"127.0.0.1:{port[1]}") as line:
            url = f"sftp://{getpass.getuser()}@127.0.0.1:{line.port}{tmp_path}"
            storage = Storage(url, {"key_filename": f"{keys}/user", "banner_timeout": 1})
            assert storage.files("runs")
            line.stop("request")
            with pytest.raises(StorageError, match=r"runs/demo/a/metrics\.csv: there was no answer"):
                storage.read("runs/demo/a/metrics.csv")
            with pytest.raises(StorageError, match=r"sftp://127\.0\.0\.1:\d+/"):
                Storage(f"{url}/runs", storage.options).files()
