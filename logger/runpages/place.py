"""Where pages are, or will be, in the built site."""

from __future__ import annotations

import os

from .details import address
from .format import layout
from .format.document import text
from .format.read import read_document


def of_run(workspace: str, folder: str) -> str:
    """The address of a run's page."""
    return _address(workspace, layout.run_page(os.path.basename(os.path.dirname(folder)), os.path.basename(folder)))


def of_experiment(workspace: str, folder: str) -> str:
    """The address of an experiment's page."""
    return _address(workspace, layout.experiment_page(os.path.basename(folder)))


def of_workspace(workspace: str) -> str:
    """The address of the site's home page."""
    return _address(workspace, "index.html")


def _address(workspace: str, page: str) -> str:
    """A page below the ``base_url`` of the last build, else in the folder that it wrote.

    Before the first build that is where ``runpages build`` puts it.
    """
    built = read_document(os.path.join(workspace, layout.STATE, "site.json"), [])
    base = text(built.get("base_url"))
    if base:
        return f"{base.rstrip('/')}/{page}"
    site = text(built.get("site"))
    folder = os.path.join(workspace, layout.STATE, site) if site else layout.site_of(workspace)
    return address(os.path.join(folder, page))
