"""Writes ``data/swanlab`` with SwanLab itself, and what was logged into ``data/swanlab/expected.json``.

Run in an environment of its own with ``pip install swanlab numpy pillow``: ``python make_swanlab.py FOLDER``.
SwanLab 0.6, whose record log is another, writes the part ``old``.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
from pathlib import Path

import numpy as np
import swanlab

FOLDER = Path(sys.argv[1]).resolve()
IS_OLD = tuple(map(int, swanlab.__version__.split(".")[:2])) < (0, 7)
VALUES = [1.0, 0.5, math.nan, math.inf, 1e-300, 0.1 + 0.2, 7]


def run(name: str, mode: str, fails: bool = False) -> None:
    """A run with everything that is read."""
    where = FOLDER / ("old" if IS_OLD else mode)
    config = {"lr": 0.1, "net": {"depth": 2}}
    if IS_OLD:
        swanlab.init(project="digits", experiment_name=name, config=config, mode=mode, logdir=str(where))
    else:
        swanlab.init(
            project="digits", name=name, description="A **note**", tags=["base"], group="g1", config=config, mode=mode,
            logdir=str(where),
        )  # fmt: skip
    for step, value in enumerate(VALUES):
        swanlab.log({"loss": value, "deep": {"a": step}}, step=step * 2)
    media = {"samples": swanlab.Image(np.zeros((3, 5, 3), np.uint8), caption="<one>"), "text": swanlab.Text("<b>hello")}
    swanlab.log(media, step=20)
    print("printed by the script")
    swanlab.finish(**({"state": "crashed", "error": "the <labels> are missing"} if fails else {}))


if __name__ == "__main__":
    run("first “run”", "offline")
    if not IS_OLD:
        run("failed", "offline", fails=True)
        run("local", "local")
    for path in FOLDER.rglob(".gitignore"):
        path.unlink()
    for part in ("debug", "requirements.txt"):
        for path in FOLDER.rglob(part):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in FOLDER.rglob("swanlab-metadata.json"):
        path.write_text(json.dumps({"runtime": {"python_version": "3.11.7"}}), "utf-8")
    points = [[step * 2, repr(float(value))] for step, value in enumerate(VALUES)]
    (FOLDER / "expected.json").write_text(json.dumps(points, indent=1), "utf-8")
