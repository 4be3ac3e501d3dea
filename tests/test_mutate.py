"""The tool that breaks modules: what it changes, and that its tests are there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tools.mutate import TESTS, mutants

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        ("x = a < b", {"a <= b", "a >= b"}),
        ("x = a is None", {"a is not None"}),
        ("x = a and not b", {"a or not b", "b"}),
        ("x = a + -b", {"a - -b", "b"}),
        ("x = [True, 1, 200, 0.5, 'a', None]", {"False", "2", "400", "1.5"}),
        ("x = min(a) if any(b) else c", {"c if any(b) else min(a)", "max", "all"}),
        ("if a:\n    b.c = d()\n    del e[f]", {"if not a:", "pass"}),
        ("for a in b:\n    continue", {"pass"}),
        ("def f(a: int = 1) -> float | None:\n    'Docstring.'\n    return a", {"2", "return None"}),
        ("try:\n    a()\nexcept (B, C):\n    raise", {"pass", "except (C,):", "except (B,):"}),
        ("TYPE_CHECKING = False\nif TYPE_CHECKING:\n    x = 1", set()),
    ],
)
def test_each_change_is_one_that_means_something_else(source: str, changes: set[str]) -> None:
    found = list(mutants(source))
    assert {mutant.change.partition(" -> ")[2].removesuffix(" …") for mutant in found} == changes
    whole = {ast.unparse(ast.parse(mutant.source)) for mutant in found}
    assert len(whole) == len(found), "each is another module"
    assert ast.unparse(ast.parse(source)) not in whole
    assert all(1 <= mutant.line <= source.count("\n") + 1 for mutant in found)


def test_the_modules_and_their_tests_are_there() -> None:
    for module, tests in TESTS.items():
        assert (ROOT / module).is_file()
        assert [one for one in tests.split() if not (ROOT / "tests" / one).is_file()] == []
