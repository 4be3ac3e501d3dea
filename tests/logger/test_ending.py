"""How runs end with their process, in processes of their own: at exit, by exceptions, signals and forks."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import runpages
from runpages import Run, StorageError
from tests.logger.conftest import Script, read, runs, the_run
from tests.logger.disk import on_its_own_disk

START = "import runpages, sys, os\nrun = runpages.start('e', capture=False)\nrun.log('x', 1)\n"
IN_A_THREAD = "import threading; thread = threading.Thread(target={}); thread.start(); thread.join()"


@pytest.mark.parametrize(
    ("last", "code", "status", "message"),
    [
        ("", 0, "Completed", None),
        ("sys.exit()", 0, "Completed", None),
        ("sys.exit(0)", 0, "Completed", None),
        ("sys.exit(3)", 3, "Failed", "sys.exit(3)"),
        ("sys.exit('gone wrong')", 1, "Failed", "sys.exit('gone wrong')"),
        ("raise SystemExit(0)", 0, "Completed", None),
        ("raise ValueError('too large')", 1, "Failed", "too large"),
        ("raise KeyboardInterrupt", None, "Canceled", None),
        ("run.cancel()", 0, "Canceled", None),
        ("run.fail('by hand')", 0, "Failed", "by hand"),
        ("run.complete(); raise ValueError", 1, "Completed", None),
        ("import threading; t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()", 0, "Completed", None),
        (
            "import threading; t = threading.Thread(target=sys.exit, args=(3,)); t.start(); t.join()",
            0,
            "Completed",
            None,
        ),
    ],
)
def test_a_run_ends_as_its_script_does(
    script: Script, here: Path, last: str, code: int | None, status: str, message: str | None
) -> None:
    done = script(START + last, code=code)
    if code is None:
        assert done.returncode in (130, -signal.SIGINT)
    record = the_run(here / "runs")
    assert (record.status, record.error and record.error.message) == (status, message)
    assert record.ended is not None
    assert record.series["x"].values == [1]


def test_the_traceback_of_an_exception_is_kept_and_still_printed(script: Script, here: Path) -> None:
    done = script(START + "def train():\n    raise ValueError('too large')\ntrain()", code=1)
    error = the_run(here / "runs").error
    assert error is not None
    assert error.type == "ValueError"
    assert "in train" in (error.traceback or "")
    assert "ValueError: too large" in done.stderr


@pytest.mark.parametrize(
    ("inside", "code", "status"),
    [
        ("pass", 0, "Completed"),
        ("raise ValueError('x')", 1, "Failed"),
        ("raise KeyboardInterrupt", None, "Canceled"),
        ("sys.exit(0)", 0, "Completed"),
        ("sys.exit(2)", 2, "Failed"),
        ("run.fail('x')", 0, "Failed"),
    ],
)
def test_a_block_ends_its_run_and_swallows_nothing(
    script: Script, here: Path, inside: str, code: int | None, status: str
) -> None:
    text = f"import runpages, sys\nwith runpages.start('e', capture=False) as run:\n    {inside}\nprint('after')"
    done = script(text, code=code)
    assert the_run(here / "runs").status == status
    assert ("after" in done.stdout) == (inside in ("pass", "run.fail('x')"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_cancels_the_run_and_ends_the_process(script: Script, here: Path, number: signal.Signals) -> None:
    done = script(START + f"os.kill(os.getpid(), {int(number)})\nprint('after')", code=None)
    assert done.returncode == -number
    assert done.stdout == ""
    assert the_run(here / "runs").status == "Canceled"


def test_a_signal_that_the_script_handles_is_its_own(script: Script, here: Path) -> None:
    script(
        "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: print('handled'))\n"
        + START
        + "os.kill(os.getpid(), signal.SIGTERM)\nrun.log('x', 2)"
    )
    record = the_run(here / "runs")
    assert (record.status, record.series["x"].values) == ("Completed", [1, 2])


def test_an_ignored_signal_stays_ignored(script: Script, here: Path) -> None:
    script(
        "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        + START
        + "os.kill(os.getpid(), signal.SIGHUP)\nrun.log('x', 2)"
    )
    assert the_run(here / "runs").status == "Completed"


def test_several_runs_of_one_process_all_end(script: Script, here: Path) -> None:
    script("import runpages\nfor k in range(3): runpages.start('e', capture=False).log('x', k)\n1 / 0", code=1)
    assert [read(folder).status for folder in runs(here / "runs")] == ["Failed"] * 3


def test_a_run_ends_once(run: Run) -> None:
    run.fail(ValueError("first"))
    ended = read(run.folder)
    run.complete()
    run.cancel()
    assert read(run.folder) == ended
    assert run.status == "Failed"


def test_why_a_run_failed_is_a_text_or_an_exception(run: Run) -> None:
    with pytest.raises(TypeError, match="error_details"):
        run.fail(3)  # type: ignore[arg-type]
    assert read(run.folder).status == "Running"
    run.fail("no data", error_code="DataError")
    error = read(run.folder).error
    assert error is not None
    assert (error.code, error.message) == ("DataError", "no data")


FORKED = """
child = os.fork()
if child == 0:
    {child}
