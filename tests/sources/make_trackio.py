"""Writes ``data/trackio`` with trackio itself, and what its own reader finds there into ``data/trackio/expected.json``.

Run in an environment of its own with ``pip install trackio numpy pandas pillow``: ``python make_trackio.py FOLDER``.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(sys.argv[1]).resolve()
os.environ.update(TRACKIO_DIR=str(FOLDER), HF_HUB_OFFLINE="1")
import trackio  # noqa: E402 - it reads the environment
from trackio.fragments import FragmentWriter, metric_record  # noqa: E402
from trackio.sqlite_storage import SQLiteStorage  # noqa: E402

VALUES = [1.0, 0.5, math.nan, math.inf, -math.inf, 1e-300, 0.1 + 0.2, 7]


def first() -> None:
    """A run with everything that is read."""
    trackio.init(
        project="digits", name="first <x>", group="g1", config={"lr": 0.1, "net": {"depth": 2}}, auto_log_cpu=False
    )
    for step, value in enumerate(VALUES):
        trackio.log({"loss": value, "deep": {"a": step}, "word": f"w{step}"}, step=step * 2)
    trackio.log({"samples": trackio.Image(np.zeros((3, 5, 3), np.uint8), caption="<one>")}, step=20)
    trackio.log({"rows": trackio.Table(dataframe=pd.DataFrame({"a": [1, 2], "b": ["x", "<y>"]}))}, step=21)
    trackio.log({"spread": trackio.Histogram([1, 2, 2, 3], num_bins=3)}, step=22)
    trackio.alert("diverges", text="loss is <inf>")
    trackio.finish()


def second() -> None:
    """A run of which a part is in a fragment, and one that is there alone."""
    trackio.init(project="digits", name="second", auto_log_cpu=False)
    trackio.log({"loss": 1.5}, step=0)
    trackio.finish()
    (known,) = (run for run in SQLiteStorage.get_run_records("digits") if run["name"] == "second")
    line = {"project": "digits", "timestamp": "2026-01-01T00:00:00+00:00", "step": 1}
    FragmentWriter("writer").write_local(
        [
            metric_record(line | {"run": "second", "run_id": known["id"], "metrics": {"loss": 0.25}, "log_id": "a"}),
            metric_record(line | {"run": "third", "run_id": "c0ffee", "metrics": {"loss": 3}, "log_id": "b"}),
        ]
    )


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    first()
    second()
    logged = {name: SQLiteStorage.get_logs("digits", name) for name in ("first <x>", "second")}
    expected = {
        name: [[row["step"], str(row["loss"])] for row in rows if "loss" in row] for name, rows in logged.items()
    }
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1), "utf-8")
    (FOLDER / "digits.lock").unlink(missing_ok=True)
