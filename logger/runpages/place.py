"""Where a run's page is, or will be, in the built site."""

from __future__ import annotations

import os

from .format import layout
from .format.document import text
from .format.read import read_document

DEFAULT = "site"


def of_run(workspace: str, folder: str) -> str:
    """The address of a run's page: below the ``base_url`` of the last build, else in the folder that it wrote.

    Before the first build that is ``site`` in the current folder, where ``runpages build`` puts it.
    """
    experiment, run = os.path.basename(os.path.dirname(folder)), os.path.basename(folder)
    page = layout.run_page(experiment, run)
    built = read_document(os.path.join(workspace, layout.STATE, "site.json"), [])
    base = text(built.get("base_url"))
    if base:
        return f"{base.rstrip('/')}/{page}"
    site = os.path.join(workspace, layout.STATE, text(built.get("site")) or "") if text(built.get("site")) else DEFAULT
    path = os.path.abspath(os.path.join(site, page))
    from urllib.parse import quote

    return "file://" + quote(path.replace(os.sep, "/"))
