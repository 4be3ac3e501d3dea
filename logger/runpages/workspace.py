"""A workspace: the folder that holds experiments and their runs."""

from __future__ import annotations

import os
import sys
from itertools import islice

from . import _classes, addresses, coerce, query
from .format import layout
from .format.document import decode, encode, text
from .format.errors import UserError, WorkspaceError
from .format.write import refused, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, NoReturn

    from .experiment import Experiment
    from .jobs.environment import Environment
    from .model import Latest
    from .run import Run


FOLDERS = (".azureml", "aml_config")
FILES = ("config.json", "project.json")
LABELS = ("workspace_name", "subscription_id", "resource_group")

_REMEDY = "repair or remove it, or give root="


class Config:
    """What a configuration file says: the workspace's folder, and the labels of a cloud workspace."""

    def __init__(self, document: dict[str, Any], file: str) -> None:
        self.file = file
        self.folder = folder = _base(file)
        self.root = os.path.normpath(os.path.join(folder, os.path.expanduser(text(document.get("root")) or "runs")))
        self.labels = {label: text(document.get(label)) for label in LABELS}


def find_configuration(folder: str) -> Config | None:
    """The first configuration from a folder upwards; None where there is none.

    Raises UserError for one that is damaged.
    """
    for place in _places(folder):
        if os.path.isfile(place) and (said := _in_file(place)) is not None:
            return Config(said, place)
    return None


def find(path: str) -> Config:
    """The configuration in a file, or the first one from a folder upwards.

    Raises WorkspaceError, which lists where it looked, and UserError for a file that is none or is damaged.
    """
    if os.path.isfile(path):
        said = _read(path)
        if not _is_own(path) and not isinstance(said.get("workspace_name"), str):
            raise UserError(f"{path} is not a workspace configuration: it has no workspace_name")
        return Config(said, path)
    if not os.path.isdir(path):
        raise WorkspaceError(f"{path} does not exist; give a file or folder with a workspace configuration")
    found = find_configuration(path)
    if found is None:
        looked = ", ".join(islice(_places(path), len(FILES) * (len(FOLDERS) + 1)))
        raise WorkspaceError(
            f"no workspace configuration in {path} or above it. Searched {looked}, and the same in each "
            "folder above; Workspace(root=...).write_config() writes one"
        )
    return found


def write(folder: str, file_name: str, root: str, labels: dict[str, str | None]) -> None:
    """Write a configuration below a folder, in ``aml_config`` where only that is there, else in ``.azureml``.

    Raises StorageError where the disk refuses.
    """
    # In the order in which they are looked for, so that what was written is found.
    inner = next((inner for inner in FOLDERS if os.path.isdir(os.path.join(folder, inner))), FOLDERS[0])
    try:
        os.makedirs(os.path.join(folder, inner), exist_ok=True)
    except OSError as error:
        raise refused(error, os.path.join(folder, inner)) from error
    place = os.path.relpath(root, folder).replace(os.sep, "/")
    replace(os.path.join(folder, inner, file_name), encode({**labels, "root": place}))


def _places(folder: str) -> Iterator[str]:
    """The files to look for, in a folder and in each one above it."""
    while True:
        for file in FILES:
            for inner in (*FOLDERS, ""):
                yield os.path.join(folder, inner, file)
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above


def _is_own(path: str) -> bool:
    """Whether a file lies in a folder that is there for configurations."""
    return os.path.basename(os.path.dirname(path)) in FOLDERS


def _base(path: str) -> str:
    """The folder that a configuration is of."""
    folder = os.path.dirname(path)
    return os.path.dirname(folder) if _is_own(path) else folder


def _in_file(path: str) -> dict[str, Any] | None:
    """What a file says of a workspace; None for a file of the same name that is something else.

    Many a project has a ``config.json``: outside the folders that are there for it, it has to name the workspace.
    """
    if _is_own(path):
        return _read(path)
    try:
        said = _read(path)
    except UserError:
        return None
    return said if isinstance(said.get("workspace_name"), str) else None


def _read(path: str) -> dict[str, Any]:
    """The object in a file; raises UserError where there is none."""
    try:
        with open(path, "rb") as file:
            said = decode(file.read())
    except (OSError, ValueError) as error:
        raise UserError(f"the configuration {path} cannot be read: {error}; {_REMEDY}") from None
    if not isinstance(said, dict):
        raise UserError(f"the configuration {path} cannot be read: it is not a JSON object; {_REMEDY}")
    return said


