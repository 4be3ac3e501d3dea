"""Coming to a run from other processes and again: by its folder, by pickling, and after its end."""

from __future__ import annotations

import copy
import gc
import json
import os
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import runpages
from runpages import Run, UserError
from runpages.format import status
from tests.logger.conftest import Script, Start, contents, read, the_run


def files(folder: str, pattern: str = "*") -> list[Path]:
    return sorted(Path(folder).glob(pattern))


def passes(folder: str) -> list[dict[str, object]]:
    """The lines by which processes went on with a run."""
    lines = [json.loads(line) for path in files(folder, "changes.*.jsonl") for line in path.read_text().splitlines()]
    return [line for line in lines if line.get("status") == "Running" and "owner" in line]


# --- again and again ---------------------------------------------------------------------------------------


def test_ten_thousand_resumes_leave_one_set_of_files_and_no_descriptors(start: Start) -> None:
    folder = start().folder

    def task(number: int) -> None:
        with runpages.resume(folder) as run:
            run.log("x", number)

    task(0)
    task(1)
    before = len(os.listdir("/proc/self/fd"))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(task, range(2, 1000)))
    assert len({id(runpages.resume(folder)) for _ in range(9000)}) == 1
    assert len(os.listdir("/proc/self/fd")) <= before + 1
    assert [path.name.split(".")[0] for path in files(folder)] == ["metrics", "run"]
    record = read(folder)
    assert record.status == "Running"
    assert sorted(record.series["x"].values) == sorted(record.series["x"].steps) == list(range(1000))  # type: ignore[type-var]


def test_runs_that_are_looked_up_by_turns_share_files_and_descriptors(run: Run) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for number in range(100):
        Run(run.experiment, run.id).log("x", number)
        run.experiment.workspace.get_run(run.id).tag(f"{number}")
    assert len(os.listdir("/proc/self/fd")) <= before + 2
    assert len(files(run.folder, "metrics.*")) == len(files(run.folder, "changes.*")) == 1
    record = read(run.folder)
    assert (record.series["x"].steps, len(record.tags), record.problems) == (list(range(100)), 100, [])


def test_runs_that_are_looked_up_at_one_time_have_files_of_their_own(run: Run) -> None:
    several = [Run(run.experiment, run.id) for _ in range(3)]
    for number, one in enumerate(several):
        one.log("x", number)
    assert len(files(run.folder, "metrics.*")) == 3
    assert set(read(run.folder).series["x"].values) == {0, 1, 2}


def test_a_dropped_run_closes_no_descriptor_that_is_another_files_by_now(run: Run, here: Path) -> None:
    guest = Run(run.experiment, run.id)
    guest.log("x", 1)
    number = guest._fd
    with open(here / "other", "w") as other:
        os.dup2(other.fileno(), number)
    del guest
    gc.collect()
    os.write(number, b"kept")
    os.close(number)
    assert (here / "other").read_text() == "kept"


def test_a_run_that_ends_and_goes_on_many_times_has_one_writer(run: Run) -> None:
    run.complete()
    for number in range(50):
        with runpages.resume(run.folder) as again:
            again.log("x", number)
        assert again.status == "Completed"
    assert len(files(run.folder, "metrics.*")) == len(files(run.folder, "changes.*")) == 1
    times = [line["time"] for line in passes(run.folder)]
    assert len(times) == 50 and times == sorted(times)  # type: ignore[type-var]
    record = read(run.folder)
    assert (record.series["x"].steps, record.status, record.problems) == (list(range(50)), "Completed", [])


def test_a_block_in_a_block_of_one_run_ends_it_once(run: Run) -> None:
    run.complete()
    with runpages.resume(run.folder) as outer:
        with runpages.resume(run.folder) as inner:
            inner.log("x", 1)
        assert (outer.status, inner is outer) == ("Running", False)
        outer.log("x", 2)
    assert read(run.folder).status == "Completed"
    assert len(passes(run.folder)) == 1


def test_of_many_threads_one_goes_on_with_a_run(run: Run) -> None:
    run.complete()
    together = threading.Barrier(8)

    def come(_: int) -> Run:
        together.wait()
        return runpages.resume(run.folder)

    with ThreadPoolExecutor(8) as pool:
        came = list(pool.map(come, range(8)))
    assert len(passes(run.folder)) == 1
    assert len({id(one) for one in came}) == 2
    next(one for one in came if one._state.ends).complete()


