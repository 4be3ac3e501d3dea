"""Which run is the current one: in threads and tasks, in blocks, and in processes that this one starts."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import pytest

import runpages
from runpages import Run, _lifecycle
from runpages.context import CHILDREN
from tests.logger.conftest import Script, Start, read, runs, the_run

current = Run.get_context


def values(workspace: Path) -> dict[str | None, list[object]]:
    """What each run has as ``x``, by the name of the run."""
    found = [read(folder) for folder in runs(workspace)]
    return {run.name: list(run.series["x"].values) if "x" in run.series else [] for run in found}


# --- threads and tasks -------------------------------------------------------------------------------------


def test_each_of_many_trials_in_threads_finds_its_own_run(start: Start, here: Path) -> None:
    together = threading.Barrier(4)

    def trial(number: int) -> None:
        together.wait()
        with start(name=str(number)):
            for _ in range(5):
                together.wait()
                current().log("x", number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(trial, range(8)))
    assert values(here / "runs") == {str(number): [number] * 5 for number in range(8)}


def test_each_task_finds_its_own_run_and_so_does_what_it_starts(start: Start, here: Path) -> None:
    def in_a_thread(number: int) -> None:
        current().log("x", number)

    async def deeper(number: int) -> None:
        current().log("x", number)

    async def trial(number: int) -> None:
        with start(name=str(number)):
            for _ in range(3):
                await asyncio.sleep(0)
                await asyncio.gather(deeper(number), asyncio.create_task(deeper(number)))
                await asyncio.to_thread(in_a_thread, number)

    async def all_of_them() -> None:
        await asyncio.gather(*[trial(number) for number in range(3)])

    asyncio.run(all_of_them())
    assert values(here / "runs") == {str(number): [number] * 9 for number in range(3)}


def test_a_run_of_another_thread_stays_out_of_a_block(start: Start) -> None:
    begun, done = threading.Event(), threading.Event()

    def other() -> None:
        with start():
            begun.set()
            done.wait()

    thread = threading.Thread(target=other)
    with start() as run:
        thread.start()
        begun.wait()
        assert current() is run
        done.set()
        thread.join()
        assert current() is run


def test_a_thread_without_a_run_of_its_own_has_the_latest_of_the_process(start: Start) -> None:
    first = start()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(current).result() is first
        second = start()
        assert pool.submit(current).result() is second
        second.complete()
        assert pool.submit(current).result() is first
        with start():
            context = copy_context()
            third = current()
            fourth = pool.submit(start).result()
            assert (pool.submit(current).result(), current()) == (fourth, third)
            assert pool.submit(context.run, current).result() is third


def test_blocks_are_left_in_any_order_and_in_any_context(start: Start) -> None:
    outer = _lifecycle.current()
    first, second, third = start(), start(), start()
    with first:
        assert current() is first
        with second, third:
            second.complete()
            assert current() is third
        assert current() is first
        with runpages.resume(first.folder) as guest:
            with guest:
                assert current() is guest
            assert current() is guest
        assert current() is first
    fourth = start()
    thread = threading.Thread(target=fourth.complete)
    thread.start()
    thread.join()
    assert (fourth.status, _lifecycle.current()) == ("Completed", outer)


def test_a_generator_in_a_block_has_its_run_current_and_completes_it(start: Start) -> None:
    def trials() -> object:
        for _ in range(2):
            with start() as run:
                yield run

    with start() as outer:
        for run in trials():  # type: ignore[attr-defined]
            assert current() is run
        waiting = trials()
        inner = next(waiting)  # type: ignore[call-overload]
        waiting.close()  # type: ignore[attr-defined]
        assert (inner.status, current()) == ("Completed", outer)


# --- processes ---------------------------------------------------------------------------------------------

WORKER = """
import multiprocessing, os, subprocess, sys, tempfile, threading
import runpages
from runpages import Run
tempfile.tempdir = os.getcwd()
CHILD = [sys.executable, '-c', "import runpages; runpages.Run.get_context().log('x', 1)"]
def work(value):
    run = Run.get_context()
    assert not run.id.startswith('Offline') and run.status == 'Running'
    with run:
        run.log('x', value)
