"""What the document of a run says of its outputs is read as it was meant, whatever else stands there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runpages.format.read import read_head
from runpages.format.records import Uncollected


def head(folder: Path, **document: Any) -> Any:
    folder.mkdir(exist_ok=True)
    (folder / "run.json").write_text(json.dumps(document))
    return read_head(str(folder), now=0.0)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            {"count": 2, "files": [{"path": "outputs/a", "reason": "full"}], "place": "/tmp/x"},
            Uncollected([("outputs/a", "full")], 2, "/tmp/x"),
        ),
        ({"files": [{"path": "a"}, 3, {}]}, Uncollected([("a", ""), ("", ""), ("", "")], 3)),
        ({"count": 1}, Uncollected([], 1)),
        *((None, None), (1, None), ("x", None), ([], None), ({}, None), ({"files": 2}, None), ({"count": "x"}, None)),
    ],
)
def test_what_was_not_collected(tmp_path: Path, said: Any, expected: Uncollected | None) -> None:
    assert head(tmp_path / "run", uncollected=said).uncollected == expected
    (tmp_path / "run" / "changes.w.jsonl").write_text(
        json.dumps({"time": "2026-01-01T00:00:00.000Z", "uncollected": said})
    )
    assert head(tmp_path / "run").uncollected == expected


@pytest.mark.parametrize(
    ("said", "expected"), [(["e/1", "e/2"], ("e/1", "e/2")), (["e/1", 2, None, ""], ("e/1",)), ("e/1", ()), (None, ())]
)
def test_who_watched_the_same_folder(tmp_path: Path, said: Any, expected: tuple[str, ...]) -> None:
    assert head(tmp_path / "run", outputs_shared_with=said).outputs_shared_with == expected
