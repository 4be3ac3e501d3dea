"""Folders of Weights & Biases, against what its own client was given to log."""

from __future__ import annotations

import json
import math
import os
import shutil
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from runpages.format.records import Problem, RunRecord
from runpages_site.command import runpages
from runpages_site.read.sources.record_log import HEADER, RecordLog
from runpages_site.read.sources.wandb import WeightsAndBiases
from runpages_site.read.sources.wandb_export import WeightsAndBiasesExport
from runpages_site.read.sources.wandb_media import CLASSES, LARGEST, MOST, LoggedMedia
from tests.format.folder import write

from . import event_writer as w

DATA = Path(__file__).parent / "data/wandb"
EXPECTED: dict[str, dict[str, Any]] = json.loads((DATA / "expected.json").read_text("utf-8"))
NOW = 1_900_000_000.0


def records(folder: Path, *, now: float = NOW) -> dict[str, RunRecord]:
    source = WeightsAndBiases()
    found = source.find(str(folder), skip=())
    return {run.name: source.read(run, now=now, known={}, sink=None).record for run in found.runs}


def build(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(runpages, ["build", str(folder), "-o", str(folder.parent / "site"), *options])


def copy(tmp_path: Path, run: str) -> Path:
    """One of the runs, in a folder of its own."""
    (one,) = (DATA / "wandb").glob(f"*-{run}")
    shutil.copytree(one, tmp_path / "project/wandb" / one.name)
    return tmp_path / "project/wandb" / one.name


def part(kind: int, content: bytes) -> bytes:
    return struct.pack("<IHB", zlib.crc32(bytes([kind]) + content), len(content), kind) + content


def log(tmp_path: Path, data: bytes) -> tuple[list[bytes], list[Problem]]:
    problems: list[Problem] = []
    (tmp_path / "log").write_bytes(data)
    with (tmp_path / "log").open("rb") as file:
        return list(RecordLog(file, "log", problems).records()), problems


def test_runs_are_what_the_client_logged() -> None:
    found = records(DATA)
    assert set(found) == set(EXPECTED)
    for run, known in EXPECTED.items():
        record = found[run]
        assert (record.title, record.status, record.experiment) == (known["name"], known["status"], "digits & <more>")
        series = record.series["loss"]
        values = [float(value) for value in series.values if value is not None]
        assert list(map(list, zip(series.steps, map(repr, values), strict=True))) == known["loss"]
        assert record.started and record.ended and record.started <= record.ended


def test_what_lies_beside_the_metrics_is_shown() -> None:
    record = records(DATA)["aaaa1111"]
    assert record.params == {"lr": 0.1, "net": {"depth": 2, "act": "relu"}, "on": True}
    assert (record.tags, record.description) == ({"base": "", "ünï": ""}, "A **note**")
    assert record.properties == {"Source": "Weights & Biases", "Group": "g1", "Job type": "train"}
    images = [(one.name, one.step, one.caption, one.width, one.height) for one in record.images]
    assert images == [("samples", 20, "<one>", 5, 3), ("two/0", 20, None, 5, 3), ("two/1", 20, None, 5, 3)]
    assert record.tables[0].rows == [{"a": 1, "b": "x"}, {"a": 2, "b": "<y>"}]
    assert [(one.name, one.data["bin_counts"]) for one in record.charts] == [("spread", [1, 2, 1])]
    assert [one.name for one in record.media] == ["page"]
    assert [file.name for file in record.logs] == ["output.log"]
    assert [file.name for file in record.artifacts] == ["requirements.txt"]
    assert set(record.series) == {"loss", "deep.a/b", "deep.c.d", "word", "final"}
    assert list(zip(record.series["word"].steps, record.series["word"].values, strict=True)) == [
        (step * 2, f"w{step}") for step in range(8)
    ]
    assert record.problems == []


def test_a_long_text_is_cut_and_a_list_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "project/wandb/offline-run-20240101_000000-abcd"
    folder.mkdir(parents=True)
    values = {"note": json.dumps("x" * 10_001), "empty": '""', "many": "[1, 2]", "inner": '{"word": "y"}'}
    items = b"".join(w.field(1, w.field(1, name.encode()) + w.field(16, one.encode())) for name, one in values.items())
    record = w.field(2, items)
    (folder / "run-abcd.wandb").write_bytes(HEADER + b"\0" + part(1, record))
    made = records(tmp_path)["abcd"]
    assert {name: one.values for name, one in made.series.items()} == {"note": ["x" * 10_000], "inner.word": ["y"]}
    assert [one.message for one in made.problems] == [
        "Not read yet: 1 value of the kind list", "Not read yet: 1 value of the kind text beyond 10,000 characters",
    ]  # fmt: skip


def test_masks_and_boxes_of_images_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "project/wandb/offline-run-20240101_000000-abcd"
    picture = {"_type": "image-file", "path": "media/images/a.png"}
    one = {**picture, "masks": {"predicted": {"_type": "mask", "path": "m.png"}}}
    several = {"_type": "images/separated", "filenames": ["media/images/a.png"], "all_boxes": [{"predicted": {}}]}
    write(folder, {"files/media/images/a.png": (Path(__file__).parent / "pixel.png").read_bytes()})
    values = {"one": one, "several": several, "plain": picture}
    items = b"".join(
        w.field(1, w.field(1, k.encode()) + w.field(16, json.dumps(v).encode())) for k, v in values.items()
    )
    (folder / "run-abcd.wandb").write_bytes(HEADER + b"\0" + part(1, w.field(2, items)))
    made = records(tmp_path)["abcd"]
    assert [one.name for one in made.images] == ["one", "several", "plain"]
    assert [one.message for one in made.problems] == [
        "Not read yet: 1 value of the kind boxes of an image", "Not read yet: 1 value of the kind masks of an image",
    ]  # fmt: skip


PAIRS = [["cat", "cat", 5.0], ["cat", "dog", 1], ["dog", "cat", 0], ["dog", "dog", 7]]


@pytest.mark.parametrize(
    ("rows", "matrix"),
    [
        (PAIRS, [[5, 1], [0, 7]]),
        (PAIRS[:3], None),
        ([*PAIRS[:3], ["dog", "bird", 7]], None),
        ([*PAIRS, PAIRS[0]], None),
        ([["cat", "cat", 0.5]], None),
        ([["cat", "cat", math.inf]], None),
        ([["cat", "cat"]], None),
        ([[1, 1, 3]], [[3]]),
        ([[str(one), str(one), 1] for one in range(CLASSES + 1)], None),
        ([], None),
    ],
)
def test_the_table_of_a_confusion_matrix_becomes_one(
    rows: list[Any], matrix: list[list[int]] | None, tmp_path: Path
) -> None:
    (tmp_path / "run-1/files").mkdir(parents=True)
    document = {"columns": ["Actual", "Predicted", "nPredictions"], "data": rows}
    (tmp_path / "run-1/files/a.json").write_text(json.dumps(document).replace("Infinity", "1e999"))
    taken = LoggedMedia(str(tmp_path), {"run-1/files/a.json": 1}, [str(tmp_path / "run-1")])
    for step in (3, 7):
        taken.take("pets_table", step, 1.5, {"_type": "table-file", "path": "a.json"})
    found = [(one.name, one.type, one.step, one.data) for one in taken.charts]
    known = {"class_labels": list(dict.fromkeys(str(row[0]) for row in rows)), "matrix": matrix}
    assert found == ([("pets", "confusion_matrix", step, known) for step in (3, 7)] if matrix else [])
    assert list(taken.tables) == ([] if matrix else ["pets_table"])


def test_of_many_confusion_matrices_the_first_are_shown(tmp_path: Path) -> None:
    taken = LoggedMedia(str(tmp_path), {}, [])
    for step in range(MOST + 2):
        taken.take(
            "m_table", step, None, {"_type": "table", "columns": ["Actual", "Predicted", "nPredictions"], "data": PAIRS}
        )
    assert [one.step for one in taken.charts] == list(range(MOST))
    assert taken.unseen == {f"confusion matrix, above {MOST} of a name": 2}


def test_a_site_is_built_from_a_copy(tmp_path: Path) -> None:
    shutil.copytree(DATA / "wandb", tmp_path / "project/wandb")
    result = build(tmp_path / "project")
    assert (result.exit_code, "Built 3 runs in 1 experiment" in result.stdout) == (0, True), result.output
    assert "nothing changed" in build(tmp_path / "project").stdout


def test_folders_with_one_id_are_one_run(tmp_path: Path) -> None:
    first = copy(tmp_path, "bbbb2222")
    shutil.copytree(first, first.with_name("run-20991231_000000-bbbb2222"))
    (record,) = records(tmp_path).values()
    assert record.series["loss"].steps == [0, 0, 1, 1, 2, 2]
    assert len(record.artifacts) == 2


def test_without_a_log_there_are_the_last_values(tmp_path: Path) -> None:
    run = copy(tmp_path, "bbbb2222")
    (run / "run-bbbb2222.wandb").unlink()
    (run / "files/config.yaml").write_text("wandb_version: 1\nlr:\n  desc: null\n  value: 0.1\n", "utf-8")
    (run / "files/wandb-summary.json").write_text('{"loss": 0.5, "_step": 9, "best": "NaN"}', "utf-8")
    (run / "files/wandb-metadata.json").write_text('{"python": "3.9", "program": "C:\\\\me\\\\a.py", "email": "me@x"}')
    (record,) = records(tmp_path).values()
    assert (record.params, record.series["loss"].values, record.status) == ({"lr": 0.1}, [0.5], None)
    assert (record.experiment, record.properties["Script"]) == ("project", "a.py")
    assert "me@x" not in repr(record)
    assert [one.message for one in record.problems] == ["It has no record log, only the last values"]


def test_a_pointer_of_git_lfs_says_what_to_do(tmp_path: Path) -> None:
    run = copy(tmp_path, "bbbb2222")
    (run / "run-bbbb2222.wandb").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    (record,) = records(tmp_path).values()
    assert [one.message for one in record.problems] == ["It is a pointer of Git LFS. Run git lfs pull"]


def test_a_run_without_an_end_is_running_only_while_it_is_written(tmp_path: Path) -> None:
    run = copy(tmp_path, "bbbb2222")
    path = run / "run-bbbb2222.wandb"
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"\x92\x01")])  # Within the record of the exit.
    (record,) = records(tmp_path).values()
    assert record.status == "NotResponding"
    (record,) = records(tmp_path, now=path.stat().st_mtime).values()
    assert (record.status, record.problems) == ("Running", [])


