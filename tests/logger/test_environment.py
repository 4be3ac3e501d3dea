"""What a submitted script finds by its environment; what cannot be applied is noted, and warned of once."""

from __future__ import annotations

import os
import stat
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runpages import (
    ConflictError,
    Environment,
    Experiment,
    Run,
    RunConfiguration,
    ScriptRunConfig,
    UserError,
    Workspace,
)
from runpages.jobs import submit
from runpages.jobs.config import DockerConfiguration
from runpages.jobs.environment import CondaDependencies, unapplied
from runpages.snapshot.files import sources
from tests.format.schema import faults

Submit = Callable[..., Run]


@pytest.fixture
def hand_over(here: Path) -> Submit:
    """Submit a script that prints what it found of its environment, and wait for it."""
    submit._warned.clear()
    (here / "source").mkdir()
    (here / "source" / "train.py").write_text("import os, sys\nprint(sys.executable, os.environ.get('ASKED'))\n")
    experiment = Experiment(Workspace(root=here / "runs"), "e")

    def hand_over(**how: Any) -> Run:
        run = experiment.submit(ScriptRunConfig(here / "source", "train.py", **how))
        run.wait_for_completion()
        return run

    return hand_over


def printed(run: Run) -> str:
    return str(run.get_details_with_logs()["logFiles"]["logs/std_log.txt"])


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_script_gets_python_and_variables_of_its_environment(hand_over: Submit, here: Path) -> None:
    python = executable(here / "own" / "python", f'#!/bin/sh\nASKED="$ASKED by own" exec {sys.executable} "$@"\n')
    environment = Environment("lab")
    environment.python.user_managed_dependencies = True
    environment.python.interpreter_path = str(python)
    environment.environment_variables = {"ASKED": "yes", "TOKEN": "xyzzy"}
    run = hand_over(environment=environment)
    assert printed(run).endswith(" yes by own\n")
    definition = run.get_details()["runDefinition"]
    assert definition["environment"] == {
        "name": "lab",
        "environment_variables": ["ASKED", "TOKEN"],
        "user_managed_dependencies": True,
    }
    assert "xyzzy" not in Path(run.folder, "run.json").read_text()
    assert faults(Path(run.folder)) == []
    assert (run.get_environment().name, run.get_environment().python.user_managed_dependencies) == ("lab", True)


def test_the_variables_of_a_run_configuration_count_before(hand_over: Submit) -> None:
    config = RunConfiguration()
    config.environment = Environment("lab")
    config.environment.environment_variables["ASKED"] = "less"
    config.environment_variables["ASKED"] = "more"
    assert printed(hand_over(run_config=config)).endswith(" more\n")