def left():
    return [name for name in os.listdir('.') if name.startswith('runpages-offline-')]
if __name__ == '__main__':
    print('begin')
"""
BODIES = {
    "fork": "with runpages.start('e', capture=False): multiprocessing.get_context('fork').Pool(2).map(work, [1, 1])",
    "spawn": "with runpages.start('e', capture=False): multiprocessing.get_context('spawn').Pool(2).map(work, [1, 1])",
    "forkserver": "with runpages.start('e', capture=False) as run:\n"
    "        multiprocessing.get_context('forkserver').Pool(2).map(work, [1, 1])",
    "script": "with runpages.start('e', capture=False): [subprocess.run(CHILD, check=True) for _ in '12']",
    "shell": "with runpages.start('e', capture=False):\n"
    "        for _ in '12': os.system(f'{sys.executable} -c \"{CHILD[2]}\" | cat')",
}


@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver", "script", "shell"])
def test_a_worker_finds_the_run_of_its_parent_and_ends_nothing(script: Script, here: Path, how: str) -> None:
    done = script(f"{WORKER}    {BODIES[how]}\n    assert not left()\n    assert '{CHILDREN}' not in os.environ")
    record = the_run(here / "runs")
    assert (record.status, record.series["x"].values, record.problems) == ("Completed", [1, 1], [])
    assert "Offline" not in done.stderr


STARTS = """
import runpages, subprocess, sys
with runpages.start("e", name="child", capture=False):
    subprocess.run(sys.argv[1:], check=True)
subprocess.run(sys.argv[1:], check=True)
"""


def test_what_a_child_starts_is_independent_and_has_children_of_its_own(script: Script, here: Path) -> None:
    (here / "starts.py").write_text(STARTS)
    script(
        f"{WORKER}"
        "    with runpages.start('e', name='parent', capture=False):\n"
        "        subprocess.run([sys.executable, 'starts.py', *CHILD], check=True)\n"
    )
    assert values(here / "runs") == {"parent": [1], "child": [1]}
    assert {read(folder).parent for folder in runs(here / "runs")} == {None}


def test_children_of_one_of_several_runs_get_a_notice_and_log_to_none(script: Script, here: Path) -> None:
    done = script(
        f"{WORKER}"
        "    with runpages.start('e', capture=False):\n"
        "        thread = threading.Thread(target=runpages.start, args=('e',), kwargs={'capture': False})\n"
        "        thread.start(); thread.join()\n"
        "        subprocess.run(CHILD, check=True)\n"
    )
    assert "resume(folder)" in done.stderr
    assert [read(folder).series for folder in runs(here / "runs")] == [{}, {}]


def test_a_child_of_the_inner_of_two_runs_finds_that(script: Script, here: Path) -> None:
    script(
        f"{WORKER}"
        "    with runpages.start('e', name='outer', capture=False):\n"
        "        with runpages.start('e', name='inner', capture=False): subprocess.run(CHILD, check=True)\n"
        "        subprocess.run(CHILD, check=True)\n"
        "        subprocess.run(CHILD, check=True)\n"
    )
    assert values(here / "runs") == {"outer": [1, 1], "inner": [1]}


def test_a_worker_that_outlives_the_run_logs_to_no_other(script: Script, here: Path) -> None:
    done = script(
        f"{WORKER}"
        "    for method in ('fork', 'spawn'):\n"
        "        with runpages.start('e', name='first', capture=False):\n"
        "            pool = multiprocessing.get_context(method).Pool(1)\n"
        "            pool.map(work, [1])\n"
        "        with runpages.start('e', name='second', capture=False) as run:\n"
        "            try: pool.map(work, [2])\n"
        "            except AssertionError: pass\n"
        "            pool.map(run.log, ['x']) if False else pool.starmap(run.log, [('x', 3)])\n"
        "        pool.close(); pool.join()\n"
        "    assert not left(), left()\n"
    )
    found = [read(folder) for folder in runs(here / "runs")]
    assert sorted((run.name or "", run.series["x"].values) for run in found) == [
        *[("first", [1])] * 2,
        *[("second", [3])] * 2,
    ]
    assert done.stderr.count("resume(folder)") == 2


def test_a_process_that_replaced_itself_goes_on_with_its_run(script: Script, here: Path) -> None:
    script(
        "import os, sys, runpages\n"
        "if len(sys.argv) == 1:\n"
        "    runpages.start('e', capture=False).log('x', 1)\n"
        "    os.execv(sys.executable, [sys.executable, *sys.argv, 'again'])\n"
        "runpages.Run.get_context().log('x', 2)\n"
        "assert runpages.Run.get_context().status == 'Running'\n"
    )
    record = the_run(here / "runs")
    assert (record.status, record.series["x"].values) == ("Completed", [1, 2])


DAEMON = """
import os, sys, time, runpages
run = runpages.start('e', capture=False)
if os.fork():
    os._exit(0)