_, state = os.waitpid(child, 0)
run.log('x', 3)
print(run.status)
"""


@pytest.mark.parametrize(
    "child",
    ["sys.exit(3)", "os._exit(0)", "raise ValueError", "os.kill(os.getpid(), 15)", "run.complete(); os._exit(0)"],
)
def test_a_forked_child_never_ends_its_parents_run(script: Script, here: Path, child: str) -> None:
    # A child that says it ends the run notes that in a file of its own; the parent has the last word.
    done = script(START + FORKED.format(child=child))
    assert done.stdout == "Running\n"
    record = the_run(here / "runs")
    assert (record.status, record.series["x"].values, record.problems) == ("Completed", [1, 3], [])


def test_a_forked_child_writes_files_of_its_own(script: Script, here: Path) -> None:
    script(START + FORKED.format(child="run.log('x', 2); run.tag('who', 'child'); run.log_row('t', a=1); os._exit(0)"))
    (folder,) = runs(here / "runs")
    record = read(folder)
    assert record.series["x"].values == [1, 2, 3]
    assert record.series["x"].steps == [0, 1, 1]  # The child goes on from the count that it inherited.
    assert (record.tags, record.tables[0].rows) == ({"who": "child"}, [{"a": 1}])
    assert len(list(folder.glob("metrics*.csv"))) == 2
    assert len(list(folder.glob("changes.*.jsonl"))) == 1


def test_workers_of_a_pool_leave_the_run_alone(script: Script, here: Path) -> None:
    script(
        "import multiprocessing\n"
        + START
        + "def work(k):\n    run.log('y', k)\n    return k\n"
        + "with multiprocessing.get_context('fork').Pool(2) as pool:\n"
        + "    assert pool.map(work, range(20)) == list(range(20))\n"
        + "run.log('x', 2)"
    )
    record = the_run(here / "runs")
    assert record.status == "Completed"
    assert sorted(record.series["y"].values, key=str) == sorted(range(20), key=str)


def test_a_child_that_is_ended_as_soon_as_it_is_there_is_ended(script: Script, here: Path) -> None:
    script(
        START
        + "import signal, time\n"
        + "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # The child does not run before it is signaled.\n"
        + "for _ in range(50):\n"
        + "    child = os.fork()\n"
        + "    if child == 0: time.sleep(5); os._exit(0)\n"
        + "    os.kill(child, signal.SIGTERM)\n"
        + "    assert os.waitpid(child, 0)[1] == signal.SIGTERM\n"
        + "assert not signal.pthread_sigmask(signal.SIG_BLOCK, [])"
    )
    assert the_run(here / "runs").status == "Completed"


def test_threads_lose_nothing_and_tear_nothing(script: Script, here: Path) -> None:
    script(
        START
        + "import threading\n"
        + "def work(k):\n    for i in range(500): run.log(f'm{k}', i); run.log('all', i)\n"
        + "threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]\n"
        + "[t.start() for t in threads]; [t.join() for t in threads]"
    )
    record = the_run(here / "runs")
    assert record.problems == []
    for k in range(8):
        assert record.series[f"m{k}"].values == list(range(500))
    assert sorted(record.series["all"].steps) == list(range(4000))


KILLED = """
import runpages
run = runpages.start('e', capture=False)
for step in range(10**9):
    run.log('loss', step)
    print(step, flush=True)
