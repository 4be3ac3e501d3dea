"""Every engine gives the same site, byte for byte, whatever becomes of its workers."""

from __future__ import annotations

import gc
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import loky
import pytest
from click.testing import CliRunner
from dask import config
from distributed import Client

from runpages import __version__
from runpages_site import engine, executor
from runpages_site.build import FACTS, Options, Report, build
from runpages_site.check.site import check
from runpages_site.command import runpages
from runpages_site.errors import BuildError
from runpages_site.executor import Start
from tests.generator.cluster import LOOPBACK, ROOT, LocalDask, local_dask
from tests.servers import listening
from tests.unmeasured import unmeasured

from .conftest import NOW

# Dask leaves sockets and pipes to the collection of garbage.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")

RUNS = 60
COMMAND = [sys.executable, "-c", "import sys; from runpages_site.cli import main; sys.argv[0] = 'runpages'; main()"]

# Imported by a worker before it works: what it renders takes its time, and some runs kill it.
SLOW = """
import os, time
from runpages_site import render
def slowly(read):
    def slow(folder, **how):
        time.sleep(0.05)
        if folder.endswith("killer"):
            os._exit(9)
        return read(folder, **how)
    return slow
if render.run_folder.read_run.__name__ != "slow":  # Dask loads it twice.
    render.run_folder.read_run = slowly(render.run_folder.read_run)
"""


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Runs of a page each, with what has caches: code, Markdown, a picture's header."""
    folder = tmp_path / "runs"
    for number in range(RUNS):
        run = folder / f"demo{number % 3}" / f"r{number}"
        (run / "artifacts").mkdir(parents=True)
        (run / "metrics.csv").write_text("name,step,value\n" + f"loss,0,1\nloss,1,0.{number}\nacc,0,0.{number}\n")
        (run / "artifacts" / "train.py").write_text(f"def f(x: int) -> str:\n    return 'a{number}' * x  # why\n")
        (run / "artifacts" / "notes.md").write_text(f"# Notes\n\n- *one* of {number}\n\n| a |\n|---|\n| 1 |\n")
        for place in run.rglob("*.*"):
            os.utime(place, (NOW - 1e6, NOW - 1e6))
    return folder


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[LocalDask]:
    with local_dask(tmp_path / "dask") as cluster:
        yield cluster


@pytest.fixture
def slow(tmp_path: Path) -> tuple[str, ...]:
    """The options of a worker that renders slowly."""
    (place := tmp_path / "slow.py").write_text(SLOW)
    return ("--preload", str(place))


def made(runs: Path, site: Path, start: Start | None = None, jobs: int = 2, now: float = NOW) -> Report:
    return build(runs, site, now=now, version=__version__, options=Options(jobs=jobs, executor=start))


def published(site: Path) -> dict[str, bytes]:
    """All files of a site, also those of its cache, but for the time of the build and what that counts."""
    files = {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    files[".runpages/state.json"] = re.sub(rb'"bytes":\d+', b"", files[".runpages/state.json"], count=1)
    return {path: data for path, data in files.items() if path != FACTS}


def touched(runs: Path, seconds: float) -> None:
    """Let all runs look changed."""
    for path in runs.rglob("metrics.csv"):
        os.utime(path, (NOW - 1e6 + seconds, NOW - 1e6 + seconds))


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("threads", engine.start_of("threads", 8)),
        ("serial", engine.start_of("serial", 1)),
        ("dask", engine.start_of("dask", 2)),
        ("loky", partial(loky.get_reusable_executor, 2)),
    ],
)
def test_every_engine_gives_the_site_of_processes(name: str, start: Start, runs: Path, tmp_path: Path) -> None:
    made(runs, tmp_path / "processes")
    assert made(runs, tmp_path / name, start, jobs=8).faults == {}
    assert published(tmp_path / name) == published(tmp_path / "processes")
    if name == "loky":
        loky.get_reusable_executor().shutdown()


