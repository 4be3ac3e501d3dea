"""Builds that are killed, that meet another one, or that find no room: the site stays whole, and the next one ends."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runpages_site.build import FACTS, build
from runpages_site.check.site import check
from runpages_site.errors import OutputError
from runpages_site.write.site_folder import NOTES, opened
from tests.examples import stride
from tests.logger.disk import on_its_own_disk
from tests.unmeasured import unmeasured

from .conftest import NOW

HEADER = "name,step,time,value,text\n"
FIRST = range(8)
BUILD = "import sys; from runpages_site.cli import main; sys.argv[0] = 'runpages'; main()"

# Builds in a child that dies at the named step, once for each line that it reads, and says how the child ended. All is
# loaded by a build before, so a child is a fork and no interpreter that starts.
KILLED = """
import os, signal, sys
from pathlib import Path
from runpages_site.build import build
runs = Path(sys.argv[1])
build(runs, Path(sys.argv[2]), now=0.0, version="1")
def dying(site, count, now):
    def fatal(event, args):
        nonlocal count
        if event in ("os.rename", "os.remove", "os.mkdir", "os.link") or (event == "open" and args[2] & os.O_ACCMODE):
            count -= 1
            if count == 0:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(fatal)
    build(runs, site, now=now, version="1")
for line in sys.stdin:
    step, now, site = line.split(maxsplit=2)
    child = os.fork()
    if not child:
        dying(Path(site.strip()), int(step), float(now))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
Killed = Callable[[Path, int, float], int]


@contextmanager
def killer(runs: Path, spare: Path) -> Iterator[Killed]:
    """Builds a site and dies at a step; returns the exit code of the build."""
    command = [sys.executable, "-c", KILLED, str(runs), str(spare)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=unmeasured(), stdin=pipe, stdout=pipe, text=True) as process:

        def killed(site: Path, step: int, now: float) -> int:
            assert process.stdin
            assert process.stdout
            print(step, now, site, file=process.stdin, flush=True)
            return int(process.stdout.readline())

        yield killed


def make(runs: Path, numbers: range) -> None:
    for number in numbers:
        folder = runs / f"demo{number % 2}" / f"r{number}"
        (folder / "artifacts").mkdir(parents=True)
        (folder / "metrics.csv").write_text(HEADER + f"loss,0,,{number}.5,\nloss,1,,0.25,\n")
        (folder / "artifacts" / "kept.txt").write_text("kept")


def change(runs: Path) -> None:
    """A run is new, one is changed, one is gone."""
    make(runs, range(20, 21))
    shutil.rmtree(runs / "demo1" / "r3")
    with (runs / "demo0" / "r2" / "metrics.csv").open("a") as file:
        file.write("loss,2,,0.125,\n")
    (runs / "demo0" / "r2" / "artifacts" / "kept.txt").unlink()


