from __future__ import annotations

from runpages_site.command import VERBS
from tests.docs.cli import PLACE, document


def test_the_reference_is_made_from_the_commands() -> None:
    assert PLACE.read_text("utf-8") == document(), "docs/reference/cli.md is old: python -m tests.docs.cli"


def test_every_verb_has_its_section_with_its_options() -> None:
    text = document()
    assert [line.removeprefix("## runpages ") for line in text.splitlines() if line.startswith("## ")] == list(VERBS)
    assert "| `--limit N` | Build the last N runs" in text
