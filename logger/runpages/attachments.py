"""The calls of a run for what it has beside its log: tags, properties, parameters, files, models, code, inputs."""

from __future__ import annotations

import os

from . import artifact_store, files, metadata, snapshot
from .jobs import waiting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from ._state import RunState
    from .experiment import Experiment
    from .jobs.environment import Environment
    from .model import Model


class Attachments:
    """What a run has beside its log. The calls work from any process, and after the end of the run."""

    _state: RunState
    _experiment: Experiment

    @property
    def experiment(self) -> Experiment:
        """The experiment that it belongs to; an offline run has none, and raises AttributeError."""
        return self._experiment

    @property
    def name(self) -> str:
        """What it was called, else its id."""
        return self._state.document["name"] or str(self._state.document["id"])

    @property
    def display_name(self) -> str:
        """The same as ``name``, and may be set."""
        return self.name

    @display_name.setter
    def display_name(self, name: str | None) -> None:
        self._state.save({"name": metadata.checked_text("name", name)})

    @property
    def description(self) -> str | None:
        """Prose in Markdown; may be set."""
        return self._state.document["description"]

    @description.setter
    def description(self, text: str | None) -> None:
        self._state.save({"description": metadata.checked_text("description", text)})

    # --- tags, properties, parameters ---

    @property
    def tags(self) -> dict[str, str | None]:
        """The tags as this process last saw them; ``get_tags`` looks again."""
        return dict(self._state.document["tags"] or {})

    def get_tags(self) -> dict[str, str | None]:
        """The tags as they are now, with those that other processes set."""
        self._state.refresh()
        return self.tags

    def tag(self, key: str, value: Any = None) -> None:
        """Set a tag: a key with an optional text. Another type of value becomes its text."""
        self.set_tags({key: value})

    def set_tags(self, tags: Any) -> None:
        """Set several tags; the others stay."""
        metadata.add(self._state, "tags", metadata.tagged(tags))

    def remove_tags(self, tags: Iterable[str]) -> None:
        """Remove the tags with these keys; a key that is not there is passed over."""
        metadata.remove_tags(self._state, tags)

    @property
    def properties(self) -> dict[str, str]:
        """The properties as this process last saw them, with those of git as the tracked-run API names them."""
        return metadata.properties(self._state.document)

    def get_properties(self) -> dict[str, str]:
        """The properties as they are now, with those that other processes added."""
        self._state.refresh()
        return self.properties

    def add_properties(self, properties: Any) -> None:
        """Add properties, which are texts and never change; raises ConflictError for another value of a known key."""
        metadata.add_properties(self._state, properties)

    @property
    def params(self) -> dict[str, Any]:
        """A copy of the parameters, nested as they were given."""
        return dict(self._state.document["params"] or {})

    def log_params(self, params: Any) -> None:
        """Add parameters: anything with names, nested at will, as for ``start``; a name that is there is replaced."""
        metadata.add(self._state, "params", metadata.parameters(params))

    # --- files ---

    def upload_file(self, name: str, path_or_stream: Any, datastore_name: str | None = None) -> files.Uploaded:
        """Keep a file as an artifact under ``name``, with ``/`` between folders; a path or a binary stream.

        Returns what was kept; ``serialize()`` of it is a dictionary with its path in the run.

        Raises ConflictError for a name that ``get_file_names`` lists, UserError for a name that would leave the run
        and for other types, FileNotFoundError for a missing file.
        """
        return files.upload(self._state, name, path_or_stream)

    def upload_files(
        self,
        names: Sequence[str],
        paths: Sequence[Any],
        return_artifacts: bool = False,
        timeout_seconds: float | None = None,
        datastore_name: str | None = None,
    ) -> dict[str, str] | None:
        """Keep several files; raises TypeError for lists of different lengths.

        A repeated name is skipped with a warning. With ``return_artifacts`` the names are returned, each with its path
        in the run.
        """
        kept = files.upload_all(self._state, names, paths)
        return kept if return_artifacts else None

    def upload_folder(self, name: str, path: str | os.PathLike[str], datastore_name: str | None = None) -> None:
        """Keep every file below a folder as ``name/<path in the folder>``: all of them, or none where one is refused.

        A file that the run has already under its name, with the same bytes, is passed over, so a call may be repeated.
        Names that meet others on some disk, or are too long, are kept under a spelling that gives them back. A link
        that leads out of the folder is reported; it is followed to a file, unless that has a name of files that hold
        keys or passwords, and not to a folder. Raises UserError where there is no such folder, ConflictError where the
        run has other bytes under a name, OSError for what cannot be read.
        """
        files.upload_folder(self._state, name, os.fspath(path))

    def get_file_names(self) -> list[str]:
        """The names of all files: artifacts as given, and what lies in ``logs``, ``images``, ``media``, ``charts``."""
        return artifact_store.names(self._state.folder)

    def download_file(self, name: str, output_file_path: str | os.PathLike[str] | None = None) -> None:
        """Copy a file of the run to a path, or into a folder; by default under its own name into the current one.

        Raises UserError for an unknown name, which lists the known ones.
        """
        files.download(self._state.folder, name, "." if output_file_path is None else os.fspath(output_file_path))

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
        target = os.fspath(output_directory or ".")
        files.download_all(self._state.folder, prefix, target, output_paths, append=append_prefix)

    def register_model(
        self,
        model_name: str,
        model_path: str | None = None,
        tags: Any = None,
        properties: Any = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        description: str | None = None,
        **_: Any,
    ) -> Model:
        """Register a file or a folder of the run as the next version of a model; returns it.

        ``model_path`` is the name of an artifact, such as ``outputs/model.pkl``, or of a folder of them; it is
        ``model_name`` by default. The file stays in the run, and the workspace notes its name and SHA-256. Raises
        UserError where the run has no such file.
        """
        from .model import of_run

        return of_run(
            self.experiment,
            self._state.folder,
            model_name,
            model_path or model_name,
            tags=tags,
            properties=properties,
            description=description,
            framework=model_framework,
            framework_version=model_framework_version,
        )

    # --- code ---

    def take_snapshot(self, file_or_folder_path: str | os.PathLike[str] = ".") -> str:
        """Keep a folder, or one file, as the snapshot of the run; returns its id, which follows from its content.

        Left out is what ``.amlignore`` in the folder says, else ``.gitignore``, both as git reads them; and always
        version control, virtual environments, caches, the runs of the workspace, built sites, and, with a warning,
        files that hold secrets by their names, links that leave the folder and what cannot be read. Raises
        SnapshotError for a second snapshot, and for more than 2000 files or 300 MB, unless the environment variables
        ``RUNPAGES_SNAPSHOT_FILES`` and ``RUNPAGES_SNAPSHOT_MB`` allow them. Nothing is written then.
        """
        return snapshot.take(self._state, file_or_folder_path, self._experiment.workspace.root)

    def get_snapshot_id(self) -> str | None:
        """The id of the snapshot: the same for the same files; None for a run without one."""
        return snapshot.identity(self._state)

    def restore_snapshot(self, snapshot_id: str | None = None, path: str | os.PathLike[str] | None = None) -> str:
        """Copy the snapshot of this run, or of the one in the workspace that has this id; returns the path of the zip.

        It is ``<path>/<id>.zip``, by default in a new temporary folder. A file that is there stays: with the same
        bytes it is taken for the copy, and otherwise ConflictError is raised. Raises SnapshotError where there is no
        such snapshot.
        """
        return snapshot.restore(self._state, snapshot_id, path, self._experiment.workspace.root)

    # --- what its script was given ---

    @property
    def input_datasets(self) -> dict[str, str]:
        """The arguments that name files or folders, such as ``{"data": "digits"}`` for ``--data digits``.

        A relative path is seen from the current folder. A name that is not there is a KeyError, which says how to give
        one.
        """
        return waiting.inputs(self._state.document)

    def get_secret(self, name: str) -> str:
        """A secret: the environment variable of that name, or of its capitals with ``_`` for ``-``; never noted.

        Raises UserError where there is none.
        """
        return waiting.secret(name)

    def get_secrets(self, secrets: Iterable[str]) -> dict[str, str]:
        """Several secrets, by name."""
        return {name: self.get_secret(name) for name in secrets}

    def get_environment(self) -> Environment:
        """The environment that the script was submitted with: its name, its Python and packages, no variables.

        Raises UserError for a run that was not submitted.
        """
        return waiting.environment(self._state.document)
