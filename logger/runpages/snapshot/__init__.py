"""Keeps the source code of a run as a zip in its folder, and gives it back."""

from __future__ import annotations

import os

from .. import coerce, metadata, query
from .._lifecycle import level_of_the_script
from ..artifact_store import copy_once
from ..format import layout
from ..format.errors import ConflictError, SnapshotError, StorageError
from ..format.write import claim, forget, refused, temporary_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._state import RunState
    from .files import Sources

PROPERTY = "ContentSnapshotId"
"""The property of a run with the id of its snapshot."""


def _modules() -> tuple[Any, Any]:
    """The modules that choose and pack the files, loaded with the first snapshot: they need ``zipfile`` and others."""
    from . import files, pack

    return files, pack


def sources(folder: str | os.PathLike[str], workspace: str) -> Sources:
    """The files of a folder that a snapshot takes; raises SnapshotError where there are too many."""
    code: Sources = _modules()[0].sources(folder, workspace=workspace)
    return code


def take(state: RunState, source: str | os.PathLike[str], workspace: str) -> str:
    """Keep a folder or a file as the snapshot of a run; returns its id."""
    source = coerce.path(source, "the folder or file of a snapshot")
    state.refresh()
    if os.path.lexists(_zip(state)) or PROPERTY in metadata.properties(state.document):
        raise _taken(state)
    if _modules()[0].is_inside(source, os.path.realpath(state.folder)):
        raise SnapshotError(f"{source} is part of the run itself; give the folder of its code")
    return store(state, sources(source, workspace))


def identity(state: RunState) -> str | None:
    """The id of the snapshot of a run; None where it has none."""
    state.refresh()
    known = metadata.properties(state.document).get(PROPERTY)
    if known is None and os.path.lexists(_zip(state)):
        return str(_modules()[1].identity(_zip(state)))
    return known


def restore(state: RunState, wanted: str | None, path: str | os.PathLike[str] | None, workspace: str) -> str:
    """Copy the snapshot of the run, or of the one in the workspace that has this id; returns the path of the zip."""
    own = identity(state)
    wanted = own if wanted is None else coerce.text(wanted, "snapshot_id=")
    if wanted is None:
        raise SnapshotError(f"run {state.document['id']} has no snapshot; take_snapshot() takes one")
    source = _zip(state) if wanted == own else _find(workspace, wanted)
    if not os.path.isfile(source):
        raise SnapshotError(f"the file {source} of the snapshot {wanted} no longer exists")
    if path is None:
        import tempfile

        path = tempfile.mkdtemp(prefix="runpages-snapshot-")
    path = coerce.path(path, "path=")
    # A run from elsewhere may call its snapshot what it will; the copy stays in the folder.
    target = os.path.join(path, layout.file_name(wanted) + ".zip")
    copy_once(source, target)
    return target


def store(state: RunState, code: Sources) -> str:
    """Write the files as the snapshot of the run; returns its id."""
    path = _zip(state)
    side = temporary_name(state.folder)
    try:
        with open(side, "xb") as target:
            written = _modules()[1].write(target, code.files)
        claim(side, path)
    except ConflictError:
        raise _taken(state) from None
    except OSError as error:
        raise error if isinstance(error, StorageError) else refused(error, path) from error
    finally:
        forget(side)
    try:
        metadata.add_properties(state, {PROPERTY: written.id})
    except BaseException:
        forget(path)
        raise
    _warn_left_out(code, written.unreadable)
    return str(written.id)


def _zip(state: RunState) -> str:
    return os.path.join(state.folder, layout.SNAPSHOT)


def _taken(state: RunState) -> SnapshotError:
    return SnapshotError(
        f"run {state.document['id']} already has a snapshot, and runpages never replaces what is written"
    )


def _warn_left_out(sources: Sources, unreadable: list[str]) -> None:
    """Warn once of all that was left out though nothing said so."""
    import warnings

    if sources.secrets:
        names = ", ".join(sources.secrets)
        text = f"left out of the snapshot, because the names suggest secrets: {names}"
        warnings.warn(text, RuntimeWarning, stacklevel=level_of_the_script())
    if strays := [*sources.strays, *unreadable]:
        warnings.warn(
            f"left out of the snapshot: {', '.join(strays)}", RuntimeWarning, stacklevel=level_of_the_script()
        )


def _find(workspace: str, snapshot_id: str) -> str:
    """The zip of the first run of a workspace whose snapshot has this id."""
    for experiment in query.experiments(workspace):
        for head in query.heads(os.path.join(workspace, experiment)):
            if head.properties.get(PROPERTY) == snapshot_id:
                return os.path.join(head.folder, layout.SNAPSHOT)
    raise SnapshotError(f"no run of the workspace {workspace} has a snapshot {snapshot_id!r}")
