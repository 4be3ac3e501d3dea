"""Reads the runs of Guild AI: folders with a hidden ``.guild/``, a file for each attribute in it, and event files."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from runpages.format import layout
from runpages.format.discovery import Found, RunFolder
from runpages.format.document import as_utf8
from runpages.format.files import open_file, unreadable
from runpages.format.records import File, Problem

from ..run_folder import read_yaml
from ..source import PointSink, Reading
from . import folders, tensorboard
from .folders import Folder
from .record import LARGEST, NamedInside, content_within, found_runs, record, unended, written

LABEL = "Guild AI"

OWN = ".guild"
"""The folder of a run with what Guild AI notes of it, and that of a project with its runs."""

_HEAD = 4_096
_OUTPUT = f"{OWN}/output"
_READ = ("flags", "label", "tags", "started", "stopped", "exit_status")
"""The attributes that are read; ``env`` holds all variables of the writer's environment, so it is not among them."""


class Guild(NamedInside):
    """The source of folders with runs of Guild AI, also of those that are hidden in the folder of a project."""

    def find(self, folder: str, *, skip: Collection[str] = ()) -> Found:
        """The runs, by their operations."""
        found = []
        for path in _runs(folder, skip):
            experiment, name = layout.file_name(_operation(path)), os.path.basename(os.path.abspath(path))
            found.append(RunFolder(experiment, layout.file_name(name), path, folders.stamp_of_trees([path])))
        return found_runs(found)

    def read(self, run: RunFolder, *, now: float, known: Mapping[str, Any], sink: PointSink | None) -> Reading:
        """A run: its flags, its output, the files that it wrote, and what its event files hold."""
        problems: list[Problem] = []
        noted = {name: _attribute(run.path, name, problems) for name in _READ}
        flags, tags, label = noted["flags"], noted["tags"], noted["label"]
        name = str(label) if isinstance(label, (str, int, float)) and label != "" else None
        output = os.path.join(run.path, _OUTPUT)
        sizes = dict(folders.files_below(run.path))
        made = record(
            run, LABEL, name=name, created=_time(noted["started"]), ended=_time(noted["stopped"]),
            status=_status(run.path, noted["exit_status"], now), params=flags if isinstance(flags, dict) else {},
            tags=dict.fromkeys(map(str, tags), "") if isinstance(tags, list) else {}, problems=problems,
            logs=[File("output", _OUTPUT, os.path.getsize(output))] if os.path.isfile(output) else [],
            artifacts=[
                File(path, path, size) for path, size in sizes.items()
                if not path.startswith(f"{OWN}/") and "tfevents" not in path
            ],
        )  # fmt: skip
        return tensorboard.joined(made, now=now, sink=sink, hidden=OWN)


def _runs(root: str, skip: Collection[str]) -> Iterator[str]:
    """The folders of runs below a folder, also those in the hidden folder of a project."""
    for one in folders.walk(root, skip=skip, closed=_is_run):
        hidden = os.path.join(one.path, OWN, "runs")
        if _is_run(one):
            yield one.path
        elif os.path.isdir(hidden) and os.path.abspath(hidden) not in skip:
            yield from (run.path for run in folders.holding(hidden, _is_run, skip=skip))


def _is_run(folder: Folder) -> bool:
    return os.path.isdir(os.path.join(folder.path, OWN, "attrs"))


def _operation(path: str) -> str:
    """What was run, by the reference to it: ``script:<folder> '' '' train.py``, or ``guildfile:... train``."""
    try:
        with open_file(os.path.join(path, OWN, "opref")) as file:
            words = file.read(_HEAD).decode("utf-8", "replace").split()
    except OSError:
        words = []
    return words[-1].strip("'\"") if words else "guild"


def _attribute(path: str, name: str, problems: list[Problem]) -> Any:
    """The value of an attribute; None where there is none."""
    file = f"{OWN}/attrs/{name}"
    try:
        data = content_within(os.path.join(path, file), LARGEST, "it is too large for an attribute")
        # Under a key, since the reader of YAML takes documents that are mappings.
        text = as_utf8(data).decode()
        return read_yaml("value:\n" + "\n".join(f"  {line}" for line in text.split("\n")))["value"]
    except FileNotFoundError:
        return None
    except OSError as error:
        problems.append(unreadable(file, error))
    except ValueError as error:
        problems.append(Problem(file, None, str(error), "Not read"))
    return None


def _time(value: object) -> float | None:
    """A time in microseconds as one in seconds."""
    time = value / 1e6 if isinstance(value, int) and abs(value) < 1e18 else 0.0
    return time if layout.EARLIEST < time < layout.LATEST else None


def _status(path: str, code: object, now: float) -> str:
    """The word for the state, by the exit code, which is negative for a signal; one that was killed has none."""
    if isinstance(code, int):
        return "Completed" if code == 0 else "Failed" if code > 0 else "Canceled"
    if any(os.path.exists(os.path.join(path, OWN, name)) for name in ("PENDING", "STAGED")):
        return "NotStarted"
    return unended(written(os.path.join(path, _OUTPUT)), now)
