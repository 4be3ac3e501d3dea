"""What each verb says of a URL where it takes a folder, a file or the name of a run."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from runpages_site.command import VERBS, runpages
from runpages_site.command.arguments import LocalPath

from .stored import add_run, files

URL = "s3://lab/place"

REFUSED = {
    "init": ["URL"],
    "run": ["--root URL -- true", "--snapshot URL -- true"],
    "publish": ["site URL", "site.html URL --single a", "URL.html runs --single a"],
    "sync": ["URL s3://lab/other"],
    "watch": ["URL", "runs -o URL"],
    "serve": ["URL", "--watch --workspace URL"],
    "ls": ["URL", "--root URL"],
    "show": ["URL/demo/a", "a --root URL"],
    "best": ["URL loss", "demo --root URL"],
    "compare": ["URL/demo/a URL/demo/b", "a b --root URL", "a demo/b --badge URL/badge.svg"],
    "export": ["URL -o runs.csv", "-o URL/runs.csv", "demo -o runs.csv --root URL"],
    "logs": ["URL/demo/a", "a --root URL"],
    "pull": ["URL", "site -o URL"],
    "convert": ["URL runs", "runs URL"],
    "tag": ["URL/demo/a best", "a best --root URL"],
    "rm": ["URL/demo/a", "a --root URL"],
    "pack": ["URL/demo/a", "a --root URL", "a -o URL/runs.zip"],
    "unpack": ["URL/runs.zip", "runs.zip URL"],
    "doctor": ["URL"],
    "check": ["URL"],
    "clean": ["URL", "--trash URL"],
}
"""The arguments of each verb that are refused; URL stands for a place in storage."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a workspace, and no place elsewhere that scripts would log to."""
    add_run(tmp_path / "runs", "a")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(runpages, list(arguments), catch_exceptions=False)


@pytest.mark.parametrize(("verb", "line"), [(verb, line) for verb, lines in REFUSED.items() for line in lines])
def test_a_url_is_refused_with_what_to_do(verb: str, line: str, here: Path) -> None:
    before = files(here)
    done = run(verb, *shlex.split(line.replace("URL", URL)))
    assert done.exit_code == 2, done.output
    assert URL in done.output and "runpages build s3://" in done.output
    assert os.listdir(here) == ["runs"] and files(here) == before


def test_all_verbs_are_tried_and_no_path_of_theirs_takes_a_url() -> None:
    assert {*REFUSED, "build"} == set(VERBS)
    for verb in VERBS:
        command = runpages.get_command(click.Context(runpages), verb)
        assert command is not None
        paths = [one for one in command.params if isinstance(one.type, click.Path)]
        assert [one.name for one in paths if not isinstance(one.type, LocalPath)] == []


def test_what_the_message_says_can_be_done(here: Path) -> None:
    from fsspec import filesystem

    there = filesystem("memory")
    try:
        there.put(f"{here}/runs/", "/lab/place/", recursive=True)
        said = run("pack", "a", "--root", "memory://lab/place").output
        assert "runpages build memory://lab/place -o FOLDER" in said and "runpages pull FOLDER" in said
        assert run("build", "memory://lab/place", "-o", "copy", "-j", "1").exit_code == 0
        assert run("pull", "copy", "-o", "pulled").exit_code == 0
        assert run("pack", "a", "--root", "pulled").exit_code == 0
        assert run("ls", "--root", "copy").exit_code == 0
    finally:
        there.rm("/lab", recursive=True)


def test_a_file_url_is_a_path_and_an_address_is_none(here: Path) -> None:
    at = f"file://{here}"
    assert run("build", f"{at}/runs", "-o", f"{at}/site", "-j", "1").exit_code == 0
    assert run("check", f"{at}/site").exit_code == 0
    assert run("ls", "--root", f"{at}/site").exit_code == 0
    assert run("pack", "a", "-o", f"{at}/a.zip").exit_code == 0 and (here / "a.zip").is_file()
    done = run("check", "https://example.org/site")
    assert done.exit_code == 2
    assert "on a web server" in done.output and "runpages pull https://example.org/site" in done.output


def test_a_file_url_of_another_machine_is_refused(here: Path) -> None:
    done = run("build", "file://elsewhere/runs", "-o", "site")
    assert done.exit_code == 2 and "file://elsewhere/runs names another machine" in done.output


def test_credentials_in_a_url_are_not_shown() -> None:
    done = run("check", "sftp://me:hidden@host/site")
    assert "sftp://host/site is in storage" in done.output and "hidden" not in done.output
