"""Gives the addresses of files and of pages in the built site, also as a table for notebooks."""

from __future__ import annotations

import os

from . import query
from .format import layout
from .format.document import text


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
    built = query.document(os.path.join(workspace, layout.STATE, "site.json"))
    base = text(built.get("base_url"))
    if base:
        return f"{base.rstrip('/')}/{page}"
    site = text(built.get("site"))
    folder = os.path.join(workspace, layout.STATE, site) if site else layout.site_of(workspace)
    return address(os.path.join(folder, page))


def address(path: str) -> str:
    """The ``file://`` address of a path."""
    from urllib.parse import quote

    return "file://" + quote(os.path.abspath(path).replace(os.sep, "/"))


def table(root: str, /, **facts: tuple[str, str | None] | str | None) -> str:
    """A table of one row for a notebook, where a fact with an address becomes a link; everything is escaped.

    ``root`` is the folder of the workspace.
    """
    from html import escape

    from .notebook.links import anchor

    heads = "".join(f"<th>{escape(name)}</th>" for name in facts)
    cells = []
    for fact in facts.values():
        words, link = fact if isinstance(fact, tuple) else (fact, None)
        text = str(words or "–")
        cells.append(f"<td>{anchor(link, text, root) if link else escape(text)}</td>")
    return f'<table style="width:100%"><tr>{heads}</tr><tr>{"".join(cells)}</tr></table>'