MANY = """
import os, sys, runpages
begin, came, end = os.pipe(), os.pipe(), os.pipe()
children = []
for _ in range(6):
    if not (child := os.fork()):
        os.read(begin[0], 1)
        run = runpages.resume(sys.argv[1])
        run.log('x', 1)
        os.write(came[1], b'.')
        os.read(end[0], 1)  # One that came after the end would go on with the run again.
        sys.exit()
    children.append(child)
os.write(begin[1], b'.' * 6)
for _ in children:
    os.read(came[0], 1)
os.write(end[1], b'.' * 6)
assert [os.waitpid(child, 0)[1] for child in children] == [0] * 6
"""


def test_of_many_processes_one_goes_on_with_a_run_and_ends_it(script: Script, run: Run) -> None:
    run.complete()
    script(MANY, run.folder)
    assert len(passes(run.folder)) == 1
    record = read(run.folder)
    assert (record.status, record.series["x"].values, record.problems) == ("Completed", [1] * 6, [])
    assert files(run.folder, ".*") == []


@pytest.mark.parametrize(("owner", "goes_on"), [({"pid": 2**22 + 1}, True), ({}, False)])
def test_a_claim_that_was_left_behind_is_taken(run: Run, owner: dict[str, int], goes_on: bool) -> None:
    run.complete()
    Path(run.folder, ".resume.tmp").write_text(json.dumps({**status.owner(), **owner}))
    again = runpages.resume(run.folder)
    assert again._state.ends is goes_on
    again.complete() if goes_on else Path(run.folder, ".resume.tmp").unlink()


@pytest.mark.parametrize(("age", "goes_on"), [(3600, True), (0, False)])
@pytest.mark.parametrize("text", ['{"host": "elsewhere"}', ""])
def test_a_claim_of_another_machine_counts_for_a_minute(run: Run, text: str, age: float, goes_on: bool) -> None:
    run.complete()
    claim = Path(run.folder, ".resume.tmp")
    claim.write_text(text)
    os.utime(claim, (os.stat(claim).st_mtime - age,) * 2)
    again = runpages.resume(run.folder)
    assert again._state.ends is goes_on
    again.complete() if goes_on else claim.unlink()


# --- pickled -----------------------------------------------------------------------------------------------


def test_a_run_that_is_pickled_or_copied_is_itself_in_its_process(run: Run) -> None:
    assert pickle.loads(pickle.dumps({"run": run}))["run"] is run
    assert copy.copy(run) is copy.deepcopy([run])[0] is run
    run.complete()
    assert pickle.loads(pickle.dumps(run)) is run
    assert len(pickle.dumps(run)) < 300
    assert list(contents(run.folder)) == ["run.json"]


PASSED = """
import multiprocessing, pickle, sys, runpages
from concurrent.futures import ProcessPoolExecutor

def work(run, value):
    with run:
        run.log('x', value)
        run.tag('by', value)
    assert pickle.loads(pickle.dumps(run)) is run and runpages.resume(run.folder) is run
    return run

if __name__ == '__main__':
    for method in ('fork', 'spawn'):
        with runpages.start('e', capture=False) as run:
            with ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool:
                assert set(pool.map(work, [run] * 100, range(100), chunksize=10)) == {run}
        print(run.folder)
"""


def test_a_run_that_is_passed_to_workers_is_a_guest_there(script: Script) -> None:
    for folder in script(PASSED).stdout.split():
        record = read(folder)
        assert sorted(record.series["x"].values) == list(range(100))  # type: ignore[type-var]
        assert (record.status, record.problems) == ("Completed", [])
        assert len(files(folder, "metrics.*")) <= 2


def test_a_pickled_run_that_has_ended_stays_so(script: Script, run: Run, here: Path) -> None:
    run.complete()
    (here / "run.pickle").write_bytes(pickle.dumps(run))
    script(
        "import pickle\nrun = pickle.load(open('run.pickle', 'rb'))\nrun.tag('seen')\nassert run.status == 'Completed'"
    )
    assert passes(run.folder) == []
    assert read(run.folder).tags == {"seen": None}


def test_a_pickled_run_without_its_folder_says_what_to_do(script: Script, run: Run, here: Path) -> None:
    data = pickle.dumps(run)
    (here / "run.pickle").write_bytes(data)
    os.rename(run.folder, here / "elsewhere")
    done = script("import pickle\npickle.load(open('run.pickle', 'rb'))", code=1)
    assert "a disk that both can read" in done.stderr
    assert pickle.loads(data) is run
    del run
    os.rename(here / "elsewhere", pickle.loads(data).folder)


# --- forks -------------------------------------------------------------------------------------------------

