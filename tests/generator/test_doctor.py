"""What killed processes and people leave in a workspace is found and repaired, and nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runpages.format import status
from runpages.format.discovery import find
from runpages.format.layout import STATE
from runpages.format.read import read_run
from runpages_site.command import runpages
from tests.logger.kill import CHILD, KINDS, _acknowledged, moment
from tests.unmeasured import unmeasured

from .conftest import MakeRun

TORN = "name,step,time,value,text\nloss,0,1.0,0.5,\nloss,1,2."


def doctor(workspace: Path, *options: str) -> Result:
    return CliRunner().invoke(runpages, ["doctor", str(workspace), *options])


def repaired(workspace: Path) -> str:
    """Repair a workspace, in which nothing is wrong then."""
    done = doctor(workspace, "--fix")
    assert done.exit_code == 0, done.output
    assert doctor(workspace).output == "No problems\n"
    return done.output


def copies(workspace: Path) -> dict[str, bytes]:
    below = next((workspace / STATE / "doctor").iterdir())
    return {path.relative_to(below).as_posix(): path.read_bytes() for path in below.rglob("*") if path.is_file()}


def long_ago(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (1e9, 1e9))


@pytest.mark.parametrize("kind", ["start", "log", "log_row", "log_image", "chart", "tag"])
def test_every_damage_of_a_kill_is_repaired(tmp_path: Path, kind: str) -> None:
    for seed in range(3):
        root = tmp_path / str(seed)
        (root / "e" / "20260101-000000-aaaaaa").mkdir(parents=True)
        after, delay = moment(kind, seed) if seed < 2 else (None, 0.0)
        _acknowledged([*CHILD, kind, str(root), *(["7"] if after is None else [])], after, delay)
        for run in find(str(root)).runs:  # What a kill in the middle of a write leaves, which is too rare to wait for.
            for path in Path(run.path).glob("*.csv"):
                path.write_bytes(path.read_bytes()[:-2])
        long_ago(root)
        before = KINDS[kind].seen([read_run(run.path, now=time.time()) for run in find(str(root)).runs])
        repaired(root)
        assert KINDS[kind].seen([read_run(run.path, now=time.time()) for run in find(str(root)).runs]) == before
        names = [path.name for path in root.rglob("*") if STATE not in path.parts]
        assert [name for name in names if name.endswith(".tmp") or name.startswith(".number")] == []


def test_torn_lines_go_and_are_kept(workspace: Path, make_run: MakeRun) -> None:
    bad = "".join(f"bad {at}\n" for at in range(30))
    make_run("a", metrics=bad.join([TORN.rpartition("loss")[0], "loss,1,2.0,0.25,\n"]), status="Completed")
    make_run("b", metrics=TORN, files={"tables/t.jsonl": '{"a": 1}\n{"a"\n'}, status="Completed")
    done = doctor(workspace)
    assert done.exit_code == 1
    assert "demo/a/metrics.csv, line 3: " in done.output
    assert "(and more lines)" in done.output
    assert "demo/b/tables/t.jsonl, line 2: " in done.output
    assert not (workspace / STATE).exists()
    before = {path: path.read_bytes() for path in workspace.rglob("*.*") if path.suffix in (".csv", ".jsonl")}
    assert "3 repaired, no problems left" in repaired(workspace)
    assert (workspace / "demo/a/metrics.csv").read_text() == TORN.rpartition("loss")[0] + "loss,1,2.0,0.25,\n"
    assert (workspace / "demo/b/metrics.csv").read_text() == TORN.rpartition("loss")[0]
    assert (workspace / "demo/b/tables/t.jsonl").read_text() == '{"a": 1}\n'
    assert copies(workspace) == {path.relative_to(workspace).as_posix(): data for path, data in before.items()}


def test_documents_that_cannot_be_read_are_set_aside(workspace: Path, make_run: MakeRun) -> None:
    folder = make_run("a", files={"run.json": '{"id": "a', "series.json": "[]"})
    (folder.parent / "experiment.json").write_text("{")
    only = make_run("b", metrics=None, files={"run.json": "{"})
    repaired(workspace)
    assert [run.name for run in find(str(workspace)).runs] == ["a", "b"]
    assert json.loads((only / "run.json").read_text()) == {"format": 1}
    assert copies(workspace) == {
        "demo/a/run.json": b'{"id": "a', "demo/a/series.json": b"[]", "demo/b/run.json": b"{",
        "demo/experiment.json": b"{",
    }  # fmt: skip


def test_a_run_of_a_newer_format_is_left_alone(workspace: Path, make_run: MakeRun) -> None:
    folder = make_run(files={"run.json": '{"format": 2}', "series.json": '{"format": 2}'})
    done = doctor(workspace, "--fix")
    assert (done.exit_code, "Install a newer one" in done.output) == (1, True)
    assert (folder / "run.json").read_text() == '{"format": 2}'


def test_a_file_with_an_unknown_header_keeps_its_lines(workspace: Path, make_run: MakeRun) -> None:
    folder = make_run(metrics="who,knows\n1,2\n3,4\n", status="Completed")
    doctor(workspace, "--fix")
    assert (folder / "metrics.csv").read_text() == "who,knows\n1,2\n3,4\n"


def test_what_processes_left_is_set_aside_if_they_are_gone(workspace: Path, make_run: MakeRun) -> None:
    folder = make_run("a")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for pid in (gone.pid, os.getpid()):
        (folder / f".{pid}-0a1b2c3d.tmp").write_text("half")
        (workspace / "demo" / f".number-{pid}-0a1b2c").mkdir()
        empty = workspace / "demo" / f"20260101-000000-aaaaa{'b' if pid == os.getpid() else 'a'}"
        empty.mkdir()
        (empty / f".{pid}-0a1b2c3d.tmp").write_text("half")
    (workspace / "demo" / "of people").mkdir()
    (workspace / STATE / "unpacking" / "demo").mkdir(parents=True)
    long_ago(workspace)
    (workspace / "demo" / "20260101-000000-aaaaac").mkdir()  # It may be beginning just now.
    repaired(workspace)
    left = {path.name for path in (workspace / "demo").rglob("*") if path != folder}
    mine = f".{os.getpid()}-0a1b2c3d.tmp"
    begun = {"20260101-000000-aaaaab", "20260101-000000-aaaaac"}
    assert left == {"metrics.csv", "of people", mine, f".number-{os.getpid()}-0a1b2c", *begun}


def test_copies_of_files_and_runs(workspace: Path, make_run: MakeRun) -> None:
    folder = make_run("a", id="a", parent="nobody")
    shutil.copytree(folder, folder.parent / "a copy")
    shutil.copy(folder / "metrics.csv", folder / "metrics (1).csv")
    (folder / "metrics (2).csv").write_text(TORN)
    done = doctor(workspace, "--fix")
    assert "Repaired demo/a/metrics (1).csv: It is the same as metrics.csv" in done.output
    assert "demo/a copy: It has the id of demo/a" in done.output
    assert "Its parent nobody is not there" in done.output
    assert (folder / "metrics (2).csv").read_text() == TORN


def test_a_run_that_goes_on_is_left_alone(workspace: Path, make_run: MakeRun) -> None:
    make_run(metrics=TORN, files={"tables/t.jsonl": '{"a"'}, status="Running", owner=status.owner())
    assert doctor(workspace).output == "No problems\n"


def test_mistakes_of_people_are_listed(workspace: Path, make_run: MakeRun) -> None:
    make_run("a")
    (workspace / "runpages.yml").write_text("titel: x\n")
    (workspace / "high").mkdir()
    (workspace / "high" / "metrics.csv").write_text(TORN)
    done = doctor(workspace, "--json")
    assert done.exit_code == 1
    told = [(one["path"], one["repair"]) for one in json.loads(done.output)["findings"]]
    assert told == [("", None), ("runpages.yml", None)]
    assert doctor(workspace / "none").exit_code == 2
    (workspace.parent / "documents" / "letters" / "empty").mkdir(parents=True)
    long_ago(workspace.parent / "documents")
    assert doctor(workspace.parent / "documents", "--fix").exit_code == 2


def test_what_may_not_be_read_is_made_readable(workspace: Path, make_run: MakeRun) -> None:
    """Root may read everything, so this is done by somebody else."""
    make_run(metrics=TORN)
    script = """
