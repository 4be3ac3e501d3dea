"""A script for the tracked runs of the Azure ML SDK moves over by its imports alone."""

from __future__ import annotations

import importlib
import importlib.metadata
import subprocess
from pathlib import Path

import pytest

import runpages
from tests.logger.article import BEST, FOUND, HELPER, PREPARE, SUBMIT, TRAIN, WAIT, moved
from tests.logger.conftest import Script, Start, the_run
from tests.test_import import probe

# One trial in a notebook: a model of the diabetes data, with its error and its file.
TRIAL = """
import azureml.core
from azureml.core import Experiment
from azureml.core import Workspace, Run
from azureml.core.run import Run

import joblib
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

print("SDK", azureml.core.VERSION)
ws = Workspace(workspace_name="lab", subscription_id="0-0", resource_group="research")
print(ws.name, ws.resource_group, ws.location, ws.subscription_id)
experiment = Experiment(workspace_object=ws, name="diabetes-one")

x, y = load_diabetes(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=0)

run = Run.start_logging(experiment=experiment)
run.tag("Description", "One ridge regression")
run.log("alpha", 0.03)
model = Ridge(alpha=0.03).fit(x_train, y_train)
run.log("mse", mean_squared_error(y_test, model.predict(x_test)))
joblib.dump(value=model, filename="model.pkl")
run.upload_file(name="outputs/model.pkl", path_or_stream="model.pkl")
run.complete()
print("page", run.get_portal_url())
"""


def test_one_trial_runs_unchanged(script: Script, here: Path) -> None:
    printed = script(moved(TRIAL)).stdout
    record = the_run(here / "runs")
    assert f"SDK {importlib.metadata.version('runpages')}\n" in printed
    assert f"page file://{here}/site/e/diabetes-one/{record.id}.html\n" in printed
    assert (record.experiment, record.status, record.tags) == (
        "diabetes-one",
        "Completed",
        {"Description": "One ridge regression"},
    )
    assert {name: series.values for name, series in record.series.items()} == {
        "alpha": [0.03],
        "mse": [pytest.approx(3424.86, abs=0.01)],
    }
    assert (Path(record.folder) / "artifacts/outputs/model.pkl").read_bytes() == (here / "model.pkl").read_bytes()


@pytest.mark.parametrize("widgets", ["azureml.train.widgets", "azureml.widgets"])
def test_a_sweep_is_handed_over_and_watched(script: Script, here: Path, widgets: str) -> None:
    (here / "project").mkdir()
    (here / "project" / "train.py").write_text(moved(TRAIN))
    (here / "project" / "mylib.py").write_text(moved(HELPER))
    runpages.Workspace(workspace_name="lab", root=here / "sweeps").write_config()
    printed = script(moved(PREPARE + SUBMIT + WAIT + BEST, widgets)).stdout
    record = the_run(here / "sweeps")
    assert (record.experiment, record.type, record.status) == ("diabetes-sweep", "script", "Completed")
    assert [len(series.values) for series in record.series.values()] == [20, 20]
    assert printed.count("0.40 3295.71\n") == 1
    assert f"{FOUND}\nfile://" in printed
    assert "Streaming logs/std_log.txt" in printed
    # The pickles stay with the run, and out of the folder of the project.
    assert sorted(path.name for path in (here / "project").iterdir()) == ["mylib.py", "train.py"]


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("from azureml.core import Workspace, Experiment, Run", "Workspace Experiment Run"),
        ("from azureml.core import ScriptRunConfig, RunConfiguration", "ScriptRunConfig RunConfiguration"),
        ("from azureml.core import *", "Workspace Experiment Run ScriptRunConfig RunConfiguration Environment Model"),
        ("from azureml.core.environment import Environment", "Environment"),
        ("from azureml.core.model import Model", "Model"),
        ("from azureml.core import model; Model = model.Model", "Model"),
        ("import azureml.core.model as m; Model = m.Model", "Model"),
        ("from azureml.core.workspace import Workspace", "Workspace"),
        ("from azureml.core.experiment import Experiment", "Experiment"),
        ("from azureml.core.run import Run", "Run"),
        ("from azureml.core.runconfig import RunConfiguration", "RunConfiguration"),
        ("from azureml.core.script_run_config import ScriptRunConfig", "ScriptRunConfig"),
        ("from azureml.widgets import RunDetails", "RunDetails"),
        ("from azureml.train.widgets import RunDetails", "RunDetails"),
    ],
)
def test_every_path_gives_the_class_of_the_top_level(statement: str, names: str) -> None:
    found: dict[str, object] = {}
    exec(moved(statement), found)
    assert [found[name] for name in names.split()] == [getattr(runpages, name) for name in names.split()]


