"""A run that was copied is what it was: the content of its files says whether it goes on, not their times."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from runpages.format import last_write, status
from runpages.format.read import read_head
from tests.format.folder import NOW, line, write

OWNER = {"host": "elsewhere", "boot_id": "b", "pid": 7, "pid_start": 5, "pid_namespace": "pid:[1]"}
OLD, NEW = NOW - 2 * status.SILENCE, NOW - 60


def iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def made(folder: Path, files: dict[str, str | bytes], *, started: float | None = OLD) -> Path:
    """A run of another machine whose files were written just now."""
    document = {"status": "Running", "owner": OWNER} | ({"started": iso(started)} if started else {})
    return write(folder, {"run.json": line(document), **files})


def state(folder: Path, now: float = NOW) -> str | None:
    return read_head(str(folder), now=now).status


def points(*times: float, more: str = "") -> str:
    return "name,step,time,value,text\n" + "".join(f"loss,0,{moment:.3f},0.5,\n" for moment in times) + more


def test_a_copy_of_a_crashed_run_does_not_respond(tmp_path: Path) -> None:
    now = time.time()
    folder = made(tmp_path / "run", {"metrics.csv": points(now - 2 * status.SILENCE)}, started=now - 3 * status.SILENCE)
    copy = shutil.copytree(folder, tmp_path / "copy", copy_function=shutil.copyfile)
    assert os.stat(copy / "metrics.csv").st_mtime > now - 60
    assert state(copy, now) == "NotResponding"
    assert state(folder, now - 2 * status.SILENCE) == "Running"


GROWING: dict[str, str] = {
    "metrics.csv": points(OLD, NEW),
    "metrics.elsewhere-8-00ff.csv": points(NEW),
    "changes.elsewhere-8-00ff.jsonl": line({"time": iso(NEW), "tags": {"a": "b"}}),
    "images.jsonl": line({"name": "a", "file": "images/a/0.png", "time": iso(NEW)}),
    "media.elsewhere-8-00ff.jsonl": line({"name": "a", "file": "media/a/0.wav", "time": iso(NEW)}),
    "charts/c.jsonl": line({"type": "plotly", "time": iso(NEW), "data": {}}),
}


@pytest.mark.parametrize("file", GROWING)
def test_each_file_that_grows_says_that_a_run_goes_on(tmp_path: Path, file: str) -> None:
    folder = made(tmp_path / "run", {"metrics.csv": points(OLD), file: GROWING[file]})
    os.utime(folder / file, (OLD, OLD))
    record = read_head(str(folder), now=NOW)
    assert (record.status, record.last_write) == ("Running", NEW)
    assert state(folder, NEW + status.SILENCE + 1) == "NotResponding"


@pytest.mark.parametrize(
    "ending",
    [
        f"loss,1,{NEW:.3f},0.",  # Torn: not a line yet.
        "loss,1,x,0.5,\nnote\n,,,,\n\n",
        "loss,1,,0.5,\n",
        "loss,1,12.5,0.5,\n",  # Seconds since the start of the run.
        f"loss,1,{NEW:.3f},\x18\n",
    ],
)
def test_the_last_whole_line_with_a_time_counts(tmp_path: Path, ending: str) -> None:
    folder = made(tmp_path / "run", {"metrics.csv": points(OLD + 5, more=ending)})
    assert read_head(str(folder), now=NOW).last_write == OLD + 5


def test_a_long_text_at_the_end_hides_no_time(tmp_path: Path) -> None:
    text = "x" * (2 * last_write.TAILS[0])
    folder = made(tmp_path / "run", {"metrics.csv": points(*[OLD] * 9, more=f"note,0,{NEW:.3f},,{text}\n")})
    assert read_head(str(folder), now=NOW).last_write == NEW


def test_only_the_end_of_a_file_is_read(tmp_path: Path) -> None:
    folder = made(tmp_path / "run", {"metrics.csv": points(NEW, more="note,0,,,x\n" * 200_000)})
    assert read_head(str(folder), now=NOW).last_write == OLD


def test_without_any_time_the_files_tell_it(tmp_path: Path) -> None:
    folder = made(tmp_path / "run", {"metrics.csv": "name,value\nloss,1\n"}, started=None)
    for path in folder.iterdir():
        os.utime(path, (NEW, NEW))
    assert read_head(str(folder), now=NOW).last_write == NEW


def test_a_time_in_the_future_is_no_silence(tmp_path: Path) -> None:
    assert state(made(tmp_path / "run", {"metrics.csv": points(NOW + 10 * status.SILENCE)})) == "Running"


def test_a_run_of_this_machine_goes_by_its_process(tmp_path: Path) -> None:
    for owner, shown in ((status.owner(), "Running"), ({**status.owner(), "pid": 2**22 + 1}, "NotResponding")):
        document = {"status": "Running", "started": iso(OLD), "owner": owner}
        folder = write(tmp_path / shown, {"run.json": json.dumps(document), "metrics.csv": points(OLD)})
        assert state(folder) == shown
