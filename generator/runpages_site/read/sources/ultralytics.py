"""Reads the folders of Ultralytics and of YOLOv5: ``results.csv`` beside the arguments, with the pictures of a run."""

from __future__ import annotations

import os
import re

from runpages.format.files import open_file
from runpages.format.records import Declaration, RunRecord

from .folders import Folder
from .wide import HEAD, Tables

_KEYS = frozenset([b"task", b"mode", b"model", b"imgsz"])
_BEST = ("metrics/mAP50-95(M)", "metrics/mAP50-95(P)", "metrics/mAP50-95(B)", "metrics/mAP_0.5:0.95",
         "metrics/accuracy_top1")  # fmt: skip
"""The metrics by which the best weights are chosen, those of a task before those of the boxes."""

_ARGUMENTS = ("args.yaml", "opt.yaml", "hyp.yaml")


class Ultralytics(Tables):
    """The source of folders with ``results.csv`` and ``args.yaml``, or ``opt.yaml`` and ``hyp.yaml``."""

    label = "Ultralytics"
    parameters = _ARGUMENTS
    has_events = True

    def tables(self, folder: Folder) -> list[str]:
        """``results.csv`` beside the arguments."""
        return ["results.csv"] if "results.csv" in folder.files and not folder.files.isdisjoint(_ARGUMENTS) else []

    def is_run(self, folder: Folder) -> bool:
        """Whether the arguments are those of a validation or a prediction, which write no table."""
        if "args.yaml" not in folder.files:
            return False
        try:
            with open_file(os.path.join(folder.path, "args.yaml")) as file:
                return set(re.findall(rb"^(task|mode|model|imgsz):", file.read(HEAD), re.MULTILINE)) >= _KEYS
        except OSError:
            return False

    def also(self, made: RunRecord) -> RunRecord:
        """The record without the place where the writer's machine kept the run, and with the goal of its metric."""
        made.params.pop("save_dir", None)
        best = next(filter(made.series.__contains__, _BEST), None)
        if best is not None:
            made.series[best] = made.series[best]._replace(declared=Declaration(goal="max"))
        return made