def test_a_run_is_taken_by_the_function_of_its_module(run: runpages.Run) -> None:
    from runpages.azureml.core.run import get_run

    assert get_run(run.experiment, run.id).id == run.id
    assert type(get_run(run.experiment, run.id)) is runpages.Run
    with pytest.raises(runpages.UserError, match="no run 'other'"):
        get_run(experiment=run.experiment, run_id="other", rehydrate=True)


def test_runs_are_found_by_what_git_told(start: Start, here: Path) -> None:
    git = ("git", "-C", str(here), "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    for arguments in (("init", "-q", "-b", "trial"), ("commit", "-q", "--allow-empty", "-m", "first")):
        subprocess.run([*git, *arguments], check=True)
    run = start(capture=("git",))
    commit = run.get_properties()["azureml.git.commit"]
    run.add_properties({"own": "x"})
    start()
    for wanted in (
        "azureml.git.commit",
        {"azureml.git.branch": "trial", "own": "x"},
        {"mlflow.source.git.commit": commit},
    ):
        assert [one.id for one in run.experiment.get_runs(properties=wanted)] == [run.id]
    assert list(run.experiment.get_runs(properties={"azureml.git.branch": "main"})) == []


def test_the_version_is_that_of_this_package() -> None:
    core = importlib.import_module("runpages.azureml.core")
    assert core.VERSION == core.__version__ == importlib.metadata.version("runpages")


# --- what has no meaning on folders ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("from azureml.core import Workspace, ComputeTarget", "ComputeTarget of .*omit it"),
        ("from azureml.core import Dataset, Run", "Dataset of .*omit it"),
        ("from azureml.core import Datastore", "Datastore of .*omit it"),
        ("from azureml.core import Webservice", "Webservice of .*deployed"),
        ("from azureml.core import Keyvault", "Keyvault of .*environment variable"),
        ("from azureml.core.compute import AmlCompute", "AmlCompute of azureml.core.compute .*machine"),
        ("from azureml.core.dataset import Dataset", "Dataset of azureml.core.dataset .*by path"),
        ("from azureml.core.datastore import Datastore", "Datastore"),
        ("from azureml.core.authentication import InteractiveLoginAuthentication", "no login"),
        ("from azureml.train.hyperdrive import HyperDriveConfig", "HyperDriveConfig .*child_run"),
        ("from azureml.train.estimator import Estimator", "Estimator"),
        ("from azureml.pipeline.core import Pipeline", "Pipeline of azureml.pipeline.core .*child"),
        ("from azureml.core import webservice; webservice.Webservice", "of azureml.core.* deployed"),
        ("import azureml.core.webservice; azureml.core.webservice.AciWebservice", "deployed"),
        ("from azureml.core.compute_target import AmlCompute", "AmlCompute of .*machine"),
        ("from azureml.core.runconfig import PyTorchConfiguration", "PyTorchConfiguration of .*torchrun"),
        ("from azureml.train.hyperdrive.run import HyperDriveRun", "HyperDriveRun .*child_run"),
        ("from azureml.train.sklearn import SKLearn", "SKLearn of azureml.train.sklearn .*machine"),
        ("from azureml.train.automl.runtime._hts.hts_parameters import HTSTrainParameters", "HTSTrain.*"),
        ("from azureml.pipeline.core.graph import PipelineParameter", "PipelineParameter .*child"),
        ("from azureml.pipeline import core; core.Pipeline", "of azureml.pipeline.* .*child"),
        ("from azureml.data.data_reference import DataReference", "DataReference .*by path"),
        ("from azureml.tensorboard import Tensorboard", "Tensorboard of azureml.tensorboard .*--logdir"),
        ("from azureml.tensorboard.export import export_to_tensorboard", "export_to_tensorboard .*--logdir"),
        ("from azureml.opendatasets import MNIST", "MNIST of azureml.opendatasets .*download"),
        ("from azureml.contrib.notebook import NotebookRunConfig", "NotebookRunConfig of azureml.contrib.notebook"),
        ("from azureml.interpret import ExplanationClient", "ExplanationClient"),
        ("from azureml._restclient.run_client import RunClient", "RunClient"),
        ("from azureml.data import FileDataset", "FileDataset of azureml.data .*by path"),
    ],
)
def test_what_has_no_meaning_says_so_at_its_import(statement: str, told: str) -> None:
    with pytest.raises(ImportError, match=told) as raised:
        exec(moved(statement), {})
    assert "no meaning on folders; " in str(raised.value)