def test_packages_and_containers_are_noted_and_warned_of_once(hand_over: Submit) -> None:
    environment = Environment("lab")
    environment.python.conda_dependencies = CondaDependencies.create(conda_packages=["scikit-learn"])
    environment.docker.enabled = True
    with pytest.warns(RuntimeWarning, match=r"not applied: python.conda_dependencies, docker\. .*in this Python"):
        run = hand_over(environment=environment)
    assert printed(run).startswith(sys.executable)
    known = run.get_details()["runDefinition"]["environment"]
    assert known["not_applied"] == ["python.conda_dependencies", "docker"]
    assert faults(Path(run.folder)) == []
    given = run.get_environment()
    assert given.docker.enabled is True
    assert given.python.conda_dependencies is not None
    assert given.python.conda_dependencies.conda_packages == ["scikit-learn"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hand_over(environment=environment)


def test_a_configuration_of_2018_trains(hand_over: Submit) -> None:
    config = RunConfiguration()
    config.environment.docker.enabled = True
    config.environment.docker.base_image = "own/image"
    config.environment.python.user_managed_dependencies = False
    config.environment.python.conda_dependencies = CondaDependencies.create(conda_packages=["scikit-learn"])
    config.environment.spark.precache_packages = False
    config.auto_prepare_environment = True
    config.prepare_environment = True
    with pytest.warns(RuntimeWarning, match="not applied"):
        assert printed(hand_over(run_config=config)).startswith(sys.executable)


def test_packages_of_a_run_configuration_are_noted(hand_over: Submit) -> None:
    config = RunConfiguration(conda_dependencies=CondaDependencies.create(conda_packages=["numpy"]))
    assert config.environment.python.conda_dependencies is not None
    config.environment.python.conda_dependencies.add_pip_package("pillow")
    with pytest.warns(RuntimeWarning, match="not applied") as told:
        run = hand_over(run_config=config)
    assert told[0].filename == __file__
    assert run.get_details()["runDefinition"]["environment"]["conda_dependencies"] == {
        "condaPackages": ["numpy"],
        "pipPackages": ["pillow"],
    }


def test_a_container_of_the_script_is_noted(hand_over: Submit) -> None:
    with pytest.warns(RuntimeWarning, match="not applied: docker"):
        run = hand_over(docker_runtime_config=DockerConfiguration(use_docker=True))
    assert run.get_details()["runDefinition"]["environment"] == {"not_applied": ["docker"]}


def test_a_plain_submission_says_nothing(hand_over: Submit) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = hand_over(arguments=["--lr", 0.1], docker_runtime_config=DockerConfiguration())
    definition = run.get_details()["runDefinition"]
    assert definition["arguments"] == ["--lr", "0.1"]
    assert (definition["script"], definition["target"], "environment" in definition) == ("train.py", "local", False)
    assert run.get_environment().name is None


# --- making one --------------------------------------------------------------------------------------------


def test_a_clone_is_apart() -> None:
    one = Environment("one")
    one.python.conda_dependencies = CondaDependencies()
    other = one.clone("other")
    assert other.python.conda_dependencies is not None
    other.python.conda_dependencies.add_conda_package("numpy")
    other.python.conda_dependencies.add_pip_package("pillow")
    other.python.conda_dependencies.set_python_version("3.11")
    assert (one.name, other.name, one.python.conda_dependencies.conda_packages) == ("one", "other", [])
    text = other.python.conda_dependencies.serialize_to_string()
    assert text == "dependencies:\n- python=3.11\n- numpy\n- pip:\n  - pillow\n"


def test_packages_come_from_files(here: Path) -> None:
    (here / "requirements.txt").write_text("# what it needs\nnumpy\n\npillow==6\n")
    by_pip = Environment.from_pip_requirements("lab", "requirements.txt")
    assert by_pip.python.conda_dependencies is not None
    assert by_pip.python.conda_dependencies.pip_packages == ["numpy", "pillow==6"]
    assert by_pip.python.conda_dependencies.save_to_file(here) == "conda.yml"
    by_conda = Environment.from_conda_specification("lab", "conda.yml")
    assert by_conda.python.conda_dependencies_file == "conda.yml"
    packages = CondaDependencies("conda.yml")
    assert (packages.conda_packages, packages.pip_packages) == ([], ["numpy", "pillow==6"])
    with pytest.raises(UserError, match=r"the file other.yml does not exist"):
        Environment.from_conda_specification("lab", "other.yml")


def test_a_dockerfile_is_noted(here: Path) -> None:
    (here / "requirements.txt").write_text("numpy\n")
    (here / "conda.yml").write_text("dependencies:\n- numpy\n")
    for packages in ({"pip_requirements": "requirements.txt"}, {"conda_specification": "conda.yml"}, {}):
        made = Environment.from_dockerfile("lab", "Dockerfile", **packages)
        assert made.docker.base_dockerfile == "Dockerfile"
        assert list(unapplied(made)) == [*(["python.conda_dependencies"] if packages else []), "docker"]


def test_what_is_not_there_says_what_is() -> None:
    with pytest.raises(AttributeError, match=r"RunConfiguration\.spark has no meaning on folders, .*omit it"):
        _ = RunConfiguration().spark  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"Environment\.build_local has no meaning"):
        Environment("lab").build_local(Workspace())  # type: ignore[attr-defined]
    assert not hasattr(CondaDependencies(), "add_tensorflow_pip_package")


def test_an_environment_is_written_and_read(here: Path) -> None:
    one = Environment.from_docker_image("lab", "own/image")
    one.docker.base_image_registry.password = "xyzzy"
    one.save_to_directory("kept")
    with pytest.raises(ConflictError, match="already exists"):
        one.save_to_directory("kept")
    one.save_to_directory("kept", overwrite=True)
    found = Environment.load_from_directory("kept")
    assert (found.name, found.docker.enabled, found.docker.base_image) == ("lab", True, "own/image")
    assert "xyzzy" not in f"{one!r}{(here / 'kept' / 'azureml_environment.json').read_text()}"
    with pytest.raises(UserError, match=r"the file missing/azureml_environment.json does not exist"):
        Environment.load_from_directory("missing")


CONDA = '#!/bin/sh\n[ "$1 $2 $3" = "env list --json" ] && echo \'{"envs": ["/opt/conda", "/opt/conda/envs/lab"]}\'\n'


