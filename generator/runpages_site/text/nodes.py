"""Converts clean HTML to nested JSON values, from which a script builds elements, and back.

A node is a text, or a list of a tag, its attributes and its nodes, so that scripts parse no HTML.
"""

from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any

from markupsafe import Markup

from .plain import html

Node = Any
"""A ``str``, or ``[tag, {attribute: value}, *nodes]``."""

_TAGS = frozenset(
    ["a", "blockquote", "br", "code", "del", "details", "div", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p",
     "pre", "s", "span", "strong", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul"]
)  # fmt: skip
_ATTRIBUTES = frozenset(["aria-label", "class", "dir", "href", "rel", "role", "start", "tabindex"])
_VOID = frozenset(["br", "hr", "img"])
_OUTSIDE = ("http://", "https://", "mailto:")


def nodes(markup: str) -> list[Node]:
    """The nodes of clean HTML. Tags and attributes not on the lists of safe ones are dropped; their text stays."""
    reader = _NodeParser()
    reader.feed(markup)
    reader.close()
    return reader.root


def markup(tree: Iterable[Node]) -> Markup:
    """Nodes as HTML, with all text escaped."""
    return Markup("".join(map(_html, tree)))  # noqa: S704 - all text in it is escaped


def _html(node: Node) -> str:
    if isinstance(node, str):
        return html(node)
    tag, attributes, *inner = node
    listed = "".join(f' {name}="{html(str(value))}"' for name, value in attributes.items())
    return f"<{tag}{listed}>" if tag in _VOID else f"<{tag}{listed}>{''.join(map(_html, inner))}</{tag}>"


class _NodeParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root: list[Node] = []
        self._open: list[tuple[str, list[Node]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            return
        node: list[Node] = [tag, {name: value or "" for name, value in attrs if _is_harmless(name, value or "")}]
        self._inner.append(node)
        if tag not in _VOID:
            self._open.append((tag, node))

    def handle_endtag(self, tag: str) -> None:
        at = next((at for at in reversed(range(len(self._open))) if self._open[at][0] == tag), None)
        if at is not None:
            del self._open[at:]

    def handle_data(self, data: str) -> None:
        self._inner.append(data)

    @property
    def _inner(self) -> list[Node]:
        return self._open[-1][1] if self._open else self.root


def _is_harmless(name: str, value: str) -> bool:
    return name in _ATTRIBUTES and (name != "href" or value.lower().startswith(_OUTSIDE))
