"""The files that the exporters of Neptune and Aim write, against what was given to them."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from runpages.format.records import RunRecord
from runpages_site.read.source import Source
from runpages_site.read.sources.aim import Aim
from runpages_site.read.sources.neptune import Neptune

DATA = Path(__file__).parent / "data"
NOW = 1_900_000_000.0
PROJECT = "group_digits-3d4a7f013c23c1f9"
HEAD = "idx,step,value,epoch,time,run.hash,run.hparams.lr,run.batch,metric.name,metric.context.subset\n"


def records(source: Source, folder: Path) -> dict[str, RunRecord]:
    found = source.find(str(folder), skip=())
    return {run.name: source.read(run, now=NOW, known={}, sink=None).record for run in found.runs}


def points(record: RunRecord, name: str) -> list[list[Any]]:
    one = record.series[name]
    return [[step, repr(value)] for step, value in zip(one.steps, one.values, strict=True)]


# --- Neptune -----------------------------------------------------------------------------------------------


def test_a_run_of_neptune_has_the_rows_of_all_its_files() -> None:
    found = records(Neptune(), DATA / "neptune")
    first = found["first__x_"]
    assert points(first, "train/loss") == json.loads((DATA / "neptune/expected.json").read_text())["train/loss"]
    assert first.params == {"params/lr": 0.1, "params/net/depth": 2, "params/word": "<y>", "params/flag": True}
    assert (first.name, first.status, first.tags) == ("first <name>", "Completed", {"a": "", "b": ""})
    assert first.ended == (first.created or 0) + 60
    assert first.properties["User"] == "me"
    assert [(image.name, image.step, image.width) for image in first.images] == [("samples", 0, 7), ("samples", 1, 7)]
    assert [file.name for file in first.artifacts] == ["notes.txt"]
    assert [row["text"] for row in first.tables[0].rows] == [f"line {step}" for step in range(6)]
    assert first.charts[0].data == {"bin_edges": [0.0, 1.0, 2.0], "bin_counts": [3.0, 1.0]}
    assert first.series["train/loss"].times[1] == (first.created or 0) + 1
    assert found["DIG-2"].status == "Failed"


def test_a_file_outside_the_folder_of_files_is_not_followed() -> None:
    first = records(Neptune(), DATA / "neptune")["first__x_"]
    assert [one.message for one in first.problems] == ["1 file not in the folder of files"]


def test_without_the_folder_of_files_the_rest_is_read(tmp_path: Path) -> None:
    shutil.copytree(DATA / "neptune/data", tmp_path / "data")
    first = records(Neptune(), tmp_path)["first__x_"]
    assert first.series
    assert first.images == []
    assert "4 files not here: they lie in files/" in first.problems[0].message


def test_registered_models_of_neptune_are_no_runs(tmp_path: Path) -> None:
    shutil.copytree(DATA / "neptune/data" / PROJECT, tmp_path / PROJECT / "models")
    assert Neptune().find(str(tmp_path)).runs == []


def test_a_damaged_file_costs_its_rows(tmp_path: Path) -> None:
    shutil.copytree(DATA / "neptune/data" / PROJECT, tmp_path / PROJECT)
    (part,) = (tmp_path / PROJECT).glob("first*_part_1.parquet")
    part.write_bytes(part.read_bytes()[:1_000])
    first = records(Neptune(), tmp_path)["first__x_"]
    assert first.params
    assert "train/loss" in first.series
    [problem] = (one for one in first.problems if one.file)
    assert (problem.file, problem.message.endswith(".")) == (part.name, False)


def test_without_pyarrow_the_runs_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    found = Neptune().find(str(DATA / "neptune"))
    assert found.runs == []
    assert "2 runs that Neptune's exporter wrote cannot be read without pyarrow" in found.hints[0]
    assert 'pip install "runpages[fast]"' in found.hints[0]


def test_a_parquet_file_of_something_else_is_none(tmp_path: Path) -> None:
    (tmp_path / "a-0123456789abcdef_part_0.parquet").write_text("no")
    (tmp_path / "data.parquet").write_bytes(b"PAR1")
    assert Neptune().find(str(tmp_path)).runs == []


# --- Aim ---------------------------------------------------------------------------------------------------


def test_the_metrics_of_aim_are_what_aim_reads() -> None:
    expected = json.loads((DATA / "aim/expected.json").read_text())
    found = records(Aim(), DATA / "aim")
    assert {run: {name: points(one, name) for name in one.series} for run, one in found.items()} == expected
    lrs = sorted(one.params["lr"] for one in found.values())
    assert lrs == [0.05, 0.1]
    assert next(iter(found.values())).params["layers"] == [1, 2]


def test_rows_that_are_no_points_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    rows = [
        "0,0,1.5,,2024-01-01 00:00:00,a,0.1,,loss,train",
        "1,x,2,,2024-01-01 00:00:00,a,0.1,,loss,train",
        "2,1,2",
        "3,2,,,,b,,8,loss,",
        "4,3,0.5,,,b,,8,loss,",
    ]
    (tmp_path / "mine.csv").write_text(HEAD + "\n".join(rows))
    found = records(Aim(), tmp_path)
    assert (found["a"].params, found["b"].params) == ({"lr": 0.1}, {"batch": 8})
    assert points(found["a"], "loss/train") == [[0, "1.5"]]
    assert points(found["b"], "loss") == [[2, "nan"]], "the last line has no end"
    assert found["a"].created == 1_704_067_200
    assert [one.line for one in found["a"].problems] == [3, 4, 6]


def test_a_grown_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(HEAD + "0,0,1.5,,,a,,,loss,\n")
    assert points(records(Aim(), tmp_path)["a"], "loss") == [[0, "1.5"]]
    file.write_text(HEAD + "0,0,1.5,,,a,,,loss,\n1,1,2.5,,,a,,,loss,\n")
    assert points(records(Aim(), tmp_path)["a"], "loss") == [[0, "1.5"], [1, "2.5"]]


def test_the_environment_that_aim_keeps_is_no_parameter(tmp_path: Path) -> None:
    machine = "run.__system_params.env_variables.HOME,run.__system_params.packages.numpy"
    head = f"step,value,run.hash,run.lr,{machine},metric.name"
    (tmp_path / "a.csv").write_text(f"{head}\n0,1.5,ab,0.5,/home/me,2.4,__system__cpu\n")
    record = records(Aim(), tmp_path)["ab"]
    assert record.params == {"lr": 0.5}
    assert list(record.series) == ["system/cpu"]


def test_another_table_is_none_of_aim(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("step,value,run.hash\n1,2,a\n")
    assert Aim().find(str(tmp_path)).runs == []
