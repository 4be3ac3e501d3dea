"""Parses clean HTML into nodes."""

from __future__ import annotations

from collections.abc import Collection
from html.parser import HTMLParser
from typing import Any

from .prose import TAGS, is_outside

_TAGS = TAGS | {"details", "span", "summary"}
_ATTRIBUTES = frozenset(["aria-label", "class", "dir", "href", "rel", "role", "start", "tabindex"])


def parsed(markup: str, void: Collection[str]) -> list[Any]:
    """The nodes of clean HTML, without tags and attributes that are not safe; ``void`` tags hold nothing."""
    reader = _NodeParser(void)
    reader.feed(markup)
    reader.close()
    return reader.root


class _NodeParser(HTMLParser):
    def __init__(self, void: Collection[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._void = void
        self.root: list[Any] = []
        self._open: list[tuple[str, list[Any]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            return
        node: list[Any] = [tag, {name: value or "" for name, value in attrs if _is_harmless(name, value or "")}]
        self._inner.append(node)
        if tag not in self._void:
            self._open.append((tag, node))

    def handle_endtag(self, tag: str) -> None:
        at = next((at for at in reversed(range(len(self._open))) if self._open[at][0] == tag), None)
        if at is not None:
            del self._open[at:]

    def handle_data(self, data: str) -> None:
        self._inner.append(data)

    @property
    def _inner(self) -> list[Any]:
        return self._open[-1][1] if self._open else self.root


def _is_harmless(name: str, value: str) -> bool:
    return name in _ATTRIBUTES and (name != "href" or is_outside(value))