GUESTS = """
import os, sys, runpages
from runpages import Run
joined = runpages.resume(sys.argv[1])
taken = Run(joined.experiment, joined.id)
Run(joined.experiment, joined.id).log('x', 'parent')
for run in (joined, taken):
    run.log('x', 'parent')
if not os.fork():
    assert runpages.resume(sys.argv[1]) is joined
    for run in (joined, taken):
        run.log('x', 'child')
    Run(joined.experiment, joined.id).log('x', 'child')
    os._exit(0)
os.wait()
"""


def test_a_guest_that_is_forked_writes_files_of_its_own(script: Script, run: Run) -> None:
    script(GUESTS, run.folder)
    kept = [path.read_text().count("parent") * 10 + path.read_text().count("child") for path in files(run.folder, "m*")]
    assert sorted(kept) == [1, 1, 1, 10, 10, 10]
    assert read(run.folder).problems == []


# --- who goes on with it -----------------------------------------------------------------------------------

COMES = "import sys, runpages\nrun = runpages.resume(sys.argv[1])\nrun.log('x', 1)\nprint(run._state.ends)"
RESTARTED = {"SLURM_RESTART_COUNT": "1", "SLURM_JOB_ID": "7"}


def elsewhere(run: Run, **owner: object) -> None:
    """Make the document say that the run goes on on another machine, and wrote something just now."""
    run.complete()
    document = json.loads(Path(run.folder, "run.json").read_text())
    document.update(status="Running", ended=None, owner={"host": "elsewhere", "pid": 7, **owner})
    Path(run.folder, "run.json").write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("said", "goes_on"),
    [
        ({}, False),
        (RESTARTED, True),
        ({**RESTARTED, "SLURM_PROCID": "0", "SLURM_NTASKS": "2"}, True),
        ({**RESTARTED, "SLURM_PROCID": "1", "SLURM_NTASKS": "2"}, False),
        ({"SLURM_RESTART_COUNT": "0", "SLURM_JOB_ID": "7"}, False),
        ({"TORCHELASTIC_RESTART_COUNT": "2", "TORCHELASTIC_RUN_ID": "a", "RANK": "0", "WORLD_SIZE": "4"}, True),
    ],
)
def test_a_job_that_was_started_anew_elsewhere_goes_on_with_its_run(
    script: Script, run: Run, monkeypatch: pytest.MonkeyPatch, said: dict[str, str], goes_on: bool
) -> None:
    elsewhere(run)
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    assert script(COMES, run.folder).stdout == f"{goes_on}\n"
    assert len(passes(run.folder)) == goes_on
    assert read(run.folder).status == ("Completed" if goes_on else "Running")


def test_what_one_restart_has_taken_it_only_joins(script: Script, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere(run, restart="SLURM_JOB_ID=7 restart=1")
    for name, value in RESTARTED.items():
        monkeypatch.setenv(name, value)
    assert script(COMES, run.folder).stdout == "False\n"


@pytest.mark.parametrize(("rank", "owned_by", "goes_on"), [("0", None, True), ("3", None, False), ("3", 3, True)])
def test_of_several_ranks_the_first_goes_on_or_the_one_that_began(
    script: Script, run: Run, monkeypatch: pytest.MonkeyPatch, rank: str, owned_by: int | None, goes_on: bool
) -> None:
    elsewhere(run, pid=7, rank=owned_by)
    path = Path(run.folder, "run.json")
    path.write_text(path.read_text().replace('"Running"', '"Failed"'))
    monkeypatch.setenv("RANK", rank)
    monkeypatch.setenv("WORLD_SIZE", "4")
    assert script(COMES, run.folder).stdout == f"{goes_on}\n"


def test_an_owner_records_its_rank_and_its_restart(script: Script, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**RESTARTED, "RANK": "2", "WORLD_SIZE": "3"}.items():
        monkeypatch.setenv(name, value)
    script("import runpages\nrunpages.start('e', capture=['host'])")
    owner = the_run(here / "runs").owner
    assert (owner["rank"], owner["restart"]) == (2, "SLURM_JOB_ID=7 restart=1")


def test_a_run_that_is_yet_to_start_is_only_joined(run: Run) -> None:
    (child,) = run.create_children(1)
    assert runpages.resume(child.folder)._state.ends is False
    with child:
        child.log("x", 1)
    assert (child.status, read(child.folder).status) == ("Completed", "Completed")


def test_a_folder_that_is_no_run_is_refused(here: Path) -> None:
    with pytest.raises(UserError, match="has no run"):
        runpages.resume(here / "nothing")
