"""The calls of a run for what it has beside its log: tags, properties, parameters, files, models, code, inputs."""

from __future__ import annotations

import os

from . import artifact_store, coerce, metadata, snapshot
from ._lifecycle import level_of_the_script, warn
from .capture.folder import files, judged
from .format import layout
from .format.errors import UserError
from .jobs import waiting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from ._state import RunState
    from .experiment import Experiment
    from .jobs.environment import Environment
    from .model import Model


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
    names, paths = (coerce.sequence(given, "names and paths must be lists") for given in (names, paths))
    if len(names) != len(paths):
        raise TypeError(f"upload_files takes as many names as paths, not {len(names)} names and {len(paths)} paths")
    kept: dict[str, str] = {}
    for name, path in zip(names, paths, strict=True):
        if coerce.text(name, "an artifact name") in kept:
            import warnings

            text = f"{path} was not uploaded: {name} is listed twice"
            warnings.warn(text, RuntimeWarning, stacklevel=level_of_the_script())
            continue
        kept |= upload(state, name, path).artifacts
    return kept


def upload_folder(state: RunState, name: Any, root: str) -> None:
    """Keep every file below a folder, all or none."""
    if not os.path.isdir(root):
        raise UserError(f"{root} is not a folder; upload_file takes single files")
    name = coerce.text("" if name is None else name, "an artifact name")
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
    artifact_store.copy(source, target, folder)


def download_all(folder: str, prefix: Any, target: str, paths: Any, *, append: bool) -> None:
    """Copy the files of a run below a prefix into the folder ``target``, as ``paths`` or with their own folders."""
    prefix = coerce.text("" if prefix is None else prefix, "prefix=")
    start = f"{prefix.rstrip('/')}/" if prefix else ""
    names = [name for name in artifact_store.names(folder) if name.startswith(start) or name == prefix]
    if paths is None:
        copies = _inner(names, "" if append else start)
    else:
        given = coerce.sequence(paths, "output_paths= must be a list of paths")
        copies = [coerce.path(path, "each of output_paths=") for path in given]
    if len(copies) != len(names):
        raise UserError(f"output_paths must have one path per file, not {len(copies)} for {len(names)} files")
    for name, path in zip(names, copies, strict=True):
        artifact_store.copy(artifact_store.find(folder, name), os.path.join(target, path), folder)


def _raised(error: OSError) -> None:
    raise error


def _inner(names: Sequence[str], start: str) -> list[str]:
    """Where files go below a folder; a run from elsewhere may have names that would leave it."""
    for name in names:
        layout.artifact_parts(name)
    return [name.removeprefix(start) for name in names]


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
        self.set_tags(metadata.one_tag(key, value))

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

    def upload_file(self, name: str, path_or_stream: Any, datastore_name: str | None = None) -> Uploaded:
        """Keep a file as an artifact under ``name``, with ``/`` between folders; a path or a binary stream.

        Returns what was kept; ``serialize()`` of it is a dictionary with its path in the run.

        Raises ConflictError for a name that ``get_file_names`` lists, UserError for a name that would leave the run
        and for other types, FileNotFoundError for a missing file.
        """
        return upload(self._state, name, path_or_stream)

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
        kept = upload_all(self._state, names, paths)
        return kept if return_artifacts else None

    def upload_folder(self, name: str, path: str | os.PathLike[str], datastore_name: str | None = None) -> None:
        """Keep every file below a folder as ``name/<path in the folder>``: all of them, or none where one is refused.

        A file that the run has already under its name, with the same bytes, is passed over, so a call may be repeated.
        Names that meet others on some disk, or are too long, are kept under a spelling that gives them back. A link
        that leads out of the folder is reported; it is followed to a file, unless that has a name of files that hold
        keys or passwords, and not to a folder. Raises UserError where there is no such folder, ConflictError where the
        run has other bytes under a name, OSError for what cannot be read.
        """
        upload_folder(self._state, name, coerce.path(path, "the folder to upload"))

    def get_file_names(self) -> list[str]:
        """The names of all files: artifacts as given, and what lies in ``logs``, ``images``, ``media``, ``charts``."""
        return artifact_store.names(self._state.folder)

    def download_file(self, name: str, output_file_path: str | os.PathLike[str] | None = None) -> None:
        """Copy a file of the run to a path, or into a folder; by default under its own name into the current one.

        Raises UserError for an unknown name, which lists the known ones.
        """
        target = "." if output_file_path is None else coerce.path(output_file_path, "output_file_path=")
        download(self._state.folder, name, target)

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
        target = "." if output_directory is None else coerce.path(output_directory, "output_directory=") or "."
        download_all(self._state.folder, prefix, target, output_paths, append=append_prefix)

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

        path = model_name if model_path is None else coerce.path(model_path, "model_path=")
        return of_run(
            self.experiment,
            self._state.folder,
            coerce.text(model_name, "model_name="),
            path or model_name,
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
        return {name: self.get_secret(name) for name in coerce.sequence(secrets, "secrets= must be a list of names")}

    def get_environment(self) -> Environment:
        """The environment that the script was submitted with: its name, its Python and packages, no variables.

        Raises UserError for a run that was not submitted.
        """
        return waiting.environment(self._state.document)
