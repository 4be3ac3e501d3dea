"""The stamp of a run: any change of its files is seen, and nothing else is one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runpages_site.errors import BuildError
from runpages_site.read.scan import newest, scan, stamp_of_files
from runpages_site.read.seen import stamp
from runpages_site.stamp import FRESH, Stamp

from .conftest import NOW


def write(path: Path, text: str = "x", age: float = 100.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (NOW - age, NOW - age))
    return path


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "demo" / "a"
    write(folder / "metrics.csv")
    write(folder / "artifacts" / "outputs" / "model.bin", age=50)
    return folder


CHANGES: list[Callable[[Path], object]] = [
    lambda run: write(run / "metrics.csv", "xy"),
    lambda run: write(run / "metrics.csv", age=99),
    lambda run: write(run / "run.json"),
    lambda run: write(run / "artifacts/outputs/other.bin", age=1_000),
    lambda run: write(run / "artifacts/outputs/model.bin", age=51),
    lambda run: write(run / "artifacts/.hidden.tmpx", age=1_000),
    lambda run: (run / "artifacts/outputs/model.bin").unlink(),
    lambda run: (run / "artifacts/outputs/model.bin").rename(run / "artifacts/model.bin"),
    lambda run: (run / "link").symlink_to("nowhere"),
    lambda run: (run / "artifacts/link").symlink_to("outputs"),
    lambda run: dangling(run / "logs"),
]


def dangling(folder: Path) -> None:
    """A folder with nothing but a link to nothing."""
    folder.mkdir()
    (folder / "link").symlink_to("nowhere")


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_of_a_file_is_seen(run: Path, change: Callable[[Path], object]) -> None:
    before = stamp(str(run))
    change(run)
    after = stamp(str(run))
    assert before and after
    assert before.key != after.key


def test_a_folder_that_is_none_of_a_run_is_seen_and_what_is_in_it_is_not(run: Path) -> None:
    before = stamp(str(run))
    write(run / "notes-of-somebody/file.txt", age=0)
    after = stamp(str(run))
    assert before and after
    assert before.key != after.key
    write(run / "notes-of-somebody/another.txt", age=0)
    assert stamp(str(run)) == after


UNSEEN: list[Callable[[Path], object]] = [
    lambda run: write(run / ".metrics.csv.tmp"),
    lambda run: write(run / "artifacts/outputs/.model.bin.tmp", age=0),
    lambda run: (run / ".hidden").mkdir(),
    lambda run: (run / "artifacts/empty").mkdir(),
    lambda run: write(run / "metrics.csv"),
]


@pytest.mark.parametrize("change", UNSEEN)
def test_what_is_no_file_of_a_run_changes_nothing(run: Path, change: Callable[[Path], object]) -> None:
    before = stamp(str(run))
    change(run)
    assert stamp(str(run)) == before


def test_the_order_in_which_a_disk_lists_its_files_is_none_of_the_stamp(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, real = stamp(str(run)), os.scandir

    @contextmanager
    def backwards(folder: str) -> Iterator[list[os.DirEntry[str]]]:
        with real(folder) as entries:
            yield list(entries)[::-1]

    monkeypatch.setattr(os, "scandir", backwards)
    assert stamp(str(run)) == before


def test_what_lies_behind_a_link_to_a_folder_is_none_of_the_run(run: Path, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "deep" / "file")
    (run / "artifacts/link").symlink_to(tmp_path / "elsewhere")
    (run / "artifacts/loop").symlink_to(".")
    before = stamp(str(run))
    assert before is not None
    write(tmp_path / "elsewhere" / "deep" / "file", "changed", age=0)
    assert stamp(str(run)) == before


def test_the_latest_change_of_all_files_is_known(run: Path) -> None:
    found = stamp(str(run))
    assert found is not None
    assert found.newest == NOW - 50
    (run / "gone").symlink_to("nowhere")
    write(run / "artifacts/deep/er/x", age=7)
    found = stamp(str(run))
    assert found is not None
    assert found.newest == NOW - 7


@pytest.mark.parametrize(
    ("name", "is_run"),
    [
        ("run.json", True),
        ("metrics.csv", True),
        ("metrics.host-1-00ff.csv", True),
        ("metrics.txt", False),
        ("other.csv", False),
        ("artifacts/metrics.csv", False),
        ("artifacts/run.json", False),
        ("notes/metrics.csv", False),
    ],
)
def test_a_run_has_a_document_or_metrics(tmp_path: Path, name: str, is_run: bool) -> None:
    write(tmp_path / name)
    assert (stamp(str(tmp_path)) is not None) == is_run


def test_a_folder_that_cannot_be_read_is_no_run(tmp_path: Path) -> None:
    assert stamp(str(tmp_path / "gone")) is None
    assert stamp(str(write(tmp_path / "file"))) is None


@pytest.mark.parametrize("age", [FRESH + 0.1, -FRESH - 0.1])
def test_a_stamp_is_sure_once_a_clock_ticks(age: float) -> None:
    assert Stamp("k", 1000 - age).is_sure(1000)


@pytest.mark.parametrize("age", [FRESH, 0.0, -FRESH])
def test_what_changed_a_moment_ago_may_change_again(age: float) -> None:
    assert not Stamp("k", 1000 - age).is_sure(1000)


def test_single_files_have_a_stamp_whether_they_are_there_or_not(tmp_path: Path) -> None:
    names = ["a", "b"]
    stamps = [stamp_of_files(str(tmp_path), names)]
    for text, age in (("x", 100), ("x", 50), ("xy", 50)):
        write(tmp_path / "a", text, age)
        stamps.append(stamp_of_files(str(tmp_path), names))
    (tmp_path / "a").rename(tmp_path / "b")
    stamps.append(stamp_of_files(str(tmp_path), names))
    assert len(set(stamps)) == 5
    assert stamp_of_files(str(tmp_path), names) == stamps[-1]
    assert stamp_of_files(str(tmp_path), ["a"]) != stamps[-1]


# --- a workspace -------------------------------------------------------------------------------------------


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for run in ("demo~20a/1", "demo~20a/2", "demo~20a/3", "other/1", ".hidden/1"):
        write(tmp_path / "runs" / run / "metrics.csv")
    return tmp_path / "runs"


def runs(workspace: Path, only: tuple[str, ...] = ()) -> list[str]:
    return [f"{run.experiment}/{run.name}" for run in scan(workspace, workspace / "site", only=only).found.runs]


def test_runs_are_found_with_their_stamps(workspace: Path) -> None:
    found = scan(workspace, workspace / "site").found
    assert [run.name for run in found.runs] == ["1", "2", "3", "1"]
    assert [run.seen for run in found.runs] == [stamp(run.path) for run in found.runs]
    assert found.hints == []


@pytest.mark.parametrize("name", ["demo~20a", "demo a", "demo*", "d?mo a", "[d]emo a"])
def test_an_experiment_is_named_by_its_folder_its_name_or_a_pattern(workspace: Path, name: str) -> None:
    assert runs(workspace, (name,)) == ["demo~20a/1", "demo~20a/2", "demo~20a/3"]
    assert runs(workspace, (name, "other")) == runs(workspace)


def test_an_experiment_that_is_not_there_is_told_with_those_that_are(workspace: Path) -> None:
    with pytest.raises(BuildError, match=r"no experiment 'Other' in .*runs; it has demo a, other$"):
        runs(workspace, ("demo a", "Other"))
    (workspace / "empty").mkdir()
    with pytest.raises(BuildError, match=r"no experiment 'x' in .*empty$"):
        runs(workspace / "empty", ("x",))


def test_no_more_than_ten_experiments_are_told(workspace: Path) -> None:
    for at in range(20):
        write(workspace / f"e{at:02}" / "1" / "metrics.csv")
    with pytest.raises(BuildError, match=r"it has demo a, e00, .*, e08$"):
        runs(workspace, ("x",))


def test_the_site_is_no_part_of_its_workspace(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(workspace / "site" / "1" / "metrics.csv")
    assert "site/1" not in runs(workspace)
    monkeypatch.chdir(workspace)
    assert "site" not in [run.experiment for run in scan(Path(), Path("site")).found.runs]


@pytest.mark.parametrize(("name", "what"), [("gone", "does not exist"), ("file", "is a file")])
def test_no_workspace_is_refused(tmp_path: Path, name: str, what: str) -> None:
    write(tmp_path / "file")
    with pytest.raises(BuildError, match=f"no workspace: .*{name} {what}. Log a run first"):
        scan(tmp_path / name, tmp_path / "site")


def test_settings_beside_a_workspace_without_any_are_told(workspace: Path) -> None:
    write(workspace.parent / "runpages.yml")
    (hint,) = scan(workspace, workspace / "site").found.hints
    assert hint.startswith(f"{workspace.parent / 'runpages.yml'} is not read: settings belong in the workspace.")
    assert f"mv {workspace.parent / 'runpages.yml'} {workspace / 'runpages.yml'}" in hint
    write(workspace / "runpages.yml")
    assert scan(workspace, workspace / "site").found.hints == []


def test_the_last_runs_of_each_experiment_are_the_newest(workspace: Path) -> None:
    found = scan(workspace, workspace / "site").found
    for limit, expected in ((1, ["3", "1"]), (2, ["2", "3", "1"]), (9, ["1", "2", "3", "1"])):
        assert [run.name for run in newest(found, limit).runs] == expected
