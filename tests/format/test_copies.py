"""Folders that passed through file managers and editors: copies do not count twice, leftovers not at all."""

from __future__ import annotations

import gzip
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages.format import layout, stray_files
from runpages.format.discovery import find
from tests.format.folder import line, read, write

POINTS = "name,step,value\nloss,0,0.5\nloss,1,0.25\n"
COPIES = [
    "metrics (1).csv", "metrics(1).csv", "metrics - Copy.csv", "metrics - Copy (2).csv", "metrics copy.csv",
    "metrics copy 2.csv", "Copy of metrics.csv", "Copy (2) of metrics.csv", "metrics (copy).csv", "metrics 2.csv",
    "metrics-1.csv", "metrics.csv.bak", "metrics.csv~", "metrics.csv.~1~", "metrics~.csv", "metrics.bak.csv",
    "metrics_old.csv", "metrics.orig.csv", "metrics.csv.1", "metrics.csv.txt", "metrics - Kopie.csv",
    "Kopie von metrics.csv", "metrics - Copia.csv", "metrics (copie).csv", "metrics - コピー.csv", "metrics 副本.csv",
    "metrics.sync-conflict-20260101-120000-ABCDEFG.csv", "metrics (conflicted copy 2026-01-01 120000).csv",
    "metrics (lab's conflicted copy 2026-01-01).csv", "metrics-DESKTOP-1A2B3C.csv", "metrics2.csv",
]  # fmt: skip
WRITERS = [
    "metrics.csv", "metrics.node1-42-00ff.csv", "metrics.node1-42-0012.csv", "metrics.w.csv", "metrics.0.csv",
    "metrics.rank-1.csv", "metrics_train.csv", "metrics-rank1.csv", "metrics.my~2ehost-4711-ffff.csv",
]  # fmt: skip
LEFT = [
    ".DS_Store", "._metrics.csv", "Thumbs.db", "desktop.ini", ".~lock.metrics.csv#", "~$metrics.csv", ".nfs00000001a2",
    ".metrics.csv.swp", "__MACOSX/._run.json", "@eaDir/metrics.csv", ".directory", "#recycle/metrics.csv",
    ".Trash-1000/files/metrics.csv", "metrics.csv.part", "metrics.csv.crdownload", "#metrics.csv#", ".#metrics.csv",
    ".metrics.csv.Xa91bZ", "images/.DS_Store", "images/a/Thumbs.db", "artifacts/.DS_Store", "tables/._t.jsonl",
]  # fmt: skip


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_of_metrics_is_no_further_writer(tmp_path: Path, name: str) -> None:
    run = read(write(tmp_path / "run", {"metrics.csv": POINTS, name: POINTS}))
    assert run.series["loss"].values == [0.5, 0.25]
    [problem] = run.problems
    assert (problem.file, problem.action, problem.damage) == (name, "File skipped", False)
    assert "It is a copy of metrics.csv. Remove it; if" in problem.message
    assert "mv " in problem.message and problem.message.endswith("metrics.more.csv")


@pytest.mark.parametrize("name", WRITERS)
def test_a_further_writer_is_read(tmp_path: Path, name: str) -> None:
    run = read(write(tmp_path / "run", {"metrics.a.csv": POINTS, name: POINTS}))
    assert (run.problems, len(run.series["loss"].values)) == ([], 4)


def test_a_copy_without_its_original_gets_its_name_back(tmp_path: Path) -> None:
    run = read(write(tmp_path / "run", {"metrics (1).csv": POINTS}))
    [problem] = run.problems
    assert problem.message.endswith("mv 'metrics (1).csv' metrics.csv")


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("run (1).json", "run.json"), ("run.json.orig", "run.json"), ("run copy.json", "run.json"),
        ("Kopie von run.json", "run.json"), ("changes.w-1-00ff (1).jsonl", "changes.jsonl"),
        ("changes - Copy.jsonl", "changes.jsonl"), ("images.sync-conflict-1-2-A.jsonl", "images.jsonl"),
        ("definitions (2).jsonl", "definitions.jsonl"), ("series (1).json", "series.json"),
    ],
)  # fmt: skip
def test_copies_of_other_files_are_told_and_not_read(tmp_path: Path, name: str, of: str) -> None:
    lines = {"run.json": line({"name": "first"}), of: line({"name": "first"}), name: line({"name": "second"})}
    run = read(write(tmp_path / "run", {"metrics.csv": POINTS, **lines}))
    assert run.name == "first"
    assert [problem.file for problem in run.problems if "copy" in problem.message] == [name]


def test_a_copy_of_a_table_is_no_table(tmp_path: Path) -> None:
    row = line({"a": 1})
    run = read(write(tmp_path / "run", {"metrics.csv": POINTS, "tables/t.jsonl": row, "tables/t (1).jsonl": row}))
    assert [(table.name, len(table.rows)) for table in run.tables] == [("t", 1)]
    assert [problem.file for problem in run.problems] == ["tables/t (1).jsonl"]


