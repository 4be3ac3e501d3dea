"""The charts over the runs of an experiment as the page has them."""

from __future__ import annotations

import json
import math
import random
import re
from collections import Counter
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages_site import chart
from runpages_site.chart.axis import width
from runpages_site.model import ExperimentSummary, MetricSummary, RunSummary
from runpages_site.page.run_charts import RunCharts, pareto, run_charts
from runpages_site.page.sweep import ranked, sampled, useful, varying
from runpages_site.select import levels, spark


def metric(values: list[float], goal: str | None = "min") -> MetricSummary:
    known = [value for value in values if math.isfinite(value)]
    course = levels(spark([value if math.isfinite(value) else None for value in values]))
    return MetricSummary(
        len(values),
        known[-1] if known else None,
        min(known, default=None),
        max(known, default=None),
        None,
        course,
        goal,
    )


def run(number: int, params: dict[str, Any], **metrics: list[float]) -> RunSummary:
    return RunSummary(
        path=f"e/x/{number}.html",
        id=str(number),
        title=f"run-{number}",
        number=number,
        status="Completed",
        damaged=False,
        created=None,
        started=1_700_000_000.0 + 3_600 * number,
        ended=None,
        last_write=None,
        parent=None,
        host=None,
        params=params,
        tags={},
        metrics={name.replace("_", "/"): metric(values) for name, values in metrics.items()},
    )


def drawn(runs: list[RunSummary], main: str = "val/loss") -> RunCharts | None:
    return run_charts(ExperimentSummary("e/x/index.html", "x", None, None, {}, tuple(runs), main, "min"))


def charts(runs: list[RunSummary], main: str = "val/loss") -> RunCharts:
    found = drawn(runs, main)
    assert found is not None
    for card in found.cards:
        ElementTree.fromstring(card.svg)
        assert 'role="img"' in card.svg
    return found


