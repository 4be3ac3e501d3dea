"""What is given in the place of something else is taken or refused in words, whatever it is; a refusal leaves nothing.

A refusal says what is wrong: no error of Python from inside of the package reaches the script.
"""

from __future__ import annotations

import base64
import io
import os
import re
import warnings
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import runpages
from runpages import (
    Experiment,
    LogHandler,
    Model,
    Run,
    RunConfiguration,
    RunpagesError,
    ScriptRunConfig,
    UserError,
    Workspace,
)
from tests.logger.conftest import Start, contents

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"
MATRIX = {"class_labels": ["a", "b"], "matrix": [[1, 2], [3, 4]]}
NOTED = {"description": "", "step": 1, "timestamp": 1.0}
SEEN = {**NOTED, "caption": "c"}
BINS = {"bin_edges": [0, 1], "bin_counts": [1]}

CALLS: dict[str, dict[str, Any]] = {
    "log": {"name": "m", "value": 1.0, **NOTED},
    "log_list": {"name": "l", "value": [1, 2], **NOTED},
    "define": {"name": "m", "unit": "s", "goal": "min", "description": "d"},
    "log_row": {"name": "r", "description": "d", "x": 1},
    "log_table": {"name": "t", "value": {"a": [1]}, "description": "d"},
    "log_image": {"name": "i", "path": PNG, **SEEN},
    "log_audio": {"name": "a", "sound": [0.0, 0.1], "sample_rate": 8000, **SEEN},
    "log_video": {"name": "v", "video": MP4, **SEEN},
    "log_html": {"name": "h", "html": "<b>", **SEEN},
    "log_text": {"name": "x", "text": "t", **SEEN},
    "log_confusion_matrix": {"name": "c", "value": MATRIX, **NOTED},
    "log_accuracy_table": {"name": "c", "value": {}, **NOTED},
    "log_residuals": {"name": "c", "value": BINS, **NOTED},
    "log_predictions": {"name": "c", "value": BINS, **NOTED},
    "log_histogram": {"name": "c", "values": [1, 2], "bins": 3, **NOTED},
    "tag": {"key": "k", "value": "v"},
    "set_tags": {"tags": {"a": "b"}},
    "remove_tags": {"tags": ["a"]},
    "add_properties": {"properties": {}},
    "log_params": {"params": {"a": 1}},
    "upload_file": {"name": "u", "path_or_stream": "f.txt"},
    "upload_files": {"names": ["u"], "paths": ["f.txt"]},
    "upload_folder": {"name": "f", "path": "source"},
    "download_file": {"name": "kept", "output_file_path": "out/"},
    "download_files": {"prefix": "kept", "output_directory": "out", "output_paths": None},
    "register_model": {
        "model_name": "m",
        "model_path": "kept",
        "tags": None,
        "properties": None,
        "model_framework": None,
        "model_framework_version": None,
        "description": None,
    },
    "take_snapshot": {"file_or_folder_path": "source"},
    "restore_snapshot": {"snapshot_id": None, "path": "out"},
    "get_secret": {"name": "x"},
    "get_secrets": {"secrets": ["x"]},
    "get_metrics": {"name": "m", "run_type": None},
    "create_children": {"count": 1, "tag_key": None, "tag_values": None},
    "child_run": {"name": "c", "run_id": None, "outputs": False},
    "get_children": {"tags": None, "properties": None, "type": None, "status": None},
    "fail": {"error_details": "x", "error_code": "y"},
    "get_all_logs": {"destination": "out"},
    "submit_child": {"config": None},
}

QUICK: dict[str, Any] = {"capture": False, "outputs": False}


def _ended(run: Run) -> None:
    run.complete()


def _with(call: Callable[[Run, dict[str, Any]], Any], key: str) -> Callable[[Run, Any], Any]:
    return lambda run, given: call(run, {key: given})