VARIABLE = "RUNPAGES_WORKSPACE"
DEFAULT = "runs"
LOCATION = "local"
_DATA = "open files by path"
_MACHINE = "a script runs on the machine that submits it"
_OF_A_CLOUD = {
    "compute_targets": _MACHINE,
    "datasets": _DATA,
    "datastores": _DATA,
    "delete": "remove its root folder",
    "get_default_compute_target": _MACHINE,
    "get_default_datastore": _DATA,
    "get_default_keyvault": "use run.get_secret(name), which reads an environment variable",
    "images": "nothing is deployed",
    "linked_services": "nothing is deployed",
    "set_default_datastore": _DATA,
    "sync_keys": "a folder needs no login",
    "webservices": "nothing is deployed",
}

_NOT_LOCAL = (
    "a run is logged to a folder, and {0} is none. Log to a local one, such as root='runs', and copy it while runs go "
    "on: runpages sync runs {0} --watch"
)

_said: set[str] = set()
"""The workspaces of which this process has said that runs go there."""


class Workspace:
    """A folder of experiments.

    Which one: ``root``, else the environment variable ``RUNPAGES_WORKSPACE``, else what the configuration says that
    ``from_config`` finds, else ``./runs``; in a job of Hydra, both are seen from the folder where the script was
    started, wherever Hydra goes for the job. The names of a cloud workspace are accepted and kept as labels; they are
    no paths. Nothing is created before the first run.
    """

    def __init__(
        self,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        workspace_name: str | None = None,
        auth: Any = None,
        *,
        root: str | os.PathLike[str] | None = None,
    ) -> None:
        if _is_folder(subscription_id):
            raise UserError(
                f"Workspace({subscription_id!r}): the first argument is a subscription, as in the Azure ML SDK; give a "
                f"folder as root={os.fspath(subscription_id)!r}"  # type: ignore[arg-type]
            )
        place = os.environ.get(VARIABLE) if root is None else coerce.path(root, "root=")
        self._named_above: str | None = None  # The configuration file that named it, where that lies further up.
        if not place:
            place, self._named_above = _default(_beginning())
        if "://" in place:
            raise WorkspaceError(_NOT_LOCAL.format(place))
        self.root = _absolute(os.path.expanduser(place))
        self.subscription_id = _label(subscription_id, "subscription_id=")  # Texts, since many a script joins them.
        self.resource_group = _label(resource_group, "resource_group=")
        self.name = _label(workspace_name, "workspace_name=") or os.path.basename(self.root)
        self.location = LOCATION
        self.sku = ""
        self.tags: dict[str, str] = {}

    # --- configuration ---

    @classmethod
    def from_config(cls, path: str | os.PathLike[str] | None = None, auth: Any = None) -> Workspace:
        """The workspace of a configuration file: of ``path``, or the first one from that or this folder upwards.

        Looked for in each folder are ``.azureml/config.json``, ``aml_config/config.json``, ``config.json`` and
        ``project.json``. Its ``root``, relative to the folder, is the workspace, else ``runs`` beside it; root= and
        the variable do not count. Raises WorkspaceError, which lists where it looked.
        """

        config = find(_absolute(_given(path, "path=")))
        workspace = cls(**config.labels, root=config.root)
        workspace._named_above = _above(config, os.getcwd()) if path is None else None
        return workspace

    def write_config(self, path: str | os.PathLike[str] | None = None, file_name: str | None = None) -> None:
        """Write ``.azureml/config.json`` below ``path`` or the current folder, so that ``from_config`` finds it.

        It is ``aml_config/config.json`` where only that folder is there.
        """

        labels = {
            "subscription_id": self.subscription_id or None,
            "resource_group": self.resource_group or None,
            "workspace_name": self.name,
        }
        file = "config.json" if file_name is None else coerce.path(file_name, "file_name=")
        write(_absolute(_given(path, "path=")), file or "config.json", self.root, labels)

    # --- workspaces ---

    @classmethod
    def create(cls, name: str, auth: Any = None, *, exist_ok: bool = False, **labels: Any) -> Workspace:
        """Make the folder of a workspace; raises WorkspaceError where there is one, unless ``exist_ok``."""
        workspace = cls(workspace_name=name, **_labels(labels))
        if os.path.isdir(workspace.root) and not exist_ok:
            raise WorkspaceError(f"the workspace {workspace.root} already exists; use it, or give exist_ok=True")
        try:
            os.makedirs(workspace.root, exist_ok=True)
        except OSError as error:
            raise refused(error, workspace.root) from error
        return workspace

    @classmethod
    def get(cls, name: str, auth: Any = None, **labels: Any) -> Workspace:
        """A workspace that is there; raises WorkspaceError where its folder is not."""
        workspace = cls(workspace_name=name, **_labels(labels))
        if not os.path.isdir(workspace.root):
            raise WorkspaceError(f"there is no workspace {workspace.root}; log a run, or call Workspace.create")
        return workspace

    @classmethod
    def list(cls, *_: Any, **__: Any) -> NoReturn:
        """Raise UserError: a workspace is a folder, and nobody keeps a list of them."""
        raise UserError("a workspace is a folder, and there is no list of workspaces; give root=")

    # --- what it holds ---

    @property
    def experiments(self) -> dict[str, Experiment]:
        """The experiments of the workspace, by name."""
        return {one.name: one for one in _classes.experiment.list(self, view_type="All")}

    def get_run(self, run_id: str) -> Run:
        """A run of any experiment by its id; raises UserError where there is none."""
        return _classes.experiment._of_run(query.anywhere(self.root, run_id), self)

    def get_details(self) -> dict[str, Any]:
        """A dictionary with ``name``, ``root`` and the labels of a cloud workspace."""
        return {
            "name": self.name,
            "root": self.root,
            "subscriptionId": self.subscription_id,
            "resourceGroup": self.resource_group,
            "location": self.location,
        }

    @property
    def models(self) -> Latest:
        """The latest version of each model, by name; called as ``models(name)``, a list of versions."""
        from .model import Latest

        return Latest(self)

    @property
    def environments(self) -> dict[str, Environment]:
        """The latest version of each environment that was registered, by name."""
        from .jobs.environment import Environment

        return Environment.list(self)

    def get_mlflow_tracking_uri(self, *_: Any, **__: Any) -> NoReturn:
        """Raise UserError: runs are logged by the calls of a run, and by no server."""
        raise UserError("there is no MLflow server; omit mlflow, and log with experiment.start_logging()")

    def get_portal_url(self) -> str:
        """The address of the home page of the built site, or of where it will be."""
        return addresses.of_workspace(self.root)

    def _say_where(self) -> None:
        """Say once where runs go, when a configuration says so that is not in sight."""
        if self._named_above is not None and self.root not in _said:
            _said.add(self.root)
            sys.stderr.write(f"runpages: logging to {self.root}, set by {self._named_above}\n")

    def experiment_folder(self, name: str) -> str:
        """The folder of an experiment of that name."""
        folder = layout.file_name(coerce.text(name, "an experiment's name"))
        if folder == layout.REPORTS:
            folder = f"~{ord(folder[0]):02x}{folder[1:]}"  # Prose lies in the folder of that name.
        return os.path.join(self.root, folder)

    if not TYPE_CHECKING:  # A type checker would take any name for one that is there.

        def __getattr__(self, name: str) -> NoReturn:
            instead = _OF_A_CLOUD.get(name)
            why = f"has no meaning on folders; omit it: {instead}" if instead else "is not there"
            raise AttributeError(f"Workspace.{name} {why}")

    def __repr__(self) -> str:
        return f"Workspace(name={self.name!r}, root={self.root!r})"


