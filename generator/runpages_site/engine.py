"""What renders runs, by the name that the command line takes: processes, threads, this process, or a Dask cluster.

A run may be rendered by any worker that sees the folders of workspace and site under the same paths, and by two at
once: Dask gives the work of a lost worker to another.
"""

from __future__ import annotations

import logging
import platform
import re
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from .errors import BuildError
from .executor import Cluster, SerialExecutor, Start
from .text import number

if TYPE_CHECKING:
    from distributed import Client
    from distributed.cfexecutor import ClientExecutor

NAMES = ("processes", "threads", "serial", "dask", "dask://HOST:PORT")
"""The engines; the first is the default."""

PATIENCE = 300.0
"""Seconds to wait for a cluster in which there is no worker."""

AGAIN = 2.0
"""Seconds after which the workers of a cluster are counted again."""

CONNECT = 15.0
"""Seconds to wait for an answer of a scheduler."""

_LEAVE_INTERRUPTS = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
"""Loaded by each worker: an interrupt from the keyboard is for the process that gives the work."""

_LEAN = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.log-length": 100,
    "distributed.admin.low-level-log-length": 100,
}
"""What the cluster of a build does less: each worker would sample its stack 100 times a second, and keep all of it."""

AFTER = "The site is whole; the next build goes on from there"

_ADDRESS = re.compile(r"dask://([^/?#@\s]+:\d{1,5})/?")
_VERSIONS: Mapping[str, Callable[[], str]] = {
    "Python": platform.python_version,
    "runpages": partial(version, "runpages"),
}
"""What must be the same on all workers, by functions that any Python has."""

_P = ParamSpec("_P")
_T = TypeVar("_T")

Notify = Callable[[str], None]
"""Called with a sentence for the user."""


def start_of(engine: str, jobs: int, notify: Notify = lambda line: None) -> Start | None:
    """What makes the executor of an engine, with ``jobs`` workers; None stands for processes.

    Raises BuildError for an engine that is unknown or not installed.
    """
    if engine == "processes":
        return None
    if engine == "threads":
        return partial(ThreadPoolExecutor, jobs, "runpages")
    if engine == "serial":
        return SerialExecutor
    address = _ADDRESS.fullmatch(engine)
    if engine != "dask" and address is None:
        raise BuildError(f"the engine {engine!r} is unknown; there are {', '.join(NAMES[:-1])} and {NAMES[-1]}")
    if find_spec("distributed") is None:
        raise BuildError('the engine dask needs the package distributed: pip install "runpages[dask]"')
    return partial(_dask, partial(_connected, address[1]) if address else partial(_local, jobs), notify)


@contextmanager
def _dask(connect: Callable[[], AbstractContextManager[Client]], notify: Notify) -> Iterator[Executor]:
    with _quiet(), connect() as client:
        cluster = DaskCluster(client)
        cluster.await_workers(notify)
        workers = number.plural(len(client.nthreads()), "worker")
        notify(f"Dask: {workers} of {cluster.address}, dashboard {client.dashboard_link}")
        yield cluster


@contextmanager
def _quiet() -> Iterator[None]:
    """What Dask logs of lost workers and schedulers is said by us, once."""
    logger = logging.getLogger("distributed")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextmanager
