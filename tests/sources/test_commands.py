"""The commands that show and compare single runs, on folders of other tools."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from runpages_site.command import runpages
from tests.format.folder import write

DATA = Path(__file__).parent / "data"


def run(*arguments: str, root: Path) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(runpages, [*arguments, "--root", str(root)])


def listed(root: Path) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = json.loads(run("ls", "--json", "-n", "100", root=root).stdout)["runs"]
    return runs


@pytest.mark.parametrize("folder", sorted(path.name for path in DATA.iterdir() if path.is_dir()))
def test_what_is_listed_is_shown(folder: str) -> None:
    runs = listed(DATA / folder)
    ids = [one["id"] for one in runs]
    assert runs
    for one in runs:
        given = one["id"] if ids.count(one["id"]) == 1 else f"{one['experiment']}/{one['id']}"
        shown = run("show", given, "--json", root=DATA / folder)
        assert shown.exit_code == 0, shown.output
        found = json.loads(shown.stdout)["run"]
        assert {name: found[name] for name in one if name != "metrics"} == {n: one[n] for n in one if n != "metrics"}
        assert found["metrics"].keys() == one["metrics"].keys()


def test_a_run_of_another_tool_is_found_by_its_name_and_by_its_folder() -> None:
    wandb = DATA / "wandb"
    assert "bbbb2222" in run("show", "failed", root=wandb).stdout
    assert "bbbb2222" in run("show", "digits & <more>/failed", root=wandb).stdout
    (folder,) = wandb.rglob("offline-run-*-bbbb2222")
    assert "bbbb2222" in run("show", str(folder), root=wandb).stdout
    refused = run("show", "faild", root=wandb)
    assert (refused.exit_code, refused.stderr.count("has no run 'faild'. Did you mean 'failed'?")) == (2, 1)


@pytest.mark.parametrize("command", [["rm"], ["tag", "good=1"], ["logs"]])
def test_a_run_of_another_tool_is_left_as_it_is(tmp_path: Path, command: list[str]) -> None:
    shutil.copytree(DATA / "sacred", tmp_path / "runs")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    [folder] = [path.parent for path in before if path.name == "run.json"][:1]
    verb, *rest = command
    done = run(verb, str(folder), *rest, root=tmp_path / "runs")
    assert done.exit_code == 2
    assert f"{folder} is a run of another tool, which runpages only reads: runpages show" in done.output
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_names_that_several_runs_have_are_refused_with_their_ids(tmp_path: Path) -> None:
    for name in ("0" * 32, "1" * 32):
        write(tmp_path / "mlruns/1" / name, {"meta.yaml": f"run_id: {name}\nrun_name: same\nstatus: 3\n"})
    meta = "artifact_location: file:///runs/1\nexperiment_id: '1'\nlifecycle_stage: active\nname: mine\n"
    write(tmp_path / "mlruns/1", {"meta.yaml": meta})
    refused = run("show", "same", root=tmp_path)
    assert refused.exit_code == 2
    assert f"2 runs are called 'same'. Name one by its id, such as {'0' * 32}, {'1' * 32}" in refused.stderr


def test_runs_that_lie_in_one_folder_are_compared(tmp_path: Path) -> None:
    shutil.copytree(DATA / "wandb", tmp_path / "project")
    compared = run("compare", "failed", "aaaa1111", root=tmp_path / "project")
    assert compared.exit_code == 0, compared.output
    assert "bbbb2222" in compared.stdout
