"""The configuration of runs of scripts."""

from __future__ import annotations

from ...environment import DEFAULT_CPU_IMAGE, CondaDependencies, DockerSection, PythonSection
from ...environment import Environment as EnvironmentDefinition
from ...runconfig import DockerConfiguration, HistorySection, MpiConfiguration, RunConfiguration

TYPE_CHECKING = False

__all__ = [
    "DEFAULT_CPU_IMAGE",
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

    def __getattr__(name: str) -> None:
        """Refuse what is of clusters."""
        from .. import absent

        absent.refuse(__name__, name)
