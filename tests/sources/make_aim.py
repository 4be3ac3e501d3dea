"""Writes ``data/aim`` with Aim itself: a CSV file of all metrics of a repository, and what Aim reads of one of them.

Run in an environment of its own with ``pip install aim pandas``, as ``TZ=UTC python make_aim.py FOLDER``.
"""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
from pathlib import Path

import pandas as pd
from aim import Repo, Run
from aim.sdk.index_manager import RepoIndexManager

VALUES = [1.0, 0.5, math.nan, 1e-300, 0.1 + 0.2]


def log(home: str) -> None:
    """Log two runs with the same metrics."""
    for at, subset in enumerate(("train", "val")):
        run = Run(repo=home, experiment="digits", system_tracking_interval=None, capture_terminal_logs=False)
        run.name = f"run {at}"
        run["hparams"] = {"lr": 0.1 / (at + 1), "net": {"depth": 2}, "word": "a, <b>", "layers": [1, 2]}
        for step, value in enumerate(VALUES):
            run.track(value + at, name="loss", step=step * 2, epoch=step // 2, context={"subset": subset})
            run.track(step, name="count", step=step)
        run.close()
    os._exit(0)  # Aim's own end waits for its threads.


def main(folder: Path) -> None:
    """Log runs in a process of their own, and write what Aim gives of them as a table."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        child = os.fork()
        if not child:
            log(home)
        os.waitpid(child, 0)
        index = RepoIndexManager.get_index_manager(Repo(home))  # What the server of Aim does.
        for run in Repo(home).list_all_runs():
            index.index(run)
        metrics = [metric for run in Repo(home).iter_runs() for metric in run.metrics()]
        tables = [one.dataframe(include_run=True, include_name=True, include_context=True) for one in metrics]
        pd.concat(tables).to_csv(folder / "aim.csv", index=False)
        expected: dict[str, dict[str, list[list[object]]]] = {}
        for metric in metrics:
            steps, (values, *_) = metric.data.items_list()
            name = "/".join([metric.name, *metric.context.to_dict().values()])
            points = [[step, repr(float(value))] for step, value in zip(steps, values, strict=True)]
            expected.setdefault(metric.run.hash, {})[name] = points
    (folder / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
    sys.stdout.flush()
    os._exit(0)  # Aim's own end waits for its threads.
