"""Registers the classes that modules below theirs make, so that no module imports one above it.

A workspace lists experiments, which are made of a workspace; a folder that a worker is given becomes a run, which
needs both. ``runpages/__init__`` loads both classes before any call can need one.
"""

from __future__ import annotations

from .coerce import quoted
from .format.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .experiment import Experiment
    from .workspace import Workspace

experiment: type[Experiment]
workspace: type[Workspace]


def checked_workspace(given: Any) -> Workspace:
    """A workspace that was given; raises UserError for anything else, such as its folder."""
    if not isinstance(given, workspace):  # noqa: F821 - the class sets it
        raise UserError(f"the workspace must be a Workspace, not {quoted(given)}; give Workspace(root=...)")
    return given


def checked_experiment(given: Any) -> Experiment:
    """An experiment that was given; raises UserError for anything else, such as its name."""
    if not isinstance(given, experiment):  # noqa: F821 - the class sets it
        raise UserError(f"the experiment must be an Experiment, not {quoted(given)}; give Experiment(workspace, name)")
    return given
