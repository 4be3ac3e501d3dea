"""Models: names with versions, each of which is a file or a folder that a run keeps."""

from __future__ import annotations

import os

from .format.errors import ConflictError, UserError
from .record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

    from .run import Run
    from .workspace import Workspace


class Models(Record):
    """The call of a run that makes a model of what it keeps."""

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
        from . import artifact, registry
        from .label import tagged

        run = self._run
        path = os.path.normpath(model_path or model_name).replace(os.sep, "/")
        known = run.get_file_names()
        names = [name for name in known if name == path or name.startswith(f"{path}/")]
        if not names:
            raise UserError(
                f"run {run.id} has no file {path!r}; upload_file({path!r}, path) keeps one, and what lies in outputs "
                f"is collected when the run ends. It has {', '.join(known) or 'none'}"
            )
        document = registry.add(
            run.experiment.workspace.root,
            registry.MODELS,
            model_name,
            {
                "experiment": run.experiment.name,
                "run": run.id,
                "artifact": path,
                "files": {name: _sha256(artifact.find(run.folder, name)) for name in names},
                "tags": tagged({} if tags is None else tags),
                "properties": tagged({} if properties is None else properties),
                "description": description,
                "framework": model_framework,
                "framework_version": model_framework_version,
            },
        )
        return Model._known(run.experiment.workspace, document)


class Model:
    """A version of a model in a workspace, by default the latest; raises UserError where there is none.

    ``id`` is ``<name>:<version>``. What is known of it: ``name``, ``version``, ``id``, ``tags``, ``properties``,
    ``description``, ``run_id``, ``experiment_name``, ``created_time``, ``url`` (the address of its file or folder).
    """

    class Framework:
        """The words for ``model_framework``."""

        CUSTOM, ONNX, SCIKITLEARN, TENSORFLOW = "Custom", "Onnx", "ScikitLearn", "TensorFlow"

    def __init__(
        self, workspace: Workspace, name: str | None = None, version: str | int | None = None, *, id: str | None = None
    ) -> None:
        from . import registry

        if id is not None:
            name, _, version = id.rpartition(":")
        if not name:
            raise UserError("a model is found by its name, Model(workspace, name), or by id='<name>:<version>'")
        self._take(workspace, registry.get(workspace.root, registry.MODELS, name, version))

    @classmethod
    def _known(cls, workspace: Workspace, document: dict[str, Any]) -> Model:
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
        self.run_id: str = document["run"]
        self.experiment_name: str = document["experiment"]
        self.created_time: str = document["created"]
        self._artifact: str = document["artifact"]
        self._files: dict[str, str] = document["files"]

    @property
    def run(self) -> Run:
        """The run that keeps its files; raises UserError where that is gone."""
        return self.workspace.get_run(self.run_id)

    @property
    def url(self) -> str:
        """The address of its file or folder."""
        from .details import address

        return address(self._place())

    def download(self, target_dir: str | os.PathLike[str] = ".", exist_ok: bool = False, **_: Any) -> str:
        """Copy its file or folder into a folder; returns the path of the copy.

        Raises ConflictError for a file that is there already, unless ``exist_ok``, and UserError where a file is gone
        or is no longer the one that was registered. Nothing is copied then.
        """
        from . import artifact

        above = os.path.dirname(self._artifact)
        wanted = {}
        for name, digest in self._files.items():
            source = artifact.find(self.run.folder, name)
            target = os.path.join(target_dir, *os.path.relpath(name, above or ".").split(os.sep))
            if _sha256(source) != digest:
                raise UserError(f"{source} is no longer the file of model {self.id}: its content has changed")
            if os.path.lexists(target) and not exist_ok:
                raise ConflictError(f"{target} is there already; give another target_dir=, or exist_ok=True")
            wanted[source] = target
        for source, target in wanted.items():
            artifact.copy(source, target)
        return os.path.join(target_dir, os.path.basename(self._artifact))

    @staticmethod
    def get_model_path(model_name: str, version: str | int | None = None, _workspace: Workspace | None = None) -> str:
        """The path of the file or folder itself, in the run that keeps it; it is to be read only."""
        from .workspace import Workspace

        return Model(_workspace or Workspace(), model_name, version)._place()

    @staticmethod
    def register(*_: Any, **__: Any) -> NoReturn:
        """Raise UserError: a model belongs to the run that keeps its file."""
        raise UserError("a model is a file of a run; keep it with run.upload_file(name, path), then run.register_model")

    @staticmethod
    def deploy(*_: Any, **__: Any) -> NoReturn:
        """Raise UserError: nothing is deployed."""
        raise UserError("nothing is deployed; Model.get_model_path(name) is the file that a program of yours may serve")

    def _place(self) -> str:
        from . import artifact

        folder = self.run.folder
        first = next(iter(self._files))
        place = artifact.find(folder, first)
        return place if first == self._artifact else place.removesuffix(first.removeprefix(self._artifact))

    if not TYPE_CHECKING:  # A type checker would take any name for one that is there.

        def __getattr__(self, name: str) -> NoReturn:
            raise AttributeError(f"Model.{name} is not there; a version is never changed: register the next one")

    def __repr__(self) -> str:
        return f"Model(workspace={self.workspace!r}, name={self.name}, id={self.id}, version={self.version})"

    # Last, since within the class the name would hide the built-in one.
    @staticmethod
    def list(workspace: Workspace, name: str | None = None, tags: Any = None, latest: bool = False) -> Sequence[Model]:
        """The models of a workspace by name, the latest version of each first; ``latest`` leaves out the others.

        ``tags`` takes a key or a dictionary, as ``get_runs`` does.
        """
        from . import registry
        from .family import has

        found = []
        for newest in registry.latest(workspace.root, registry.MODELS):
            known = registry.versions(workspace.root, registry.MODELS, newest["name"])
            for version in [*reversed(known)][: 1 if latest else None]:
                found.append(Model(workspace, newest["name"], version))
        return [one for one in found if name in (None, one.name) and has(one.tags, tags)]


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


def _sha256(path: str) -> str:
    import hashlib

    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
