"""What docs/how-to/from-azure.md says of scripts and of all around runs, row by row of its table."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from runpages.azureml import exceptions
from runpages.azureml.core import (
    Environment,
    Experiment,
    Model,
    Run,
    RunConfiguration,
    ScriptRun,
    ScriptRunConfig,
    Workspace,
    get_run,
)
from runpages.azureml.core.conda_dependencies import CondaDependencies
from runpages.format.errors import UserError
from runpages.snapshot import files
from tests.docs.from_azure import experiment, here, row, run

__all__ = ["experiment", "here", "run"]

SCRIPTS = {
    "train.py": """
import os, sys
from runpages.azureml.core import Run
run = Run.get_context()
run.log("mse", 0.25)
print("data", run.input_datasets, run.get_secret("lab-token"), os.environ["WHO"], type(run).__name__)
open("outputs/model.txt", "w").write("weights")
run.fail("told by the script")
run.complete()
run.cancel()
run.log("mse", 0.125)
""",
    "fails.py": "from runpages.azureml.core import Run; Run.get_context().complete(); raise SystemExit(3)",
    "leaves.py": "import os; os.mkdir('kept'); open('kept/1', 'w').close(); os.symlink('../kept', 'outputs/kept')",
    "waits.py": "import time; print('waiting', flush=True); time.sleep(600)",
}


@pytest.fixture(scope="module")
def submitted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    """One run of each script, all at once; `waits.py` goes on until a test cancels it."""
    folder = tmp_path_factory.mktemp("submitted")
    source = folder / "source"
    (source / "digits").mkdir(parents=True)
    (source / "digits" / "rows.csv").touch()
    for name, text in SCRIPTS.items():
        (source / name).write_text(text)
    config = RunConfiguration()
    config.environment_variables = {"LAB_TOKEN": "s3cret", "WHO": "the run configuration"}
    experiment = Experiment(Workspace(root=folder / "runs"), "scripts")
    runs = {
        name: experiment.submit(ScriptRunConfig(source, name, ["--data", "digits"], run_config=config))
        for name in SCRIPTS
    }
    yield runs
    for each in runs.values():
        each.cancel()
        each.clean()


@row("`complete`, `fail`, `cancel` in a submitted script")
def test_ends_in_a_submitted_script(submitted: dict[str, Run]) -> None:
    details = submitted["train.py"].wait_for_completion()
    assert (details["status"], details["error"]["error"]["message"]) == ("Completed", "told by the script")
    assert submitted["train.py"].get_metrics() == {"mse": [0.25, 0.125]}
    assert submitted["fails.py"].wait_for_completion(raise_on_error=False)["status"] == "Failed"
    waiting = submitted["waits.py"]
    while "waiting" not in waiting.get_details_with_logs()["logFiles"].get("logs/std_log.txt", ""):
        time.sleep(0.02)
    for end in (waiting.complete, waiting.fail):
        with pytest.warns(RuntimeWarning, match="is still running: the exit code of its script"):
            end()
        assert waiting.get_status() == "Running"
    waiting.cancel()
    assert waiting.get_status() == "Canceled"


@row("`ScriptRunConfig`, `RunConfiguration`")
def test_configurations(here: Path) -> None:
    Path("train.py").touch()
    assert (RunConfiguration().target, ScriptRunConfig(".", "train.py").compute_target) == ("local", "local")
    assert ScriptRunConfig(".", "train.py", compute_target="local").script == "train.py"
    wrongs: tuple[dict[str, Any], ...] = (
        {"compute_target": "cluster"},
        {"source_directory": "none"},
        {"script": "../x.py"},
        {"arguments": [{}]},
        {"distributed_job_config": 1},
    )
    for wrong in wrongs:
        with pytest.raises(UserError):
            ScriptRunConfig(**{"source_directory": ".", "script": "train.py", **wrong})
    with pytest.raises(UserError, match="target"):
        RunConfiguration().target = "cluster"


@row("`Experiment.submit`, `Run.submit_child`")
def test_submit(submitted: dict[str, Run], run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    Path("child.py").write_text("import os; open('left', 'w').close(); print(os.getpid(), os.getcwd())")
    child = run.submit_child(ScriptRunConfig(".", "child.py"), show_output=True)
    child.wait_for_completion()
    printed = child.get_details_with_logs()["logFiles"]["logs/std_log.txt"].split()
    assert int(printed[0]) != os.getpid() and not Path("left").exists()
    while Path(printed[1]).exists():  # The copy goes once all is in the run, a moment after the end is noted.
        time.sleep(0.02)
    assert child.parent is not None and child.parent.id == run.id
    assert capfd.readouterr().out == ""  # show_output does nothing.
    with pytest.raises(exceptions.ActivityFailedException, match="kept"):
        submitted["leaves.py"].wait_for_completion()
    details = submitted["leaves.py"].get_details()
    assert (details["status"], details["error"]["error"]["code"]) == ("Failed", "OutputsNotCollected")
    with pytest.raises(exceptions.ExperimentExecutionException, match="does not exist"):
        run.submit_child(ScriptRunConfig(".", "none.py"))
    assert len(list(run.get_children())) == 1


@row("`wait_for_completion`, `get_details_with_logs`, `get_all_logs`, `get_detailed_status`")
def test_waiting(submitted: dict[str, Run], run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    done = submitted["train.py"]
    assert done.wait_for_completion(show_output=True)["status"] == done.get_detailed_status()["status"] == "Completed"
    log = done.get_details_with_logs()["logFiles"]["logs/std_log.txt"]
    assert log.startswith("data ") and log in capsys.readouterr().out
    assert [Path(path).read_text() for path in done.get_all_logs("copies")] == [log]
    with pytest.raises(exceptions.ActivityFailedException):
        submitted["fails.py"].wait_for_completion()
    with pytest.raises(exceptions.UserErrorException, match="this process"):
        run.wait_for_completion()


@row("`take_snapshot`, `restore_snapshot`, `get_snapshot_id`, `snapshot_directory`")
def test_snapshots(experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    left_out = ["code/.git/config", "code/.venv/pyvenv.cfg", "code/__pycache__/a.pyc", "code/.env"]
    for name in ("code/train.py", "twin/train.py", *left_out):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("same")
    first, second = experiment.start_logging(capture=False), experiment.start_logging(capture=False)
    assert first.get_snapshot_id() is None and not Path(first.folder, "snapshot.zip").exists()
    with pytest.warns(RuntimeWarning, match="secrets: .env"):
        identity = first.take_snapshot("code")
    assert identity == first.get_snapshot_id() == second.take_snapshot("twin")
    with zipfile.ZipFile(first.restore_snapshot(path="back")) as archive:
        assert archive.namelist() == ["train.py"]
    kept = experiment.start_logging(snapshot_directory="twin", capture=False)
    assert kept.get_snapshot_id() == identity
    before = len(list(experiment.get_runs()))
    for name in ("b.py", "c.py"):
        Path("twin", name).write_text("x")
    for variable, limit in (("RUNPAGES_SNAPSHOT_FILES", "2"), ("RUNPAGES_SNAPSHOT_MB", "0.000001")):
        with monkeypatch.context() as patch, pytest.raises(exceptions.SnapshotException):
            patch.setenv(variable, limit)
            experiment.start_logging(snapshot_directory="twin")
    assert len(list(experiment.get_runs())) == before
    assert files.LIMITS == {"RUNPAGES_SNAPSHOT_FILES": 2000, "RUNPAGES_SNAPSHOT_MB": 300}


@row("`Environment`")
def test_environment(experiment: Experiment) -> None:
    Path("code").mkdir()
    Path("code/hello.py").write_text("import os, sys; print(os.environ['WHO'], sys.orig_argv[0])")
    mine = Path("elsewhere/python").absolute()
    mine.parent.mkdir()
    mine.symlink_to(sys.executable)
    lab = Environment("table of the page")
    lab.python.user_managed_dependencies = True
    lab.python.interpreter_path = str(mine)
    lab.python.conda_dependencies = CondaDependencies.create(conda_packages=["no-such-package"])
    lab.docker.enabled = True
    lab.environment_variables = {"WHO": "world", "LAB_TOKEN": "s3cret"}
    with pytest.warns(RuntimeWarning, match="not applied") as warned:
        runs = [experiment.submit(ScriptRunConfig("code", "hello.py", environment=lab)) for _ in range(2)]
    assert len(warned) == 1
    for each in runs:
        said = each.wait_for_completion()["runDefinition"]["environment"]
        assert said["not_applied"] == ["python.conda_dependencies", "docker"]
    log = runs[0].get_details_with_logs()["logFiles"]["logs/std_log.txt"]
    assert log.split() == ["world", str(mine)]
    with pytest.warns(RuntimeWarning, match="LAB_TOKEN"):
        versions = [lab.register(Workspace()).version for _ in range(2)]
    assert not any(b"s3cret" in path.read_bytes() for path in Path("runs").rglob("*") if path.is_file())
    assert versions == ["1", "2"] and Environment.get(Workspace(), "table of the page", 1).name == lab.name


@row("`RunConfiguration.save`, `load`")
def test_configuration_files(here: Path) -> None:
    config = RunConfiguration("train.py", ["--lr", "0.1"])
    config.save(name="mine")
    text = Path(".azureml/mine.runconfig").read_text(encoding="utf-8")
    assert json.loads(text) == yaml.safe_load(text)
    assert RunConfiguration.load(".", "mine").arguments == ["--lr", "0.1"]
    Path(".azureml/theirs.runconfig").write_text("script: other.py\narguments: [a]\ntarget: local\nhdi: {yarn: true}\n")
    assert RunConfiguration.load(".", "theirs").script == "other.py"
    with pytest.raises(UserError, match="none"):
        RunConfiguration.load(".", "none")


@row("`register_model`, `Model`, `ws.models`")
def test_models(run: Run) -> None:
    Path("m.pkl").write_text("weights")
    run.upload_file("outputs/m.pkl", "m.pkl")
    first, second = (run.register_model("ridge", "outputs/m.pkl") for _ in range(2))
    assert (first.version, second.version, Workspace().models["ridge"].version) == (1, 2, 2)
    assert Model(Workspace(), "ridge", 1).run_id == run.id
    (document,) = Path("runs").rglob("models/ridge/1.json")
    assert hashlib.sha256(b"weights").hexdigest() in document.read_text()
    assert Path(first.download("back")).read_text() == "weights"
    file = Path(Model.get_model_path("ridge"))
    assert file.is_relative_to(run.folder)
    file.write_text("others")
    with pytest.raises(UserError, match="has changed since"):
        first.download("again")
    assert not Path("again").exists()
    own = Model.register(Workspace(), "m.pkl", "own")
    assert (own.run, Path(own.download("kept")).read_text()) == (None, "weights")
    with pytest.raises(UserError, match="nothing is deployed"):
        Model.deploy(Workspace(), "service", [own])
    with pytest.raises(exceptions.ModelNotFoundException, match="ridge:1, ridge:2"):
        Model(Workspace(), "ridge", 3)


@row("`get_run(experiment, id)`, `Run.get`, `ws.get_run`, `get_runs`")
def test_runs_that_are_there(submitted: dict[str, Run], run: Run) -> None:
    script = submitted["train.py"]
    experiment = script.experiment
    ws = experiment.workspace
    for found in (get_run(experiment, script.id), Run.get(ws, script.id), ws.get_run(script.id)):
        assert isinstance(found, ScriptRun)
    kinds = {found.id: type(found) for found in experiment.get_runs()}
    assert kinds[script.id] is ScriptRun
    assert type(Run(experiment, script.id)) is Run
    assert type(get_run(run.experiment, run.id)) is Run


@row("`get_secret`, `get_secrets`")
def test_secrets(run: Run) -> None:
    assert run.get_secret("lab-token") == "s3cret"
    assert run.get_secrets(["lab-token", "LAB_TOKEN"]) == {"lab-token": "s3cret", "LAB_TOKEN": "s3cret"}
    with pytest.raises(UserError, match="NO_SUCH"):
        run.get_secret("no-such")


@row("`input_datasets`")
def test_input_datasets(submitted: dict[str, Run]) -> None:
    submitted["train.py"].wait_for_completion()
    log = submitted["train.py"].get_details_with_logs()["logFiles"]["logs/std_log.txt"]
    with pytest.raises(KeyError, match="arguments="):
        submitted["train.py"].input_datasets["raw"]
    assert log.startswith("data {'data': 'digits'} s3cret the run configuration ScriptRun\n")


@row('`get_details()["runDefinition"]`')
def test_definition(submitted: dict[str, Run], experiment: Experiment) -> None:
    said = submitted["train.py"].get_details()["runDefinition"]
    assert (said["script"], said["arguments"]) == ("train.py", ["--data", "digits"])
    assert said["command"] == [Path(sys.executable).name, "train.py", "--data", "digits"]
    lab = Environment("lab")
    config = ScriptRunConfig(".", command=[sys.executable, "-c", ""], environment=lab)
    assert experiment.submit(config).wait_for_completion()["runDefinition"]["environment"]["name"] == "lab"


@row("`ws.location`, `subscription_id`, `resource_group`, `sku`, `tags`")
def test_workspace(here: Path) -> None:
    ws = Workspace()
    assert (ws.location, ws.subscription_id, ws.resource_group, ws.sku, ws.tags) == ("local", "", "", "", {})
    given = Workspace(workspace_name="lab", subscription_id="0-0", resource_group="research")
    assert (given.name, given.subscription_id, given.resource_group) == ("lab", "0-0", "research")


@row("`experiment.reactivate(new_name)`")
def test_reactivate(run: Run, experiment: Experiment) -> None:
    experiment.archive()
    assert Experiment.list(Workspace()) == []
    with pytest.raises(UserError, match="keeps its name"):
        experiment.reactivate("lasso")
    assert Experiment.list(Workspace()) == []
    experiment.reactivate("ridge")
    assert [one.name for one in Experiment.list(Workspace())] == ["ridge"]


@row("`ComputeTarget`, `Dataset`, `Datastore`, pipelines, sweeps of the service")
def test_absent() -> None:
    absent = {
        "core": "ComputeTarget",
        "core.compute": "AmlCompute",
        "core.dataset": "Dataset",
        "core.datastore": "Datastore",
        "pipeline.core": "Pipeline",
        "train.hyperdrive": "HyperDriveConfig",
        "opendatasets": "MNIST",
    }
    for module, name in absent.items():
        # As `from module import name` does it.
        with pytest.raises(ImportError, match=f"{name} of azureml.{module} has no meaning on folders; .{{30}}"):
            exec(f"from runpages.azureml.{module} import {name}", {})
    assert ScriptRunConfig(".", command="true", compute_target="local").compute_target == "local"
    from runpages.azureml.opendatasets import Diabetes

    assert Diabetes.get_tabular_dataset().to_pandas_dataframe().shape == (442, 11)
