"""Logs how busy the machine is as metrics ``system/…``, with ``system=True``.

A thread looks every few seconds. It takes psutil, and for graphics processors the maker's ``pynvml``, where that is
installed.
"""

from __future__ import annotations

import time

from .._lifecycle import warn
from ..coerce import quoted
from ..format.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from typing import Any

    from ..run import Run

EVERY = 10.0
"""Seconds between two looks, unless others are given."""

SHORTEST = 0.1
"""Seconds that a share of processor time is measured over at least."""

RAREST = 86_400.0
"""Seconds between two looks at most; no clock waits for a number of any size."""

LONGEST = 5.0
"""Seconds that the end of a run waits for the last look."""

UNITS = {
    "cpu": ("%", "Busy processors of the machine"),
    "memory": ("%", "Used memory of the machine"),
    "disk": ("%", "Used space of the disk with the workspace"),
    "process/cpu": ("%", "Processor time of this process; one busy core is 100"),
    "process/memory": ("MB", "Memory of this process (resident set size)"),
}
GPU_UNITS = {
    "utilization": ("%", "Busy time of the processor"),
    "memory": ("%", "Used memory"),
    "temperature": ("°C", "Temperature"),
    "power": ("W", "Power draw"),
}


def sampling(every: Any) -> Callable[[Run], Callable[[], None]]:
    """What begins to sample for a run every so many seconds, True for 10.

    Raises UserError for no number of seconds from 0.1 to those of a day, and where psutil is not installed.
    """
    seconds = EVERY if every is True else every
    if not isinstance(seconds, (int, float)) or not SHORTEST <= seconds <= RAREST:
        raise UserError(f"system= must be True or at least {SHORTEST} seconds and at most a day, not {quoted(every)}")
    try:
        import psutil
    except ImportError:
        raise UserError('system= needs psutil, which is not installed: pip install "runpages[system]"') from None
    return lambda run: _start(run, psutil, float(seconds))


def _start(run: Run, psutil: Any, every: float) -> Callable[[], None]:
    """Begin to sample; returns what ends it, after a last look."""
    import threading

    machine, cards = _Machine(psutil, run._experiment.workspace.root), _cards()
    units = {**UNITS, **{f"gpu{n}/{name}": unit for n in range(len(cards)) for name, unit in GPU_UNITS.items()}}
    for name, (unit, description) in units.items():
        run.define(f"system/{name}", unit=unit, description=description)
    over = threading.Event()

    def measure() -> None:
        found = machine.measure()
        for number, card in enumerate(cards):
            found |= {f"gpu{number}/{name}": value for name, value in card().items()}
        run.log({f"system/{name}": value for name, value in found.items()})

    thread = threading.Thread(
        target=_go_on, args=(run, measure, over, every), name=f"runpages-system-{run.id}", daemon=True
    )
    thread.start()

    def end() -> None:
        over.set()
        thread.join(LONGEST)

    return end


def _go_on(run: Run, measure: Callable[[], None], over: threading.Event, every: float) -> None:
    """Look until it is over, and then once more."""
    warned, last = False, time.monotonic()
    while True:
        ended = over.wait(every)
        if ended and time.monotonic() - last < SHORTEST:
            return
        last = time.monotonic()
        try:
            measure()
        except Exception as error:  # Whatever it is, the script goes on, and the next look may succeed.
            if not warned:
                warned = True
                warn(f"run {run.id}: system metrics could not be read: {error}")
        if ended:
            return


class _Machine:
    """The machine and this process; shares of processor time are those since the look before."""

    def __init__(self, psutil: Any, disk: str) -> None:
        self._psutil = psutil
        self._place = disk
        self._process = psutil.Process()
        self.measure()

    def measure(self) -> dict[str, float]:
        with self._process.oneshot():
            cpu, memory = self._process.cpu_percent(None), self._process.memory_info().rss
        return {
            "cpu": self._psutil.cpu_percent(None),
            "memory": self._psutil.virtual_memory().percent,
            "disk": self._psutil.disk_usage(self._place).percent,
            "process/cpu": cpu,
            "process/memory": round(memory / 1e6, 1),
        }


def _cards() -> list[Callable[[], dict[str, float]]]:
    """What looks at each graphics processor; none without the maker's library, and none without its driver."""
    try:
        import pynvml
    except ImportError:
        return []
    try:
        pynvml.nvmlInit()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(number) for number in range(pynvml.nvmlDeviceGetCount())]
    except pynvml.NVMLError:
        return []
    return [_card(pynvml, handle) for handle in handles]


def _card(pynvml: Any, handle: Any) -> Callable[[], dict[str, float]]:
    def memory() -> float:
        known = pynvml.nvmlDeviceGetMemoryInfo(handle)
        return round(100 * float(known.used) / float(known.total), 1)

    ways: dict[str, Callable[[], float]] = {
        "utilization": lambda: float(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu),
        "memory": memory,
        "temperature": lambda: float(pynvml.nvmlDeviceGetTemperature(handle, pynvml.NVML_TEMPERATURE_GPU)),
        "power": lambda: int(pynvml.nvmlDeviceGetPowerUsage(handle)) / 1000,
    }

    def measure() -> dict[str, float]:
        found = {}
        for name, way in ways.items():
            try:
                found[name] = way()
            except pynvml.NVMLError:
                continue  # Not every card knows everything.
        return found

    return measure
