"""Work in batches: over any executor, and past what kills it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest

from runpages_site.errors import OutputError
from runpages_site.executor import Batches, Cluster, SerialExecutor, spread, workers
from tests.unmeasured import unmeasured

HOLD = """
import os, time
from runpages_site.executor import workers
if __name__ == "__main__":
    with workers(2) as pool:
        print(pool.executor().submit(os.getpid).result(), flush=True)
        time.sleep(1000)
"""


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
        done = list(spread(double, items, pool))
    assert sorted(item for batch, _ in done for item in batch) == items
    assert all(result == [2 * item for item in batch] for batch, result in done)


def test_what_kills_its_worker_is_named_and_all_else_is_done() -> None:
    items = list(range(60))
    with workers(2) as pool:
        done = list(spread(fragile, items, pool, most=4))
    assert sorted(item for batch, _ in done for item in batch) == items
    failed = {batch[0]: result for batch, result in done if isinstance(result, Exception)}
    assert set(failed) == {7, 13}
    assert isinstance(failed[7], ValueError)
    assert "terminated abruptly" in str(failed[13])
    assert all(len(batch) == 1 for batch, result in done if isinstance(result, Exception))


def test_workers_end_with_a_process_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "hold.py"
    script.write_text(HOLD)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=unmeasured()) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
    while is_running(worker):
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    """Whether a process goes on; one that has ended may still wait for its new parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_full_disk_stops_the_work_at_once() -> None:
    with workers(1) as pool, pytest.raises(OutputError, match="full"):
        list(spread(full, range(40), pool, most=4))
    with workers(2) as pool, pytest.raises(OutputError, match="full"):
        list(spread(full, range(40), pool, most=4))


def test_nothing_to_do_starts_nothing() -> None:
    def never() -> Executor:
        raise AssertionError

    with workers(2, never) as pool:
        assert list(spread(double, [], pool)) == []


@pytest.mark.parametrize(
    ("seconds", "each", "size", "last"),
    [
        (0.2, 0.001, 200, 100), (0.2, 0.003, 66, 33), (0.2, 0.05, 4, 2), (0.2, 1.0, 1, 1),
        (1.0, 0.001, 256, 100), (1.0, 0.005, 200, 20), (1.0, 0.05, 20, 2), (1.0, 1.0, 1, 1),
    ],
)  # fmt: skip
def test_batches_get_the_size_that_takes_its_time(seconds: float, each: float, size: int, last: int) -> None:
    cut: list[int] = []
    batches = Batches(range(5_000))
    while batches:
        cut.append(len(batch := batches.take(workers=4, seconds=seconds)))
        batches.took(len(batch), each * len(batch))
    assert sum(cut) == 5_000
    assert cut[0] == 8
    assert abs(max(cut[1:]) - size) <= 1
    assert last - 1 <= min(cut[1:-1]) <= last + 1, "near the end a tenth of a second, and no less"


class OwnCluster(Cluster, ThreadPoolExecutor):
    def size(self) -> int:
        return 2

    def check(self) -> None:
        pass


class Deserted(OwnCluster):
    """A cluster whose workers have all gone when work begins; the next one does what waits."""

    def size(self) -> int:
        return 0


def test_work_waits_in_a_cluster_without_workers_for_the_next_one() -> None:
    with workers(2, Deserted) as pool:
        list(spread(double, [0], pool))  # From here on its size is asked for.
        done = list(spread(double, [1, 2, 3], pool))
    assert sorted(item for batch, _ in done for item in batch) == [1, 2, 3]


def test_batches_take_longer_in_a_cluster_where_each_costs_more() -> None:
    seconds: list[float] = []
    for start in (OwnCluster, ThreadPoolExecutor):
        with workers(2, start) as pool:
            pool.executor()
            seconds.append(pool.batch)
    assert seconds == [1.0, 0.2]


def test_few_items_are_for_all_workers_and_none_is_lost() -> None:
    for count in (0, 1, 5, 16, 99):
        batches, cut = Batches(range(count)), []
        while batches:
            cut.append(batches.take(workers=4, seconds=0.2))
        assert [item for batch in cut for item in batch] == list(range(count))
        assert len(cut) >= min(count, 8)
