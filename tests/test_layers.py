"""The layers of the code, held over its imports."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
SOURCE_ROOTS = {"runpages": "logger", "runpages_site": "generator", "runpages_themes": "themes"}

# The parts of the generator, by layer. A part may import what stands on its own layer or below, never above.
LAYERS = (
    {
        "errors",
        "model",
        "number",
        "text",
        "link",
        "select",
        "chart",
        "digest",
        "pyramid",
        "markup",
        "policy",
        "request",
    },
    {
        *(
            "page",
            "source",
            "points",
            "levels",
            "lines",
            "library",
            "beside",
            "scan",
            "recognise",
            "output",
            "writer",
            "notes",
            "theme",
            "asset",
            "settings",
            "public",
            "place",
            "thumbnail",
            "sealed",
        ),
        *("apply", "remark", "inventory", "archive", "content", "snapshot", "texts"),
    },
    {
        *("changes", "plan", "render", "index", "executor", "build", "serve", "watch", "check", "publish"),
        *("clean", "starter"),
    },
    {"cli", "command", "__main__"},
)
# Values in, values out: what these return depends on nothing but their arguments.
PURE = {
    *("apply", "changes", "chart", "digest", "link", "number", "page", "pyramid", "remark", "select", "text"),
    *("markup", "policy", "request"),
}
# Of `pathlib` the pure paths are allowed, of `datetime` the arithmetic.
EFFECTFUL_MODULES = {
    *(
        "asyncio",
        "concurrent",
        "fcntl",
        "ftplib",
        "glob",
        "http",
        "io",
        "logging",
        "mmap",
        "multiprocessing",
        "os",
    ),
    *("pickle", "random", "secrets", "select", "shutil", "signal", "smtplib", "socket", "sqlite3", "ssl"),
    *("subprocess", "tempfile", "threading", "time", "urllib.request", "uuid"),
}
EFFECTFUL_NAMES = {"pathlib.Path", "builtins.open"}
EFFECTFUL_CALLS = {"open", "print", "input", "exec", "eval", "breakpoint"}
EFFECTFUL_METHODS = {
    *(
        "iterdir",
        "mkdir",
        "read_bytes",
        "read_text",
        "rename",
        "rglob",
        "rmdir",
        "touch",
        "unlink",
        "write_bytes",
    ),
    *("write_text", "now", "today", "utcnow"),
}

MAX_FILE = 400
MAX_FUNCTION = 80


class Import(NamedTuple):
    """One imported module or name, with where it stands."""

    target: str
    line: int
    late: bool


class Module(NamedTuple):
    """A parsed file."""

    name: str
    path: Path
    tree: ast.Module
    imports: tuple[Import, ...]

    @property
    def place(self) -> str:
        """The path as people read it."""
        return self.path.relative_to(ROOT).as_posix()


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def _targets(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    module = ".".join([*base, *([node.module] if node.module else [])])
    yield from (f"{module}.{alias.name}" for alias in node.names)


def _imports(node: ast.AST, package: str, late: bool = False) -> Iterator[Import]:
    """All imports below a node that are made at run time; `late` are those inside a function."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield from (Import(target, child.lineno, late) for target in _targets(child, package))
        elif isinstance(child, ast.If) and _is_type_checking(child):
            for other in child.orelse:
                yield from _imports(other, package, late)
        else:
            inner = late or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(child, package, inner)


def _module(path: Path, source_root: Path) -> Module:
    parts = path.relative_to(source_root).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    package = name if is_package else name.rpartition(".")[0]
    return Module(name, path, tree, tuple(_imports(tree, package)))


@cache
def modules() -> dict[str, Module]:
    """Every Python file of the three source roots, by module name."""
    found = {}
    for package, folder in SOURCE_ROOTS.items():
        for path in sorted((ROOT / folder / package).rglob("*.py")):
            module = _module(path, ROOT / folder)
            found[module.name] = module
    return found


def within(target: str, package: str) -> bool:
    """Whether a dotted name is the package or something in it."""
    return target == package or target.startswith(package + ".")


def of(package: str) -> list[Module]:
    """The modules of a package."""
    return [module for name, module in modules().items() if within(name, package)]


def component(name: str) -> str:
    """The part of the generator that a dotted name belongs to: `page` for runpages_site.page.run."""
    return (name + "..").split(".")[1]


def layer(name: str) -> int:
    """How high a module of the generator stands; the package's own `__init__` is the ground."""
    part = component(name)
    if not part:
        return 0
    return next((height for height, parts in enumerate(LAYERS) if part in parts), -1)


def outside(found: Import) -> bool:
    """Whether an import leaves the standard library and this project."""
    top = found.target.partition(".")[0]
    return top not in SOURCE_ROOTS and top not in sys.stdlib_module_names


def told(module: Module, found: Import) -> str:
    """An import as a line of a report."""
    return f"{module.place}:{found.line}: {found.target}"


def test_every_package_is_read() -> None:
    assert {name.partition(".")[0] for name in modules()} == set(SOURCE_ROOTS)


def test_only_the_package_lies_in_a_source_root() -> None:
    strays = [
        path.relative_to(ROOT).as_posix()
        for package, folder in SOURCE_ROOTS.items()
        for path in (ROOT / folder).iterdir()
        if path.name not in {package, "__pycache__"}
    ]
    assert strays == []


