"""The layers of the code, held over its imports, and the size of its files and functions."""

from __future__ import annotations

import ast
import sys

from runpages import Run
from tests.modules import ROOT, SOURCE_ROOTS, Import, component, modules, of, parsed, shown, within

# The parts of the generator, by layer. A part may import what stands on its own layer or below, never above.
LAYERS = (
    {"errors", "model", "text", "select", "chart"},
    {"settings", "retain", "page"},
    {"theme", "read", "write", "check", "serve", "requirements"},
    {"plan", "render", "index", "executor", "build", "watch"},
    {"cli", "command"},
)

MAX_FILE = 400
MAX_FUNCTION = 80


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


def test_every_package_is_read() -> None:
    assert {name.partition(".")[0] for name in modules()} == set(SOURCE_ROOTS)


def test_only_the_package_lies_in_a_source_root() -> None:
    strays = [
        path.relative_to(ROOT).as_posix()
        for package, folder in SOURCE_ROOTS.items()
        for path in (ROOT / folder).iterdir()
        if path.name not in {package, "__pycache__"} and (path.is_dir() or path.suffix == ".py")
    ]
    assert strays == []


def test_the_generator_uses_nothing_of_the_logger_but_the_format() -> None:
    wrong = [
        shown(module, found)
        for module in of("runpages_site")
        if component(module.name) not in ("cli", "command")
        for found in module.imports
        if within(found.target, "runpages") and not within(found.target, "runpages.format")
    ]
    assert wrong == []


def test_the_logger_knows_nothing_of_generator_and_themes() -> None:
    wrong = [
        shown(module, found)
        for module in of("runpages")
        for found in module.imports
        if within(found.target, "runpages_site") or within(found.target, "runpages_themes")
    ]
    assert wrong == []


def test_the_logger_loads_the_standard_library_only() -> None:
    wrong = [shown(m, found) for m in of("runpages") for found in m.imports if not found.late and outside(found)]
    assert wrong == []


def test_the_format_stands_on_the_standard_library() -> None:
    wrong = [
        shown(module, found)
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
        shown(module, found)
        for module in of("runpages_site")
        for found in module.imports
        if within(found.target, "runpages_site") and component(found.target)
        if layer(found.target) > layer(module.name) >= 0 and f"runpages_site.{component(found.target)}" in modules()
    ]
    assert wrong == []


# What the logger loads when it is first needed: each takes longer to load than a run to start, or loads `re`, `typing`,
# `json` and their like. All else is imported at the top of a file.
MAY_BE_LATE = {
    "runpages": {
        *("azure_shapes", "encode_image", "model", "reading"),
        *("capture.console", "capture.system", "jobs.definition", "jobs.environment", "jobs.submit", "jobs.supervisor"),
        *("notebook.anywidget", "notebook.links", "notebook.panel", "snapshot.files", "snapshot.pack"),
    },
    "runpages.format": {"arrow", "discovery", "files", "foreign", "read", "registered", "spelling"},
}


def test_the_logger_imports_late_only_what_is_slow_to_load() -> None:
    allowed = {f"{package}.{name}" for package, names in MAY_BE_LATE.items() for name in names}
    known = modules()
    late = {
        target: shown(module, found)
        for module in of("runpages")
        for found in module.imports
        if found.late and within(found.target, "runpages")
        for target in [found.target if found.target in known else found.target.rpartition(".")[0]]
    }
    assert {target: place for target, place in late.items() if target not in allowed} == {}
    assert sorted(allowed - set(late)) == [], "nothing imports it late any more"


def _graph() -> dict[str, set[str]]:
    """Which modules of ours each one imports, in functions as well; a name from a package counts for it."""
    known = modules()
    graph: dict[str, set[str]] = {name: set() for name in known}
    for name, module in known.items():
        for found in module.imports:
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


def test_a_run_has_a_state_and_two_base_classes_at_most() -> None:
    assert len(Run.mro()) <= 4  # Itself, two bases, and object.
    state = modules()["runpages._state"]
    assert [shown(state, found) for found in state.imports if within(found.target, "runpages.run")] == []


def test_no_modules_need_each_other() -> None:
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


def test_a_cycle_is_found() -> None:
    assert _cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == ["b", "c"]
    assert _cycle({"a": {"b"}, "b": {"c"}, "c": set()}) == []


def test_relative_imports_are_resolved() -> None:
    text = "from . import a\nfrom .b import c\nfrom ..d import e\nimport f.g"
    assert [found.target for found in parsed(text, ROOT / "x.py", "p.q.x").imports] == [
        "p.q.a",
        "p.q.b.c",
        "p.d.e",
        "f.g",
    ]
