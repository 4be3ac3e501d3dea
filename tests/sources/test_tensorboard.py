"""Folders of TensorBoard as the real tools wrote them: equal to what TensorBoard's own reader finds in them.

The files in `data` and `expected.json` are made by `make_tensorboard.py`.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from runpages.format.records import RunRecord
from runpages_site.build import build
from runpages_site.command import runpages
from runpages_site.read.source import Reading
from runpages_site.read.sources.tensorboard import TensorBoard

from . import event_writer as w

DATA = Path(__file__).parent / "data"
EXPECTED: dict[str, Any] = json.loads((DATA / "expected.json").read_text())
NOW = 1_900_000_000.0

# Each folder with events: the run that has them, and what becomes of its tags there.
PLACES = {
    "tensorboardX/exp/run": ("tensorboardX", "run", "{}"),
    "tensorboardX/exp/run/1700000000.5": ("tensorboardX", "run", "{}"),
    "tensorboardX/exp/run/pair/a": ("tensorboardX", "run", "{}/a"),
    "tensorboardX/exp/run/pair/b": ("tensorboardX", "run", "{}/b"),
    "torch/exp/resumed": ("torch", "resumed", "{}"),
    "keras/fit/20240101-000000/train": ("keras", "20240101-000000", "train/{}"),
    "keras/fit/20240101-000000/validation": ("keras", "20240101-000000", "validation/{}"),
}


def readings(folder: Path) -> dict[str, Reading]:
    source = TensorBoard()
    return {run.name: source.read(run, now=NOW, known={}, sink=None) for run in source.find(str(folder)).runs}


def only(folder: Path) -> RunRecord:
    (reading,) = readings(folder).values()
    return reading.record


def f32(value: float) -> float:
    found: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return found


def write(path: Path, *records: bytes) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    (path / "events.out.tfevents.1700000000.host").write_bytes(b"".join(map(w.frame, (w.VERSION, *records))))
    return path


def test_every_folder_is_known() -> None:
    assert set(PLACES) == set(EXPECTED)


@pytest.mark.parametrize("folder", PLACES)
def test_scalars_are_those_of_tensorboard(folder: str) -> None:
    tool, run, name = PLACES[folder]
    record = readings(DATA / tool)[run].record
    for tag, points in EXPECTED[folder]["scalars"].items():
        series = record.series[name.format(tag)]
        # A folder of hyperparameters and its run may have one name.
        values = [f32(float(value or 0)) for value in series.values]
        found = sorted(zip(series.steps, series.times, values, strict=True), key=lambda point: point[0])
        assert repr(found) == repr(sorted(map(tuple, points), key=lambda point: point[0])), tag


def test_nothing_else_is_made_of_them() -> None:
    for tool in ("tensorboardX", "torch", "keras"):
        names = {
            name.format(tag)
            for folder, (of, _, name) in PLACES.items()
            if of == tool
            for tag in EXPECTED[folder]["scalars"]
        }
        assert set(only(DATA / tool).series) == names


def test_pictures_are_those_of_tensorboard() -> None:
    reading = readings(DATA / "tensorboardX")["run"]
    found = [
        [image.step, image.width, image.height, sha256(reading.parts[image.file].content()).hexdigest()]
        for image in reading.record.images
    ]
    assert found == EXPECTED["tensorboardX/exp/run"]["images"]["sample"]
    assert [image.file for image in reading.record.images] == [f"images/sample/{step}.png" for step in (0, 100, 20_000)]


def test_histograms_count_as_many_values() -> None:
    charts = [chart for chart in only(DATA / "tensorboardX").charts if chart.type == "histogram"]
    expected = EXPECTED["tensorboardX/exp/run"]["histograms"]["weights"]
    assert [[chart.step, sum(chart.data["bin_counts"])] for chart in charts] == expected
    for chart in charts:
        edges = chart.data["bin_edges"]
        assert len(edges) == len(chart.data["bin_counts"]) + 1
        assert edges == sorted(set(edges))
    (kernel, _) = only(DATA / "keras").charts
    assert (kernel.data["bin_counts"], kernel.data["bin_edges"][0]) == ([4.0] * 5, 0.0)


def test_precision_recall_curves_are_those_of_tensorboard() -> None:
    (chart,) = (one for one in only(DATA / "tensorboardX").charts if one.type == "accuracy_table")
    ((step, counts),) = EXPECTED["tensorboardX/exp/run"]["curves"]["pr"]
    assert (chart.name, chart.step, chart.data["class_labels"]) == ("pr", step, ["pr"])
    assert chart.data["probability_tables"] == [list(map(list, zip(*counts, strict=True)))]
    assert chart.data["probability_thresholds"] == [0, 0.25, 0.5, 0.75, 1]


def test_a_precision_recall_curve_of_another_shape_is_reported(tmp_path: Path) -> None:
    for shape in ([], [6], [3, 4], [6, 1]):
        numbers = w.field(1, 1) + w.field(2, b"".join(w.field(2, w.field(1, size)) for size in shape))
        write(tmp_path / "run", w.event(1.0, 1, w.field(1, b"pr") + w.field(8, numbers) + w.metadata("pr_curves")))
        record = only(tmp_path)
        assert record.charts == []
        assert "a precision–recall curve has the shape" in record.problems[0].message


def test_texts_parameters_and_times() -> None:
    reading = readings(DATA / "tensorboardX")["run"]
    record = reading.record
    assert [reading.parts[text.file].content().decode() for text in record.media] == [
        f"**step** {step} ü" for step in (0, 100, 20_000)
    ]
    assert record.params == {"bn": True, "layers": 3, "lr": 0.1, "name": "adam"}
    assert only(DATA / "keras").params == {"units": 16, "optimizer": "sgd", "dropout": 0.25}
    assert record.started == 1.7e9
    assert record.status is None
    assert record.properties["Source"] == "TensorBoard events"


def test_numbers_of_32_bits_are_spelled_as_they_were_logged() -> None:
    assert set(only(DATA / "tensorboardX").series["lr"].values) == {0.001}


def test_what_a_restart_voids_is_left_out_and_said() -> None:
    record = only(DATA / "torch")
    assert record.series["loss"].total == 90
    (problem,) = record.problems
    assert (problem.message, problem.damage) == ("A restart went back to an earlier step, before 80 values", False)


def test_a_restart_voids_pictures_and_all_of_a_metric(tmp_path: Path) -> None:
    png = (DATA.parent / "pixel.png").read_bytes()
    value = w.field(1, b"image") + w.field(4, w.field(4, png))
    before = [w.event(1.0, step, value) for step in (1, 5)], w.event(1.0, 6, w.scalar("late", 1.0))
    write(tmp_path / "run", *before[0], before[1], w.restart(2.0, 5), w.event(3.0, 5, value))
    record = only(tmp_path)
    assert [(image.step, image.time) for image in record.images] == [(1, 1.0), (5, 3.0)]
    assert record.series == {}
    assert record.problems[0].message == "A restart went back to an earlier step, before 2 values"


def test_what_was_said_of_a_metric() -> None:
    series = only(DATA / "keras").series
    assert series["train/epoch_loss"].declared.description == "mean"
    assert series["train/evaluation"].declared.description is None


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    folder = write(tmp_path / "run", w.event(1.0, 1, w.scalar("x", 1.0)))
    write(folder / "inner", b"\xff")
    source = TensorBoard()
    run = next(run for run in source.find(str(tmp_path)).runs if run.name == "run")
    (folder / "events.out.tfevents.1800000000.host").mkdir()
    record = source.read(run, now=NOW, known={}, sink=None).record
    assert list(record.series) == ["x"]


def test_a_site_beside_the_runs_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "logs/run", w.event(1.0, 1, w.scalar("x", 1.0)))
    shutil.copytree(tmp_path / "logs/run", tmp_path / "logs/old/run")
    (tmp_path / "logs/old/.runpages-site.json").write_text("{}")
    assert names(tmp_path / "logs") == {("logs", "run")}


def test_what_is_not_read_is_said(tmp_path: Path) -> None:
    write(tmp_path / "run", w.event(1.0, 1, w.texts("points", "mesh", b"x")))
    assert [problem.message for problem in only(tmp_path).problems] == ["Not read yet: 1 value of the kind mesh"]


# --- which folders are runs ---------------------------------------------------------------------------------


def names(folder: Path) -> set[tuple[str, str]]:
    return {(run.experiment, run.name) for run in TensorBoard().find(str(folder)).runs}


def test_runs_are_named_by_where_they_lie(tmp_path: Path) -> None:
    for place in ("logs/a", "logs/b", "logs/deep/er/c", "logs/deep/er/c/inner"):
        write(tmp_path / place, w.event(1.0, 1, w.scalar("x", 1.0)))
    write(tmp_path / "logs/.hidden", w.event(1.0, 1, w.scalar("x", 1.0)))
    os.symlink("a", tmp_path / "logs/link")
    assert names(tmp_path / "logs") == {
        ("logs", "a"), ("logs", "b"), ("deep~2fer", "c"), ("deep~2fer", "c~2finner"),
    }  # fmt: skip
    assert names(tmp_path / "logs/a") == {("logs", "a")}
    (inner,) = [run for run in TensorBoard().find(str(tmp_path / "logs")).runs if "inner" in run.name]
    assert TensorBoard().read_head(inner, now=NOW).parent == "c"


def test_parts_of_the_data_are_one_run(tmp_path: Path) -> None:
    for part in ("train", "validation"):
        write(tmp_path / "one" / part, w.event(1.0, 1, w.scalar("loss", 1.0)))
        write(tmp_path / "two" / part, w.event(1.0, 1, w.scalar("loss", 1.0)))
    write(tmp_path / "two/other", w.event(1.0, 1, w.scalar("loss", 1.0)))
    assert names(tmp_path) == {
        (tmp_path.name, "one"), ("two", "train"), ("two", "validation"), ("two", "other"),
    }  # fmt: skip
    assert set(readings(tmp_path)["one"].record.series) == {"train/loss", "validation/loss"}


def test_scalars_that_torch_writes_together_are_in_their_run(tmp_path: Path) -> None:
    write(tmp_path / "run", w.event(1.0, 1, w.scalar("loss", 1.0)))
    write(tmp_path / "run/my_pair_a_b", w.event(1.0, 1, w.scalar("my/pair", 2.0)))
    assert set(only(tmp_path).series) == {"loss", "my/pair/a_b"}


# --- other things that events hold --------------------------------------------------------------------------


def test_pictures_and_sounds_of_tensorflow(tmp_path: Path) -> None:
    png = (DATA.parent / "pixel.png").read_bytes()
    wav = b"RIFF\x00\x00\x00\x00WAVEfmt "
    write(
        tmp_path / "run",
        w.event(1.0, 3, w.texts("image", "images", b"7", b"5", png, png)),
        w.event(1.0, 3, w.texts("image", "images", b"7", b"5", png, png)),
        w.event(1.0, 4, w.texts("sound", "audio", wav, b"label")),
        w.event(1.0, 5, w.texts("broken", "images", b"7", b"5", b"<svg onload=alert(1)>")),
    )
    (reading,) = readings(tmp_path).values()
    assert [(image.name, image.file, image.width) for image in reading.record.images] == [
        ("image/0", "images/image~2f0/3.png", 7), ("image/1", "images/image~2f1/3.png", 7),
        ("image/0", "images/image~2f0/3-2.png", 7), ("image/1", "images/image~2f1/3-2.png", 7),
    ]  # fmt: skip
    assert [(sound.name, sound.file) for sound in reading.record.media] == [("sound", "media/sound/4.wav")]
    assert reading.parts["media/sound/4.wav"].content() == wav
    (problem,) = reading.record.problems
    assert "holds is no picture and no sound" in problem.message


def test_the_end_of_a_session_is_the_status(tmp_path: Path) -> None:
    for code, status in ((1, "Completed"), (2, "Failed"), (3, None)):
        content = w.field(4, w.field(1, code) + w.field(2, 2.0))
        value = w.field(1, b"_hparams_/session_end_info") + w.metadata("hparams", content)
        write(tmp_path / "run", w.event(1.0, 0, value))
        assert only(tmp_path).status == status


def test_many_histograms_are_thinned(tmp_path: Path) -> None:
    bins = w.field(1, 0.0) + w.field(2, 1.0) + w.field(6, struct.pack("<d", 1.0)) + w.field(7, struct.pack("<d", 4.0))
    value = w.field(1, b"h") + w.field(5, bins)
    write(tmp_path / "run", *(w.event(1.0, step, value) for step in range(130)))
    record = only(tmp_path)
    assert [chart.step for chart in record.charts] == [*range(0, 130, 4), 129]
    assert [problem.action for problem in record.problems] == ["96 not shown"]


def test_the_parameters_that_lightning_writes_beside_the_events(tmp_path: Path) -> None:
    write(tmp_path / "version_0", w.event(1.0, 1, w.scalar("loss", 1.0)))
    (tmp_path / "version_0/hparams.yaml").write_text("lr: 1e-3\n")
    assert only(tmp_path).params == {"lr": 0.001}


def test_times_that_are_none_are_left_out(tmp_path: Path) -> None:
    write(tmp_path / "run", *(w.event(time, 1, w.scalar("x", 1.0)) for time in (1e300, float("nan"), -1e15, 5.0)))
    record = only(tmp_path)
    assert record.series["x"].times == [None, None, None, 5.0]
    assert (record.started, record.ended) == (5.0, 5.0)


# --- builds -------------------------------------------------------------------------------------------------


def copy(folder: Path) -> Path:
    shutil.copytree(DATA / "tensorboardX", folder)
    for path in folder.rglob("*tfevents*"):
        os.utime(path, (1.7e9, 1.7e9))
    return folder


def test_a_build_of_such_a_folder_just_works(tmp_path: Path) -> None:
    logs = copy(tmp_path / "logs")
    before = sorted(logs.rglob("*"))
    result = CliRunner().invoke(runpages, ["build", str(logs), "-o", str(tmp_path / "site")])
    assert result.exit_code == 0, result.output
    assert "Built 1 run in 1 experiment" in result.stdout
    page = (tmp_path / "site/e/exp/run.html").read_text()
    assert "TensorBoard events" in page
    assert (tmp_path / "site/e/exp/run/images/sample/100.png").read_bytes().startswith(b"\x89PNG")
    assert "**step** 100" in (tmp_path / "site/e/exp/run/media/note/100.txt").read_text()
    assert sorted(logs.rglob("*")) == before, "nothing is written into a folder of another tool"
    assert CliRunner().invoke(runpages, ["check", str(tmp_path / "site")]).exit_code == 0


def test_only_a_run_that_grew_is_read_again(tmp_path: Path) -> None:
    logs, site = copy(tmp_path / "logs"), tmp_path / "site"
    other = write(tmp_path / "logs/exp/other", w.event(1.0, 1, w.scalar("x", 1.0)))
    build(logs, site, now=NOW, version="1")
    assert not build(logs, site, now=NOW, version="1").rendered
    with open(next(other.iterdir()), "ab") as file:
        file.write(w.frame(w.event(2.0, 2, w.scalar("x", 2.0))))
    assert list(build(logs, site, now=NOW, version="1").rendered) == [str(other)]


def test_long_metrics_are_thinned_and_all_their_points_are_kept(tmp_path: Path) -> None:
    write(tmp_path / "logs/exp/run", *(w.event(1.7e9 + step, step, w.scalar("x", step / 10)) for step in range(6_000)))
    report = build(tmp_path / "logs", tmp_path / "site", now=NOW, version="1")
    assert dict(report.problems) == {}
    points = (tmp_path / "site/e/exp/run/points.js").read_text()
    assert '"points":6000' in points
    chunks = "".join(path.read_text() for path in (tmp_path / "site/e/exp/run/points").rglob("*.js"))
    assert "0.30000001" not in chunks + points
