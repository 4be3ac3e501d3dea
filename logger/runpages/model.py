"""Registers models in a workspace: names with versions, each a file or a folder that a run or the workspace keeps."""

from __future__ import annotations

import os

from . import _classes, artifact_store, registry
from .addresses import address
from .coerce import path, text
from .format.errors import ConflictError, UserError
from .metadata import tagged
from .query import has

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn

    from .experiment import Experiment
    from .run import Run
    from .workspace import Workspace

_NEXT = "; versions never change: register the next one"
_SERVED = "; nothing is deployed: Model.get_model_path(name) returns the file for your own program to serve"
_INSTEAD = {
    **dict.fromkeys(("add_properties", "add_tags", "remove_tags", "update", "update_tags_properties"), _NEXT),
    **dict.fromkeys(("cpu", "gpu", "memory_in_gb", "resource_configuration"), _SERVED),
    **dict.fromkeys(("sample_input_dataset", "sample_output_dataset"), _SERVED),
    "add_dataset_references": "; name the data in tags= or description= when it is registered",
    "created_by": "; a folder needs no login: put the name into tags= when it is registered",
    "datasets": "; name the data in tags= or description= when it is registered",
    "delete": "; a version stays, so that its number keeps its meaning: register the next one",
    "get_sas_urls": "; Model.url is the address of its file or folder",
    "parent_id": "; name the source model in tags= when it is registered",
    "serialize": "; read its attributes: name, version, id, tags, properties, description, run_id, created_time",
}
"""What to do in place of a member of the Azure ML SDK."""


class Model:
    """A version of a model in a workspace, by default the latest; raises UserError where there is none.

    With ``tags``, ``properties`` or ``run_id`` it is the latest that ``Model.list`` finds by them.

    ``id`` is ``<name>:<version>``. What is known of it: ``name``, ``version``, ``id``, ``tags``, ``properties``,
    ``description``, ``run_id``, ``experiment_name``, ``created_time``, ``url`` (the address of its file or folder).
    """

    class Framework:
        """The words for ``model_framework``."""

        CUSTOM, ONNX, SCIKITLEARN, TENSORFLOW = "Custom", "Onnx", "ScikitLearn", "TensorFlow"

    def __init__(
        self,
        workspace: Workspace,
        name: str | None = None,
        version: str | int | None = None,
        *,
        id: str | None = None,
        tags: Any = None,
        properties: Any = None,
        run_id: str | None = None,
        **_: Any,
    ) -> None:
        root = _classes.checked_workspace(workspace).root
        if id is not None:
            name, version = text(id, "id=").rpartition(":")[::2]
        if name is None or not text(name, "the name of a model"):
            raise UserError("give the model's name, Model(workspace, name), or id='<name>:<version>'")
        if version is None and (tags or properties or run_id):
            found = Model.list(workspace, name, tags, properties, run_id)
            if not found:
                raise UserError(f"no version of model {name!r} has these tags, properties and run; see Model.list")
            version = found[0].version
        self._take(workspace, registry.get(root, registry.MODELS, name, version))

    @classmethod
    def _added(cls, workspace: Workspace, name: str, *, tags: Any, properties: Any, **document: Any) -> Model:
        document["tags"] = tagged({} if tags is None else tags)
        document["properties"] = tagged({} if properties is None else properties)
        for key in ("description", "framework", "framework_version"):
            if document[key] is not None:
                text(document[key], f"the {key.replace('_', ' ')} of a model")
        return cls._from_document(workspace, registry.add(workspace.root, registry.MODELS, name, document))

    @classmethod
    def _from_document(cls, workspace: Workspace, document: dict[str, Any]) -> Model:
        made = cls.__new__(cls)
        made._take(workspace, document)
        return made

    def _take(self, workspace: Workspace, document: dict[str, Any]) -> None:
        self.workspace = workspace
        self.name: str = document["name"]
        self.version: int = document["version"]
        self.id = f"{self.name}:{self.version}"
        self.tags: dict[str, str | None] = document["tags"]
        self.properties: dict[str, str | None] = document["properties"]
        self.description: str | None = document["description"]
        self.model_framework: str | None = document["framework"]
        self.model_framework_version: str | None = document["framework_version"]
        self.run_id: str | None = document["run"]
        self.experiment_name: str | None = document["experiment"]
        self.created_time: str = document["created"]
        self._artifact: str = document["artifact"]
        self._files: dict[str, str] = document["files"]

    @property
    def run(self) -> Run | None:
        """The run that keeps its files, None where the workspace does; raises UserError where the run is gone."""
        return None if self.run_id is None else self.workspace.get_run(self.run_id)

    @property
    def url(self) -> str:
        """The address of its file or folder."""
        return address(self._path())

    def download(self, target_dir: str | os.PathLike[str] = ".", exist_ok: bool = False, **_: Any) -> str:
        """Copy its file or folder into a folder; returns the path of the copy.

        Raises ConflictError for a file that is there already, unless ``exist_ok``, and UserError where a file is gone
        or is no longer the one that was registered. Nothing is copied then.
        """
        above = os.path.dirname(self._artifact)
        find = self._finder()
        wanted = {}
        for name, digest in self._files.items():
            source = find(name)
            target = os.path.join(target_dir, *os.path.relpath(name, above or ".").split(os.sep))
            if _sha256(source) != digest:
                raise UserError(f"{source} has changed since model {self.id} was registered")
            if os.path.lexists(target) and not exist_ok:
                raise ConflictError(f"{target} already exists; give another target_dir=, or exist_ok=True")
            wanted[source] = target
        for source, target in wanted.items():
            artifact_store.copy(source, target)
        return os.path.join(target_dir, os.path.basename(self._artifact))

    @staticmethod
    def get_model_path(model_name: str, version: str | int | None = None, _workspace: Workspace | None = None) -> str:
        """The path of the file or folder itself, where it is kept; it is to be read only."""
        return Model(_workspace or _classes.workspace(), model_name, version)._path()

    @staticmethod
    def register(
        workspace: Workspace,
        model_path: str | os.PathLike[str],
        model_name: str,
        tags: Any = None,
        properties: Any = None,
        description: str | None = None,
        datasets: Any = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        child_paths: Sequence[str] | None = None,
        **_: Any,
    ) -> Model:
        """Register a file or a folder of this machine as the next version of a model; returns it.

        The workspace keeps a copy, so the version has no run; ``run.register_model`` says which run made it.
        ``child_paths`` are the files of the folder that are copied, all by default. Raises UserError where there is
        no file, and for a folder that holds the workspace.
        """
        root, source = _classes.checked_workspace(workspace).root, path(model_path, "model_path=")
        text(model_name, "model_name=")
        with registry.kept(root, model_name, source, child_paths) as (artifact, names):
            return Model._added(
                workspace,
                model_name,
                experiment=None,
                run=None,
                artifact=artifact,
                files={name: _sha256(registry.find_file(workspace.root, model_name, name)) for name in names},
                tags=tags,
                properties=properties,
                description=description,
                framework=model_framework,
                framework_version=model_framework_version,
            )

    @staticmethod
    def deploy(*_: Any, **__: Any) -> NoReturn:
        """Raise UserError: nothing is deployed."""
        raise UserError(
            "nothing is deployed; Model.get_model_path(name) returns the file for your own program to serve"
        )

    package = profile = print_configuration = deploy

    def _finder(self) -> Callable[[str], str]:
        """What gives the path of each of its files, by the name in the document."""
        run = self.run
        if run is None:
            return lambda name: registry.find_file(self.workspace.root, self.name, name)
        return lambda name: artifact_store.find(run.folder, name)

    def _path(self) -> str:
        first = next(iter(self._files))
        place = self._finder()(first)
        return place if first == self._artifact else place.removesuffix(first.removeprefix(self._artifact))

    if not TYPE_CHECKING:  # A type checker would take any name for one that is there.

        def __getattr__(self, name: str) -> NoReturn:
            raise AttributeError(f"Model has no {name}{_INSTEAD.get(name, '')}")

    def __repr__(self) -> str:
        return f"Model(workspace={self.workspace!r}, name={self.name}, id={self.id}, version={self.version})"

    # Last, since within the class the name would hide the built-in one.
    @staticmethod
    def list(
        workspace: Workspace,
        name: str | None = None,
        tags: Any = None,
        properties: Any = None,
        run_id: str | None = None,
        latest: bool = False,
        **_: Any,
    ) -> Sequence[Model]:
        """The models of a workspace by name, the latest version of each first; ``latest`` leaves out the others.

        ``tags`` and ``properties`` take a key or a dictionary, as ``get_runs`` does, or a list of keys and of pairs.
        """
        found = []
        for newest in registry.latest(_classes.checked_workspace(workspace).root, registry.MODELS):
            known = registry.versions(workspace.root, registry.MODELS, newest["name"])
            for version in [*reversed(known)][: 1 if latest else None]:
                found.append(Model(workspace, newest["name"], version))
        return [
            one
            for one in found
            if name in (None, one.name)
            and run_id in (None, one.run_id)
            and _has(one.tags, tags)
            and _has(one.properties, properties)
        ]


