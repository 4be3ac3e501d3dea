"""What the page that compares runs loads of a run, and when it changes."""

from __future__ import annotations

import json
from pathlib import Path
from time import time
from typing import Any

import pytest

import runpages
from runpages_site.build import build

NOW = time()


def log(folder: Path, **params: Any) -> str:
    """Log a run; returns its id."""
    with runpages.start("demo", name="first", params=params, root=folder / "runs", capture=False) as run:
        run.define("loss", goal="min", unit="nats")
        for step, value in enumerate((3.0, 1.0, 2.0)):
            run.log("loss", value, step=10 * step)
        run.log("system/cpu", 0.5)
        run.log("word", "slow")
        run.log("torn", float("nan"))
    return run.id


def data(folder: Path, run: str) -> dict[str, Any]:
    """What is written of a run."""
    script = (folder / "site" / "e" / "demo" / run / "run.js").read_text("utf-8")
    found: dict[str, Any] = json.loads(script.removeprefix('runpages.put("run",').removesuffix(");\n"))
    return found


def built(folder: Path) -> None:
    build(folder / "runs", folder / "site", now=NOW, version="1")


def test_a_run_is_there_in_a_few_numbers(tmp_path: Path) -> None:
    run = log(tmp_path, lr=0.1)
    built(tmp_path)
    found = data(tmp_path, run)
    assert found["title"] == "first"
    assert found["experiment"] == {"name": "demo", "folder": "demo"}
    assert found["page"] == f"e/demo/{run}.html"
    assert found["status"] == {"kind": "completed", "word": "Completed"}
    loss = {"last": 2.0, "min": 1.0, "max": 3.0, "mean": 2.0, "count": 3, "step": 20, "unit": "nats", "goal": "min"}
    assert found["metrics"]["loss"] == loss
    assert found["metrics"]["word"] == {"count": 1, "step": 0, "text": "slow"}
    assert found["metrics"]["torn"] == {"count": 1, "step": 0, "text": "nan"}
    # Those with a goal come first, those of the machine last.
    assert next(iter(found["metrics"])) == "loss"
    assert [*found["metrics"]][-1] == "system/cpu"
    assert found["scripts"]["points"].startswith(f"e/demo/{run}/points.js?v=")
    assert {"tags", "note", "environment", "damaged", "parent", "snapshot"}.isdisjoint(found)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1),
        (2**60, str(2**60)),
        (0.1, 0.1),
        (1.0, "1.0"),
        (1e-05, "1e-05"),
        (1e16, "1e+16"),
        (True, "true"),
        (None, "null"),
        ("relu", "relu"),
        ([1, 2], "[1, 2]"),
        (float("nan"), "nan"),
    ],
)
def test_a_parameter_is_a_number_where_a_browser_spells_it_alike(tmp_path: Path, value: Any, expected: Any) -> None:
    run = log(tmp_path, deep={"value": value})
    built(tmp_path)
    found = data(tmp_path, run)["params"]["deep.value"]
    assert (found, type(found)) == (expected, type(expected))


def test_another_tolerance_is_written(tmp_path: Path) -> None:
    run = log(tmp_path)
    built(tmp_path)
    assert "tolerance" not in data(tmp_path, run)["metrics"]["loss"]
    (tmp_path / "runs" / "runpages.yml").write_text("experiments:\n  demo:\n    tolerance: {loss: 0.5}\n")
    built(tmp_path)
    assert data(tmp_path, run)["metrics"]["loss"]["tolerance"] == 0.5


def test_the_page_is_in_every_site_with_runs(tmp_path: Path) -> None:
    log(tmp_path)
    built(tmp_path)
    page = (tmp_path / "site" / "compare.html").read_text()
    assert 'data-runs-page="e/demo/index.html"' in page
    assert 'href="compare.html"' in (tmp_path / "site" / "index.html").read_text()
    dialogs = sum(page.count(f'aria-labelledby="h-{name}"') for name in ("help", "large"))
    assert page.count("<section") == page.count("aria-labelledby") - dialogs
