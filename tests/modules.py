"""The Python files of the three source roots, parsed: which module imports what, and where."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
SOURCE_ROOTS = {"runpages": "logger", "runpages_site": "generator", "runpages_themes": "themes"}


class Import(NamedTuple):
    """One imported module or name, the name that it is bound to, and where it stands."""

    target: str
    bound: str
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


def _targets(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        yield from ((alias.name, alias.asname or alias.name) for alias in node.names)
        return
    base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    module = ".".join([*base, *([node.module] if node.module else [])])
    yield from ((f"{module}.{alias.name}", alias.asname or alias.name) for alias in node.names)


def _imports(node: ast.AST, package: str, late: bool = False) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield from (Import(target, bound, child.lineno, late) for target, bound in _targets(child, package))
        elif isinstance(child, ast.If) and _is_type_checking(child):
            for other in child.orelse:
                yield from _imports(other, package, late)
        else:
            inner = late or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(child, package, inner)


def parsed(text: str, path: Path, name: str) -> Module:
    """Parse a module. Imports made at run time are listed, `late` are those inside a function."""
    tree = ast.parse(text, filename=str(path))
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    return Module(name, path, tree, tuple(_imports(tree, package)))


@cache
def modules() -> dict[str, Module]:
    """Every Python file of the three source roots, by module name."""
    found = {}
    for package, folder in SOURCE_ROOTS.items():
        for path in sorted((ROOT / folder / package).rglob("*.py")):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            name = ".".join(part for part in parts if part != "__init__")
            found[name] = parsed(path.read_text("utf-8"), path, name)
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


def shown(module: Module, found: Import) -> str:
    """An import as a line of a report."""
    return f"{module.place}:{found.line}: {found.target}"
