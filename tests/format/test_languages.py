"""One run written in shell, in Python, in R and by the logger: all four are read to the same values."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

import runpages
from runpages.format.discovery import find
from runpages.format.records import RunRecord
from tests.format.folder import read

TEXT = (Path(__file__).parent.parent.parent / "docs" / "reference" / "format.md").read_text(encoding="utf-8")

COMMANDS = {
    "sh": ["bash", "-euo", "pipefail", "-c"],
    "python": [sys.executable, "-c"],
    "r": ["Rscript", "--vanilla", "-e"],
}
HEADINGS = {"sh": "## A run in shell\n", "python": "## A run in Python,", "r": "## A run in R\n"}
MISSING = "Rscript is missing: apt-get install -y --no-install-recommends r-base-core"


def program(language: str) -> str:
    """The first block of a language below its heading in the document."""
    tokens = MarkdownIt().parse(TEXT[TEXT.index(HEADINGS[language]) :])
    return next(token.content for token in tokens if token.type == "fence" and token.info == language)


def written(language: str, folder: Path) -> RunRecord:
    """The run that the program of the document writes."""
    if not shutil.which(COMMANDS[language][0]):
        raise (pytest.fail if os.environ.get("CI") else pytest.skip).Exception(MISSING)
    folder.mkdir()
    subprocess.run(
        [*COMMANDS[language], program(language)], check=True, cwd=folder, env={"PATH": os.environ["PATH"]}, timeout=120
    )
    return the_run(folder / "runs")


def the_run(workspace: Path) -> RunRecord:
    [found] = find(str(workspace)).runs
    run = read(Path(found.path), now=time.time())
    assert (run.problems, run.id, run.experiment) == ([], found.name, found.experiment)
    return run


def logged(root: Path) -> RunRecord:
    """The same run by the logger."""
    with runpages.start("roots", root=root, params={"of": 2.0}, tags={"method": "Newton"}, capture=False) as run:
        x = 1.0
        for _ in range(5):
            x = (x + 2 / x) / 2
            run.log("x", x)
            run.log("error", x * x - 2)
    return the_run(root)


def said(run: RunRecord) -> dict[str, Any]:
    """What a run says, without what differs between two runs of one program."""
    return {
        "experiment": run.experiment,
        "status": run.status,
        "params": run.params,
        "tags": run.tags,
        "series": {name: (series.steps, series.values) for name, series in sorted(run.series.items())},
    }


@pytest.mark.parametrize("language", COMMANDS)
def test_a_program_of_the_document_writes_what_the_logger_writes(tmp_path: Path, language: str) -> None:
    by_hand = written(language, tmp_path / language)
    assert said(by_hand) == said(logged(tmp_path / "logger"))
    assert by_hand.series["x"].values[-1] == pytest.approx(2**0.5)
    assert len(by_hand.id.split("-")) == 3


@pytest.mark.parametrize("language", COMMANDS)
def test_two_runs_of_a_program_are_two_runs_with_the_same_values(tmp_path: Path, language: str) -> None:
    one, other = (written(language, tmp_path / name) for name in ("one", "other"))
    assert said(one) == said(other)


def test_without_r_it_is_told_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"apt-get install .* r-base-core"):
        written("r", tmp_path / "skipped")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=r"apt-get install .* r-base-core"):
        written("r", tmp_path / "failed")
