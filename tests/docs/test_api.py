from __future__ import annotations

from tests.docs.api import PLACE, document


def test_the_reference_is_made_from_the_docstrings() -> None:
    assert PLACE.read_text("utf-8") == document(), "docs/reference/api.md is old: python -m tests.docs.api"
