"""The classes of runs: what a script may test a run for."""

from __future__ import annotations

import os
import sys

from . import _lifecycle
from .format import status
from .format.errors import RunEnvironmentError, UserError
from .run import KIND, Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from .experiment import Experiment
    from .run import Run

PREFIX = "runpages-offline-"
"""How the name of a folder begins in which an offline run lies."""


class ScriptRun(Run):
    """A run whose script was submitted."""


class _OfflineRun(Run):
    """A run that is thrown away with its process, and its children with it; it has no ``experiment``."""

    if not TYPE_CHECKING:

        @property
        def experiment(self) -> NoReturn:
            """Raise AttributeError: what was begun there would be thrown away."""
            raise AttributeError(
                f"the offline run {self.id} has no experiment; begin a run of one with runpages.start(), "
                "or Experiment(Workspace(), name).start_logging()",
                name="experiment",
                obj=None,  # Python would propose what is ours alone.
            )

    @classmethod
    def _begin(cls, experiment: Experiment, **how: Any) -> Run:
        run = super()._begin(experiment, **how)
        parent = how.get("parent")
        if parent is not None:
            sys.stderr.write(f"runpages: {run.id} is a child of {parent.id}, and is thrown away with it.\n")
        return run

    def submit_child(self, config: Any, tags: Any = None, **_: Any) -> NoReturn:
        """Raise UserError: the script might go on for longer than the folder of its run."""
        raise UserError(
            f"the offline run {self.id} is thrown away with this process, and takes no script; begin a run with "
            "runpages.start(), or submit the script to an experiment"
        )


def of(workspace: str, type: str | None) -> type[Run]:
    """The class of a run in a workspace, of a type."""
    if os.path.basename(workspace).startswith(PREFIX):
        return _OfflineRun
    return ScriptRun if type == KIND else Run


_offline: list[Run] = []
_NAME = "offline"


def offline(*, allowed: bool) -> Run:
    """The offline run of this process; a line on stderr says that it is thrown away.

    Raises RunEnvironmentError where none is allowed.
    """
    if not allowed:
        raise RunEnvironmentError(
            "no run goes on in this process; begin one with runpages.start(), or give a worker its run: "
            "pass it as an argument, or its folder for runpages.resume(folder)"
        )
    if not _offline or _offline[0].status in status.TERMINAL:
        _offline[:] = [_begin()]
    return _offline[0]


def _begin() -> Run:
    import shutil
    import tempfile
    import uuid

    from .experiment import Experiment
    from .workspace import Workspace

    _sweep(tempfile.gettempdir())
    root = tempfile.mkdtemp(prefix=PREFIX)
    run = _OfflineRun._begin(Experiment(Workspace(root=root), _NAME), run_id=f"OfflineRun_{uuid.uuid4()}")
    _lifecycle.at_last(lambda: shutil.rmtree(root, ignore_errors=True))
    sys.stderr.write(
        f"runpages: no run goes on, so {run.id} takes what is logged and is thrown away with this process. "
        "Begin a run with runpages.start() to keep it. A worker logs to the run that is passed to it, or to "
        "runpages.resume(folder).\n"
    )
    return run


def _sweep(place: str) -> None:
    """Remove what processes left behind that were killed, or left by ``os._exit``."""
    import shutil
    from glob import escape, glob

    from .format.read import read_document

    for path in glob(os.path.join(escape(place), f"{PREFIX}*", _NAME, "*", "run.json")):
        owner = read_document(path, []).get("owner")
        if isinstance(owner, dict) and status.is_local(owner) and not status.is_there(owner):
            shutil.rmtree(os.path.dirname(os.path.dirname(os.path.dirname(path))), ignore_errors=True)
