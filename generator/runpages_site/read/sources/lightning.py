"""Reads the folders of Lightning's ``CSVLogger``: ``metrics.csv`` beside ``hparams.yaml``."""

from __future__ import annotations

from .folders import Folder
from .wide import Tables, columns, head


class Lightning(Tables):
    """The source of folders with ``metrics.csv``, one column a metric, and ``hparams.yaml``."""

    label = "Lightning CSV"
    parameters = ("hparams.yaml",)

    def table(self, folder: Folder) -> str:
        """``metrics.csv`` with a step or an epoch; one of this package has a column of names."""
        if not folder.files >= {"metrics.csv", "hparams.yaml"}:
            return ""
        names = columns(head(folder, "metrics.csv"))
        return "metrics.csv" if {"step", "epoch"}.intersection(names) and "name" not in names else ""