def test_an_environment_of_conda_is_its_python(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conda = executable(here / "bin" / "conda", CONDA)
    monkeypatch.setenv("PATH", str(conda.parent), prepend=os.pathsep)
    made = Environment.from_existing_conda_environment("mine", "lab")
    assert (made.name, made.python.user_managed_dependencies) == ("mine", True)
    assert made.python.interpreter_path == "/opt/conda/envs/lab/bin/python"
    with pytest.raises(UserError, match="conda has no environment 'other'; it has conda, lab"):
        Environment.from_existing_conda_environment("mine", "other")
    executable(conda, "#!/bin/sh\necho broken >&2; exit 1\n")
    with pytest.raises(UserError, match="conda env list failed: broken"):
        Environment.from_existing_conda_environment("mine", "lab")
    executable(conda, CONDA.replace("/opt/conda", str(here)))
    monkeypatch.delenv("PATH")
    monkeypatch.setenv("CONDA_EXE", str(conda))
    assert Environment.from_existing_conda_environment("mine", "base").python.interpreter_path == f"{here}/bin/python"


def test_without_conda_the_error_says_what_to_set(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(here))
    monkeypatch.delenv("CONDA_EXE", raising=False)
    with pytest.raises(UserError, match=r"conda is not on the PATH; set python.interpreter_path"):
        Environment.from_existing_conda_environment("mine", "lab")


# --- those of a workspace ----------------------------------------------------------------------------------


def test_an_environment_is_registered_by_versions(here: Path) -> None:
    workspace = Workspace(root=here / "runs")
    one = Environment("lab")
    one.environment_variables = {"A": "1"}
    assert one.register(workspace).version == "1"
    one.python.user_managed_dependencies = True
    assert one.register(workspace).version == "2"
    assert {name: found.version for name, found in workspace.environments.items()} == {"lab": "2"}
    first = Environment.get(workspace, "lab", version="1")
    assert (first.name, first.version, first.python.user_managed_dependencies) == ("lab", "1", False)
    assert first.environment_variables == {"A": "1"}
    assert Environment.get(workspace, "lab", label="Latest").version == "2"
    with pytest.raises(UserError, match=r"environment 'lab' has no label 'best'; give version="):
        Environment.get(workspace, "lab", label="best")
    assert Environment.get(workspace=workspace, name="lab").python.user_managed_dependencies is True
    assert workspace.experiments == {}
    with pytest.raises(UserError, match="has no 'lab:3' among its environments: lab:1, lab:2"):
        Environment.get(workspace, "lab", 3)
    with pytest.raises(UserError, match="has no 'other' among its environments: lab"):
        Environment.get(workspace, "other")
    with pytest.raises(UserError, match="name must"):
        Environment().register(workspace)
    with pytest.raises(UserError, match="nothing is built"):
        one.build(workspace)


def test_no_file_holds_the_value_of_a_secret(hand_over: Submit, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace(root=here / "runs")
    one = Environment("lab")
    one.environment_variables = {"ASKED": "yes", "LAB_TOKEN": "xyzzy", "DB_PASSWORD": "xyzzy"}
    with pytest.warns(
        RuntimeWarning, match="DB_PASSWORD, LAB_TOKEN are not written to any file, .*set the variables"
    ) as told:
        registered = one.register(workspace)
    assert told[0].filename == __file__
    # The object of this process still has them, a later one only what was kept.
    assert (registered.version, registered.environment_variables) == ("1", one.environment_variables)
    assert Environment.get(workspace, "lab").environment_variables == {"ASKED": "yes"}
    document = Path(workspace.root, ".runpages", "environments", "lab", "1.json").read_text()
    assert "LAB_TOKEN" in document
    config = RunConfiguration()
    config.environment, config.environment_variables = one, {"API_KEY": "xyzzy", "SEED": "1"}
    with pytest.warns(RuntimeWarning, match="API_KEY, DB_PASSWORD, LAB_TOKEN"):
        config.save(here, "lab")
    assert RunConfiguration.load(here, "lab").environment_variables == {"SEED": "1"}
    with pytest.warns(RuntimeWarning, match="DB_PASSWORD, LAB_TOKEN"):
        one.save_to_directory(here / "kept")
    assert Environment.load_from_directory(here / "kept").environment_variables == {"ASKED": "yes"}
    written = (here / ".azureml" / "lab.runconfig", here / "kept" / "azureml_environment.json")
    assert "xyzzy" not in "".join([document, *(path.read_text() for path in written)])
    assert printed(hand_over(environment=one)).endswith(" yes\n")


def test_a_snapshot_of_the_folder_around_a_workspace_has_nothing_of_its_environments(here: Path) -> None:
    (here / "train.py").write_text("")
    for place in ("runs", "deep/older"):
        one = Environment("lab")
        one.environment_variables = {"ASKED": "yes"}
        one.register(Workspace(root=here / place))
    (here / "link").symlink_to(here / "runs" / ".runpages" / "environments" / "lab" / "1.json")
    for root in ("runs", "elsewhere"):
        found = sources(here, workspace=str(here / root))
        assert [file.name for file in found.files] == ["train.py"]
        assert found.strays == ["link (the link points to no file of the snapshot)"]


def test_one_that_the_service_offers_is_this_python(hand_over: Submit, here: Path) -> None:
    offered = Environment.get(Workspace(root=here / "runs"), "AzureML-Minimal")
    with pytest.warns(RuntimeWarning, match="not applied: curated environment"):
        run = hand_over(environment=offered)
    assert run.get_environment().name == "AzureML-Minimal"
