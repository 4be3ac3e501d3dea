"""Work in batches: over any executor, and past what kills it."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from runpages_site.errors import OutputError
from runpages_site.executor import SerialExecutor, batches, spread, workers


def double(items: list[int]) -> list[int]:
    return [2 * item for item in items]


def fragile(items: list[int]) -> list[int]:
    if 13 in items:
        os._exit(9)
    if 7 in items:
        raise ValueError("seven")
    return double(items)


def full(items: list[int]) -> list[int]:
    if 5 in items:
        raise OutputError("the disk is full")
    return double(items)


@pytest.mark.parametrize(
    "start", [SerialExecutor, lambda: ThreadPoolExecutor(3), None], ids=["here", "threads", "processes"]
)
def test_everything_is_done_once_on_any_executor(start: Callable[[], Executor] | None) -> None:
    items = list(range(40))
    with workers(2, start) as pool:
        done = list(spread(double, batches(items, pool.count), pool))
    assert sorted(item for batch, _ in done for item in batch) == items
    assert all(result == [2 * item for item in batch] for batch, result in done)


def test_what_kills_its_worker_is_named_and_all_else_is_done() -> None:
    items = list(range(60))
    with workers(2) as pool:
        done = list(spread(fragile, batches(items, pool.count, most=4), pool))
    assert sorted(item for batch, _ in done for item in batch) == items
    failed = {batch[0]: result for batch, result in done if isinstance(result, Exception)}
    assert set(failed) == {7, 13}
    assert isinstance(failed[7], ValueError)
    assert "terminated abruptly" in str(failed[13])
    assert all(len(batch) == 1 for batch, result in done if isinstance(result, Exception))


def test_a_full_disk_stops_the_work_at_once() -> None:
    with workers(1) as pool, pytest.raises(OutputError, match="full"):
        list(spread(full, batches(list(range(40)), 1, most=4), pool))
    with workers(2) as pool, pytest.raises(OutputError, match="full"):
        list(spread(full, batches(list(range(40)), 2, most=4), pool))


def test_nothing_to_do_starts_nothing() -> None:
    def never() -> Executor:
        raise AssertionError

    with workers(2, never) as pool:
        assert list(spread(double, [], pool)) == []


def test_batches_hold_every_item_once_and_keep_all_workers_busy() -> None:
    for count in (0, 1, 5, 99, 1000):
        cut = batches(list(range(count)), 4)
        assert [item for batch in cut for item in batch] == list(range(count))
        assert len(cut) >= min(count, 16)
        assert max(map(len, cut), default=0) <= 32