# The kinds of imports in published notebooks and scripts of the SDK: from a module of another name, or of a class that
# is called otherwise than its module.
@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("from azureml.core.model import InferenceConfig", "nothing is deployed"),
        ("from azureml.core.model import Dataset", "by path"),
        ("from azureml.core import SynapseWorkspaceLinkedServiceConfiguration", "nothing is deployed"),
        ("from azureml.core import LinkedService, PrivateEndPoint", "nothing is deployed"),
        ("from azureml.core.runconfig import JarLibrary", "installed packages"),
        ("from azureml.core.runconfig import DataReferenceConfiguration", "by path"),
        ("from azureml.core.runconfig import HdiConfiguration", "machine"),
        ("from azureml.core.runconfig import ContainerInstanceConfiguration", "machine"),
        ("from azureml.core.environment import RSection", "installed packages"),
        ("from azureml.core.experiment import ViewType", "'ActiveOnly', 'ArchivedOnly' or 'All'"),
        ("from azureml.core.workspace import ComputeTarget", "machine"),
        ("from azureml.core.run import _SubmittedRun", r"Run.get_context\(\)"),
        ("from azureml.core.compute import KustoCompute", "machine"),
        ("from azureml.pipeline.steps import SynapseSparkStep", "child"),
        ("from azureml.contrib.automl.pipeline.steps import utilities", "child"),
        ("from azureml.automl.runtime.shared.score import scoring", "omit it"),
        ("from azureml.datadrift import DataDriftDetector", "omit it"),
        ("from azureml.responsibleai.tools import composer", r"run.log_image\(\)"),
        ("from azureml._run_impl.run_history_facade import RunHistoryFacade", "omit it"),
        ("from azureml.data.output_dataset_config import OutputFileDatasetConfig", "by path"),
    ],
)
def test_a_name_is_refused_with_advice_wherever_it_is_looked_for(statement: str, told: str) -> None:
    with pytest.raises(ImportError, match=told) as raised:
        exec(moved(statement), {})
    assert "no meaning on folders; " in str(raised.value)


def test_a_misspelled_name_is_no_such_thing() -> None:
    core = importlib.import_module("runpages.azureml.core")
    with pytest.raises(ImportError, match="cannot import name 'Worksapce'"):
        exec("from runpages.azureml.core import Worksapce", {})
    with pytest.raises(AttributeError, match="'Worksapce'"):
        _ = core.Worksapce
    for module in ("experiment", "model", "run", "runconfig", "environment", "workspace", "compute_target"):
        assert not hasattr(importlib.import_module(f"runpages.azureml.core.{module}"), "nothing")
    for module in ("runpages.azureml.core.comptue", "runpages.azureml.wigdets", "azureml_of_nobody.core.compute"):
        with pytest.raises(ModuleNotFoundError, match="No module named"):
            importlib.import_module(module)


def test_the_data_of_the_first_tutorial() -> None:
    from runpages.azureml.opendatasets import Diabetes

    frame = Diabetes.get_tabular_dataset().to_pandas_dataframe().dropna()
    assert list(frame) == ["AGE", "SEX", "BMI", "BP", "S1", "S2", "S3", "S4", "S5", "S6", "Y"]
    assert (len(frame), frame["AGE"][0], frame.pop("Y")[0]) == (442, 59, 151)