def test_the_generator_uses_nothing_of_the_logger_but_the_format() -> None:
    wrong = [
        told(module, found)
        for module in of("runpages_site")
        if component(module.name) not in ("cli", "command")
        for found in module.imports
        if within(found.target, "runpages") and not within(found.target, "runpages.format")
    ]
    assert wrong == []


def test_the_logger_knows_nothing_of_generator_and_themes() -> None:
    wrong = [
        told(module, found)
        for module in of("runpages")
        for found in module.imports
        if within(found.target, "runpages_site") or within(found.target, "runpages_themes")
    ]
    assert wrong == []


def test_the_logger_loads_the_standard_library_only() -> None:
    wrong = [told(m, found) for m in of("runpages") for found in m.imports if not found.late and outside(found)]
    assert wrong == []


def test_the_format_stands_on_the_standard_library() -> None:
    wrong = [
        told(module, found)
        for module in of("runpages.format")
        for found in module.imports
        # What reads long files faster, where it is installed.
        if (outside(found) and not (found.late and module.name == "runpages.format.arrow"))
        or (found.target.partition(".")[0] in SOURCE_ROOTS and not within(found.target, "runpages.format"))
    ]
    assert wrong == []


def test_themes_hold_no_logic() -> None:
    wrong = [
        module.place
        for module in of("runpages_themes")
        if module.path.name != "__init__.py" or len(module.tree.body) > 1 or ast.get_docstring(module.tree) is None
    ]
    assert wrong == []


def test_every_module_of_the_generator_has_a_layer() -> None:
    homeless = [module.place for module in of("runpages_site") if layer(module.name) < 0]
    assert homeless == [], "name the new part in LAYERS of tests/test_layers.py"


def test_no_module_imports_from_above() -> None:
    wrong = [
        told(module, found)
        for module in of("runpages_site")
        for found in module.imports
        if within(found.target, "runpages_site") and component(found.target)
        if layer(found.target) > layer(module.name) >= 0 and f"runpages_site.{component(found.target)}" in modules()
    ]
    assert wrong == []


def _effects(module: Module) -> Iterator[str]:
    for found in module.imports:
        names = {found.target, *_parents(found.target)}
        if names & (EFFECTFUL_MODULES | EFFECTFUL_NAMES):
            yield told(module, found)
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in EFFECTFUL_CALLS:
            yield f"{module.place}:{node.lineno}: {node.func.id}()"
        elif isinstance(node.func, ast.Attribute) and node.func.attr in EFFECTFUL_METHODS:
            yield f"{module.place}:{node.lineno}: .{node.func.attr}()"


def _parents(target: str) -> Iterator[str]:
    parts = target.split(".")
    yield from (".".join(parts[:length]) for length in range(1, len(parts)))


def test_the_middle_of_the_generator_is_pure() -> None:
    pure = [module for module in of("runpages_site") if component(module.name) in PURE]
    assert [line for module in pure for line in _effects(module)] == []


def _graph() -> dict[str, set[str]]:
    """Which modules of ours each module needs to be loaded; a name from a package counts for the package.

    Imports in functions are left out: a run knows its experiment, and that its runs.
    """
    known = modules()
    graph: dict[str, set[str]] = {name: set() for name in known}
    for name, module in known.items():
        for found in module.imports:
            if found.late:
                continue
            target = found.target if found.target in known else found.target.rpartition(".")[0]
            if target in known and target != name:
                graph[name].add(target)
    return graph


def _cycle(graph: dict[str, set[str]]) -> list[str]:
    """What stays when modules that import nothing, or that nothing imports, are taken away in turn."""
    left = {name: set(targets) for name, targets in graph.items()}
    while True:
        imported = set().union(*left.values())
        ends = {name for name, targets in left.items() if not targets & left.keys() or name not in imported}
        if not ends:
            return sorted(left)
        for name in ends:
            del left[name]


def test_no_modules_import_each_other() -> None:
    assert _cycle(_graph()) == []


def test_files_stay_small() -> None:
    ours = [module.path for module in modules().values()]
    ours += [p for kind in ("js", "css") for p in (ROOT / "themes").rglob(f"*.{kind}") if "vendor" not in p.parts]
    sizes = {path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in ours}
    assert {place: size for place, size in sizes.items() if size > MAX_FILE} == {}


def test_functions_stay_small() -> None:
    long = [
        f"{module.place}:{node.lineno}: {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import os", ["x.py:1: os"]),
        ("import os.path as p", ["x.py:1: os.path"]),
        ("from pathlib import PurePosixPath", []),
        ("from pathlib import Path", ["x.py:1: pathlib.Path"]),
        ("def f():\n    return open('a')", ["x.py:2: open()"]),
        ("from datetime import datetime\nt = datetime.now()", ["x.py:2: .now()"]),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import os", []),
    ],
)
def test_effects_are_found(source: str, expected: list[str]) -> None:
    tree = ast.parse(source)
    assert list(_effects(Module("x", ROOT / "x.py", tree, tuple(_imports(tree, "x"))))) == expected


def test_a_cycle_is_found() -> None:
    assert _cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == ["b", "c"]
    assert _cycle({"a": {"b"}, "b": {"c"}, "c": set()}) == []


def test_relative_imports_are_resolved() -> None:
    tree = ast.parse("from . import a\nfrom .b import c\nfrom ..d import e\nimport f.g")
    assert [found.target for found in _imports(tree, "p.q")] == ["p.q.a", "p.q.b.c", "p.d.e", "f.g"]
