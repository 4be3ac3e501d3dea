"""Reads the folders of Ultralytics and of YOLOv5: ``results.csv`` beside the arguments, with the pictures of a run."""

from __future__ import annotations

from runpages.format.records import RunRecord

from .folders import Folder
from .wide import Tables

_ARGUMENTS = ("args.yaml", "opt.yaml", "hyp.yaml")


class Ultralytics(Tables):
    """The source of folders with ``results.csv`` and ``args.yaml``, or ``opt.yaml`` and ``hyp.yaml``."""

    label = "Ultralytics"
    parameters = _ARGUMENTS
    has_events = True

    def tables(self, folder: Folder) -> list[str]:
        """``results.csv`` beside the arguments."""
        return ["results.csv"] if "results.csv" in folder.files and not folder.files.isdisjoint(_ARGUMENTS) else []

    def also(self, made: RunRecord) -> RunRecord:
        """The record without the place where the writer's machine kept the run."""
        made.params.pop("save_dir", None)
        return made
