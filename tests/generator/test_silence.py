"""Storage that does not answer: a build says so and ends, and the next one goes on."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from runpages_site.command import runpages as main
from runpages_site.storage import opening
from runpages_site.storage.opening import StorageError
from runpages_site.storage.storage import Storage
from runpages_site.sync.rounds import Sync
from tests.generator.between import Between, between
from tests.generator.published import loopback
from tests.generator.stored import Bucket, add_run, bucket, files, server

__all__ = ["bucket", "server"]

SOON = '{"read_timeout": 0.5, "retries": {"max_attempts": 1}}'
BODY = 4_000_000
"""Bytes of a file that no buffers of sockets take."""


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
