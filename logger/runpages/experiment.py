"""An experiment: a named group of runs."""

from __future__ import annotations

import os
import time

from . import _classes, addresses, kinds, query, snapshot
from ._state import settled
from .capture.background import begin, chosen
from .coerce import path, quoted
from .format import layout
from .format.document import encode, text
from .format.errors import ConflictError, SnapshotError, StorageError, UserError
from .format.write import create, forget_folder, replace
from .metadata import one_tag, removed, tagged
from .workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from typing import Any

    from .format.records import RunRecord
    from .jobs.config import ScriptRunConfig
    from .run import Run
    from .snapshot.files import Sources

LONGEST = 255
VIEWS = ("ActiveOnly", "ArchivedOnly", "All")


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
            raise UserError(f"experiment name must have 1 to {LONGEST} characters, not {quoted(name)}")
        given = workspace_object if workspace is None else workspace
        workspace = Workspace() if given is None else _classes.checked_workspace(given)
        self.workspace = workspace
        self.name = name
        self.folder = workspace.experiment_folder(name)

    @classmethod
    def _at(cls, workspace: Workspace, folder: str) -> Experiment:
        """The experiment of a folder, whatever made it."""
        experiment = cls(workspace, query.experiment(folder).name[:LONGEST])
        experiment.folder = folder
        return experiment

    @classmethod
    def _of_run(cls, folder: str, workspace: Workspace | None = None) -> Run:
        """The run in a folder, with the experiment and the workspace that it lies in."""
        above = os.path.dirname(os.path.abspath(folder))
        workspace = workspace or Workspace(root=os.path.dirname(above))
        return cls._at(workspace, above)._run_in(os.path.abspath(folder))

    def _run_in(self, folder: str) -> Run:
        """The run in a folder of this experiment."""
        return self._from_head(query.head(folder))

    def _from_head(self, head: RunRecord) -> Run:
        """A run of this experiment that was read already, of the class that it is of."""
        kind = self._class_of(head.type)
        run = kind.__new__(kind)
        run._take(self, head.folder, settled(head), owner=False)
        return run

    def _class_of(self, type: str | None) -> type[Run]:
        """The class of a run of this experiment, of a type."""
        return kinds.class_of(self.workspace.root, type)

    # --- runs ---

    def start_logging(
        self,
        outputs: bool | str | Sequence[str] | None = None,
        snapshot_directory: str | os.PathLike[str] | None = None,
        display_name: str | None = None,
        *,
        name: str | None = None,
        params: Any = None,
        tags: Any = None,
        description: str | None = None,
        capture: bool | Collection[str] = True,
        console: bool = False,
        system: bool | float = False,
    ) -> Run:
        """Start a run in this process; it runs until ``complete()``, ``fail()``, ``cancel()`` or the process ends.

        ``outputs``: folders whose new and changed files are collected at the end; ``./outputs`` by default, created
        if it is not there; False for none. ``snapshot_directory``: the folder that is kept as ``take_snapshot`` keeps
        it, none by default; where it cannot be, SnapshotError is raised and no run begins. ``capture``, ``console``
        and ``system`` are what ``runpages.start`` takes.
        """
        code = None if snapshot_directory is None else self._sources(snapshot_directory)
        beside = chosen(console=console, system=system)
        run = self._class_of(None)._begin(
            self,
            name=display_name if name is None else name,
            params=params,
            tags=tags,
            description=description,
            outputs=outputs,
            make_outputs=True,
            capture=capture,
        )
        if code is not None:
            try:
                snapshot.store(run._state, code)
            except BaseException as error:
                run.__exit__(type(error), error, error.__traceback__)
                raise
        return begin(run, beside)

    def _sources(self, folder: str | os.PathLike[str]) -> Sources:
        try:
            return snapshot.sources(folder, self.workspace.root)
        except SnapshotError as error:
            raise SnapshotError(f"{error}; or take no snapshot: snapshot_directory=None") from None

    def submit(self, config: ScriptRunConfig, tags: Any = None, **_: Any) -> Run:
        """Run the script of a ``ScriptRunConfig`` in the background; returns its run at once.

        The folder, less what is ignored, is copied, and the script runs in the copy; its output becomes a log, and
        what it leaves in ``outputs`` and ``logs`` becomes part of the run. It keeps running when this process ends.
        Raises ExecutionError if the script or its interpreter is missing; then there is no run.
        """
        from .jobs.submit import submit

        return submit(self, config, tags)

    def get_runs(
        self,
        type: str | None = None,
        tags: Any = None,
        properties: Any = None,
        include_children: bool = False,
        *,
        status: str | None = None,
    ) -> Iterator[Run]:
        """The runs, the newest start first; children only with ``include_children``.

        ``tags`` and ``properties`` take a key that a run has to have, or a dictionary of which every pair has to
        match. Raises ValueError for another type of filter.
        """
        heads = [head for head in query.heads(self.folder) if include_children or head.parent is None]
        passing = query.passing(heads, type=type, tags=tags, properties=properties, status=status)
        return (self._from_head(head) for head in passing)

    # --- what it is ---

    @property
    def id(self) -> str:
        """The name of its folder."""
        return os.path.basename(self.folder)

    @property
    def workspace_object(self) -> Workspace:
        """The same as ``workspace``, by its old name."""
        return self.workspace

    @property
    def tags(self) -> dict[str, str | None]:
        """The tags."""
        return query.experiment(self.folder).tags

    @property
    def archived_time(self) -> str | None:
        """Since when it is out of sight, as ISO 8601 in UTC; None while it is not."""
        return text(self._document().get("archived"))

    def tag(self, key: str, value: Any = None) -> None:
        """Set a tag: a key with an optional text."""
        self.set_tags(one_tag(key, value))

    def set_tags(self, tags: Any) -> None:
        """Set several tags; the others stay."""
        self._change(tags={**self.tags, **tagged(tags)})

    def remove_tags(self, tags: Iterable[str]) -> None:
        """Remove the tags with these keys."""
        keys = removed(tags)
        self._change(tags={key: text for key, text in self.tags.items() if key not in keys})

    def archive(self) -> None:
        """Take it out of sight; its runs stay as they are."""
        self._change(archived=layout.iso_time(time.time()))

    def reactivate(self, new_name: str | None = None) -> None:
        """Bring it back into sight; raises UserError for another name.

        Its runs are written by their own processes and name the experiment, as their published addresses do.
        """
        if new_name is not None and quoted(new_name) != repr(self.name):
            raise UserError(
                f"experiment {self.name!r} keeps its name, which its runs and their page addresses contain; "
                f"call reactivate() without a name, and log new runs to Experiment(workspace, {quoted(new_name)})"
            )
        self._change(archived=None)

    @staticmethod
    def delete(workspace: Workspace, experiment_id: str) -> None:
        """Remove an experiment that has no runs, by its ``id``; raises ConflictError for one that has."""
        root = _classes.checked_workspace(workspace).root
        folder = os.path.join(root, os.path.basename(path(experiment_id, "experiment_id=")))
        if not os.path.isfile(os.path.join(folder, layout.EXPERIMENT)):
            raise UserError(f"{root} has no experiment {experiment_id!r}")
        left = [name for name in sorted(os.listdir(folder)) if name not in (layout.EXPERIMENT, layout.STATE)]
        if left:
            raise ConflictError(f"experiment {experiment_id!r} still contains {left[0]}; nothing was removed")
        from shutil import rmtree

        rmtree(folder)  # It holds its document and the counter of its runs, and nothing else.

    def refresh(self) -> None:
        """Do nothing: tags and other facts are looked up when they are asked for."""

    def get_portal_url(self) -> str:
        """The address of its page in the built site, or of where it will be."""
        return addresses.of_experiment(self.workspace.root, self.folder)

    def __repr__(self) -> str:
        return f"Experiment(Name: {self.name},\nWorkspace: {self.workspace.name})"

    def _repr_html_(self) -> str:
        page = ("Link to the page", self.get_portal_url())
        return addresses.table(
            self.workspace.root, Name=self.name, Workspace=self.workspace.name, **{"Report Page": page}
        )

    # --- its document ---

    def _create(self) -> None:
        """Make the folder, with what it is called; an experiment that is there stays as it is."""
        self.workspace._say_where()
        document = {"format": 1, "name": self.name, "created": layout.iso_time(time.time())}
        path = os.path.join(self.folder, layout.EXPERIMENT)
        if not os.path.exists(path):
            try:
                create(path, encode(document))
            except ConflictError:
                pass  # Another process was first.
            except StorageError:
                forget_folder(self.folder)
                raise

    def _document(self) -> dict[str, Any]:
        return query.document(os.path.join(self.folder, layout.EXPERIMENT))

    def _change(self, **change: Any) -> None:
        self._create()
        replace(os.path.join(self.folder, layout.EXPERIMENT), encode({**self._document(), **change}))

    # Last, since within the class the name would hide the built-in one.
    @staticmethod
    def list(
        workspace: Workspace, experiment_name: str | None = None, view_type: str = "ActiveOnly", tags: Any = None
    ) -> Sequence[Experiment]:
        """The experiments of a workspace by name; ``view_type`` is ``ActiveOnly``, ``ArchivedOnly`` or ``All``.

        ``tags`` takes a key or a dictionary, as ``get_runs`` does.
        """
        if not isinstance(view_type, str) or view_type not in VIEWS:  # type: ignore[redundant-expr]
            raise UserError(f"view_type= must be one of {', '.join(VIEWS)}, not {quoted(view_type)}")
        query.check_filter("tags", tags)
        root = _classes.checked_workspace(workspace).root
        found = [Experiment._at(workspace, os.path.join(root, name)) for name in query.experiments(root)]
        return [
            one
            for one in sorted(found, key=lambda one: one.name)
            if experiment_name in (None, one.name)
            and view_type in ("All", "ArchivedOnly" if one.archived_time else "ActiveOnly")
            and query.has(one.tags, tags)
        ]


_classes.experiment = Experiment
