"""The snapshot of a run: the source code that ran, as a zip in its folder."""

from __future__ import annotations

import os

from ..format import layout
from ..format.errors import ConflictError, SnapshotError, StorageError
from ..format.write import beside, claim, forget, refused
from ..metadata import Labels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .files import Sources

PROPERTY = "ContentSnapshotId"
"""The property of a run that tells the id of its snapshot."""


class Snapshots(Labels):
    """The calls of a run that keep the code which ran, and give it back."""

    def take_snapshot(self, file_or_folder_path: str | os.PathLike[str] = ".") -> str:
        """Keep a folder, or one file, as the snapshot of the run; returns its id, which tells its content.

        Left out is what ``.amlignore`` in the folder says, else ``.gitignore``, both as git reads them; and always
        version control, virtual environments, caches, the runs of the workspace, built sites, and, which is told,
        files that hold secrets by their names, links that leave the folder and what cannot be read. Raises
        SnapshotError for a second snapshot, and for more than 2000 files or 300 MB, unless the environment variables
        ``RUNPAGES_SNAPSHOT_FILES`` and ``RUNPAGES_SNAPSHOT_MB`` allow them. Nothing is written then.
        """
        from ..format.files import is_inside
        from .files import sources

        self._check_no_snapshot()
        if is_inside(os.fspath(file_or_folder_path), os.path.realpath(self.folder)):
            raise SnapshotError(f"{os.fspath(file_or_folder_path)} is a part of the run itself; give the code it ran")
        return self._keep(sources(file_or_folder_path, workspace=self._experiment.workspace.root))

    def get_snapshot_id(self) -> str | None:
        """The id of the snapshot: the same for the same files; None for a run without one."""
        known = self.get_properties().get(PROPERTY)
        if known is None and os.path.lexists(self._zip()):
            from .pack import identity

            return identity(self._zip())
        return known

    def restore_snapshot(self, snapshot_id: str | None = None, path: str | os.PathLike[str] | None = None) -> str:
        """Copy the snapshot of this run, or of the one in the workspace that has this id; returns the path of the zip.

        It is ``<path>/<id>.zip``, by default in a new temporary folder. A file that is there stays: with the same
        bytes it is taken for the copy, and otherwise ConflictError is raised. Raises SnapshotError where there is no
        such snapshot.
        """
        own = self.get_snapshot_id()
        wanted = own if snapshot_id is None else snapshot_id
        if wanted is None:
            raise SnapshotError(f"run {self._document['id']} has no snapshot; take_snapshot() takes one")
        source = self._zip() if wanted == own else _find(self._experiment.workspace.root, wanted)
        if not os.path.isfile(source):
            raise SnapshotError(f"the file {source} of the snapshot {wanted} is gone")
        if path is None:
            import tempfile

            path = tempfile.mkdtemp(prefix="runpages-snapshot-")
        # A run from elsewhere may call its snapshot what it will; the copy stays in the folder.
        target = os.path.join(path, layout.file_name(wanted) + ".zip")
        from ..artifact_store import copy_once

        copy_once(source, target)
        return target

    def _zip(self) -> str:
        return os.path.join(self.folder, layout.SNAPSHOT)

    def _taken(self) -> SnapshotError:
        return SnapshotError(f"run {self._document['id']} has a snapshot already, and nothing written is ever replaced")

    def _check_no_snapshot(self) -> None:
        if os.path.lexists(self._zip()) or PROPERTY in self.get_properties():
            raise self._taken()

    def _keep(self, found: Sources) -> str:
        """Write what was found as the snapshot of the run."""
        from . import pack

        place = self._zip()
        side = beside(self.folder)
        try:
            with open(side, "xb") as target:
                written = pack.write(target, found.files)
            claim(side, place)
        except ConflictError:
            raise self._taken() from None
        except OSError as error:
            raise error if isinstance(error, StorageError) else refused(error, place) from error
        finally:
            forget(side)
        try:
            self.add_properties({PROPERTY: written.id})
        except BaseException:
            forget(place)
            raise
        _tell(found, written.unreadable)
        return written.id


def _tell(found: Sources, unreadable: list[str]) -> None:
    """Warn once of all that was left out though nothing said so."""
    import warnings

    if found.secrets:
        names = ", ".join(found.secrets)
        text = f"left out of the snapshot, since their names say that they hold secrets: {names}"
        warnings.warn(text, RuntimeWarning, stacklevel=4)
    if strays := [*found.strays, *unreadable]:
        warnings.warn(f"left out of the snapshot: {', '.join(strays)}", RuntimeWarning, stacklevel=4)


def _find(workspace: str, snapshot_id: str) -> str:
    """The zip of the first run of a workspace whose snapshot has this id."""
    from ..format.discovery import find
    from ..query import heads

    for experiment in find(workspace).experiments:
        for head in heads(os.path.join(workspace, experiment)):
            if head.properties.get(PROPERTY) == snapshot_id:
                return os.path.join(head.folder, layout.SNAPSHOT)
    raise SnapshotError(f"no run of the workspace {workspace} has a snapshot {snapshot_id!r}")
