from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runpages_site.build import Report, build

NOW = 1_795_000_000.0
EXAMPLE = Path(__file__).parents[2] / "site-example" / "runs"

MakeRun = Callable[..., Path]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    folder.mkdir()
    return folder


@pytest.fixture
def make_run(workspace: Path) -> MakeRun:
    """Write a run by hand, as anybody may: a document, metrics and further files."""

    def make(
        run: str = "a",
        experiment: str = "demo",
        /,
        *,
        metrics: str | bytes | None = "name,step,time,value,text\nloss,0,1.0,0.5,\nloss,1,2.0,0.25,\n",
        files: dict[str, str | bytes] | None = None,
        **document: Any,
    ) -> Path:
        folder = workspace / experiment / run
        folder.mkdir(parents=True)
        if document:
            (folder / "run.json").write_text(json.dumps({"format": 1, "id": run, **document}))
        if metrics is not None:
            (folder / "metrics.csv").write_bytes(metrics if isinstance(metrics, bytes) else metrics.encode())
        for path, content in (files or {}).items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return make


@pytest.fixture
def built(workspace: Path, tmp_path: Path) -> Callable[[], tuple[Path, Report]]:
    """Build the workspace; returns the site and the report."""

    def run() -> tuple[Path, Report]:
        site = tmp_path / "site"
        return site, build(workspace, site, now=NOW, version="1.2.3")

    return run


@pytest.fixture(scope="session")
def example_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the example, for tests that only read it; the first of the parallel workers builds it."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    site = shared / "example-site" / "site"
    with (shared / "example-site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not site.parent.exists():
            build(EXAMPLE, site, now=NOW, version="1.2.3")
    return site
