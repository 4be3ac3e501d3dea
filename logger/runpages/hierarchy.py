"""Parents and children of a run."""

from __future__ import annotations

import os

from . import query
from ._state import Record
from .format import status
from .format.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from .experiment import Experiment
    from .run import Run
    from .workspace import Workspace

DEFAULT = "default"
"""The experiment of a run that is started without a word of it."""


def home(workspace: Workspace, name: str | None) -> tuple[Experiment, Run | None]:
    """Where a run belongs that a process starts: its experiment, and its parent.

    The parent is the run that the process was started for. Children lie beside it, so a run of another workspace or
    experiment has none.
    """
    from .experiment import Experiment
    from .guest import of_environment

    given = Experiment(workspace, DEFAULT if name is None else name)
    parent = of_environment()
    if parent is None or not query.folder_of(parent._experiment.folder, parent.id):  # Its folder may be gone.
        return given, None
    if not _same(parent._experiment.workspace.root, workspace.root):
        return given, None
    if name is not None and not _same(parent._experiment.folder, given.folder):
        return given, None
    return parent._experiment, parent


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


class Relations(Record):
    """The experiment, the parent and the children of a run."""

    @property
    def experiment(self) -> Experiment:
        """The experiment that it belongs to; an offline run has none, and raises AttributeError."""
        return self._experiment

    @property
    def parent(self) -> Run | None:
        """The run that made this one; None at the top, and where the parent's folder is gone."""
        above = self._document["parent"]
        folder = query.folder_of(self._experiment.folder, above) if above else None
        return self._experiment._run_in(folder) if folder else None

    def child_run(
        self, name: str | None = None, run_id: str | None = None, outputs: bool | str | Sequence[str] = False
    ) -> Run:
        """Begin a child of this run in this process, best in a ``with`` statement.

        It lies beside its parent and collects no outputs unless ``outputs`` names folders. Raises ConflictError where
        a run has the id.
        """
        kind = self._kind_of_children()
        return kind._begin(self._experiment, name=name, run_id=run_id, outputs=outputs, parent=self._run)

    def create_children(
        self, count: int | None = None, tag_key: str | None = None, tag_values: Sequence[Any] | None = None
    ) -> Sequence[Run]:
        """Make children that begin with ``start()`` or a ``with`` block, here or in another process.

        Either ``count``, and each has its number as the tag ``azureml.batch_child_number``, or ``tag_key`` with
        ``tag_values``, one child for each. Raises UserError for both or neither.
        """
        by_tag = tag_key is not None and tag_values is not None
        if (count is not None) == by_tag or (tag_key is None) != (tag_values is None):
            raise UserError("create_children takes count=, or tag_key= and tag_values=")
        run, kind = self._run, self._kind_of_children()
        key, values = (tag_key, list(tag_values or ())) if by_tag else ("azureml.batch_child_number", range(count or 0))
        return [
            kind._begin(self._experiment, tags={str(key): text}, parent=run, word=status.NOT_STARTED) for text in values
        ]

    def _kind_of_children(self) -> type[Run]:
        from .kinds import of

        return of(self._experiment.workspace.root, None)

    def get_children(
        self,
        recursive: bool = False,
        tags: Any = None,
        properties: Any = None,
        type: str | None = None,
        status: str | None = None,
    ) -> Iterator[Run]:
        """The children of this run in the order of their numbers, with the filters of ``Experiment.get_runs``."""
        from .run import Run

        found = query.descendants(query.heads(self._experiment.folder), self._run.id, recursive=recursive)
        passing = query.passing(found, type=type, tags=tags, properties=properties, status=status)
        return (Run._known(self._experiment, head) for head in passing)