@pytest.mark.parametrize("name", ["run_config.json", "rerun.json", "notes.csv", "model.1.pt", "runs.json"])
def test_other_files_are_no_copies(name: str) -> None:
    assert stray_files.copy_of(name) is None


@given(st.text("abcXYZ019_-~.ö ", max_size=12), st.integers(1, 10**7))
def test_what_the_logger_names_is_a_writer(host: str, pid: int) -> None:
    writer = layout.writer_id(host, pid)
    for stem, extension in stray_files.GROWING:
        file = layout.with_writer(f"{stem}.{extension}", writer)
        assert stray_files.writer_in(file, stem, extension) == writer
        assert stray_files.copy_of(file) is None


@pytest.mark.parametrize("name", LEFT)
def test_leftovers_are_neither_damage_nor_shown(tmp_path: Path, name: str) -> None:
    files = {"metrics.csv": POINTS, "tables/t.jsonl": line({"a": 1})}
    clean = read(write(tmp_path / "run", files))
    again = read(write(tmp_path / "run", {**files, name: b"\x00\x05\x16\x07\x00\xff"}))
    assert again._replace(last_write=None) == clean._replace(last_write=None)


def test_what_somebody_kept_is_shown_although_it_is_called_like_half_a_download(tmp_path: Path) -> None:
    names = ["artifacts/._alone", "artifacts/data.part", "artifacts/x.swp"]
    run = read(write(tmp_path / "run", {"metrics.csv": POINTS} | dict.fromkeys(names, "x")))
    assert [file.file for file in run.artifacts] == names


@pytest.mark.parametrize("folder", ["__MACOSX", "@eaDir", "#recycle"])
def test_no_run_is_looked_for_in_what_was_left(tmp_path: Path, folder: str) -> None:
    write(tmp_path / folder / "e" / "run", {"metrics.csv": POINTS})
    write(tmp_path / "e" / "run", {"metrics.csv": POINTS})
    found = find(str(tmp_path))
    assert ([run.name for run in found.runs], found.hints) == (["run"], [])


# --- pictures ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paths", "shown"),
    [
        (["img10.png", "img2.png", "img1.png"], [("img", 1), ("img", 2), ("img", 10)]),
        (["epoch_003.png"], [("epoch", 3)]),
        (["frame10.jpg", "frame9.jpg"], [("frame", 9), ("frame", 10)]),
        (["resnet50.png"], [("resnet50", 0)]),
        (["lr0.1.png", "lr0.2.png"], [("lr0.1", 0), ("lr0.2", 0)]),
        (["confusion_epoch=3.png", "confusion_epoch=12.png"], [("confusion", 3), ("confusion", 12)]),
        (["Figure 1.png", "Figure 2.png"], [("Figure", 1), ("Figure", 2)]),
        (["a/10.png", "a/9.png", "a/1.5.png"], [("a", 1.5), ("a", 9), ("a", 10)]),
        (["a/step_20.png", "a/step_3.png"], [("a", 3), ("a", 20)]),
        (["a/train_1.png", "a/train_2.png", "a/val_1.png", "a/val_2.png"],
         [("a/train", 1), ("a/train", 2), ("a/val", 1), ("a/val", 2)]),
        (["a/y.png", "a/x.png"], [("a", 0), ("a", 1)]),
        (["9" * 400 + ".png"], [("9" * 400, 0)]),
        (["a/" + "9" * 400 + ".png"], [("a", 0)]),
    ],
)  # fmt: skip
def test_pictures_without_a_list_come_in_natural_order(
    tmp_path: Path, paths: list[str], shown: list[tuple[str, float]]
) -> None:
    if max(map(len, paths)) > 250:
        from runpages.format.jsonl import unlisted

        images = unlisted("images", [f"images/{path}" for path in paths])
    else:
        images = read(write(tmp_path / "run", {f"images/{path}": "x" for path in paths})).images
    assert [(image.name, image.step) for image in images] == shown


# --- folders that are nearly runs --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("METRICS.CSV", "metrics.csv"), ("Metrics.csv", "metrics.csv"), ("metrics.tsv", "metrics.csv"),
        ("metrics.txt", "metrics.csv"), ("Copy of metrics.csv", "metrics.csv"), ("metrics.csv.txt", "metrics.csv"),
        ("metrics.csv.gz", "metrics.csv"), ("Run.json", "run.json"), ("run (1).json", "run.json"),
    ],
)  # fmt: skip
def test_a_folder_that_is_nearly_a_run_is_reported_with_the_command(tmp_path: Path, name: str, becomes: str) -> None:
    content = gzip.compress(POINTS.encode()) if name.endswith(".gz") else POINTS
    write(tmp_path / "e" / "my run", {name: content})
    write(tmp_path / "e" / "notes", {"x.txt": "x"})
    found = find(str(tmp_path))
    [hint] = found.hints
    assert found.runs == []
    subprocess.run(["sh", "-ec", hint.partition("name: ")[2]], check=True)
    assert [path.name for path in (tmp_path / "e" / "my run").iterdir()] == [becomes]
    assert [run.name for run in find(str(tmp_path)).runs] == ["my run"]