@pytest.mark.parametrize(
    "statement",
    [
        "from azureml.core import get_run, ScriptRun, VERSION",
        "from azureml.core.script_run import ScriptRun",
        "from azureml.core.environment import CondaDependencies, DockerSection, PythonSection",
        "from azureml.core.conda_dependencies import CondaDependencies",
        "from azureml.core.runconfig import DockerConfiguration, MpiConfiguration, DEFAULT_CPU_IMAGE",
        "from azureml.core.runconfig import DEFAULT_GPU_IMAGE; assert 'cuda' in DEFAULT_GPU_IMAGE",
        "from azureml.core.environment import DEFAULT_CPU_IMAGE, DEFAULT_GPU_IMAGE, SparkSection",
        "from azureml.core import compute_target; compute_target.ComputeTargetException",
        "import azureml.automl.core.shared.constants as constants",
        "from azureml.exceptions import DatasetTimestampMissingError, TrainingException",
        "from azureml.core.runconfig import RunConfiguration, CondaDependencies",
        "from azureml.core.compute_target import ComputeTargetException",
        "from azureml.exceptions import ComputeTargetException, WebserviceException, ModelNotFoundException",
        "from azureml.telemetry import set_diagnostics_collection; set_diagnostics_collection(send_diagnostics=True)",
    ],
)
def test_the_names_of_real_scripts_are_there(statement: str) -> None:
    exec(moved(statement), {})


# --- exceptions --------------------------------------------------------------------------------------------


def test_the_exceptions_are_those_that_are_raised(here: Path) -> None:
    from runpages.azureml import exceptions

    with pytest.raises(exceptions.WorkspaceException, match="Searched") as raised:
        runpages.Workspace.from_config()
    assert isinstance(raised.value, exceptions.UserErrorException)
    assert raised.value.message == str(raised.value)
    with pytest.raises(exceptions.RunEnvironmentException):
        runpages.Run.get_submitted_run()
    with pytest.raises(exceptions.UserErrorException):
        runpages.Experiment(name="e").submit(None)  # type: ignore[arg-type]


def test_every_exception_is_caught_by_the_base() -> None:
    from runpages.azureml import exceptions

    kinds = [getattr(exceptions, name) for name in exceptions.__all__]
    assert len(kinds) == 20
    assert all(issubclass(kind, exceptions.AzureMLException) for kind in kinds)
    assert exceptions.SnapshotException("too big").message == "too big"


# --- what it costs -----------------------------------------------------------------------------------------

EVERYTHING = """
import runpages.azureml.core, runpages.azureml.exceptions
import runpages.azureml.core.run, runpages.azureml.core.runconfig, runpages.azureml.core.script_run_config
import runpages.azureml.core.experiment, runpages.azureml.core.workspace
import runpages.azureml.widgets, runpages.azureml.train.widgets
"""


def test_the_standard_library_is_enough_and_nothing_happens(tmp_path: Path) -> None:
    seen = probe(EVERYTHING, tmp_path)
    assert "runpages.azureml.train.widgets" in seen["modules"]
    # Modules of the SDK that are not here are found by one more finder, after all others.
    assert (seen["foreign"], seen["effects"], seen["changed"]) == ([], [], ["meta_path"])
    assert {"importlib.metadata", "dataclasses", "typing", "json"}.isdisjoint(seen["modules"])


def test_who_does_not_ask_for_it_does_not_load_it(tmp_path: Path) -> None:
    ours = {name for name in probe("import runpages", tmp_path)["modules"] if name.startswith("runpages.")}
    assert ours & {"runpages.azureml", "runpages.jobs.config", "runpages.notebook.widget"} == set()


def test_the_late_names_are_those_of_the_package(tmp_path: Path) -> None:
    assert {"RunConfiguration", "RunDetails", "ScriptRunConfig"} < set(runpages.__all__)
    with pytest.raises(AttributeError, match="no attribute 'RunDetail'"):
        _ = runpages.RunDetail  # type: ignore[attr-defined]
