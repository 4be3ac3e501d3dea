"""What of a run folder the pages get: the ends of logs, sizes of pictures, and rows for the tables."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runpages_site import source
from runpages_site.model import LogText

from .conftest import MakeRun

NOW = 1_764_000_000.0


def log_of(run: Path, content: bytes) -> LogText:
    (run / "logs").mkdir(exist_ok=True)
    (run / "logs" / "console.log").write_bytes(content)
    (log,) = source.read_logs(source.read_run(str(run), now=NOW), 2_000)
    return log


@pytest.mark.parametrize(
    ("content", "text", "first", "lines"),
    [
        (b"", "", 1, 0),
        (b"one\ntwo\n", "one\ntwo\n", 1, 2),
        (b"one\ntwo", "one\ntwo", 1, 2),
        (b"\n\n", "\n\n", 1, 2),
        (b"caf\xe9\n", "caf\ufffd\n", 1, 1),
    ],
)
def test_a_short_log_is_whole(make_run: MakeRun, content: bytes, text: str, first: int, lines: int) -> None:
    log = log_of(make_run(), content)
    assert (log.text, log.first, log.lines, log.size) == (text, first, lines, len(content))


@pytest.mark.parametrize("feed", [b"\n", b""])
def test_of_a_long_log_the_last_lines_are_shown_with_their_numbers(make_run: MakeRun, feed: bytes) -> None:
    lines = [b"line %d" % number for number in range(1, 5001)]
    log = log_of(make_run(), b"\n".join(lines) + feed)
    assert log.text.splitlines()[0] == f"line {log.first}"
    assert (log.first, log.lines, log.truncated) == (3001, 5000, True)


def test_a_log_of_huge_lines_is_cut_at_the_start_of_a_line(make_run: MakeRun) -> None:
    log = log_of(make_run(), b"".join(b"%d" % number + b"x" * 300_000 + b"\n" for number in range(1, 9)))
    assert len(log.text) <= source.LOG_BYTES
    assert log.text.startswith(f"{log.first}x")
    assert log.lines == 8


def test_a_run_that_has_ended_tells_its_last_write(make_run: MakeRun) -> None:
    run = make_run(files={"run.json": '{"status": "Completed", "ended": "2025-01-01T00:00:00Z"}'})
    ended = source.summarize(source.read_run(str(run), now=NOW), "e/demo/a.html")
    assert ended.last_write == ended.ended

    (run / "run.json").unlink()
    for path in (*run.iterdir(), run):
        os.utime(path, (NOW - 60, NOW - 60))
    assert source.summarize(source.read_run(str(run), now=NOW), "e/demo/a.html").last_write == NOW - 60


def test_a_file_that_is_no_picture_is_told(make_run: MakeRun) -> None:
    large = b"<svg>" + b" " * (1 << 19)
    run = make_run(files={"images/a.png": "this is no picture", "images/b.svg": "<svg/>", "images/c.svg": large})
    record = source.read_run(str(run), now=NOW)
    assert [problem.file for problem in record.problems] == ["images/a.png"]
    assert source.read_drawings(record) == {"images/b.svg": b"<svg/>"}
