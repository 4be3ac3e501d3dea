"""Writes ``data/wandb`` with Weights & Biases itself, offline, and what was logged into ``data/wandb/expected.json``.

Run in an environment of its own with ``pip install wandb numpy pillow``: ``python make_wandb.py FOLDER``.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np

os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true", WANDB_DISABLE_GIT="true", WANDB_DISABLE_CODE="true")
import wandb

VALUES = [1.0, 0.5, math.nan, math.inf, -math.inf, 1e-300, 0.1 + 0.2, 7]


def first(settings: wandb.Settings) -> dict[str, Any]:
    """A run with everything that is read."""
    run = wandb.init(
        project="digits & <more>", name="first “run”", id="aaaa1111", group="g1", job_type="train",
        tags=["base", "ünï"], notes="A **note**", config={"lr": 0.1, "net": {"depth": 2, "act": "relu"}, "on": True},
        settings=settings,
    )  # fmt: skip
    run.define_metric("loss", summary="min")
    points = []
    for step, value in enumerate(VALUES):
        run.log({"loss": value, "deep": {"a/b": step, "c": {"d": step / 3}}, "word": f"w{step}"}, step=step * 2)
        points.append([step * 2, repr(float(value))])
    pixels = np.zeros((3, 5, 3), np.uint8)
    run.log(
        {"samples": wandb.Image(pixels, caption="<one>"), "two": [wandb.Image(pixels), wandb.Image(pixels)]}, step=20
    )
    run.log({"rows": wandb.Table(columns=["a", "b"], data=[[1, "x"], [2, "<y>"]])}, step=21)
    run.log({"spread": wandb.Histogram([1, 2, 2, 3], num_bins=3)}, step=22)
    run.log({"page": wandb.Html("<b>bold</b>")}, step=23)
    run.summary["final"] = 0.25
    print("printed by the script")
    run.finish()
    return {"name": "first “run”", "status": "Completed", "loss": points}


def failed(settings: wandb.Settings) -> dict[str, Any]:
    """A run that ends with an exit code."""
    run = wandb.init(project="digits & <more>", name="failed", id="bbbb2222", settings=settings)
    points = []
    for step in range(3):
        run.log({"loss": step})
        points.append([step, repr(float(step))])
    run.finish(exit_code=1)
    return {"name": "failed", "status": "Failed", "loss": points}


def long(settings: wandb.Settings) -> dict[str, Any]:
    """A run whose records fill more than a block of the file."""
    run = wandb.init(
        project="digits & <more>", name="long", id="cccc3333", settings=settings, config={"text": "x" * 40_000}
    )
    points = []
    for step in range(300):
        value = math.sin(step)
        run.log({"loss": value})
        points.append([step, repr(value)])
    run.finish()
    return {"name": "long", "status": "Completed", "loss": points}


def main(folder: Path) -> None:
    """Write the runs below a folder."""
    shutil.rmtree(folder / "wandb", ignore_errors=True)
    os.chdir(folder)
    settings = wandb.Settings(console="redirect", x_disable_stats=True, x_disable_meta=True, disable_git=True)
    expected = {"aaaa1111": first(settings), "bbbb2222": failed(settings), "cccc3333": long(settings)}
    for link in [path for path in (folder / "wandb").rglob("*") if path.is_symlink()]:
        link.unlink()
    for logs in (folder / "wandb").glob("*/logs"):
        shutil.rmtree(logs)
    (folder / "expected.json").write_text(json.dumps(expected, indent=1), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
