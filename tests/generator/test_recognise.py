"""Which message a folder that is not a workspace gets: what it is, and the right command."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runpages_site.command import runpages
from runpages_site.read import recognise
from tests.format.folder import write

POINTS = "name,step,value\nloss,0,0.5\n"
WIDE = "epoch,step,loss\n0,1,0.5\n"

TOOLS = {
    "MLflow": {"0/meta.yaml": "artifact_location: file:///x\nexperiment_id: '0'\n", "0/abc/metrics/loss": "1 2 3\n"},
    "MLflow database": {"mlflow.db": "SQLite format 3\0"},
    "Weights & Biases": {"run-20240101_000000-abc/files/output.log": "x", "debug.log": "x"},
    "Aim": {".aim/run_metadata.sqlite": "x"},
    "Guild AI": {".guild/cache/runs/index": "x"},
    "Neptune": {".neptune/offline/run__x/data-1.log": "{}"},
    "ClearML": {"task.json": "{}", "metrics.jsonl": "[]"},
    "SwanLab": {"runs.swanlab": "x"},
}


def build(*arguments: str | Path) -> Result:
    return CliRunner().invoke(runpages, ["build", *map(str, arguments)])


def refused(folder: str | Path) -> str:
    """What the command says of a folder; it writes nothing."""
    result = build(folder, "-o", "new-site")
    assert result.exit_code == 2, result.output
    assert not Path("new-site").exists()
    assert not (Path(folder) / ".runpages" / "site.json").exists()
    return result.stderr


def commands(told: str) -> list[list[str]]:
    """The commands in a message, as a shell would read them."""
    found = told.replace("`", " ").split("runpages build ")[1:]
    return [shlex.split(part.split(";")[0].partition(". Nothing")[0]) for part in found]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("above", [False, True])
def test_a_folder_of_another_tool_is_named(tool: str, above: bool) -> None:
    write(Path("project/their runs"), TOOLS[tool])
    told = refused("project" if above else "project/their runs")
    known = max((one.name for one in recognise.TRACKERS if tool.startswith(one.name)), key=len)
    assert f"folder of {known}, by project/their runs/" in told
    unread = "reads only what is exported from it" if known in recognise.EXPORTED else "does not read that yet"
    assert ("there are no runs in it" if known in recognise.READ else unread) in told


def test_a_folder_of_another_tool_beside_the_workspace_that_is_not_there_is_named_with_its_command() -> None:
    write(Path("my project"), {"lightning_logs/version_0/metrics.csv": "step,loss\n1,2\n"})
    told = refused("my project/runs")
    assert "In " in told and "It is a folder of Lightning, by " in told
    assert "there are no runs in it" not in told
    (command,) = commands(told.partition("Lightning, by ")[2])
    assert build(*command, "-o", "site").exit_code == 0


@pytest.mark.parametrize(
    "name", ["project", "project/my runs/demo", "project/my runs/demo/a", "project/my runs/demo/b"]
)
def test_the_command_that_is_told_builds_the_runs(name: str) -> None:
    write(Path("project/my runs/demo"), {"a/metrics.csv": POINTS, "b/run.json": "{}"})
    write(Path("project"), {"mlruns/0/meta.yaml": "experiment_id: 0", "README.md": "x"})
    for command in commands(refused(name)):
        result = build(*command, "-o", "site")
        assert result.exit_code == 0, result.output
        assert "Built 2 runs in 1 experiment" in result.stdout


def test_where_there_is_no_workspace_the_runs_nearby_are_named() -> None:
    write(Path("lab/demo/a"), {"metrics.csv": POINTS})
    assert "Did you mean: runpages build lab" in refused("runs")
    os.chdir("lab")
    assert "Did you mean: runpages build ." in refused("runs")


def test_a_site_is_built_again_and_is_no_folder_of_runs(here: Path) -> None:
    write(Path("runs/demo/a"), {"metrics.csv": POINTS})
    assert build().exit_code == 0
    assert build("site", "-o", "again").exit_code == 0
    assert "runpages build runs" in CliRunner().invoke(runpages, ["check", "runs"]).stderr
    assert "Did you mean site?" in CliRunner().invoke(runpages, ["check", "."]).stderr


def test_an_empty_folder_and_one_with_other_files_say_what_is_missing() -> None:
    Path("empty").mkdir()
    assert "empty is empty. Log a run into it first" in refused("empty")
    write(Path("other"), {"thesis.txt": "x", "data/x.csv": "a,b\n"})
    assert "it has 'data', but no <experiment>/<run>/" in refused("other")


@pytest.mark.parametrize(
    "files", [{"runpages.yml": ""}, {"README.md": "x"}, {"demo/experiment.json": "{}"}, {"demo/.runpages/number-1": ""}]
)
def test_a_workspace_without_runs_yet_is_built(files: dict[str, str]) -> None:
    write(Path("runs"), files)
    result = build()
    assert result.exit_code == 0, result.output
    assert "runs has no runs yet" in result.stderr
    assert build("--strict").exit_code == 1


def test_what_init_writes_is_built() -> None:
    assert CliRunner().invoke(runpages, ["init"]).exit_code == 0
    assert build().exit_code == 0


def test_one_run_of_ours_beside_foreign_ones_is_enough() -> None:
    write(Path("runs"), {f"clear/{name}": text for name, text in TOOLS["ClearML"].items()})
    assert "folder of ClearML" in refused("runs")
    write(Path("runs/demo/a"), {"metrics.csv": POINTS})
    assert build().exit_code == 0


def test_what_lightning_writes_is_a_workspace() -> None:
    for version in ("version_0", "version_1"):
        write(Path("lightning_logs") / version, {"metrics.csv": WIDE, "hparams.yaml": "lr: 1e-3\n"})
    for folder in (".", "lightning_logs"):
        result = build(folder, "-o", "site")
        assert "Built 2 runs in 1 experiment" in result.stdout
        assert result.stderr == ""
    assert "0.001" in Path("site/e/lightning_logs/version_0.html").read_text()


def test_a_bounded_number_of_names_is_looked_at_and_no_link_is_followed(here: Path) -> None:
    for at in range(40):
        write(here / "wide" / str(at), {f"{name}/x": "" for name in range(200)})
    write(here / "outside/demo/a", {"metrics.csv": POINTS})
    (here / "wide" / "0link").symlink_to(here / "outside")
    (here / "wide" / "loop").symlink_to(".")
    seen = list(recognise._walk("wide"))
    assert sum(len(one.names) for one in seen) <= recognise.NAMES
    assert not any("link" in one.path or "loop" in one.path for one in seen)
    assert "Did you mean" not in refused("wide")


def test_a_pipe_in_the_place_of_a_foreign_file_is_not_waited_for() -> None:
    for name in ("meta.yaml", "training.log", "version_0/metrics.csv"):
        (Path("pipes") / name).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(Path("pipes") / name)
    write(Path("pipes/version_0"), {"hparams.yaml": ""})
    assert refused("pipes")
