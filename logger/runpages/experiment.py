"""An experiment: a named group of runs."""

from __future__ import annotations

import os
import time

from .format import layout
from .format.document import encode
from .format.errors import ConflictError, UserError
from .format.write import create
from .workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import Any

    from .run import Run

LONGEST = 255


class Experiment:
    """A named group of runs in a workspace; it comes into being with its first run.

    ``workspace_object`` is another word for ``workspace``; without either the default workspace is meant. Raises
    UserError for a name that is empty or longer than 255 characters.
    """

    def __init__(
        self,
        workspace: Workspace | None = None,
        name: str | None = None,
        *,
        workspace_object: Workspace | None = None,
    ) -> None:
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST:
            raise UserError(f"an experiment needs a name of 1 to {LONGEST} characters, and this is {name!r}")
        workspace = workspace or workspace_object or Workspace()
        if not isinstance(workspace, Workspace):
            raise UserError(f"experiment {name!r}: the workspace is a {type(workspace).__qualname__}; give a Workspace")
        self.workspace = workspace
        self.name = name
        self.folder = workspace.experiment_folder(name)

    def start_logging(
        self,
        outputs: bool | str | Sequence[str] | None = None,
        *,
        name: str | None = None,
        display_name: str | None = None,
        params: dict[str, Any] | None = None,
        tags: dict[str, Any] | None = None,
        description: str | None = None,
        capture: bool | Collection[str] = True,
    ) -> Run:
        """Start a run in this process; it goes on until ``complete()``, ``fail()``, ``cancel()`` or the process ends.

        ``outputs``: folders whose new and changed files are collected at the end; ``./outputs`` by default, created
        if it is not there; False for none. ``capture`` is what ``runpages.start`` takes.
        """
        from .run import Run

        return Run._begin(
            self,
            name=name or display_name,
            params=params,
            tags=tags,
            description=description,
            outputs=outputs,
            make_outputs=True,
            capture=capture,
        )

    def _create(self) -> None:
        """Make the folder, with what it is called; an experiment that is there stays as it is."""
        document = {"format": 1, "name": self.name, "created": layout.iso_time(time.time())}
        path = os.path.join(self.folder, layout.EXPERIMENT)
        if not os.path.exists(path):
            try:
                create(path, encode(document))
            except ConflictError:
                pass  # Another process was first.

    def __repr__(self) -> str:
        return f"Experiment(Name: {self.name},\nWorkspace: {self.workspace.name})"
