"""How busy the machine is, logged where it was asked for."""

from __future__ import annotations

import os
import sys
import threading
import time
import types
from pathlib import Path
from typing import Any

import pytest

from runpages import Experiment, Run, UserError, Workspace
from tests.logger.conftest import Script, Start, read, runs

NAMES = ["system/cpu", "system/disk", "system/memory", "system/process/cpu", "system/process/memory"]


class Process:
    """A process as psutil has it."""

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def oneshot(self) -> Process:
        return self

    def cpu_percent(self, interval: None) -> float:
        return 150.0

    def memory_info(self) -> Any:
        return types.SimpleNamespace(rss=123_456_789)


@pytest.fixture
def psutil(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A psutil of a machine that stands still, and no graphics processor."""
    module: Any = types.ModuleType("psutil")
    module.Process = Process
    module.cpu_percent = lambda interval: 12.5
    module.virtual_memory = lambda: types.SimpleNamespace(percent=40.0)
    module.disk_usage = lambda path: types.SimpleNamespace(percent=70.0 if os.path.isdir(path) else -1.0)
    monkeypatch.setitem(sys.modules, "psutil", module)
    monkeypatch.setitem(sys.modules, "pynvml", None)
    return module


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("runpages-system")]


def wait_for(run: Run, name: str, count: int) -> None:
    until = time.monotonic() + 60
    while len(read(run.folder).series[name].values if name in read(run.folder).series else []) < count:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_it_looks_until_the_run_ends(start: Start, psutil: Any) -> None:
    run = start(system=0.1)
    assert threads() == [f"runpages-system-{run.id}"]
    run.log("loss", 0.5)
    wait_for(run, "system/cpu", 3)
    run.complete()
    assert threads() == []
    series = read(run.folder).series
    assert sorted(series) == ["loss", *NAMES]
    assert {name: set(series[name].values) for name in NAMES} == {
        "system/cpu": {12.5},
        "system/disk": {70.0},
        "system/memory": {40.0},
        "system/process/cpu": {150.0},
        "system/process/memory": {123.5},
    }
    assert series["system/cpu"].declared.unit == "%"
    assert series["system/process/memory"].declared.unit == "MB"
    assert len({len(series[name].values) for name in NAMES}) == 1


def test_a_short_run_is_looked_at_at_its_end(start: Start, psutil: Any) -> None:
    run = start(system=True)
    time.sleep(0.15)
    run.complete()
    assert run.get_metrics("system/cpu") == {"system/cpu": 12.5}


def test_start_logging_takes_it_too(here: Path, psutil: Any) -> None:
    run = Experiment(Workspace(root="runs"), "e").start_logging(capture=False, outputs=False, system=30)
    assert threads() == [f"runpages-system-{run.id}"]
    run.cancel()
    assert threads() == []


def test_by_itself_nothing_looks(start: Start, psutil: Any) -> None:
    run = start()
    assert threads() == []
    run.complete()
    assert read(run.folder).series == {}


@pytest.mark.parametrize("every", [0, -1, 0.05, "10", float("nan"), float("inf"), []])
def test_other_than_seconds_are_refused(start: Start, psutil: Any, here: Path, every: object) -> None:
    with pytest.raises(UserError, match="system= must be True or at least"):
        start(system=every)
    assert runs(here / "runs") == []


def test_without_psutil_the_error_names_the_extra(start: Start, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    with pytest.raises(UserError, match=r'pip install "runpages\[system\]"'):
        start(system=True)
    assert runs(here / "runs") == []


def test_graphics_processors_are_looked_at(start: Start, psutil: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    nvml: Any = types.ModuleType("pynvml")

    class NVMLError(Exception):
        """What a card does not know."""

    def power(handle: int) -> int:
        if handle == 11:
            raise NVMLError
        return 250_500

    nvml.NVMLError = NVMLError
    nvml.NVML_TEMPERATURE_GPU = 0
    nvml.nvmlInit = lambda: None
    nvml.nvmlDeviceGetCount = lambda: 2
    nvml.nvmlDeviceGetHandleByIndex = lambda number: 10 + number
    nvml.nvmlDeviceGetUtilizationRates = lambda handle: types.SimpleNamespace(gpu=handle)
    nvml.nvmlDeviceGetMemoryInfo = lambda handle: types.SimpleNamespace(used=1, total=4)
    nvml.nvmlDeviceGetTemperature = lambda handle, kind: 60
    nvml.nvmlDeviceGetPowerUsage = power
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    run = start(system=0.1)
    wait_for(run, "system/gpu1/temperature", 1)
    run.complete()
    series = read(run.folder).series
    found = {name[7:]: one.values[0] for name, one in series.items() if name.startswith("system/gpu")}
    assert found == {
        "gpu0/utilization": 10.0,
        "gpu0/memory": 25.0,
        "gpu0/temperature": 60.0,
        "gpu0/power": 250.5,
        "gpu1/utilization": 11.0,
        "gpu1/memory": 25.0,
        "gpu1/temperature": 60.0,
    }


def test_a_machine_without_a_driver_has_none(start: Start, psutil: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    nvml: Any = types.ModuleType("pynvml")
    nvml.NVMLError = OSError

    def init() -> None:
        raise OSError("no driver")

    nvml.nvmlInit = init
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    run = start(system=0.1)
    wait_for(run, "system/cpu", 1)
    run.complete()
    assert sorted(read(run.folder).series) == NAMES


def test_an_error_is_told_once_and_the_next_look_counts(start: Start, psutil: Any) -> None:
    run = start(system=0.1)
    failed = threading.Event()
    looks = iter(range(100))

    def refuse() -> Any:
        if next(looks) < 3:
            raise OSError("not now")
        failed.set()
        return types.SimpleNamespace(percent=1.0)

    with pytest.warns(RuntimeWarning, match="not now") as told:
        psutil.virtual_memory = refuse
        assert failed.wait(60)
        run.complete()
    assert len(told) == 1


def test_a_fork_looks_no_more_and_ends_by_itself(script: Script, here: Path) -> None:
    pytest.importorskip("psutil")
    script(
        """
import os, runpages
with runpages.start("e", root="runs", capture=False, outputs=False, system=0.1) as run:
    if os.fork() == 0:
        run.complete()
        os._exit(0)
    os.wait()
"""
    )


def test_the_real_library_answers(start: Start) -> None:
    pytest.importorskip("psutil")
    run = start(system=0.1)
    wait_for(run, "system/cpu", 2)
    run.complete()
    series = read(run.folder).series
    for name in ("system/cpu", "system/memory", "system/disk"):
        assert all(0 <= float(value or 0) <= 100 for value in series[name].values)
    assert all(1 < float(value or 0) < 1e6 for value in series["system/process/memory"].values)
