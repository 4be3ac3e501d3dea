"""Writes ``data/dvclive`` with DVCLive itself, and what was logged into ``expected.json`` beside it.

Run in an environment of its own with ``pip install dvclive scikit-learn numpy pillow``, as ``make_dvclive.py FOLDER``.
"""

from __future__ import annotations

import json
import math
import os
import sys
from pathlib import Path

import numpy as np
from dvclive import Live

LOSS = [1.0, math.nan, math.inf, 0.1 + 0.2]


def main(folder: Path) -> None:
    """Write a run below a folder."""
    os.chdir(folder)
    pixels = np.zeros((3, 5, 3), np.uint8)
    points = []
    with Live("dvclive", save_dvc_exp=False, report=None, dvcyaml=None) as live:
        live.log_params({"lr": 0.1, "net": {"depth": 2}})
        for step, value in enumerate(LOSS):
            live.log_metric("train/loss", value, timestamp=True)
            live.log_metric("acc", step / 3)
            points.append([step, repr(value)])
            if step < 2:
                live.log_image(f"samples/{step}.png", pixels)
            live.next_step()
        live.log_image("one.png", pixels)
        live.log_sklearn_plot("confusion_matrix", [0, 1, 1], [0, 1, 0])
        live.log_sklearn_plot("roc", [0, 1, 1], [0.1, 0.9, 0.4])
        live.log_plot("pts", [{"x": 1, "y": 2}, {"x": 2, "y": 3}], x="x", y="y")
        live.log_metric("final", 0.5, plot=False)
    (folder / "expected.json").write_text(json.dumps({"train/loss": points}, indent=1), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
