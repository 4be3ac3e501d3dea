"""What a script was given: arguments that name data, secrets; and what is left of its copy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import runpages
from runpages import Experiment, ScriptRunConfig, UserError, Workspace

ASKING = """
from runpages import Run
run = Run.get_context()
print(run.input_datasets["data"], sorted(run.input_datasets))
print(run.get_secret("lab-token"), run.get_secrets(["own"]))
"""


def test_a_script_finds_its_data_and_secrets(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_TOKEN", "xyzzy")
    monkeypatch.setenv("own", "plugh")
    (here / "source").mkdir()
    (here / "source" / "train.py").write_text(ASKING)
    (here / "digits").mkdir()
    arguments = ["--data", here / "digits", f"--more={here}", "--lr", 0.1, "--other", "missing", "--fast"]
    run = Experiment(Workspace(root=here / "runs"), "e").submit(ScriptRunConfig("source", "train.py", arguments))
    run.wait_for_completion()
    said = run.get_details_with_logs()["logFiles"]["logs/std_log.txt"]
    assert said == f"{here}/digits ['data', 'more']\nxyzzy {{'own': 'plugh'}}\n"
    assert run.input_datasets == {"data": f"{here}/digits", "more": str(here)}
    assert "xyzzy" not in (Path(run.folder) / "run.json").read_text()
    with pytest.raises(KeyError, match=r"no argument raw_data .* it has data, more\. Submit .*--raw_data"):
        run.input_datasets["raw_data"]
    assert run.input_datasets.get("raw_data") is None
    assert run.clean() == []


def test_a_script_without_its_data_fails_with_what_to_do(here: Path) -> None:
    (here / "train.py").write_text("from runpages import Run\nRun.get_context().input_datasets['raw_data']")
    run = Experiment(Workspace(), "e").submit(ScriptRunConfig(here, "train.py", ["--raw_data", "missing"]))
    details = run.wait_for_completion(raise_on_error=False)
    assert "no argument raw_data of this run names an existing file or folder" in details["error"]["error"]["message"]


def test_a_run_of_this_process_was_given_nothing(run: runpages.Run) -> None:
    assert run.input_datasets == {}
    with pytest.raises(UserError, match=r"no secret 'a-key-of-nobody'; .* set A_KEY_OF_NOBODY"):
        run.get_secret("a-key-of-nobody")
    with pytest.raises(UserError, match="was not submitted"):
        run.get_environment()
    with pytest.raises(UserError, match="still running"):
        run.clean()
    run.complete()
    assert run.clean() == []


@pytest.mark.parametrize("definition", ["make train", ["make"], {"environment": "lab", "arguments": "--data ."}])
def test_a_definition_by_hand_may_say_anything(here: Path, definition: object) -> None:
    folder = here / "runs" / "e" / "one"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"format": 1, "status": "Completed", "definition": definition}))
    run = Workspace(root=here / "runs").get_run("one")
    assert run.get_details()["runDefinition"]["target"] == "local"
    assert run.input_datasets == {}
    if isinstance(definition, dict):
        assert run.get_environment().name is None


def test_only_the_copy_of_the_run_is_removed(run: runpages.Run, tmp_path: Path) -> None:
    own, foreign = tmp_path / f"runpages-{run.id}-x", tmp_path / "work"
    run.complete()
    for place, removed in ((foreign, []), (own, [str(own)])):
        (place / run.id).mkdir(parents=True)
        left = {"count": 1, "files": [{"path": "outputs/a", "reason": "the disk was full"}]}
        run._state.save({"uncollected": {**left, "place": str(place / run.id)}})
        assert run.clean() == removed
    assert (own.exists(), foreign.exists()) == (False, True)


def test_an_upload_says_what_it_kept(run: runpages.Run, here: Path) -> None:
    (here / "a.txt").write_text("a")
    assert run.upload_file("outputs/a.txt", "a.txt").serialize() == {
        "artifacts": {"outputs/a.txt": "artifacts/outputs/a.txt"}
    }
    assert repr(run.upload_file("c.txt", "a.txt")) == "Uploaded({'c.txt': 'artifacts/c.txt'})"
    run.upload_files(["b.txt"], ["a.txt"], datastore_name="store")
    assert run.get_file_names() == ["b.txt", "c.txt", "outputs/a.txt"]


def test_a_workspace_is_local_and_its_names_are_texts(here: Path) -> None:
    workspace = Workspace(root=here / "lab")
    cell = [workspace.name, workspace.location, workspace.subscription_id, workspace.resource_group]
    assert "\n".join(cell) == "lab\nlocal\n\n"
    assert (workspace.tags, workspace.sku) == ({}, "")
    with pytest.raises(UserError, match=r"no MLflow server; .*start_logging"):
        workspace.get_mlflow_tracking_uri()


def test_an_experiment_keeps_its_name(here: Path) -> None:
    experiment = Experiment(Workspace(root=here / "lab"), "e")
    experiment.archive()
    with pytest.raises(UserError, match=r"keeps its name, which its runs .*reactivate\(\) without a name"):
        experiment.reactivate(new_name="other")
    assert experiment.archived_time is not None
    experiment.reactivate(new_name="e")
    assert experiment.archived_time is None