OTHERS: dict[str, Callable[[Run, Any], Any]] = {
    "start(experiment)": lambda run, given: _ended(runpages.start(given, capture=False, outputs=False)),
    **{
        f"start({key})": _with(lambda run, how: _ended(runpages.start("e", **{**QUICK, **how})), key)
        for key in ("name", "params", "tags", "description", "root", "outputs", "capture", "system")
    },
    **{
        f"start_logging({key})": _with(lambda run, how: _ended(run.experiment.start_logging(**{**QUICK, **how})), key)
        for key in ("outputs", "snapshot_directory", "display_name", "name", "system")
    },
    "resume": lambda run, given: runpages.resume(given, root="runs"),
    "read": lambda run, given: runpages.read(given),
    "read().run": lambda run, given: runpages.read("runs").run(given),
    "read().groups": lambda run, given: runpages.read("runs").groups(given),
    "Workspace(root)": lambda run, given: Workspace(root=given),
    "Workspace(workspace_name)": lambda run, given: Workspace(workspace_name=given).write_config("out"),
    "Workspace.from_config": lambda run, given: Workspace.from_config(given),
    "write_config(path)": lambda run, given: Workspace(root="runs").write_config(given),
    "write_config(file_name)": lambda run, given: Workspace(root="runs").write_config("out", given),
    "experiment_folder": lambda run, given: Workspace(root="runs").experiment_folder(given),
    "get_run": lambda run, given: Workspace(root="runs").get_run(given),
    "Experiment(workspace)": lambda run, given: Experiment(given, "e"),
    "Experiment(name)": lambda run, given: Experiment(Workspace(root="runs"), given),
    "Experiment.delete": lambda run, given: Experiment.delete(Workspace(root="runs"), given),
    "Experiment.list": lambda run, given: Experiment.list(given),
    "Experiment.list(tags)": lambda run, given: Experiment.list(Workspace(root="runs"), tags=given),
    "experiment.tag": lambda run, given: run.experiment.tag(given),
    "experiment.set_tags": lambda run, given: run.experiment.set_tags(given),
    "experiment.remove_tags": lambda run, given: run.experiment.remove_tags(given),
    "submit": lambda run, given: run.experiment.submit(given),
    **{
        f"get_runs({key})": _with(lambda run, how: list(run.experiment.get_runs(**how)), key)
        for key in ("type", "tags", "properties", "status")
    },
    "Run(experiment)": lambda run, given: Run(given, run.id),
    "Run(run_id)": lambda run, given: Run(run.experiment, given),
    "Run.get": lambda run, given: Run.get(given, run.id),
    "Run.list": lambda run, given: list(Run.list(given)),
    "Model(workspace)": lambda run, given: Model(given, "m"),
    "Model(name)": lambda run, given: Model(Workspace(root="runs"), given),
    "Model.list": lambda run, given: Model.list(given),
    "Model.register(model_path)": lambda run, given: Model.register(Workspace(root="runs"), given, "m"),
    "Model.register(model_name)": lambda run, given: Model.register(Workspace(root="runs"), "f.txt", given),
    "LogHandler(run)": lambda run, given: LogHandler(given),
    "LogHandler(name)": lambda run, given: LogHandler(run, given).close(),
    "display_name": lambda run, given: setattr(run, "display_name", given),
    "description": lambda run, given: setattr(run, "description", given),
    "RunConfiguration.save": lambda run, given: RunConfiguration().save(given),
    "RunConfiguration.load": lambda run, given: RunConfiguration.load(given),
    **{
        f"ScriptRunConfig({key})": _with(
            lambda run, how: ScriptRunConfig(**{"source_directory": "source", "script": "s.py", **how}), key
        )
        for key in ("source_directory", "script", "arguments", "run_config", "compute_target", "environment", "command")
    },
    **{
        f"RunConfiguration({key})": _with(lambda run, how: RunConfiguration(**how), key)
        for key in ("script", "arguments", "framework", "communicator", "conda_dependencies")
    },
}


GIVEN: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "int": lambda: 3,
    "negative": lambda: -1,
    "float": lambda: 1.5,
    "nan": lambda: float("nan"),
    "bool": lambda: True,
    "empty": lambda: "",
    "nul": lambda: "a\0b",
    "surrogate": lambda: "\ud800",
    "absolute": lambda: "/not-there/x",
    "bytes": lambda: b"abc",
    "list": lambda: [1, 2],
    "dict": lambda: {1: 2},
    "set": lambda: {1},
    "object": object,
    "class": lambda: int,
    "array": lambda: np.arange(3),
    "array without dimensions": lambda: np.array(2.5),
    "int64": lambda: np.int64(3),
    "complex": lambda: 1j,
    "datetime": lambda: datetime(2026, 1, 2),
    "Decimal": lambda: Decimal("1.5"),
    "generator": lambda: (i for i in range(3)),
    "stream": lambda: io.BytesIO(b"abc"),
    "large": lambda: 10**400,
    "very large": lambda: 10**5000,
}

