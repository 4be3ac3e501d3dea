"""Reads the folders of Lightning's ``CSVLogger``: ``metrics.csv`` beside ``hparams.yaml``, or in ``version_0``."""

from __future__ import annotations

import os
import re

from .folders import Folder
from .wide import Tables, columns, head

_VERSION = re.compile(r"version_\d+")


class Lightning(Tables):
    """The source of folders with ``metrics.csv``, one column a metric, and ``hparams.yaml``."""

    label = "Lightning CSV"
    parameters = ("hparams.yaml",)
    has_events = True

    def tables(self, folder: Folder) -> list[str]:
        """``metrics.csv`` with a step or an epoch; one of this package has a column of names."""
        named = "hparams.yaml" in folder.files or _VERSION.fullmatch(os.path.basename(os.path.abspath(folder.path)))
        if "metrics.csv" not in folder.files or not named:
            return []
        names = columns(head(folder, "metrics.csv"))
        return ["metrics.csv"] if {"step", "epoch"}.intersection(names) and "name" not in names else []
