"""Examples in docs/reference/format.md satisfy the schemas and readers, and its programs write valid runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from runpages.format.discovery import find
from runpages.format.layout import file_name, name_of
from runpages.format.stream import parse
from tests.docs.snippet import snippets
from tests.format.folder import read
from tests.format.schema import KINDS, LINE, faults, faults_of

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "format.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = [
    (*token.info.split(), token.content)
    for token in MarkdownIt().parse(TEXT)
    if token.type == "fence" and token.info.startswith(("json", "csv"))
]


def test_there_is_an_example_of_every_kind() -> None:
    assert {kind for _, kind, _ in EXAMPLES} == {*KINDS, "row", "metrics"} - {"media"}


@pytest.mark.parametrize(("language", "kind", "text"), EXAMPLES)
def test_an_example_is_valid(language: str, kind: str, text: str) -> None:
    if language == "csv":
        found = parse(text.encode(), "metrics.csv")
        assert found.problems == []
        assert list(found.series) == ["loss", "epochs", "diverged", "loss, smoothed", "note", "line\nbreak"]
        assert found.series["note"][2] == ["warm-up done, lr 0.1"]
        assert all(LINE.fullmatch(line) for line in text.splitlines()[1:])
    elif kind == "row":
        assert isinstance(json.loads(text), dict)
    else:
        assert faults_of(kind, json.loads(text)) == []


def test_names_are_spelled_as_the_page_says() -> None:
    assert "`val/loss (%)` becomes `val~2floss~20~28~25~29`" in TEXT
    assert file_name("val/loss (%)") == "val~2floss~20~28~25~29"
    assert "`~61ux`" in TEXT
    assert name_of("~61ux") == "aux"


@pytest.mark.parametrize("language", ["bash", "python"])
def test_a_run_by_a_program_of_the_page_is_valid(tmp_path: Path, language: str) -> None:
    heading = {"bash": "## A run in shell", "python": "## A run in Python"}[language]
    [program, *_] = [snippet.text for snippet in snippets(TEXT[TEXT.index(heading) :]) if snippet.language == language]
    command = ["bash", "-eu", "-c", program] if language == "bash" else [sys.executable, "-c", program]
    environment = {"PATH": os.environ["PATH"]}
    subprocess.run(command, check=True, cwd=tmp_path, env=environment)
    [found] = find(str(tmp_path / "runs")).runs
    assert faults(Path(found.path)) == []
    run = read(Path(found.path))
    assert (run.problems, run.status, run.id) == ([], "Completed", found.name)
    assert min(len(series.values) for series in run.series.values()) >= 3
