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
    "AuthenticationException",
    "AzureMLException",
    "ComputeTargetException",
    "DatasetExecutionError",
    "DatasetTimestampMissingError",
    "DatasetValidationError",
    "DiscoveryUrlNotFoundException",
    "ExperimentExecutionException",
    "ModelNotFoundException",
    "ModelPathNotFoundException",
    "ProjectSystemException",
    "RunConfigurationException",
    "RunEnvironmentException",
    "ServiceException",
    "SnapshotException",
    "TrainingException",
    "UserErrorException",
    "WebserviceException",
    "WorkspaceException",
]

ModelNotFoundException = ModelPathNotFoundException = UserErrorException


class ProjectSystemException(RunpagesError):
    """A folder of a project is not as it has to be."""


class RunConfigurationException(RunpagesError):
    """A run configuration is not as it has to be."""


class AuthenticationException(RunpagesError):
    """Nobody logs in: it is there to be caught, and never raised."""


class ComputeTargetException(RunpagesError):
    """There are no computing targets: it is there to be caught, and never raised."""


class DatasetExecutionError(RunpagesError):
    """There are no data sets: it is there to be caught, and never raised."""


class DatasetTimestampMissingError(RunpagesError):
    """There are no data sets: it is there to be caught, and never raised."""


class DatasetValidationError(RunpagesError):
    """There are no data sets: it is there to be caught, and never raised."""


class DiscoveryUrlNotFoundException(RunpagesError):
    """There is no service: it is there to be caught, and never raised."""


class ServiceException(RunpagesError):
    """There is no service: it is there to be caught, and never raised."""


class TrainingException(RunpagesError):
    """A run that fails is an ActivityFailedException: it is there to be caught, and never raised."""


class WebserviceException(RunpagesError):
    """Nothing is deployed: it is there to be caught, and never raised."""