def test_workers_that_are_killed_lose_nothing(
    runs: Path, tmp_path: Path, dask: LocalDask, slow: tuple[str, ...]
) -> None:
    made(runs, tmp_path / "clean")
    dask.add(4, *slow)
    told: list[str] = []
    done = 0

    def kill(count: int, total: int) -> None:
        nonlocal done
        done += 1
        if done in (1, 3):  # In the middle of a batch; and of the rest, what is done twice.
            dask.workers.pop().kill()

    for place in ("new", "clean"):
        options = Options(executor=engine.start_of(dask.engine, 1, told.append))
        report = build(runs, tmp_path / place, now=NOW, version=__version__, options=options, progress=kill)
        assert (report.runs, report.faults, report.damaged) == (RUNS, {}, False)
        touched(runs, 1)
    assert done > 6
    made(runs, tmp_path / "again")
    assert published(tmp_path / "clean") == published(tmp_path / "again")
    assert check(tmp_path / "new").problems == []
    assert f"of {dask.address}, dashboard http://127.0.0.1:" in told[-1]


def test_workers_that_are_killed_again_and_again_lose_nothing(
    runs: Path, tmp_path: Path, dask: LocalDask, slow: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "FAR_BATCH", 0.2)  # So many results that four workers can be killed between them.
    made(runs, tmp_path / "clean")
    dask.add(2, *slow)
    results = kills = 0

    def kill(count: int, total: int) -> None:
        """Kill the oldest worker, which is at work, after some results; another begins."""
        nonlocal results, kills
        results += 1
        if results % 3 == 0 and kills < 4:  # Four, since it takes seconds until another is at work.
            dask.workers.pop(0).kill()
            dask.add(1, *slow)
            kills += 1

    options = Options(executor=engine.start_of(dask.engine, 1))
    report = build(runs, tmp_path / "site", now=NOW, version=__version__, options=options, progress=kill)
    assert (report.runs, report.faults, report.damaged) == (RUNS, {}, False)
    assert kills == 4
    assert published(tmp_path / "site") == published(tmp_path / "clean")


def test_a_run_that_kills_its_workers_is_named_and_the_others_are_built(
    runs: Path, tmp_path: Path, slow: tuple[str, ...]
) -> None:
    (runs / "demo0" / "r0").rename(runs / "demo0" / "killer")
    with local_dask(tmp_path / "dask", deaths=0) as dask:
        dask.add(3, *slow)  # One dies of it with other runs, one of it alone.
        report = made(runs, tmp_path / "site", engine.start_of(dask.engine, 1))
    assert list(report.faults) == [str(runs / "demo0" / "killer")]
    assert "each worker that rendered it has died" in report.faults[str(runs / "demo0" / "killer")][0].error
    assert report.runs == RUNS - 1
    assert made(runs, tmp_path / "site").runs == RUNS


def test_a_killed_build_is_finished_by_the_next(
    runs: Path, tmp_path: Path, dask: LocalDask, slow: tuple[str, ...]
) -> None:
    site = tmp_path / "site"
    made(runs, site)
    touched(runs, 1)
    dask.add(2, *slow)
    arguments = ["build", str(runs), "-o", str(site), "--engine", dask.engine]
    process = subprocess.Popen([*COMMAND, *arguments], env=unmeasured(), stderr=subprocess.DEVNULL)
    while not list(site.glob(".runpages/unfinished*")):
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not [one for one in check(site).problems if "manifest" not in one.message]
    assert len(made(runs, site, engine.start_of(dask.engine, 1)).rendered) == RUNS
    assert check(site).problems == []
    assert made(runs, site).rendered == {}
    made(runs, tmp_path / "clean")
    assert published(site) == published(tmp_path / "clean")


