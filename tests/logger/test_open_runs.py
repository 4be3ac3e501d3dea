"""Many runs at once in one process: a start and an end cost the same however many go on, and none is kept after it."""

from __future__ import annotations

import gc
import os
import random
import sys
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import Context, copy_context
from types import FrameType

import pytest

from runpages import Run, _lifecycle
from runpages import start as begin
from runpages.context import CHILDREN
from tests.logger.conftest import Start


def steps(call: Callable[[], object]) -> int:
    """How many functions a call enters, which no load of the machine changes."""
    count = 0

    def note(frame: FrameType, event: str, given: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("outputs", [False, True])
@pytest.mark.parametrize("apart", [False, True])
def test_a_start_and_an_end_cost_the_same_however_many_runs_go_on(start: Start, outputs: bool, apart: bool) -> None:
    def begin() -> Run:
        # Apart, each begins in a context of its own, as those of tasks and threads do.
        return Context().run(lambda: start(outputs=outputs)) if apart else start(outputs=outputs)

    runs = [begin() for _ in range(10)]
    few = steps(lambda: runs.append(begin()))
    few_end = steps(lambda: runs.pop().complete())
    runs += [begin() for _ in range(150)]
    many = steps(lambda: runs.append(begin()))
    many_end = steps(lambda: runs.pop().complete())
    assert many < few + 40
    assert many_end < few_end + 40


def alive(known: list[weakref.ref[Run]]) -> int:
    gc.collect()
    return sum(one() is not None for one in known)


def test_runs_that_overlap_in_turn_are_not_kept(start: Start) -> None:
    known: list[weakref.ref[Run]] = []
    workspace = os.path.join(os.getcwd(), "runs")

    def one() -> Run:
        run = begin("e", root=workspace, capture=False, outputs=False)
        known.append(weakref.ref(run))
        return run

    run = one()
    for _ in range(60):
        run, before = one(), run
        before.complete()
    del before
    assert alive(known) <= 3
    run.complete()


def test_runs_that_another_thread_ends_are_not_kept(start: Start) -> None:
    known: list[weakref.ref[Run]] = []
    workspace = os.path.join(os.getcwd(), "runs")

    with ThreadPoolExecutor(1) as pool:
        run = begin("e", root=workspace, capture=False, outputs=False)
        for _ in range(120):
            run, before = begin("e", root=workspace, capture=False, outputs=False), run
            known.append(weakref.ref(before))
            pool.submit(before.complete).result()
        del before
        assert alive(known) <= 40
        run.complete()


def test_the_run_for_children_is_the_one_that_all_others_are_around(start: Start) -> None:
    """Against what it means: of the runs that go on, the latest, if all others went on around it as it began."""
    chance = random.Random(1)
    contexts = [copy_context() for _ in range(2)]
    going: list[Run] = []
    around: dict[str, set[str]] = {}
    inside: list[list[Run]] = [[], []]
    for _ in range(200):
        at = chance.randrange(2)
        if going and chance.random() < 0.45:
            ended = chance.choice(going)
            contexts[at].run(ended.complete)
            going.remove(ended)
            for runs in inside:
                with suppress(ValueError):
                    runs.remove(ended)
        else:
            run = contexts[at].run(lambda: start(outputs=False))
            around[run.id] = {one.id for one in inside[at]}
            inside[at].append(run)
            going.append(run)
        expected = None
        if going and all(one.id in around[going[-1].id] for one in going[:-1]):
            expected = going[-1].folder
        assert os.environ.get(CHILDREN) == expected
        for place, runs in enumerate(inside):
            found = contexts[place].run(_lifecycle.current)
            assert found is (runs[-1] if runs else going[-1] if going else None)
