"""The property tests run the same examples each time; `pytest --hypothesis-profile=search` looks for new ones."""

from __future__ import annotations

import os
import re
import signal
import sys
import tempfile
from collections.abc import Generator, Iterator
from itertools import count
from pathlib import Path
from shutil import rmtree

import pytest
from hypothesis import HealthCheck, settings

DOCS = Path(__file__).parent / "docs"
# Where it stands, the processes that a test starts are measured.
PROCESSES = "COVERAGE_PROCESS_CONFIG"
NUMBERS = count()
MEMORY = Path("/dev/shm")
ROOM = 12e9
"""Bytes: all tests leave seven gigabytes of files, and their processes need memory as well."""

settings.register_profile("same", deadline=None, derandomize=True, database=None, max_examples=100)
settings.register_profile(
    "search",
    deadline=None,
    max_examples=2000,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: many tests wait, for processes, for timers and for a browser."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, object, object]:
    """Make the folders of tests in memory where that has room, unless `--basetemp` names a place.

    A small file takes a tenth of the time there. All of it is removed in the end, as memory is not for keeping.
    """
    if config.option.basetemp is not None or not has_room(MEMORY):  # A worker is given one.
        return (yield)
    for left in MEMORY.glob("runpages-*"):  # Of tests that were killed.
        if left.name == f"runpages-{os.getpid()}" or not Path("/proc", left.name.partition("-")[2]).exists():
            rmtree(left, ignore_errors=True)
    folder = MEMORY / f"runpages-{os.getpid()}"  # Short, for the paths of sockets may have 100 letters.
    folder.mkdir(mode=0o700)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    config.option.basetemp = str(folder / "t")
    try:
        return (yield)
    finally:
        rmtree(folder, ignore_errors=True)


def has_room(place: Path) -> bool:
    """Whether a folder is in memory that is free for all tests, where programs may be run as well."""
    try:
        disk, known = os.statvfs(place), Path("/proc/meminfo").read_text("ascii")
    except (OSError, AttributeError):
        return False
    free = re.search(r"^MemAvailable: +(\d+) kB$", known, re.MULTILINE)
    bytes_free = min(disk.f_bavail * disk.f_frsize, 1024 * int(free[1]) if free else 0)
    return bytes_free > ROOM and os.access(place, os.W_OK) and not disk.f_flag & os.ST_NOEXEC


@pytest.hookimpl(trylast=True)  # After pytest has set its own hook.
def pytest_configure(config: pytest.Config) -> None:
    # nohup and jobs in the background of a shell ignore these, and the processes of tests would inherit that.
    for name in {"SIGHUP", "SIGQUIT"} & set(signal.Signals.__members__):
        signal.signal(signal.Signals[name], signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not config.getoption("--hypothesis-profile"):
        settings.load_profile("same")


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the test. That of pytest looks through those of all earlier tests for a free number."""
    name = re.sub(r"\W", "_", request.node.name)[:26]
    return tmp_path_factory.mktemp(f"{name}{next(NUMBERS)}", numbered=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure no coverage of tests that run the same code many times or almost none of it: it doubles their time.

    What only they reach needs a test of its own: a property finds a branch by chance, and a document shows what works.
    """
    library = sys.modules.get("coverage")
    measuring = library.Coverage.current() if library else None
    marks = {mark.name for mark in item.iter_markers()}
    if measuring is None or not (marks & {"browser", "hypothesis", "often", "steps"} or DOCS in item.path.parents):
        return (yield)
    measuring.stop()
    processes = os.environ.pop(PROCESSES, None)
    try:
        return (yield)
    finally:
        if processes is not None:
            os.environ[PROCESSES] = processes
        measuring.start()
