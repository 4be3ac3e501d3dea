from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from runpages_site import settings
from runpages_site.command import init as starter
from runpages_site.command import runpages
from runpages_site.settings import read

NEXT = ["python train.py", "runpages build"]


def init(*arguments: str | Path) -> Result:
    return CliRunner().invoke(runpages, ["init", *map(str, arguments)])


def printed_commands(result: Result) -> list[str]:
    return [line.strip() for line in result.stdout.partition("Next:\n")[2].splitlines()]


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def shell(commands: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the commands as a user would, with `python` and `runpages` on the path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RUNPAGES_", "PYTEST_"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    script = " && ".join(commands)
    return subprocess.run(
        ["sh", "-c", script], cwd=folder, env=kept | {"PATH": path}, capture_output=True, text=True, timeout=120
    )


def test_the_printed_commands_lead_to_a_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = init()
    assert result.exit_code == 0
    assert files_in(tmp_path) == ["runs/README.md", "runs/runpages.yml", "train.py"]
    assert printed_commands(result) == NEXT
    done = shell([*NEXT, "runpages check"], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Built 1 run in 1 experiment" in done.stdout
    home = (tmp_path / "site/index.html").read_text()
    assert tmp_path.name in home, "the title"
    assert "What is tried here" in home, "the text of the README"
    (page,) = (tmp_path / "site/e/descent").glob("2*.html")
    assert "loss" in page.read_text()


def test_the_script_computes_what_it_logs(tmp_path: Path) -> None:
    init(tmp_path)
    shell(["python train.py"], tmp_path)
    (metrics,) = (tmp_path / "runs").glob("descent/*/metrics.csv")
    logged: dict[str, list[float]] = {}
    for line in metrics.read_text().splitlines()[1:]:
        name, _, _, value, _ = line.split(",")
        logged.setdefault(name, []).append(float(value))
    assert logged["loss"] == [(x - 3) ** 2 for x in logged["x"]]
    assert all(after < before for before, after in zip(logged["loss"], logged["loss"][1:], strict=False))
    assert abs(logged["x"][-1] - 3) < 0.001


def test_another_folder_is_made_and_named(tmp_path: Path) -> None:
    folder = tmp_path / "a b" / "lab"
    result = init(folder)
    assert printed_commands(result) == [f"cd '{folder}'", *NEXT]
    assert shell(printed_commands(result), tmp_path).returncode == 0
    assert (folder / "site/index.html").is_file()


def test_the_settings_name_the_experiment_of_our_script_only_where_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("print('mine')\n")
    init(tmp_path)
    assert read(tmp_path / "runs").experiments == {}
    (tmp_path / "train.py").unlink()
    (tmp_path / "runs/runpages.yml").unlink()
    for _ in range(2):
        init(tmp_path)
        assert list(read(tmp_path / "runs").experiments) == ["descent"]
        (tmp_path / "runs/runpages.yml").unlink()


def test_a_folder_that_begins_with_a_dash_is_no_option_of_the_next_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(runpages, ["init", "--", "-new"])
    assert printed_commands(result)[0] == "cd -- -new"


@pytest.mark.parametrize("path", ["train.py", "runs/runpages.yml", "runs/README.md"])
def test_what_is_there_stays_and_is_told(path: str, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / path).write_text("mine")
    result = init(tmp_path)
    assert result.exit_code == 0
    assert (tmp_path / path).read_text() == "mine"
    assert f"Kept existing {tmp_path / path}" in result.stdout
    assert ("python train.py" in printed_commands(result)) == (path != "train.py"), "a script of the user's own"


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    init(tmp_path)
    before = {path: (tmp_path / path).stat().st_mtime_ns for path in files_in(tmp_path)}
    result = init(tmp_path)
    assert result.exit_code == 0
    assert "Wrote" not in result.stdout
    assert {path: (tmp_path / path).stat().st_mtime_ns for path in files_in(tmp_path)} == before


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "train.py").symlink_to(tmp_path / "elsewhere.py")
    assert init(tmp_path / "lab").exit_code == 0
    assert not (tmp_path / "elsewhere.py").exists()


@pytest.mark.parametrize("way", ["lab", "lab/runs"])
def test_a_file_in_the_way_of_a_folder_is_refused(way: str, tmp_path: Path) -> None:
    (tmp_path / way).parent.mkdir(exist_ok=True)
    (tmp_path / way).write_text("")
    result = init(tmp_path / "lab")
    assert result.exit_code == 2
    assert "is in the way of a folder; name another" in result.stderr
    assert (tmp_path / way).read_text() == ""
    assert files_in(tmp_path) == [way], "nothing else was written"


@given(st.text())
def test_the_settings_hold_for_any_folder_name(name: str) -> None:
    read = settings.parse(starter.files(name)["runs/runpages.yml"], "")
    assert read.title
    assert read.title == (name or "My runs") or not name.isprintable()
    assert read.experiments["descent"].metric == "loss"


def test_the_settings_that_are_only_mentioned_hold_too() -> None:
    text = starter.files("x")["runs/runpages.yml"].replace("# description", "description")
    read = settings.parse(text.replace("# base_url", "base_url").replace("# theme", "theme"), "")
    assert (read.description, read.theme) == ("A sentence below the title.", "default")
    assert read.base_url == "https://example.org/lab"
    assert read.experiments["descent"].description == "A sentence for the tables."
