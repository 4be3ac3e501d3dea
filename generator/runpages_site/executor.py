"""Runs work in batches on any executor of ``concurrent.futures``: in this process, in others, or in a cluster.

A batch whose worker dies is done again, one item at a time; the item that kills its worker alone is given back with
the error, and all the others are done.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from typing import Generic, ParamSpec, TypeVar

from .errors import BuildError

AHEAD = 2
"""Batches kept in flight per worker: one running, one queued."""

BATCH = 0.2
"""Seconds that a batch is to take where it travels to another process of this machine, in under a millisecond."""

FAR_BATCH = 1.0
"""Seconds that a batch is to take in a cluster, whose scheduler and workers spend ten milliseconds of CPU on each."""

LAST_BATCH = 0.1
"""Seconds that a batch takes near the end, so that no worker waits long for the last one."""

FIRST = 8
"""Items of a batch as long as nobody knows how long they take."""

MOST = 256
"""Items of a batch at most: what a worker dies of is looked for among them."""

GLANCE = 1.0
"""Seconds after which, with nothing done, somebody looks whether there still are workers."""

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


class Cluster(Executor):
    """An executor whose workers come and go, on machines that may be lost."""

    def size(self) -> int:
        """How many calls its workers do at once."""
        raise NotImplementedError

    def check(self) -> None:
        """Raise BuildError if nothing will be done any more."""


class WorkerPool:
    """An executor that lasts, with ``count`` workers; where one has broken, the next."""

    def __init__(self, start: Start, count: int) -> None:
        """``start`` makes an executor; ``count`` holds where that does not say how many workers it has."""
        self._count = count
        self._start = start
        self._open = ExitStack()
        self._executor: Executor | None = None

    @property
    def count(self) -> int:
        """How many workers there are just now; one where those of a cluster are gone, for the one that comes next."""
        return max(self._executor.size(), 1) if isinstance(self._executor, Cluster) else self._count

    @property
    def batch(self) -> float:
        """Seconds that a batch is to take."""
        return FAR_BATCH if isinstance(self._executor, Cluster) else BATCH

    def executor(self) -> Executor:
        """The executor that is at work."""
        if self._executor is None:
            self._executor = self._open.enter_context(self._start())
        return self._executor

    def check(self) -> None:
        """Raise BuildError if nothing will be done any more."""
        if isinstance(self._executor, Cluster):
            self._executor.check()

    def close(self) -> None:
        """Let the executor go; where it has broken, the next one is made as soon as there is work."""
        self._executor = None
        self._open.close()


@contextmanager
def workers(count: int, start: Start | None = None) -> Iterator[WorkerPool]:
    """A pool: of what ``start`` makes, else of fresh processes, or for one of this process alone."""
    pool = WorkerPool(start or (partial(_processes, count) if count > 1 else SerialExecutor), count)
    try:
        yield pool
    except KeyboardInterrupt:
        with _impatience_ignored():
            pool.close()
        raise
    finally:
        pool.close()


@contextmanager
def _impatience_ignored() -> Iterator[None]:
    """Ignore further interrupts from the keyboard: one that strikes while processes are ended leaves them hanging."""
    import signal
    from threading import current_thread, main_thread

    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _processes(count: int) -> Executor:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    class Processes(ProcessPoolExecutor):
        """Starts its processes as calls are submitted, each without interrupts from its first moment on."""

        def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
            with _no_interrupts():
                return super().submit(fn, *args, **kwargs)

    return Processes(count, get_context("spawn"), _serve_parent)


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Put interrupts from the keyboard off; a process that is started meanwhile never gets one."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):  # Windows.
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve_parent() -> None:
    """Leave interrupts from the keyboard to the process that gives the work, and end with it, however it ends."""
    import signal
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process

    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)  # Else it would wait for work for ever: workers keep both ends of the pipe that work comes by.


class Batches(Generic[Item]):
    """Cuts items into batches, by the time that those before took: large enough to travel cheaply, small at the end."""

    def __init__(self, items: Sequence[Item], most: int = MOST) -> None:
        self._items, self._at = items, 0
        self._most = most
        self._seconds = self._done = 0.0

    def __bool__(self) -> bool:
        return self._at < len(self._items)

    def take(self, workers: int, seconds: float) -> list[Item]:
        """The next batch, of so many seconds, for one of some workers that are to end together."""
        left = len(self._items) - self._at
        even = left // (workers * AHEAD)
        fitting = min(self._fitting(seconds), max(even, self._fitting(LAST_BATCH)))
        size = fitting if self._done else min(FIRST, even // 2)
        start, self._at = self._at, self._at + min(max(size, 1), self._most, left)
        return [*self._items[start : self._at]]

    def took(self, items: int, seconds: float) -> None:
        """Note how long a batch took; later ones count more."""
        self._done = self._done / 2 + items
        self._seconds = self._seconds / 2 + seconds

    def _fitting(self, seconds: float) -> int:
        return int(min(self._most, seconds * self._done / max(self._seconds, 1e-6)))


def spread(
    work: Callable[[list[Item]], Result], items: Sequence[Item], pool: WorkerPool, most: int = MOST
) -> Iterator[tuple[list[Item], Result | Exception]]:
    """Do the work on batches of at most ``most`` items; yields each with its result, as they are done.

    Where the work on an item fails alone as well, the error is yielded in place of a result. Raises BuildError as
    soon as some work does: the disk is full for all.
    """
    waiting = Batches(items, most)
    while waiting:
        suspects: list[list[Item]] = []
        yield from _together(partial(_timed, work), waiting, suspects, pool)
        for item in [item for batch in suspects for item in batch]:
            yield [item], _alone(work, item, pool)


def _timed(work: Callable[[list[Item]], Result], items: list[Item]) -> tuple[Result, float]:
    began = time.perf_counter()
    return work(items), time.perf_counter() - began


def _together(
    work: Callable[[list[Item]], tuple[Result, float]], waiting: Batches[Item], suspects: list[list[Item]],
    pool: WorkerPool,
) -> Iterator[tuple[list[Item], Result]]:  # fmt: skip
    """Work on what waits until it is done, or until something fails: what was in work then is suspect."""
    running: dict[Future[tuple[Result, float]], list[Item]] = {}
    try:
        while (waiting or running) and not suspects:
            while waiting and len(running) < pool.count * AHEAD:
                batch = waiting.take(pool.count, pool.batch)
                running[_submit(work, batch, pool)] = batch
            for future in _done(running, pool):
                yield from _result(future, running.pop(future), waiting, suspects, pool)
        for future in list(running):
            _await(future, pool)
            yield from _result(future, running.pop(future), waiting, suspects, pool)
    finally:
        for future in running:
            future.cancel()


def _done(running: Iterable[Future[_T]], pool: WorkerPool) -> set[Future[_T]]:
    """Those that are done, as soon as one is."""
    while not (done := wait(running, GLANCE, FIRST_COMPLETED).done):
        pool.check()
    return done


def _await(future: Future[_T], pool: WorkerPool) -> Future[_T]:
    _done([future], pool)
    return future


def _submit(work: Callable[[list[Item]], _T], items: list[Item], pool: WorkerPool) -> Future[_T]:
    try:
        return pool.executor().submit(work, items)
    except BrokenExecutor:
        pool.close()
        return pool.executor().submit(work, items)


def _result(
    future: Future[tuple[Result, float]], batch: list[Item], waiting: Batches[Item], suspects: list[list[Item]],
    pool: WorkerPool,
) -> Iterator[tuple[list[Item], Result]]:  # fmt: skip
    error = future.exception()
    if error is None:
        result, seconds = future.result()
        waiting.took(len(batch), seconds)
        yield batch, result
        return
    if isinstance(error, BuildError) or not isinstance(error, Exception):
        raise error
    if isinstance(error, BrokenExecutor):
        pool.close()
    pool.check()
    suspects.append(batch)


def _alone(work: Callable[[list[Item]], Result], item: Item, pool: WorkerPool) -> Result | Exception:
    future = _submit(work, [item], pool)
    try:
        return _await(future, pool).result()
    except BuildError:
        raise
    except Exception as error:
        if isinstance(error, BrokenExecutor):
            pool.close()
        pool.check()
        return error
    finally:
        future.cancel()
