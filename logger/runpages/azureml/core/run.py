"""The run."""

from __future__ import annotations

from ...kinds import ScriptRun, _OfflineRun
from ...run import Run
from .. import absent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...experiment import Experiment

__all__ = ["Run", "ScriptRun", "_OfflineRun", "get_run"]


def get_run(experiment: Experiment, run_id: str, *_: Any, **__: Any) -> Run:
    """A run of an experiment by its id, of the class that it is of; raises UserError where there is none."""
    return experiment._run_in(Run(experiment, run_id).folder)


if not TYPE_CHECKING:
    __getattr__ = absent.refusing(__name__)
