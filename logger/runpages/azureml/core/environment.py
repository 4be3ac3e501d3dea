"""What a submitted script finds."""

from __future__ import annotations

from ...environment import CondaDependencies, DockerSection, Environment, PythonSection

__all__ = ["CondaDependencies", "DockerSection", "Environment", "PythonSection"]