def test_a_scheduler_that_goes_ends_the_build_and_the_next_one_finishes(
    runs: Path, tmp_path: Path, dask: LocalDask, slow: tuple[str, ...]
) -> None:
    site = tmp_path / "site"
    made(runs, site)
    touched(runs, 1)
    dask.add(2, *slow)
    rendered: list[int] = []

    def progress(done: int, total: int) -> None:
        rendered.append(done)
        dask.scheduler.kill()

    options = Options(executor=engine.start_of(dask.engine, 1))
    with pytest.raises(BuildError, match=rf"scheduler {dask.address} has gone.*The site is whole"):
        build(runs, site, now=NOW + 100, version=__version__, options=options, progress=progress)
    assert 0 < rendered[-1] < RUNS
    assert not [one for one in check(site).problems if "manifest" not in one.message]
    assert made(runs, site, now=NOW + 100).faults == {}
    made(runs, tmp_path / "clean", now=NOW + 100)
    assert published(site) == published(tmp_path / "clean")


def other_version(folder: Path) -> Path:
    """Where a Python finds another version of runpages than ours."""
    facts = folder / "other" / "runpages-0.0.1.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: runpages\nVersion: 0.0.1\n")
    return facts.parent


def test_a_worker_with_another_version_is_refused_at_the_start_and_in_the_middle(
    runs: Path, tmp_path: Path, dask: LocalDask, slow: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, other = tmp_path / "site", other_version(tmp_path)
    made(runs, site)
    touched(runs, 1)
    dask.add(1, *slow)
    monkeypatch.setattr(engine, "AGAIN", 0.2)
    refused = r"worker tcp://\S+ has runpages 0.0.1, and this process has runpages \S+: pages would differ"

    def progress(done: int, total: int) -> None:
        if len(dask.workers) == 1:
            dask.add(1, paths=(other,))

    options = Options(executor=engine.start_of(dask.engine, 1))
    with pytest.raises(BuildError, match=refused):
        build(runs, site, now=NOW + 100, version=__version__, options=options, progress=progress)
    with pytest.raises(BuildError, match=refused):
        build(runs, site, now=NOW + 100, version=__version__, options=options)
    assert made(runs, site, now=NOW + 100).faults == {}


def test_a_worker_that_does_not_see_the_folders_says_so(tmp_path: Path, runs: Path) -> None:
    from runpages_site.write.writer import check_reached

    check_reached(runs)
    with pytest.raises(BuildError, match=r"elsewhere is not there on \S+: all workers must see"):
        check_reached(runs, tmp_path / "elsewhere")


def test_a_cluster_lets_go_of_results_as_soon_as_the_build_has_them(dask: LocalDask) -> None:
    dask.add(1)
    start = engine.start_of(dask.engine, 1)
    assert start is not None
    with start() as cluster, Client(dask.address, set_as_default=False) as beside:
        gc.disable()  # It would hide what keeps itself.
        try:
            for number in range(20):
                assert cluster.submit(str, number).result() == str(number)
            assert (waits := cluster.submit(time.sleep, 60)).cancel() and waits.cancelled()
            deadline = time.monotonic() + 30
            while (held := beside.who_has()) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert not held
        finally:
            gc.enable()


def test_the_cluster_of_a_build_notes_nothing_about_its_work_that_grows() -> None:
    told: list[str] = []
    start = engine.start_of("dask", 1, told.append)
    assert start is not None
    with start() as cluster:
        assert isinstance(cluster, engine.DaskCluster)
        assert config.get("distributed.worker.profile.enabled"), "what else this process does stays as it was"
        cluster.submit(time.sleep, 0.5).result()
        with Client(cluster.address, set_as_default=False) as beside:
            assert beside.profile()["count"] == 0
        dashboard = re.sub(r".*dashboard (\S+)/status$", r"\1", told[-1])
        with urlopen(f"{dashboard}/health") as answer:
            assert answer.read() == b"ok"


def test_a_cluster_without_workers_is_waited_for(dask: LocalDask, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(engine, "PATIENCE", 0.5)
    start = engine.start_of(dask.engine, 1, told.append)
    assert start is not None
    with pytest.raises(BuildError, match=f"has had no worker for 0 s; start some: dask worker {dask.address}"), start():
        raise AssertionError
    assert told == [f"Dask: waiting for workers of {dask.address}"]


@pytest.mark.parametrize("verb", ["build", "publish", "watch", "serve"])
def test_what_is_wrong_with_an_engine_is_said_before_anything_is_done(
    verb: str, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(name: str) -> str:
        place = [str(tmp_path / "to"), str(runs)] if verb == "publish" else [str(runs)]
        arguments = ["--watch", "--workspace", str(runs)] if verb == "serve" else place
        done = CliRunner().invoke(runpages, [verb, *arguments, "--engine", name])
        assert done.exit_code == 2, done.output
        assert sorted(os.listdir(tmp_path)) == ["runs"]
        return done.output

    assert "'mpi' is unknown; there are processes, threads, serial, dask and dask://HOST:PORT" in refused("mpi")
    assert "'dask://nowhere' is unknown" in refused("dask://nowhere")
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    assert 'pip install "runpages[dask]"' in refused("dask")


def test_a_scheduler_that_is_not_there_is_named(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "CONNECT", 0.5)
    with pytest.raises(BuildError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9 "):
        made(runs, tmp_path / "site", engine.start_of("dask://127.0.0.1:9", 1))
    assert sorted(os.listdir(tmp_path)) == ["runs"]


def test_the_commands_of_the_page_speak_tls(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "explained" / "scaling.md").read_text("utf-8")
    found = re.search(r"<!-- recipe: tls -->\n\n```text\n(.*?)```", page, re.DOTALL)
    assert found is not None
    made(runs, tmp_path / "clean")
    (folder := tmp_path / "tls").mkdir()
    certificate = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=lab -days 2 -keyout key.pem -out cert.pem"
    subprocess.run(certificate.split(), cwd=folder, check=True, capture_output=True)
    shutil.copy(folder / "cert.pem", folder / "ca.pem")
    *lines, build_line = found[1].replace("HOST", "127.0.0.1").strip().splitlines()
    scheduler, worker = (shlex.split(line.removeprefix("dask ")) for line in lines if line.startswith("dask "))
    for line in lines:
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            monkeypatch.setenv(name, str(folder / value) if value.endswith(".pem") else value)

    dask = [sys.executable, "-m", "dask"]
    with listening(
        lambda port: [*dask, *scheduler, *LOOPBACK, "--port", str(port)], tmp_path / "scheduler.log", folder=folder
    ) as port:
        place = [word.replace(":8786", f":{port}") for word in worker]
        with subprocess.Popen(
            [*dask, *place, *LOOPBACK, "--nthreads", "1", "--no-nanny"], cwd=folder, env=unmeasured(),
            stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            try:
                name, *arguments = shlex.split(build_line.replace(":8786", f":{port}"))
                assert name == "runpages" and arguments[0] == "build"
                place = ["build", str(runs), "-o", str(tmp_path / "site"), *arguments[1:]]
                done = subprocess.run([*COMMAND, *place], env=unmeasured(), capture_output=True, text=True)
                assert done.returncode == 0 and f"Dask: 1 worker of tls://127.0.0.1:{port}" in done.stderr, done.stderr
            finally:
                process.terminate()
    assert check(tmp_path / "site").problems == []
    assert published(tmp_path / "site").keys() == published(tmp_path / "clean").keys()


def test_an_interrupt_ends_a_build_on_dask_and_leaves_no_process(runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "demo0", runs / "demo4")
    command = [*COMMAND, "build", str(runs), "-o", str(tmp_path / "site"), "--engine", "dask", "-j", "2"]
    with subprocess.Popen(
        command, env=unmeasured(), stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stderr
        assert process.stderr.readline().startswith("Dask: 2 workers of tcp://127.0.0.1:")
        os.killpg(process.pid, signal.SIGINT)  # As a terminal does.
        assert (
            process.stderr.read().strip() == "Interrupted. An existing site still works; run it again to complete it."
        )
        assert process.wait(30) == 130
    for _ in range(200):  # Its workers end when they see that it is gone.
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError("a worker stays")
