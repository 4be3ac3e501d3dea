"""The files of a run: uploaded, listed, and copied out again."""

from __future__ import annotations

import os

from . import artifact_store
from ._lifecycle import warn
from ._state import Record
from .capture.folder import files, judged
from .format import layout
from .format.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class Uploaded:
    """What was kept: the names with their paths in the run."""

    def __init__(self, artifacts: dict[str, str]) -> None:
        self.artifacts = artifacts

    def serialize(self) -> dict[str, dict[str, str]]:
        """The same as plain values."""
        return {"artifacts": self.artifacts}

    def __repr__(self) -> str:
        return f"Uploaded({self.artifacts!r})"


class Files(Record):
    """The calls of a run that keep files, and give them back."""

    def upload_file(self, name: str, path_or_stream: Any, datastore_name: str | None = None) -> Uploaded:
        """Keep a file as an artifact under ``name``, with ``/`` between folders; a path or a binary stream.

        Returns what was kept; ``serialize()`` of it is a dictionary with its path in the run.

        Raises ConflictError for a name that ``get_file_names`` lists, UserError for a name that would leave the run
        and for other types, FileNotFoundError for a missing file.
        """
        self._artifacts.add(name, path_or_stream)
        return Uploaded({name: artifact_store.place_of(name)})

    def upload_files(
        self,
        names: Sequence[str],
        paths: Sequence[Any],
        return_artifacts: bool = False,
        timeout_seconds: float | None = None,
        datastore_name: str | None = None,
    ) -> dict[str, str] | None:
        """Keep several files; raises TypeError for lists of different lengths. A repeated name is told and skipped.

        With ``return_artifacts`` the names are returned with their paths in the run.
        """
        if len(names) != len(paths):
            raise TypeError(f"{len(names)} names and {len(paths)} paths; upload_files takes as many of both")
        kept: dict[str, str] = {}
        for name, path in zip(names, paths, strict=True):
            if name in kept:
                import warnings

                warnings.warn(f"{path} was not uploaded: {name} is in the list twice", RuntimeWarning, stacklevel=2)
                continue
            self.upload_file(name, path)
            kept[name] = artifact_store.place_of(name)
        return kept if return_artifacts else None

    def upload_folder(self, name: str, path: str | os.PathLike[str], datastore_name: str | None = None) -> None:
        """Keep every file below a folder as ``name/<path in the folder>``: all of them, or none where one is refused.

        A file that the run has already under its name, with the same bytes, is passed over, so a call may be repeated.
        Names that meet others on some disk, or are too long, are kept under a spelling that gives them back. A link
        that leads out of the folder is reported; it is followed to a file, unless that has a name of files that hold
        keys or passwords, and not to a folder. Raises UserError where there is no such folder, ConflictError where the
        run has other bytes under a name, OSError for what cannot be read.
        """
        root = os.fspath(path)
        if not os.path.isdir(root):
            raise UserError(f"{root} is no folder; upload_file takes single files")
        wanted = []
        for file in files(root, _raised):
            verdict = judged(file, root)
            if verdict.kept:
                place = os.path.relpath(file, root).replace(os.sep, "/")
                wanted.append((f"{name}/{place}" if name else place, file))
            if verdict.why:
                warn(f"{file} was {'' if verdict.kept else 'not '}uploaded: {verdict.why}")
        self._artifacts.keep_all(wanted, self._recorder.name_artifact)

    def get_file_names(self) -> list[str]:
        """The names of all files: artifacts as given, and what lies in ``logs``, ``images``, ``media``, ``charts``."""
        return artifact_store.names(self.folder)

    def download_file(self, name: str, output_file_path: str | os.PathLike[str] | None = None) -> None:
        """Copy a file of the run to a path, or into a folder; by default under its own name into the current one.

        Raises UserError for an unknown name, and tells the known ones.
        """
        source = artifact_store.find(self.folder, name)
        target = os.fspath(output_file_path) if output_file_path is not None else "."
        if os.path.isdir(target) or target.endswith(("/", os.sep)):
            target = os.path.join(target, name.rpartition("/")[2])
        artifact_store.copy(source, target)

    def download_files(
        self,
        prefix: str | None = None,
        output_directory: str | os.PathLike[str] | None = None,
        output_paths: Sequence[str] | None = None,
        batch_size: int = 100,
        append_prefix: bool = True,
        timeout_seconds: float | None = None,
    ) -> None:
        """Copy all files of the run, or those below a folder, with their folders into ``output_directory``.

        ``append_prefix=False`` leaves the prefix away; ``output_paths`` names the copies, one for each file, in the
        order of ``get_file_names``.
        """
        start = f"{prefix.rstrip('/')}/" if prefix else ""
        names = [name for name in self.get_file_names() if name.startswith(start) or name == prefix]
        paths = list(output_paths) if output_paths is not None else _inner(names, "" if append_prefix else start)
        if len(paths) != len(names):
            raise UserError(f"there are {len(names)} files and {len(paths)} output_paths; give one for each file")
        for name, path in zip(names, paths, strict=True):
            artifact_store.copy(artifact_store.find(self.folder, name), os.path.join(output_directory or ".", path))


def _raised(error: OSError) -> None:
    raise error


def _inner(names: Sequence[str], start: str) -> list[str]:
    """Where files go below a folder; a run from elsewhere may have names that would leave it."""
    for name in names:
        layout.artifact_parts(name)
    return [name.removeprefix(start) for name in names]
