"""The configuration of runs of scripts."""

from __future__ import annotations

from ...environment import DEFAULT_CPU_IMAGE, DEFAULT_GPU_IMAGE, CondaDependencies, DockerSection, PythonSection
from ...environment import Environment as EnvironmentDefinition
from ...runconfig import DockerConfiguration, HistorySection, MpiConfiguration, RunConfiguration
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
