"""Writes runs of old versions of trackers below `data/old`: `make_old_trackers.py KIND FOLDER`, with the kind first.

Run it in environments of their own, of Python 3.8, without a path to the folder of the user:
pip install "wandb==0.12.21" "protobuf<4" "setuptools<70" "numpy<1.24" pillow
pip install "dvclive==2.0.2" "setuptools<70"
pip install "tensorboardX==1.9" "protobuf<3.21" "numpy<1.24" "setuptools<60" "pillow<10"
pip install "tensorflow==1.15.5" "protobuf<3.21" "numpy<1.19", of Python 3.7
"""

from __future__ import annotations

import math
import os
import shutil
import sys
from pathlib import Path

VALUES = [1.0, 0.5, math.nan, math.inf, 0.1 + 0.2]


def wandb(folder: Path) -> None:
    """Log a run offline."""
    os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true", WANDB_CACHE_DIR=".cache")
    import numpy as np
    import wandb

    wandb.init(project="old", name="first <x>", config={"lr": 0.1, "net": {"depth": 2}}, tags=["base"], notes="A note")
    for step, value in enumerate(VALUES):
        wandb.log({"loss": value, "deep": {"a": step}, "word": f"w{step}"})
    picture = wandb.Image(np.zeros((3, 5, 3), np.uint8), caption="<one>")
    wandb.log({"samples": picture, "spread": wandb.Histogram([1, 2, 2, 3])})
    wandb.log({"rows": wandb.Table(columns=["a", "b"], data=[[1, "x"]])})
    wandb.finish()
    # These say only where this ran.
    for path in (
        *folder.glob("wandb/latest-run"),
        *folder.glob("wandb/debug*"),
        *folder.glob("wandb/o*/files/*-meta*"),
    ):
        path.unlink()
    for path in (folder / ".cache", *folder.glob("wandb/o*/logs")):
        shutil.rmtree(path)


def dvclive(folder: Path) -> None:
    """Log a run into the usual folder."""
    from dvclive import Live

    live = Live("dvclive", report=None)
    live.log_param("lr", 0.1)
    for value in VALUES:
        live.log_metric("train/loss", value)
        live.next_step()
    live.end()


def tensorboardX(folder: Path) -> None:
    """Log events of each kind that a page shows."""
    import numpy as np
    from tensorboardX import SummaryWriter

    with SummaryWriter(str(folder / "run")) as writer:
        for step, value in enumerate(VALUES):
            writer.add_scalar("loss", value, step)
        writer.add_text("note", "hello")
        writer.add_histogram("spread", np.arange(10), 0)
        writer.add_image("samples", np.zeros((3, 4, 5), np.uint8), 1)


def tensorflow(folder: Path) -> None:
    """Log summaries as graphs of TensorFlow 1 do."""
    import numpy as np
    import tensorflow as tf

    loss = tf.placeholder(tf.float32)
    merged = tf.summary.merge(
        [
            tf.summary.scalar("loss", loss),
            tf.summary.histogram("spread", tf.constant(np.arange(10.0))),
            tf.summary.image("samples", tf.zeros((1, 4, 5, 3))),
            tf.summary.text("note", tf.constant("hello")),
        ]
    )
    with tf.Session() as session:
        writer = tf.summary.FileWriter(str(folder / "run"), session.graph)
        for step, value in enumerate(VALUES):
            writer.add_summary(session.run(merged, {loss: value}), step)
        writer.close()


if __name__ == "__main__":
    kind, where = sys.argv[1], Path(sys.argv[2]).resolve()
    where.mkdir(parents=True, exist_ok=True)
    os.chdir(where)
    {"wandb": wandb, "dvclive": dvclive, "tensorboardX": tensorboardX, "tensorflow": tensorflow}[kind](where)
