"""Measures the structure of the code: its modules, who imports them, and how many files a build enters."""

from __future__ import annotations

import argparse
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

BEGIN, END = "<!-- structure: made by tools/structure.py -->", "<!-- end of structure -->"

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


def _exported() -> dict[str, str]:
    """The modules that define what packages export, by the name under which others import it."""
    return {
        f"{name}.{found.bound}": target
        for name, module in modules().items()
        if module.path.name == "__init__.py"
        for found in module.imports
        if (target := _own(found.target))
    }


def _importers() -> dict[str, set[str]]:
    """Who imports each module; of what a package only passes on, those who use it."""
    exported = _exported()
    importers: dict[str, set[str]] = defaultdict(set)
    for name, module in modules().items():
        for found in module.imports:
            target = _own(found.target)
            if target and target != name:
                importers[exported.get(found.target, target)].add(name)
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


def _plain() -> dict[str, Module]:
    return {name: module for name, module in modules().items() if module.path.name != "__init__.py"}


def _single(importers: dict[str, set[str]]) -> list[str]:
    return sorted(name for name in _plain() if len(importers[name]) == 1)


def measures(entered: int) -> dict[str, tuple[float, str]]:
    """Every measure by its name, with the goal; ``entered`` is the number of files that a build enters."""
    lengths = sorted(length for module in modules().values() for length in _functions(module.tree))
    return {
        "modules": (len(_plain()), "165"),
        "modules with one importer": (len(_single(_importers())), "30"),
        "modules in import cycles": (sum(map(len, cycles())), "0"),
        "imports of own modules inside functions": (sum(map(_late, modules().values())), "40"),
        "files entered by `runpages build` of a run with one metric": (entered, "80"),
        "lines of a function, median": (statistics.median(lengths), "8"),
        "lines of a function, 95 of 100": (lengths[int(len(lengths) * 0.95)], "30"),
        "lines of the longest file": (
            max(len(module.path.read_text("utf-8").splitlines()) for module in modules().values()),
            "400",
        ),
    }


def document(text: str, rows: dict[str, tuple[float, str]]) -> str:
    """A document with the table between its marks; ValueError where they are not there."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document lacks {BEGIN} or {END}")
    lines = ["| measure | today | goal |", "|---|--:|--:|"]
    lines += [f"| {name} | {value:g} | {most} |" for name, (value, most) in rows.items()]
    return "\n".join([f"{before}{begin}\n", *lines, f"\n{end}{after}"])


def entered_files() -> list[str]:
    """The files whose functions a build of a run with one metric calls, in a process of its own."""
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
    """Print the measures; with ``--names`` the modules too, with ``--write DOCUMENT`` into its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", action="store_true", help="print the modules behind the figures too")
    parser.add_argument("--write", type=Path, metavar="DOCUMENT", help="put the table between the marks of a document")
    asked = parser.parse_args()
    entered = entered_files()
    rows = measures(len(entered))
    for name, (value, most) in rows.items():
        print(f"{value:6g}  {name}, goal {most}")
    if asked.write:
        asked.write.write_text(document(asked.write.read_text("utf-8"), rows), encoding="utf-8")
    if asked.names:
        _print_names(entered)


def _print_names(entered: list[str]) -> None:
    importers = _importers()
    late = {name: count for name, module in modules().items() if (count := _late(module))}
    print("\none importer:", *(f"{name} <- {next(iter(importers[name]))}" for name in _single(importers)), sep="\n  ")
    print("\ncycles:", *map(sorted, cycles()), sep="\n  ")
    print("\nlate:", *sorted(late.items(), key=lambda item: -item[1]), sep="\n  ")
    print("\nentered:", *(Path(path).relative_to(ROOT) for path in entered), sep="\n  ")


if __name__ == "__main__":
    main()
