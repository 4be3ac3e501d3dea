"""The files that one process writes of a run: where each goes, and what a refusal leaves behind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from runpages import _writer
from runpages._writer import Recorder
from runpages.format.errors import ConflictError, StorageError
from runpages.format.read import read_run
from runpages.format.records import Medium
from tests.format.limit import file_size

TIME = "2026-01-01T00:00:00.000Z"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\x06\0\0\0\x1f\x15\xc4\x89"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "e" / "run"
    place.mkdir(parents=True)
    (place / "run.json").write_text('{"format": 1, "id": "run", "status": "Completed"}')
    return place


def put(into: Recorder, name: str = "p", step: Any = 0, data: bytes = PNG, **facts: Any) -> str:
    return into.add_medium("images", name, step, TIME, data, {"extension": "png", **facts})


def images(folder: Path) -> list[Medium]:
    found = read_run(str(folder), now=0.0)
    assert found.problems == []
    return found.images


@pytest.mark.parametrize("writer", [None, "host-1-00ff"])
def test_media_of_one_step_are_numbered_and_listed(folder: Path, writer: str | None) -> None:
    mine = Recorder(str(folder), writer)
    end = f".{writer}.png" if writer else ".png"
    files = [put(mine, caption="one"), put(mine), put(mine, step=1), put(mine, "q"), put(mine)]
    stems = ["p/0", "p/0~1", "p/1", "q/0", "p/0~2"]
    assert files == [f"images/{stem}{end}" for stem in stems]
    assert [(folder / file).read_bytes() for file in files] == [PNG] * 5
    found = {one.file: one for one in images(folder)}
    assert set(found) == set(files)
    assert (found[files[0]].caption, found[files[0]].name, found[files[2]].step) == ("one", "p", 1)


def test_a_file_that_is_there_is_left_alone(folder: Path) -> None:
    (folder / "images/p").mkdir(parents=True)
    for name in ("0.png", "0~1.png"):
        (folder / "images/p" / name).write_text("theirs")
    mine = Recorder(str(folder), None)
    assert put(mine) == "images/p/0~2.png"
    assert put(mine) == "images/p/0~3.png"
    assert (folder / "images/p/0.png").read_text() == "theirs"


def test_one_step_has_ten_thousand_media_of_a_name_at_most(folder: Path) -> None:
    mine = Recorder(str(folder), None)
    told = r"images/p/0\.png and 9,999 more of the same step already exist"
    with (
        patch.object(_writer, "create", side_effect=ConflictError("there")) as tried,
        pytest.raises(ConflictError, match=told),
    ):
        put(mine)
    assert tried.call_count == 10_000


@pytest.mark.parametrize(
    ("step", "stem"),
    [(7, "7"), (-0.5, "-0.5"), (10**39, "1" + "0" * 39), (10**40, "1e+40"), (-(10**39), "-1e+39")],
)
def test_a_step_is_a_file_name_in_forty_characters(folder: Path, step: Any, stem: str) -> None:
    assert put(Recorder(str(folder), None), step=step) == f"images/p/{stem}.png"
    assert images(folder)[0].step == step


def test_a_name_that_no_file_can_have_is_kept(folder: Path) -> None:
    mine = Recorder(str(folder), None)
    long = "x" * 300
    for name in (long, "Case", "case", long):
        put(mine, name)
        mine.append("tables", name, [{"a": 1}])
    assert sorted(one.name for one in images(folder)) == ["Case", "case", long, long]
    found = read_run(str(folder), now=0.0)
    assert {table.name: len(table.rows) for table in found.tables} == {"Case": 1, "case": 1, long: 2}


def test_a_medium_that_cannot_be_listed_is_not_stored(folder: Path) -> None:
    mine = Recorder(str(folder), None)
    put(mine)
    with file_size((folder / "images.jsonl").stat().st_size), pytest.raises(StorageError, match=r"images\.jsonl"):
        put(mine)
    assert os.listdir(folder / "images/p") == ["0.png"]
    assert put(mine) == "images/p/0~1.png"
    assert len(images(folder)) == 2


def test_after_a_medium_that_was_not_listed_its_name_is_free(folder: Path) -> None:
    mine = Recorder(str(folder), None)
    put(mine, "other")
    with file_size((folder / "images.jsonl").stat().st_size), pytest.raises(StorageError):
        put(mine)
    assert put(mine) == "images/p/0.png"


def opened(folder: Path) -> list[str]:
    """The files below a folder that this process has open; of other folders some are closed at any time."""
    links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
    found = [os.readlink(link) for link in links if os.path.lexists(link)]
    return sorted(os.path.basename(path) for path in found if path.startswith(os.path.realpath(folder)))


def test_closed_files_give_their_descriptors_back_and_go_on(folder: Path) -> None:
    mine = Recorder(str(folder), None)
    for step in range(2):
        mine.metrics.write(b"loss,%d,,1,\n" % step)
        for name in "abc":
            mine.append("tables", name, [{"step": step}])
        assert len(opened(folder)) == 4
        mine.close()
        assert opened(folder) == []
    found = read_run(str(folder), now=0.0)
    assert found.series["loss"].steps == [0, 1]
    assert [[row["step"] for row in table.rows] for table in found.tables] == [[0, 1]] * 3
    assert found.problems == []


def test_all_files_are_asked_to_outlive_a_power_cut_and_what_the_disk_refuses_is_told(folder: Path) -> None:
    mine = Recorder(str(folder), None)
    mine.metrics.write(b"loss,0,,1,\n")
    for name in "ab":
        mine.append("tables", name, [{"a": 1}])
    with patch.object(os, "fsync") as synced:
        mine.sync()
    assert synced.call_count == 3
    with (
        patch.object(os, "fsync", side_effect=OSError(5, "Input/output error")),
        pytest.raises(StorageError, match=r"metrics\.csv: Input/output error"),
    ):
        mine.sync()


@pytest.mark.parametrize("writer", [None, "host-1-00ff"])
def test_each_writer_has_files_of_its_own(folder: Path, writer: str | None) -> None:
    mine = Recorder(str(folder), writer)
    mine.declare("loss", unit="s")
    mine.declare("loss", unit="s")
    mine.declare("loss", goal="min", unit=None)
    mine.change(tags={"k": "v"})
    mine.append("tables", "t", [{"a": 1}])
    names = {path.name for path in folder.rglob("*") if path.is_file()} - {"run.json"}
    assert all((writer in name) == (writer is not None) for name in names if writer) and len(names) == 3
    found = read_run(str(folder), now=0.0)
    assert found.problems == []
    assert found.tags == {"k": "v"}


def test_the_folder_of_a_run_is_not_made_again(tmp_path: Path) -> None:
    mine = Recorder(str(tmp_path / "gone"), None)
    with pytest.raises(StorageError, match="gone"):
        mine.append("tables", "t", [{"a": 1}])
    assert not (tmp_path / "gone").exists()


def test_a_forked_child_gives_the_descriptors_of_its_parent_back(folder: Path) -> None:
    mine = Recorder(str(folder), None)
    mine.metrics.write(b"loss,0,,1,\n")
    mine.append("tables", "t", [{"a": 1}])
    assert opened(folder) == ["metrics.csv", "t.jsonl"]
    mine.abandon()
    assert opened(folder) == []


def test_how_a_name_is_spelled_is_said_once(folder: Path) -> None:
    def others() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}

    mine = Recorder(str(folder), None)
    mine.append("tables", "x" * 300, [{"a": 1}])
    said = others()
    mine.append("tables", "x" * 300, [{"a": 2}])
    assert others() == said


@pytest.mark.parametrize("mask", [0o022, 0o002, 0o077])
def test_files_are_open_to_whom_the_user_lets_them_be(folder: Path, mask: int) -> None:
    mine, before = Recorder(str(folder), None), os.umask(mask)
    try:
        mine.metrics.write(b"loss,0,,1,\n")
        mine.append("tables", "t", [{"a": 1}])
        put(mine)
    finally:
        os.umask(before)
    made = [path for path in folder.rglob("*") if path.is_file() and path.name != "run.json"]
    assert len(made) == 4
    assert {path.stat().st_mode & 0o7777 for path in made} == {0o666 & ~mask}


def test_a_closed_file_that_somebody_removed_has_nothing_to_keep(folder: Path) -> None:
    mine = Recorder(str(folder), None)
    mine.append("tables", "t", [{"a": 1}])
    mine.close()
    (folder / "tables/t.jsonl").unlink()
    mine.sync()
    assert not (folder / "tables/t.jsonl").exists()
