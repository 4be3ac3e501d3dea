"""A configuration names the workspace: where it is looked for, how it is written, and what goes before it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

import runpages
from runpages import Experiment, StorageError, UserError, Workspace, WorkspaceError
from tests.logger.conftest import Script, Start, contents

PLACES = [".azureml/config.json", "aml_config/config.json", "config.json", ".azureml/project.json",
          "aml_config/project.json", "project.json"]  # fmt: skip
LABELS = {"subscription_id": "s", "resource_group": "g", "workspace_name": "lab"}
every_place = pytest.mark.parametrize("place", PLACES)


def write(path: Path | str, said: Any = LABELS) -> Path:
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(said if isinstance(said, str) else json.dumps(said), encoding="utf-8")
    return path


@pytest.fixture
def deep(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder deep in the project, in which the script runs."""
    folder = here / "a" / "b"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


# --- found -------------------------------------------------------------------------------------------------


@every_place
@pytest.mark.parametrize("root", [None, "lab/runs", "../elsewhere", "."])
def test_a_configuration_is_found_in_each_place_and_its_root_is_relative_to_the_folder(
    here: Path, deep: Path, place: str, root: str | None
) -> None:
    file = write(here / place, {**LABELS, **({"root": root} if root else {})})
    expected = os.path.normpath(here / (root or "runs"))
    given = (None, ".", deep, here, str(here), file, os.path.relpath(file))
    for workspace in (Workspace(), *map(Workspace.from_config, given)):
        assert workspace.root == expected
    found = Workspace.from_config()
    assert (found.name, found.subscription_id, found.resource_group) == ("lab", "s", "g")


def test_places_are_looked_at_in_their_order(here: Path) -> None:
    for place in reversed(PLACES):
        write(here / place, {"workspace_name": place, "root": place.replace("/", "_")})
    for place in PLACES:
        assert Workspace.from_config().name == place
        assert Workspace().root == str(here / place.replace("/", "_"))
        (here / place).unlink()


def test_the_nearest_folder_counts(here: Path, deep: Path) -> None:
    write(here / ".azureml/config.json", {"root": "far"})
    write(here / "a/project.json", {"workspace_name": "near", "root": "near"})
    assert Workspace.from_config().root == Workspace().root == str(here / "a" / "near")
    assert Workspace.from_config(here).root == str(here / "far")


def test_an_absolute_root_is_taken_as_it_is(here: Path) -> None:
    write(".azureml/config.json", {"root": str(here / "x" / ".." / "y")})
    assert Workspace.from_config().root == str(here / "y")


@pytest.mark.parametrize("root", [None, "", 5, ["x"], {}])
def test_a_root_that_says_nothing_is_runs_beside_it(here: Path, root: Any) -> None:
    write(".azureml/config.json", {"root": root})
    assert Workspace.from_config().root == str(here / "runs")


@pytest.mark.parametrize("inner", [".azureml", "aml_config"])
def test_the_folder_of_the_configuration_itself_may_be_given(here: Path, inner: str) -> None:
    write(here / inner / "config.json", {"root": "x"})
    assert Workspace.from_config(inner).root == Workspace.from_config(here / inner).root == str(here / "x")


def test_a_file_of_any_name_may_be_given(here: Path) -> None:
    write("settings/lab.json", {**LABELS, "root": "r"})
    assert Workspace.from_config("settings/lab.json").root == str(here / "settings" / "r")


def test_a_name_that_is_missing_is_that_of_the_folder(here: Path) -> None:
    write(".azureml/config.json", {"root": "place"})
    assert Workspace.from_config().name == "place"


def test_a_byte_order_mark_is_fine(here: Path) -> None:
    write(".azureml/config.json", "\ufeff" + json.dumps({"root": "r"}))
    assert Workspace.from_config().root == str(here / "r")


# --- not found ---------------------------------------------------------------------------------------------

FOREIGN = [
    '{"model_type": "bert", "hidden_size": 768}',
    '{"workspace_name": null}',
    '{"workspace_name": 5}',
    "[1]",
    "{broken",
    "",
]


