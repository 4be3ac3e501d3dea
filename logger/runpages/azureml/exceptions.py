"""The exceptions under their original names."""

from __future__ import annotations

from ..format.errors import ActivityError as ActivityFailedException
from ..format.errors import ExecutionError as ExperimentExecutionException
from ..format.errors import RunEnvironmentError as RunEnvironmentException
from ..format.errors import RunpagesError
from ..format.errors import RunpagesError as AzureMLException
from ..format.errors import SnapshotError as SnapshotException
from ..format.errors import UserError as UserErrorException
from ..format.errors import WorkspaceError as WorkspaceException

__all__ = [
    "ActivityFailedException",
    "AzureMLException",
    "ExperimentExecutionException",
    "ProjectSystemException",
    "RunConfigurationException",
    "RunEnvironmentException",
    "SnapshotException",
    "UserErrorException",
    "WorkspaceException",
]


class ProjectSystemException(RunpagesError):
    """A folder of a project is not as it has to be."""


class RunConfigurationException(RunpagesError):
    """A run configuration is not as it has to be."""