def published(site: Path) -> dict[str, bytes]:
    found = {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    return {path: data for path, data in found.items() if path != FACTS and not path.startswith(NOTES + "/")}


def is_whole(site: Path) -> None:
    """Every link of every page leads somewhere; what no page leads to may be there in the middle of a build."""
    assert [one.message for one in check(site).problems if "manifest" not in one.message] == []


@pytest.mark.steps
@pytest.mark.parametrize("fresh", [True, False], ids=["new", "over"])
def test_killed_at_any_step_the_site_is_whole_and_the_next_build_ends_it(tmp_path: Path, fresh: bool) -> None:
    runs, clean = tmp_path / "runs", tmp_path / "clean"
    make(runs, FIRST)
    old = tmp_path / "old"
    build(runs, old, now=NOW, version="1")
    change(runs)
    build(runs, clean, now=NOW + 100, version="1")
    with killer(runs, tmp_path / "spare") as killed:
        for step in range(1, 400, stride(11 if fresh else 7)):
            place = tmp_path / str(step)
            place.mkdir()
            site = place / "site"
            if not fresh:
                shutil.copytree(old, site)
            code = killed(site, step, NOW + 100)
            assert code in (0, -signal.SIGKILL)
            if site.exists():
                is_whole(site)
            build(runs, site, now=NOW + 100, version="1")
            assert published(site) == published(clean), f"killed at step {step}"
            assert os.listdir(place) == ["site"], "nothing is left beside the site"
            assert sorted(os.listdir(site / NOTES)) == ["all-runs", "runs", "state.json"]
            if code == 0:
                assert step > 40
                return
            shutil.rmtree(place)
    raise AssertionError("no build came to its end")


def test_a_half_written_run_that_is_removed_before_the_next_build_leaves_nothing(tmp_path: Path) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    make(runs, FIRST)
    build(runs, site, now=NOW, version="1")
    before = published(site)
    make(runs, range(20, 21))
    with killer(runs, tmp_path / "spare") as killed:
        assert [killed(site, step, NOW + 100) for step in range(3, 20, 4)] == [-signal.SIGKILL] * 5
    shutil.rmtree(runs / "demo0" / "r20")
    build(runs, site, now=NOW + 100, version="1")
    assert published(site) == before


def test_killed_at_random_with_its_workers(tmp_path: Path) -> None:
    runs, site, chance = tmp_path / "runs", tmp_path / "site", random.Random(4)
    make(runs, range(150))
    build(runs, tmp_path / "clean", now=NOW, version="1")
    command = [sys.executable, "-c", BUILD, "build", str(runs), "-o", str(site), "-j", "2", "-q"]
    for round_ in range(6):
        if round_ == 3:
            subprocess.run(command, check=True, timeout=60)
        for path in runs.rglob("metrics.csv"):
            os.utime(path, (NOW - 1e6 + round_, NOW - 1e6 + round_))
        process = subprocess.Popen(command, env=unmeasured(), start_new_session=True, stderr=subprocess.DEVNULL)
        time.sleep(0.3 + chance.random())
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if site.exists():
            is_whole(site)
    subprocess.run(command, check=True, timeout=60)
    pages = {path: data for path, data in published(site).items() if path.startswith("e/demo0/r")}
    assert pages.keys() == {path for path in published(tmp_path / "clean") if path.startswith("e/demo0/r")}
    assert check(site).problems == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clean", "runs", "site"]


def test_of_two_builds_the_second_says_so_and_leaves(tmp_path: Path) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    make(runs, FIRST)
    for _ in ("new", "over"):
        with opened(site) as out:
            out.writer.put("index.html", b"")
            done = subprocess.run(
                [sys.executable, "-c", BUILD, "build", str(runs), "-o", str(site)], capture_output=True, text=True
            )
            assert done.returncode == 2
            assert "another build is writing" in done.stderr
            assert "Nothing was changed" in done.stderr
            out.finish(out.writer.files)
    build(runs, site, now=NOW, version="1")
    assert check(site).problems == []


def test_files_of_others_stay_and_one_in_our_place_is_replaced_whole(tmp_path: Path) -> None:
    runs, site = tmp_path / "runs", tmp_path / "site"
    make(runs, FIRST)
    build(runs, site, now=NOW, version="1")
    (site / "CNAME").write_text("example.org")
    (site / "e" / "demo0" / "notes.txt").write_text("mine")
    (site / "e" / "demo1" / "r3" / "mine.txt").write_text("mine")
    change(runs)
    build(runs, site, now=NOW + 100, version="1")
    assert (site / "CNAME").read_text() == "example.org"
    assert (site / "e" / "demo0" / "notes.txt").read_text() == "mine"
    assert (site / "e" / "demo1" / "r3" / "mine.txt").read_text() == "mine"
    assert not (site / "e" / "demo1" / "r3.html").exists()


def test_while_runs_are_written_every_build_ends_and_shows_whole_values(tmp_path: Path) -> None:
    runs, site, enough = tmp_path / "runs", tmp_path / "site", tmp_path / "enough"
    log = (
        "import pathlib, runpages, sys, time\n"
        f"with runpages.start('live', root={str(runs)!r}) as run:\n"
        f"    step = 0\n    enough = pathlib.Path({str(enough)!r})\n"
        "    while not enough.exists():\n        run.log('loss', 0.123456789, step=step)\n        step += 1\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", log]) for _ in range(2)]
    try:
        while len(list(runs.glob("live/*/metrics.csv"))) < 2:
            assert all(writer.poll() is None for writer in writers)
            time.sleep(0.01)
        for _ in range(3):
            assert not build(runs, site, now=time.time(), version="1").damaged
            is_whole(site)
        assert all(writer.poll() is None for writer in writers)
    finally:
        enough.touch()
        assert [writer.wait() for writer in writers] == [0, 0]
    build(runs, site, now=time.time() + 10, version="1")
    build(runs, tmp_path / "clean", now=time.time() + 10, version="1")
    assert published(site) == published(tmp_path / "clean")


def test_a_full_disk_is_told_and_the_old_site_stays_whole(tmp_path: Path) -> None:
    script = """
import json, os, shutil, subprocess, sys
from pathlib import Path
from tests.generator.test_killed import BUILD, FIRST, change, is_whole, make, published
from tests.logger.disk import DISK, mount, remount, room
from runpages_site.check.site import check
mount()
runs, site = Path("runs"), Path(DISK) / "site"
make(runs, FIRST)
command = [sys.executable, "-c", BUILD, "build", "runs", "-o", str(site)]
subprocess.run(command, check=True)
before = published(site)
make(runs, range(20, 40))
for pages in (0, 3, 9, 20, 40):
    with room(pages):
        done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2, (pages, done)
    assert "cannot be written" in done.stderr and "No space left" in done.stderr, done.stderr
    is_whole(site)
for number in range(20, 40):
    shutil.rmtree(runs / f"demo{number % 2}" / f"r{number}")
remount("ro")
done = subprocess.run(command, capture_output=True, text=True)
assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
remount("rw")
subprocess.run(command, check=True)
assert published(site) == before
"""
    on_its_own_disk(tmp_path, script)


def test_a_site_that_cannot_be_looked_into_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / ".runpages-site.json").write_text(json.dumps({"runpages": "other"}))
    with pytest.raises(OutputError, match="cannot be read or is damaged"):
        build_empty = tmp_path / "runs"
        build_empty.mkdir()
        build(build_empty, tmp_path / "site", now=NOW, version="1")