PYTHONS = (
    r"object has no attribute|unhashable|is not iterable|has no len|index out of range|truth value|expected str, bytes"
    r"|0-d array|bytes-like object is required|is not JSON serializable|join\(\) argument|^embedded null"
    r"|^'utf-8' codec"
    r"|integer string conversion|cannot be interpreted|not supported between|takes no arguments|convert to float"
)
"""What errors of Python itself say."""


@pytest.fixture
def place(here: Path, start: Start) -> Run:
    (here / "source").mkdir()
    (here / "out").mkdir()
    (here / "source" / "s.py").write_text("print(1)")
    (here / "f.txt").write_text("text")
    run = start()
    run.upload_file("kept", "f.txt")
    return run


def _tried(call: Callable[[], Any]) -> BaseException | None:
    """The error of a call, unless it takes what it is given."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            made = call()
            if hasattr(made, "__next__"):
                list(made)
        except Exception as error:
            return error
    return None


def _checked(run: Run, call: Callable[[], Any], what: str) -> list[str]:
    before = contents(run.folder)
    error = _tried(call)
    if error is None:
        return []
    wrong = []
    if not isinstance(error, (RunpagesError, TypeError, ValueError, OSError)) or re.search(PYTHONS, str(error)):
        wrong.append(f"{what}: {type(error).__name__}: {error}")
    if contents(run.folder) != before:
        wrong.append(f"{what}: left something behind")
    return wrong


@pytest.mark.parametrize("call", CALLS)
def test_each_call_of_a_run_refuses_in_words(place: Run, start: Start, call: str, here: Path) -> None:
    wrong = []
    for key in CALLS[call]:
        for kind, make in GIVEN.items():
            if (key, kind) in {("count", "large"), ("count", "very large"), ("tag_values", "bytes")}:
                continue
            run = start() if call == "fail" else place
            os.chdir(here)
            how = {**CALLS[call], key: make()}
            wrong += _checked(run, partial(getattr(run, call), **how), f"{call}({key}={kind})")
    assert wrong == []


@pytest.mark.parametrize("call", OTHERS)
def test_every_other_call_refuses_in_words(place: Run, call: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNPAGES_WORKSPACE", str(here / "runs"))
    wrong = []
    for kind, make in GIVEN.items():
        os.chdir(here)
        wrong += _checked(place, partial(OTHERS[call], place, make()), f"{call}: {kind}")
    assert wrong == []


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda run: run.upload_folder("/abs", "source"), r"'/abs/s\.py' is absolute"),
        (lambda run: run.upload_folder(3, "source"), r"artifact name must be a string, not 3"),
        (lambda run: run.download_file(Path("kept")), r"artifact name must be a string, not a pathlib\.\w+"),
        (lambda run: run.upload_files("ab", "cd"), r"must be lists"),
        (lambda run: run.tag({"a": 1}), r"a tag is a key with a value.*set_tags"),
        (lambda run: run.remove_tags(None), r"tags to remove must be a list of keys, not None"),
        (lambda run: run.create_children(-1), r"count= must be a whole number from 0 on, not -1"),
        (lambda run: run.get_metrics(["a", "b"]), r"one metric name"),
        (lambda run: run.fail("x", 3), r"error_code= must be a string, not 3"),
        (lambda run: run.log_list("x", np.array(2.5)), r"use log for it"),
        (lambda run: OTHERS["Run.get"](run, "runs"), r"must be a Workspace, not 'runs'"),
        (lambda run: OTHERS["Run(experiment)"](run, "e"), r"must be an Experiment, not 'e'"),
        (lambda run: run.log("x", 1, np.arange(3)), r"description of 'x' must be a string, not a numpy\.ndarray of"),
        (lambda run: run.upload_file("x", "\ud800"), r"must be a path"),
    ],
)
def test_a_refusal_says_what_to_give(place: Run, call: Callable[[Run], Any], said: str) -> None:
    with pytest.raises((UserError, TypeError), match=said):
        call(place)
    assert place.get_file_names() == ["kept"]


def test_a_text_of_a_subclass_is_a_text(place: Run) -> None:
    class Goal(StrEnum):
        LESS = "min"

    place.define("loss", goal=Goal.LESS)
    place.log("loss", 1, description=Goal.LESS)
    assert Experiment.list(Workspace(root="runs"), tags=None)[0].name == "e"
