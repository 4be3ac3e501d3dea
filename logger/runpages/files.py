"""Keeps files in a run, and copies them out again."""

from __future__ import annotations

import os

from . import artifact_store
from ._lifecycle import level_of_the_script, warn
from .capture.folder import files, judged
from .format import layout
from .format.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ._state import RunState


class Uploaded:
    """What was kept: the names with their paths in the run."""

    def __init__(self, artifacts: dict[str, str]) -> None:
        self.artifacts = artifacts

    def serialize(self) -> dict[str, dict[str, str]]:
        """The same as plain values."""
        return {"artifacts": self.artifacts}

    def __repr__(self) -> str:
        return f"Uploaded({self.artifacts!r})"


def upload(state: RunState, name: str, source: Any) -> Uploaded:
    """Keep a file or a stream under a name."""
    state.artifacts.add(name, source)
    return Uploaded({name: artifact_store.place_of(name)})


def upload_all(state: RunState, names: Sequence[str], paths: Sequence[Any]) -> dict[str, str]:
    """Keep several files; returns their names with their paths in the run."""
    if len(names) != len(paths):
        raise TypeError(f"upload_files takes as many names as paths, not {len(names)} names and {len(paths)} paths")
    kept: dict[str, str] = {}
    for name, path in zip(names, paths, strict=True):
        if name in kept:
            import warnings

            text = f"{path} was not uploaded: {name} is listed twice"
            warnings.warn(text, RuntimeWarning, stacklevel=level_of_the_script())
            continue
        kept |= upload(state, name, path).artifacts
    return kept


def upload_folder(state: RunState, name: str, root: str) -> None:
    """Keep every file below a folder, all or none."""
    if not os.path.isdir(root):
        raise UserError(f"{root} is not a folder; upload_file takes single files")
    wanted = []
    for file in files(root, _raised):
        verdict = judged(file, root)
        if verdict.kept:
            path = os.path.relpath(file, root).replace(os.sep, "/")
            wanted.append((f"{name}/{path}" if name else path, file))
        if verdict.why:
            warn(f"{file} was {'' if verdict.kept else 'not '}uploaded: {verdict.why}")
    state.artifacts.keep_all(wanted, state.recorder.name_artifact)


def download(folder: str, name: str, target: str) -> None:
    """Copy a file of a run to a path, or into a folder."""
    source = artifact_store.find(folder, name)
    if os.path.isdir(target) or target.endswith(("/", os.sep)):
        target = os.path.join(target, name.rpartition("/")[2])
    artifact_store.copy(source, target)


def download_all(folder: str, prefix: str | None, target: str, paths: Sequence[str] | None, *, append: bool) -> None:
    """Copy the files of a run below a prefix into the folder ``target``, as ``paths`` or with their own folders."""
    start = f"{prefix.rstrip('/')}/" if prefix else ""
    names = [name for name in artifact_store.names(folder) if name.startswith(start) or name == prefix]
    copies = list(paths) if paths is not None else _inner(names, "" if append else start)
    if len(copies) != len(names):
        raise UserError(f"output_paths must have one path per file, not {len(copies)} for {len(names)} files")
    for name, path in zip(names, copies, strict=True):
        artifact_store.copy(artifact_store.find(folder, name), os.path.join(target, path))


def _raised(error: OSError) -> None:
    raise error


def _inner(names: Sequence[str], start: str) -> list[str]:
    """Where files go below a folder; a run from elsewhere may have names that would leave it."""
    for name in names:
        layout.artifact_parts(name)
    return [name.removeprefix(start) for name in names]
