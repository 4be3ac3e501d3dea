"""What a site is as a whole: its name and its assets, and the files that are the site's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .citation import Citation

MANIFEST = ".runpages-site.json"
"""The file that lists what runpages wrote into a site, and shows that a folder is one."""

NOT_FOUND = "404.html"
"""The page that a web server shows at an address where the site has nothing, however deep that is."""


class Site(NamedTuple):
    """What is the same on every page."""

    title: str
    description: str | None
    readme: str | None
    version: str
    assets: Mapping[str, str] = {}
    """Path of each asset from the root, by its plain name: ``runpages.css`` -> ``assets/runpages.1a2b3c4d.css``."""
    sections: Mapping[str, Sequence[str]] = {}
    """The plain names of the assets that a section of a page loads, by the name of the section."""
    base_url: str | None = None
    """Where it will be published."""
    citation: Citation | None = None
    """How to cite it, where the workspace says so."""


class Script(NamedTuple):
    """A data script: its path, and a hash that makes a browser load it again when it changes."""

    path: str
    hash: str
