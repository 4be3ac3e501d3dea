"""What of a run folder the pages get: sizes of pictures, and rows for the tables."""

from __future__ import annotations

import os

from runpages_site.model import Published
from runpages_site.read import run_folder

from .conftest import MakeRun

NOW = 1_764_000_000.0


def test_a_run_that_has_ended_tells_its_last_write(make_run: MakeRun) -> None:
    run = make_run(files={"run.json": '{"status": "Completed", "ended": "2025-01-01T00:00:00Z"}'})
    ended = run_folder.summarize(run_folder.read_run(str(run), now=NOW).record, "e/demo/a.html")
    assert ended.last_write == ended.ended

    (run / "run.json").unlink()
    for path in (*run.iterdir(), run):
        os.utime(path, (NOW - 60, NOW - 60))
    assert run_folder.summarize(run_folder.read_run(str(run), now=NOW).record, "e/demo/a.html").last_write == NOW - 60


def test_a_file_that_is_no_picture_is_told(make_run: MakeRun) -> None:
    large = b"<svg>" + b" " * (1 << 19)
    run = make_run(files={"images/a.png": "this is no picture", "images/b.svg": "<svg/>", "images/c.svg": large})
    record = run_folder.read_run(str(run), now=NOW).record
    assert [problem.file for problem in record.problems] == ["images/a.png"]
    assert run_folder.read_drawings(
        record, run, Published("", "", "", {f"images/{name}.svg": f"images/{name}.svg" for name in "bc"})
    ) == {"images/b.svg": b"<svg/>"}
