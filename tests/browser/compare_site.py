"""A workspace to compare runs in: two learning rates with seeds, two runs of another kind, one of them damaged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from time import time
from typing import Any

import numpy as np

import runpages
from runpages_site.build import build

RATES = (0.1, 0.01)
SEEDS = range(4)
SETTINGS = """\
title: Compared
experiments:
  sweep:
    metric: val/loss
    goal: min
    goals: {val/accuracy: max}
    tolerance: {val/loss: 0.01}
    pair_by: seed
"""
SOURCE = """\
import runpages


def train(rate):
    for step in range(20):
        loss = 1 / (1 + rate * step)
        print(step, loss)
"""


def name_of(rate: float, seed: int) -> str:
    """What a run of the sweep is called."""
    return f"sweep-lr{rate}-s{seed}"


def write_compared(folder: Path) -> None:
    """Write the workspace into ``folder / "runs"``."""
    root = folder / "runs"
    for rate in RATES:
        for seed in SEEDS:
            _run_of_sweep(folder, root, rate, seed)
    with runpages.start("other", name="a boosted tree", params={"depth": 3}, root=root, capture=False) as run:
        run.log("val/accuracy", 0.91)
        run.log("fit_seconds", 12.5)
    with runpages.start("other", name="torn", params={"depth": 4}, root=root, capture=False) as run:
        run.log("val/accuracy", 0.88)
    with (Path(run.folder) / "metrics.csv").open("a") as file:
        file.write('val/accuracy,2,not a time,"torn')
    (root / "runpages.yml").write_text(SETTINGS)


def _run_of_sweep(folder: Path, root: Path, rate: float, seed: int) -> None:
    draw = np.random.default_rng([seed, int(1000 * rate)])
    params = {"optimizer": {"lr": rate, "name": "adam"}, "seed": seed, "epochs": 20, "batch": 64}
    name = name_of(rate, seed)
    with runpages.start("sweep", name=name, params=params, tags={"data": "digits"}, root=root, capture=False) as run:
        noise = draw.normal(0, 0.01, 20)
        for step in range(20):
            run.log("val/loss", 1 / (1 + 2 * rate * step) + noise[step], step=step)
            run.log("val/accuracy", 0.5 + 0.4 * (1 - 1 / (1 + 2 * rate * step)) - noise[step], step=step)
            run.log("weights", 10 + rate * step, step=step)
        if rate == RATES[0]:
            run.log("grad_norm", 0.5 + seed)
        run.log("verdict", "converged" if rate == RATES[0] else "slow")
        for step in (0, 10, 19):
            run.log_image("sample", _picture(draw, step), step=step)
        run.log_table("predictions", _predictions(seed))
        run.log_confusion_matrix("digits", _matrix(seed))
        code = folder / "code" / name
        code.mkdir(parents=True)
        (code / "train.py").write_text(SOURCE.replace("20", "30") if rate == RATES[1] else SOURCE)
        (code / "config.yaml").write_text(f"lr: {rate}\nmodel:\n  width: 64\n")
        run.take_snapshot(str(code))
        run.upload_file("config.yaml", str(code / "config.yaml"))
        logs = Path(run.folder) / "logs"
        logs.mkdir(exist_ok=True)
        (logs / "console.log").write_text("".join(f"epoch {step} lr {rate}\n" for step in range(20)))
    _note_environment(Path(run.folder), rate)


def _picture(draw: np.random.Generator, step: int) -> np.ndarray:
    return (draw.random((24, 24)) * (100 + 5 * step)).astype("uint8")


def _predictions(seed: int) -> list[dict[str, Any]]:
    draw = np.random.default_rng(seed)
    labels = [at % 3 for at in range(60)]
    guesses = [label if draw.random() < 0.8 else (label + 1) % 3 for label in labels]
    return [
        {"id": at, "label": label, "predicted": guess, "score": round(0.5 + at / 200, 3)}
        for at, (label, guess) in enumerate(zip(labels, guesses, strict=True))
    ]


def _matrix(seed: int) -> dict[str, Any]:
    return {
        "schema_type": "confusion_matrix",
        "schema_version": "1.0.0",
        "data": {"class_labels": ["0", "1", "2"], "matrix": [[9 - seed, seed, 0], [1, 8, 1], [0, 2, 8]]},
    }


def _note_environment(folder: Path, rate: float) -> None:
    """Let runs differ in their machine, as they would in practice."""
    path = folder / "run.json"
    document = json.loads(path.read_text())
    torch = "2.10.0" if rate == RATES[0] else "2.9.1"
    packages = {"numpy": "2.4.6", "torch": torch, "tqdm": "4.67.1" if rate == RATES[0] else "4.66.0"}
    git = {"commit": f"{int(1000 * rate):x}".ljust(40, "c"), "branch": "main"}
    document["environment"] = {
        "python": "3.12.4",
        "platform": "Linux x86_64",
        "cpus": 8,
        "command": f"python train.py --lr {rate}",
        "git": git,
        "packages": packages,
    }
    # Durations that differ however fast the machine is.
    ended = datetime.fromisoformat(document["started"]) + timedelta(seconds=20 + 10 * rate)
    document["ended"] = ended.isoformat().replace("+00:00", "Z")
    document["owner"] = {"host": "lab-gpu-1" if rate == RATES[0] else "lab-cpu-2", "pid": 4711}
    path.write_text(json.dumps(document))


def build_compared(folder: Path) -> Path:
    """Write and build the workspace; returns the folder of the site."""
    write_compared(folder)
    build(folder / "runs", folder / "site", now=time(), version="1")
    return folder / "site"


def members(site: Path) -> dict[str, str]:
    """The runs of the site as the address names them, by their titles."""
    return dict(_members(site))


def _members(site: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(site.glob("e/*/*/run.js")):
        data = json.loads(path.read_text().removeprefix('runpages.put("run",').removesuffix(");\n"))
        yield data["title"], f"{path.parent.parent.name}/{path.parent.name}"
