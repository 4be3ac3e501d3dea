"""The configuration file of a workspace: where it is looked for, what it says, and how it is written."""

from __future__ import annotations

import os

from .format.errors import UserError, WorkspaceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

FOLDERS = (".azureml", "aml_config")
FILES = ("config.json", "project.json")
LABELS = ("workspace_name", "subscription_id", "resource_group")


class Config:
    """What a configuration says: the workspace's folder, and the labels of a cloud workspace."""

    def __init__(self, said: dict[str, Any], folder: str) -> None:
        from .format.document import text

        self.root = os.path.normpath(os.path.join(folder, text(said.get("root")) or "runs"))
        self.labels = {label: text(said.get(label)) for label in LABELS}


def look(folder: str) -> Config | None:
    """The first configuration from a folder upwards; None where there is none."""
    for base, place in _places(folder):
        if os.path.isfile(place) and (said := _said(place)) is not None:
            return Config(said, base)
    return None


def find(path: str) -> Config:
    """The configuration in a file, or the first one from a folder upwards.

    Raises WorkspaceError that tells where it looked, and UserError for a file that is none.
    """
    if os.path.isfile(path):
        said = _said(path)
        if said is None:
            raise UserError(f"{path} is no configuration of a workspace; it holds no workspace_name")
        folder = os.path.dirname(path)
        return Config(said, os.path.dirname(folder) if os.path.basename(folder) in FOLDERS else folder)
    found = look(path)
    if found is None:
        looked = ", ".join(place for _, place in list(_places(path))[: len(FILES) * (len(FOLDERS) + 1)])
        raise WorkspaceError(
            f"no configuration of a workspace in {path} or above it. Looked for were {looked}, and the same in each "
            "folder above; Workspace(root=...).write_config() writes one"
        )
    return found


def write(folder: str, file_name: str, root: str, labels: dict[str, str | None]) -> None:
    """Write a configuration below a folder, in ``aml_config`` where that is there, else in ``.azureml``."""
    from .format.document import encode
    from .format.write import replace

    inner = FOLDERS[1] if os.path.isdir(os.path.join(folder, FOLDERS[1])) else FOLDERS[0]
    os.makedirs(os.path.join(folder, inner), exist_ok=True)
    place = os.path.relpath(root, folder).replace(os.sep, "/")
    replace(os.path.join(folder, inner, file_name), encode({**labels, "root": place}))


def _places(folder: str) -> Iterator[tuple[str, str]]:
    """Each folder from one upwards, with the files to look for."""
    while True:
        for file in FILES:
            for inner in (*FOLDERS, ""):
                yield folder, os.path.join(folder, inner, file)
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above


def _said(place: str) -> dict[str, Any] | None:
    """What a file says of a workspace; None for a file of the same name that is something else.

    Many a project has a ``config.json``: outside the folders that are there for it, it has to name the workspace.
    """
    from .format.document import decode

    try:
        with open(place, "rb") as file:
            said = decode(file.read())
    except (OSError, ValueError):
        return None
    own = os.path.basename(os.path.dirname(place)) in FOLDERS
    known = isinstance(said, dict) and (own or isinstance(said.get("workspace_name"), str))
    return said if known else None
