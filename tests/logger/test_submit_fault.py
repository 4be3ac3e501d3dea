"""Scripts handed over where something goes wrong around them: disks, supervisors, other processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runpages import Experiment, Run, ScriptRunConfig, Workspace
from tests.logger.disk import on_its_own_disk
from tests.logger.test_submit import alive, until

ON_A_DISK = """
import os, signal, tempfile, time
from pathlib import Path
import runpages
from runpages import Experiment, ScriptRunConfig, Workspace
from runpages.jobs import supervisor
from tests.logger.disk import mount, remount, room

os.mkdir("temporary")
tempfile.tempdir = os.path.abspath("temporary")
mount()
source = Path("source")
source.mkdir()
(source / "train.py").write_text(
    "import os, sys, time\\n"
    "open('outputs/model', 'w').write('kept')\\n"
    "os.mkdir('logs'); open('logs/own.log', 'w').write('own ' * 50_000)\\n"
    "print('begun')\\n"
    "while not os.path.exists(sys.argv[1]): time.sleep(0.01)\\n"
    "sys.exit(3)\\n"
)
go = Path("go")
experiment = Experiment(Workspace(root="disk/runs"), "scripts")

def submit():
    return experiment.submit(ScriptRunConfig(source, "train.py", [str(go.absolute())]))

def owner(run):
    return run._state.read_head().document["owner"]

def begun(run):
    while run.get_status() != "Running" or not os.path.getsize(f"{run.folder}/logs/std_log.txt"):
        time.sleep(0.02)

def over(run):
    go.touch()
    while supervisor.goes_on(owner(run)):
        time.sleep(0.02)

def is_whole(run):
    assert run.wait_for_completion(raise_on_error=False)["status"] == "Failed"
    assert run._state.read_head().document["exit"] == {"code": 3}
    assert Path(run.folder, "logs/std_log.txt").read_text() == "begun\\n"
    assert Path(run.folder, "logs/own.log").read_text() == "own " * 50_000
    assert Path(run.folder, "artifacts/outputs/model").read_text() == "kept"
    while os.listdir("temporary"):  # Its copy goes away with it.
        time.sleep(0.02)
"""


def test_a_workspace_that_is_read_only_takes_no_run_and_leaves_nothing(here: Path) -> None:
    on_its_own_disk(
        here,
        ON_A_DISK
        + """
remount("ro")
try:
    submit()
except runpages.StorageError as error:
    assert "read-only" in str(error).lower(), error
else:
    raise AssertionError("it was submitted")
assert not os.listdir("temporary")
remount("rw")
assert list(experiment.get_runs()) == []
""",
    )


def test_the_end_of_a_script_waits_for_a_disk_that_is_full(here: Path) -> None:
    on_its_own_disk(
        here,
        ON_A_DISK
        + """
run = submit()
begun(run)
with room(0):
    over(run)
    time.sleep(0.5)
    assert run.get_status() == "Running"
is_whole(run)
""",
    )


def test_what_a_script_left_waits_for_a_disk_that_has_too_little_room(here: Path) -> None:
    on_its_own_disk(
        here,
        ON_A_DISK
        + """
run = submit()
begun(run)
with room(20):  # Enough to say that it has ended.
    over(run)
    time.sleep(0.5)
    assert run.get_status() == "Finalizing"
is_whole(run)
""",
    )


def test_an_end_that_nobody_watched_waits_for_a_disk_that_is_full(here: Path) -> None:
    on_its_own_disk(
        here,
        ON_A_DISK
        + """
run = submit()
begun(run)
os.kill(owner(run)["pid"], signal.SIGKILL)
with room(0):
    over(run)
    for _ in range(2):
        assert run.get_status() == "NotResponding"
is_whole(run)
""",
    )


# --- processes ---------------------------------------------------------------------------------------------


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    return Experiment(Workspace(root=tmp_path / "runs"), "scripts")


def submitted(experiment: Experiment, tmp_path: Path, text: str) -> Run:
    """A run of a script, which has printed something."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "train.py").write_text(text)
    run = experiment.submit(ScriptRunConfig(tmp_path / "source", "train.py"))
    log = Path(run.folder, "logs", "std_log.txt")
    until(lambda: run.get_status() == "Running" and log.stat().st_size)
    return run


def test_a_script_that_will_not_end_is_ended_however_often_it_is_canceled(
    experiment: Experiment, tmp_path: Path
) -> None:
    run = submitted(
        experiment,
        tmp_path,
        "import os, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen(['sleep', '20'])\n"  # It inherits that.
        "print(os.getpid(), child.pid); time.sleep(20)\n",
    )
    processes = [int(word) for word in Path(run.folder, "logs", "std_log.txt").read_text().split()]
    watcher = run._state.read_head().document["owner"]["pid"]
    for _ in range(3):
        os.kill(watcher, signal.SIGTERM)
        time.sleep(0.2)
    run.cancel()
    assert run.get_status() == "Canceled"
    assert run._state.read_head().document["exit"] == {"signal": "SIGKILL"}
    until(lambda: not any(map(alive, processes)))


@pytest.mark.parametrize(
    ("known", "word"),
    [({"boot_id": "of another day"}, "NotResponding"), ({"group_start": 1}, "NotResponding"), ({}, "Running")],
)
def test_a_stranger_with_the_number_of_a_script_is_let_live(
    experiment: Experiment, known: dict[str, object], word: str
) -> None:
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        from runpages.format import status

        run = experiment.start_logging(outputs=False, capture=False)
        gone = {**status.owner(), "pid_start": 1, "group": stranger.pid, "place": "/no/such/place"}
        run._state.save({"type": "script", "owner": {**gone, **known}})
        run._state.ends = False
        other = Run(experiment, run.id)
        assert other.get_status() == word
        if known:
            other.cancel()
            assert other.get_status() == "Canceled"
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_processes_that_submit_at_the_same_instant_lose_no_line(experiment: Experiment, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import sys, runpages\n"
        "run = runpages.Run.get_context()\n"
        "for n in range(500): print(sys.argv[1], n); run.log('n', n)\n"
    )
    program = (
        "import runpages, sys, time\n"
        "experiment = runpages.Experiment(runpages.Workspace(root='runs'), 'scripts')\n"
        "config = runpages.ScriptRunConfig('.', 'train.py', sys.argv[1:2])\n"
        "time.sleep(max(0, float(sys.argv[2]) - time.time()))\n"
        "experiment.submit(config).wait_for_completion()\n"
    )
    at = str(time.time() + 1)
    started = [subprocess.Popen([sys.executable, "-c", program, name, at], cwd=tmp_path) for name in "abcd"]
    assert [process.wait(60) for process in started] == [0] * 4
    runs = list(experiment.get_runs())
    assert [run.status for run in runs] == ["Completed"] * 4
    assert sorted(run.number or 0 for run in runs) == [1, 2, 3, 4]
    logs = sorted(Path(run.folder, "logs", "std_log.txt").read_text() for run in runs)
    assert logs == ["".join(f"{name} {n}\n" for n in range(500)) for name in "abcd"]
    assert all(run.get_metrics() == {"n": list(range(500))} for run in runs)
