"""A workspace: the folder that holds experiments and their runs."""

from __future__ import annotations

import os

from .format import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .experiment import Experiment

VARIABLE = "RUNPAGES_WORKSPACE"
DEFAULT = "runs"


class Workspace:
    """A folder of experiments.

    Which one: ``root``, else the environment variable ``RUNPAGES_WORKSPACE``, else ``./runs``. The names of a cloud
    workspace are accepted and kept as labels; they are no paths. Nothing is created before the first run.
    """

    def __init__(
        self,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        workspace_name: str | None = None,
        *,
        root: str | os.PathLike[str] | None = None,
    ) -> None:
        self.root = os.path.abspath(os.fspath(root) if root is not None else os.environ.get(VARIABLE) or DEFAULT)
        self.subscription_id = subscription_id
        self.resource_group = resource_group
        self.name = workspace_name or os.path.basename(self.root)

    @property
    def experiments(self) -> dict[str, Experiment]:
        """The experiments of the workspace, by name."""
        from .experiment import Experiment
        from .format.find import find
        from .format.read import read_experiment

        found = [read_experiment(os.path.join(self.root, folder)).name for folder in find(self.root).experiments]
        return {name: Experiment(self, name) for name in found}

    def experiment_folder(self, name: str) -> str:
        """The folder of an experiment of that name."""
        folder = layout.file_name(name)
        if folder == layout.REPORTS:
            folder = f"~{ord(folder[0]):02x}{folder[1:]}"  # Prose lies in the folder of that name.
        return os.path.join(self.root, folder)

    def __repr__(self) -> str:
        return f"Workspace(name={self.name!r}, root={self.root!r})"
