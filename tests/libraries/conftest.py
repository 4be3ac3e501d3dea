"""Scripts that log from other libraries, run as a user runs them: as a process, in a folder of their own."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runpages.format.discovery import find
from runpages.format.read import read_run
from runpages.format.records import RunRecord

Logged = Callable[[str], list[RunRecord]]


@pytest.fixture
def logged(tmp_path: Path) -> Logged:
    """Run a script that must end with exit code 0; returns the runs of its workspace by name, then id."""

    def logged(script: str) -> list[RunRecord]:
        place = tmp_path / "script.py"
        place.write_text(script, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(place)], cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False
        )
        assert done.returncode == 0, done.stderr
        records = [read_run(run.path, now=time.time()) for run in find(str(tmp_path / "runs")).runs]
        assert [problem for record in records for problem in record.problems] == []
        return sorted(records, key=lambda record: (record.name or "", record.id))

    return logged
