"""Refuses imports of what the Azure ML SDK has and folders do not, with what to do instead."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

PACKAGE = __name__.rpartition(".")[0]

_DATA = "omit it: data stays in files that a script opens by path"
_MACHINE = "omit it: a script runs on the machine that starts it, by ScriptRunConfig and Experiment.submit"
_PYTHON = "omit it: a script runs in the Python that starts it, and its installed packages are recorded"
_SERVICE = "omit it: nothing is deployed"
_SEARCH = "omit it: start a run for each trial, or a child of one with run.child_run() or run.submit_child()"
_STEPS = "omit it: call the steps in turn, each in a child of one run, run.child_run()"
_OWN = "omit it: it belongs to the service or to a library behind it"

# By the name of a module, whatever lies below it; in `core` a class is often called the same.
INSTEAD = {
    "accel": _SERVICE,
    "adal": "omit it: a folder needs no login",
    "authentication": "omit it: a folder needs no login",
    "automl": _SEARCH,
    "base_sdk_common": _OWN,
    "common": _OWN,
    "compute": _MACHINE,
    "compute_target": _MACHINE,
    "container_registry": _PYTHON,
    "contrib": _OWN,
    "data": _DATA,
    "databricks": _MACHINE,
    "datadrift": _SERVICE,
    "dataprep": _DATA,
    "dataset": _DATA,
    "datastore": _DATA,
    "defaults": _OWN,
    "designer": _STEPS,
    "dnn": _MACHINE,
    "estimator": _MACHINE,
    "explain": _SERVICE,
    "fsspec": _DATA,
    "history": _OWN,
    "hyperdrive": _SEARCH,
    "image": _SERVICE,
    "interpret": "log model explanations as charts or tables, with run.log_image() or run.log_table()",
    "keyvault": "use run.get_secret(name), which reads an environment variable and never records it",
    "launcher": "use ScriptRunConfig(command=['torchrun', '--nproc-per-node=2', 'train.py'])",
    "linked_service": _SERVICE,
    "mlflow": "omit it: log with run.log(), and Workspace.get_portal_url() is the page",
    "monitoring": _SERVICE,
    "opendatasets": "omit it: download the data set to a file that a script opens by path",
    "pipeline": _STEPS,
    "private_endpoint": _SERVICE,
    "resource_configuration": _SERVICE,
    "responsibleai": "log model explanations as charts or tables, with run.log_image() or run.log_table()",
    "restclient": _OWN,
    "runtime": _OWN,
    "services": _SERVICE,
    "sklearn": _MACHINE,
    "studio": _STEPS,
    "tensorboard": "omit it: open the folder that a script writes with tensorboard --logdir",
    "webservice": _SERVICE,
}

# What the names of classes have in them that are called otherwise than their modules, all in small letters.
_CLASSES = {
    "containerinstance": _MACHINE,
    "containerregistry": _PYTHON,
    "cpuimage": _PYTHON,
    "dockerbuild": _PYTHON,
    "dockerimage": _PYTHON,
    "gpuimage": _PYTHON,
    "hdiconfiguration": _MACHINE,
    "historyconfiguration": "use HistorySection",
    "inference": _SERVICE,
    "library": _PYTHON,
    "localtarget": _MACHINE,
    "modelpackage": _SERVICE,
    "paralleltask": _STEPS,
    "parallelrun": _STEPS,
    "pytorchconfiguration": INSTEAD["launcher"],
    "rcranpackage": _PYTHON,
    "registryidentity": _PYTHON,
    "rgithubpackage": _PYTHON,
    "rsection": _PYTHON,
    "sparkconfiguration": _MACHINE,
    "sparkmavenpackage": _PYTHON,
    "sparkpackage": _PYTHON,
    "submittedrun": "use Run: Run.get_context() returns one in a submitted script",
    "tensorflowconfiguration": INSTEAD["launcher"],
    "viewtype": "use the string itself: 'ActiveOnly', 'ArchivedOnly' or 'All'",
}


class Finder:
    """Finds every module below the names of ``INSTEAD``, as one whose every name is refused."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
        """The module, where no real one was found before; None for a name that the SDK does not have either."""
        instead = _advice(name)
        kind: Any = type(__spec__)
        return kind(name, Loader(instead), is_package=True) if instead else None


class Loader:
    """Makes a module whose every name is refused."""

    def __init__(self, instead: str) -> None:
        self._instead = instead

    def create_module(self, spec: Any) -> Any:
        """Leave it to Python."""

    def exec_module(self, module: Any) -> None:
        """Give the module what refuses each name."""
        module.__doc__ = "Has no meaning on folders."
        module.__getattr__ = _refusing(module.__name__, self._instead)


def install() -> None:
    """From here on, modules of the SDK that have no meaning can be imported, after all that are there."""
    sys.meta_path.append(Finder)


def refuse(module: str, name: str) -> NoReturn:
    """Raise ImportError for a name of a module that has no meaning on folders, AttributeError for an unknown one.

    A class is known by the longest name of a module, or of those of ``_CLASSES``, that its own has in it.
    """
    spelled = "" if name.startswith("__") else name.lower().replace("_", "")  # Python itself asks for these.
    advice = {**{known.replace("_", ""): instead for known, instead in INSTEAD.items()}, **_CLASSES}
    found = max((known for known in advice if known in spelled), key=len, default=None)
    if found is None:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    raise refusal(module, name, advice[found])


def refusing(module: str) -> Callable[[str], NoReturn]:
    """What a module that is there has as its ``__getattr__``: it refuses what the SDK has there and folders do not."""
    return lambda name: refuse(module, name)


def _advice(name: str) -> str | None:
    """What to do in place of a module: by the innermost part of its name that is known."""
    if not name.startswith(f"{PACKAGE}."):
        return None
    parts = name.removeprefix(f"{PACKAGE}.").split(".")
    known = next((INSTEAD[part] for word in reversed(parts) if (part := word.lstrip("_")) in INSTEAD), None)
    return known or (_OWN if any(part.startswith("_") and not part.startswith("__") for part in parts) else None)


def _refusing(module: str, instead: str) -> Callable[[str], NoReturn]:
    def refuse(name: str) -> NoReturn:
        if name.startswith("__"):  # Python itself asks for these.
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        raise refusal(module, name, instead)

    return refuse


def refusal(module: str, name: str, instead: str) -> ImportError:
    """The error of a name of a module that has no meaning on folders."""
    original = module.partition("runpages.")[2]
    return ImportError(f"{name} of {original} has no meaning on folders; {instead}", name=module)
