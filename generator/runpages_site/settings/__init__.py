"""The settings of a workspace, from ``runpages.yml``: typed, read with every mistake told at once, and described.

The types in ``values`` are all that is written by hand; the reader, the JSON Schema and the table in the
documentation follow from them.
"""

from .json_schema import schema
from .reader import parse, read
from .values import THEME, ExperimentSettings, Hide, Limits, Settings, fingerprint

__all__ = ["THEME", "ExperimentSettings", "Hide", "Limits", "Settings", "fingerprint", "parse", "read", "schema"]
