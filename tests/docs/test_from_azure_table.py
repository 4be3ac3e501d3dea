"""The table of docs/how-to/from-azure.md is true: every row has a test, and every test a row."""

from __future__ import annotations

from pathlib import Path

from tests.docs import test_from_azure_runs, test_from_azure_scripts
from tests.docs.from_azure import rows

DOCUMENT = Path(__file__).parent.parent.parent / "docs/how-to/from-azure.md"


def test_every_row_has_a_test_and_every_test_a_row() -> None:
    tests = [*vars(test_from_azure_runs).values(), *vars(test_from_azure_scripts).values()]
    tested = [test.row for test in tests if hasattr(test, "row")]
    table = rows(DOCUMENT.read_text(encoding="utf-8"), "## What is the same, and what is not")
    assert sorted(table) == sorted(tested)
