"""Writes that the disk takes in part or not at all: what a call acknowledged is read, and the next call goes on."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

import runpages
from runpages import ConflictError, StorageError, _writer
from runpages._begin import run_number
from runpages.format.write import MOST_OPEN
from tests.format.limit import file_size
from tests.logger.conftest import Start, definitions, read
from tests.logger.disk import on_its_own_disk

LINE = len("x,1,1767225601.000,0.25,\n")


@pytest.mark.parametrize("room", range(LINE))
def test_a_point_of_which_the_disk_takes_a_part_is_refused_and_the_next_is_whole(start: Start, room: int) -> None:
    run = start(outputs=False)
    run.log("x", 0.5, timestamp=1767225600)
    size = os.path.getsize(f"{run.folder}/metrics.csv")
    with file_size(size + room), pytest.raises(StorageError) as told:
        run.log("x", 0.25, timestamp=1767225601)
    assert told.value.errno == (errno.ENOSPC if room else errno.EFBIG)
    run.log("x", 0.125, timestamp=1767225602)
    run.log("x", 2, timestamp=1767225603)
    record = read(run.folder)
    assert record.series["x"].values == [0.5, 0.125, 2]
    torn = [(problem.line, problem.action) for problem in record.problems]
    assert torn == ([(3, "Line skipped")] if room else [])


def test_a_start_that_the_disk_refuses_leaves_nothing_and_can_be_repeated(start: Start, here: Path) -> None:
    with file_size(0), pytest.raises(StorageError):
        start()
    assert not list((here / "runs").rglob("*"))
    parent = start(outputs=False)
    with file_size(0):
        with pytest.raises(StorageError):
            parent.child_run(run_id="mine")
        with pytest.raises(StorageError):
            start(outputs=False)
        with pytest.raises(StorageError):
            start("other")
    assert not (here / "runs" / "other").exists()
    left = {path.name for path in Path(parent.folder).parent.iterdir()}
    assert left == {".runpages", "experiment.json", parent.id}
    assert parent.child_run(run_id="mine").id == "mine"


def test_a_workspace_below_a_file_cannot_be_made(here: Path) -> None:
    (here / "a file").write_text("")
    with pytest.raises(StorageError, match="Part of the path is a file"):
        runpages.Workspace.create("lab", root=here / "a file" / "runs")


FULL = """
from tests.logger.disk import mount, room
import os, random, runpages
from runpages.format.read import read_run
mount()
run = runpages.start('e', root='disk/runs', capture=False, outputs=False)
kept, chance = [], random.Random(1)
run.log('x', -1)
refused = 0
for turn in range(40):
    with room(chance.randrange(3)):
        for k in range(1000):
            value = chance.random()
            try:
                run.log('x', value)
            except runpages.StorageError:
                refused += 1
                break
            kept.append(value)
    value = chance.random()
    run.log('x', value)
    kept.append(value)
