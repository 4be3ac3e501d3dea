"""The middle of the generator is pure: values in, values out, through everything that it uses.

A name is followed to its definition, and on to the names used there, through imports at the top of a module and inside
a function. So a page may take a class from a module that also writes files, but no function that writes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import pytest

from tests.modules import ROOT, Module, modules, parsed, shown, within

# Folders, modules and functions of the generator, by their dotted names in it.
PURE = {
    *(
        "chart",
        "citation",
        "comparison",
        "errors",
        "family",
        "goal",
        "logged",
        "model",
        "site",
        "page",
        "changes",
        "query",
        "searched",
        "select",
    ),
    *("packed", "stamp", "status", "summaries", "text", "write.run_notes"),
    *("plan.check_missing", "plan.hashed", "plan.missing", "plan.published_in", "plan.retained", "plan.runs_of"),
    *("check.html", "serve.http", "settings.effects", "settings.types", "settings.values"),
    *("settings.warnings", "read.downsample", "read.passes", "read.pyramid"),
}
# Where these are used, it is for their types: the settings of a site, the notes of the last build.
TYPES = {"settings", "write.build_cache"}
# Of `pathlib` the pure paths are allowed, of `datetime` the arithmetic.
EFFECTFUL = {
    *("asyncio", "builtins.open", "concurrent", "fcntl", "ftplib", "glob", "http", "importlib", "io", "logging"),
    *("mmap", "multiprocessing", "os", "pathlib.Path", "pickle", "random", "secrets", "select", "shutil", "signal"),
    *("smtplib", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib.request", "uuid"),
}
EFFECTFUL_CALLS = {"__import__", "breakpoint", "eval", "exec", "input", "open", "print"}
EFFECTFUL_METHODS = {
    *("iterdir", "mkdir", "now", "read_bytes", "read_text", "rename", "rglob", "rmdir", "today", "touch", "unlink"),
    *("utcnow", "write_bytes", "write_text"),
}


class Place(NamedTuple):
    """A definition at the top of a module; without a name, all that the module holds."""

    module: str
    name: str = ""


def _definitions(tree: ast.Module) -> dict[str, ast.AST]:
    """The statements that bind names at the top of a module."""
    found: dict[str, ast.AST] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {name.id: node for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    return found


def _place(target: str, known: Mapping[str, Module]) -> Place | None:
    """Where an imported name is defined; None for what is not ours."""
    if target in known:
        return Place(target)
    module, _, name = target.rpartition(".")
    return Place(module, name) if module in known else None


def _uses(place: Place, known: Mapping[str, Module]) -> tuple[list[Place], list[str]]:
    """What a definition refers to: the places of ours, and effects as lines of a report."""
    module = known[place.module]
    definitions = _definitions(module.tree) if place.name else {"": module.tree}
    # What is bound by an import alone, as a package does that hands names on, is that import.
    node = definitions.get(place.name, ast.Name(place.name))
    names = {found.id for found in ast.walk(node) if isinstance(found, ast.Name)}
    places = [Place(place.module, name) for name in sorted(names & definitions.keys())]
    effects = list(_calls(node, module))
    for found in module.imports:
        if place.name and found.bound.partition(".")[0] not in names:
            continue
        target = _place(found.target, known)
        if target:
            taken = [] if target.name else _attributes(node, found.bound)
            places += [Place(target.module, name) for name in taken] or [target]
        elif EFFECTFUL & {found.target, *_parents(found.target)}:
            effects.append(shown(module, found))
    return places, effects


def _attributes(node: ast.AST, module: str) -> list[str]:
    """What is taken from an imported module by its name: `understood` where `status.understood(word)` stands."""
    attributes = [found for found in ast.walk(node) if isinstance(found, ast.Attribute)]
    return sorted({one.attr for one in attributes if isinstance(one.value, ast.Name) and one.value.id == module})


def _calls(node: ast.AST, module: Module) -> Iterator[str]:
    for call in ast.walk(node):
        if not isinstance(call, ast.Call):
            continue
        if isinstance(call.func, ast.Name) and call.func.id in EFFECTFUL_CALLS:
            yield f"{module.place}:{call.lineno}: {call.func.id}()"
        elif isinstance(call.func, ast.Attribute) and call.func.attr in EFFECTFUL_METHODS:
            yield f"{module.place}:{call.lineno}: .{call.func.attr}()"


def _parents(target: str) -> Iterator[str]:
    parts = target.split(".")
    yield from (".".join(parts[:length]) for length in range(1, len(parts)))


def reached(start: Iterable[Place], known: Mapping[str, Module]) -> tuple[set[Place], list[str]]:
    """All that some places use, however far away, and the effects among it, each with the way to it."""
    ways = {place: place.module for place in start}
    effects = []
    waiting = list(ways)
    for place in waiting:
        places, found = _uses(place, known)
        effects += [f"{ways[place]} -> {effect}" for effect in found]
        for further in places:
            if further not in ways:
                ways[further] = f"{ways[place]} -> {'.'.join(filter(None, further))}"
                waiting.append(further)
    return set(ways), effects


def _middle() -> list[Place]:
    """The modules of the pure folders and modules, and the functions that are named by themselves."""
    parts = [place for part in PURE if (place := _place(f"runpages_site.{part}", modules()))]
    inside = [Place(name) for place in parts if not place.name for name in modules() if within(name, place.module)]
    return [*inside, *(place for place in parts if place.name)]


def test_every_pure_part_is_there() -> None:
    known = modules()
    places = {part: _place(f"runpages_site.{part}", known) for part in PURE}
    gone = [
        part
        for part, place in places.items()
        if place is None or (place.name and place.name not in _definitions(known[place.module].tree))
    ]
    assert gone == []


def test_the_middle_of_the_generator_has_no_effects() -> None:
    assert reached(_middle(), modules())[1] == []


def test_the_middle_of_the_generator_uses_nothing_of_the_rim() -> None:
    used = reached(_middle(), modules())[0]
    ours = {".".join(filter(None, place)).removeprefix("runpages_site.") for place in used if _is_of_generator(place)}
    # A function of PURE uses others of its module, whose effects the test above would have met.
    beside = {place.module.removeprefix("runpages_site.") for place in _middle() if place.name}
    assert {name for name in ours if not any(within(name, part) for part in PURE | TYPES | beside)} == set()


def _is_of_generator(place: Place) -> bool:
    return within(place.module, "runpages_site") and place.module != "runpages_site"


@pytest.mark.parametrize("function", ["write.writer.keep", "read.scan.stamp", "theme.asset.bundle", "build.build"])
def test_a_page_that_reaches_the_rim_fails(function: str) -> None:
    module, _, name = function.rpartition(".")
    page = parsed(
        f"def show():\n    from ..{module} import {name}\n    {name}()", ROOT / "x.py", "runpages_site.page.x"
    )
    used = reached([Place(page.name)], {**modules(), page.name: page})[0]
    assert Place(f"runpages_site.{module}", name) in used
    assert not any(within(function, part) for part in PURE | TYPES)


def _sources(**texts: str) -> dict[str, Module]:
    return {name: parsed(text, ROOT / f"{name}.py", name) for name, text in texts.items()}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import os", ["x -> x.py:1: os"]),
        ("import os.path as p", ["x -> x.py:1: os.path"]),
        ("from pathlib import PurePosixPath", []),
        ("from pathlib import Path", ["x -> x.py:1: pathlib.Path"]),
        ("def f():\n    return open('a')", ["x -> x.py:2: open()"]),
        ("def f():\n    import time", ["x -> x.py:2: time"]),
        ("from datetime import datetime\nt = datetime.now()", ["x -> x.py:2: .now()"]),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import os", []),
    ],
)
def test_effects_are_found(source: str, expected: list[str]) -> None:
    assert reached([Place("x")], _sources(x=source))[1] == expected


RIM = """
import os
from y import deep
SIZE = 1
def pure(): return SIZE
def writes(): helper()
def helper(): os.getcwd()
def reads(): return deep()
"""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from rim import pure", []),
        ("from rim import writes", ["x -> rim.writes -> rim.helper -> rim.py:2: os"]),
        ("from rim import helper as h", ["x -> rim.helper -> rim.py:2: os"]),
        ("def f():\n    from rim import reads", ["x -> rim.reads -> y.deep -> y.py:1: open()"]),
        ("import rim\nrim.pure()", []),
        ("import rim\nrim.writes()", ["x -> rim.writes -> rim.helper -> rim.py:2: os"]),
        ("import z", ["x -> z -> rim.writes -> rim.helper -> rim.py:2: os"]),
        ("from z import writes", ["x -> z.writes -> rim.writes -> rim.helper -> rim.py:2: os"]),
    ],
)
def test_effects_are_found_through_other_modules(source: str, expected: list[str]) -> None:
    known = _sources(x=source, rim=RIM, y="def deep(): return open('a')", z="from rim import pure, writes")
    assert reached([Place("x")], known)[1] == expected
