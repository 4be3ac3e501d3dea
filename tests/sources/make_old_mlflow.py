"""Writes a store of an old version of MLflow into `data/mlflow/old`, and what its client finds in it.

Run it in environments of their own, as `make_old_mlflow.py KIND` with `files` or `database`:
pip install mlflow-skinny==1.15 "numpy<1.24" "pandas<2" sqlparse "sqlalchemy<1.4" "alembic<1.5" "protobuf<4"
pip install mlflow-skinny==1.30.1 "numpy<2" "pandas<2.2" sqlparse "sqlalchemy<2" "alembic<1.9"
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Metric
from mlflow.tracking import MlflowClient

ROOT = Path("/srv/training")
DATA = Path(__file__).parent / "data/mlflow/old"
KEPT = ("experiments", "runs", "metrics", "params", "tags", "experiment_tags", "latest_metrics")


def log() -> str:
    """Runs of all states and kinds of values; gives their experiment."""
    mlflow.set_experiment("ridge / näive <b>")
    with mlflow.start_run(run_name="first"):
        mlflow.log_params({"alpha": 0.5, "model/depth": 3, "text": "line\nfeed", "flag": True, "rate": 1e-3})
        mlflow.set_tags({"team": "a", "quote": "it's", "mlflow.note.content": "A **note**"})
        for step, value in enumerate((0.5, float("nan"), float("inf"), -float("inf"), 1e-300, 16777217.0)):
            mlflow.log_metric("val/acc", value, step=step - 2)
        for step in (0, 1, 2, 1):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_dict({"a": 1}, "eval/document.json")
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
    running = client.create_run(deleted.info.experiment_id, start_time=1_700_000_000_000)
    client.log_batch(running.info.run_id, [Metric("loss", 0.25, 1_700_000_001_000, 1)])
    return str(deleted.info.experiment_id)


def read(experiment: str) -> dict[str, Any]:
    """What the client finds."""
    client, found = MlflowClient(), {}
    for run in client.search_runs([experiment]):
        history = {name: client.get_metric_history(run.info.run_id, name) for name in run.data.metrics}
        found[run.info.run_id] = {
            "name": run.data.tags.get("mlflow.runName"),
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


def main(kind: str) -> None:
    """Write a store and what is in it."""
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir(parents=True)
    mlflow.set_tracking_uri((ROOT / "mlruns").as_uri() if kind == "files" else f"sqlite:///{ROOT}/mlflow.db")
    os.chdir(ROOT)
    found = read(log())
    if kind == "database":
        database = sqlite3.connect(ROOT / "mlflow.db")
        database.execute("pragma foreign_keys = off")
        for (name,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
            if name not in KEPT and not name.startswith("sqlite_"):
                database.execute(f"drop table {name}")
        database.commit()
        database.execute("vacuum")
        database.close()
    text = json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False)
    (ROOT / "expected.json").write_text(text + "\n", "utf-8")
    shutil.rmtree(DATA / kind, ignore_errors=True)
    DATA.mkdir(parents=True, exist_ok=True)
    shutil.move(str(ROOT), str(DATA / kind))


if __name__ == "__main__":
    main(sys.argv[1])
