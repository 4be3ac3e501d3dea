"""Writes the stores of MLflow in `data/mlflow`, and what MLflow's own client finds in them.

Run it in an environment of its own: pip install mlflow pandas pillow
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"

import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, ViewType

ROOT = Path("/srv/training")
"""MLflow notes where it writes, so it writes where no user has a name; the result is moved."""

DATA = Path(__file__).parent / "data/mlflow"
NAME = "ridge / näive <b>"
KEPT = ("experiments", "runs", "metrics", "params", "tags", "experiment_tags", "latest_metrics")


def log() -> None:
    """Runs of all states and kinds of values."""
    mlflow.set_experiment(NAME)
    with mlflow.start_run(run_name="first", description="A **note**"):
        mlflow.log_params({"alpha": 0.5, "model/depth": 3, "text": "line\nfeed", "flag": True, "rate": 1e-3})
        mlflow.set_tags({"team": "a", "quote": "it's"})
        for step in range(20):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        for step, value in enumerate((0.5, float("nan"), float("inf"), -float("inf"), 1e-300, 16777217.0)):
            mlflow.log_metric("val/acc", value, step=step - 2)
        mlflow.log_metric("loss", 0.9, step=5)
        picture = np.zeros((4, 5, 3), "uint8")
        for step in (0, 10):
            mlflow.log_image(picture, key="samples/one", step=step)
        mlflow.log_image(picture, "plot.png")
        mlflow.log_table({"a": [1, 2], "b": ["x", "<y>"]}, "eval/table.json")
        mlflow.log_text("hello", "notes.txt")
        mlflow.log_input(mlflow.data.from_pandas(pd.DataFrame({"x": [1.5]}), name="train set"), context="training")
        with mlflow.start_run(nested=True, run_name="child"):
            mlflow.log_metric("loss", 3.0)
    for name, end in (("broken", "FAILED"), ("killed", "KILLED")):
        mlflow.start_run(run_name=name)
        mlflow.log_metric("loss", 2)
        mlflow.end_run(end)
    deleted = mlflow.start_run(run_name="deleted")
    mlflow.end_run()
    client = MlflowClient()
    client.delete_run(deleted.info.run_id)
    running = client.create_run(deleted.info.experiment_id, run_name="running", start_time=1_700_000_000_000)
    client.log_batch(running.info.run_id, [Metric("loss", 0.25, 1_700_000_001_000, 1)])


def read() -> dict[str, Any]:
    """What the client finds."""
    client, found = MlflowClient(), {}
    experiment = client.get_experiment_by_name(NAME)
    for run in client.search_runs([experiment.experiment_id], run_view_type=ViewType.ACTIVE_ONLY):
        history = {name: client.get_metric_history(run.info.run_id, name) for name in run.data.metrics}
        found[run.info.run_id] = {
            "name": run.info.run_name,
            "status": run.info.status,
            "start": run.info.start_time,
            "end": run.info.end_time,
            "params": run.data.params,
            "tags": run.data.tags,
            "metrics": {
                name: [[point.step, point.timestamp, repr(point.value)] for point in points]
                for name, points in history.items()
            },
        }
    return found


def make() -> None:
    """Both stores, the database without the tables that are not read."""
    shutil.rmtree(ROOT, ignore_errors=True)
    expected = {}
    for kind, uri in (
        ("files", (ROOT / "files/mlruns").as_uri()),
        ("database", f"sqlite:///{ROOT}/database/mlflow.db"),
    ):
        (ROOT / kind).mkdir(parents=True)
        os.chdir(ROOT / kind)
        mlflow.set_tracking_uri(uri)
        log()
        expected[kind] = read()
    database = sqlite3.connect(ROOT / "database/mlflow.db")
    database.execute("pragma foreign_keys = off")
    for (name,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
        if name not in KEPT and not name.startswith("sqlite_"):
            database.execute(f"drop table {name}")
    database.commit()
    database.execute("vacuum")
    database.close()
    text = json.dumps(expected, indent=1, sort_keys=True, ensure_ascii=False)
    (ROOT / "expected.json").write_text(text + "\n", "utf-8")
    shutil.rmtree(DATA, ignore_errors=True)
    shutil.move(ROOT, DATA)


if __name__ == "__main__":
    make()
