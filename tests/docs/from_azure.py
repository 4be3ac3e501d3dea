"""What binds tests to the rows of a table, and a working folder with a run in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runpages import _lifecycle
from runpages.azureml.core import (
    Experiment,
    Run,
    Workspace,
)


def row(first: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The test of the row with this first cell."""

    def bound(test: Callable[..., None]) -> Callable[..., None]:
        test.row = first  # type: ignore[attr-defined]
        return test

    return bound


def rows(document: str, heading: str) -> list[str]:
    """The first cells of the table below a heading."""
    section = document.partition(f"{heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [line[1:].partition(" | ")[0].strip() for line in lines[2:]]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working folder, and no run that goes on before the test or after it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RUNPAGES_WORKSPACE", raising=False)
    monkeypatch.setenv("LAB_TOKEN", "s3cret")
    for run in list(_lifecycle._active):
        _lifecycle.forget(run)
    yield tmp_path
    for run in list(_lifecycle._active):
        run.complete()


@pytest.fixture
def experiment(here: Path) -> Experiment:
    return Experiment(Workspace(), "ridge")


@pytest.fixture
def run(experiment: Experiment) -> Run:
    return experiment.start_logging(capture=False)
