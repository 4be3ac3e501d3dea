"""A run that takes every call and is thrown away with the process, for scripts that are run by themselves."""

from __future__ import annotations

import os
import sys

from .format.status import TERMINAL
from .run import Run

_offline: list[Run] = []


def offline() -> Run:
    """The offline run of this process; that it is thrown away is told when it begins."""
    if not _offline or _offline[0].status in TERMINAL:
        _offline[:] = [_begin()]
    return _offline[0]


def _begin() -> Run:
    import atexit
    import shutil
    import tempfile
    import uuid

    from .experiment import Experiment
    from .workspace import Workspace

    root, process = tempfile.mkdtemp(prefix="runpages-offline-"), os.getpid()

    def throw_away() -> None:
        if os.getpid() == process:
            shutil.rmtree(root, ignore_errors=True)

    # The last to be registered is the first to be called, and the run has to end before its folder goes.
    atexit.register(throw_away)
    run = Run._begin(Experiment(Workspace(root=root), "offline"), run_id=f"OfflineRun_{uuid.uuid4()}")
    sys.stderr.write(
        f"runpages: no run goes on, so {run.id} takes what is logged and is thrown away with this process. "
        "Begin a run with runpages.start() to keep it.\n"
    )
    return run
