"""A run to log to, scripts to run in processes of their own, and what lies in a folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import runpages
from runpages import ending
from runpages.format.read import read_run
from runpages.format.records import RunRecord

Start = Callable[..., "runpages.Run"]
Script = Callable[..., "subprocess.CompletedProcess[str]"]

os.environ["MPLBACKEND"] = "Agg"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and no setting of the person who runs the tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RUNPAGES_WORKSPACE", raising=False)
    monkeypatch.delenv("RUNPAGES_CONTEXT", raising=False)  # Of a run that goes on in another test.
    return tmp_path


@pytest.fixture
def start(here: Path) -> Iterator[Start]:
    """`runpages.start` in a workspace of the test; what it leaves running is ended after the test."""
    started = []

    def start(experiment: str = "e", **how: object) -> runpages.Run:
        run = runpages.start(experiment, **{"capture": False, "root": here / "runs", **how})  # type: ignore[arg-type]
        started.append(run)
        return run

    yield start
    for run in started:
        if Path(run.folder).is_dir():
            run.complete()
        else:
            ending.forget(run)


@pytest.fixture
def run(start: Start) -> runpages.Run:
    return start()


@pytest.fixture
def script(here: Path) -> Script:
    """Run a text as a script in the working folder; raises where it ends otherwise than with `code`."""

    def script(text: str, *arguments: str, code: int | None = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
        place = here / "script.py"
        place.write_text(text, encoding="utf-8")
        command = [sys.executable, str(place), *arguments]
        done = subprocess.run(command, cwd=here, input=stdin, capture_output=True, text=True, timeout=120)
        assert code is None or done.returncode == code, done.stderr
        return done

    return script


def contents(folder: Path | str) -> dict[str, bytes]:
    """Every file below a folder with its bytes, and every folder."""
    root = Path(folder)
    return {
        path.relative_to(root).as_posix(): b"(folder)" if path.is_dir() else path.read_bytes()
        for path in sorted(root.rglob("*"))
    }


def untimed(run: runpages.Run, path: str) -> list[str]:
    """The lines of a file of a run with T for each time; every line ends with a line feed."""
    text = Path(run.folder, path).read_bytes().decode("utf-8", "surrogatepass")
    assert text.endswith("\n")
    text = re.sub(r"(?<=,)1\d{9}\.\d{3}(?=,)", "T", text)
    return re.sub(r'(?<=")20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z(?=")', "T", text).split("\n")[:-1]


def definitions(run: runpages.Run) -> list[dict[str, str]]:
    """What the run's own process said of names, in the order in which it was said."""
    return [json.loads(line) for line in Path(run.folder, "definitions.jsonl").read_text(encoding="utf-8").splitlines()]


def read(folder: Path | str) -> RunRecord:
    return read_run(str(folder), now=time.time())


def runs(workspace: Path) -> list[Path]:
    """The folders of all runs of a workspace."""
    return sorted(path.parent for path in workspace.glob("*/*/run.json"))


def the_run(workspace: Path) -> RunRecord:
    """The only run of a workspace, as a reader sees it."""
    (folder,) = runs(workspace)
    return read(folder)
