"""Writes the event files in `data`, and what TensorBoard's own reader finds in them.

Run it in an environment of its own: pip install tensorboard tensorboardX numpy pillow
"""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.histogram import summary_v2 as histogram
from tensorboard.plugins.hparams import summary_v2 as hparams
from tensorboard.plugins.scalar import summary_v2 as scalar
from tensorboard.plugins.text import summary_v2 as text
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util import tensor_util
from tensorboardX import SummaryWriter

ROOT = Path(__file__).parent / "data"
EVERYTHING = dict.fromkeys(("scalars", "tensors", "images", "histograms"), 0)


def tensorboard_x() -> None:
    """What tensorboardX writes: all kinds, groups of scalars and hyperparameters as folders."""
    values = np.random.default_rng(0)
    writer = SummaryWriter(str(ROOT / "tensorboardX/exp/run"))
    for step in range(200):
        writer.add_scalar("loss", 1 / (1 + step) + values.random() / 100, step, walltime=1.7e9 + step)
        writer.add_scalar("val/acc", step / 200, step, walltime=1.7e9 + step + 0.25)
        writer.add_scalar("lr", 0.001, step, walltime=1.7e9 + step + 0.5)
    for step, value in enumerate((float("nan"), float("inf"), -float("inf"), -1.5, 1e-38, 3e38, 16777217.0)):
        writer.add_scalar("odd", value, step - 3, walltime=1.7e9)
    for step in (0, 100, 20_000):
        writer.add_image("sample", np.full((3, 4, 6), step % 256, "uint8"), step, walltime=1.7e9)
        writer.add_histogram("weights", values.normal(size=50), step, walltime=1.7e9)
        writer.add_text("note", f"**step** {step} ü", step, walltime=1.7e9)
    writer.add_pr_curve("pr", values.integers(0, 2, 20), values.random(20), 3, num_thresholds=5, walltime=1.7e9)
    writer.add_scalars("pair", {"a": 1.0, "b": 2.0}, 1, walltime=1.7e9)
    writer.add_hparams({"lr": 0.1, "name": "adam", "bn": True, "layers": 3}, {"hparam/acc": 0.9}, name="1700000000.5")
    writer.close()


def torch() -> None:
    """What the writer of torch writes through TensorBoard's: it starts again at step 60, with `purge_step`."""
    folder = ROOT / "torch/exp/resumed"
    for start, end, late in ((0, 100, ".0"), (60, 90, ".1")):
        writer = EventFileWriter(str(folder), filename_suffix=late)
        if start:
            log = SessionLog(status=SessionLog.START)
            writer.add_event(Event(step=start, wall_time=1.7e9 + 200, session_log=log))
        for step in range(start, end):
            for tag in ("loss", "accuracy"):
                summary = Summary(value=[Summary.Value(tag=tag, simple_value=step / 7 + start)])
                writer.add_event(Event(step=step, wall_time=1.7e9 + start + step, summary=summary))
        writer.close()


def keras() -> None:
    """What TensorFlow 2 and Keras write: tensors, the metadata with each or with the first; two folders of one run."""
    for part in ("train", "validation"):
        writer = EventFileWriter(str(ROOT / "keras/fit/20240101-000000" / part), filename_suffix=".v2")
        for step in range(150):
            summary = scalar.scalar_pb("epoch_loss", step / 3)
            summary.value[0].metadata.summary_description = "mean"
            writer.add_event(Event(step=step, wall_time=1.7e9 + step, summary=summary))
            bare = scalar.scalar_pb("evaluation", step / 9)
            if step:
                bare.value[0].ClearField("metadata")
            writer.add_event(Event(step=step, wall_time=1.7e9 + step, summary=bare))
        kinds = histogram.histogram_pb("kernel", np.arange(20.0), buckets=5), text.text_pb("words", "plain")
        for summary in kinds:
            writer.add_event(Event(step=7, wall_time=1.7e9, summary=summary))
        if part == "train":
            pb = hparams.hparams_pb({"units": 16, "optimizer": "sgd", "dropout": 0.25})
            writer.add_event(Event(wall_time=1.7e9, summary=pb))
        writer.close()


def expected(folder: Path) -> dict[str, Any]:
    """What TensorBoard's own reader finds in a folder."""
    reader = EventAccumulator(str(folder), size_guidance=EVERYTHING)
    reader.Reload()
    tags = reader.Tags()
    scalars = {tag: [[e.step, e.wall_time, e.value] for e in reader.Scalars(tag)] for tag in tags["scalars"]}
    for tag in tags["tensors"]:
        found = [(e.step, e.wall_time, tensor_util.make_ndarray(e.tensor_proto)) for e in reader.Tensors(tag)]
        if all(value.dtype.kind == "f" and value.size == 1 for _, _, value in found):
            scalars[tag] = [[step, time, value.item()] for step, time, value in found]
    images = {
        tag: [[e.step, e.width, e.height, sha256(e.encoded_image_string).hexdigest()] for e in reader.Images(tag)]
        for tag in tags["images"]
    }
    counts = {tag: [[e.step, e.histogram_value.num] for e in reader.Histograms(tag)] for tag in tags["histograms"]}
    curves = {
        tag: [[e.step, tensor_util.make_ndarray(e.tensor_proto)[:4].tolist()] for e in reader.Tensors(tag)]
        for tag in tags["tensors"]
        if reader.SummaryMetadata(tag).plugin_data.plugin_name == "pr_curves"
    }
    return {"scalars": scalars, "images": images, "histograms": counts, "curves": curves}


def main() -> None:
    shutil.rmtree(ROOT, ignore_errors=True)
    for write in (tensorboard_x, torch, keras):
        write()
    # A name that stays the same, as do the bytes of the times.
    for at, path in enumerate(sorted(ROOT.rglob("*tfevents*"))):
        ending = path.name[path.name.rindex(".") :] if path.suffix in (".0", ".1", ".v2") else ""
        path.rename(path.with_name(f"events.out.tfevents.17000000{at:02}.host{ending}"))
    folders = sorted({path.parent for path in ROOT.rglob("*tfevents*")})
    found = {folder.relative_to(ROOT).as_posix(): expected(folder) for folder in folders}
    (ROOT / "expected.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
