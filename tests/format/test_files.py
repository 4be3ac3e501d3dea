"""Which files of a folder are a run's: links that leave it and things that are no files are told, never opened."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from runpages.format.errors import FormatError
from runpages.format.files import read_text
from runpages.format.read import read_experiment
from tests.format.folder import line, read, told, write

SECRET = "name,value\nsecret,42\n"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    return write(
        tmp_path / "outside",
        {"metrics.csv": SECRET, "run.json": line({"name": "secret"}), "secret.txt": "secret", "0.png": "secret"},
    )


def test_a_link_within_the_run_is_followed(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", {"logs/metrics.csv": "name,value\nloss,1\n", "artifacts/a.txt": "12345"})
    (folder / "metrics.csv").symlink_to("logs/metrics.csv")
    (folder / "artifacts" / "b.txt").symlink_to(folder / "artifacts" / "a.txt")
    run = read(folder)
    assert run.series["loss"].values == [1]
    assert [(file.name, file.size) for file in run.artifacts] == [("a.txt", 5), ("b.txt", 5)]
    assert run.problems == []


def test_a_run_that_is_reached_by_a_link_is_read(tmp_path: Path) -> None:
    write(tmp_path / "run", {"metrics.csv": "name,value\nloss,1\n", "images/a/0.png": "x"})
    (tmp_path / "link").symlink_to("run")
    run = read(tmp_path / "link")
    assert (run.problems, len(run.images), run.id) == ([], 1, "link")


@pytest.mark.parametrize(
    "name", ["run.json", "metrics.csv", "artifacts/x", "logs/a/x", "images/a/0.png", "tables/t.jsonl"]
)
def test_a_link_that_leaves_the_run_is_told_and_not_read(tmp_path: Path, outside: Path, name: str) -> None:
    folder = write(tmp_path / "run", {"metrics.x.csv": "name,value\nloss,1\n"})
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    target = outside / Path(name).name
    if not target.exists():
        target.write_text("{}")
    (folder / name).symlink_to(os.path.relpath(target, (folder / name).parent))
    run = read(folder)
    assert told(run) == [(name, None, "The link points outside the run", "Not followed")]
    assert not run.damaged
    assert run.name is None
    assert list(run.series) == ["loss"]
    assert [*run.artifacts, *run.logs, *run.images, *run.tables] == []


@pytest.mark.parametrize("name", ["tables", "charts", "images", "media", "artifacts", "logs", "artifacts/deep"])
def test_a_linked_folder_is_told_and_not_entered(tmp_path: Path, outside: Path, name: str) -> None:
    folder = write(
        tmp_path / "run", {"metrics.csv": "name,value\nloss,1\n", "artifacts.txt": "", "inner/secret.txt": "x"}
    )
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).symlink_to(outside)
    run = read(folder)
    assert (name, None, "The link points outside the run", "Not followed") in told(run)
    assert [*run.artifacts, *run.logs, *run.images, *run.media, *run.tables, *run.charts] == []

    (folder / name).unlink()
    (folder / name).symlink_to(folder / "inner")
    run = read(folder)
    assert (name, None, "The link points to no file", "Not followed") in told(run)
    assert [*run.artifacts, *run.logs, *run.images, *run.media, *run.tables, *run.charts] == []


def test_links_to_nothing_and_to_themselves_are_told(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", {"metrics.csv": "name,value\nloss,1\n", "logs/a": ""})
    (folder / "logs" / "gone").symlink_to("nothing")
    (folder / "logs" / "loop").symlink_to("loop")
    (folder / "artifacts").symlink_to("artifacts")
    (folder / "images").symlink_to(".")
    run = read(folder)
    assert [(file, action) for file, _, _, action in told(run)] == [
        (name, "Not followed") for name in ("artifacts", "images", "logs/gone", "logs/loop")
    ]
    assert [file.name for file in run.logs] == ["a"]
    assert run.images == []


@pytest.mark.parametrize("name", ["run.json", "metrics.csv", "series.json", "images.jsonl", "logs/x", "artifacts/a/b"])
@pytest.mark.parametrize("kind", ["pipe", "socket", "folder"])
def test_what_is_no_file_is_skipped_without_waiting(tmp_path: Path, name: str, kind: str) -> None:
    folder = write(tmp_path / "run", {"metrics.x.csv": "name,value\nloss,1\n"})
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        # The name of a socket may have 107 bytes at most, and a test's folder is often longer.
        here = Path.cwd()
        with socket.socket(socket.AF_UNIX) as listener:
            os.chdir(path.parent)
            try:
                listener.bind(path.name)
            finally:
                os.chdir(here)
    run = read(folder)
    assert run.series["loss"].values == [1]
    assert [*run.artifacts, *run.logs, *run.images] == []
    if kind != "folder":
        assert told(run) == [(name, None, "It is not a regular file", "Not followed")]
    elif name == "run.json":
        assert [problem.file for problem in run.problems] == ["run.json"]


def test_an_experiment_reads_no_pipes_and_no_links_that_leave_it(tmp_path: Path, outside: Path) -> None:
    folder = write(tmp_path / "exp", {})
    (folder / "README.md").symlink_to(outside / "secret.txt")
    (folder / "experiment.json").symlink_to(outside / "run.json")
    found = read_experiment(str(folder))
    assert (found.name, found.readme) == ("exp", None)
    assert sorted(problem.file for problem in found.problems) == ["README.md", "experiment.json"]
    assert all("the link points outside the folder" in problem.message for problem in found.problems)

    for name in ("README.md", "experiment.json"):
        (folder / name).unlink()
        os.mkfifo(folder / name)
    found = read_experiment(str(folder))
    assert (found.name, found.readme) == ("exp", None)
    assert sorted(problem.file for problem in found.problems) == ["README.md", "experiment.json"]


def test_a_text_is_read_as_well_as_it_can_be(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": b"\xef\xbb\xbf# \xc3\xa9 \xff\n"})
    assert read_text(str(tmp_path / "a.md")) == "# é \ufffd\n"
    assert read_text(str(tmp_path / "none.md")) is None
    (tmp_path / "b.md").symlink_to("a.md")
    assert read_text(str(tmp_path / "b.md")) == "# é \ufffd\n"


def test_what_a_killed_writer_left_is_no_file_of_the_run(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "run",
        {
            "metrics.csv": "name,value\nloss,1\n",
            ".12-ab.tmp": "{",
            "artifacts/.12-ab.tmp": "",
            "images/a/.12-ab.tmp": "",
            "artifacts/x.tmp": "",
            "artifacts/.hidden": "",
        },
    )
    run = read(folder)
    assert [file.name for file in run.artifacts] == [".hidden", "x.tmp"]
    assert (run.images, run.problems) == ([], [])


def test_other_folders_of_a_run_are_not_searched(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "run", {"metrics.csv": "name,value\nloss,1\n", "other/metrics.csv": SECRET, "tables/a/b.jsonl": "{}"}
    )
    run = read(folder)
    assert (list(run.series), run.tables) == (["loss"], [])
    assert [(one.file, one.action) for one in run.problems] == [("other", "Folder not shown")]


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    run = read(tmp_path / "exp" / "gone")
    assert told(run) == [("", None, "The run's folder no longer exists", "Nothing read")]
    assert (run.experiment, run.id, run.status) == ("exp", "gone", None)


def test_the_newest_file_tells_the_last_write(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", {"metrics.csv": "", "images/a/0.png": "", "logs/x": "", "other/y": ""})
    for at, name in enumerate(["metrics.csv", "logs/x", "images/a/0.png", "other/y"]):
        os.utime(folder / name, (1000 + at, 1000 + at))
    assert read(folder).last_write == 1002
    assert read(write(tmp_path / "empty", {})).last_write is None


def test_only_a_newer_format_is_refused(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "run", {"run.json": line({"format": 2, "id": "x"}), "metrics.csv": "name,value\nloss,1\n"}
    )
    with pytest.raises(
        FormatError, match=r"run\.json is of format 2; this runpages reads format 1.*pip install -U runpages"
    ):
        read(folder)
    versions: tuple[object, ...] = (1, 1.5, "2", None, {}, -7)
    for version in versions:
        write(folder, {"run.json": line({"format": version, "name": "n"})})
        assert (read(folder).name, read(folder).problems) == ("n", [])


def test_a_series_document_of_a_newer_format_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", {"series.json": line({"format": 2}), "metrics.csv": "name,value\nloss,1\n"})
    [problem] = read(folder).problems
    assert (problem.file, problem.action) == ("series.json", "File skipped")
    assert "pip install -U runpages" in problem.message
    experiment = read_experiment(str(write(tmp_path / "exp", {"experiment.json": line({"format": 3, "name": "n"})})))
    assert experiment.name == "exp"
    assert "pip install -U runpages" in experiment.problems[0].message


def test_no_run_can_refuse_itself(tmp_path: Path) -> None:
    run = read(write(tmp_path / "run", {"run.json": line({"format_refused": "<b>", "name": "n"})}))
    assert run.name == "n"
