"""Run folders for tests: written from a dictionary, read as a builder would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from runpages.format.pieces import piece_path
from runpages.format.read import read_run
from runpages.format.records import RunRecord

NOW = 1767225600.0
"""The moment at which runs are read: 2026-01-01T00:00:00Z."""


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files, given as path below the folder -> content; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"))
    return folder


def read(folder: Path, *, now: float = NOW) -> RunRecord:
    """Read a run as of `now`."""
    return read_run(str(folder), now=now)


def line(document: Any) -> str:
    """Plain JSON in one line, as another tool would write it."""
    return json.dumps(document) + "\n"


def told(run: RunRecord) -> list[tuple[str, int | None, str, str]]:
    """What a reader tells, in the order of the files: file, line, message and action."""
    return sorted((p.file, p.line, p.message, p.action) for p in run.problems)


def cut(whole: Path, *places: int, generation: int = 1, base: bool = True) -> None:
    """Replace a file by pieces that end at some places; with a ``base`` the first of them keeps its name."""
    data = whole.read_bytes()
    first = data[: data.find(b"\n") + 1] if whole.suffix == ".csv" else b""
    whole.unlink()
    for start, end in pairwise([0, *places, len(data)]):
        if start == 0 and base:
            whole.write_bytes(data[:end])
        else:
            piece = Path(piece_path(str(whole), generation, start, end))
            piece.write_bytes((first if start else b"") + data[start:end])
