"""Finds the parent and the children of a run, and begins children."""

from __future__ import annotations

import os

from . import _classes, guest, query
from .format import status
from .format.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .experiment import Experiment
    from .run import Run
    from .workspace import Workspace

DEFAULT = "default"
"""The name of the experiment where ``start`` is given none."""


def home(workspace: Workspace, name: str | None) -> tuple[Experiment, Run | None]:
    """Where a run belongs that a process starts: its experiment, and its parent.

    The parent is the run that the process was started for. Children lie beside it, so a run of another workspace or
    experiment has none.
    """
    given = _classes.experiment(workspace, DEFAULT if name is None else name)
    parent = guest.of_environment()
    if parent is None or not query.folder_of(parent._experiment.folder, parent.id):  # Its folder may be gone.
        return given, None
    if not _same(parent._experiment.workspace.root, workspace.root):
        return given, None
    if name is not None and not _same(parent._experiment.folder, given.folder):
        return given, None
    return parent._experiment, parent


def _same(path: str, other: str) -> bool:
    return os.path.realpath(path) == os.path.realpath(other)


def parent(run: Run) -> Run | None:
    """The run that made this one; None at the top, and where its folder is gone."""
    above = run._state.document["parent"]
    folder = query.folder_of(run._experiment.folder, above) if above else None
    return run._experiment._run_in(folder) if folder else None


def child(run: Run, name: str | None, run_id: str | None, outputs: bool | str | Sequence[str]) -> Run:
    """Begin a child of a run in this process."""
    kind = run._experiment._class_of(None)
    return kind._begin(run._experiment, name=name, run_id=run_id, outputs=outputs, parent=run)


def make_children(run: Run, count: int | None, tag_key: str | None, tag_values: Sequence[Any] | None) -> Sequence[Run]:
    """Make children that are not started: ``count``, or one for each value of a tag."""
    by_tag = tag_key is not None and tag_values is not None
    if (count is not None) == by_tag or (tag_key is None) != (tag_values is None):
        raise UserError("create_children needs count=, or tag_key= and tag_values=")
    kind = run._experiment._class_of(None)
    key, values = (tag_key, list(tag_values or ())) if by_tag else ("azureml.batch_child_number", range(count or 0))
    return [kind._begin(run._experiment, tags={str(key): text}, parent=run, word=status.NOT_STARTED) for text in values]