parent = run._state.document['owner']['pid']
while os.getppid() == parent:
    time.sleep(0.01)
assert runpages.Run.get_context() is run and run.status == 'NotResponding'
runpages.Run.get_context().log('x', 1)
again = runpages.resume(run.folder)
assert again is runpages.Run.get_context()
again.log('x', 2)
"""


def test_a_daemon_has_its_run_and_can_go_on_with_it(script: Script, here: Path) -> None:
    script(DAEMON)  # It has ended once its output has.
    record = the_run(here / "runs")
    assert (record.status, record.series["x"].values, record.series["x"].steps) == ("Completed", [1, 2], [0, 1])


# --- what goes wrong in a worker ---------------------------------------------------------------------------

LEAVES = {
    "returns": "pass",
    "raises": "1 / 0",
    "leaves": "sys.exit(1)",
    "is terminated": "os.kill(os.getpid(), signal.SIGTERM)",
}


@pytest.mark.parametrize("how", LEAVES)
def test_a_worker_leaves_no_folder_behind_and_ends_what_it_began(script: Script, here: Path, how: str) -> None:
    script(
        "import multiprocessing, os, signal, sys, tempfile, runpages\n"
        "tempfile.tempdir = os.getcwd()\n"
        "def work(run):\n"
        "    runpages.Run.get_context().log('x', 1)\n"
        "    run and runpages.start('e', capture=False).log('x', 2)\n"
        f"    {LEAVES[how]}\n"
        "for run in (False, True):\n"
        "    worker = multiprocessing.get_context('fork').Process(target=work, args=(run,))\n"
        "    worker.start()\n"
        "    worker.join()\n"
        "assert not [name for name in os.listdir('.') if name.startswith('runpages-offline-')]\n"
    )
    assert the_run(here / "runs").status == {"returns": "Completed", "is terminated": "Canceled"}.get(how, "Failed")


def test_what_a_killed_process_left_is_removed_by_the_next(script: Script, here: Path) -> None:
    script(
        "import os, signal, tempfile, runpages\n"
        "tempfile.tempdir = os.getcwd()\n"
        "os.mkdir('runpages-offline-foreign')\n"
        "def left(): return [name for name in sorted(os.listdir('.')) if name.startswith('runpages-offline-')]\n"
        "for leave in (os._exit, lambda code: os.kill(os.getpid(), signal.SIGKILL)):\n"
        "    if not os.fork():\n"
        "        runpages.Run.get_context().log('x', 1)\n"
        "        leave(0)\n"
        "    os.wait()\n"
        "    assert len(left()) == 2\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    runpages.Run.get_context().log('x', 1)\n"
        "    os.read(0, 1)\n"
        "    raise SystemExit\n"
        "runpages.Run.get_context().log('x', 1)\n"
        "assert len(left()) in (2, 3), left()\n"
        "os.kill(child, signal.SIGKILL)\n"
        "os.wait()\n"
    )
    left = [path.name for path in here.iterdir() if path.name.startswith("runpages-offline-")]
    assert "runpages-offline-foreign" in left and len(left) <= 2


@pytest.mark.parametrize("place", ["gone", "by hand"])
def test_an_environment_that_names_no_run_that_goes_on_is_none(
    script: Script, monkeypatch: pytest.MonkeyPatch, here: Path, place: str
) -> None:
    (here / "by hand").mkdir()
    monkeypatch.setenv(CHILDREN, str(here / place))
    done = script("import runpages; runpages.Run.get_context(allow_offline=False)", code=1)
    assert "RunEnvironmentError" in done.stderr and "resume(folder)" in done.stderr


def test_the_variable_for_children_is_put_back(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CHILDREN, "before")
    script(
        "import os, runpages\n"
        "def start(): return runpages.start('e', capture=False)\n"
        f"def named(): return os.environ.get('{CHILDREN}')\n"
        "for _ in range(2):\n"
        "    with start() as outer:\n"
        "        assert named() == outer.folder\n"
        "        with start() as inner: assert named() == inner.folder\n"
        "        assert named() == outer.folder\n"
        "    assert named() == 'before'\n"
        f"    os.environ['{CHILDREN}'] = 'again'\n"
        "    with start(): pass\n"
        "    assert named() == 'again'\n"
        f"    os.environ['{CHILDREN}'] = 'before'\n"
    )


def test_a_task_that_is_canceled_cancels_its_run(start: Start) -> None:
    run = start()

    async def work() -> None:
        with run:
            await asyncio.sleep(60)

    async def main() -> None:
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(main())
    assert run.status == "Canceled"


def test_a_command_that_is_run_as_a_run_has_that_one(script: Script, here: Path) -> None:
    script(
        f"{WORKER}"
        "    with runpages.start('e', name='outer', capture=False):\n"
        "        command = [sys.executable, '-c', 'from runpages_site.cli import main; main()', 'run', '-e', 'e']\n"
        "        subprocess.run([*command, '-n', 'inner', '--', *CHILD], check=True)\n"
    )
    assert values(here / "runs") == {"outer": [], "inner": [1]}


UNGUARDED = """
import multiprocessing, runpages
run = runpages.start("unguarded", capture=False)

