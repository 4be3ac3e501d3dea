"""What a submitted script finds."""

from __future__ import annotations

from ...jobs.environment import (
    DEFAULT_CPU_IMAGE,
    DEFAULT_GPU_IMAGE,
    CondaDependencies,
    DockerSection,
    Environment,
    PythonSection,
    SparkSection,
)
from .. import absent

TYPE_CHECKING = False

__all__ = [
    "DEFAULT_CPU_IMAGE",
    "DEFAULT_GPU_IMAGE",
    "CondaDependencies",
    "DockerSection",
    "Environment",
    "PythonSection",
    "SparkSection",
]

if not TYPE_CHECKING:
    __getattr__ = absent.refusing(__name__)
