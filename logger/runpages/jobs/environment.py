"""Defines the environment of a submitted script: its Python and variables; packages and containers are only noted."""

from __future__ import annotations

import os

from .. import registry
from ..format.document import encode
from ..format.errors import UserError
from ..format.write import create, replace
from .section import NONE, PATH, Section, read, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from ..registry import Rooted

DEFAULT_CPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04"
DEFAULT_GPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.1-cudnn8-ubuntu20.04"
FILE = "azureml_environment.json"
CURATED = "azureml-"
"""How the names of environments begin that the service offers."""


class CondaDependencies(Section, takes={"conda_packages": list, "pip_packages": list, "python_version": (str, NONE)}):
    """Packages that a script wants. Nothing is installed: they are noted with the run."""

    def __init__(self, conda_dependencies_file_path: str | os.PathLike[str] | None = None) -> None:
        self.conda_packages: list[str] = []
        self.pip_packages: list[str] = []
        self.python_version: str | None = None
        if conda_dependencies_file_path is not None:
            self.fill(read(os.fspath(_file(conda_dependencies_file_path))))

    @classmethod
    def create(
        cls,
        pip_indexurl: str | None = None,
        pip_packages: Iterable[str] | None = None,
        conda_packages: Iterable[str] | None = None,
        python_version: str | None = None,
        pin_sdk_version: bool = True,
    ) -> CondaDependencies:
        """The packages of two lists."""
        made = cls()
        made.conda_packages += conda_packages or ()
        made.pip_packages += pip_packages or ()
        made.python_version = python_version
        return made

    def add_conda_package(self, conda_package: str) -> None:
        """Add a package of conda."""
        self.conda_packages.append(conda_package)

    def add_pip_package(self, pip_package: str) -> None:
        """Add a package of pip."""
        self.pip_packages.append(pip_package)

    def add_channel(self, channel: str) -> None:
        """Do nothing: nothing is installed."""

    def set_python_version(self, version: str) -> None:
        """Set the version of Python."""
        self.python_version = version

    def serialize_to_string(self) -> str:
        """The packages as a conda specification in YAML."""
        python = [f"python={self.python_version}"] if self.python_version else []
        lines = [f"- {package}" for package in (*python, *self.conda_packages)]
        pip = ["- pip:", *(f"  - {package}" for package in self.pip_packages)] if self.pip_packages else []
        return "\n".join(["dependencies:", *lines, *pip, ""])

    def save_to_file(self, base_directory: str | os.PathLike[str], conda_file_path: str = "conda.yml") -> str:
        """Write the specification into a folder; returns the name of the file."""
        with open(os.path.join(base_directory, conda_file_path), "w", encoding="utf-8") as file:
            file.write(self.serialize_to_string())
        return conda_file_path

    def fill(self, document: dict[str, Any]) -> None:
        """Take what ``plain`` gave, or a conda specification."""
        super().fill(document)
        for one in document.get("dependencies") or ():
            self.conda_packages += [one] if isinstance(one, str) else []
            self.pip_packages += one.get("pip", []) if isinstance(one, dict) else []


class PythonSection(
    Section,
    takes={
        "interpreter_path": PATH,
        "user_managed_dependencies": bool,
        "conda_dependencies": (CondaDependencies, NONE),
        "conda_dependencies_file": (*PATH, NONE),
    },
):
    """Which Python runs the script; ``interpreter_path`` counts with ``user_managed_dependencies`` only.

    ``conda_dependencies`` are noted and not installed.
    """

    def __init__(self) -> None:
        self.interpreter_path: str | os.PathLike[str] = "python"
        self.user_managed_dependencies = False
        self.conda_dependencies: CondaDependencies | None = CondaDependencies()
        self.conda_dependencies_file: str | os.PathLike[str] | None = None


class RegistrySection(Section, takes=dict.fromkeys(("address", "username", "password"), (str, NONE))):
    """Where an image would come from; a password is never written."""

    def __init__(self) -> None:
        self.address: str | None = None
        self.username: str | None = None
        self.password: str | None = None

    def plain(self) -> dict[str, Any]:
        """The address alone."""
        return {"address": self.address}

    def __repr__(self) -> str:
        return f"RegistrySection(address={self.address!r})"


