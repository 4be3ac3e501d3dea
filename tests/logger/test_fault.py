"""Disks that are full or read-only, files that may not grow, folders that vanish, clocks that go back."""

from __future__ import annotations

import errno
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runpages import Run, StorageError
from tests.format.limit import file_size
from tests.logger.calls import CALLS
from tests.logger.conftest import Script, Start, read, the_run
from tests.logger.disk import on_its_own_disk
from tests.logger.seen import seen

ON_A_DISK = """
import io, time, runpages
from pathlib import Path
from runpages.format.read import read_run
from tests.logger.calls import CALLS
from tests.logger.disk import mount, remount, room
from tests.logger.seen import seen
mount()
run = runpages.start('e', capture=False, root='disk/runs', outputs=False)
run.tag('before', 1)
run.upload_file('before.txt', io.BytesIO(b'before'))
"""

# --- a full disk -------------------------------------------------------------------------------------------

FULL = """
call = CALLS[{kind!r}]
if {kind!r} == 'define':
    run.log('x', 1)
before = seen('disk/runs')
for pages in range(20):
    with room(pages):
        try:
            call(run)
            break
        except runpages.StorageError as error:
            assert error.errno == 28 and 'disk is full' in str(error), error
            assert '/disk/runs/' in str(error), error
    assert seen('disk/runs') == before, pages
assert 0 < pages < 19, pages
assert seen('disk/runs') != before
run.complete()
for path in Path('disk/runs').glob('*/*/run.json'):
    assert read_run(str(path.parent), now=time.time()).problems == []
assert not list(Path('disk/runs').rglob('*.tmp'))
"""


@pytest.mark.parametrize("kind", CALLS)
def test_a_full_disk_refuses_a_call_whole_until_there_is_room(here: Path, kind: str) -> None:
    on_its_own_disk(here, ON_A_DISK + FULL.format(kind=kind))


MANY = """
run.log('x', 0)
run.log_row('table', k=0)
with room(1):
    try:
        {call}
    except runpages.StorageError as error:
        assert error.errno == 28
    else:
        raise AssertionError('there was room')
    assert len(read_run(run.folder, now=time.time()).problems) == 0
{call}
run.complete()
record = read_run(run.folder, now=time.time())
values = {seen}
assert values[-1000:] == list(range(10**9, 10**9 + 1000))
assert values[:-1000] == list(range(10**9, 10**9 + len(values) - 1000)), values
for problem in record.problems:
    line = Path(run.folder, problem.file).read_bytes().split(b'\\n')[problem.line - 1]
    assert line.endswith(b'\\x18'), problem
assert len(record.problems) == 1
"""


@pytest.mark.parametrize(
    ("call", "values"),
    [
        ("run.log_list('list', range(10**9, 10**9 + 1000))", "record.series['list'].values"),
        (
            "run.log_table('table', {'k': range(10**9, 10**9 + 1000)})",
            "[row['k'] for row in record.tables[0].rows][1:]",
        ),
    ],
)
def test_what_a_full_disk_took_of_many_lines_is_read_whole(here: Path, call: str, values: str) -> None:
    on_its_own_disk(here, ON_A_DISK + MANY.format(call=call, seen=values))


# --- a disk that is read-only ------------------------------------------------------------------------------

READ_ONLY = """
before = seen('disk/runs')
remount('ro')
for kind, call in CALLS.items():
    for _ in range(2):
        try:
            call(run)
        except runpages.StorageError as error:
            assert error.errno == 30 and 'read-only' in str(error) and '/disk/runs/' in str(error), error
        else:
            raise AssertionError(kind)
try:
    runpages.start('e', capture=False, root='disk/runs', outputs=False)
except runpages.StorageError as error:
    assert error.errno == 30 and 'read-only' in str(error), error
else:
    raise AssertionError('start')
assert seen('disk/runs') == before
remount('rw')
for kind, call in CALLS.items():
    call(run)
record = read_run(run.folder, now=time.time())
assert (record.status, record.problems) == ('Completed', [])
assert {'image', 'table', 'rows', 'list', 'x'} <= run.get_metrics().keys()
"""


def test_a_disk_that_became_read_only_refuses_every_call_and_says_so(here: Path) -> None:
    on_its_own_disk(here, ON_A_DISK + READ_ONLY)


# --- files that may not grow -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in CALLS if kind != "start"])
def test_a_file_that_may_not_grow_is_told_and_the_call_works_again(run: Run, kind: str) -> None:
    if kind == "define":
        run.log("x", 1)
    before = seen(run.experiment.workspace.root)
    with file_size(10), pytest.raises(StorageError) as told:
        CALLS[kind](run)
    assert told.value.errno in (errno.EFBIG, errno.ENOSPC)
    assert run.folder in str(told.value)
    assert seen(run.experiment.workspace.root) == before
    CALLS[kind](run)
    after = seen(run.experiment.workspace.root)
    assert after != before
    run.complete()
    assert [problem for problem in read(run.folder).problems if not void(run, problem.file, problem.line)] == []


def void(run: Run, file: str, line: int | None) -> bool:
    """Whether a line says of itself that the disk took Only part of the line of it."""
    assert line is not None
    return Path(run.folder, file).read_bytes().split(b"\n")[line - 1].endswith(b"\x18")


