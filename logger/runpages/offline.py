"""Begins the offline run: it takes what is logged where no run goes on, and is thrown away with its process."""

from __future__ import annotations

import os
import sys

from . import _classes, _lifecycle, query
from .format import status
from .format.errors import RunEnvironmentError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .run import Run

PREFIX = "runpages-offline-"
"""How the name of a folder begins in which an offline run lies."""

_offline: list[Run] = []
_NAME = "offline"


def offline(*, allowed: bool) -> Run:
    """The offline run of this process; a line on stderr says that it is thrown away.

    Raises RunEnvironmentError where none is allowed.
    """
    if not allowed:
        raise RunEnvironmentError(
            "no run is active in this process; start one with runpages.start(), or pass a worker its run, or the run's "
            "folder for runpages.resume(folder)"
        )
    if not _offline or _offline[0].status in status.TERMINAL:
        _offline[:] = [_begin()]
    return _offline[0]


def _begin() -> Run:
    import shutil
    import tempfile
    import uuid

    _sweep(tempfile.gettempdir())
    root = tempfile.mkdtemp(prefix=PREFIX)
    experiment = _classes.experiment(_classes.workspace(root=root), _NAME)
    run = experiment._class_of(None)._begin(experiment, run_id=f"OfflineRun_{uuid.uuid4()}")
    _lifecycle.at_last(lambda: shutil.rmtree(root, ignore_errors=True))
    sys.stderr.write(
        f"runpages: no run is active, so {run.id} collects what is logged and is discarded with this process. "
        "Start a run with runpages.start() to keep it. Workers log to the run passed to them, or to "
        "runpages.resume(folder).\n"
    )
    return run


def _sweep(parent: str) -> None:
    """Remove what processes left behind that were killed, or left by ``os._exit``."""
    import shutil
    from glob import escape, glob

    for path in glob(os.path.join(escape(parent), f"{PREFIX}*", _NAME, "*", "run.json")):
        owner = query.document(path).get("owner")
        if isinstance(owner, dict) and status.is_local(owner) and not status.is_there(owner):
            shutil.rmtree(os.path.dirname(os.path.dirname(os.path.dirname(path))), ignore_errors=True)
