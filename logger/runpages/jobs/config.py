"""Defines the configurations with which a script is submitted."""

from __future__ import annotations

import os

from ..coerce import path as path_of
from ..format.document import encode
from ..format.errors import UserError
from ..format.write import refused, replace
from .environment import CondaDependencies, Environment, packages, unapplied
from .section import NONE, NUMBER, PATH, Section, read, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Words = str | Sequence[Any] | None
    from typing import Any

    from .section import Section


FOLDER = ".azureml"
ENDING = ".runconfig"


def noted(environment: Environment) -> dict[str, Any]:
    """What the definition of a run says of its environment: names of variables, never their texts."""
    python, docker = environment.python, environment.docker
    said: dict[str, Any] = {
        "name": environment.name,
        "version": environment.version,
        "environment_variables": sorted(environment.environment_variables),
        "user_managed_dependencies": python.user_managed_dependencies,
        "conda_dependencies": packages(python),
        "docker": docker.base_image if docker.enabled else None,
        "not_applied": unapplied(environment),
    }
    return {key: value for key, value in said.items() if value}


def known(definition: dict[str, Any]) -> Environment:
    """The environment that the definition of a run names; of its variables only the names were noted."""
    said = definition.get("environment")
    made = Environment()
    if not isinstance(said, dict):
        return made
    made.fill({key: said[key] for key in ("name", "version") if key in said})
    made.python.fill(said)
    if "docker" in said:
        made.docker.enabled, made.docker.base_image = True, said["docker"]
    return made


# --- files -------------------------------------------------------------------------------------------------


def save(config: Section, path: str | os.PathLike[str] | None, name: str) -> None:
    """Write ``<path>/.azureml/<name>.runconfig``: JSON, which is YAML as well."""
    folder = os.path.join("." if path is None else path_of(path, "path="), FOLDER)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise refused(error, folder) from error
    replace(os.path.join(folder, f"{name}{ENDING}"), encode(written(config)))


def load(config: Section, path: str | os.PathLike[str] | None, name: str) -> None:
    """Set what a file says, in a folder or by its own path; raises UserError, with the file, for what cannot be."""
    place = _place("." if path is None else path_of(path, "path=") or ".", name)
    said = read(place)
    try:
        config.fill(said)
    except UserError as error:
        raise UserError(f"{place}: {error}") from None


def _place(path: str, name: str) -> str:
    if os.path.isfile(path):
        return path
    places = [
        os.path.join(path, inner, name + ending) for inner in (FOLDER, "aml_config", "") for ending in (ENDING, "")
    ]
    found = next((place for place in places if os.path.isfile(place)), None)
    if found is None:
        raise UserError(f"no run configuration {name!r} in {path}; searched {', '.join(places)}")
    return found


class HistorySection(
    Section, takes={"output_collection": bool, "snapshot_project": bool, "directories_to_watch": list}
):
    """What is kept of a run beside what it logs."""

    def __init__(self) -> None:
        self.output_collection = True
        self.snapshot_project = True
        self.directories_to_watch = ["logs"]


class DockerConfiguration(Section, takes={"use_docker": bool, "shared_volumes": bool, "arguments": list}):
    """A container, which is noted and not used: the script runs on this machine itself."""

    def __init__(self, use_docker: bool = False, shared_volumes: bool = True, arguments: Words = None) -> None:
        self.use_docker = use_docker
        self.shared_volumes = shared_volumes
        self.arguments = argument_list(arguments)


class MpiConfiguration(Section, takes={}, only={"node_count": 1, "process_count_per_node": 1}):
    """One process on this machine; raises UserError for more of them, which a command starts."""

    def __init__(self, process_count_per_node: int = 1, node_count: int = 1) -> None:
        if (process_count_per_node, node_count) != (1, 1):
            raise UserError(
                "one process is started here; for more give the whole command, such as "
                "ScriptRunConfig(command=['mpirun', '-n', '2', 'python', 'train.py'])"
            )
        self.process_count_per_node = process_count_per_node
        self.node_count = node_count