class DockerSection(
    Section,
    takes={
        "enabled": bool,
        "base_image": (str, NONE),
        "base_dockerfile": (*PATH, NONE),
        "base_image_registry": RegistrySection,
        "gpu_support": bool,
        "shared_volumes": bool,
        "shm_size": (str, NONE),
        "arguments": list,
    },
):
    """A container, which is noted and not used: the script runs on this machine itself."""

    def __init__(self) -> None:
        self.enabled = False
        self.base_image: str | None = DEFAULT_CPU_IMAGE
        self.base_dockerfile: str | os.PathLike[str] | None = None
        self.base_image_registry = RegistrySection()
        self.gpu_support = False
        self.shared_volumes = True
        self.shm_size: str | None = None
        self.arguments: list[str] = []


class SparkSection(Section, takes={"precache_packages": bool}):
    """Settings of Spark, which mean nothing on one machine."""

    def __init__(self) -> None:
        self.precache_packages = True


class Environment(
    Section,
    takes={
        "name": (str, NONE),
        "version": (str, NONE),
        "python": PythonSection,
        "docker": DockerSection,
        "spark": SparkSection,
        "environment_variables": dict,
        "inferencing_stack_version": (str, NONE),
    },
):
    """What a submitted script finds: ``python`` and ``environment_variables``.

    What is said of conda and of containers is noted in the definition of the run as not applied.
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name
        self.version: str | None = None
        self.python = PythonSection()
        self.docker = DockerSection()
        self.spark = SparkSection()
        self.environment_variables: dict[str, str] = {}
        self.inferencing_stack_version: str | None = None

    def clone(self, new_name: str) -> Environment:
        """A copy under another name, without a version."""
        from copy import deepcopy

        copied = deepcopy(self)
        copied.name, copied.version = new_name, None
        return copied

    # --- where from ---

    @classmethod
    def from_existing_conda_environment(cls, name: str, conda_environment_name: str) -> Environment:
        """The Python of an environment of conda; raises UserError where there is none of that name, or no conda."""
        made = cls(name)
        made.python.user_managed_dependencies = True
        made.python.interpreter_path = _python_of_conda(conda_environment_name)
        return made

    @classmethod
    def from_conda_specification(cls, name: str, file_path: str | os.PathLike[str]) -> Environment:
        """An environment with the file of its packages, which are not installed; raises UserError for no file."""
        made = cls(name)
        made.python.conda_dependencies_file = _file(file_path)
        return made

    @classmethod
    def from_pip_requirements(cls, name: str, file_path: str | os.PathLike[str]) -> Environment:
        """An environment with the packages of a file, which are not installed; raises UserError for no file."""
        made = cls(name)
        with open(_file(file_path), encoding="utf-8") as file:
            lines = [line.strip() for line in file]
        made.python.conda_dependencies = CondaDependencies.create(
            pip_packages=[line for line in lines if line and not line.startswith("#")]
        )
        return made

    @classmethod
    def from_docker_image(cls, name: str, image: str, **_: Any) -> Environment:
        """An environment with an image, which is noted and not used."""
        made = cls(name)
        made.docker.enabled, made.docker.base_image = True, image
        return made

    @classmethod
    def from_dockerfile(
        cls,
        name: str,
        dockerfile: str | os.PathLike[str],
        conda_specification: str | os.PathLike[str] | None = None,
        pip_requirements: str | os.PathLike[str] | None = None,
    ) -> Environment:
        """An environment with a Dockerfile, which is noted and not used; raises UserError for no file of packages."""
        made = cls(name)
        if conda_specification is not None:
            made = cls.from_conda_specification(name, conda_specification)
        elif pip_requirements is not None:
            made = cls.from_pip_requirements(name, pip_requirements)
        made.docker.base_image, made.docker.base_dockerfile = None, dockerfile
        return made

    def save_to_directory(self, path: str | os.PathLike[str], overwrite: bool = False) -> None:
        """Write it into a folder; raises ConflictError where one was written already, unless ``overwrite``."""
        (replace if overwrite and os.path.isdir(path) else create)(os.path.join(path, FILE), encode(written(self)))

    @classmethod
    def load_from_directory(cls, path: str | os.PathLike[str]) -> Environment:
        """The environment in a folder; raises UserError where there is none."""
        made = cls()
        made.fill(read(os.fspath(_file(os.path.join(path, FILE)))))
        return made

    # --- those of a workspace ---

    def register(self, workspace: Rooted) -> Environment:
        """Keep it in the workspace as the next version of its name; returns it with its version.

        Its variables are kept too; of those whose names say that they hold secrets only the names, with a warning.
        """
        document = registry.add(workspace.root, registry.ENVIRONMENTS, self.name or "", written(self))
        registered = self.clone(document["name"])
        registered.version = str(document["version"])
        return registered

    @classmethod
    def get(
        cls, workspace: Rooted, name: str, version: str | int | None = None, label: str | None = None
    ) -> Environment:
        """An environment that was registered, by default the latest version; raises UserError where there is none.

        The only ``label`` is ``Latest``.

        One that the service offers, ``AzureML-…``, is the Python that submits, with a note of its name.
        """
        if label is not None and label.lower() != "latest":
            raise UserError(f"environment {name!r} has no label {label!r}; give version=, or leave out label=")
        if name.lower().startswith(CURATED) and not registry.versions(workspace.root, registry.ENVIRONMENTS, name):
            offered = cls(name)
            offered.version = None if version is None else str(version)
            return offered
        return _restored(registry.get(workspace.root, registry.ENVIRONMENTS, name, version))

    def build(self, workspace: Rooted, image_build_compute: Any = None) -> None:
        """Raise UserError: nothing is built."""
        raise UserError("nothing is built for an environment on folders; omit the call, and submit a script with it")

    # Last, since within the class the name would hide the built-in one.
    @staticmethod
    def list(workspace: Rooted) -> dict[str, Environment]:
        """The latest version of each environment that was registered, by name."""
        return {one["name"]: _restored(one) for one in registry.latest(workspace.root, registry.ENVIRONMENTS)}


def packages(python: PythonSection) -> dict[str, Any]:
    """What is said of packages, less what is empty."""
    said = python.conda_dependencies.plain() if python.conda_dependencies else {}
    return {key: value for key, value in said.items() if value}


def unapplied(environment: Environment) -> Sequence[str]:
    """What an environment asks for and a script on this machine does not get."""
    python, docker = environment.python, environment.docker
    asked = {
        "python.conda_dependencies": packages(python) or python.conda_dependencies_file,
        "docker": docker.enabled or docker.base_dockerfile or docker.base_image not in (None, DEFAULT_CPU_IMAGE),
        "curated environment": (environment.name or "").lower().startswith(CURATED),
    }
    return [what for what, is_asked in asked.items() if is_asked]


def _restored(document: dict[str, Any]) -> Environment:
    made = Environment()
    made.fill({**document, "version": str(document["version"])})
    return made


def _file(path: str | os.PathLike[str]) -> str | os.PathLike[str]:
    if not os.path.isfile(path):
        raise UserError(f"the file {os.fspath(path)} does not exist; an environment is read from it")
    return path


def _python_of_conda(name: str) -> str:
    import json
    import shutil
    import subprocess

    conda = shutil.which("conda") or os.environ.get("CONDA_EXE")  # In many a shell it is a function.
    if conda is None:
        raise UserError("conda is not on the PATH; set python.interpreter_path to the Python of the environment")
    done = subprocess.run([conda, "env", "list", "--json"], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise UserError(f"conda env list failed: {done.stderr.strip()}; set python.interpreter_path instead")
    base = os.path.dirname(os.path.dirname(os.path.realpath(conda)))
    folders = json.loads(done.stdout)["envs"]
    known = {"base" if folder == base else os.path.basename(folder): folder for folder in folders}
    if name not in known:
        raise UserError(f"conda has no environment {name!r}; it has {', '.join(sorted(known)) or 'none'}")
    return os.path.join(known[name], *(("python.exe",) if os.name == "nt" else ("bin", "python")))