@pytest.mark.parametrize("said", FOREIGN)
@pytest.mark.parametrize("name", ["config.json", "project.json"])
def test_a_foreign_file_is_passed_over(here: Path, deep: Path, name: str, said: str) -> None:
    foreign = write(deep / name, said)
    assert Workspace().root == str(deep / "runs")
    with pytest.raises(WorkspaceError):
        Workspace.from_config()
    write(here / ".azureml/config.json", {"root": "ours"})
    assert Workspace().root == Workspace.from_config().root == str(here / "ours")
    with pytest.raises(UserError, match=re.escape(str(foreign))) as error:
        Workspace.from_config(foreign)
    assert not isinstance(error.value, WorkspaceError)


def test_a_foreign_file_that_is_given_tells_what_it_lacks(here: Path) -> None:
    for said, told in ((FOREIGN[0], "workspace_name"), ("{broken", "cannot be read"), ("[1]", "not a JSON object")):
        with pytest.raises(UserError, match=told):
            Workspace.from_config(write("config.json", said))


@pytest.mark.parametrize("said", ["{broken", "", "[1]", '"root"'])
@pytest.mark.parametrize("inner", [".azureml", "aml_config"])
def test_a_damaged_configuration_is_told_and_no_other_workspace_taken(
    here: Path, deep: Path, inner: str, said: str
) -> None:
    file = write(here / inner / "config.json", said)
    for call in (Workspace, Workspace.from_config, lambda: Workspace.from_config(file), lambda: runpages.start("e")):
        with pytest.raises(UserError, match=re.escape(str(file))):
            call()
    assert [path for path in contents(here) if path.endswith("runs")] == []
    assert Workspace(root=here / "r").root == str(here / "r")


def test_what_was_looked_for_is_told(here: Path) -> None:
    with pytest.raises(WorkspaceError) as error:
        Workspace.from_config()
    for place in PLACES:
        assert str(here / place) in error.value.message
    assert "write_config" in error.value.message
    assert str(here.parent / PLACES[0]) not in error.value.message


def test_a_path_that_is_not_there_is_told_and_no_other_taken(here: Path) -> None:
    write(".azureml/config.json")
    with pytest.raises(WorkspaceError, match=r"typo\.json.*does not exist"):
        Workspace.from_config("typo.json")


def test_without_a_configuration_it_is_runs_in_the_current_folder(here: Path, deep: Path) -> None:
    assert Workspace().root == str(deep / "runs")
    assert contents(deep) == {}


# --- written -----------------------------------------------------------------------------------------------


def test_what_is_written_is_read_back(here: Path, deep: Path) -> None:
    Workspace("s", "g", "lab", root=here / "x" / "runs").write_config()
    assert list(contents(deep)) == [".azureml", ".azureml/config.json"]
    assert json.loads((deep / ".azureml/config.json").read_bytes()) == {**LABELS, "root": "../../x/runs"}
    found = Workspace.from_config()
    assert (found.subscription_id, found.resource_group, found.name) == ("s", "g", "lab")
    assert found.root == Workspace().root == str(here / "x" / "runs")


def test_a_project_may_be_moved_with_its_configuration(here: Path) -> None:
    (here / "one").mkdir()
    Workspace(root="one/runs").write_config("one")
    (here / "one").rename(here / "two")
    assert Workspace.from_config("two").root == str(here / "two" / "runs")


@pytest.mark.parametrize("path", ["new/folder", Path("new/folder")])
def test_it_is_written_below_the_folder_that_is_given(here: Path, path: Any) -> None:
    Workspace(root="r").write_config(path)
    assert Workspace.from_config(path).root == str(here / "r")
    assert list(contents(here)) == ["new", "new/folder", "new/folder/.azureml", "new/folder/.azureml/config.json"]


def test_another_file_name_may_be_given(here: Path) -> None:
    Workspace(workspace_name="lab", root="r").write_config(file_name="project.json")
    Workspace(root="r2").write_config(file_name="other.json")
    assert Workspace.from_config().root == str(here / "r")
    assert Workspace.from_config(".azureml/other.json").root == str(here / "r2")


def test_the_folder_of_old_configurations_is_kept_when_it_is_there(here: Path) -> None:
    (here / "aml_config").mkdir()
    Workspace(root="r").write_config()
    assert list(contents(here)) == ["aml_config", "aml_config/config.json"]
    assert Workspace.from_config().root == str(here / "r")


