"""A disk that takes a part of a line, in the middle of logging: what was acknowledged is there, and logging goes on."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

import runpages
from runpages.format.errors import StorageError
from runpages.format.read import read_run
from tests.format.limit import file_size

Call = Callable[[runpages.Run, int], Any]
CALLS: list[Call] = [
    lambda run, step: run.log("loss", step / 7, step=step),
    lambda run, step: run.log("loss", f"text {step}", step=step),
    lambda run, step: run.log({"loss": step / 7}, step=step),
    lambda run, step: run.log_list("loss", [step], step=step),
]


def start(folder: Path) -> runpages.Run:
    return runpages.start("demo", root=folder, capture=False, outputs=False, console=False)


def steps(run: runpages.Run) -> list[float | int]:
    return list(read_run(str(run.folder), now=time.time()).series["loss"].steps)


@pytest.mark.parametrize("room", range(1, 27))
def test_a_line_that_the_disk_takes_a_part_of_is_told_and_costs_no_other(tmp_path: Path, room: int) -> None:
    run = start(tmp_path)
    run.log("loss", 0.5, timestamp=0)  # The file is open: the next line is one call of the system.
    file = Path(run.folder, "metrics.csv")
    with file_size(file.stat().st_size + room), pytest.raises(StorageError, match=r"metrics\.csv"):
        run.log("loss", 0.25, timestamp=1_700_000_000)
    for _ in range(2):
        run.log("loss", 0.125)
    run.complete()
    assert steps(run) == [0, 2, 3]


@given(st.lists(st.tuples(st.sampled_from(CALLS), st.none() | st.integers(0, 60)), min_size=3, max_size=12))
def test_whatever_the_disk_takes_what_was_acknowledged_is_there(calls: list[tuple[Call, int | None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = start(Path(folder))
        file = Path(run.folder, "metrics.csv")
        run.log_list("loss", [0.5])
        taken: list[float | int] = [0]
        for step, (call, room) in enumerate(calls, 1):
            before = file.stat().st_size
            try:
                with file_size(1 << 40 if room is None else before + room):
                    call(run, step)
                taken.append(step)
            except StorageError:
                event(f"a part of a line: {os.stat(file).st_size > before}")
        run.log("loss", 1.0, step=99)
        run.complete()
        assert steps(run) == [*taken, 99]
