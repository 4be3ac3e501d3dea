"""Modules and functions are named by the field's terms; the names below must not occur."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

GENERATOR = "generator/runpages_site"
ROOMS = (
    *(f"{GENERATOR}/{room}" for room in ("chart", "command", "page", "serve", "settings", "text", "theme")),
    *("logger/runpages", *(f"logger/runpages/{room}" for room in ("azureml", "capture", "format", "jobs", "snapshot"))),
)
"""Packages whose names are checked, each without those in it; add the other rooms here as they are renamed."""

TERMS = {
    "logger/runpages": {"end", "reading"},
    "logger/runpages/capture": {"end"},
    "logger/runpages/format": {"of"},
    "logger/runpages/jobs": {"end", "keep", "known", "place"},
}
"""Names that are terms of a room: a run and what is captured end, and ``runpages.reading`` is public."""

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


PARAMETERS = {
    "beside",
    "found",
    "known",
    "look",
    "made",
    "notes",
    "of",
    "one",
    "place",
    "said",
    "shown",
    "told",
    "words",
}
"""Names that do not say what a parameter holds."""


def names(module: Path) -> Iterator[tuple[str, str]]:
    """The module and each of its functions, with their location."""
    yield module.stem, str(module.relative_to(ROOT))
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, f"{module.relative_to(ROOT)}:{node.lineno}"


@pytest.mark.parametrize("room", ROOMS)
def test_names_are_the_terms_of_the_field(room: str) -> None:
    modules = sorted((ROOT / room).rglob("*.py") if room.startswith(GENERATOR) else (ROOT / room).glob("*.py"))
    assert modules, f"{room} has no modules"
    forbidden = (AMBIGUOUS | set(FORMER)) - TERMS.get(room, set())
    found = [f"{where}: {name}" for module in modules for name, where in names(module) if _plain(name) in forbidden]
    assert not found, "Use a term of docs/glossary.md, or a verb for what the function does."


def test_parameters_of_the_logger_say_what_they_hold() -> None:
    wrong = [
        f"{module.relative_to(ROOT)}:{node.lineno}: {node.name}({parameter.arg})"
        for module in sorted((ROOT / "logger/runpages").rglob("*.py"))
        if module.parent.name != "notebook"
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for parameter in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        if _plain(parameter.arg) in PARAMETERS
    ]
    assert not wrong, "Name what the parameter holds."


def _plain(name: str) -> str:
    return name.strip("_").lower()
