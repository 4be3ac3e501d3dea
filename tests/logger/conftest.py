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
from runpages import _lifecycle
from runpages.context import CHILDREN
from runpages.format.read import read_run
from runpages.format.records import RunRecord

Start = Callable[..., "runpages.Run"]
Script = Callable[..., "subprocess.CompletedProcess[str]"]
Git = Callable[..., str]

os.environ["MPLBACKEND"] = "Agg"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, no setting of the person who runs the tests, and no run that another test left."""
    for run in list(_lifecycle._active):
        _lifecycle.forget(run)
    monkeypatch.chdir(tmp_path)
    for name in ("RUNPAGES_WORKSPACE", CHILDREN):
        monkeypatch.delenv(name, raising=False)
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
            _lifecycle.forget(run)


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


@pytest.fixture
def no_repository(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No repository around the working folder, and no settings of the person who runs the tests."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(here.parent))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def git_in(folder: Path, *arguments: str) -> str:
    """Run git in a folder; gives what it prints."""
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always"]
    done = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def git(here: Path, no_repository: None) -> Git:
    """Run git in the working folder, which becomes a repository without a commit; gives what it prints."""
    git_in(here, "init", "--quiet", "--initial-branch=main")
    return lambda *arguments: git_in(here, *arguments)


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
