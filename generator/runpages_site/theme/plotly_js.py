"""Finds the full plotly.js in the installed plotly package, for figures that no vendored bundle draws.

It is published only for experiments that need it, since it has 5 MB.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

NAME = "plotly.min.js"

# The element that the library checks before inserting map styles, which the pages' CSP would block.
_GUARD = re.compile(rb'getElementById\("([0-9a-f]{64})"\)')


@cache
def plotly_js() -> Path:
    """Path of the library. Raises FileNotFoundError if the installation of plotly is damaged."""
    package = find_spec("plotly")
    for folder in (package and package.submodule_search_locations) or ():
        place = Path(folder) / "package_data" / NAME
        if place.is_file():
            return place
    raise FileNotFoundError(f"the installed plotly package has no package_data/{NAME}; install it again")


@cache
def guard() -> str:
    """The id of the element with map styles; empty in versions without one."""
    found = _GUARD.search(plotly_js().read_bytes())
    return found[1].decode() if found else ""
