"""The configuration of runs of scripts."""

from __future__ import annotations

from ...jobs.config import DockerConfiguration, HistorySection, MpiConfiguration, RunConfiguration
from ...jobs.environment import DEFAULT_CPU_IMAGE, DEFAULT_GPU_IMAGE, CondaDependencies, DockerSection, PythonSection
from ...jobs.environment import Environment as EnvironmentDefinition
from .. import absent

TYPE_CHECKING = False

__all__ = [
    "DEFAULT_CPU_IMAGE",
    "DEFAULT_GPU_IMAGE",
    "CondaDependencies",
    "DockerConfiguration",
    "DockerSection",
    "EnvironmentDefinition",
    "HistorySection",
    "MpiConfiguration",
    "PythonSection",
    "RunConfiguration",
]

if not TYPE_CHECKING:
    __getattr__ = absent.refusing(__name__)
