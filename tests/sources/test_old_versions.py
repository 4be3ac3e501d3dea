"""Folders that W&B 0.12, DVCLive 2, tensorboardX 1 and TensorFlow 1 wrote, by `make_old_trackers.py`."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from runpages.format.records import RunRecord
from runpages_site.read.scan import scan, source_of

DATA = Path(__file__).parent / "data/old"
NOW = 1_900_000_000.0
VALUES = [1.0, 0.5, math.nan, math.inf, 0.1 + 0.2]


def only_run(kind: str) -> tuple[str, RunRecord]:
    (run,) = scan(DATA / kind, DATA / "nowhere").found.runs
    return run.seen.source, source_of(run.seen.source).read(run, now=NOW, known={}, sink=None).record


@pytest.mark.parametrize(
    ("kind", "source", "metric", "values"),
    [
        ("wandb", "wandb", "loss", VALUES),
        ("dvclive", "dvclive", "train/loss", VALUES),
        ("tensorboardX", "tensorboard", "loss", [*VALUES[:-1], 0.3]),
        ("tensorflow", "tensorboard", "loss", [*VALUES[:-1], 0.3]),
    ],
)
def test_every_point_is_read(kind: str, source: str, metric: str, values: list[float]) -> None:
    found, record = only_run(kind)
    assert found == source
    assert record.series[metric].steps == [0, 1, 2, 3, 4]
    assert list(map(repr, record.series[metric].values)) == list(map(repr, values))
    assert record.problems == []


def test_wandb_0_12_has_what_newer_ones_have() -> None:
    _, record = only_run("wandb")
    assert (record.name, record.status, record.description) == ("first <x>", "Completed", "A note")
    assert (record.params, record.tags) == ({"lr": 0.1, "net": {"depth": 2}}, {"base": ""})
    assert [image.name for image in record.images] == ["samples"]
    assert [table.rows for table in record.tables] == [[{"a": 1, "b": "x"}]]
    assert [chart.name for chart in record.charts] == ["spread"]


def test_dvclive_2_has_parameters() -> None:
    assert only_run("dvclive")[1].params == {"lr": 0.1}


@pytest.mark.parametrize(
    ("kind", "image", "count"), [("tensorboardX", "samples", 1), ("tensorflow", "samples/image/0", 5)]
)
def test_old_summaries_have_pictures_texts_and_histograms(kind: str, image: str, count: int) -> None:
    _, record = only_run(kind)
    assert [one.name for one in record.images] == [image] * count
    assert [one.name for one in record.media] == ["note"] * count
    assert [one.name for one in record.charts] == ["spread"] * count
