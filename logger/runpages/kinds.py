"""Defines the classes of runs that a script may test a run for."""

from __future__ import annotations

import os
import sys

from ._state import SCRIPT
from .format.errors import UserError
from .offline import PREFIX
from .run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from .experiment import Experiment


class ScriptRun(Run):
    """A run whose script was submitted."""


class _OfflineRun(Run):
    """A run that is thrown away with its process, and its children with it; it has no ``experiment``."""

    if not TYPE_CHECKING:

        @property
        def experiment(self) -> NoReturn:
            """Raise AttributeError: what was begun there would be thrown away."""
            raise AttributeError(
                f"the offline run {self.id} has no experiment; start a run with runpages.start(), "
                "or Experiment(Workspace(), name).start_logging()",
                name="experiment",
                obj=None,  # Python would propose what is ours alone.
            )

    @classmethod
    def _begin(cls, experiment: Experiment, **how: Any) -> Run:
        run = super()._begin(experiment, **how)
        parent = how.get("parent")
        if parent is not None:
            sys.stderr.write(f"runpages: {run.id} is a child of {parent.id} and is discarded with it.\n")
        return run

    def submit_child(self, config: Any, tags: Any = None, **_: Any) -> NoReturn:
        """Raise UserError: the script might go on for longer than the folder of its run."""
        raise UserError(
            f"the offline run {self.id} is discarded with this process and takes no script; start a run with "
            "runpages.start(), or submit the script to an experiment"
        )


def class_of(workspace: str, type: str | None) -> type[Run]:
    """The class of a run in a workspace, of a type."""
    if os.path.basename(workspace).startswith(PREFIX):
        return _OfflineRun
    return ScriptRun if type == SCRIPT else Run
