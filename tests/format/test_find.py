"""Where runs are looked for, and what is said of those that lie in a wrong place."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from runpages.format.discovery import Found, find, is_run
from tests.format.folder import write

POINTS = "name,value\nloss,1\n"


def runs(found: Found) -> list[tuple[str, str]]:
    return [(run.experiment, run.name) for run in found.runs]


def test_runs_are_found_by_name(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "b/2/metrics.csv": POINTS,
            "b/1/run.json": "{}",
            "a/9/metrics.node-1-00ff.csv": POINTS,
            "a/é x/metrics.csv": "",
            "empty/notes/README.md": "",
            "named/experiment.json": "{}",
            "README.md": "",
            "runpages.yml": "",
        },
    )
    found = find(str(tmp_path))
    assert found.experiments == ["a", "b", "named"]
    assert runs(found) == [("a", "9"), ("a", "é x"), ("b", "1"), ("b", "2")]
    assert found.runs[0].path == str(tmp_path / "a" / "9")
    assert found.hints == []


@pytest.mark.parametrize("skipped", [".git", ".runpages", "reports", "site", "exp/.runpages", "exp/site"])
def test_other_folders_are_skipped(tmp_path: Path, skipped: str) -> None:
    write(
        tmp_path,
        {f"{skipped}/a/b/metrics.csv": POINTS, f"{skipped}/a/metrics.csv": POINTS, f"{skipped}/run.json": "{}"},
    )
    found = find(str(tmp_path), skip=[str(tmp_path / "site"), str(tmp_path / "exp" / "site")])
    assert found == Found([], [], [])


@pytest.mark.parametrize("name", ["run1", "my run", "$(touch pwned)", "a'b", "; touch pwned;"])
def test_a_run_one_level_too_high_is_told_how_to_move(tmp_path: Path, name: str) -> None:
    workspace = write(tmp_path / "w s", {f"{name}/metrics.csv": POINTS, "exp/a/metrics.csv": POINTS})
    found = find(str(workspace))
    assert runs(found) == [("exp", "a")]
    [hint] = found.hints
    said, _, command = hint.partition("/<run>/: ")
    assert said == f"{workspace / name} looks like a run one level too high. A run lies in <experiment>"
    assert shlex.split(command)[-1] == str(workspace / "default" / name)
    subprocess.run(["sh", "-c", command], check=True, cwd=tmp_path)
    assert runs(find(str(workspace))) == [("default", name), ("exp", "a")]
    assert not list(tmp_path.rglob("pwned"))


def test_a_run_one_level_too_deep_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"team/exp/a/metrics.csv": POINTS, "team/exp/b/metrics.csv": POINTS, "team/c/metrics.csv": POINTS})
    found = find(str(tmp_path))
    assert runs(found) == [("team", "c")]
    [hint] = found.hints
    assert hint == (
        f"{tmp_path}/team/exp/a looks like a run one level too deep. A run lies in <experiment>/<run>/: "
        f"move it to {tmp_path}/team/a, or build {tmp_path}/team as a workspace: runpages build {tmp_path}/team"
    )


def test_many_runs_that_are_too_deep_are_one_hint(tmp_path: Path) -> None:
    write(tmp_path, {f"a b/{experiment}/r/metrics.csv": POINTS for experiment in "xyz"})
    [hint] = find(str(tmp_path)).hints
    folder = tmp_path / "a b"
    assert hint == (
        f"{folder}/x/r and 2 more look like runs one level too deep; build {folder} as a workspace: "
        f"runpages build '{folder}'"
    )


def test_a_workspace_that_is_a_run_is_told(tmp_path: Path) -> None:
    workspace = write(tmp_path / "exp" / "a", {"run.json": "{}", "tables/x/metrics.csv": POINTS})
    found = find(str(workspace))
    assert (found.experiments, found.runs) == ([], [])
    [hint] = found.hints
    assert "is itself a run" in hint
    assert str(tmp_path / "exp") in hint


@pytest.mark.parametrize("name", ["empty", "missing", "a file"])
def test_a_workspace_without_runs_is_empty(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"a file": "", "empty/README.md": ""})
    assert find(str(tmp_path / name)) == Found([], [], [])
    assert not is_run(str(tmp_path / name))


def test_a_link_that_leads_nowhere_hides_no_runs(tmp_path: Path) -> None:
    write(tmp_path, {"exp/a/metrics.csv": POINTS})
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "gone").symlink_to("nothing")
    (tmp_path / "exp" / "loop").symlink_to("loop")
    (tmp_path / "linked").symlink_to("exp")
    assert runs(find(str(tmp_path))) == [("exp", "a"), ("linked", "a")]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("run.json", True),
        ("metrics.csv", True),
        ("metrics.node-1-00ff.csv", True),
        ("metrics-old.csv", True),
        ("metrics.csv.bak", False),
        ("loss.csv", False),
        ("experiment.json", False),
    ],
)
def test_what_makes_a_folder_a_run(tmp_path: Path, name: str, is_one: bool) -> None:
    assert is_run(str(write(tmp_path, {name: ""}))) is is_one


def test_names_that_are_no_text_are_found(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/exp/\xff\xfe"
    os.makedirs(folder)
    Path(os.fsdecode(folder), "metrics.csv").write_text(POINTS)
    assert runs(find(str(tmp_path))) == [("exp", "\udcff\udcfe")]


def test_a_folder_with_the_name_of_a_file_gives_no_advice_to_rename_it(tmp_path: Path) -> None:
    (tmp_path / "e" / "a" / "METRICS.CSV").mkdir(parents=True)
    (tmp_path / "e" / "b").mkdir()
    (tmp_path / "e" / "b" / "METRICS.CSV").touch()
    assert [hint.partition(" ")[0] for hint in find(str(tmp_path)).hints] == [str(tmp_path / "e" / "b")]
