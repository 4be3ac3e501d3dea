"""Several processes that write one run: nothing is lost, nothing is torn, and the owner has the last word."""

from __future__ import annotations

from pathlib import Path

import pytest

import runpages
from runpages._state import Steps
from tests.logger.conftest import Script, read, runs, the_run

START = """
import os, signal, sys, time, runpages
run = runpages.start('e', capture=False)

def forked(work, *arguments):
    child = os.fork()
    if child == 0:
        work(*arguments)
        os._exit(0)
    return child

def waited(*children):
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
"""


# --- every call is there -----------------------------------------------------------------------------------

POINTS = """
def work(rank):
    for k in range(5000):
        run.log('x', 5000 * rank + k)
waited(*[forked(work, rank) for rank in range(4)])
"""


def test_four_processes_lose_none_of_twenty_thousand_points(script: Script, here: Path) -> None:
    script(START + POINTS)
    record = the_run(here / "runs")
    values = [value for value in record.series["x"].values if isinstance(value, int)]
    assert sorted(values) == list(range(20_000))
    for rank in range(4):
        own = [value for value in values if value // 5000 == rank]
        assert own == sorted(own)
    assert (record.status, record.problems, len(record.series)) == ("Completed", [], 1)


EVERY_KIND = """
from tests.logger.kill import picture
run.tag('parent', 'before')
def work(rank):
    for k in range(20):
        run.tag(f'{rank} {k}', k)
        run.log_params({f'{rank}': {'k': k}})
        run.log_image('pictures', picture(k), caption=f'{rank} {k}')
        run.log_row('rows', rank=rank, k=k)
        run.log_list(f'list {rank}', [k])
        run.log_confusion_matrix('matrix', [[rank, k], [k, rank]])
        run.upload_file(f'{rank}/{k}.txt', __file__)
waited(*[forked(work, rank) for rank in range(4)])
run.tag('parent', 'after')
"""


def test_what_four_processes_log_of_every_kind_is_all_there(
    script: Script, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent.parent))
    script(START + EVERY_KIND)
    record = the_run(here / "runs")
    pairs = [(rank, k) for rank in range(4) for k in range(20)]
    assert record.tags == {"parent": "after", **{f"{rank} {k}": str(k) for rank, k in pairs}}
    assert record.params == {f"{rank}": {"k": 19} for rank in range(4)}
    assert sorted((row["rank"], row["k"]) for row in record.tables[0].rows) == pairs
    assert sorted(tuple(chart.data["matrix"][0]) for chart in record.charts) == pairs
    assert sorted(image.caption or "" for image in record.images) == sorted(f"{rank} {k}" for rank, k in pairs)
    assert len({image.file for image in record.images}) == 80
    assert not any(image.missing for image in record.images)
    assert {file.name for file in record.artifacts} == {f"{rank}/{k}.txt" for rank, k in pairs}
    assert [record.series[f"list {rank}"].values for rank in range(4)] == [list(range(20))] * 4
    assert record.problems == []


# --- who came last -----------------------------------------------------------------------------------------

TAGGED = """
def tick():
    # The times of changes are in milliseconds.
    now = time.time()
    for _ in range(1_000_000_000):
        if time.time() > now + 0.002:
            return
def work(rank):
    run.tag('who', rank)
    run.log_params({'who': rank, f'{rank}': True})
for rank in range(5):
    waited(forked(work, rank))
    tick()
run.tag('parent', run.get_tags()['who'])
"""


@pytest.mark.parametrize(("last", "who"), [("", "4"), ("run.tag('who', 'parent')", "parent")])
def test_the_last_by_time_wins_a_tag_or_a_parameter(script: Script, here: Path, last: str, who: str) -> None:
    script(START + TAGGED + last)
    record = the_run(here / "runs")
    assert record.tags == {"who": who, "parent": "4"}
    assert record.params == {"who": 4, **{f"{rank}": True for rank in range(5)}}
    assert record.problems == []


INTERLEAVED = """
def work(rank):
    for k in range(rank, 3000, 3):
        run.log('x', k, timestamp=1e9 + k)
children = [forked(work, rank) for rank in (1, 2)]
work(0)
waited(*children)
"""


def test_the_points_of_parent_and_children_are_merged_by_their_time(script: Script, here: Path) -> None:
    script(START + INTERLEAVED)
    (folder,) = runs(here / "runs")
    record = read(folder)
    assert record.series["x"].values == list(range(3000))
    assert len(list(folder.glob("metrics*.csv"))) == 3
    assert record.problems == []


TURNS = """
there, back = os.pipe(), os.pipe()
def work():
    for k in range(1, 200, 2):
        assert os.read(there[0], 1)
        run.log('x', k)
        run.log_row('rows', k=k)
        os.write(back[1], b'!')
child = forked(work)
for k in range(0, 200, 2):
    run.log('x', k)
    run.log_row('rows', k=k)
    os.write(there[1], b'!')
    assert os.read(back[0], 1)
waited(child)
assert sorted(run.get_metrics('x')['x']) == list(range(200))
"""