def work(value):
    runpages.Run.get_context().log("x", value)
    run.log("y", value)

if __name__ == "__main__":
    for method in ("spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            pool.map(work, range(4))
"""


def test_a_script_that_workers_import_again_starts_no_run_in_them(script: Script, here: Path) -> None:
    script(UNGUARDED)
    record = the_run(here / "runs")
    assert record.status == "Completed"
    assert sorted(record.series["x"].values) == sorted(record.series["y"].values) == [0, 0, 1, 1, 2, 2, 3, 3]  # type: ignore[type-var]


OTHERS = """
import multiprocessing, runpages
trials = [runpages.start("trials", name=str(number), capture=False) for number in range(2)]
for number, run in enumerate(trials):
    run.log("x", number)
    run.complete()

if __name__ == "__main__":
    with runpages.start("pool", name="pool", capture=False), multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.map(abs, [1])
"""


def test_runs_that_a_worker_starts_as_it_imports_the_script_are_those_of_no_other(script: Script, here: Path) -> None:
    script(OTHERS)
    found = [read(folder) for folder in runs(here / "runs")]
    logged = sorted((run.name or "", [*run.series["x"].values]) for run in found if run.experiment == "trials")
    assert logged == [("0", [0]), ("0", [0]), ("1", [1]), ("1", [1])]
