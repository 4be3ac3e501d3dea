"""Open files are bounded whatever the number of names, and the end of a run needs none that the script has taken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runpages.format.write import MOST_OPEN, RESERVED
from tests.logger.conftest import Script, the_run

COUNTED = """
import os, resource, sys, runpages
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

def opened():
    return len(os.listdir('/proc/self/fd'))

def fill():
    held = []
    try:
        for _ in range(100_000):
            held.append(os.open('/dev/null', os.O_RDONLY))
    except OSError:
        return held
"""

NAMES = """
before = opened()
run = runpages.start('e', capture=False)
for k in range(1100):
    run.log_histogram(f'h{k}', [1, 2, 3])
    run.log_row(f't{k}', a=k)
    run.log(f'm{k}', k)
    run.define(f'm{k}', unit='s')
for k in (0, 1099, 3):
    run.log_row(f't{k}', a=-k)
most = opened() - before
open(__file__).close()
run.flush(sync=True)
run.complete()
print(most, opened() - before)
"""


@pytest.mark.parametrize("limit", ["1024", "64"])
def test_a_thousand_names_keep_a_bounded_number_of_files_open(script: Script, here: Path, limit: str) -> None:
    most, left = script(COUNTED + NAMES, limit).stdout.split()
    # The points of the run have a descriptor of their own.
    assert int(most) <= MOST_OPEN + RESERVED + 1
    assert int(left) == 0
    record = the_run(here / "runs")
    assert (record.status, record.problems) == ("Completed", [])
    assert {chart.name for chart in record.charts} == {f"h{k}" for k in range(1100)}
    rows = {table.name: [row["a"] for row in table.rows] for table in record.tables}
    assert rows == {f"t{k}": [k, -k] if k in (0, 1099, 3) else [k] for k in range(1100)}
    assert {series.declared.unit for series in record.series.values()} == {"s"}


RUNS = """
parent = runpages.start('e', capture=False)
children = [parent.child_run() for _ in range(8)]
for turn in range(3):
    for child in children:
        for k in range(40):
            child.log_row(f't{k}', turn=turn)
before = opened()
for child in children:
    child.complete()
parent.complete()
print(before)
"""


def test_the_bound_is_one_for_all_runs_of_a_process(script: Script, here: Path) -> None:
    assert int(script(COUNTED + RUNS, "64").stdout) <= 3 + 1 + MOST_OPEN + RESERVED
    folders = [path.parent for path in (here / "runs").glob("e/*/tables")]
    assert len(folders) == 8
    for folder in folders:
        for k in range(40):
            rows = (folder / "tables" / f"t{k}.jsonl").read_text().splitlines()
            assert [json.loads(row)["turn"] for row in rows] == [0, 1, 2]


def test_files_of_records_make_room_for_other_calls(script: Script, here: Path) -> None:
    script(
        COUNTED + """
run = runpages.start('e', capture=False)
import unicodedata
for k in range(5):
    run.log_row(f't{k}', a=k)
held = fill()
run.tag('a', 'b')           # replaces a document
run.log_row('t0', a=9)      # opens a file that was closed
run.log('x', 1)             # opens the file of points
run.log_row('t1', a=9)
"""
        "os.write(2, b'x') and [run.upload_file(f'u{k}', '/proc/self/stat') for k in range(2)]\n",
        "64",
    )
    record = the_run(here / "runs")
    assert (record.tags, record.series["x"].values, record.status) == ({"a": "b"}, [1], "Completed")
    assert [[row["a"] for row in table.rows] for table in record.tables] == [[0, 9], [1, 9], [2], [3], [4]]


ENDS = {
    "run.complete()": (0, "Completed", None),
    "": (0, "Completed", None),
    "sys.exit(3)": (3, "Failed", "sys.exit(3)"),
    "raise ValueError('of the script')": (1, "Failed", "of the script"),
    "run.cancel()": (0, "Canceled", None),
    "os.kill(os.getpid(), 15)": (-15, "Canceled", None),
    "with run: raise ValueError('of the block')": (1, "Failed", "of the block"),
}
PREPARED = """
run = runpages.start('e', capture=False)
for k in range({names}):
    run.log_row(f't{{k}}', a=k)
    run.log('x', k)
os.makedirs('outputs/a')
for name in ('b', 'é'):
    open('outputs/a/' + name, 'w').close()
