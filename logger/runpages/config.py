"""The configuration file of a workspace: where it is looked for, what it says, and how it is written."""

from __future__ import annotations

import os
from itertools import islice

from .format.errors import UserError, WorkspaceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

FOLDERS = (".azureml", "aml_config")
FILES = ("config.json", "project.json")
LABELS = ("workspace_name", "subscription_id", "resource_group")

_REMEDY = "mend or remove it, or give root="


class Config:
    """What a configuration file says: the workspace's folder, and the labels of a cloud workspace."""

    def __init__(self, said: dict[str, Any], file: str) -> None:
        from .format.document import text

        self.file = file
        self.folder = folder = _base(file)
        self.root = os.path.normpath(os.path.join(folder, text(said.get("root")) or "runs"))
        self.labels = {label: text(said.get(label)) for label in LABELS}


def look(folder: str) -> Config | None:
    """The first configuration from a folder upwards; None where there is none.

    Raises UserError for one that is damaged.
    """
    for place in _places(folder):
        if os.path.isfile(place) and (said := _said(place)) is not None:
            return Config(said, place)
    return None


def find(path: str) -> Config:
    """The configuration in a file, or the first one from a folder upwards.

    Raises WorkspaceError that tells where it looked, and UserError for a file that is none or is damaged.
    """
    if os.path.isfile(path):
        said = _read(path)
        if not _is_own(path) and not isinstance(said.get("workspace_name"), str):
            raise UserError(f"{path} is no configuration of a workspace; it holds no workspace_name")
        return Config(said, path)
    if not os.path.isdir(path):
        raise WorkspaceError(f"no configuration of a workspace in {path}, which is not there; give a file or a folder")
    found = look(path)
    if found is None:
        looked = ", ".join(islice(_places(path), len(FILES) * (len(FOLDERS) + 1)))
        raise WorkspaceError(
            f"no configuration of a workspace in {path} or above it. Looked for were {looked}, and the same in each "
            "folder above; Workspace(root=...).write_config() writes one"
        )
    return found


def write(folder: str, file_name: str, root: str, labels: dict[str, str | None]) -> None:
    """Write a configuration below a folder, in ``aml_config`` where only that is there, else in ``.azureml``.

    Raises StorageError where the disk refuses.
    """
    from .format.document import encode
    from .format.write import refused, replace

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


def _is_own(place: str) -> bool:
    """Whether a file lies in a folder that is there for configurations."""
    return os.path.basename(os.path.dirname(place)) in FOLDERS


def _base(place: str) -> str:
    """The folder that a configuration is of."""
    folder = os.path.dirname(place)
    return os.path.dirname(folder) if _is_own(place) else folder


def _said(place: str) -> dict[str, Any] | None:
    """What a file says of a workspace; None for a file of the same name that is something else.

    Many a project has a ``config.json``: outside the folders that are there for it, it has to name the workspace.
    """
    if _is_own(place):
        return _read(place)
    try:
        said = _read(place)
    except UserError:
        return None
    return said if isinstance(said.get("workspace_name"), str) else None


def _read(place: str) -> dict[str, Any]:
    """The object in a file; raises UserError where there is none."""
    from .format.document import decode

    try:
        with open(place, "rb") as file:
            said = decode(file.read())
    except (OSError, ValueError) as error:
        raise UserError(f"the configuration {place} cannot be read: {error}; {_REMEDY}") from None
    if not isinstance(said, dict):
        raise UserError(f"the configuration {place} cannot be read: it holds no JSON object; {_REMEDY}")
    return said
