"""What a run notes of its surroundings: what was chosen, no secrets, and no places of a host that stays unnamed."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runpages import Run, UserError
from tests.logger.conftest import Git, Script, Start, contents, read, the_run

PARTS = ["python", "packages", "command", "git", "host"]

pytestmark = pytest.mark.usefixtures("no_repository")


@pytest.fixture
def commit(git: Git, here: Path) -> str:
    """A commit of one file."""
    (here / "tracked.txt").write_text("first")
    git("add", "tracked.txt")
    git("commit", "--quiet", "--message=first")
    return git("rev-parse", "HEAD")


def noted(run: Run) -> dict[str, Any]:
    return read(run.folder).environment


# --- the parts ---------------------------------------------------------------------------------------------


def test_everything_is_noted_by_default(script: Script, here: Path, commit: str) -> None:
    script("import runpages; runpages.start('e').complete()", "two words", "--alpha=0.1")
    run = the_run(here / "runs")
    assert run.environment["python"] == ".".join(map(str, sys.version_info[:3]))
    assert run.environment["platform"] == f"{platform.system()} {platform.machine()}"
    name, *arguments = run.environment["command"]
    assert (name, arguments) == (Path(sys.executable).name, [str(here / "script.py"), "two words", "--alpha=0.1"])
    assert run.environment["git"] == {"dirty": False, "commit": commit, "branch": "main"}
    assert run.owner["host"] == platform.node()


def test_the_command_is_what_was_typed(here: Path) -> None:
    (here / "job.py").write_text("import runpages; runpages.start('e', capture='command').complete()")
    typed = ["-X", "utf8", "-m", "job", "--flag"]
    subprocess.run([sys.executable, *typed], cwd=here, check=True, timeout=120)
    assert the_run(here / "runs").environment == {"command": [Path(sys.executable).name, *typed]}


@pytest.mark.parametrize("package", ["numpy", "pillow", "pytest"])
def test_packages_are_told_with_their_versions(start: Start, package: str) -> None:
    assert noted(start(capture=["packages"]))["packages"][package] == importlib.metadata.version(package)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    "form", [lambda part: part, lambda part: (part,), lambda part: {part}], ids=["text", "tuple", "set"]
)
def test_each_part_can_be_noted_alone(start: Start, commit: str, part: str, form: Callable[[str], Any]) -> None:
    run = start(capture=form(part))
    run.complete()
    expected = {"python": {"python", "platform", "cpus"}, "host": set()}.get(part, {part})
    assert noted(run).keys() == expected
    assert ("host" in read(run.folder).owner) == (part == "host")


@pytest.mark.parametrize("capture", [False, (), [], set()])
def test_nothing_is_noted_when_nothing_is_chosen(start: Start, commit: str, capture: Any) -> None:
    run = start(capture=capture)
    run.complete()
    assert noted(run) == {}
    assert read(run.folder).owner == {"pid": os.getpid()}


@pytest.mark.parametrize(
    ("capture", "unknown"), [(("python", "secrets"), "secrets"), ("everything", "everything"), (3, 3), ([3, "x"], 3)]
)
def test_an_unknown_part_is_refused_with_those_there_are(start: Start, capture: Any, unknown: Any) -> None:
    with pytest.raises(UserError, match=f"{unknown!r}.*{', '.join(PARTS)}"):
        start(capture=capture)


def test_environment_variables_are_never_stored(
    script: Script, here: Path, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKER_NAME", "marker-value")
    script("import runpages\nwith runpages.start('e') as run:\n    run.log('x', 1)\n    raise ValueError('x')", code=1)
    everything = contents(here / "runs")
    assert len(the_run(here / "runs").environment) == 6
    for marker in ("MARKER_NAME", "marker-value"):
        assert [path for path, data in everything.items() if marker in path or marker.encode() in data] == []


# --- tracebacks --------------------------------------------------------------------------------------------

ELSEWHERE = "/home/somebody/secret plan/model.py"
FAILING = """
import json, runpages
def inner():
    json.loads("{")
with runpages.start("e", capture=CAPTURE):
    try:
        inner()
    except ValueError as error:
        raise RuntimeError("outer") from error
"""


@pytest.mark.parametrize("capture", [(), ("python", "packages")])
def test_a_traceback_tells_no_place_of_a_host_without_a_name(script: Script, here: Path, capture: Any) -> None:
    script(FAILING.replace("CAPTURE", repr(capture)), code=1)
    error = the_run(here / "runs").error
    assert error and error.traceback
    files = [line.strip() for line in error.traceback.splitlines() if line.startswith('  File "')]
    assert [line for line in files if line.startswith('File "/')] == []
    assert 'File "script.py", line 9, in <module>' in files
    assert any(line.startswith('File "json/decoder.py", line ') for line in files)
    everything = b"".join(contents(here / "runs").values())
    for place in (str(here), sys.prefix, sys.base_prefix):
        assert place.encode() not in everything


def test_a_traceback_is_whole_where_the_host_is_noted(script: Script, here: Path) -> None:
    script(FAILING.replace("CAPTURE", "'host'"), code=1)
    error = the_run(here / "runs").error
    assert error and error.traceback
    assert f'File "{here / "script.py"}", line 9, in <module>' in error.traceback


@pytest.mark.parametrize("text", ["1 / 0", "1 +"])
@pytest.mark.parametrize("folder", [".", "/"])
def test_a_file_from_elsewhere_is_told_by_its_own_name(
    start: Start, monkeypatch: pytest.MonkeyPatch, folder: str, text: str
) -> None:
    run = start()
    monkeypatch.chdir(folder)
    with pytest.raises((ZeroDivisionError, SyntaxError)), run:
        exec(compile(text, ELSEWHERE, "exec"))
    error = read(run.folder).error
    assert error and error.traceback
    assert 'File "model.py", line 1' in error.traceback
    assert "somebody" not in error.traceback
