"""Folders of DVCLive and Sacred, against what these tools were given to log."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from runpages.format.records import RunRecord
from runpages_site.command import runpages
from runpages_site.read.source import Source
from runpages_site.read.sources.dvclive import DvcLive
from runpages_site.read.sources.sacred import Sacred
from tests.format.folder import write

DATA = Path(__file__).parent / "data"
NOW = 1_900_000_000.0
SOURCES: dict[str, Source] = {"dvclive": DvcLive(), "sacred": Sacred()}
PIXEL = (Path(__file__).parent / "pixel.png").read_bytes()
LOSS = ["1.0", "nan", "inf", "0.30000000000000004"]
KINDS = pytest.mark.parametrize("kind", SOURCES)


def records(source: Source, folder: Path, *, now: float = NOW) -> dict[str, RunRecord]:
    found = source.find(str(folder), skip=())
    return {run.name: source.read(run, now=now, known={}, sink=None).record for run in found.runs}


def test_dvclive_is_what_was_logged() -> None:
    (record,) = records(SOURCES["dvclive"], DATA / "dvclive").values()
    expected = json.loads((DATA / "dvclive/expected.json").read_text("utf-8"))["train/loss"]
    loss = record.series["train/loss"]
    assert [[step, repr(value)] for step, value in zip(loss.steps, loss.values, strict=True)] == expected
    assert all(time and 1_700_000_000 < time < NOW for time in loss.times)
    assert record.series["acc"].values == [0.0, 1 / 3, 2 / 3, 1.0]
    assert (record.series["final"].steps, record.series["final"].values) == ([3], [0.5])
    assert set(record.series) == {"train/loss", "acc", "final"}
    assert record.params == {"lr": 0.1, "net": {"depth": 2}}
    assert [(one.name, one.step, one.width) for one in record.images] == [
        ("one", 0, 5),
        ("samples", 0, 5),
        ("samples", 1, 5),
    ]
    assert [one.data for one in record.charts] == [{"class_labels": ["0", "1"], "matrix": [[1, 0], [1, 1]]}]
    assert [(one.name, one.columns) for one in record.tables] == [
        ("pts", ["x", "y"]),
        ("roc", ["fpr", "tpr", "threshold"]),
    ]
    assert (record.status, record.problems) == (None, [])


def test_sacred_is_what_was_logged() -> None:
    found = records(SOURCES["sacred"], DATA / "sacred")
    done, failed = found["1"], found["2"]
    for record in (done, failed):
        assert (record.experiment, record.problems) == ("digits & <more>", [])
        assert (record.series["train.loss"].steps, list(map(repr, record.series["train.loss"].values))) == (
            [0, 10, 20, 30],
            LOSS,
        )
        assert [file.name for file in record.artifacts] == ["notes.txt"]
        assert record.started and record.ended and record.started <= record.ended
        assert record.properties["Script"] == "make_sacred.py"
    assert [file.name for file in done.logs] == ["cout.txt"]
    assert (done.status, done.series["result"].values, done.error) == ("Completed", [0.6], None)
    assert done.params == {"lr": 0.1, "net": {"depth": 2}, "seed": 1, "fails": False}
    assert failed.status == "Failed"
    assert failed.error
    assert failed.error.summary == "ValueError: the <labels> are missing"


@KINDS
def test_a_site_is_built_from_a_copy(kind: str, tmp_path: Path) -> None:
    shutil.copytree(DATA / kind, tmp_path / "project")
    command = ["build", str(tmp_path / "project"), "-o", str(tmp_path / "site")]
    result = CliRunner().invoke(runpages, command)
    assert result.exit_code == 0, result.output
    pages = "".join(page.read_text("utf-8") for page in (tmp_path / "site/e").rglob("*.html"))
    assert "train" in pages
    assert "nothing changed" in CliRunner().invoke(runpages, command).stdout


@pytest.mark.parametrize(
    ("result", "metrics", "problems"),
    [
        ({"py/object": "numpy.float64", "dtype": "float64", "value": 0.5}, {"result": 0.5}, []),
        ({"acc": 0.5, "deep": {"f1": 0.25}, "word": "x"}, {"acc": 0.5, "deep.f1": 0.25, "word": "x"}, []),
        ({"values": {"acc": 0.5}}, {"values.acc": 0.5}, []),
        (
            {"acc": 0.5, "rows": [[1]], "pair": {"py/tuple": [0.1, 0.2]}},
            {"acc": 0.5},
            ["2 values of the result: neither a number nor a text"],
        ),
        ("best of three", {"result": "best of three"}, []),
        (None, {}, []),
    ],
)
def test_what_a_script_of_sacred_returned_becomes_metrics(
    result: Any, metrics: dict[str, Any], problems: list[str], tmp_path: Path
) -> None:
    write(tmp_path / "1", {"cout.txt": "", "config.json": "{}", "run.json": json.dumps({"result": result})})
    (record,) = records(SOURCES["sacred"], tmp_path).values()
    prefix = "result." if isinstance(result, dict) and "dtype" not in result else ""
    found = {name.removeprefix(prefix): one.values for name, one in record.series.items()}
    assert found == {name: [value] for name, value in metrics.items()}
    assert [one.message for one in record.problems] == problems


def test_types_that_sacred_keeps_beside_values_are_left_out_of_parameters(tmp_path: Path) -> None:
    array = {"py/object": "numpy.ndarray", "dtype": "int64", "values": [0, 1]}
    config = {"rate": {"py/object": "numpy.float64", "dtype": "float64", "value": 0.5}, "net": {"sizes": array}}
    files = {"cout.txt": "", "config.json": json.dumps(config), "run.json": '{"meta": {"comment": "A **note**"}}'}
    write(tmp_path / "1", files)
    (record,) = records(SOURCES["sacred"], tmp_path).values()
    assert record.params == {"rate": 0.5, "net": {"sizes": [0, 1]}}
    assert record.description == "A **note**"


def test_a_run_of_sacred_that_was_killed_is_not_running(tmp_path: Path) -> None:
    shutil.copytree(DATA / "sacred/1", tmp_path / "1")
    about = json.loads((tmp_path / "1/run.json").read_text("utf-8"))
    about = {**about, "status": "RUNNING", "stop_time": None, "heartbeat": "2026-01-01T00:00:00"}
    (tmp_path / "1/run.json").write_text(json.dumps(about))
    (record,) = records(SOURCES["sacred"], tmp_path).values()
    assert (record.status, record.ended) == ("NotResponding", 1_767_225_600.0)
    (record,) = records(SOURCES["sacred"], tmp_path, now=1_767_225_700.0).values()
    assert record.status == "Running"
    (record,) = records(SOURCES["sacred"], tmp_path, now=1_767_225_700.0 - 86_400).values()
    assert record.status == "NotResponding", "a time of a day ahead comes from a clock that is wrong"


@KINDS
def test_no_cut_or_flipped_bit_ends_in_an_exception(kind: str, tmp_path: Path) -> None:
    shutil.copytree(DATA / kind, tmp_path / "project")
    for path in sorted((tmp_path / "project").rglob("*")):
        if not path.is_file() or path.suffix == ".png":
            continue
        data = path.read_bytes()
        for at in range(0, len(data), 41):
            for bad in (data[:at], data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]):
                path.write_bytes(bad)
                for run in SOURCES[kind].find(str(tmp_path / "project"), skip=()).runs:
                    SOURCES[kind].read(run, now=NOW, known={}, sink=None)
        path.write_bytes(data)


@pytest.mark.parametrize("below", ["scalars/", ""])
def test_dvclive_before_version_1_keeps_the_last_values_beside_the_folder(below: str, tmp_path: Path) -> None:
    folder = write(
        tmp_path / "mine/dvclive",
        {
            f"{below}train/loss.tsv": "timestamp\tstep\ttrain/loss\n1700000000000\t0\t1.0\n1700000001000\t1\tnan\n",
            f"{below}acc.tsv": "timestamp\tstep\tacc\n1700000000000\t0\t0.25\n",
            "images/0/one.png": PIXEL,
            "images/7/one.png": PIXEL,
            "params.yaml": "lr: 0.1\n",
        },
    )
    source = SOURCES["dvclive"]
    assert not source.find(str(tmp_path), skip=()).runs, "a folder of tables may be anything"
    (tmp_path / "mine/dvclive.json").write_text('{"step": 1, "train": {"loss": NaN}, "acc": 0.25, "late": 2}')
    (record,) = records(source, tmp_path).values()
    assert {name: (one.steps, list(map(repr, one.values))) for name, one in record.series.items()} == {
        "train/loss": ([0, 1], ["1.0", "nan"]), "acc": ([0], ["0.25"]), "late": ([1], ["2"]),
    }  # fmt: skip
    assert (record.params, record.series["acc"].times) == ({"lr": 0.1}, [1.7e9])
    assert [(one.name, one.step, one.width) for one in record.images] == [("one", 0, 7), ("one", 7, 7)]
    (before,) = source.find(str(tmp_path), skip=()).runs
    (folder.parent / "dvclive.json").write_text('{"step": 1}')
    assert source.find(str(tmp_path), skip=()).runs[0].seen.key != before.seen.key
