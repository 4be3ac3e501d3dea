"""Reads the tables of the ``CSVLogger`` of Keras."""

from __future__ import annotations

import re

from runpages.format.files import content
from runpages.format.records import Problem, Series

from .folders import Folder
from .wide import Tables, columns, head, series_of

_NAMES = ("training.log", "training_log.csv", "history.csv")
_NO_VALUE = re.compile(rb"(?<=[,;\t])NA(?=[,;\t\r\n])")


class Keras(Tables):
    """The source of folders with a log that begins with an epoch."""

    label = "Keras CSV log"
    parameters = ("config.json", "config.yaml", "params.json", "params.yaml", "hparams.json", "hparams.yaml")

    def tables(self, folder: Folder) -> list[str]:
        """A file of one of the names that are used for it, whose first column is the epoch."""
        known = (name for name in _NAMES if name in folder.files)
        return [name for name in known if columns(head(folder, name))[0] == "epoch"][:1]

    def points(self, path: str, name: str, problems: list[Problem], *, growing: bool) -> dict[str, Series]:
        """The metrics; where the epoch begins anew in the same file, rows count."""
        found = series_of(_NO_VALUE.sub(b"", content(path)), name, problems, growing=growing)
        if any(
            later < earlier for one in found.values() for earlier, later in zip(one.steps, one.steps[1:], strict=False)
        ):
            why = "The epoch begins anew, as a log does that is appended to"
            problems.append(Problem(name, None, why, "Points counted in the order of the file", False))
            return {key: one._replace(steps=list(range(len(one.steps)))) for key, one in found.items()}
        return found
