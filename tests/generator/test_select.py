"""Choices over runs."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from runpages.format.records import Declaration, Series
from runpages_site import goal, logged, select, summaries
from runpages_site.model import ExperimentSummary, MetricSummary, RunSummary
from tests.examples import examples


def series(*values: Any, name: str = "m", steps: list[float | int] | None = None, **declared: Any) -> Series:
    places = steps if steps is not None else [*range(len(values))]
    return Series(name, places, [None] * len(values), list(values), Declaration(**declared))


def metric(value: float | None, goal: str | None = None) -> MetricSummary:
    return MetricSummary(1, value, value, value, None, (0,), goal)


def run(
    name: str, params: dict[str, Any] | None = None, host: str | None = None, **metrics: MetricSummary
) -> RunSummary:
    return RunSummary(
        path=f"e/x/{name}.html",
        id=name,
        title=name,
        number=None,
        status="Completed",
        damaged=False,
        created=None,
        started=None,
        ended=None,
        last_write=None,
        parent=None,
        host=host,
        params=params or {},
        tags={},
        metrics=metrics,
    )


def experiment(*runs: RunSummary, metric: str | None = None, goal: str | None = None) -> ExperimentSummary:
    return ExperimentSummary("e/x/index.html", "x", None, None, {}, runs, metric, goal)


# --- summaries ---------------------------------------------------------------------------------------------


def test_a_metric_in_a_few_numbers() -> None:
    found = select.summary(series(3, 1.5, math.nan, 2, goal="min", unit="s"))

    assert (found.count, found.last, found.min, found.max, found.text) == (4, 2, 1.5, 3, None)
    assert (found.goal, found.unit) == ("min", "s")
    assert found.spark == (1000, 0, None, 333)
    assert found.mean == 6.5 / 3


@given(st.lists(st.floats(-1e9, 1e9) | st.integers(-(10**9), 10**9), min_size=1))
def test_the_mean_is_near_that_of_exact_sums(values: list[float]) -> None:
    mean = select.summary(series(*values)).mean
    assert mean is not None
    assert math.isclose(mean, math.fsum(values) / len(values), rel_tol=1e-9, abs_tol=1e-3)


def test_there_is_no_mean_of_nothing_and_beyond_all_floats() -> None:
    assert select.summary(series(math.nan, "x", None)).mean is None
    assert select.summary(series(1.7e308, 1.7e308)).mean is None


def test_the_last_is_the_last_by_step() -> None:
    assert select.summary(series(1, 2, 3, steps=[5, 1, 3])).last == 1
    assert select.summary(series(1, 2, steps=[0, 0])).last == 2


@pytest.mark.parametrize(
    ("values", "last", "text"),
    [
        ((), None, None),
        ((math.nan,), None, "nan"),
        ((1.0, math.nan), 1.0, "nan"),
        ((-math.inf,), None, "−inf"),
        (("done",), None, "done"),
        ((None,), None, "null"),
        ((True,), 1, None),
        ((10**400,), None, "1" + 31 * "0" + "… eab47685 (401 characters)"),
    ],
)
def test_a_last_datum_that_is_no_number_is_spelled(
    values: tuple[Any, ...], last: float | None, text: str | None
) -> None:
    found = select.summary(series(*values))

    assert (found.last, found.text) == (last, text)


spark_values = st.none() | st.floats(-1e9, 1e9)


@given(
    st.lists(spark_values, max_size=select.SPARK_POINTS)
    | st.lists(spark_values, min_size=select.SPARK_POINTS + 1, max_size=100)
)
def test_a_spark_is_short_and_keeps_ends_and_extremes(values: list[float | None]) -> None:
    event(f"thinned: {len(values) > select.SPARK_POINTS}")
    found = select.spark(values)
    known = [value for value in values if value is not None]

    assert len(found) <= select.SPARK_POINTS
    if values:
        assert (found[0], found[-1]) == (values[0], values[-1])
    if known:
        assert {min(known), max(known)} <= set(found)


@pytest.mark.parametrize("at", [1, 50, 97])
def test_a_spark_keeps_extremes_that_are_neighbours(at: int) -> None:
    values: list[float | None] = [0.0] * 100
    for ends in ((-1.0, 1.0), (1.0, -1.0)):
        values[at : at + 2] = ends
        assert [value for value in select.spark(values) if value] == [*ends]


@settings(max_examples=examples(0.2))
@given(st.lists(st.floats(-1e9, 1e9) | st.integers(-9, 9) | st.booleans(), min_size=1, max_size=80))
def test_a_summary_of_finite_numbers_is_that_of_any_values(values: list[float | int | bool]) -> None:
    found, rest = select.summary(series(*values)), select.summary(series(*values, None))
    event(f"floats: {all(type(value) is float for value in values)}")

    assert (found.min, found.max, found.last) == (rest.min, rest.max, rest.last)
    assert found.mean == rest.mean
    assert found.spark == select.levels(select.spark([float(value) for value in values], extremes=(rest.min, rest.max)))


# --- params ------------------------------------------------------------------------------------------------


def test_params_are_flattened_in_order() -> None:
    params = {"model": {"depth": 3, "act": {"name": "relu"}}, "lr": 0.1, "empty": {}, "list": [1, {"a": 2}]}

    assert list(select.flatten(params).items()) == [
        ("model.depth", 3),
        ("model.act.name", "relu"),
        ("lr", 0.1),
        ("empty", {}),
        ("list", [1, {"a": 2}]),
    ]


def test_flattening_bears_any_depth() -> None:
    params: dict[str, Any] = {}
    for _ in range(5_000):
        params = {"a": params}

    [(name, value)] = select.flatten(params).items()
    assert name.count(".") == 4_999
    assert value == {}


def differing(runs: list[RunSummary]) -> list[str]:
    return [name for name, values in logged.of(runs).params.items() if logged.varies(values)]


def test_only_what_differs_becomes_a_column() -> None:
    runs = [
        run("a", {"lr": 0.1, "seed": 0, "same": math.nan, "only": 1}),
        run("b", {"lr": 0.2, "seed": 0, "same": math.nan}),
        run("c", {"lr": 0.1, "seed": 0, "same": math.nan, "kind": True}),
    ]

    assert differing(runs) == ["lr", "only", "kind"]
    assert differing(runs[:1]) == []


def test_one_and_true_are_not_the_same() -> None:
    assert differing([run("a", {"x": 1}), run("b", {"x": True})]) == ["x"]


# --- metrics -----------------------------------------------------------------------------------------------


def test_the_main_metric_has_a_goal_then_many_runs_then_a_name_of_validation() -> None:
    assert select.main_metric([run("a", loss=metric(1), mse=metric(1, "min")), run("b", loss=metric(1))]) == (
        "mse",
        "min",
    )
    assert select.main_metric([run("a", loss=metric(1), acc=metric(1)), run("b", acc=metric(1))]) == ("acc", None)
    assert select.main_metric([run("a", train_loss=metric(1), val_loss=metric(1))]) == ("val_loss", None)
    busy: dict[str, Any] = {"system/cpu": metric(1)}
    assert select.main_metric([run("a", **busy), run("b", **busy, loss=metric(1))]) == ("loss", None)
    assert select.main_metric([run("a", **busy)]) == ("system/cpu", None)
    assert select.main_metric([run("a", first=metric(1), second=metric(1))]) == ("first", None)
    assert select.main_metric([run("a", alpha=metric(1), mse=metric(1)), run("b", alpha=metric(1))]) == ("mse", None)
    rarely = [run("a", ours=metric(1), loss=metric(1)), run("b", ours=metric(1)), run("c", ours=metric(1))]
    assert select.main_metric(rarely) == ("ours", None)
    assert select.main_metric([run("a", text=metric(None))]) == (None, None)
    assert select.main_metric([]) == (None, None)
    grouped: dict[str, Any] = {"eval/bleu/m0": metric(1), "accuracy": metric(1)}
    assert select.main_metric([run("a", **grouped)]) == ("accuracy", None)


@given(
    st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), max_size=20), st.sampled_from(["min", "max"])
)
def test_nothing_beats_the_best(values: list[float | None], better: str) -> None:
    index = goal.best_index(values, better)
    known = [value for value in values if value is not None]

    if not known:
        assert index is None
        return
    assert index is not None
    assert values[index] == (min(known) if better == "min" else max(known))
    assert values.index(values[index]) == index


def test_without_a_goal_there_is_no_best() -> None:
    assert goal.best_index([1, 2], None) is None


def test_columns_leave_out_what_says_nothing() -> None:
    many = {f"m{n}": metric(n) for n in range(20)}
    found = select.columns(
        experiment(run("a", {"lr": 1}, "h1", **many), run("b", {"lr": 2}, "h1"), metric="m0"), ["lr"]
    )

    assert found.params == ("lr",)
    assert "m0" not in found.metrics
    assert (len(found.metrics), found.metrics_all) == (select.METRIC_COLUMNS, 19)
    assert not found.host
    assert select.columns(experiment(run("a", host="h1"), run("b", host="h2")), ["lr"]).host
    busy: dict[str, Any] = {"system/cpu": metric(1)}
    found = select.columns(experiment(run("a", **busy, acc=metric(1))), ["lr"])
    assert (found.metrics, found.metrics_all) == (("acc",), 2)


def test_the_first_screen_of_a_run_shows_goals_first() -> None:
    one, two, three = series(1, name="a"), series(1, name="val/b"), series(1, name="c", goal="max")
    four = series("text", name="d")

    assert [found.name for found in select.lead_metrics([one, two, three, four], 5)] == ["c", "val/b", "a"]
    assert len(select.lead_metrics([one, two, three], 2)) == 2
    rate, loss = series(1, name="rate"), series(1, name="train_loss")
    assert [found.name for found in select.lead_metrics([rate, two, loss], 5)] == ["train_loss", "val/b", "rate"]


def test_results_are_known_by_a_word_of_their_names() -> None:
    names = ["loss", "val/Loss", "train_mse", "eval.accuracy", "rollout/ep_rew_mean", "F1-score", "mAP@50", "log loss"]
    assert [name for name in names if not goal.is_result(name)] == []
    assert [name for name in ["lr", "epoch", "alpha", "", "glossary", "steps_per_second"] if goal.is_result(name)] == []


def test_durations_and_medians() -> None:
    assert select.duration(1.0, 3.5) == 2.5
    assert select.duration(3.0, 1.0) is None
    assert select.duration(None, 1.0) is None
    assert select.median([3, 1, 2]) == 2
    assert select.median([4, 1, 2, 3]) == 2.5
    assert select.median([]) is None


@given(st.lists(st.tuples(st.none() | st.floats(0, 9), st.none() | st.floats(0, 9)), max_size=6))
def test_the_durations_of_runs_are_those_of_each(times: list[tuple[float | None, float | None]]) -> None:
    runs = [replace(run("a"), started=start, ended=end) for start, end in times]
    assert list(select.spans(runs)) == [span for one in times if (span := select.duration(*one)) is not None]


def test_the_newest_is_the_first_of_the_latest() -> None:
    assert select.newest([None, 5.0, 7.0, 7.0, 1.0]) == 2
    assert select.newest([None, None]) == 0


def test_runs_that_are_known_are_asked_once() -> None:
    asked: list[str] = []

    def column(field: str) -> list[float | None]:
        asked.append(field)
        return [1.0, None]

    def count(runs: object) -> int:
        asked.append("count")
        return len(asked)

    runs = summaries.SomeRuns(2, lambda place: run(str(place)), column)
    assert [summaries.begins(runs), summaries.begins(runs)] == [[1.0, None]] * 2
    assert [summaries.once(runs, count), summaries.once(runs, count)] == [3, 3]
    assert sorted(asked) == ["count", "created", "started"]


def test_colours_go_by_number_and_stay_when_runs_come() -> None:
    runs = [replace(run(f"r{number}"), number=number) for number in range(12, 0, -1)]
    colors = [select.color(runs, place) for place in range(12)]
    assert colors == ["s2", "s1", *(f"s{number}" for number in range(10, 0, -1))]
    loose = [replace(one, number=None) for one in runs]
    later = [select.color(loose[1:], place) for place in range(11)]
    assert [select.color(loose, place) for place in range(1, 12)] == later, "a new run changes no colour"


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**200), 10**200)))
def test_levels_keep_the_course(values: list[float | None]) -> None:
    found = select.levels(values)
    assert [level is None for level in found] == [value is None for value in values]
    pairs = [(value, level) for value, level in zip(values, found, strict=True) if value is not None]
    known = [level for _, level in sorted(pairs) if level is not None]
    assert known == sorted(known) and all(0 <= level <= 1000 for level in known)
    if len(set(known)) > 1:
        assert (known[0], known[-1]) == (0, 1000)


def test_noise_has_no_course() -> None:
    assert select.levels([0.1, 0.1 + 1e-17, 0.1 * (1 + 1e-12)]) == (0, 0, 0)
