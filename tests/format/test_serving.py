"""The note of where a site is served: who may use it, and who removes it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runpages.format import serving, status

URL = "http://127.0.0.1:8000/lab/"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("runs", "site/e"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def said(place: Path) -> dict[str, Any]:
    known: dict[str, Any] = json.loads((place / "runs" / ".runpages" / "serve.json").read_bytes())
    return known


def test_a_file_of_the_site_has_an_address(place: Path) -> None:
    runs, page = str(place / "runs"), str(place / "site" / "e" / "a b.html")
    assert serving.served(runs, page) is None
    serving.note(runs, str(place / "site"), URL)
    assert (said(place)["url"], said(place)["owner"]["pid"]) == (URL, os.getpid())
    assert serving.served(runs, page) == URL + "e/a%20b.html"
    assert serving.served(runs, str(place / "site2" / "a.html")) is None
    assert os.listdir(place / "runs" / ".runpages") == ["serve.json"]
    serving.withdraw(runs)
    assert os.listdir(place / "runs" / ".runpages") == []
    serving.withdraw(runs)


def test_the_note_of_a_process_that_is_gone_is_ignored_and_replaced(place: Path) -> None:
    runs = str(place / "runs")
    script = f"import os\nfrom runpages.format import serving\nserving.note({runs!r}, 'site', {URL!r})\nos._exit(1)"
    subprocess.run([sys.executable, "-c", script], cwd=place, check=False)
    assert said(place)["url"] == URL
    assert serving.served(runs, str(place / "site" / "index.html")) is None
    serving.withdraw(runs)  # It is not ours.
    assert said(place)["url"] == URL
    serving.note(runs, str(place / "site"), URL)
    assert serving.served(runs, str(place / "site" / "index.html")) == URL + "index.html"


@pytest.mark.parametrize(
    "changed",
    [
        {"owner": {**status.owner(), "host": "another"}},
        {"owner": {**status.owner(), "pid": 10**30, "pid_start": None}},
        {"owner": {**status.owner(), "pid": -1, "pid_start": None}},
        {"owner": {**status.owner(), "pid": True, "pid_start": None}},
        {"owner": {**status.owner(), "pid_start": 0}},
        {"owner": 7},
        {"url": "javascript:alert(1)"},
        {"url": None},
        {"site": ["x"]},
        {"format": 99},
    ],
)
def test_what_is_no_note_of_a_server_here_is_ignored(place: Path, changed: dict[str, Any]) -> None:
    runs = str(place / "runs")
    serving.note(runs, str(place / "site"), URL)
    (place / "runs" / ".runpages" / "serve.json").write_text(json.dumps({**said(place), **changed}))
    assert serving.served(runs, str(place / "site" / "index.html")) is None


def test_a_workspace_that_cannot_be_written_to_has_no_note(place: Path) -> None:
    (place / "runs" / ".runpages").write_text("in the way")
    serving.note(str(place / "runs"), str(place / "site"), URL)
    assert serving.served(str(place / "runs"), str(place / "site" / "index.html")) is None
