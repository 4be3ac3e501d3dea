"""Whatever happened to the builds before, one whole build gives what a clean one gives, byte for byte.

Builds are killed at some step, meet a full disk, lack a library or have one that is broken, or fail by an error of
ours; runs come, change and go in between.
"""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest import mock

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from runpages_site import build as building
from runpages_site.build import Options, build
from runpages_site.check.site import check
from runpages_site.errors import BuildError
from runpages_site.page import experiment, home, metrics, overview
from tests.logger.disk import DISK, on_its_own_disk, room

from .test_fault import boom
from .test_killed import HEADER, Killed, is_whole, killer, published

NOW = 1_795_000_000.0
_killer: Killed
RUNS = Path("runs")
SITE = Path(DISK) / "site"


def write(number: int, value: int) -> None:
    """A run that is new or changed, with code that is highlighted."""
    folder = RUNS / f"demo{number % 2}" / f"r{number}"
    (folder / "artifacts").mkdir(parents=True, exist_ok=True)
    (folder / "metrics.csv").write_text(HEADER + f"loss,0,,{number}.5,\nloss,{value + 1},,0.25,\n")
    (folder / "artifacts" / "train.py").write_text(f"value = {value}\n")


def remove(number: int, _value: int) -> None:
    shutil.rmtree(RUNS / f"demo{number % 2}" / f"r{number}", ignore_errors=True)


def describe(number: int, value: int) -> None:
    (RUNS / f"demo{number % 2}").mkdir(exist_ok=True)
    (RUNS / f"demo{number % 2}" / "README.md").write_text(f"About {value}")


def attempt(now: float) -> None:
    """A build that may fail, and then says so."""
    try:
        report = build(RUNS, SITE, now=now, version="1", options=Options(prune=True))
    except BuildError:
        event("refused")
    else:
        event("incomplete" if report.faults else "whole")


def killed(number: int, value: int, now: float) -> None:
    code = _killer(SITE, 5 * number + value + 1, now)
    assert code in (0, -signal.SIGKILL)
    event("killed" if code else "lived")


def full_disk(number: int, value: int, now: float) -> None:
    with room(8 * number + value):
        attempt(now)


@contextmanager
def without(library: str) -> Iterator[None]:
    with mock.patch.dict(sys.modules, {library: None}):
        yield


def missing_library(_number: int, _value: int, now: float) -> None:
    with without("pygments"):
        attempt(now)


def broken_library(number: int, _value: int, now: float) -> None:
    with without(("pygments", "nh3", "pygments.lexers")[number % 3]), mock.patch.object(building, "LIBRARIES", {}):
        attempt(now)


def program_error(number: int, _value: int, now: float) -> None:
    module, name = ((overview, "facts"), (metrics, "_card"), (experiment, "_tiles"), (home, "_latest"))[number % 4]
    with mock.patch.object(module, name, boom):
        attempt(now)


EDITS = (write, write, remove, describe)
FAULTS = (killed, killed, full_disk, missing_library, broken_library, program_error)
numbers = st.integers(0, 7)
steps = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from(EDITS), numbers, numbers), max_size=4),
        st.sampled_from(FAULTS),
        numbers,
        numbers,
    ),
    min_size=1,
    max_size=4,
)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=max(15, settings().max_examples // 20))
@given(steps, st.booleans())
def one_whole_build_ends_it(sequence: list[tuple[list, object, int, int]], begun: bool) -> None:  # type: ignore[type-arg]
    for folder in (RUNS, SITE):
        shutil.rmtree(folder, ignore_errors=True)
    RUNS.mkdir()
    write(8, 0)
    now = NOW
    if begun:
        build(RUNS, SITE, now=now, version="1")
    for edits, fault, number, value in sequence:
        for edit, *what in edits:
            edit(*what)
        now += 1000
        fault(number, value, now)  # type: ignore[operator]
        if SITE.exists():
            is_whole(SITE)
    now += 1000
    with suppress(FileNotFoundError):
        shutil.rmtree("clean")
    assert not build(RUNS, SITE, now=now, version="1", options=Options(prune=True)).faults
    build(RUNS, Path("clean"), now=now, version="1")
    assert published(SITE) == published(Path("clean"))
    assert check(SITE).problems == []
    assert [path.name for path in Path(DISK).iterdir()] == ["site"]


def run() -> None:
    """Run the property with a process that forks builds which die."""
    global _killer
    RUNS.mkdir()
    write(8, 0)
    with killer(RUNS, Path("spare")) as _killer:
        one_whole_build_ends_it()


def test_after_any_interruptions_one_whole_build_equals_a_clean_one(tmp_path: Path) -> None:
    on_its_own_disk(
        tmp_path,
        "import tests.conftest\n"
        "from hypothesis import settings\n"
        f"settings.load_profile({settings.get_current_profile_name()!r})\n"
        "from tests.generator.test_interrupted import run\n"
        "from tests.logger.disk import mount\n"
        "mount()\n"
        "run()\n",
    )