def test_a_path_that_leaves_the_run_is_not_followed(tmp_path: Path) -> None:
    run = copy(tmp_path, "aaaa1111")
    path = run / "run-aaaa1111.wandb"
    parts, at, data = [], 7, path.read_bytes()
    while at < len(data):
        _, size, kind = struct.unpack_from("<IHB", data, at)
        content = data[at + 7 : at + 7 + size]
        parts.append(part(kind, content.replace(b"media/html/page_22", b"../../../../secret")))
        at += 7 + size
    path.write_bytes(data[:7] + b"".join(parts))
    (tmp_path / "secret").write_text("private")
    (record,) = records(tmp_path).values()
    assert record.media == []
    assert "1 logged file not in this folder" in [one.message for one in record.problems]


def test_a_table_that_is_too_large_is_not_called_damaged(tmp_path: Path) -> None:
    (table,) = copy(tmp_path, "aaaa1111").glob("files/media/table/*.json")
    os.truncate(table, LARGEST + 1)
    (record,) = records(tmp_path).values()
    messages = [one.message for one in record.problems if one.file.endswith(table.name)]
    assert messages == ["It cannot be read: it is too large to be shown"]


def test_damage_costs_the_rest_of_its_block(tmp_path: Path) -> None:
    whole = HEADER + b"\0" + part(1, b"one") + part(1, b"two") + part(1, b"three")
    read, problems = log(tmp_path, whole.replace(b"two", b"tWo"))
    assert read == [b"one"]
    assert [one.message for one in problems] == ["The record at byte 17 is damaged: its checksum differs"]


