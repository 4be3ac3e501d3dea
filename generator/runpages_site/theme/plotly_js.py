"""The whole of plotly.js from the installed plotly package, for the figures that no vendored bundle draws.

It lies beside the pages of the experiments that need it, since 5 MB are too much for every site.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

NAME = "plotly.min.js"

# What the library asks for before it inserts the styles of maps, which the policy of the pages would report.
_GUARD = re.compile(rb'getElementById\("([0-9a-f]{64})"\)')


@cache
def plotly_js() -> Path:
    """Where the library lies. Raises FileNotFoundError where the installation of plotly is damaged."""
    package = find_spec("plotly")
    for folder in (package and package.submodule_search_locations) or ():
        place = Path(folder) / "package_data" / NAME
        if place.is_file():
            return place
    raise FileNotFoundError(f"the installed plotly package has no package_data/{NAME}; install it again")


@cache
def guard() -> str:
    """The id of the element with the styles of maps; empty in a version that has none."""
    found = _GUARD.search(plotly_js().read_bytes())
    return found[1].decode() if found else ""
