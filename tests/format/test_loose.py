"""What lies beside metrics.csv is shown as what it is, or reported with the command that keeps it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.format.folder import line, read, write

POINTS = "name,step,value\nloss,0,0.5\n"
BESIDE: dict[str, tuple[str, ...]] = {
    "images": ("loss.png", "epoch_3.jpg", "drawing.svg"),
    "logs": ("train.log", "slurm-123.out", "job.err", "stdout.txt", "train_log.txt"),
    "artifacts": (
        "config.yaml",
        "hparams.yml",
        "setup.toml",
        "report.html",
        "paper.pdf",
        "model.pt",
        "w.h5",
        "args.txt",
    ),
    "nothing": ("data.csv", "notes.txt", "results.json", "script.py", "-rf"),
    "hidden": (".env", ".gitignore", "id_rsa", "credentials.json"),
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in BESIDE.items() for name in names])
def test_a_file_is_shown_or_told(tmp_path: Path, kind: str, name: str) -> None:
    run = read(write(tmp_path / "run", {"metrics.csv": POINTS, "run.json": "{}", name: "x"}))
    shown = {
        "images": [image.file for image in run.images],
        "logs": [log.file for log in run.logs],
        "artifacts": [file.file for file in run.artifacts],
        "nothing": [problem.file for problem in run.problems],
    }
    assert {found: names for found, names in shown.items() if names} == ({kind: [name]} if kind in shown else {})


@pytest.mark.parametrize("name", BESIDE["nothing"])
def test_the_command_that_is_told_shows_the_file(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path / "run", {"metrics.csv": POINTS, name: "x"})
    [problem] = read(folder).problems
    assert (problem.action, problem.damage) == ("File not shown", False)
    subprocess.run(["sh", "-ec", problem.message.partition(": ")[2]], cwd=folder, check=True)
    run = read(folder)
    assert ([file.name for file in run.artifacts], run.problems) == ([name], [])


@pytest.mark.parametrize(("name", "place"), [("plots", "images"), ("checkpoints", "artifacts"), ("a b", "artifacts")])
def test_a_folder_is_told_with_the_place_for_it(tmp_path: Path, name: str, place: str) -> None:
    folder = write(tmp_path / "run", {"metrics.csv": POINTS, f"{name}/x.png": "x"})
    [problem] = read(folder).problems
    assert problem.action == "Folder not shown"
    subprocess.run(["sh", "-ec", problem.message.partition(": ")[2]], cwd=folder, check=True)
    run = read(folder)
    assert [one.file for one in run.images] + [one.file for one in run.artifacts] == [f"{place}/{name}/x.png"]
    assert run.problems == []


def test_many_files_are_summed_up(tmp_path: Path) -> None:
    run = read(write(tmp_path / "run", {"metrics.csv": POINTS} | {f"{at}.dat": "" for at in range(50)}))
    assert len(run.problems) == 11
    assert run.problems[-1].message.startswith("40 more files lie beside the run's own")


def test_a_readme_describes_a_run_that_does_not_describe_itself(tmp_path: Path) -> None:
    files = {"metrics.csv": POINTS, "README.md": "\ufeffTry *two*"}
    assert read(write(tmp_path / "a", files)).description == "Try *two*"
    assert read(write(tmp_path / "b", {**files, "run.json": line({"description": "own"})})).description == "own"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", '{"lr": 0.1, "since": "2026-01-01"}'),
        ("params.json", '\ufeff{"lr": 0.1, "since": "2026-01-01"}'),
        ("hparams.toml", "lr = 0.1\nsince = 2026-01-01\n"),
        ("args.toml", "lr = 0.1\nsince = 2026-01-01\n[of]\nlayers = [[1], [2]]\n"),
    ],
)
def test_configuration_is_parameters_where_there_is_no_document(tmp_path: Path, name: str, content: str) -> None:
    run = read(write(tmp_path / "a", {"metrics.csv": POINTS, name: content}))
    assert run.params == run.document["params"]
    assert {key: run.params[key] for key in ("lr", "since")} == {"lr": 0.1, "since": "2026-01-01"}
    assert [file.file for file in run.artifacts] == [name]
    assert read(write(tmp_path / "b", {"metrics.csv": POINTS, name: content, "run.json": "{}"})).params == {}


@pytest.mark.parametrize(
    ("name", "content"), [("config.json", "{'lr': 1}"), ("config.toml", "lr = "), ("args.json", "5")]
)
def test_configuration_that_holds_no_parameters_is_an_output_all_the_same(
    tmp_path: Path, name: str, content: str
) -> None:
    run = read(write(tmp_path / "a", {"metrics.csv": POINTS, name: content}))
    assert (run.params, [file.file for file in run.artifacts], run.damaged) == ({}, [name], False)
    assert {problem.action for problem in run.problems} <= {"Not read as parameters"}


def test_the_patch_of_a_run_is_no_loose_file(tmp_path: Path) -> None:
    document = line({"environment": {"git": {"diff": "uncommitted.patch"}}})
    run = read(write(tmp_path / "run", {"run.json": document, "uncommitted.patch": "x"}))
    assert run.problems == []
