"""Steps that are counted go on after the greatest of their name, by which process and call it was given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import runpages
from runpages import Run
from runpages._state import after
from tests.logger.conftest import Script, Start, read, the_run
from tests.logger.kill import picture

Call = Callable[[Run, "float | None"], None]

POINTS: list[Call] = [
    lambda run, step: run.log("n", 0.5, step=step),
    lambda run, step: run.log("n", "a string", step=step),
    lambda run, step: run.log({"n": 0.5}, step=step),
    lambda run, step: run.log({"n": 1, "m": "x"}, step=step),
    lambda run, step: run.log_list("n", [1], step=step),  # type: ignore[arg-type]
]
steps = st.one_of(st.none(), st.integers(-5, 20), st.floats(-5, 20).map(lambda number: round(number, 3)))


@given(st.lists(st.tuples(st.integers(0, len(POINTS) - 1), steps, st.booleans()), max_size=12))
def test_a_counted_step_is_the_next_whole_number_after_the_greatest(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[int, float | None, bool]]
) -> None:
    run = runpages.start("e", root=tmp_path_factory.mktemp("runs"), capture=False, outputs=False)
    expected: list[float] = []
    for call, step, anew in calls:
        if anew:
            run.complete()
            run = runpages.resume(run.folder)
        POINTS[call](run, step)
        expected.append(after(max(expected, default=-1)) if step is None else step)
    run.complete()
    series = read(run.folder).series
    assert (series["n"].steps if "n" in series else []) == expected


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        ("images", lambda run, step: run.log_image("n", picture(1), step=step)),
        ("media", lambda run, step: run.log_text("n", "x", step=step)),
        ("charts", lambda run, step: run.log_histogram("n", [1, 2], step=step)),
    ],
)
def test_steps_of_what_is_seen_or_heard_go_on_after_the_greatest(start: Start, kind: str, call: Any) -> None:
    run = start()
    for step in (None, 7, None, 2.5, None):
        call(run, step)
    run.complete()
    again = runpages.resume(run.folder)
    for step in (3, None, 20.5, None):
        call(again, step)
    again.complete()
    logged = [one.step for one in getattr(read(run.folder), kind)]
    assert logged[:5] == [0, 7, 8, 2.5, 9]
    assert sorted(logged[5:]) == [3, 10, 20.5, 21]


def test_a_list_reaches_as_far_as_its_last_element(run: Run) -> None:
    run.log_list("n", [1, 2, 3], step=10)
    run.log("n", 4)
    run.log_list("n", [], step=99)
    run.log_list("n", [5, 6])
    assert read(run.folder).series["n"].steps == [10, 11, 12, 13, 14, 15]


FORKED = """
import os, runpages
with runpages.start('e', capture=False) as run:
    run.log('n', 0, step=10)
    if not (child := os.fork()):
        run.log('n', 1)
        os._exit(0)
    os.waitpid(child, 0)
"""


def test_a_forked_child_goes_on_from_the_count_of_its_parent(script: Script, here: Any) -> None:
    script(FORKED)
    assert the_run(here / "runs").series["n"].steps == [10, 11]


def test_threads_that_give_steps_and_count_them_share_none(run: Run) -> None:
    import threading

    run.log("n", 0, step=1)

    def work() -> None:
        for k in range(200):
            run.log("n", k)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(read(run.folder).series["n"].steps) == list(range(1, 802))
