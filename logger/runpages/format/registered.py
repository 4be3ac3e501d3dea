"""Finds and reads the documents of versions of models and environments."""

from __future__ import annotations

import os
from typing import NamedTuple

from . import layout
from .document import integer, mapping, seconds, text
from .records import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MODELS = layout.MODELS


class RegisteredModel(NamedTuple):
    """A version of a model: a file or a folder of a run, by its name among the run's artifacts.

    ``created`` is in seconds since the epoch.
    """

    name: str
    version: int
    experiment: str
    run: str
    artifact: str
    tags: dict[str, str | None]
    description: str | None
    framework: str | None
    framework_version: str | None
    created: float | None


class Document(NamedTuple):
    """Where a version is written: the folder that spells its name, and the path from the workspace, with ``/``."""

    folder: str
    version: int
    path: str


def path_of(root: str, kind: str, name: str, version: int) -> str:
    """The path of the document of a version."""
    return os.path.join(root, _location(kind, layout.file_name(name), version))


def versions(root: str, kind: str, name: str) -> list[int]:
    """The versions of a name, the latest last."""
    return _versions(root, kind, layout.file_name(name))


def documents(root: str, kind: str) -> list[Document]:
    """The documents of a kind, the latest version of each name last; nothing is read."""
    return [
        Document(folder, version, _location(kind, folder, version))
        for folder in _listed(os.path.join(root, layout.STATE, kind))
        for version in _versions(root, kind, folder)
    ]


def names(root: str, kind: str) -> list[str]:
    """The names that have a version, from a document where the folder does not give its name back."""
    from .read import read_document

    found: dict[str, str | None] = {}
    for one in documents(root, kind):
        if not found.get(one.folder):
            name = layout.name_of(one.folder) or read_document(os.path.join(root, one.path), []).get("name")
            found[one.folder] = text(name)
    return sorted(name for name in found.values() if name)


def read_models(root: str) -> tuple[list[RegisteredModel], list[Problem]]:
    """The models that runs of a workspace made, and why some were left out.

    The ``file`` of a problem is relative to the workspace.
    """
    from .read import read_document  # To load it takes as long as many a look at what is registered.

    models: list[RegisteredModel] = []
    problems: list[Problem] = []
    for one in documents(root, MODELS):
        met: list[Problem] = []
        document = read_document(os.path.join(root, one.path), met)
        if not met and document.get("run", "") is None:
            continue  # It was registered from a file of its own, and belongs to no run.
        document |= {"name": layout.name_of(one.folder) or document.get("name"), "version": one.version}
        why = met[0].message if met else document.get("format_refused") or _lacks(document)
        if why:
            problems.append(Problem(one.path, met[0].line if met else None, why, "Model skipped"))
        else:
            models.append(model_of(document))
    return models, problems


def model_of(document: dict[str, Any]) -> RegisteredModel:
    """The model that a document describes; what has a wrong type there is empty."""
    return RegisteredModel(
        name=text(document.get("name")) or "",
        version=integer(document.get("version")) or 0,
        experiment=text(document.get("experiment")) or "",
        run=text(document.get("run")) or "",
        artifact=text(document.get("artifact")) or "",
        tags={key: None if value is None else str(value) for key, value in mapping(document.get("tags")).items()},
        description=text(document.get("description")),
        framework=text(document.get("framework")),
        framework_version=text(document.get("framework_version")),
        created=seconds(document.get("created")),
    )


def _lacks(document: dict[str, Any]) -> str:
    """What a document does not say that makes it one of a model; empty for one that is whole."""
    missing = [key for key in ("name", "experiment", "run", "artifact") if text(document.get(key)) is None]
    return f"The model has no {', '.join(missing)}" if missing else ""


def _versions(root: str, kind: str, folder: str) -> list[int]:
    files = _listed(os.path.join(root, layout.STATE, kind, folder))
    numbers = (file.removesuffix(".json") for file in files if file.endswith(".json"))
    # What else lies there, such as a copy with another name, is no version.
    return sorted(int(number) for number in numbers if number.isascii() and number.isdigit() and number[0] != "0")


def _location(kind: str, folder: str, version: int) -> str:
    return f"{layout.STATE}/{kind}/{folder}/{version}.json"


def _listed(folder: str) -> list[str]:
    """The names in a folder, without hidden ones; none where it is not there."""
    try:
        return sorted(name for name in os.listdir(folder) if not name.startswith("."))
    except OSError:
        return []