@pytest.mark.parametrize("folders", [[".azureml"], ["aml_config"], [".azureml", "aml_config"], []])
@pytest.mark.parametrize("filled", [False, True])
def test_what_was_written_last_is_found(here: Path, folders: list[str], filled: bool) -> None:
    for folder in folders:
        (here / folder).mkdir()
        if filled:
            write(here / folder / "config.json", {"root": "old"})
    Workspace(root="new").write_config()
    assert Workspace.from_config().root == str(here / "new")


@pytest.mark.parametrize("name", ["é 😀", 'a "name"', "\ud800", "a/b"])
def test_any_name_is_read_back(here: Path, name: str) -> None:
    Workspace(workspace_name=name, root=here / "r, é").write_config()
    found = Workspace.from_config()
    assert (found.name, found.root) == (name, str(here / "r, é"))


def test_a_disk_that_refuses_is_told(here: Path) -> None:
    write("file", "x")
    with pytest.raises(StorageError, match=re.escape(str(here / "file"))):
        Workspace().write_config("file")
    assert list(contents(here)) == ["file"]


# --- which one counts --------------------------------------------------------------------------------------


def test_a_run_in_a_subfolder_of_a_project_lands_in_its_workspace(here: Path, deep: Path) -> None:
    Workspace(root=here / "runs").write_config(here)
    with runpages.start(capture=False) as run:
        run.log("x", 1)
    assert Path(run.folder).parent.parent == here / "runs"
    assert contents(deep) == {}
    assert Experiment(name="default").workspace.root == str(here / "runs")
    assert runpages.resume(run.id).folder == run.folder


