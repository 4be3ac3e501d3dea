"""Classes that modules below theirs make, without importing them: an imported module never needs the one importing it.

A workspace lists experiments, which are made of a workspace; a folder that a worker is given becomes a run, which
needs both. ``runpages/__init__`` loads both classes before any call can need one.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .experiment import Experiment
    from .workspace import Workspace

experiment: type[Experiment]
workspace: type[Workspace]
