from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from runpages import Experiment, Workspace
from runpages_site.command import VERBS, runpages

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


PLACES = [(None, "."), (None, "scripts"), (None, "scripts/old"), (None, "runs"), ("runs", "."), ("../runs", "scripts"),
          (".", "runs"), ("..", "runs/demo"), ("ABSOLUTE", "scripts")]  # fmt: skip


@pytest.mark.parametrize(("named", "place"), PLACES)
def test_every_folder_of_a_project_builds_the_site_that_the_logger_names(
    named: str | None, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    (project / "scripts" / "old").mkdir(parents=True)
    (project / "config.json").write_text('{"workspace_name": "lab"}')
    monkeypatch.delenv("RUNPAGES_WORKSPACE", raising=False)
    monkeypatch.chdir(project / "scripts")
    with Workspace().experiments.get("demo", Experiment(Workspace(), "demo")).start_logging(outputs=False) as logged:
        logged.log("loss", 0.5)
    address = logged.get_portal_url()
    monkeypatch.chdir(project / place)
    shown = [run("build", *([] if named is None else [str(project / "runs") if named == "ABSOLUTE" else named]))]
    shown += (
        [] if named else [run("check"), run("logs", logged.id), run("tag", logged.id, "good"), run("rm", logged.id)]
    )
    assert [result.exit_code for result in shown] == [0, 0, 2, 0, 0][: len(shown)], [one.output for one in shown]
    page = project / "site" / "e" / "demo" / f"{logged.id}.html"
    assert page.is_file() and address == page.as_uri()
    assert "<title>project" in (project / "site" / "index.html").read_text()
    assert sorted(path.name for path in project.iterdir()) == ["config.json", "runs", "scripts", "site"]
    assert [path for path in project.rglob("site") if path.parent != project] == []
    if named is None:
        assert run("clean").exit_code == 0
        assert not (project / "site" / "index.html").exists()


def test_the_variable_names_the_workspace_of_a_build(make_run: MakeRun, tmp_path: Path,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    workspace = make_run().parents[1]
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("RUNPAGES_WORKSPACE", str(workspace))
    assert run("build").exit_code == 0
    assert (workspace.parent / "site" / "index.html").is_file()
    assert run("build", "-o", "here").exit_code == 0 and Path("here/index.html").is_file()


@pytest.mark.parametrize("verb", ["build", "watch", "serve", "check", "clean"])
def test_a_damaged_configuration_is_refused_by_every_command(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".azureml").mkdir()
    (tmp_path / ".azureml" / "config.json").write_text("{")
    monkeypatch.delenv("RUNPAGES_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    result = run(verb)
    assert result.exit_code == 2 and "config.json cannot be read" in result.stderr


def test_a_missing_workspace_exits_with_2_and_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("build")
    assert result.exit_code == 2
    assert "no workspace: runs does not exist" in result.stderr
    assert "Traceback" not in result.stderr


def test_problems_are_told_by_run_and_strict_makes_them_count(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run(metrics="name,step,value\nloss,0,0.5\nloss,oops\n")
    site = tmp_path / "site"
    result = run("build", folder.parents[1], "-o", site)
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        str(folder),
        "  metrics.csv, line 3: The line has 2 of 3 fields: loss,oops. Line skipped.",
    ]
    assert "1 run damaged" in result.stdout
    strict = run("build", folder.parents[1], "-o", site, "--strict", "--quiet")
    assert strict.exit_code == 1
    assert strict.stdout == ""


def test_many_problems_of_a_run_are_cut_short(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run(metrics="name,step,value\n" + "x\n" * 15)
    told = run("build", folder.parents[1], "-o", tmp_path / "site").stderr.splitlines()
    assert len(told) == 12
    assert told[-1] == "  and 5 more; see the run's page"


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
        assert "the one that scripts log to from here" in " ".join(result.output.split())
        assert "Default: site, beside the workspace" in " ".join(result.output.split())
        assert "Exit codes:" in result.output


@pytest.mark.parametrize("width", [60, 80])
def test_help_fits_the_terminal_but_for_examples_and_loses_no_word(width: int) -> None:
    for verb in VERBS:
        result = CliRunner().invoke(runpages, [verb, "-h"], terminal_width=width)
        lines = [line for line in result.stdout.splitlines() if not line.startswith("    runpages ")]
        assert max(map(len, lines)) <= width, verb
        command = runpages.get_command(click.Context(runpages), verb)
        assert command is not None and command.help
        assert "".join(command.help.replace("\b", "").split()) in "".join(result.stdout.split())


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


def test_a_dry_run_says_what_would_be_done_and_does_nothing(make_run: MakeRun, tmp_path: Path) -> None:
    workspace = make_run("a").parents[1]
    make_run("b")
    result = run("build", workspace, "-o", tmp_path / "site", "-n", "-v")
    assert result.stdout.endswith("\nWould render 2 runs. Nothing was written.\n")
    assert result.stderr.splitlines()[:2] == [f"{workspace}/demo/a: new", f"{workspace}/demo/b: new"]
    assert not (tmp_path / "site").exists()
    run("build", workspace, "-o", tmp_path / "site")
    shutil.rmtree(workspace / "demo" / "b")
    result = run("build", workspace, "-o", tmp_path / "site", "--dry-run")
    assert "and remove 1" in result.stdout
    assert (tmp_path / "site" / "e" / "demo" / "b.html").exists()


def test_the_report_is_there_for_programs(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run(metrics="name,step,value\nloss,0,0.5\nloss,oops\n")
    report = json.loads(run("build", folder.parents[1], "-o", tmp_path / "site", "--json").stdout)
    assert (report["runs"], report["experiments"], report["damaged"]) == (1, 1, True)
    assert report["problems"][str(folder)][0]["line"] == 3
    assert report["rendered"] == {str(folder): "new"}


def test_a_site_of_a_part_of_the_workspace(make_run: MakeRun, tmp_path: Path) -> None:
    for name in ("r1", "r2", "r3"):
        workspace = make_run(name, "one").parents[1]
    make_run("r1", "two")
    site = tmp_path / "site"
    assert "Built 1 run in 1 experiment" in run("build", workspace, "-o", site, "--only", "two").stdout
    assert sorted(path.name for path in (site / "e").iterdir()) == ["two"]
    assert "Built 3 runs in 2 experiments" in run("build", workspace, "-o", site, "--limit", "2").stdout
    assert not (site / "e" / "one" / "r1.html").exists(), "the last ones are those of the site"
    wrong = run("build", workspace, "-o", site, "--only", "three")
    assert wrong.exit_code == 2
    assert "there is no experiment 'three'" in wrong.stderr
    assert "it has one, two" in wrong.stderr


def test_files_of_finished_runs_are_linked_and_copied_again_on_demand(make_run: MakeRun, tmp_path: Path) -> None:
    workspace = make_run("done", status="Completed", files={"logs/a.log": "x"}).parents[1]
    make_run("going", status="Running", files={"logs/a.log": "x"})
    site = tmp_path / "site"

    def linked(name: str) -> bool:
        return (site / "e/demo" / name / "logs/a~_log~.txt").samefile(workspace / "demo" / name / "logs/a.log")

    run("build", workspace, "-o", site, "--link")
    assert linked("done")
    assert not linked("going")
    for name in ("done", "going"):
        (workspace / "demo" / name / "metrics.csv").write_text("name,value\nloss,1\n")
    run("build", workspace, "-o", site)
    assert not linked("done")
    for name in ("done", "going"):
        (workspace / "demo" / name / "metrics.csv").write_text("name,value\nloss,2\n")
    run("build", workspace, "-o", site, "--link")
    assert linked("done")


def test_places_are_folders_or_file_urls(make_run: MakeRun, tmp_path: Path) -> None:
    workspace = make_run().parents[1]
    assert run("build", f"file://{workspace}", "-o", f"file://{tmp_path}/a%20site").exit_code == 0
    assert (tmp_path / "a site" / "index.html").is_file()
    result = run("build", "s3://bucket/runs")
    assert result.exit_code == 2
    assert "name the site of s3://bucket/runs with -o" in result.stderr


def test_a_run_that_kills_its_process_is_named_and_the_others_are_built(make_run: MakeRun, tmp_path: Path) -> None:
    for name in ("a", "killer", "z"):
        workspace = make_run(name).parents[1]
    site = tmp_path / "site"
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom concurrent.futures import ProcessPoolExecutor\n"
        "from multiprocessing import get_context\nfrom runpages_site import render\n"
        "from runpages_site.build import Options, build\n"
        "read = render.run_folder.read_run\n"
        "def fatal(folder, **how):\n"
        "    return os._exit(9) if folder.endswith('killer') else read(folder, **how)\n"
        "def start():\n    return ProcessPoolExecutor(2, get_context('fork'))\n"
        "render.run_folder.read_run = fatal\n"
        "report = build(Path(sys.argv[1]), Path(sys.argv[2]), now=1e9, version='1', options=Options(executor=start))\n"
        "print(report.runs, *report.faults)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, workspace, site], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", str(workspace / "demo" / "killer")]
    assert (site / "e" / "demo" / "a.html").exists()
    assert not (site / "e" / "demo" / "killer.html").exists()
    # Without the fault, it is tried again.
    assert "Built 3 runs" in run("build", workspace, "-o", site).stdout


@pytest.mark.parametrize(
    ("typed", "meant"), [("bild", "build"), ("log", "logs"), ("sevre", "serve"), ("chek", "check")]
)
def test_a_mistyped_command_gets_a_suggestion(typed: str, meant: str) -> None:
    result = run(typed)
    assert result.exit_code == 2
    assert f"No such command {typed!r}. Did you mean {meant!r}?" in result.stderr
    assert "Did you mean" not in run("xyzzy").stderr


def test_a_run_is_suggested_by_its_name_and_by_a_similar_id(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "demo" / "first-run"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text('{"format": 1, "id": "first-run", "name": "lr0.1"}')

    def refused(given: str) -> str:
        result = run("logs", given, "--root", tmp_path / "runs")
        assert result.exit_code == 2
        return result.stderr.rstrip()

    assert refused("lr0.1").endswith("has no run 'lr0.1'. That is the name of demo/first-run")
    assert refused("demo/lr0.1").endswith("That is the name of demo/first-run")
    assert refused("first-rum").endswith("Did you mean demo/first-run?")
    assert refused("lr0.2").endswith("Did you mean demo/first-run?")
    assert refused("other").endswith("has no run 'other'")
    assert run("rm", "first-run", "--root", tmp_path / "runs").exit_code == 0
    trash = tmp_path / "runs/.runpages/trash/demo/first-run"
    assert refused("demo/first-run").endswith(f"It is in the trash: mv {trash} {tmp_path / 'runs/demo'}")


def test_a_run_is_found_by_the_name_of_its_experiment_as_it_is_listed(tmp_path: Path) -> None:
    experiment = Experiment(Workspace(root=tmp_path / "runs"), "a/b <c>")
    with experiment.start_logging(name="first/try", outputs=False) as logged:
        logged.log("loss", 0.5)
    for given in (logged.id, f"a/b <c>/{logged.id}", f"a~2fb~20~3cc~3e/{logged.id}/", "first/try"):
        shown = run("show", given, "--root", tmp_path / "runs")
        assert shown.exit_code == 0 and logged.id in shown.stdout, (given, shown.output)
    with experiment.start_logging(name="second", outputs=False):
        pass
    assert "second" in run("show", "a/b <c>/second", "--root", tmp_path / "runs").stdout


def test_a_folder_beside_its_runs_is_refused_with_the_command(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make_run().parents[1]
    project = workspace.parent
    monkeypatch.chdir(project)
    Path("runpages.yml").touch()  # Beside the workspace, where it is easily put by mistake.
    for arguments in (["build", "."], ["watch", "."], ["serve", "--watch", "--workspace", "."], ["build", project]):
        result = run(*arguments)
        assert result.exit_code == 2, arguments
        assert "is not a workspace. There are runs in " in result.stderr
        assert "Did you mean: runpages build " in result.stderr
    assert not (project / "site").exists()
    assert run("build", workspace).exit_code == 0
    assert "Did you mean site?" in run("serve", ".").stderr
    assert "Did you mean site?" in run("check", ".").stderr


def test_nothing_is_counted_as_0(tmp_path: Path) -> None:
    (tmp_path / "runs" / "README.md").parent.mkdir()
    (tmp_path / "runs" / "README.md").touch()
    assert run("build", tmp_path / "runs").stdout.startswith("Built 0 runs in 0 experiments: ")
