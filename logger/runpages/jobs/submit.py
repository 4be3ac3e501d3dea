"""Copies a script folder, and runs the script there in the background."""

from __future__ import annotations

import os
import sys

from .. import snapshot
from .._state import SCRIPT
from ..capture.environment import state
from ..format import status
from ..format.errors import ExecutionError, UserError
from ..snapshot.files import Sources, sources
from .config import ScriptRunConfig, environment_of, noted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..experiment import Experiment
    from ..run import Run

PREPARING = "Preparing"

_warned: set[str] = set()
"""What this process was warned of that is not applied."""


def submit(experiment: Experiment, config: ScriptRunConfig, tags: Any = None, parent: Run | None = None) -> Run:
    """Run the script of ``config`` in the background, in a copy of its folder; returns its run at once.

    Raises ExecutionError where the script or the interpreter is not there, and SnapshotError for a folder that is too
    large; then there is no run.
    """
    from copy import deepcopy

    if not isinstance(config, ScriptRunConfig):
        raise UserError(
            f"submit takes a ScriptRunConfig, not {type(config).__qualname__}; give ScriptRunConfig(folder, script)"
        )
    config = deepcopy(config)
    source = os.path.abspath(config.source_directory)
    argv = _command(config, source)
    code = sources(source, workspace=experiment.workspace.root)
    run = _begin(experiment, config, argv, source, tags, parent)
    try:
        if config.run_config.history.snapshot_project:
            snapshot.store(run._state, code)
        place = _copied(code, run)
        _supervise(run, config, argv, place)
    except BaseException as error:
        run.fail(error if isinstance(error, Exception) else "the run was interrupted before its script started")
        raise
    run._hand_over()  # The supervisor's from now on; what this process says of the run is noted beside.
    return run


def _command(config: ScriptRunConfig, source: str) -> list[str]:
    import shutil

    if config.command:
        if shutil.which(config.command[0], path=_path(config)) is None and not os.path.exists(
            os.path.join(source, config.command[0])
        ):
            raise ExecutionError(f"the command {config.command[0]!r} is not on the PATH; give its full path")
        return config.command
    script = os.path.join(source, str(config.script))
    if not os.path.isfile(script):
        raise ExecutionError(f"the script {script} does not exist; script= is relative to source_directory={source!r}")
    return [_interpreter(config, source), os.path.normpath(str(config.script)), *config.arguments]


def _variables(config: ScriptRunConfig) -> dict[str, str]:
    """The variables of the environment, and those of the run configuration, which count before them."""
    return {**environment_of(config).environment_variables, **config.run_config.environment_variables}


def _path(config: ScriptRunConfig) -> str | None:
    return _variables(config).get("PATH")


def _interpreter(config: ScriptRunConfig, source: str) -> str:
    """The Python of the script: the one that was chosen, which counts with ``user_managed_dependencies``, or this."""
    import shutil

    python = environment_of(config).python
    chosen = os.fspath(python.interpreter_path)
    if not python.user_managed_dependencies or chosen == "python":
        return sys.executable
    found = shutil.which(chosen, path=_path(config)) or shutil.which(os.path.join(source, chosen))
    if found is None:
        raise ExecutionError(f"the interpreter {chosen!r} does not exist or cannot be executed; set interpreter_path=")
    return os.path.abspath(found)


def _begin(
    experiment: Experiment, config: ScriptRunConfig, argv: Sequence[str], source: str, tags: Any, parent: Run | None
) -> Run:
    shown = [os.path.basename(argv[0]), *argv[1:]]
    definition: dict[str, Any] = {"source_directory": os.path.basename(source), "command": shown}
    if known := _environment(config):
        definition["environment"] = known
    if not config.command:
        definition |= {"script": argv[1], "arguments": list(argv[2:]), "interpreter": shown[0]}
    capture = {"python", "packages", "host"} if argv[0] == sys.executable else {"host"}
    environment: dict[str, Any] = {"command": shown}
    repository = state(source)
    return experiment._class_of(SCRIPT)._begin(
        experiment,
        tags=tags,
        parent=parent,
        word=PREPARING,
        capture=capture,
        more={"type": SCRIPT, "definition": definition},
        surroundings=environment | ({"git": repository} if repository else {}),
    )


def _environment(config: ScriptRunConfig) -> dict[str, Any]:
    """What the definition says of the environment; what is not applied is warned of, once in a process."""
    docker = config.docker_runtime_config or config.run_config.docker
    said = noted(environment_of(config))
    if docker.use_docker and "docker" not in said.get("not_applied", ()):
        said["not_applied"] = [*said.get("not_applied", ()), "docker"]
    unapplied = ", ".join(said.get("not_applied", ()))
    if unapplied and unapplied not in _warned:
        import warnings

        text = (
            f"not applied: {unapplied}. The script runs in this Python; "
            "to choose another, set python.user_managed_dependencies=True and python.interpreter_path"
        )
        warnings.warn(text, RuntimeWarning, stacklevel=5)  # In the script that submits.
        _warned.add(unapplied)
    return said


def _copied(code: Sources, run: Run) -> str:
    """The place of the run outside of all folders: in it the copy, and the package that the script imports."""
    import shutil
    import tempfile

    place = tempfile.mkdtemp(prefix=f"runpages-{run.id}-")
    copy = os.path.join(place, run.id)
    os.mkdir(copy)
    for file in code.files:
        target = os.path.join(copy, *file.name.split("/"))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        try:
            shutil.copy2(file.path, target)
        except FileNotFoundError:
            continue  # It went away between the list and the copy.
    os.makedirs(os.path.join(copy, "outputs"), exist_ok=True)
    package, private = os.path.dirname(os.path.dirname(os.path.abspath(__file__))), os.path.join(place, "package")
    os.mkdir(private)
    try:
        os.symlink(package, os.path.join(private, "runpages"))
    except OSError:
        shutil.copytree(package, os.path.join(private, "runpages"))
    return place


def _supervise(run: Run, config: ScriptRunConfig, argv: Sequence[str], temporary: str) -> None:
    """Start the process that runs the script and ends the run, apart from this one and its terminal."""
    import json
    import subprocess

    given = config.run_config
    package = os.path.join(temporary, "package")
    start = f"import sys; sys.path.insert(0, {package!r}); from runpages.jobs.supervisor import main; main()"
    try:
        process = subprocess.Popen(  # noqa: S603 - this interpreter, no shell
            [sys.executable, "-ES", "-c", start],  # It needs nothing that is installed.
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd=os.path.join(temporary, run.id),
        )
    except OSError as error:
        raise ExecutionError(f"the script could not be started: {error}") from error
    # Said before the other one can say anything: at no moment is the run without an owner.
    run._state.save({"owner": status.owner(process.pid)})
    spec = {
        "run": run.folder,
        "document": run._state.document,
        "place": temporary,
        "argv": list(argv),
        "env": _variables(config),
        "collect": given.history.output_collection,
        "watch": given.history.directories_to_watch,
        "seconds": config.max_run_duration_seconds,
    }
    assert process.stdin is not None
    with process.stdin as pipe:
        pipe.write(json.dumps(spec).encode())
    _reap(process)


def _reap(process: Any) -> None:
    """Take the end of the supervisor, so that no dead process is left, and no warning of one."""
    import threading

    threading.Thread(target=process.wait, daemon=True).start()