def of_run(experiment: Experiment, folder: str, name: str, path: str, **described: Any) -> Model:
    """Register the file or the folder ``path`` of the run in ``folder`` as the next version of a model; returns it."""
    path = os.path.normpath(path).replace(os.sep, "/")
    run_id = os.path.basename(folder)
    known = artifact_store.names(folder)
    names = [file for file in known if file == path or file.startswith(f"{path}/")]
    if not names:
        raise UserError(
            f"run {run_id} has no file {path!r}; upload_file({path!r}, path) adds one, files in outputs are "
            f"collected when the run ends, and model_path= names another file. It has {', '.join(known) or 'none'}"
        )
    digests = {file: _sha256(artifact_store.find(folder, file)) for file in names}
    return Model._added(
        experiment.workspace, name, experiment=experiment.name, run=run_id, artifact=path, files=digests, **described
    )


class Latest(dict[str, Model]):
    """The latest version of each model of a workspace, by name.

    Called, it lists versions as ``Model.list`` does: the first releases of the SDK had a method of this name.
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__((one.name, one) for one in Model.list(workspace, latest=True))
        self._workspace = workspace

    def __call__(self, name: str | None = None, tags: Any = None) -> Versions:
        """The versions of models, by a name, by tags, or all."""
        return Versions(Model.list(self._workspace, name, tags))


class Versions(list[Model]):
    """Versions of models, the latest of each first; notebooks go through them as a list or as a dictionary."""

    def items(self) -> Sequence[tuple[str, Model]]:
        """The latest version of each model, with its name."""
        return [*{one.name: (one.name, one) for one in reversed(self)}.values()]


def _has(tags: dict[str, str | None], wanted: Any) -> bool:
    """Whether tags have what is asked for; the Azure ML SDK asks for models by ``["key", ["key", "value"]]``."""
    if not isinstance(wanted, (list, tuple)):
        return has(tags, wanted)
    return all(has(tags, one if isinstance(one, str) else dict([one])) for one in wanted)


def _sha256(path: str) -> str:
    import hashlib

    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