run.complete()
record = read_run(run.folder, now=0)
assert record.series['x'].values == [-1, *kept], (len(kept), len(record.series['x'].values))
assert refused == 40
# Pages end within lines, so most refusals left a part, which is reported; the last problem counts those not listed.
assert len(record.problems) > 5, record.problems
assert all('nly part of the line' in problem.message for problem in record.problems[:-1]), record.problems
"""


def test_a_disk_that_is_full_again_and_again_loses_no_acknowledged_point(here: Path) -> None:
    on_its_own_disk(here, FULL)


# --- descriptors that a script closed ------------------------------------------------------------------------


def closed_behind(run: runpages.Run) -> None:
    """Close what the run has open, as a script does that becomes a daemon."""
    for number in map(int, os.listdir("/proc/self/fd")):
        try:
            if os.readlink(f"/proc/self/fd/{number}").startswith(run.folder):
                os.close(number)
        except OSError:
            continue


@pytest.mark.parametrize("sync", [False, True])
def test_a_run_goes_on_after_the_script_closed_its_descriptors(run: runpages.Run, sync: bool) -> None:
    run.log("x", 1)
    run.log_row("t", a=1)
    closed_behind(run)
    if sync:
        run.flush(sync=True)
    run.log("x", 2, timestamp=1e10)  # Late enough to look whether the file is still there.
    run.log_row("t", a=2)
    closed_behind(run)
    run.complete()
    record = read(run.folder)
    assert (record.series["x"].values, record.tables[0].rows) == ([1, 2], [{"a": 1}, {"a": 2}])
    assert record.status == "Completed"


def test_a_file_that_the_script_closed_gives_way_to_another(run: runpages.Run) -> None:
    run.log_row("t", a=1)
    closed_behind(run)
    for k in range(MOST_OPEN):
        run.log_row(f"t{k}", a=k)
    run.log_row("t", a=2)
    tables = {table.name: [row["a"] for row in table.rows] for table in read(run.folder).tables}
    assert tables == {"t": [1, 2], **{f"t{k}": [k] for k in range(MOST_OPEN)}}


def test_a_folder_that_is_gone_is_reported_after_the_script_closed_its_descriptors(run: runpages.Run) -> None:
    run.log("x", 1)
    run.log_row("t", a=1)
    closed_behind(run)
    Path(run.folder).rename("moved")
    with pytest.raises(StorageError, match="The folder of the run no longer exists"):
        run.log("x", 2)
    with pytest.raises(StorageError, match="The folder of the run no longer exists"):
        run.log_row("t", a=2)
    Path("moved").rename(run.folder)


# --- the end of many names -----------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [MOST_OPEN + 3, 2 * MOST_OPEN + 3])
def test_files_that_were_closed_are_synced_as_well(
    run: runpages.Run, monkeypatch: pytest.MonkeyPatch, names: int
) -> None:
    for k in range(names):
        run.log_row(f"t{k}", a=k)
    synced: set[str] = set()
    real, everything = os.fsync, os.sync

    def fsync(fd: int) -> None:
        synced.add(os.path.basename(os.readlink(f"/proc/self/fd/{fd}")))
        real(fd)

    def sync() -> None:
        synced.update(f"t{k}.jsonl" for k in range(names))
        everything()

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "sync", sync)
    run.flush(sync=True)
    assert synced >= {f"t{k}.jsonl" for k in range(names)}


def test_a_file_that_was_removed_needs_no_sync(run: runpages.Run) -> None:
    for k in range(MOST_OPEN + 1):
        run.log_row(f"t{k}", a=k)
    Path(run.folder, "tables/t0.jsonl").unlink()
    run.complete()
    assert read(run.folder).status == "Completed"


@pytest.mark.parametrize(("call", "number"), [("fsync", errno.EIO), ("close", errno.EDQUOT)])
def test_a_disk_that_refuses_late_is_reported(
    run: runpages.Run, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    """As a network disk may; there is none here, so the call of the system is replaced."""
    run.log_row("t", a=1)

    def refuse(fd: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        with pytest.raises(StorageError, match=r"cannot write .*t\.jsonl") as told:
            run.flush(sync=True) if call == "fsync" else run._state.recorder.close()
    assert told.value.errno == number
    run.log_row("t", a=2)
    assert read(run.folder).tables[0].rows == [{"a": 1}, {"a": 2}]


# --- names that are taken ------------------------------------------------------------------------------------


def test_a_medium_never_replaces_a_file_that_is_there(run: runpages.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_writer, "MOST_OF_A_STEP", 4)
    theirs = Path(run.folder, "media/m/0.txt")
    theirs.parent.mkdir(parents=True)
    theirs.write_text("theirs")
    for text in ("a", "b", "c"):
        run.log_text("m", text, step=0)
    with pytest.raises(ConflictError, match=r"media/m/0.txt and 3 more of the same step already exist; give another"):
        run.log_text("m", "d", step=0)
    files = {path.name: path.read_text() for path in theirs.parent.iterdir()}
    assert files == {"0.txt": "theirs", "0~1.txt": "a", "0~2.txt": "b", "0~3.txt": "c"}


def test_a_medium_that_could_not_be_listed_leaves_its_name_free(run: runpages.Run) -> None:
    run.log_text("m", "a", step=0)
    listed = Path(run.folder, "media.jsonl")
    with file_size(listed.stat().st_size), pytest.raises(StorageError):
        run.log_text("m", "b", step=0)
    run.log_text("m", "c", step=0)
    assert sorted(path.name for path in Path(run.folder, "media/m").iterdir()) == ["0.txt", "0~1.txt"]


def test_a_definition_that_was_refused_counts_as_not_made(run: runpages.Run) -> None:
    run.define("x", unit="s")
    with file_size(Path(run.folder, "definitions.jsonl").stat().st_size), pytest.raises(StorageError):
        run.define("x", goal="min")
    run.define("x", goal="min")
    run.define("x", unit="s", goal="min")
    assert definitions(run) == [{"name": "x", "unit": "s"}, {"name": "x", "goal": "min"}]


def test_a_counter_that_no_program_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "number-08").touch()
    with pytest.raises(ConflictError, match=r"could not reserve a run number in .*remove that folder"):
        run_number(str(tmp_path), "state")


def test_a_number_that_the_disk_refuses_is_reported(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / ("number-" + "9" * 248)).touch()
    with pytest.raises(StorageError, match=r"cannot write .*state: File name too long"):
        run_number(str(tmp_path), "state")


def test_a_workspace_that_cannot_be_made_is_not_reported_as_removed() -> None:
    with pytest.raises(StorageError, match="or cannot be made there"):
        runpages.start("demo", root="/proc/runs")
