"""Modules and functions are named by the field's terms; the names below must not occur."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

GENERATOR = "generator/runpages_site"
ROOMS = tuple(f"{GENERATOR}/{room}" for room in ("chart", "command", "page", "serve", "settings", "text", "theme"))
"""Packages whose names are checked; add the other rooms here as they are renamed."""

AMBIGUOUS = {
    "apply", "beside", "curve", "data", "digest", "end", "entry", "failure", "family", "found", "gap",
    "glyph", "known", "levels", "library", "line", "look", "loose", "made", "medium", "notes", "of", "one",
    "place", "plot", "public", "reader", "reading", "recorder", "relation", "remark", "said", "sample",
    "sealed", "shown", "stamp", "tell", "told", "track", "trace", "value", "words",
}  # fmt: skip
"""Names with several meanings, or that are no terms of the field; leading underscores are ignored."""

FORMER = {
    "crew": "worker pool",
    "ending": "lifecycle",
    "here": "serial executor",
    "keep": "form state",
    "rail": "table of contents",
    "sift": "filter",
    "wake": "lazy load",
}
"""Former names, with their replacements."""


def names(module: Path) -> Iterator[tuple[str, str]]:
    """The module and each of its functions, with their location."""
    yield module.stem, str(module.relative_to(ROOT))
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, f"{module.relative_to(ROOT)}:{node.lineno}"


@pytest.mark.parametrize("room", ROOMS)
def test_names_are_the_terms_of_the_field(room: str) -> None:
    modules = sorted((ROOT / room).rglob("*.py"))
    assert modules, f"{room} has no modules"
    forbidden = AMBIGUOUS | set(FORMER)
    found = [f"{where}: {name}" for module in modules for name, where in names(module) if _plain(name) in forbidden]
    assert not found, "Use a term of docs/glossary.md, or a verb for what the function does."


def _plain(name: str) -> str:
    return name.strip("_").lower()
