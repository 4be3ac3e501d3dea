"""A workspace to compare runs in: two learning rates with five seeds each, and a run of another experiment."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

SETTINGS = """\
title: Lab
experiments:
  sweep:
    metric: loss
    goal: min
    tolerance: {loss: 0.01}
"""

LOSSES = {
    "0.1": (0.30, 0.31, 0.29, 0.30, 0.32),
    "0.01": (0.20, 0.21, 0.19, 0.20, 0.22),
}


def write_workspace(root: Path, settings: str = "") -> Path:
    """Write the workspace below a folder; returns its own folder."""
    for rate, losses in LOSSES.items():
        for seed, loss in enumerate(losses):
            _run(root / "sweep" / f"r{rate}-{seed}", rate, seed, loss)
    other = root / "other" / "tree"
    other.mkdir(parents=True)
    (other / "metrics.csv").write_text("name,step,value\naccuracy,0,0.9\naccuracy,1,0.8\n")
    (other / "run.json").write_text(json.dumps({"format": 1, "id": "tree", "name": "a boosted tree"}))
    (root / "runpages.yml").write_text(SETTINGS + settings)
    return root


def _run(folder: Path, rate: str, seed: int, loss: float) -> None:
    folder.mkdir(parents=True)
    rows = [f"loss,{step},{loss + (5 - step) / 10}," for step in range(6)] + [f"speed,0,{90 + seed},", "note,0,,ok"]
    (folder / "metrics.csv").write_text("name,step,value,text\n" + "\n".join(rows) + "\n")
    document = {
        "format": 1,
        "id": folder.name,
        "name": f"lr{rate}-s{seed}",
        "number": seed + 1,
        "status": "Completed",
        "ended": "2026-11-27T08:04:12Z",
        "params": {"optimizer": {"lr": float(rate), "name": "adam"}, "seed": seed},
        "tags": {"data": "digits", "rate": rate},
        "environment": {
            "python": "3.12.4",
            "git": {"commit": rate.replace(".", "") * 8, "branch": "main"},
            "packages": {"torch": "2.9.1" if rate == "0.1" else "2.10.0", "numpy": "2.4.6"},
        },
        "snapshot": {"file": "snapshot.zip"},
    }
    (folder / "run.json").write_text(json.dumps(document))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("train.py", f"rate = {rate}\n")
        archive.writestr("model.py", "layers = 2\n")
        if rate == "0.01":
            archive.writestr("schedule.py", "warmup = 3\n")
    (folder / "snapshot.zip").write_bytes(packed.getvalue())
