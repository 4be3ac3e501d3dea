"""Reads the folders of Ultralytics and of YOLOv5: ``results.csv`` beside the arguments, with the pictures of a run."""

from __future__ import annotations

import os
import re

from runpages.format.files import open_file
from runpages.format.records import RunRecord

from .folders import Folder
from .wide import HEAD, Tables

_KEYS = frozenset([b"task", b"mode", b"model", b"imgsz"])
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
        """The record without the place where the writer's machine kept the run."""
        made.params.pop("save_dir", None)
        return made
