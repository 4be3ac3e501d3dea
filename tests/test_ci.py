"""What CI runs is what there is: the scripts of `.ci`, targets of make, and the Pythons that are promised."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unmeasured import unmeasured

ROOT = Path(__file__).parent.parent
SCRIPTS = ("run", "nightly", "pythons")
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
MAKE = re.compile(r"^ *(?:step \S+ \d+ )?make ([a-z-]+)", re.MULTILINE)
# The first step of one waits for two.
SIDE_BY_SIDE = """
. .ci/common.sh
export failed
one() {
  step first 9 bash -c 'until [ -e "$failed.seen" ]; do sleep 0.01; done; echo 1'
  step third 9 false
}
two() { step second 9 bash -c 'echo 2; touch "$failed.seen"; exit 3'; }
beside one two
tell
"""


def commands() -> list[str]:
    return [step["run"] for job in WORKFLOW["jobs"].values() for step in job["steps"] if "run" in step]


def promised() -> list[str]:
    """The Pythons that the classifiers name."""
    found = (
        re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", one) for one in PROJECT["project"]["classifiers"]
    )
    return [one[1] for one in found if one]


def test_the_workflow_runs_the_scripts_of_the_project() -> None:
    called = {word for command in commands() for word in command.split() if word.startswith(".ci/")}
    assert called == {f".ci/{name}" for name in SCRIPTS}
    assert all(os.access(ROOT / place, os.X_OK) for place in called)


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_scripts_are_sound_and_call_targets_that_there_are(name: str) -> None:
    subprocess.run(["bash", "-n", ROOT / ".ci" / name], check=True)
    for target in MAKE.findall((ROOT / ".ci" / name).read_text("utf-8")):
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def test_a_check_looks_for_its_tests_where_all_of_them_are() -> None:
    checks = dict(re.findall(r"pytest -m (\w+) (tests[^$]*)", (ROOT / "Makefile").read_text("utf-8")))
    assert set(checks) == {"wheel", "validity", "firefox", "notebook", "libraries"}
    texts = {file.relative_to(ROOT): file.read_text("utf-8") for file in (ROOT / "tests").rglob("*.py")}
    for mark, places in checks.items():
        marked = [file for file, text in texts.items() if re.search(rf"\bmark\.{mark}\b", text)]
        assert marked
        assert [file for file in marked if not any(file.is_relative_to(one) for one in places.split())] == []


def test_steps_run_side_by_side_print_in_one_piece_and_all_that_failed_is_told() -> None:
    done = subprocess.run(["bash", "-c", SIDE_BY_SIDE], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == ["==>", "first", "1", "==>", "third", "==>", "second", "2"]
    assert sorted(done.stderr.splitlines()) == ["ci: failed: second (exit code 3)", "ci: failed: third (exit code 1)"]
    assert done.returncode == 1


@pytest.mark.parametrize(("works", "expected"), [(True, ["uv"]), (False, ["uv", "pip", "pip"])])
def test_pip_installs_what_uv_cannot(tmp_path: Path, works: bool, expected: list[str]) -> None:
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "pyproject.toml").touch()
    for name, code in {"uv": int(not works), "python": 0, "pip": 0}.items():
        (programs / name).write_text(f'#!/bin/sh\necho "$0 $@" >> called\nexit {code}\n')
        (programs / name).chmod(0o755)
    done = subprocess.run(["make", ".venv/.installed"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    called = (tmp_path / "called").read_text().splitlines()
    assert ["pip" if " -m pip " in line else "uv" for line in called] == expected
    assert all(line.endswith("--editable .") or "--upgrade pip" in line for line in called)
    assert ("uv cannot install here, pip does." in done.stderr) != works
    assert (tmp_path / ".venv" / ".installed").read_text() == f"{tmp_path}\n"


def test_every_python_that_is_promised_is_run() -> None:
    assert WORKFLOW["jobs"]["pythons"]["strategy"]["matrix"]["python"] == [*promised(), "lowest"]
    lowest = PROJECT["project"]["requires-python"].removeprefix(">=")
    assert promised()[0] == lowest
    assert set(WORKFLOW["jobs"]["logger"]["strategy"]["matrix"]["python"]) == {promised()[0], promised()[-1]}


def test_the_workflow_may_only_read() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    jobs: list[dict[str, Any]] = list(WORKFLOW["jobs"].values())
    assert not any("permissions" in job for job in jobs)
    used = [step["uses"] for job in jobs for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", one) for one in used), used


def test_folders_of_tests_are_in_memory_where_that_has_room_and_are_gone_in_the_end(tmp_path: Path) -> None:
    (place := tmp_path / "test_it.py").write_text(
        "import tempfile\ndef test_it(tmp_path): print(tmp_path, tempfile.gettempdir())\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-c", os.devnull, "-p", "tests.conftest", str(place)]
    environment = {name: text for name, text in unmeasured().items() if not name.startswith("PYTEST_")}
    environment |= {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    for folder in done.stdout.splitlines()[0].split():
        in_memory = Path(folder).is_relative_to("/dev/shm")
        assert in_memory or Path(folder).is_relative_to(tmp_path)
        assert Path(folder).exists() != in_memory
