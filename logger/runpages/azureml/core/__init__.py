"""The names of ``azureml.core`` that mean something on folders."""

from __future__ import annotations

from ...experiment import Experiment
from ...jobs.config import RunConfiguration, ScriptRunConfig
from ...jobs.environment import Environment
from ...kinds import ScriptRun
from ...model import Model
from ...run import Run
from ...workspace import Workspace
from .. import absent
from . import compute_target  # noqa: F401 — else its name is refused as that of a class is.
from .run import get_run

TYPE_CHECKING = False

__all__ = [
    "Environment",
    "Experiment",
    "Model",
    "Run",
    "RunConfiguration",
    "ScriptRun",
    "ScriptRunConfig",
    "Workspace",
    "get_run",
]

if TYPE_CHECKING:
    VERSION: str
    __version__: str
else:

    def __getattr__(name: str) -> str:
        """The version, which takes a while to look up; all else is refused."""
        if name not in ("VERSION", "__version__"):
            absent.refuse(__name__, name)
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("runpages")
        except PackageNotFoundError:  # It is used from a folder on the path.
            return "unknown"
