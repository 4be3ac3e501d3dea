"""The configuration of a script has the defaults of the tracked-run API, and refuses what cannot be right."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runpages import RunConfiguration, ScriptRunConfig, UserError
from runpages.jobs.config import MpiConfiguration
from runpages.jobs.environment import CondaDependencies


def test_the_defaults_of_a_run_configuration() -> None:
    config = RunConfiguration()
    assert (config.script, config.arguments, config.target, config.framework) == (None, [], "local", "Python")
    assert (config.node_count, config.environment_variables) == (1, {})
    assert config.environment.python.interpreter_path == "python"
    assert config.environment.python.user_managed_dependencies is False
    assert config.environment.docker.enabled is False
    assert config.history.output_collection is config.history.snapshot_project is True
    assert config.history.directories_to_watch == ["logs"]


def test_no_two_configurations_share_a_value() -> None:
    one, other = RunConfiguration(), RunConfiguration()
    one.environment.python.interpreter_path = "/opt/python"
    one.environment_variables["A"] = "1"
    one.history.directories_to_watch.append("more")
    assert other.environment.python.interpreter_path == "python"
    assert (other.environment_variables, other.history.directories_to_watch) == ({}, ["logs"])


def test_a_deep_copy_is_apart() -> None:
    config = RunConfiguration("train.py", ["--epochs", 3])
    copied = copy.deepcopy(config)
    assert repr(copied) == repr(config)
    copied.environment.python.interpreter_path = "/opt/python"
    copied.arguments.append("more")
    assert (config.environment.python.interpreter_path, config.arguments) == ("python", ["--epochs", "3"])


def target(config: RunConfiguration) -> None:
    config.target = "cluster"


def nodes(config: RunConfiguration) -> None:
    config.node_count = 4


def launcher(config: RunConfiguration) -> None:
    config.communicator = "OpenMpi"


def misspelled(config: RunConfiguration) -> None:
    config.environment.python.user_manged_dependencies = True  # type: ignore[attr-defined]


def unknown(config: RunConfiguration) -> None:
    config.hdi = True  # type: ignore[attr-defined]


def mistyped(config: RunConfiguration) -> None:
    config.environment.python.user_managed_dependencies = "yes"  # type: ignore[assignment]


def replaced(config: RunConfiguration) -> None:
    config.environment = "conda"  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (target, "target can only be 'local' on folders, not 'cluster'"),
        (nodes, "node_count can only be 1"),
        (launcher, "communicator can only be 'None'"),
        (misspelled, "user_manged_dependencies has no meaning on folders.* user_managed_dependencies"),
        (unknown, "hdi has no meaning"),
        (mistyped, "user_managed_dependencies must be bool, not str"),
        (replaced, "environment must be Environment, not str"),
    ],
)
def test_what_cannot_be_right_is_refused_where_it_is_set(change: Callable[[RunConfiguration], None], told: str) -> None:
    config = RunConfiguration()
    before = repr(config)
    with pytest.raises(UserError, match=told):
        change(config)
    assert repr(config) == before


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, []),
        (["--lr", 0.1, "--n", 3], ["--lr", "0.1", "--n", "3"]),
        (("--data", Path("a b")), ["--data", "a b"]),
        ("--name 'two words' --n 3", ["--name", "two words", "--n", "3"]),
    ],
)
def test_arguments_are_words(given: Any, words: list[str]) -> None:
    assert RunConfiguration(arguments=given).arguments == words
    assert ScriptRunConfig(".", "train.py", given).arguments == words


def test_the_first_four_may_be_given_by_position(here: Path) -> None:
    config = RunConfiguration()
    source = ScriptRunConfig(str(here), "train.py", ["--fast"], config)
    assert (source.source_directory, source.script, source.arguments) == (str(here), "train.py", ["--fast"])
    assert source.run_config is config
    assert source.compute_target == "local"


def test_a_run_configuration_fills_what_is_not_given() -> None:
    source = ScriptRunConfig(".", run_config=RunConfiguration("train.py", ["--fast"]))
    assert (source.script, source.arguments) == ("train.py", ["--fast"])


def test_what_is_given_here_counts_and_a_difference_is_told() -> None:
    with pytest.warns(RuntimeWarning, match="script='a.py' overrides 'b.py'"):
        source = ScriptRunConfig(".", "a.py", run_config=RunConfiguration("b.py", ["--fast"]))
    assert (source.script, source.arguments) == ("a.py", ["--fast"])


def test_a_command_stands_for_script_and_arguments() -> None:
    assert ScriptRunConfig(".", command="python -m train --n 3").command == ["python", "-m", "train", "--n", "3"]
    assert ScriptRunConfig(".", command=["make", "train"]).script is None


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"source_directory": "missing", "script": "a.py"}, "'missing' is not a folder"),
        ({"source_directory": 3, "script": "a.py"}, "source_directory must be str or PathLike"),
        ({}, "nothing to run"),
        ({"script": 3}, "script must be str or PathLike or None"),
        ({"script": "../a.py"}, "outside source_directory"),
        ({"script": "/a.py"}, "outside source_directory"),
        ({"script": "a.py", "command": "python a.py"}, "or command="),
        ({"arguments": ["x"], "command": "python a.py"}, "or command="),
        ({"script": "a.py", "arguments": 3}, "a list or a string"),
        ({"script": "a.py", "arguments": [["x"]]}, "an argument must be"),
        ({"script": "a.py", "run_config": "local"}, "run_config"),
        ({"script": "a.py", "compute_target": "cluster"}, "compute_target can only be 'local'"),
        ({"script": "a.py", "environment": object()}, "environment must be Environment or None"),
        ({"script": "a.py", "distributed_job_config": 1}, "distributed_job_config must be MpiConfiguration or None"),
        ({"script": "a.py", "max_run_duration_seconds": "long"}, "max_run_duration_seconds"),
    ],
)
def test_a_script_that_cannot_run_is_refused(how: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError, match=told):
        ScriptRunConfig(**how)


def test_one_process_is_what_a_launcher_starts_here() -> None:
    assert ScriptRunConfig(".", "a.py", distributed_job_config=MpiConfiguration()).command == []
    with pytest.raises(UserError, match=r"one process is started here; .*mpirun"):
        MpiConfiguration(process_count_per_node=2)
    with pytest.raises(UserError, match="node_count can only be 1"):
        MpiConfiguration().node_count = 2


# --- files -------------------------------------------------------------------------------------------------


def test_what_is_saved_is_loaded(here: Path) -> None:
    config = RunConfiguration("train.py", ["--lr", 0.1])
    config.environment.name = "lab"
    config.environment.python.interpreter_path = Path("/opt/python")
    config.environment.python.user_managed_dependencies = True
    config.environment.python.conda_dependencies = CondaDependencies.create(
        pip_packages=["pillow"], conda_packages=["numpy"]
    )
    config.environment.docker.base_image_registry.password = "xyzzy"
    config.environment_variables = {"A": "1"}
    config.history.directories_to_watch = ["logs", "more"]
    config.save(here, "mine")
    written = here / ".azureml" / "mine.runconfig"
    assert "xyzzy" not in written.read_text()
    assert '"interpreterPath": "/opt/python"' in written.read_text()
    for loaded in (RunConfiguration.load(here, "mine"), RunConfiguration.load(written)):
        packages = loaded.environment.python.conda_dependencies
        assert packages is not None
        assert packages.serialize_to_string().split() == [*("dependencies:", "-", "numpy", "-", "pip:", "-", "pillow")]
        assert loaded.plain() == config.plain()


def test_a_file_of_the_service_is_read_for_what_means_something(here: Path) -> None:
    (here / "aml_config").mkdir()
    (here / "aml_config" / "local.runconfig").write_text(SERVICE)
    loaded = RunConfiguration.load(".")
    assert (loaded.script, loaded.arguments, loaded.environment_variables) == ("train.py", ["--n", "3"], {"E": "V"})
    assert loaded.environment.python.user_managed_dependencies is True
    packages = loaded.environment.python.conda_dependencies
    assert packages is not None
    assert (packages.conda_packages, packages.pip_packages) == (["python=3.6.2"], ["azureml-defaults"])


SERVICE = """
script: train.py
arguments: [--n, '3']
target: local
framework: Python
communicator: None
nodeCount: 1
hdi: {yarnDeployMode: cluster}
environment:
  python:
    userManagedDependencies: true
    interpreterPath: python
    condaDependencies:
      dependencies: ['python=3.6.2', {pip: [azureml-defaults]}]
  docker: {enabled: false, baseImage: null}
environmentVariables: {E: V}
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "no run configuration 'local' in .*searched .*local.runconfig"),
        ("target: cluster", "local.runconfig: RunConfiguration.target can only be 'local' on folders, not 'cluster'"),
        ("a: [", "is not valid YAML"),
        ("script: Größe.py", "is not valid YAML"),
        ("[1]", "has no names with values"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(here: Path, text: str | None, told: str) -> None:
    if text is not None:
        (here / "local.runconfig").write_text(text, encoding="latin-1")
    with pytest.raises(UserError, match=told):
        RunConfiguration.load(here)


def test_yaml_needs_its_library(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "local.runconfig").write_text("target: local")
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(UserError, match="is a YAML file; to read it: pip install pyyaml"):
        RunConfiguration.load(here)
