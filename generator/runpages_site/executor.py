"""Runs work in batches on any executor of ``concurrent.futures``: in this process, in others, or in a cluster.

A batch whose worker dies is done again, one item at a time; the item that kills its worker alone is given back with
the error, and all the others are done.
"""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from typing import ParamSpec, TypeVar

from .errors import BuildError

AHEAD = 2
"""Batches kept in flight per worker: one running, one queued."""

Item = TypeVar("Item")
Result = TypeVar("Result")
_P = ParamSpec("_P")
_T = TypeVar("_T")

Start = Callable[[], AbstractContextManager[Executor]]
"""Makes an executor; it is called again when one has broken."""


class SerialExecutor(Executor):
    """Runs each call in this process, at once."""

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Call the function; the future is done."""
        future: Future[_T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class WorkerPool:
    """An executor that lasts, with ``count`` workers; where one has broken, the next."""

    def __init__(self, start: Start, count: int) -> None:
        """``start`` makes an executor."""
        self.count = count
        self._start = start
        self._open = ExitStack()
        self._executor: Executor | None = None

    def executor(self) -> Executor:
        """The executor that is at work."""
        if self._executor is None:
            self._executor = self._open.enter_context(self._start())
        return self._executor

    def replace(self) -> None:
        """Let a broken executor go."""
        self._executor = None
        self._open.close()

    def close(self) -> None:
        """Let the executor go, without what waits for it."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
        self.replace()


@contextmanager
def workers(count: int, start: Start | None = None) -> Iterator[WorkerPool]:
    """A pool: of what ``start`` makes, else of fresh processes, or for one of this process alone."""
    pool = WorkerPool(start or (partial(_processes, count) if count > 1 else SerialExecutor), count)
    try:
        yield pool
    finally:
        pool.close()


def _processes(count: int) -> Executor:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    return ProcessPoolExecutor(count, get_context("spawn"), _leave_interrupts)


def _leave_interrupts() -> None:
    """An interrupt from the keyboard is for the process that gives the work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def batches(items: Sequence[Item], workers: int, most: int = 32) -> list[list[Item]]:
    """Cut items into batches: large enough to travel cheaply, and so many that no worker waits for another."""
    size = max(1, min(most, len(items) // (workers * 4)))
    return [list(items[at : at + size]) for at in range(0, len(items), size)]


def spread(
    work: Callable[[list[Item]], Result], batches: Sequence[list[Item]], pool: WorkerPool
) -> Iterator[tuple[list[Item], Result | Exception]]:
    """Do the work on each batch; yields each with its result, as they are done.

    Where the work on an item fails alone as well, the error is yielded in place of a result. Raises BuildError as
    soon as some work does: the disk is full for all.
    """
    waiting = deque(batches)
    while waiting:
        suspects: list[list[Item]] = []
        yield from _together(work, waiting, suspects, pool)
        for item in [item for batch in suspects for item in batch]:
            yield [item], _alone(work, item, pool)


def _together(
    work: Callable[[list[Item]], Result], waiting: deque[list[Item]], suspects: list[list[Item]], pool: WorkerPool
) -> Iterator[tuple[list[Item], Result]]:
    """Work on what waits until it is done, or until something fails: what was in work then is suspect."""
    running: dict[Future[Result], list[Item]] = {}
    while (waiting or running) and not suspects:
        while waiting and len(running) < pool.count * AHEAD:
            batch = waiting.popleft()
            running[_submit(work, batch, pool)] = batch
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            yield from _result(future, running.pop(future), suspects, pool)
    for future, batch in running.items():
        yield from _result(future, batch, suspects, pool)


def _submit(work: Callable[[list[Item]], Result], items: list[Item], pool: WorkerPool) -> Future[Result]:
    try:
        return pool.executor().submit(work, items)
    except BrokenExecutor:
        pool.replace()
        return pool.executor().submit(work, items)


def _result(
    future: Future[Result], batch: list[Item], suspects: list[list[Item]], pool: WorkerPool
) -> Iterator[tuple[list[Item], Result]]:
    error = future.exception()
    if error is None:
        yield batch, future.result()
        return
    if isinstance(error, BuildError) or not isinstance(error, Exception):
        raise error
    if isinstance(error, BrokenExecutor):
        pool.replace()
    suspects.append(batch)


def _alone(work: Callable[[list[Item]], Result], item: Item, pool: WorkerPool) -> Result | Exception:
    try:
        return _submit(work, [item], pool).result()
    except BuildError:
        raise
    except Exception as error:
        if isinstance(error, BrokenExecutor):
            pool.replace()
        return error
