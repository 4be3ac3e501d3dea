"""Mutation tests: `python tools/mutate.py MODULE ...` breaks a module in one place after the other and runs its tests.

Each change is made in a copy of the sources. One that no test sees is shown with its file and line: it needs a test,
unless nobody could tell it from what was there. With `--sample 0.2` a fifth of the changes is tried.
"""

from __future__ import annotations

import argparse
import ast
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
LOGGER, GENERATOR = "logger/runpages/", "generator/runpages_site/"

TESTS = {
    f"{LOGGER}_writer.py": "logger/test_recorder.py logger/test_run.py logger/test_writers.py logger/test_fault.py",
    f"{LOGGER}encode_image.py": "logger/test_figure.py logger/test_pillow.py logger/test_pixels.py",
    f"{LOGGER}format/arrow.py": "format/test_arrow.py",
    f"{LOGGER}format/csv_columns.py": "format/test_columns.py format/test_metrics.py format/test_arrow.py",
    f"{LOGGER}format/csv_line.py": "format/test_point.py format/test_fields.py format/test_metrics.py",
    f"{LOGGER}format/csv_rows.py": "format/test_edges.py format/test_metrics.py format/test_damage.py",
    f"{LOGGER}format/discovery.py": "format/test_find.py generator/test_source.py",
    f"{LOGGER}format/document.py": "format/test_document.py format/test_damage.py format/test_schema.py",
    f"{LOGGER}format/files.py": "format/test_files.py format/test_damage.py",
    f"{LOGGER}format/image_header.py": "format/test_picture.py logger/test_image.py",
    f"{LOGGER}format/jsonl.py": "format/test_damage.py format/test_read.py",
    f"{LOGGER}format/layout.py": "format/test_names.py format/test_edges.py format/test_places.py",
    f"{LOGGER}format/read.py": "format/test_read.py format/test_damage.py format/test_stream.py",
    f"{LOGGER}format/records.py": "format/test_edges.py format/test_read.py format/test_merge.py",
    f"{LOGGER}format/secret.py": "logger/test_ignore.py generator/test_source.py",
    f"{LOGGER}format/status.py": "format/test_edges.py format/test_status.py format/test_read.py",
    f"{LOGGER}format/stream.py": "format/test_merge.py format/test_metrics.py format/test_stream.py",
    f"{LOGGER}format/write.py": "format/test_append.py format/test_replace.py logger/test_writes.py",
    f"{LOGGER}log.py": "logger/test_log_paths.py logger/test_short_writes.py logger/test_run.py logger/test_values.py",
    f"{LOGGER}reading.py": "generator/test_site_reading.py logger/test_reading.py",
    f"{LOGGER}table.py": "logger/test_cells.py logger/test_tables.py logger/test_run.py",
    f"{GENERATOR}plan.py": "generator/test_changes.py",
    f"{GENERATOR}query/columns.py": "generator/test_query.py generator/test_terminal.py",
    f"{GENERATOR}query/meaning.py": "generator/test_query.py",
    f"{GENERATOR}query/syntax.py": "generator/test_query.py",
    f"{GENERATOR}read/downsample.py": "generator/test_digest.py generator/test_points.py",
    f"{GENERATOR}read/scan.py": "generator/test_scan.py",
    f"{GENERATOR}text/grid.py": "generator/test_grid.py",
    f"{GENERATOR}text/line_plot.py": "generator/test_grid.py",
    f"{GENERATOR}write/build_cache.py": "generator/test_notes.py",
    f"{GENERATOR}write/site_folder.py": "generator/test_output.py generator/test_clean.py",
    f"{GENERATOR}write/writer.py": "generator/test_writer.py generator/test_output.py",
}
"""The tests of a module below `tests/`, those that see most first."""


