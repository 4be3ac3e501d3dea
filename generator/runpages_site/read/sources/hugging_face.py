"""Reads what the Trainer of Hugging Face leaves: the history in ``trainer_state.json``, and the results beside it."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from runpages.format.discovery import Found, RunFolder
from runpages.format.document import mapping
from runpages.format.records import Problem, Series

from ..scan import stamp_of_files
from ..source import PointSink, Reading
from . import folders, tensorboard
from .folders import Folder
from .record import NamedByFolder, document, found_runs, parameters, record, written
from .table import series_of_rows

STATE = "trainer_state.json"

_RESULTS = ("all_results.json", "train_results.json", "eval_results.json", "predict_results.json")
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")
_SETTINGS = ("num_train_epochs", "max_steps", "train_batch_size", "logging_steps", "eval_steps", "save_steps")

_EVENTS = "runs"
"""The folder with a folder of events for each time that the run was started."""


class HuggingFace(NamedByFolder):
    """The source of folders with the state of a Trainer, in themselves or in the checkpoints in them."""

    label = "Hugging Face Trainer"

    def find(self, folder: str, *, skip: Collection[str] = ()) -> Found:
        """The runs: the folders with the state, or with checkpoints that have one."""
        runs = dict.fromkeys(_run(one) for one in folders.walk(folder, skip=skip) if STATE in one.files)
        found = []
        for parts in runs:
            path = os.path.join(folder, *parts)
            names = [_state(path), "config.json", *_RESULTS, *tensorboard.files_below(path, _EVENTS)]
            found.append(RunFolder(*folders.place(folder, parts).folders, path, stamp_of_files(path, names)))
        return found_runs(found)

    def owned(self, run: RunFolder) -> Iterator[str]:
        """What of its folder belongs to a run: the files, the checkpoints, and the folders with events in ``runs``."""
        yield folders.only_files(run.path)
        for one in folders.walk(run.path, closed=lambda one: bool(one.parts)):
            if one.parts and _CHECKPOINT.fullmatch(one.parts[-1]):
                yield os.path.abspath(one.path)
        for name in tensorboard.files_below(run.path, _EVENTS):
            yield folders.only_files(os.path.dirname(os.path.join(run.path, name)))

    def read(self, run: RunFolder, *, now: float, known: Mapping[str, Any], sink: PointSink | None) -> Reading:
        """A run: the history and the results as metrics, the settings and the model as parameters."""
        problems: list[Problem] = []
        name = _state(run.path)
        state = document(run.path, name, problems)
        history = state.get("log_history")
        rows = [mapping(row) for row in history] if isinstance(history, list) else []
        if not rows and not problems:
            problems.append(Problem(name, None, "It has no log_history", "No metrics read"))
        series = series_of_rows(rows)
        last = max((step for one in series.values() for step in one.steps), default=0)
        for metric, value in _results(run.path, problems):
            series.setdefault(metric, Series(metric, [last], [None], [value]))
        params = {key: state[key] for key in _SETTINGS if state.get(key) is not None}
        model = parameters(run.path, ["config.json"], problems)
        is_complete = any("train_runtime" in row for row in rows)
        made = record(
            run, self.label, ended=written(os.path.join(run.path, name)) or None, problems=problems,
            status="Completed" if is_complete else None, series=series,
            params={**params, **({"model": model} if model else {})},
        )  # fmt: skip
        return tensorboard.joined(made, _EVENTS, now=now, sink=sink, tags={name: _tag(name) for name in series})


def _run(folder: Folder) -> tuple[str, ...]:
    """The folder of the run that a state belongs to: the one above a checkpoint, unless that is outside."""
    return folder.parts[:-1] if folder.parts and _CHECKPOINT.fullmatch(folder.parts[-1]) else folder.parts


def _tag(metric: str) -> str:
    """The tag under which the Trainer writes a metric of its history to TensorBoard."""
    part, separator, name = metric.partition("_")
    return f"{part}/{name}" if separator and part in ("eval", "test") else f"train/{metric}"


def _state(path: str) -> str:
    """The state of a run: its own, else that of the last checkpoint, which has all that the others have."""
    if os.path.exists(os.path.join(path, STATE)):
        return STATE
    below = (folder for folder in folders.walk(path, closed=lambda one: bool(one.parts)) if STATE in folder.files)
    steps = {int(match[1]): one for one in below if one.parts and (match := _CHECKPOINT.fullmatch(one.parts[-1]))}
    return f"{steps[max(steps)].parts[-1]}/{STATE}" if steps else STATE


def _results(folder: str, problems: list[Problem]) -> Iterator[tuple[str, float]]:
    """The single numbers that the files of results have."""
    for name in _RESULTS:
        for key, value in document(folder, name, problems).items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                yield key, value