def _given(path: str | os.PathLike[str] | None, what: str) -> str:
    """A folder or a file that was given, else the current folder."""
    return "." if path is None else coerce.path(path, what) or "."


def _label(given: str | None, what: str) -> str:
    """A name of a cloud workspace; raises UserError for what is no text."""
    return "" if given is None else coerce.text(given, what)


def _is_folder(given: object) -> bool:
    """Whether what was given is spelled as a folder or a URL, and as no name."""
    if isinstance(given, str):
        return given.startswith((".", "~")) or "/" in given or os.sep in given
    return isinstance(given, os.PathLike)


def _default(folder: str) -> tuple[str, str | None]:
    """The root that a configuration names, from a folder upwards, and its file if that is above; else the usual one."""
    found = find_configuration(folder)
    return (found.root, _above(found, folder)) if found else (os.path.join(folder, DEFAULT), None)


def _above(config: Config, folder: str) -> str | None:
    return None if os.path.realpath(config.folder) == os.path.realpath(folder) else config.file


def _beginning() -> str:
    """The folder where the script was started: Hydra may go to another one for each job."""
    hydra = sys.modules.get("hydra.core.hydra_config")
    if hydra is not None and hydra.HydraConfig.initialized():
        return str(hydra.HydraConfig.get().runtime.cwd)
    return _absolute(os.curdir)


def _absolute(path: str | os.PathLike[str]) -> str:
    """An absolute path; raises WorkspaceError for a relative one where the current folder no longer exists."""
    try:
        return os.path.abspath(path)
    except FileNotFoundError:
        raise WorkspaceError(
            "the current folder no longer exists; go to another one, or name the workspace by an absolute path"
        ) from None


def _labels(given: dict[str, Any]) -> dict[str, Any]:
    """Those of a cloud workspace's arguments that mean something here."""
    return {key: given[key] for key in ("subscription_id", "resource_group", "root") if key in given}


_classes.workspace = Workspace