def _local(jobs: int) -> Iterator[Client]:
    """A cluster of processes of this machine, which no other machine can reach."""
    import dask
    from distributed import Client, LocalCluster

    with dask.config.set(_LEAN):
        cluster = LocalCluster(
            n_workers=jobs, threads_per_worker=1, memory_limit=None, host="127.0.0.1", scheduler_port=0,
            dashboard_address="127.0.0.1:0", worker_dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL,
            preload=_LEAVE_INTERRUPTS,
        )  # fmt: skip
    with cluster:
        with dask.config.set(_LEAN):  # A client keeps the last messages as well, each with its work.
            client = Client(cluster, set_as_default=False)
        with client:
            yield client


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    """The cluster of a scheduler; by TLS if Dask is configured so. Raises BuildError if there is none."""
    import dask
    from distributed import Client

    scheme = "tls" if dask.config.get("distributed.comm.require-encryption") else "tcp"
    try:
        with dask.config.set(_LEAN):
            client = Client(f"{scheme}://{address}", timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise BuildError(
            f"no Dask scheduler answers at {scheme}://{address} ({error}). Start one with: dask scheduler. {AFTER}"
        ) from None
    try:
        yield client
    finally:
        client.close(timeout=2)


class DaskCluster(Cluster):
    """The workers of a Dask cluster, which must have the Python and the runpages of this process."""

    def __init__(self, client: Client) -> None:
        self.address: str = client.scheduler.address if client.scheduler else ""
        self._client = client
        self._executor: ClientExecutor = client.get_executor(pure=False, retries=2)
        self._asked: dict[Future[Any], Future[Any]] = {}
        self._threads: Mapping[str, int] = {}
        self._fit: set[str] = set()
        self._looked = 0.0
        self._manned = time.monotonic()

    def await_workers(self, notify: Notify) -> None:
        """Wait for a worker. Raises BuildError if none comes, or one is not fit for the work."""
        self.check()
        if not self._threads:
            notify(f"Dask: waiting for workers of {self.address}")
        while not self._threads:
            time.sleep(0.2)
            self.check()

    def size(self) -> int:
        """The threads of all workers."""
        if time.monotonic() - self._looked > AGAIN:
            self.check()
        return sum(self._threads.values())

    def check(self) -> None:
        """Raise BuildError if there has been no worker for a while, or one is not fit for the work."""
        try:
            self._threads = self._client.nthreads()
            self._examine([worker for worker in self._threads if worker not in self._fit])
        except OSError as error:
            raise self._gone(error) from None
        self._looked = time.monotonic()
        if self._threads:
            self._manned = self._looked
        elif self._looked - self._manned > PATIENCE:
            raise BuildError(
                f"the Dask scheduler {self.address} has had no worker for {PATIENCE:.0f} s; "
                f"start some: dask worker {self.address}. {AFTER}"
            )

    def _examine(self, workers: list[str]) -> None:
        """Ask new workers what they are, by functions that each of them has."""
        for word, ask in _VERSIONS.items():
            ours = ask()
            found = self._client.run(ask, workers=workers, on_error="return") if workers else {}
            for worker, theirs in found.items():
                if isinstance(theirs, OSError):  # It is gone again.
                    workers = [one for one in workers if one != worker]
                elif theirs != ours:
                    has = "no runpages" if isinstance(theirs, Exception) else f"{word} {theirs}"
                    raise BuildError(
                        f"the Dask worker {worker} has {has}, and this process has {word} {ours}: pages would differ. "
                        f"Install the same there, or end that worker. {AFTER}"
                    )
        self._fit.update(workers)

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Call the function on a worker."""
        ours: Future[_T] = Future()
        try:
            theirs = self._executor.submit(fn, *args, **kwargs)
        except Exception as error:
            ours.set_exception(self._gone(error))
            return ours
        # Were each a part of the other, the cluster would keep their results until garbage is looked for.
        self._asked[ours] = theirs
        ours.add_done_callback(self._cancel)
        theirs.add_done_callback(partial(self._pass_on, ours))
        return ours

    def _cancel(self, ours: Future[_T]) -> None:
        theirs = self._asked.pop(ours, None)
        if theirs is not None and ours.cancelled():
            theirs.cancel()

    def _pass_on(self, ours: Future[_T], theirs: Future[_T]) -> None:
        if not ours.set_running_or_notify_cancel():
            return
        if theirs.cancelled():
            ours.set_exception(self._gone())
        elif error := theirs.exception():
            ours.set_exception(_plain(error))
        else:
            ours.set_result(theirs.result())

    def _gone(self, error: object = "") -> BuildError:
        return BuildError(f"the Dask scheduler {self.address} has gone{f' ({error})' if error else ''}. {AFTER}")


def _plain(error: BaseException) -> BaseException:
    """What Dask says of a run whose workers have died, in our words."""
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        worker = getattr(error.last_worker, "address", error.last_worker)
        return RuntimeError(f"each worker that rendered it has died, the last of them {worker}")
    return error
