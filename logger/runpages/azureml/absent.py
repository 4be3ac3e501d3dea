"""What the Azure ML SDK has and folders do not: to import it is an error that says what to do instead."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

_DATA = "leave it away: data stays in files, which a script opens by their paths"
_MACHINE = "leave it away: a script runs on the machine that starts it"
_PYTHON = "leave it away: a script runs in the Python that starts it, and what is installed there is noted"
_SERVICE = "leave it away: nothing is deployed"
_SEARCH = "leave it away: begin a run for each trial, or a child of one with run.child_run()"

# By the name of a module; in `core` a class is often called the same.
INSTEAD = {
    "authentication": "leave it away: nobody logs in to a folder",
    "automl": _SEARCH,
    "compute": _MACHINE,
    "compute_target": _MACHINE,
    "conda_dependencies": _PYTHON,
    "container_registry": _PYTHON,
    "data": _DATA,
    "dataset": _DATA,
    "datastore": _DATA,
    "dnn": _MACHINE,
    "environment": _PYTHON,
    "estimator": _MACHINE,
    "hyperdrive": _SEARCH,
    "image": _SERVICE,
    "keyvault": "leave it away: read secrets from environment variables, which a run never notes",
    "model": "use run.upload_file('outputs/model.pkl', path): the file is kept with its run",
    "pipeline": "leave it away: call the steps one after the other, each with a child of one run, run.child_run()",
    "webservice": _SERVICE,
}


def register(package: str, *modules: str) -> None:
    """Make modules that can be imported, and whose every name is refused."""
    for module in modules:
        name = f"{package}.{module}"
        made = type(sys)(name, "Has no meaning on folders.")
        made.__getattr__ = _refusing(name, INSTEAD[module.partition(".")[0]])  # type: ignore[method-assign]
        sys.modules[name] = made


def refuse(module: str, name: str) -> NoReturn:
    """Raise ImportError for a name of a module that has no meaning on folders, AttributeError for an unknown one."""
    spelled = name.lower().replace("_", "")
    for known, instead in INSTEAD.items():
        if known.replace("_", "") == spelled:
            raise _refusal(module, name, instead)
    raise AttributeError(f"module {module!r} has no attribute {name!r}")


def _refusing(module: str, instead: str) -> Callable[[str], NoReturn]:
    def refuse(name: str) -> NoReturn:
        if name.startswith("__"):  # Python itself asks for these.
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        raise _refusal(module, name, instead)

    return refuse


def _refusal(module: str, name: str, instead: str) -> ImportError:
    original = module.partition("runpages.")[2]
    return ImportError(f"{name} of {original} has no meaning on folders; {instead}", name=module)
