"""Reads the settings of a workspace from ``runpages.yml``, and reports all mistakes at once.

The reader, the JSON Schema and the table in the documentation are derived from the types in ``values``.
"""

from .json_schema import schema
from .reader import parse, read
from .values import THEME, ExperimentSettings, Hide, Limits, Settings, fingerprint

__all__ = ["THEME", "ExperimentSettings", "Hide", "Limits", "Settings", "fingerprint", "parse", "read", "schema"]