def sweep(count: int, seed: int = 1) -> list[RunSummary]:
    """Runs whose loss depends on the learning rate, a little on the width, and not on the seed."""
    draw = random.Random(seed)
    runs = []
    for at in range(count):
        lr, width = (0.001, 0.01, 0.1)[at % 3], (16, 64)[at // 3 % 2]
        low = 1 + abs(math.log10(lr) + 2) + 1 / width + draw.gauss(0, 0.01)
        params = {"seed": at // 6, "net": {"width": width}, "lr": lr, "kind": "mlp"}
        curve = [low + 3 / (step + 1) for step in range(40)]
        runs.append(run(count - at, params, val_loss=curve, train_loss=[value / 2 for value in curve]))
    return runs


def spec(charts: RunCharts, at: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(charts.cards[at].spec)
    return found


def test_a_sweep_has_three_charts_coloured_by_what_explains_it() -> None:
    found = charts(sweep(24))
    assert found.color == "param:lr"
    assert [json.loads(card.spec) for card in found.cards] == [
        {"kind": "lines", "keys": ["metric:val/loss"]},
        {"kind": "points", "keys": ["metric:val/loss", "param:lr"]},
        {
            "kind": "parallel",
            "keys": ["param:lr", "param:seed", "param:net.width", "metric:train/loss", "metric:val/loss"],
        },
    ]
    best = next(one for one in sorted(sweep(24), key=lambda one: one.metrics["val/loss"].min or 0))
    for card in found.cards:
        assert best.title in card.svg.partition(">")[0]  # In the sentence.
    assert f">{best.title}</text>" in found.cards[1].svg


def test_the_values_on_an_axis_are_whole_where_there_is_room_and_the_first_stay_within_the_card() -> None:
    scale = chart.categories("optimizer", ["momentum", "a very long name of an optimizer"])
    track = chart.Track([0.0] * 5, "r1")
    svg = chart.parallel_chart([track], [scale] * 5, alt="")
    assert svg.count(">momentum</text>") == 5
    assert "a very long name of an optimizer" not in svg
    margin = re.search(r"left-(\d+)", svg)
    assert margin
    longest = re.findall(r">([^<>]*…[^<>]*)</text>", svg)[0]
    assert width(longest) + 5 <= int(margin[1])


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_is_drawn_of_fewer_than_two_runs(count: int) -> None:
    assert drawn(sweep(count)) is None


def test_nothing_is_drawn_without_the_main_metric() -> None:
    assert drawn([run(at, {"lr": at}, other=[1.0]) for at in (1, 2)]) is None
    assert drawn([run(1, {}, val_loss=[math.nan]), run(2, {}, val_loss=[1.0])]) is None


def test_runs_that_differ_in_nothing_are_shown_in_order_of_start() -> None:
    found = charts([run(at, {"lr": 1}, val_loss=[3.0, 1.0 + at]) for at in (2, 1)])
    assert found.color == ""
    assert [json.loads(card.spec)["kind"] for card in found.cards] == ["lines", "trend"]
    assert 's1"' in found.cards[0].svg and 's2"' in found.cards[0].svg


def test_a_second_metric_takes_the_place_of_a_second_parameter() -> None:
    runs = [run(at, {"lr": at}, val_loss=[float(at), 1.0], val_mse=[1.0 / at, 4.0 / at]) for at in (1, 2, 3)]
    found = charts(runs)
    assert spec(found, 2) == {"kind": "points", "keys": ["metric:val/loss", "metric:val/mse"]}
    assert "Pareto front of" in found.cards[2].note


@pytest.mark.parametrize(
    ("logged", "kinds"), [([0.5], ["lines", "points", "points"]), ([0.0, 0.9], ["lines", "points"])]
)
def test_the_last_of_a_curve_does_not_stand_for_the_step_with_the_best_value(
    logged: list[float], kinds: list[str]
) -> None:
    runs = []
    for at in (1, 2, 3):
        known = run(at, {"lr": at}, val_loss=[float(at), 1.0, 2.0])
        alpha = metric([value * at for value in logged], goal=None)
        runs.append(replace(known, metrics={**known.metrics, "alpha": alpha}))
    assert [json.loads(card.spec)["kind"] for card in charts(runs).cards] == kinds


def test_a_name_belongs_to_where_its_line_ends() -> None:
    found = charts([run(1, {}, val_loss=[3.0, 2.0, 1.0]), run(2, {}, val_loss=[2.5])])
    ends = ElementTree.fromstring(found.cards[0].svg).findall(".//g[@class]")
    places = {end.findtext(".//text"): end.find("circle").get("cx") for end in ends if "end" in end.get("class", "")}  # type: ignore[union-attr]
    assert places == {"run-1": "100%", "run-2": "0%"}
    assert 'class="reach s' in found.cards[0].svg


@pytest.mark.parametrize("count", [51, 3_000])
def test_the_marks_of_many_runs_are_bounded_and_the_card_says_so(count: int) -> None:
    found = charts(sweep(count))
    assert sum(len(card.svg) for card in found.cards) < 14_000
    lines, points, parallel = found.cards
    assert lines.note.startswith("10 best, colour = lr; grey: 20 of the other ")
    assert f"{count:,}".replace(",", "") in points.note.replace(",", "")
    assert len(re.findall(r"h0", points.svg)) <= 201
    assert "40 of" in parallel.note


def test_texts_are_categories() -> None:
    runs = [run(at, {"opt": ("adam", "sgd")[at % 2], "b": True}, val_loss=[1.0 + at % 2]) for at in range(8)]
    found = charts(runs)
    assert found.color == "param:opt"
    assert ">adam</text>" in found.cards[0].svg and ">sgd</text>" in found.cards[0].svg
    # Runs of one point are no curves.
    assert [json.loads(card.spec)["kind"] for card in found.cards] == ["points"]


def test_what_was_logged_is_escaped() -> None:
    name, value = '<img src="x">', "</svg><b>&"
    runs = [run(at, {name: value * (at % 2 + 1), "b": at}, val_loss=[2.0, 1.0 + at % 2]) for at in range(6)]
    for card in charts(runs).cards:
        assert "<img" not in card.svg and "<b>" not in card.svg


def test_a_run_without_the_parameter_is_grey() -> None:
    runs = [run(at, {"lr": at % 2} if at else {}, val_loss=[2.0, 1.0 + at % 2]) for at in range(7)]
    assert "rest" in charts(runs).cards[0].svg


def test_texts_that_hardly_recur_and_seeds_are_not_chosen() -> None:
    runs = [run(at, {"note": f"n{at}", "seed": at, "lr": at % 2}, val_loss=[0.0]) for at in range(40)]
    params = {param.name: param for param in varying(runs)}
    assert list(params) == ["seed", "lr"]
    chosen = useful(params.values(), [float(at) for at in range(40)])
    assert chosen is params["lr"]
    assert useful([params["seed"]], [0.0] * 40) is params["seed"]


def test_a_parameter_of_numbers_and_texts_is_one_of_texts() -> None:
    [param] = varying([run(at, {"a": value}) for at, value in enumerate([1, "b10", "b2", None, math.nan])])
    assert not param.is_numeric
    assert list(param.spelled.values()) == ["1", "b2", "b10", "nan", "null"]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_ranks_are_those_of_sorting(values: list[float]) -> None:
    found = ranked(values)
    for value, rank in zip(values, found, strict=True):
        below, same = sum(other < value for other in values), values.count(value)
        assert rank == below + (same - 1) / 2


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1), st.sampled_from(["min", "max"]))
def test_a_front_has_what_no_pair_beats(pairs: list[tuple[float, float]], y: str) -> None:
    sign = 1 if y == "min" else -1

    def beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
        return one != other and one[0] <= other[0] and sign * one[1] <= sign * other[1]

    front = [pair for pair in set(pairs) if not any(beats(other, pair) for other in pairs)]
    assert pareto(pairs, "min", y) == sorted(front)


@given(st.sets(st.integers(), min_size=1, max_size=60), st.integers(2, 20))
def test_a_sample_keeps_the_order_and_is_the_same_each_time(items: set[int], most: int) -> None:
    found = sampled(sorted(items), most)
    assert len(found) == min(len(items), most)
    assert found == sorted(found) and items.issuperset(found)
    assert found == sampled(sorted(items), most)


def test_a_sample_is_taken_from_everywhere() -> None:
    tenths = Counter(item // 1_000 for item in sampled(range(10_000), 500))
    assert len(tenths) == 10 and all(30 <= count <= 70 for count in tenths.values())


@pytest.mark.parametrize(
    ("values", "log"),
    [
        ([0.001, 0.01, 0.1], True),
        ([16, 32, 64, 128], True),
        ([1, 2, 3, 4], False),
        ([0, 0.01, 0.1], False),
        ([0.01 * at for at in range(1, 101)], False),
        ([5, 5, 5], False),
    ],
)
def test_an_axis_is_logarithmic_where_values_are_spread_so(values: list[float], log: bool) -> None:
    assert chart.is_log(values) is log


@pytest.mark.parametrize("length", range(1, 20))
def test_each_category_has_its_label_beside_a_name_of_any_length(length: int) -> None:
    values = [0.1, 0.2, 0.3]
    dots = [chart.Dot(float(at), value, "s1") for at, value in enumerate(values)]
    scale = chart.categories("i" * length, ["first", "second", "third"])
    svg = chart.points_chart(dots, scale, chart.numbers("y", values), alt="")
    labels = [text for node in ElementTree.fromstring(svg).iter("text") if (text := node.text or "").isalpha()]
    assert [text for text in labels if text != "i" * length] == ["first", "second", "third"]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=30))
def test_any_numbers_can_be_drawn(values: list[float]) -> None:
    scale = chart.numbers("x", values)
    dots = [chart.Dot(value, value, "s1") for value in values]
    svg = chart.points_chart(dots, scale, chart.numbers("y", values), alt="", best=(0, "a"))
    ElementTree.fromstring(svg)
    tracks = [chart.Track([value, value], "r1") for value in values]
    ElementTree.fromstring(chart.parallel_chart(tracks, [scale, scale], alt=""))
