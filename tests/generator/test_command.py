from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runpages_site.command import runpages

from .conftest import MakeRun


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(runpages, [str(argument) for argument in arguments])


def test_without_arguments_it_takes_runs_and_makes_site(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_run().parents[2])
    result = run("build")
    assert result.exit_code == 0
    assert result.stdout.startswith("Built 1 run in 1 experiment: ")
    assert result.stdout.rstrip().endswith("Open site/index.html")
    assert result.stderr == ""
    assert Path("site/index.html").is_file()
    assert "nothing changed" in run("build").stdout


def test_a_missing_workspace_exits_with_2_and_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("build")
    assert result.exit_code == 2
    assert "no workspace: runs is not there" in result.stderr
    assert "Traceback" not in result.stderr


def test_problems_are_told_by_run_and_strict_makes_them_count(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run(metrics="name,step,value\nloss,0,0.5\nloss,oops\n")
    site = tmp_path / "site"
    result = run("build", folder.parents[1], "-o", site)
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        str(folder),
        "  metrics.csv, line 3: The line has 2 of 3 fields: loss,oops. Line left out.",
    ]
    assert "1 run damaged" in result.stdout
    strict = run("build", folder.parents[1], "-o", site, "--strict", "--quiet")
    assert strict.exit_code == 1
    assert strict.stdout == ""


def test_many_problems_of_a_run_are_cut_short(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run(metrics="name,step,value\n" + "x\n" * 15)
    told = run("build", folder.parents[1], "-o", tmp_path / "site").stderr.splitlines()
    assert len(told) == 12
    assert told[-1] == "  and 5 more; the run's page tells all of them"


def test_control_characters_of_strangers_do_not_reach_the_terminal(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run(metrics="name,step,value\n\x1b[31mred\x07\n")
    assert "\x1b" not in run("build", folder.parents[1], "-o", tmp_path / "site").stderr


def test_a_folder_that_is_not_ours_exits_with_2(make_run: MakeRun) -> None:
    folder = make_run()
    result = run("build", folder.parents[1], "-o", folder.parents[1])
    assert result.exit_code == 2
    assert "Nothing was changed" in result.stderr


def test_a_place_that_cannot_be_written_exits_with_2(make_run: MakeRun, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("build", make_run().parents[1], "-o", tmp_path / "file" / "site")
    assert result.exit_code == 2
    assert "Traceback" not in result.output


@pytest.mark.parametrize("arguments", [["--help"], ["build", "--help"], ["build", "-h"]])
def test_help_tells_the_defaults_and_the_exit_codes(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 0
    assert "Usage: runpages" in result.output
    if "build" in arguments:
        assert "default: runs" in result.output
        assert "Exit codes:" in result.output


def test_the_version_is_told() -> None:
    assert run("--version").output.startswith("runpages 0.")


def test_a_terminal_shows_how_far_the_build_is(make_run: MakeRun, tmp_path: Path) -> None:
    make_run("a")
    workspace = make_run("b").parents[1]
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from runpages_site.cli import main; main()", "build", str(workspace)]
    subprocess.run(
        [*command, "-o", str(tmp_path / "site")], stdout=subprocess.PIPE, stderr=theirs, check=True, timeout=60
    )
    os.close(theirs)
    told = b""
    try:
        while block := os.read(ours, 4096):
            told += block
    except OSError:
        pass  # A terminal ends so on Linux.
    os.close(ours)
    assert b"Rendering" in told
    assert b"2/2" in told
