"""The ways that a logged number may take: alone, with others, again, to a file that is closed or gone."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import runpages
from runpages.format.errors import StorageError, UserError
from runpages.format.read import read_run
from runpages.format.records import Series


@pytest.fixture
def run(tmp_path: Path) -> runpages.Run:
    return runpages.start("demo", root=tmp_path, capture=False, outputs=False, console=False)


def series(run: runpages.Run) -> dict[str, Series]:
    return read_run(str(run.folder), now=time.time()).series


@pytest.mark.parametrize("known", [0, 1], ids=["anew", "again"])
@pytest.mark.parametrize("value", [0.5, 1, "a string", None], ids=repr)
def test_many_numbers_at_once_have_the_steps_of_each(run: runpages.Run, known: int, value: Any) -> None:
    for _ in range(known):
        run.log({"a": 0.5, "b": 1.5})
    run.log("b", 2.5)
    for _ in range(2):
        run.log({"a": value, "b": 0.25})
    run.log({"a": value}, step=9)
    run.log({"a": value})
    found = series(run)
    assert found["a"].steps == [*range(known + 2), 9, 10]
    assert found["b"].steps == list(range(known + 3))
    assert found["a"].values == [0.5] * known + [value] * 4


LATER = 4_000_000_000.0
CALLS: list[Callable[[runpages.Run], Any]] = [
    lambda run: run.log("a", 0.5, timestamp=LATER),
    lambda run: run.log("new", "a string", timestamp=LATER),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_file_that_was_removed_is_told_at_each_call(run: runpages.Run, call: Callable[[runpages.Run], Any]) -> None:
    run.log("a", 0.5)
    Path(run.folder, "metrics.csv").unlink()
    for _ in range(2):
        with pytest.raises(StorageError, match=r"metrics\.csv: No such file"):
            call(run)


def test_a_file_that_was_closed_is_opened_again(run: runpages.Run) -> None:
    run.log("a", 0.5)
    run._state.recorder.metrics.close()
    run.log("a", 0.25, timestamp=LATER)
    run.log("a", 0.125)
    assert series(run)["a"].values == [0.5, 0.25, 0.125]


def test_a_file_that_is_there_is_looked_at_and_written(run: runpages.Run) -> None:
    for _ in range(3):
        run.log("a", 0.5, timestamp=LATER)
        run.log({"a": 0.5}, timestamp=LATER)
    assert series(run)["a"].steps == list(range(6))


def test_many_numbers_look_for_their_file_as_well(run: runpages.Run) -> None:
    run.log({"a": 0.5})
    Path(run.folder, "metrics.csv").unlink()
    run._look = 0.0  # A second later.
    with pytest.raises(StorageError, match=r"metrics\.csv: No such file"):
        run.log({"a": 0.25})


@pytest.mark.parametrize("name", ["", 3, None])
def test_rows_without_a_name_are_refused_and_leave_nothing(run: runpages.Run, name: Any) -> None:
    before = sorted(Path(run.folder).rglob("*"))
    with pytest.raises(UserError, match="name"):
        run.log_row(name, a=1)
    with pytest.raises(UserError, match="name"):
        run.log_table(name, {"a": [1]})
    assert sorted(Path(run.folder).rglob("*")) == before
