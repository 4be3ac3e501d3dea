"""Converts clean HTML to nested JSON values, from which a script builds elements, and back.

A node is a text, or a list of a tag, its attributes and its nodes, so that scripts parse no HTML.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from .plain import html

Node = Any
"""A ``str``, or ``[tag, {attribute: value}, *nodes]``."""

_VOID = frozenset(["br", "hr", "img"])


def nodes(markup: str) -> list[Node]:
    """The nodes of clean HTML. Tags and attributes not on the lists of safe ones are dropped; their text stays."""
    from .node_parser import parsed  # Few runs need it, and the parser of HTML takes milliseconds to load.

    return parsed(markup, _VOID)


def markup(tree: Iterable[Node]) -> Markup:
    """Nodes as HTML, with all text escaped."""
    return Markup("".join(map(_html, tree)))  # noqa: S704 - all text in it is escaped


def _html(node: Node) -> str:
    if isinstance(node, str):
        return html(node)
    tag, attributes, *inner = node
    listed = "".join(f' {name}="{html(str(value))}"' for name, value in attributes.items())
    return f"<{tag}{listed}>" if tag in _VOID else f"<{tag}{listed}>{''.join(map(_html, inner))}</{tag}>"