def test_the_variable_wins_over_the_configuration_and_root_over_both(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(".azureml/config.json", {"root": "configured"})
    monkeypatch.setenv("RUNPAGES_WORKSPACE", "variable")
    assert Workspace().root == str(here / "variable")
    assert Workspace(root="given").root == str(here / "given")
    assert Workspace.from_config().root == str(here / "configured")
    for how, root in (({}, "variable"), ({"root": "given"}, "given")):
        with runpages.start("e", capture=False, **how) as run:  # type: ignore[arg-type]
            assert Path(run.folder).parent.parent == here / root
    monkeypatch.setenv("RUNPAGES_WORKSPACE", "")
    assert Workspace().root == str(here / "configured")


@pytest.mark.parametrize("root", [3, b"x", "a\0b"])
def test_a_root_that_is_no_path_is_refused(root: Any) -> None:
    with pytest.raises(UserError, match="root= must be a path, not"):
        Workspace(root=root)


def test_from_a_folder_that_is_gone_only_an_absolute_root_is_found(here: Path, deep: Path) -> None:
    deep.rmdir()
    for wrong in (Workspace, Workspace.from_config, lambda: Workspace(root="runs"), runpages.read):
        with pytest.raises(WorkspaceError, match="the current folder no longer exists"):
            wrong()
    assert Workspace(root=here / "runs").root == str(here / "runs")


@pytest.mark.parametrize("folder", ["data/runs", "./runs", "..", "~", "/srv/runs", Path("runs"), "s3://bucket/runs"])
def test_a_folder_in_the_place_of_a_subscription_is_refused(folder: Any) -> None:
    """Runs would go to ./runs, and nobody would know."""
    with pytest.raises(UserError, match=re.escape(f"give a folder as root={os.fspath(folder)!r}")):
        Workspace(folder)
    assert Workspace("00000000-0000", "group", "lab").subscription_id == "00000000-0000"


def test_a_tilde_is_the_home_folder_wherever_a_workspace_is_named(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shells expand it in no quotation marks, and Docker and files of variables nowhere."""
    home = here / "home"
    monkeypatch.setenv("HOME", str(home))
    with runpages.start("e", root="~/given", capture=False) as run:
        run.log("x", 1)
    assert Path(run.folder).parent.parent == home / "given"
    monkeypatch.setenv("RUNPAGES_WORKSPACE", "~/variable")
    assert Workspace().root == str(home / "variable")
    write(".azureml/config.json", {"root": "~/configured"})
    assert Workspace.from_config().root == str(home / "configured")
    assert [one.id for one in runpages.read("~/given").runs] == [run.id]
    assert runpages.resume(f"~/given/e/{run.id}").folder == run.folder
    assert not (here / "~").exists()


# --- workspaces --------------------------------------------------------------------------------------------


def test_a_workspace_is_made_once(here: Path) -> None:
    made = Workspace.create("lab", None, subscription_id="s", resource_group="g", root="r", location="any")
    assert (made.name, made.root, made.subscription_id, made.resource_group) == ("lab", str(here / "r"), "s", "g")
    assert list(contents(here)) == ["r"]
    with pytest.raises(WorkspaceError, match=r"exist_ok=True"):
        Workspace.create("lab", root="r")
    assert Workspace.create("lab", root="r", exist_ok=True).root == made.root


def test_a_workspace_is_got_where_it_is(here: Path) -> None:
    with pytest.raises(WorkspaceError, match=re.escape(str(here / "r"))):
        Workspace.get("lab", root="r")
    assert contents(here) == {}
    Workspace.create("lab", root="r")
    assert Workspace.get("lab", None, subscription_id="s", root="r").subscription_id == "s"
    assert Workspace.get(name="lab", root="r").name == "lab"


@pytest.mark.parametrize("arguments", [(), ("subscription",)])
def test_nobody_keeps_a_list_of_workspaces(arguments: tuple[str, ...]) -> None:
    with pytest.raises(UserError, match="root="):
        Workspace.list(*arguments)


def test_a_run_is_found_in_any_experiment(start: Start, here: Path) -> None:
    first, second = start("a"), start("b/c")
    workspace = Workspace(root=here / "runs")
    for run in (first, second):
        found = workspace.get_run(run.id)
        assert (found.id, found.folder, found.experiment.name) == (run.id, run.folder, run.experiment.name)
        assert found.experiment.workspace is workspace
    for wrong in ("gone", "", "..", f"a/{first.id}"):
        with pytest.raises(UserError, match="no run"):
            workspace.get_run(wrong)
    assert list(workspace.experiments) == ["a", "b/c"]


def test_details_are_name_root_and_labels(here: Path) -> None:
    assert Workspace("s", "g", "lab", root="r").get_details() == {
        "name": "lab",
        "root": str(here / "r"),
        "subscriptionId": "s",
        "resourceGroup": "g",
        "location": "local",
    }


ANNOUNCED = """
import os, sys, runpages
from runpages import Experiment, Workspace
os.chdir(sys.argv[1])
for _ in range(2):
    with runpages.start('e', capture=False): pass
with Experiment(Workspace.from_config(), 'other').start_logging(outputs=False): pass
assert len(runpages.read().runs) == 3
"""


@pytest.mark.parametrize(("place", "lines"), [(".", 0), ("scripts", 1), ("scripts/old", 1)])
def test_a_workspace_that_is_named_further_up_is_said_once(script: Script, here: Path, place: str, lines: int) -> None:
    (here / "scripts" / "old").mkdir(parents=True)
    write("config.json", {"workspace_name": "lab"})
    said = script(ANNOUNCED, place).stderr.splitlines()
    assert said == [f"runpages: logging to {here / 'runs'}, set by {here / 'config.json'}"] * lines


def test_the_portal_of_a_workspace_is_beside_it_wherever_that_is_asked(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(root="deep/runs")
    (here / "scripts").mkdir()
    monkeypatch.chdir(here / "scripts")
    assert workspace.get_portal_url() == (here / "deep" / "site" / "index.html").as_uri()


def test_the_portal_is_the_home_page_of_the_site(here: Path) -> None:
    workspace = Workspace(root="runs")
    assert workspace.get_portal_url() == (here / "site" / "index.html").as_uri()
    write("runs/.runpages/site.json", {"base_url": "https://example.org/lab/"})
    assert workspace.get_portal_url() == "https://example.org/lab/index.html"
    write("runs/.runpages/site.json", {"site": "../../public"})
    assert workspace.get_portal_url() == (here / "public" / "index.html").as_uri()