def test_a_start_whose_files_may_not_grow_leaves_no_run(start: Start, here: Path) -> None:
    with file_size(100), pytest.raises(StorageError):
        start()
    assert seen(here / "runs") == []
    run = start()
    assert [one["status"] for one in seen(here / "runs")] == ["Running"]
    assert run.number is not None


# --- a folder that is gone ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in CALLS if kind != "start"])
def test_a_run_whose_folder_is_gone_says_so_and_never_makes_it_again(run: Run, kind: str) -> None:
    shutil.rmtree(run.folder)
    for _ in range(2):
        with pytest.raises(StorageError, match="folder of the run no longer exists") as told:
            CALLS[kind](run)
        assert told.value.errno == errno.ENOENT
        assert run.folder in str(told.value)
        assert not Path(run.folder).exists()


@pytest.mark.parametrize("kind", ["log_image", "log_row", "log_text", "upload_file", "tag", "complete"])
def test_a_folder_that_is_gone_after_the_first_call_is_not_made_again(run: Run, kind: str) -> None:
    CALLS["log" if kind == "complete" else kind](run)
    shutil.rmtree(run.folder)
    with pytest.raises(StorageError, match="folder of the run no longer exists"):
        CALLS[kind](run)
    assert not Path(run.folder).exists()


# --- clocks ------------------------------------------------------------------------------------------------

MOMENTS = [1e9, 5e8, 2e9, 1.0, 1.5e9, 0.0, 1.5e9]


def test_a_clock_that_goes_back_changes_no_order_and_no_step(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for k, moment in enumerate(MOMENTS):
        monkeypatch.setattr("runpages.log._now", lambda moment=moment: moment)
        run.log("x", k)
        run.log({"y": k, "z": -k})
        run.log_list("list", [2 * k, 2 * k + 1])
    count = len(MOMENTS)
    assert run.get_metrics() == {
        "x": list(range(count)),
        "y": list(range(count)),
        "z": [-k for k in range(count)],
        "list": list(range(2 * count)),
    }
    series = read(run.folder).series
    assert series["x"].steps == list(range(count))
    assert series["list"].steps == list(range(2 * count))
    assert series["x"].times == MOMENTS


def test_a_run_that_ends_before_it_began_has_ended(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    run = start()
    began = read(run.folder).started
    assert began is not None
    monkeypatch.setattr("runpages.run._now", lambda: began - 3600)
    run.complete()
    record = read(run.folder)
    assert (record.status, record.started, record.ended) == ("Completed", began, began - 3600)
    assert record.problems == []


APART = """
import os, time, runpages, runpages.log
run = runpages.start('e', capture=False)
run.log('x', -1)
for rank, hours in enumerate((-1, 0, 1)):
    if os.fork() == 0:
        for k in range(300):
            back = 2 if k >= 150 else 0
            runpages.log._now = lambda: time.time() + 3600 * (hours - back)
            run.log('x', 1000 * rank + k)
        os._exit(0)
for _ in range(3):
    assert os.wait()[1] == 0
run.log('x', -2)
"""


def test_clocks_that_are_an_hour_apart_keep_the_order_of_each_writer(script: Script, here: Path) -> None:
    script(APART)
    record = the_run(here / "runs")
    values = [value for value in record.series["x"].values if isinstance(value, int)]
    assert len(values) == 902
    for rank in range(3):
        own = range(1000 * rank, 1000 * rank + 300)
        assert [value for value in values if value in own] == list(own)
    assert [value for value in values if value < 0] == [-1, -2]
    assert values.index(0) < values.index(-1) < values.index(1000) < values.index(-2) < values.index(2000)
    assert (record.status, record.problems) == ("Completed", [])


@pytest.mark.parametrize("call", [lambda run: run.log("x", 2), lambda run: run.log({"x": 2})])
def test_a_removed_folder_is_noticed_by_a_file_that_is_open(
    run: Run, monkeypatch: pytest.MonkeyPatch, call: Callable[[Run], None]
) -> None:
    run.log("x", 1)
    shutil.rmtree(run.folder)
    now = time.time()
    monkeypatch.setattr("runpages.log._now", lambda: now + 2)  # It is looked for once a second.
    for _ in range(2):
        with pytest.raises(StorageError, match="no longer exists"):
            call(run)
    assert not Path(run.folder).exists()


def test_images_of_one_writer_keep_their_order_though_the_clock_goes_back(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for now in (1e9, 5e8, 2e9):
        monkeypatch.setattr("runpages.media._now", lambda now=now: now)
        run.log_image("i", b'<svg xmlns="http://www.w3.org/2000/svg"/>')
    assert run.get_metrics("i") == {"i": ["images/i/0.svg", "images/i/1.svg", "images/i/2.svg"]}


def test_a_first_line_that_a_full_disk_refuses_leaves_no_empty_file(run: Run) -> None:
    with file_size(0), pytest.raises(StorageError):
        run.log_row("t", a=1)
    assert run.get_metrics() == {}
    run.log_row("t", a=2)
    assert run.get_metrics() == {"t": {"a": 2}}