"""


@pytest.mark.parametrize("names", [0, 3])
@pytest.mark.parametrize("end", ENDS)
def test_a_run_ends_when_all_descriptors_are_in_use(script: Script, here: Path, end: str, names: int) -> None:
    code, status, message = ENDS[end]
    script(COUNTED + PREPARED.format(names=names) + "held = fill()\n" + end, "100", code=code)
    record = the_run(here / "runs")
    assert (record.status, record.error.message if record.error else None) == (status, message)
    assert record.ended is not None
    assert [file.name for file in record.artifacts] == ["outputs/a/b", "outputs/a/é"]
    if message and "of the" in message:
        assert record.error is not None
        assert "Traceback" in (record.error.traceback or "")


def test_the_last_of_several_runs_ends_as_well(script: Script, here: Path) -> None:
    ends = "[child.complete() for child in children]\nheld += fill()\nparent.fail(ValueError('at last'))"
    begun = "parent = runpages.start('e', capture=False)\nchildren = [parent.child_run() for _ in range(3)]\n"
    script(COUNTED + begun + "held = fill()\n" + ends, "64")
    words = [json.loads(path.read_text())["status"] for path in (here / "runs").glob("e/*/run.json")]
    assert sorted(words) == ["Completed"] * 3 + ["Failed"]


@pytest.mark.parametrize("end", ENDS)
def test_a_run_ends_when_nothing_can_be_imported_any_more(script: Script, here: Path, end: str) -> None:
    """As when the environment that a script runs in was removed or replaced meanwhile."""
    code, status, message = ENDS[end]
    gone = "sys.path[:], sys.meta_path[:] = [], []\nsys.path_importer_cache.clear()\n"
    script(COUNTED + PREPARED.format(names=1) + gone + end, "1024", code=code)
    record = the_run(here / "runs")
    assert (record.status, record.error.message if record.error else None) == (status, message)
    assert [file.name for file in record.artifacts] == ["outputs/a/b", "outputs/a/é"]


def test_a_process_that_has_no_descriptor_left_at_the_start_still_ends_its_run(script: Script, here: Path) -> None:
    text = """
run = runpages.start('e', capture=False, outputs=False)
run.log_row('t', a=1)  # All that the call needs is loaded.
run.complete()
held = fill()
for number in (held.pop(), held.pop()):
    os.close(number)
run = runpages.start('e', capture=False, outputs=False)
held += fill()
run.log_row('t', a=1)
"""
    done = script(COUNTED + text, "64", code=1)
    assert "Too many open files. Close some" in done.stderr
    words = [json.loads(path.read_text())["status"] for path in (here / "runs").glob("e/*/run.json")]
    assert sorted(words) == ["Completed", "Failed"]


def test_a_forked_child_opens_files_of_its_own(script: Script, here: Path) -> None:
    script(
        COUNTED
        + """
run = runpages.start('e', capture=False)
for k in range(40):
    run.log_row(f't{k}', who='parent')
before = opened()
child = os.fork()
if child == 0:
    assert opened() <= 4
    for k in range(40):
        run.log_row(f't{k}', who='child')
    os._exit(opened() > before)
assert os.waitpid(child, 0)[1] == 0
for k in range(40):
    run.log_row(f't{k}', who='parent')
""",
        "64",
    )
    record = the_run(here / "runs")
    assert {table.name: [row["who"] for row in table.rows] for table in record.tables} == {
        f"t{k}": ["parent", "parent", "child"] for k in range(40)
    }


def test_threads_that_log_to_many_names_lose_no_row(script: Script, here: Path) -> None:
    script(
        COUNTED
        + """
import threading
runs = [runpages.start('e', capture=False, outputs=False, name=str(k)) for k in range(2)]
def work(run, rank):
    for k in range(600):
        run.log_row(f'{k % 60}', rank=rank, k=k)
threads = [threading.Thread(target=work, args=(run, rank)) for run in runs for rank in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
""",
        "64",
    )
    for folder in [path.parent for path in (here / "runs").glob("e/*/tables")]:
        found = [
            tuple(json.loads(line).values())
            for path in (folder / "tables").iterdir()
            for line in path.read_text().splitlines()
        ]
        assert sorted(found) == [(rank, k) for rank in range(2) for k in range(600)]


CLOSED = """
import os, runpages
run = runpages.start('e', capture=False)
run.log('loss', 1)
run.log_row('t', a=1)
os.closerange(3, 1024)
own = [open(f'own{k}', 'w') for k in range(50)]
run.log('loss', 2)
run.log_row('t', a=2)
run.complete()
for file in own:
    file.write('mine')
    file.close()
print({open(f'own{k}').read() for k in range(50)})
"""


def test_files_that_take_the_numbers_of_closed_descriptors_get_no_lines(script: Script, here: Path) -> None:
    assert script(CLOSED).stdout.strip() == "{'mine'}"
    record = the_run(here / "runs")
    assert record.series["loss"].values == [1, 2]
    assert [row["a"] for row in record.tables[0].rows] == [1, 2]
