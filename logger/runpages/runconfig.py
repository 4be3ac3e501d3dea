"""How a script is to be submitted: plain values. A wrong name or type is refused where it is set."""

from __future__ import annotations

import os

from .format.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Words = str | Sequence[Any] | None

    Types = type | tuple[type, ...]

_NONE = type(None)
_PATH = (str, os.PathLike)
_NUMBER = (int, float)


class _Values:
    """Named values: the types they take, and which of them can be only one thing on folders."""

    _takes: dict[str, Types]
    _only: dict[str, Any]

    def __init_subclass__(cls, takes: dict[str, Types], only: dict[str, Any] | None = None) -> None:
        cls._takes, cls._only = takes, only or {}

    if not TYPE_CHECKING:  # A type checker would take any name for one that is there.

        def __setattr__(self, name: str, value: Any) -> None:
            what = f"{type(self).__name__}.{name}"
            if name in self._only:
                if value != self._only[name]:
                    raise UserError(f"{what} can only be {self._only[name]!r} on folders, not {value!r}; leave it away")
            elif name not in self._takes:
                raise UserError(f"{what} has no meaning on folders; leave it away, or use {', '.join(self._takes)}")
            elif not isinstance(value, self._takes[name]):
                raise UserError(f"{what} takes {_spelled(self._takes[name])}, and this is {type(value).__qualname__}")
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


class PythonSection(_Values, takes={"interpreter_path": _PATH, "user_managed_dependencies": bool}):
    """Which Python runs the script; ``interpreter_path`` counts with ``user_managed_dependencies`` only."""

    def __init__(self) -> None:
        self.interpreter_path: str | os.PathLike[str] = "python"
        self.user_managed_dependencies = False


class DockerSection(_Values, takes={}, only={"enabled": False}):
    """There are no containers: ``enabled`` is False."""

    def __init__(self) -> None:
        self.enabled = False


class EnvironmentSection(_Values, takes={"python": PythonSection, "docker": DockerSection}):
    """What the script finds: ``python``, and ``docker``, which is off."""

    def __init__(self) -> None:
        self.python = PythonSection()
        self.docker = DockerSection()


class HistorySection(
    _Values, takes={"output_collection": bool, "snapshot_project": bool, "directories_to_watch": list}
):
    """What is kept of a run beside what it logs."""

    def __init__(self) -> None:
        self.output_collection = True
        self.snapshot_project = True
        self.directories_to_watch = ["logs"]


class RunConfiguration(
    _Values,
    takes={
        "script": (*_PATH, _NONE),
        "arguments": list,
        "framework": str,
        "environment": EnvironmentSection,
        "environment_variables": dict,
        "history": HistorySection,
    },
    only={"target": "local", "node_count": 1},
):
    """How a script runs: on this machine, in a Python of your choice, with these environment variables.

    ``arguments`` is a list, or a text that is split as a shell does. Raises UserError for what has no meaning on
    folders, such as another ``target`` than ``local``.
    """

    def __init__(
        self, script: str | os.PathLike[str] | None = None, arguments: Words = None, framework: str | None = None
    ) -> None:
        self.script = script
        self.arguments = words(arguments)
        self.target = "local"
        self.framework = framework or "Python"
        self.environment = EnvironmentSection()
        self.environment_variables: dict[str, str] = {}
        self.history = HistorySection()
        self.node_count = 1


_CLUSTER = ("environment", "distributed_job_config", "resume_from", "docker_runtime_config")


class ScriptRunConfig(
    _Values,
    takes={
        "source_directory": _PATH,
        "script": (*_PATH, _NONE),
        "arguments": list,
        "command": list,
        "run_config": RunConfiguration,
        "max_run_duration_seconds": (*_NUMBER, _NONE),
    },
    only={"compute_target": "local", **dict.fromkeys(_CLUSTER)},
):
    """A script with its folder and how it runs: ``script`` with ``arguments``, or a whole ``command``.

    Given here and in ``run_config``, script and arguments are those given here, with a warning where they differ.
    ``compute_target`` may be ``"local"``, and ``environment`` and what is of clusters has to be left away. Raises
    UserError for a folder that is not there, and for a script outside of it.
    """

    def __init__(
        self,
        source_directory: str | os.PathLike[str] | None = None,
        script: str | os.PathLike[str] | None = None,
        arguments: Words = None,
        run_config: RunConfiguration | None = None,
        *,
        compute_target: Any = None,
        environment: Any = None,
        distributed_job_config: Any = None,
        resume_from: Any = None,
        max_run_duration_seconds: float | None = None,
        command: Words = None,
        docker_runtime_config: Any = None,
    ) -> None:
        self.source_directory = "." if source_directory is None else source_directory
        self.run_config = RunConfiguration() if run_config is None else run_config
        self.script = _chosen("script", script, self.run_config.script)
        self.arguments = _chosen("arguments", words(arguments), self.run_config.arguments)
        self.command = words(command)
        self.compute_target = self.run_config.target if compute_target is None else compute_target
        self.environment = environment
        self.distributed_job_config = distributed_job_config
        self.resume_from = resume_from
        self.docker_runtime_config = docker_runtime_config
        self.max_run_duration_seconds = max_run_duration_seconds
        self._check(bool(script or self.arguments))

    def _check(self, with_script: bool) -> None:
        if not os.path.isdir(self.source_directory):
            raise UserError(f"source_directory={os.fspath(self.source_directory)!r} is no folder")
        if self.command and with_script:
            raise UserError("give script= with arguments=, or command=, which holds both")
        if not self.command and self.script is None:
            raise UserError("there is nothing to run; give script=, such as script='train.py', or command=")
        path = os.path.normpath(self.script or ".")
        if os.path.isabs(path) or path.split(os.sep)[0] == os.pardir:
            raise UserError(f"script={path!r} lies outside of source_directory; give its path in that folder")


def words(given: Words) -> list[str]:
    """Arguments as a list of texts; raises UserError for what none can be made of."""
    if isinstance(given, str):
        import shlex

        return shlex.split(given)
    if given is not None and not isinstance(given, (list, tuple)):
        raise UserError(f"arguments are a list or a text, and this is {type(given).__qualname__}")
    for word in given or ():
        if not isinstance(word, (*_PATH, *_NUMBER)):
            raise UserError(f"an argument is a text, a path or a number, and {word!r} is {type(word).__qualname__}")
    return [os.fspath(word) if isinstance(word, os.PathLike) else str(word) for word in given or ()]


def _chosen(what: str, here: Any, there: Any) -> Any:
    if here and there and here != there:
        import warnings

        warnings.warn(f"{what}={here!r} counts, and not {there!r} of run_config", RuntimeWarning, stacklevel=3)
    return here or there


def _spelled(types: type | tuple[type, ...]) -> str:
    known = types if isinstance(types, tuple) else (types,)
    return " or ".join("None" if kind is _NONE else kind.__name__ for kind in known)