import os, sys
from pathlib import Path
from click.testing import CliRunner
from runpages_site.command import runpages
# Who is nobody may not load what a Python in somebody's home has.
CliRunner().invoke(runpages, ["doctor", sys.argv[2], "--fix"])
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
folder = Path(sys.argv[1]) / "demo" / "a"
(folder / "logs").mkdir(parents=True)
for name in ("metrics.csv", "logs/x.txt"):
    (folder / name).write_text("name,step,value\\nloss,0,1\\n")
(folder / "metrics.csv").chmod(0); (folder / "logs").chmod(0)
for options, code in (([], 1), (["--fix"], 0), ([], 0)):
    done = CliRunner().invoke(runpages, ["doctor", sys.argv[1], *options])
    assert done.exit_code == code, (done.output, done.exception)
assert (folder / "logs" / "x.txt").read_text() and (folder / "metrics.csv").read_text()
"""
    place = Path("/tmp", f"runpages-doctor-{os.getpid()}")
    place.mkdir(mode=0o777)
    place.chmod(0o777)
    try:
        done = subprocess.run(
            [sys.executable, "-c", script, place / "runs", workspace], env=unmeasured(), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    finally:
        shutil.rmtree(place)


DOCUMENT = '{"format": 1, "id": "a", "status": "Completed", "params": {"lr": 0.1}}\n'


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (DOCUMENT.encode() + bytes(4096), None),
        (DOCUMENT.encode() + DOCUMENT[:20].encode(), None),
        (DOCUMENT.replace("}}", '}, "name": "größe"}').encode("cp1252"), "größe"),
    ],
)
def test_what_can_be_read_of_a_document_is_kept(
    workspace: Path, make_run: MakeRun, content: bytes, name: str | None
) -> None:
    folder = make_run("a")
    (folder / "run.json").write_bytes(content)
    assert "write what can be read of it" in doctor(workspace).output
    repaired(workspace)
    record = read_run(str(folder), now=time.time())
    assert (record.params, record.status, record.name) == ({"lr": 0.1}, "Completed", name)
    assert copies(workspace) == {"demo/a/run.json": content}


@pytest.mark.parametrize("content", [b"\0" * 5000, b"name,ste", b"name,step,time,value,text"[:3] + b"\0" * 9])
def test_points_that_were_never_written_begin_anew(workspace: Path, make_run: MakeRun, content: bytes) -> None:
    folder = make_run("a", status="Completed")
    (folder / "metrics.csv").write_bytes(content)
    repaired(workspace)
    assert (folder / "metrics.csv").read_text() == TORN.partition("loss")[0]
    assert copies(workspace) == {"demo/a/metrics.csv": content}


def test_folders_and_files_in_the_place_of_each_other_are_set_aside(workspace: Path, make_run: MakeRun) -> None:
    folder = make_run("a", status="Completed", metrics=None)
    names = ("metrics.csv", "series.json", "snapshot.zip", "images.jsonl", "../experiment.json", "../../runpages.yml")
    for name in names:
        (folder / name).mkdir()
        (folder / name / "x").write_text(name)
    for name in ("artifacts", "logs"):
        (folder / name).write_text(name)
    (folder / "images").symlink_to("logs")
    running = make_run("b", status="Running", owner=status.owner())
    (running / "series.json").mkdir()
    done = doctor(workspace)
    assert (
        "demo/a/metrics.csv: It is a folder, where a file belongs. To repair it with --fix: set it aside."
        in done.output
    )
    assert "demo/a/logs: It is a file, where a folder belongs. To repair it with --fix: set it aside." in done.output
    (folder / "images").unlink()
    assert "8 repaired" in repaired(workspace)
    assert copies(workspace) == {
        **{os.path.normpath(f"demo/a/{name}/x"): name.encode() for name in names},
        "demo/a/artifacts": b"artifacts", "demo/a/logs": b"logs",
    }  # fmt: skip
    assert (running / "series.json").is_dir()


def test_a_link_to_a_folder_above_is_no_experiment(workspace: Path, make_run: MakeRun) -> None:
    folder = make_run("a")
    (workspace / "self").symlink_to(".")
    (folder.parent / "up").symlink_to("../..")
    (folder.parent / "loop").symlink_to("loop")
    (workspace / "other").symlink_to("demo")  # A name more for the same experiment, which has an end.
    assert doctor(workspace).output.startswith("No problems")
    assert [run.path.removeprefix(f"{workspace}/") for run in find(str(workspace)).runs] == ["demo/a", "other/a"]


def test_what_lies_beside_the_experiments_is_looked_at(workspace: Path, make_run: MakeRun) -> None:
    make_run("a", status="Completed")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    model = workspace / STATE / "models" / "m"
    model.mkdir(parents=True)
    (model / "1.json").write_text('{"run"')
    for place in (workspace, model):
        (place / f".{gone.pid}-0a1b2c3d.tmp").write_text("half")
    long_ago(workspace)
    assert "3 repaired" in repaired(workspace)
    assert sorted(copies(workspace)) == sorted(
        [f".{gone.pid}-0a1b2c3d.tmp", f"{STATE}/models/m/1.json", f"{STATE}/models/m/.{gone.pid}-0a1b2c3d.tmp"]
    )
