"""Log experiment runs to plain files.

    import runpages

    with runpages.start("ridge", params={"alpha": 0.4}) as run:
        run.log("mse", 3295.71)

``runpages build`` turns the folder into a website. Importing this package loads the standard library only.
"""

from __future__ import annotations

from os import PathLike
from os.path import expanduser

from . import coerce, guest, other_names, query
from .capture.background import begin, chosen
from .experiment import Experiment
from .format.errors import (
    ConflictError,
    FormatError,
    RunEnvironmentError,
    RunpagesError,
    SnapshotError,
    StorageError,
    UserError,
    WorkspaceError,
)
from .query import home
from .run import Run
from .workspace import Workspace

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import Any

    from .capture.logging_handler import LogHandler
    from .jobs.config import RunConfiguration, ScriptRunConfig
    from .jobs.environment import Environment
    from .model import Model
    from .notebook.widget import RunDetails
    from .reading import Reading

__all__ = [
    "ConflictError",
    "Environment",
    "Experiment",
    "FormatError",
    "LogHandler",
    "Model",
    "Run",
    "RunConfiguration",
    "RunDetails",
    "RunEnvironmentError",
    "RunpagesError",
    "ScriptRunConfig",
    "SnapshotError",
    "StorageError",
    "UserError",
    "Workspace",
    "WorkspaceError",
    "read",
    "resume",
    "start",
]


def start(
    experiment: str | None = None,
    *,
    name: str | None = None,
    params: Any = None,
    tags: Any = None,
    description: str | None = None,
    root: str | PathLike[str] | None = None,
    outputs: bool | str | Sequence[str] = True,
    capture: bool | Collection[str] = True,
    console: bool = False,
    system: bool | float = False,
) -> Run:
    """Start a run in this process, best in a ``with`` statement.

    ``experiment`` is ``default``, unless the process belongs to a submitted run or to one of ``runpages run``: then it
    is the experiment of that run, and the new run is its child. A run that is started for another experiment, or for
    another workspace by ``root``, is independent. ``params`` is anything with names, nested at will: a dictionary,
    parsed arguments, a configuration, a dataclass. ``description`` is Markdown. ``root`` is the workspace, else
    ``RUNPAGES_WORKSPACE``, else what a configuration says that ``Workspace.from_config`` finds, else ``./runs``.
    ``outputs``: folders whose new and changed files are collected at the end, ``./outputs`` by default. ``capture``:
    what is noted of the surroundings, all by default, else any of ``python``, ``packages``, ``command``, ``git`` (the
    one that starts a process, which ends at once) and ``host``. ``console``: keep what this process and its children
    print, as the log ``console.log``; a process is started that passes it on. ``system``: log how busy the machine is,
    every 10 seconds or as many as are given; a thread is started, and psutil is needed. Both end with the run.
    """
    beside = chosen(console=console, system=system)
    place, parent = home(Workspace(root=root), experiment)
    of_script = guest.of_script(place.name)
    if of_script is not None:
        return of_script
    run = place._class_of(None)._begin(
        place,
        name=name,
        params=params,
        tags=tags,
        description=description,
        outputs=outputs,
        make_outputs=False,
        capture=capture,
        parent=parent,
        surroundings={},
    )
    return begin(run, beside)


def resume(run: Run | str | PathLike[str], *, root: str | PathLike[str] | None = None) -> Run:
    """Continue a run, given itself, its id or its folder: new data is appended, and nothing is ever cleared.

    A run that has ended, or whose process died, runs again and ends with this process; a run that is still running
    elsewhere is only joined. If several processes resume it at once, one continues it and the others join: rank 0 if a
    launcher numbers the processes, else the first. A job that Slurm or torchrun restarted continues its run even if
    that seems to be running on another machine. The steps of a name continue after its greatest. It may be called any
    number of times, such as once per task: a process has one set of files for a run. Raises UserError if there is no
    such run in the workspace (``root``, else as for ``start``).
    """
    given = run.folder if isinstance(run, Run) else coerce.path(run, "run=")
    return guest.resume(query.find_run(expanduser(given), root))


def read(path: Run | Experiment | str | PathLike[str] | None = None) -> Reading:
    """Read a workspace, an experiment, a run or a built site into plain Python; see ``runpages.reading``.

    Each is named by its folder; an experiment or a run may be given itself. A site is a folder, or an address with
    ``http://`` or ``https://``. Without ``path`` it is the workspace that ``start`` logs to from here. Raises UserError
    where there is nothing to read.
    """
    from .reading import reading_of

    if path is None:
        return reading_of(Workspace().root)
    given = path.folder if isinstance(path, (Run, Experiment)) else coerce.path(path, "path=")
    return reading_of(expanduser(given))


_LATE = {
    "Environment": "jobs.environment",
    "LogHandler": "capture.logging_handler",
    "Model": "model",
    "RunConfiguration": "jobs.config",
    "RunDetails": "notebook.widget",
    "ScriptRunConfig": "jobs.config",
}
"""What few scripts use, and the modules that have it: each is loaded when it is asked for."""

if not TYPE_CHECKING:  # A type checker would take any name for one that is there.

    def __getattr__(name: str) -> Any:
        if name not in _LATE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}{other_names.of_the_package(name)}")
        from importlib import import_module

        return getattr(import_module(f".{_LATE[name]}", __name__), name)