class Mutant(NamedTuple):
    """A module with one change in it."""

    line: int
    change: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every change that is made in a module, one at a time; types, docstrings and decorators stay."""
    tree = ast.parse(source)
    for parent, field, place, node in list(_places(tree)):
        for other in _variants(node):
            _put(parent, field, place, other)
            yield Mutant(node.lineno, f"{_said(node)} -> {_said(other)}", ast.unparse(ast.fix_missing_locations(tree)))
        _put(parent, field, place, node)


# --- what is changed ---------------------------------------------------------------------------------------

_UNTOUCHED = ("annotation", "returns", "decorator_list", "type_params")
_OPERATORS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,), ast.And: (ast.Or,), ast.Or: (ast.And,), ast.Add: (ast.Sub,), ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add,), ast.Div: (ast.Mult,), ast.FloorDiv: (ast.Mult,), ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,), ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd,), ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
}  # fmt: skip
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}


def _places(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, Any]]:
    """The expressions and statements below a node, each with where it stands in its parent."""
    for field, value in ast.iter_fields(node):
        if field in _UNTOUCHED:
            continue
        for place, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST) and not _is_for_readers(child):
                if isinstance(child, ast.expr | ast.stmt | ast.excepthandler):
                    yield node, field, place, child
                yield from _places(child)


def _is_for_readers(node: ast.AST) -> bool:
    """Whether it is a docstring, or what type checkers alone see."""
    if isinstance(node, ast.If | ast.Assign):
        return ast.unparse(node).startswith(("TYPE_CHECKING = ", "if TYPE_CHECKING:"))
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _put(parent: ast.AST, field: str, place: int | None, node: ast.AST) -> None:
    if place is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[place] = node


def _variants(node: Any) -> Iterator[ast.AST]:
    """What may stand in the place of a node and means something else."""
    match node:
        case ast.stmt() | ast.excepthandler():
            yield from _other_statements(node)
        case ast.Compare(left, [*operators], values):
            for at, operator in enumerate(operators):
                for other in _others(operator):
                    yield ast.Compare(left, [*operators[:at], other, *operators[at + 1 :]], values)
        case ast.BoolOp(operator, values):
            yield from (ast.BoolOp(other, values) for other in _others(operator))
        case ast.BinOp(left, operator, right):
            yield from (ast.BinOp(left, other, right) for other in _others(operator))
        case _:
            yield from _other_terms(node)


def _other_terms(node: Any) -> Iterator[ast.AST]:
    match node:
        case ast.UnaryOp(ast.Not() | ast.USub(), value):
            yield value
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() | float() as value):
            yield ast.Constant(value + 1 if abs(value) < 100 else value * 2)
        case ast.Name(name, ast.Load()) if name in _NAMES:
            yield ast.Name(_NAMES[name], ast.Load())
        case ast.IfExp(test, then, otherwise):
            yield ast.IfExp(test, otherwise, then)


def _other_statements(node: ast.stmt | ast.excepthandler) -> Iterator[ast.AST]:
    match node:
        case ast.If(test, body, otherwise) if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, otherwise)
        case ast.Return(value) if value is not None and _said(value) != "None":
            yield ast.Return(ast.Constant(None))
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Delete() | ast.Break() | ast.Continue():
            yield ast.Pass()
        case ast.Assign([ast.Attribute() | ast.Subscript(), *_]):
            yield ast.Pass()
        case ast.ExceptHandler(ast.Tuple(elements), name, body):
            for at in range(len(elements)):
                yield ast.ExceptHandler(ast.Tuple(elements[:at] + elements[at + 1 :], ast.Load()), name, body)
        case ast.ExceptHandler(ast.expr(), name, body):
            yield ast.ExceptHandler(ast.Tuple([], ast.Load()), name, body)


def _others(operator: ast.AST) -> Iterator[Any]:
    return (other() for other in _OPERATORS.get(type(operator), ()))


def _said(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 60 and "\n" not in text else f"{text.splitlines()[0][:58]} …"


# --- trying it ---------------------------------------------------------------------------------------------


class Copy:
    """The sources in a folder of their own, where one module after the other is broken."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        for name in subprocess.check_output(listed, cwd=ROOT, text=True).split("\0"):
            if name and not name.startswith("docs/images") and (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder / name)

    def passes(self, tests: list[str], limit: float, *, cached: bool) -> bool:
        """Whether the tests pass in so many seconds; only what is not broken may be kept as bytecode."""
        roots = [str(self.folder / name) for name in ("logger", "generator", "themes")]
        how = {"PYTHONPATH": os.pathsep.join(roots)} | ({} if cached else {"PYTHONDONTWRITEBYTECODE": "1"})
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-n0", "-p", "no:cacheprovider", *tests]
        command.append(f"--basetemp={self.folder}.tmp")  # Not the one of all others, which may be in disorder.
        with subprocess.Popen(
            command, cwd=self.folder, env=os.environ | how, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            try:
                return process.wait(limit) == 0
            except subprocess.TimeoutExpired:
                return False
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, 9)

    def survives(self, module: str, mutant: Mutant, tests: list[str], limit: float) -> bool:
        """Whether no test sees a change."""
        place = self.folder / module
        kept = place.read_text()
        place.write_text(mutant.source)
        try:
            return self.passes(tests, limit, cached=False)
        finally:
            place.write_text(kept)


def try_module(module: str, copies: list[Copy], tests: list[str], sample: float) -> None:
    """Try the changes of a module and print those that survive."""
    every = list(mutants((ROOT / module).read_text()))
    chosen = random.Random(0).sample(every, math.ceil(len(every) * sample))
    start = time.monotonic()
    for copy in copies:
        if not copy.passes(tests, 600, cached=True):
            sys.exit(f"{module}: its tests fail without a change: {' '.join(tests)}")
        for cached in (copy.folder / module).parent.glob(f"__pycache__/{Path(module).stem}.*"):
            cached.unlink()
    limit = 10 + 3 * (time.monotonic() - start) / len(copies)
    idle: SimpleQueue[Copy] = SimpleQueue()
    for copy in copies:
        idle.put(copy)

    def survives(mutant: Mutant) -> bool:
        copy = idle.get()
        try:
            alive = copy.survives(module, mutant, tests, limit)
        finally:
            idle.put(copy)
        if alive:
            print(f"{module}:{mutant.line}: {mutant.change}", flush=True)
        return alive

    with ThreadPoolExecutor(len(copies)) as pool:
        survived = sum(pool.map(survives, chosen))
    took = time.monotonic() - start
    print(f"{module}: {survived} of {len(chosen)} changes survive, {len(every)} are known; {took:.0f} s", flush=True)


def main() -> None:
    """Try the modules that are named, or all that have tests here."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="files from the root of the repository on")
    parser.add_argument("--tests", nargs="+", metavar="PATH", help="other tests than those noted here")
    parser.add_argument("--sample", type=float, default=1.0, metavar="SHARE", help="which share of the changes to try")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many to try at once")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutate-") as place:
        copies = [Copy(Path(place, str(at))) for at in range(chosen.jobs)]
        for module in chosen.modules or TESTS:
            tests = chosen.tests or [f"tests/{one}" for one in TESTS.get(module, "").split()]
            if not tests:
                sys.exit(f"{module}: no tests are noted for it in {__file__}; name them: --tests PATH ...")
            try_module(module, copies, tests, chosen.sample)


if __name__ == "__main__":
    main()
