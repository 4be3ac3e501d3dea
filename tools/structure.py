"""Measures the structure of the code: its modules, who imports them, and how many files a build enters."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.modules import ROOT, SOURCE_ROOTS, Module, modules

# Run in a process of its own, which has imported nothing yet: a file is entered where a function of it is called, but
# for calls that are made while a module is loaded.
ENTERED = """
import sys, threading
from pathlib import Path

roots = tuple(sys.argv[1].split(":"))
entered = set()

def enter(frame, event, arg):
    code = frame.f_code
    if event == "call" and code.co_filename.startswith(roots) and code.co_name != "<module>" and code.co_flags & 2:
        if code.co_filename not in entered and not loading(frame):
            entered.add(code.co_filename)

def loading(frame):
    while frame := frame.f_back:
        if frame.f_code.co_name == "<module>" and frame.f_code.co_filename.startswith(roots):
            return True
    return False

import runpages
from runpages_site.command import runpages as main

run = runpages.start("one", root=sys.argv[2])
for step in range(20):
    run.log("loss", 1 / (step + 1))
run.complete()
threading.setprofile(enter)
sys.setprofile(enter)
try:
    main(["build", sys.argv[2], "-o", sys.argv[3], "--jobs", "1"])
except SystemExit:
    pass
finally:
    sys.setprofile(None)
print("entered:")
print(*sorted(entered), sep="\\n")
"""


def _own(target: str) -> str | None:
    """The module of ours that an imported name lies in."""
    return next((name for name in (target, target.rpartition(".")[0]) if name in modules()), None)


def _importers() -> dict[str, set[str]]:
    importers: dict[str, set[str]] = defaultdict(set)
    for name, module in modules().items():
        for found in module.imports:
            target = _own(found.target)
            if target and target != name:
                importers[target].add(name)
    return importers


def _late(module: Module) -> int:
    """How many statements inside functions import a module of ours."""
    return len({found.line for found in module.imports if found.late and _own(found.target)})


def _functions(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1


def cycles() -> list[set[str]]:
    """The strongly connected parts of more than one module, imports in functions counted (Tarjan 1972)."""
    graph = {
        name: {own for found in module.imports if (own := _own(found.target)) and own != name}
        for name, module in modules().items()
    }
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    parts: list[set[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for target in graph[name]:
            if target not in index:
                visit(target)
                low[name] = min(low[name], low[target])
            elif target in stack:
                low[name] = min(low[name], index[target])
        if low[name] == index[name]:
            part = set(stack[stack.index(name) :])
            del stack[stack.index(name) :]
            if len(part) > 1:
                parts.append(part)

    for name in graph:
        if name not in index:
            visit(name)
    return parts


def _entered() -> list[str]:
    roots = ":".join(str(ROOT / folder) for folder in SOURCE_ROOTS.values())
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", ENTERED, roots, f"{folder}/runs", f"{folder}/site"],
            capture_output=True,
            text=True,
            check=True,
        )
    return done.stdout.partition("entered:\n")[2].split()


def main() -> None:
    """Print the measures; names of modules follow with ``--names``."""
    plain = {name: module for name, module in modules().items() if module.path.name != "__init__.py"}
    importers = _importers()
    single = sorted(name for name in plain if len(importers[name]) == 1)
    lengths = sorted(length for module in modules().values() for length in _functions(module.tree))
    files = sorted(len(module.path.read_text("utf-8").splitlines()) for module in modules().values())
    entered = _entered()
    late = {name: count for name, module in modules().items() if (count := _late(module))}
    rows = {
        "modules": len(plain),
        "modules with one importer": len(single),
        "modules in import cycles": sum(map(len, cycles())),
        "imports of own modules inside functions": sum(late.values()),
        "files entered by `runpages build` of a run with one metric": len(entered),
        "lines of a function, median": statistics.median(lengths),
        "lines of a function, 95 of 100": lengths[int(len(lengths) * 0.95)],
        "lines of the longest file": files[-1],
    }
    for name, value in rows.items():
        print(f"{value:6g}  {name}")
    if "--names" in sys.argv:
        print("\none importer:", *(f"{name} <- {next(iter(importers[name]))}" for name in single), sep="\n  ")
        print("\ncycles:", *map(sorted, cycles()), sep="\n  ")
        print("\nlate:", *sorted(late.items(), key=lambda item: -item[1]), sep="\n  ")
        print("\nentered:", *(Path(path).relative_to(ROOT) for path in entered), sep="\n  ")


if __name__ == "__main__":
    main()