@given(st.lists(st.binary(max_size=80_000), max_size=4), st.data())
def test_records_go_over_blocks(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes], data: st.DataObject
) -> None:
    written = bytearray(HEADER + b"\0")
    for content in contents:
        left, begun = content, False
        while True:
            room = 32_768 - len(written) % 32_768
            if room < 7:
                written += bytes(room)
                continue
            now, left = left[: room - 7], left[room - 7 :]
            written += part((3 if left else 4) if begun else (2 if left else 1), now)
            begun = True
            if not left:
                break
    folder = tmp_path_factory.mktemp("log")
    assert log(folder, bytes(written)) == (contents, [])
    cut = data.draw(st.integers(7, len(written)))
    read, problems = log(folder, bytes(written[:cut]))
    assert read == contents[: len(read)]
    assert problems or cut == len(written) or len(read) < len(contents) or not contents


@pytest.mark.parametrize("every", [97])
def test_no_cut_or_flipped_bit_ends_in_an_exception(tmp_path: Path, every: int) -> None:
    run = copy(tmp_path, "aaaa1111")
    path = run / "run-aaaa1111.wandb"
    data = path.read_bytes()
    whole = records(tmp_path)["aaaa1111"].series
    for at in range(0, len(data), every):
        for bad in (data[:at], data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]):
            path.write_bytes(bad)
            for record in records(tmp_path).values():
                same = all(
                    whole[name].values[: len(one.values)] == one.values or record.problems
                    for name, one in record.series.items()
                    if name in whole and name != "loss"
                )
                assert same


CHART = """"Step","a <b> - val/loss","a <b> - val/loss__MIN","a <b> - val/loss__MAX","cold/1 - val/loss"
"0","1.5","1.5","1.5",""
"10","","","","NaN"
"20","0.25","0.25","0.3","0.5"
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])  # The latter is what spreadsheets save.
def test_an_exported_chart_is_split_into_its_runs(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project/wandb_export_loss.csv").write_text(CHART, encoding)
    source = WeightsAndBiasesExport()
    runs = source.find(str(tmp_path / "project"), skip=()).runs
    found = {one.title: one for one in (source.read(run, now=NOW, known={}, sink=None).record for run in runs)}
    assert {
        name: (one.series["val/loss"].steps, list(map(repr, one.series["val/loss"].values)))
        for name, one in found.items()
    } == {
        "a <b>": ([0, 20], ["1.5", "0.25"]),
        "cold/1": ([10, 20], ["nan", "0.5"]),
    }
    assert [one.problems for one in found.values()] == [[], []]
    result = build(tmp_path / "project")
    assert "Built 2 runs in 1 experiment" in result.stdout, result.output
    assert "nothing changed" in build(tmp_path / "project").stdout


def test_a_damaged_line_of_an_export_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(CHART.replace('"10"', '"ten"'), "utf-8")
    source = WeightsAndBiasesExport()
    for run in source.find(str(tmp_path), skip=()).runs:
        (problem,) = source.read(run, now=NOW, known={}, sink=None).record.problems
        assert (problem.file, problem.line, problem.action) == ("x.csv", 3, "Line skipped")
