"""Writes ``data/sacred`` with Sacred itself: a run that completes and one that fails.

Run in an environment of its own with ``pip install sacred numpy``: ``python make_sacred.py FOLDER``.
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from sacred import SETTINGS, Experiment
from sacred.observers import FileStorageObserver

SETTINGS.CAPTURE_MODE = "sys"
FOLDER = Path(sys.argv[1]).resolve()
LOSS = [1.0, math.nan, math.inf, 0.1 + 0.2]

experiment = Experiment("digits & <more>", save_git_info=False)
experiment.observers.append(FileStorageObserver(str(FOLDER)))
experiment.add_config({"lr": 0.1, "net": {"depth": 2}, "seed": 1, "fails": False})


@experiment.main  # type: ignore[untyped-decorator]
def train(_run: Any, lr: float, fails: bool) -> float:
    """Log a few numbers."""
    print("printed by the script")
    for step, value in enumerate(LOSS):
        _run.log_scalar("train.loss", value, step * 10)
    _run.log_scalar("np", np.float32(0.1))
    (FOLDER / "notes.txt").write_text("kept", "utf-8")
    _run.add_artifact(str(FOLDER / "notes.txt"))
    (FOLDER / "notes.txt").unlink()
    if fails:
        raise ValueError("the <labels> are missing")
    return lr + 0.5


if __name__ == "__main__":
    os.chdir(FOLDER)
    experiment.run()
    with contextlib.suppress(ValueError):
        experiment.run(config_updates={"fails": True})