class RunConfiguration(
    Section,
    takes={
        "script": (*PATH, NONE),
        "arguments": list,
        "framework": str,
        "environment": Environment,
        "environment_variables": dict,
        "history": HistorySection,
        "docker": DockerConfiguration,
        "auto_prepare_environment": (bool, NONE),
        "prepare_environment": (bool, NONE),
    },
    only={"target": "local", "node_count": 1, "communicator": "None"},
):
    """How a script runs: on this machine, in a Python of your choice, with these environment variables.

    ``arguments`` is a list, or a text that is split as a shell does. Raises UserError for what has no meaning on
    folders, such as another ``target`` than ``local``.
    """

    def __init__(
        self,
        script: str | os.PathLike[str] | None = None,
        arguments: Words = None,
        framework: str | None = None,
        communicator: str | None = None,
        conda_dependencies: CondaDependencies | None = None,
    ) -> None:
        self.script = script
        self.arguments = argument_list(arguments)
        self.target = "local"
        self.framework = "Python" if framework is None else framework
        self.environment = Environment()
        if conda_dependencies is not None:
            self.environment.python.conda_dependencies = conda_dependencies
        self.environment_variables: dict[str, str] = {}
        self.history = HistorySection()
        self.node_count = 1
        self.communicator = "None" if communicator is None else communicator
        self.docker = DockerConfiguration()
        self.auto_prepare_environment: bool | None = None
        self.prepare_environment: bool | None = None

    def save(self, path: str | os.PathLike[str] | None = None, name: str | None = None) -> None:
        """Write it as ``.azureml/<name>.runconfig`` below a folder, this one by default; ``name`` is ``local``.

        The file is JSON, which programs that read YAML take as well.
        """
        save(self, path, name or self.target)

    @classmethod
    def load(cls, path: str | os.PathLike[str] | None = None, name: str | None = None) -> RunConfiguration:
        """The configuration of a file: ``path``, or the one called ``name`` in that folder or its ``.azureml``.

        Files in YAML need PyYAML. What has no meaning on folders is passed over. Raises UserError where there is no
        such file, and for another ``target`` than ``local``.
        """
        config = cls()
        load(config, path, name or config.target)
        return config


class ScriptRunConfig(
    Section,
    takes={
        "source_directory": PATH,
        "script": (*PATH, NONE),
        "arguments": list,
        "command": list,
        "run_config": RunConfiguration,
        "environment": (Environment, NONE),
        "distributed_job_config": (MpiConfiguration, NONE),
        "docker_runtime_config": (DockerConfiguration, NONE),
        "max_run_duration_seconds": (*NUMBER, NONE),
    },
    only={"compute_target": "local", "resume_from": None},
):
    """A script with its folder and how it runs: ``script`` with ``arguments``, or a whole ``command``.

    Given here and in ``run_config``, script and arguments are those given here, with a warning where they differ.
    ``environment`` counts before the one of ``run_config``. ``compute_target`` may be ``"local"``, and what is of
    clusters has to be left away. Raises UserError for a folder that is not there, and for a script outside of it.
    """

    def __init__(
        self,
        source_directory: str | os.PathLike[str] | None = None,
        script: str | os.PathLike[str] | None = None,
        arguments: Words = None,
        run_config: RunConfiguration | None = None,
        *,
        compute_target: Any = None,
        environment: Environment | None = None,
        distributed_job_config: MpiConfiguration | None = None,
        resume_from: Any = None,
        max_run_duration_seconds: float | None = None,
        command: Words = None,
        docker_runtime_config: DockerConfiguration | None = None,
    ) -> None:
        self.source_directory = "." if source_directory is None else source_directory
        self.run_config = RunConfiguration() if run_config is None else run_config
        self.script = script
        self.script = _chosen("script", self.script, self.run_config.script)
        self.arguments = _chosen("arguments", argument_list(arguments), self.run_config.arguments)
        self.command = argument_list(command)
        self.compute_target = self.run_config.target if compute_target is None else compute_target
        self.environment = environment
        self.distributed_job_config = distributed_job_config
        self.resume_from = resume_from
        self.docker_runtime_config = docker_runtime_config
        self.max_run_duration_seconds = max_run_duration_seconds
        self._check(bool(script or self.arguments))

    def _check(self, with_script: bool) -> None:
        if not os.path.isdir(self.source_directory):
            raise UserError(f"source_directory={os.fspath(self.source_directory)!r} is not a folder")
        if self.command and with_script:
            raise UserError("give script= with arguments=, or command=, which contains both")
        if not self.command and self.script is None:
            raise UserError("there is nothing to run; give script=, such as script='train.py', or command=")
        path = os.path.normpath(self.script or ".")
        if os.path.isabs(path) or path.split(os.sep)[0] == os.pardir:
            raise UserError(f"script={path!r} is outside source_directory; give its path in that folder")


def environment_of(config: ScriptRunConfig) -> Environment:
    """The environment that counts for a script."""
    return config.environment or config.run_config.environment


def argument_list(given: Words) -> list[str]:
    """Arguments as a list of texts; raises UserError for what none can be made of."""
    if isinstance(given, str):
        import shlex

        return shlex.split(given)
    if given is not None and not isinstance(given, (list, tuple)):
        raise UserError(f"arguments must be a list or a string, not {type(given).__qualname__}")
    for word in given or ():
        if not isinstance(word, (*PATH, *NUMBER)):
            raise UserError(
                f"an argument must be a string, a path or a number, not {type(word).__qualname__} ({word!r})"
            )
    return [os.fspath(word) if isinstance(word, os.PathLike) else str(word) for word in given or ()]


def _chosen(what: str, here: Any, there: Any) -> Any:
    if here and there and here != there:
        import warnings

        warnings.warn(f"{what}={here!r} overrides {there!r} of run_config", RuntimeWarning, stacklevel=3)
    return here or there
