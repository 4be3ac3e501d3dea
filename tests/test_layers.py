"""The layers of the code, held over its imports, and the size of its files and functions."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

import pytest

from runpages import Run
from tests.modules import ROOT, SOURCE_ROOTS, Import, Module, component, modules, of, parsed, shown, within

# The parts of the generator, by layer. A part may import what stands on its own layer or below, never above.
LAYERS = (
    {
        *(
            "citation",
            "errors",
            "model",
            "site",
            "stamp",
            "packed",
            "text",
            "status",
            "family",
            "searched",
            "summaries",
            "goal",
            "select",
            "logged",
        ),
        *("chart", "query", "comparison", "garbage"),
    },
    {"settings", "page"},
    {"theme", "read"},
    {"write", "check", "serve", "gate", "storage", "sync"},
    {"shared"},
    {
        *(
            "changes",
            "plan",
            "render",
            "batch",
            "index",
            "settle",
            "compared",
            "across",
            "examine",
            "executor",
            "engine",
        ),
        *("build", "report", "convert", "watch"),
    },
    {"publish"},
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


# Notebooks draw with the charts of the site, and list values where its libraries are not installed.
DRAWS = ("runpages.notebook.chart", "runpages_site.page.charts")
# `python -m runpages` hands over to the command line.
RUNS = ("runpages.__main__", "runpages_site.cli.main")


def test_the_logger_knows_nothing_of_generator_and_themes() -> None:
    found = [
        (module.name, found.target, found.late)
        for module in of("runpages")
        for found in module.imports
        if within(found.target, "runpages_site") or within(found.target, "runpages_themes")
    ]
    assert sorted(found) == [(*RUNS, True), (*DRAWS, True)]


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
        *("capture.console", "capture.system", "jobs.config", "jobs.environment", "jobs.submit", "jobs.supervisor"),
        *("notebook.links", "notebook.panel", "snapshot.files", "snapshot.pack"),
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


# What reads runs, of the format; only the folder `read` imports it.
READERS = {
    *("read", "stream", "csv_rows", "csv_columns", "jsonl", "stray_files", "parameters"),
    *("csv_line.split", "csv_line.field_at", "csv_line.number_of", "csv_line.text_of"),
    "foreign",
    *("discovery.find", "registered.documents", "registered.read_models", "image_header.picture_of"),
    *("files.RunFiles", "files.content", "files.regular"),
}


def _readers(module: Module) -> list[str]:
    """The imports of a module that read runs."""
    targets = {found: found.target.removeprefix("runpages.format.") for found in module.imports}
    return [
        shown(module, found)
        for found, name in targets.items()
        if within(found.target, "runpages.format") and any(within(name, part) for part in READERS)
    ]


def test_only_one_folder_of_the_generator_reads_runs() -> None:
    wrong = [line for module in of("runpages_site") if component(module.name) != "read" for line in _readers(module)]
    assert wrong == []


def test_every_reader_of_runs_is_there() -> None:
    known = {name.removeprefix("runpages.format.") for name in modules()}
    gone = {part for part in READERS if part.partition(".")[0] not in known}
    assert gone == set()


# Beside the folder `write`: the compiled templates are kept in a cache of the user, and verbs change a workspace.
# The copies of databases are in a temporary folder. A destination is written by what publishes to it, a bucket by what
# copies to it, and what was sent is noted in the workspace.
WRITERS = {"write", "publish", "storage", "sync", "theme.templates", "command", "read.sources.sqlite"}
WRITES = {
    *("copyfile", "copyfileobj", "link", "makedirs", "mkdir", "move", "remove", "rename", "replace", "rmdir"),
    *("rmtree", "symlink", "symlink_to", "touch", "truncate", "unlink", "write_bytes", "write_text"),
}
# Texts and named tuples have methods of these names, too; so these count only as functions of modules.
OF_MODULES = {"link", "remove", "rename", "replace"}
MODULES = {"os", "shutil", "write"}


def _writes(module: Module) -> Iterator[str]:
    """The calls by which a module changes files, and the imports of what does."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        call = node.func
        if isinstance(call, ast.Name) and call.id == "open" and set(_mode(node)) & set("wax+"):
            yield f"{module.place}:{node.lineno}: {ast.unparse(node)}"
        elif isinstance(call, ast.Attribute) and call.attr in WRITES and _is_of_files(call):
            yield f"{module.place}:{node.lineno}: {ast.unparse(call)}"
    for found in module.imports:
        if within(found.target, "runpages.format.write") or found.target.partition(".")[0] in {"shutil", "tempfile"}:
            yield shown(module, found)


def _is_of_files(call: ast.Attribute) -> bool:
    return call.attr not in OF_MODULES or (isinstance(call.value, ast.Name) and call.value.id in MODULES)


def _mode(call: ast.Call) -> str:
    known = [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    return known[0].value if known and isinstance(known[0], ast.Constant) and isinstance(known[0].value, str) else ""


def test_only_one_folder_of_the_generator_writes_files() -> None:
    wrong = [
        line
        for module in of("runpages_site")
        if not any(within(module.name, f"runpages_site.{part}") for part in WRITERS)
        for line in _writes(module)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("open('a')", 0),
        ("open('a', 'rb')", 0),
        ("open('a', 'xb')", 1),
        ("open('a', mode='r+')", 1),
        ("Path('a').write_text('x')", 1),
        ("'a'.replace('a', 'b')", 0),
        ("import os\nos.replace('a', 'b')", 1),
        ("import shutil", 1),
        ("from runpages.format import write", 1),
        ("from runpages.format.write import append", 1),
    ],
)
def test_what_changes_files_is_found(source: str, wrong: int) -> None:
    assert len(list(_writes(parsed(source, ROOT / "x.py", "runpages_site.x")))) == wrong


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("from runpages.format import layout, records", 0),
        ("from runpages.format.discovery import Found", 0),
        ("from runpages.format.discovery import find", 1),
        ("from runpages.format import read", 1),
        ("def late():\n    from runpages.format.stream import Stream", 1),
    ],
)
def test_what_reads_runs_is_found(source: str, wrong: int) -> None:
    assert len(_readers(parsed(source, ROOT / "x.py", "runpages_site.x"))) == wrong


@pytest.mark.parametrize("target", ["write.writer.keep", "read.scan.stamp_of_files", "theme.theme.load"])
def test_a_page_stands_below_what_reads_and_writes(target: str) -> None:
    assert layer(f"runpages_site.{target}") > layer("runpages_site.page.run") >= layer("runpages_site.chart.axis")
