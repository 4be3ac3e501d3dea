"""Writes a run configuration to a file, reads it from one, and notes it in the run that it made."""

from __future__ import annotations

import os

from ..format.document import encode
from ..format.errors import UserError
from ..format.write import refused, replace
from .environment import Environment, packages, unapplied
from .section import read, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .section import Section

FOLDER = ".azureml"
ENDING = ".runconfig"


def noted(environment: Environment) -> dict[str, Any]:
    """What the definition of a run says of its environment: names of variables, never their texts."""
    python, docker = environment.python, environment.docker
    said: dict[str, Any] = {
        "name": environment.name,
        "version": environment.version,
        "environment_variables": sorted(environment.environment_variables),
        "user_managed_dependencies": python.user_managed_dependencies,
        "conda_dependencies": packages(python),
        "docker": docker.base_image if docker.enabled else None,
        "not_applied": unapplied(environment),
    }
    return {key: value for key, value in said.items() if value}


def known(definition: dict[str, Any]) -> Environment:
    """The environment that the definition of a run names; of its variables only the names were noted."""
    said = definition.get("environment")
    made = Environment()
    if not isinstance(said, dict):
        return made
    made.fill({key: said[key] for key in ("name", "version") if key in said})
    made.python.fill(said)
    if "docker" in said:
        made.docker.enabled, made.docker.base_image = True, said["docker"]
    return made


# --- files -------------------------------------------------------------------------------------------------


def save(config: Section, path: str | os.PathLike[str] | None, name: str) -> None:
    """Write ``<path>/.azureml/<name>.runconfig``: JSON, which is YAML as well."""
    folder = os.path.join(path or ".", FOLDER)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise refused(error, folder) from error
    replace(os.path.join(folder, f"{name}{ENDING}"), encode(written(config)))


def load(config: Section, path: str | os.PathLike[str] | None, name: str) -> None:
    """Set what a file says, in a folder or by its own path; raises UserError, with the file, for what cannot be."""
    place = _place(os.fspath(path or "."), name)
    said = read(place)
    try:
        config.fill(said)
    except UserError as error:
        raise UserError(f"{place}: {error}") from None


def _place(path: str, name: str) -> str:
    if os.path.isfile(path):
        return path
    places = [
        os.path.join(path, inner, name + ending) for inner in (FOLDER, "aml_config", "") for ending in (ENDING, "")
    ]
    found = next((place for place in places if os.path.isfile(place)), None)
    if found is None:
        raise UserError(f"no run configuration {name!r} in {path}; searched {', '.join(places)}")
    return found