"""


@pytest.mark.parametrize("after", [1, 50, 1000])
def test_what_a_call_returned_from_survives_kill_9(here: Path, after: int) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True, cwd=here) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(after)]
        process.kill()
        told += process.stdout.readlines()
    acknowledged = len([line for line in told if line.endswith("\n")])
    record = the_run(here / "runs")
    values = record.series["loss"].values
    assert acknowledged <= len(values) <= acknowledged + 1
    assert values == list(range(len(values)))
    assert (record.status, record.problems) == ("NotResponding", [])


FULL = """
import time, runpages
from runpages.format.read import read_run
from tests.logger.disk import mount, room
mount()
run = runpages.start('e', capture=False, root='disk/runs')
kept, refused = [], 0
with room(100):
    for k in range(100_000):
        try:
            run.log('x', k)
            kept.append(k)
        except runpages.StorageError as error:
            assert error.errno == 28 and 'disk is full' in str(error), error
            refused += 1
            if refused == 3:
                break
assert refused == 3
run.log('x', -1)
run.complete()
record = read_run(run.folder, now=time.time())
assert record.status == 'Completed'
assert record.series['x'].values == [*kept, -1]
assert all('Only part of the line' in problem.message for problem in record.problems), record.problems
"""


def test_a_full_disk_is_told_and_what_was_logged_stays(here: Path) -> None:
    on_its_own_disk(here, FULL)


def test_a_run_whose_folder_is_removed_says_so(run: Run) -> None:
    run.log("x", 1)
    shutil.rmtree(run.folder)
    calls: tuple[Callable[[], None], ...] = (
        lambda: run.log_row("t", a=1),
        lambda: run.tag("k"),
        lambda: run.log("new", 1, "said"),
    )
    for call in calls:
        with pytest.raises(StorageError, match="no longer exists"):
            call()
    assert not Path(run.folder).exists()


def test_two_runs_of_one_instant_have_two_folders(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    now = time.time()
    monkeypatch.setattr("runpages.run._now", lambda: now)
    made = [runpages.start("e", capture=False) for _ in range(20)]
    assert len({run.folder for run in made}) == 20
    assert [run.number for run in made] == list(range(1, 21))
    for run in made:
        run.complete()


IN_A_CHILD = """
import signal
child = os.fork()
if child == 0:
    {child}
_, state = os.waitpid(child, 0)
print(state)
"""


def test_a_forked_child_has_the_signals_of_a_process_without_runs(script: Script, here: Path) -> None:
    child = "print(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL, flush=True); os._exit(0)"
    assert script(START + IN_A_CHILD.format(child=child)).stdout == "True\n0\n"


def test_a_run_that_a_forked_child_starts_ends_by_its_signal(script: Script, here: Path) -> None:
    child = "runpages.start('child', capture=False); os.kill(os.getpid(), signal.SIGTERM)"
    assert script(START + IN_A_CHILD.format(child=child)).stdout == f"{int(signal.SIGTERM)}\n"
    states = {record.experiment: record.status for record in map(read, runs(here / "runs"))}
    assert states == {"e": "Completed", "child": "Canceled"}


REPORTED = """
import os, warnings, runpages
warnings.simplefilter("error")
with runpages.start("e", capture=False) as run:
    os.mkdir("outputs")
    open("outputs/a", "w").close()
    os.symlink("nowhere", "outputs/broken")
    open("outputs/z", "w").close()
print(run.status, run.get_file_names())
"""


def test_what_a_run_reports_at_its_end_stops_nothing_where_warnings_are_errors(script: Script) -> None:
    done = script(REPORTED)
    assert done.stdout == "Completed ['outputs/a', 'outputs/z']\n"
    assert "runpages: " in done.stderr and "outputs/broken" in done.stderr


def test_a_warning_names_the_line_of_the_script(script: Script) -> None:
    done = script(REPORTED.replace('warnings.simplefilter("error")', ""))
    assert re.search(r"script\.py:4: RuntimeWarning: .*outputs/broken", done.stderr), done.stderr