def test_a_parent_and_a_child_that_take_turns_both_count_on(script: Script, here: Path) -> None:
    script(START + TURNS)
    record = the_run(here / "runs")
    values = [value for value in record.series["x"].values if isinstance(value, int)]
    for mine in (0, 1):
        assert [value for value in values if value % 2 == mine] == list(range(mine, 200, 2))
    steps = record.series["x"].steps
    # The child was forked before the first point, so both count from 0.
    assert sorted(steps) == sorted([*range(100), *range(100)])
    assert [row["k"] for row in record.tables[0].rows] == [*range(0, 200, 2), *range(1, 200, 2)]


# --- ends --------------------------------------------------------------------------------------------------

TERMINATED = """
told, tell = os.pipe()
def work():
    for k in range(1_000_000_000):
        run.log('x', k)
        os.write(tell, b'!')
child = forked(work)
os.close(tell)
count = 0
while count < {after}:
    more = os.read(told, 1000)
    assert more
    count += len(more)
os.kill(child, signal.{name})
assert os.waitpid(child, 0)[1] == signal.{name}
while more := os.read(told, 1 << 16):
    count += len(more)
run.log('y', count)
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
@pytest.mark.parametrize("after", [1, 200, 5000])
def test_a_worker_that_is_terminated_takes_nothing_with_it(script: Script, here: Path, name: str, after: int) -> None:
    script(START + TERMINATED.format(name=name, after=after))
    (folder,) = runs(here / "runs")
    record = read(folder)
    [count] = record.series["y"].values
    values = record.series["x"].values
    assert isinstance(count, int)
    assert count >= after
    assert count <= len(values) <= count + 1
    assert values == list(range(len(values)))
    assert record.status == "Completed"
    # A line may be cut by the kill where it crosses a page; the worker never returned from that call.
    [own] = folder.glob("metrics.*.csv")
    end = own.read_bytes()
    cut = [] if end.endswith(b"\n") else [(own.name, end.count(b"\n") + 1)]
    assert [(problem.file, problem.line) for problem in record.problems] == cut


OUTLIVED = """
alive, living = os.pipe()
def work():
    os.close(living)
    assert os.read(alive, 1) == b''  # The parent is gone.
    run.log('x', 2)
    run.log_row('rows', a=1)
    run.tag('child', 'was here')
    run.upload_file('child.txt', __file__)
    {last}
forked(work)
run.log('x', 1)
{end}
"""


@pytest.mark.parametrize("last", ["os._exit(0)", "sys.exit(3)", "raise ValueError", "os.kill(os.getpid(), 15)"])
@pytest.mark.parametrize(
    ("end", "code", "status"),
    [("", 0, "Completed"), ("run.fail('by hand')", 0, "Failed"), ("sys.exit(4)", 4, "Failed"), ("1 / 0", 1, "Failed")],
)
def test_a_child_that_outlives_its_parent_logs_on_and_ends_nothing(
    script: Script, here: Path, last: str, end: str, code: int, status: str
) -> None:
    script(START + OUTLIVED.format(last=last, end=end), code=code)
    record = the_run(here / "runs")
    assert (record.status, record.error is None) == (status, status == "Completed")
    assert record.ended is not None
    assert record.series["x"].values == [1, 2]
    assert (record.tables[0].rows, record.tags) == ([{"a": 1}], {"child": "was here"})
    assert [file.name for file in record.artifacts] == ["child.txt"]
    assert record.problems == []


def test_an_owner_notes_many_changes_in_one_file(script: Script, here: Path) -> None:
    script(
        "import os, runpages\n"
        "run = runpages.start('e', capture=False)\n"
        "child = os.fork()\n"
        "if child == 0:\n    run.tag('child')\n    os._exit(0)\n"
        "os.waitpid(child, 0)\n"
        "for k in range(300): run.tag('k', k)"
    )
    (folder,) = runs(here / "runs")
    assert len(list(folder.glob("changes.*.jsonl"))) == 2
    assert read(folder).tags == {"child": None, "k": "299"}


def test_a_forked_child_counts_on_after_a_given_step_by_a_lock_of_its_own(here: Path) -> None:
    run = runpages.start("e", capture=False)
    run.log("x", 1, step=5)
    _, steps = run._heads["x"]
    assert isinstance(steps, Steps)
    lock = steps.lock
    run._forked()  # What the child of a fork calls: a lock that a thread of the parent held is never released there.
    assert steps.lock is not lock
    run.log("x", 2)
    assert the_run(here / "runs").series["x"].steps == [5, 6]
