"""Diagnostics: their numbers against scikit-learn on real data, and what people pass in other forms."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import train_test_split

from runpages_site.page import classification, matrix, regression, scores
from runpages_site.page.classification import accuracy
from runpages_site.page.matrix import Matrix
from runpages_site.page.parse_diagnostics import Diagnosed, Diagnosis
from runpages_site.page.scores import Counts

Array = Any


class Scored(NamedTuple):
    """The true classes of a held-out half, and the probabilities that a model gives to each class."""

    true: Array
    given: Array

    def counts(self, at: int, thresholds: Sequence[float]) -> list[list[int]]:
        """TP, FP, TN, FN of a class against the rest: at each threshold, what is not below it is predicted."""
        right, score = self.true == at, self.given[:, at]
        made = [(score >= threshold, right) for threshold in thresholds]
        return [
            [int((hit & is_it).sum()), int((hit & ~is_it).sum()), int((~hit & ~is_it).sum()), int((~hit & is_it).sum())]
            for hit, is_it in made
        ]

    def rows(self, at: int) -> list[Counts]:
        """Counts at each score that occurs, so that no threshold is missing."""
        thresholds = [0.0, *np.unique(self.given[:, at])]
        return [Counts(*map(float, row)) for row in self.counts(at, thresholds)]


def _scored(data: Any, features: int, tolerance: float) -> Scored:
    first, second, known, true = train_test_split(data.data[:, :features], data.target, test_size=0.5, random_state=0)
    model = LogisticRegression(C=0.001, tol=tolerance).fit(first, known)
    return Scored(true, model.predict_proba(second))


@cache
def digits() -> Scored:
    """Ten classes, of pictures of which only a part is seen."""
    return _scored(load_digits(), 30, 0.1)


@cache
def cancer() -> Scored:
    """Two classes that a model mixes up."""
    return _scored(load_breast_cancer(), 2, 1e-4)


def table(scored: Scored, thresholds: Any = None) -> dict[str, Any]:
    """An accuracy table as it is logged, at evenly spaced probabilities."""
    thresholds = np.linspace(0, 1, 101) if thresholds is None else thresholds
    size = scored.given.shape[1]
    return {
        "class_labels": [f"class {at}" for at in range(size)],
        "probability_tables": [scored.counts(at, thresholds) for at in range(size)],
        "percentile_tables": [scored.counts(at, np.quantile(scored.given[:, at], thresholds)) for at in range(size)],
        "probability_thresholds": list(map(float, thresholds)),
        "percentile_thresholds": list(map(float, thresholds)),
    }


def matrix_of(data: Any) -> Matrix | str:
    return matrix.diagnosed(data).shown


def drawn(made: Diagnosed[Diagnosis]) -> Diagnosis:
    shown = made.shown
    assert isinstance(shown, Diagnosis), shown
    for view in shown.views:
        for panel in view.panels:
            ElementTree.fromstring(str(panel.svg))
            assert "nan" not in re.sub(r'aria-label="[^"]*"', "", str(panel.svg))
    return shown


# --- against scikit-learn ---


@pytest.mark.parametrize("at", range(10))
def test_roc_is_that_of_scikit_learn(at: int) -> None:
    right, score = digits().true == at, digits().given[:, at]
    xs, ys, _ = metrics.roc_curve(right, score, drop_intermediate=False)
    assert np.array(scores.roc(digits().rows(at))) == pytest.approx(np.array(sorted(zip(xs, ys, strict=True))))
    assert scores.area(scores.roc(digits().rows(at))) == pytest.approx(metrics.roc_auc_score(right, score), abs=1e-12)


@pytest.mark.parametrize("at", range(10))
def test_precision_and_recall_are_those_of_scikit_learn(at: int) -> None:
    right, score = digits().true == at, digits().given[:, at]
    precision, recall, _ = metrics.precision_recall_curve(right, score)
    curve = scores.precision_recall(digits().rows(at))
    theirs = set(zip(recall[:-1], precision[:-1], strict=True))  # without the point (0, 1) that stands for no threshold
    assert {(round(x, 9), round(y, 9)) for x, y in curve} == {(round(x, 9), round(y, 9)) for x, y in theirs}
    assert scores.average_precision(curve) == pytest.approx(metrics.average_precision_score(right, score), abs=1e-12)


@pytest.mark.parametrize(("average", "at"), [("macro", 0), ("weighted", 1)])
def test_averages_are_those_of_scikit_learn(average: str, at: int) -> None:
    curves = [scores.roc(digits().rows(each)) for each in range(10)]
    support = [float((digits().true == each).sum()) for each in range(10)]
    weights = [[1.0] * 10, support][at]
    theirs = metrics.roc_auc_score(digits().true, digits().given, multi_class="ovr", average=average)
    assert scores.mean([scores.area(curve) for curve in curves], weights) == pytest.approx(theirs, abs=1e-12)
    # The curve that is drawn is looked at in some places only.
    assert scores.area(scores.averaged([scores.sampled(curve) for curve in curves], weights)) == pytest.approx(
        theirs, abs=2e-3
    )


def test_the_card_has_the_areas_of_its_thresholds() -> None:
    shown = drawn(accuracy(table(cancer()) | {"percentile_tables": []}, "cancer"))
    known = {row.name: row.cells for row in shown.summary.rows} if shown.summary else {}
    samples, auc, ap = known["class 1"]
    # Scores between two thresholds cannot be told apart.
    seen = np.searchsorted(np.linspace(0, 1, 101), cancer().given[:, 1], side="right")
    assert samples == str(int((cancer().true == 1).sum()))
    assert auc == f"{metrics.roc_auc_score(cancer().true, seen):.4f}"
    assert ap == f"{metrics.average_precision_score(cancer().true, seen):.4f}"


def test_gain_and_lift_are_what_their_names_say() -> None:
    rows = cancer().rows(1)
    score, right = cancer().given[:, 1], cancer().true == 1
    half = np.argsort(-score, kind="stable")[: len(score) // 2]
    recall = right[half].sum() / right.sum()
    share = len(half) / len(score)
    assert scores.height(scores.gain(rows), share, after=True) == pytest.approx(recall, abs=0.01)
    assert scores.height(scores.lift(scores.gain(rows)), share, after=True) == pytest.approx(recall / share, abs=0.02)


def test_calibration_is_that_of_scikit_learn() -> None:
    score = cancer().given[:, 1]
    thresholds = [at / 100 for at in range(101)]
    rows = [Counts(*map(float, row)) for row in cancer().counts(1, thresholds)]
    share, mean = calibration_curve(cancer().true, score, n_bins=10)
    bins = scores.calibration(rows, thresholds)
    assert [one.share for one in bins] == pytest.approx(list(share))
    # A score is known to a hundredth.
    assert [one.score for one in bins] == pytest.approx(list(mean), abs=0.006)
    assert sum(one.samples for one in bins) == len(score)


@pytest.mark.parametrize("data", [digits, cancer])
def test_what_follows_from_a_matrix_is_that_of_scikit_learn(data: Callable[[], Scored]) -> None:
    scored = data()
    found = scored.given.argmax(axis=1)
    counts = metrics.confusion_matrix(scored.true, found).tolist()
    precision, recall, f1, support = metrics.precision_recall_fscore_support(scored.true, found, zero_division=0)
    ours = matrix.class_scores(counts)
    assert [one.precision or 0 for one in ours] == pytest.approx(list(precision))
    assert [one.recall for one in ours] == pytest.approx(list(recall))
    assert [one.f1 or 0 for one in ours] == pytest.approx(list(f1))
    assert [one.support for one in ours] == list(support)
    assert matrix.accuracy(counts) == pytest.approx(metrics.accuracy_score(scored.true, found))
    assert matrix.macro(one.f1 for one in ours) == pytest.approx(f1.mean())
    shown = matrix_of({"matrix": counts})
    assert isinstance(shown, Matrix)
    assert dict(shown.figures)["accuracy"] == f"{metrics.accuracy_score(scored.true, found):.4f}"


def test_moments_of_residuals_are_near_those_of_the_values() -> None:
    data = load_diabetes()
    first, second, known, true = train_test_split(data.data, data.target, random_state=0)
    off = LinearRegression().fit(first, known).predict(second) - true
    counts, edges = np.histogram(off, 60)
    shown = drawn(regression.residuals({"bin_edges": edges.tolist(), "bin_counts": counts.tolist()}, "r"))
    told = {word: float(value.replace("−", "-")) for word, value in shown.figures}
    width = edges[1] - edges[0]
    assert told["mean"] == pytest.approx(off.mean(), abs=width / 2)
    assert told["standard deviation"] == pytest.approx(off.std(), abs=width / 2)
    assert told["values"] == len(off)


def test_comparisons_have_the_numbers_of_the_bins() -> None:
    bins = {"bin_edges": [0, 1, 2], "bin_counts": [1, 3], "bin_averages": [0.5, math.nan]}
    assert regression.residuals(bins, "r").data == {
        "edges": [0, 1, 2],
        "counts": [1, 3],
        "mean": 1.25,
        "sd": 3**0.5 / 4,
    }
    assert regression.predictions({"data": bins}, "p").data == {"edges": [0, 1, 2], "averages": [0.5, None]}
    assert regression.residuals({"bin_edges": [1], "bin_counts": [1]}, "r").data is None
    assert regression.predictions({}, "p").data is None


# --- accuracy tables as they come ---


def test_few_classes_have_a_curve_each_and_their_averages() -> None:
    shown = drawn(accuracy(table(cancer()), "cancer"))
    assert [view.name for view in shown.views] == ["ROC and PR", "Gain and lift", "Calibration"]
    roc = str(shown.views[0].panels[0].svg)
    assert len(re.findall(r'<path class="line', roc)) == 4
    assert 'class="reference"' in roc
    assert shown.choice == ()
    data: Any = accuracy(table(cancer()), "cancer").data
    assert "is_large" not in data
    assert [set(one) for one in (*data["means"], *data["paths"])] == [{"roc", "precision"}] * 4
    assert shown.summary is not None
    assert [[label, f"{auc:.4f}", f"{ap:.4f}"] for label, auc, ap in data["scores"]] == [
        [row.name, *row.cells[1:]] for row in shown.summary.rows
    ]


def test_of_many_classes_the_averages_are_drawn_and_one_can_be_chosen() -> None:
    shown = drawn(accuracy(table(digits()), "digits"))
    assert len(re.findall(r'<path class="line', str(shown.views[0].panels[0].svg))) == 2
    assert shown.choice == tuple(f"class {at}" for at in range(10))
    data: Any = accuracy(table(digits()), "digits").data
    assert len(data["paths"]) == 10
    assert set(data["paths"][0]) == {"roc", "precision", "gain", "lift", "calibration"}
    assert shown.summary is not None
    assert [row.name for row in shown.summary.rows][:3] == ["macro", "weighted", "class 0"]


def bare(**known: Any) -> dict[str, Any]:
    return {"probability_tables": [[[5, 5, 0, 0], [4, 1, 4, 1], [0, 0, 5, 5]]], **known}


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (bare(), "No calibration: probability_tables with probability_thresholds are required."),
        (bare(), "No calibration: probability_tables with probability_thresholds are required."),
        (bare(), "Classes are numbered because their labels are missing."),
        (bare(class_labels=[3]), "One class only, so no averages."),
        ({"probability_tables": bare()["probability_tables"][0]}, "One class only, so no averages."),
        ({"schema_type": "accuracy_table", "schema_version": "v1", "data": bare()}, "No calibration: "),
        ({"probability_tables": [[[5, 5, 0, 0], [math.nan, 1, 4, 1]]]}, "1 row without four valid counts left out."),
        (
            {"probability_tables": [bare()["probability_tables"][0], []], "class_labels": ["a", "b"]},
            "Without counts: b.",
        ),
        ({"percentile_tables": bare()["probability_tables"]}, "No calibration: probability_tables with"),
    ],
)
def test_a_partial_accuracy_table_says_what_is_missing(data: Any, note: str) -> None:
    shown = drawn(accuracy(data, "t"))
    assert note in shown.note
    assert shown.views[0].name == "ROC and PR"


def test_labels_may_be_numbers() -> None:
    shown = drawn(accuracy(bare(class_labels=[7], probability_thresholds=[0, 0.5, 1]), "t"))
    assert shown.summary is not None
    assert [row.name for row in shown.summary.rows] == ["7"]
    assert [view.name for view in shown.views][-1] == "Calibration"


def test_a_class_without_the_others_has_no_roc() -> None:
    shown = drawn(accuracy({"probability_tables": [[[5, 0, 0, 0], [2, 0, 0, 3]]]}, "t"))
    assert [panel.title for panel in shown.views[0].panels] == ["Precision–recall"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "No probability_tables and"),
        ({}, "No probability_tables and"),
        ({"probability_tables": "text"}, "No probability_tables and"),
        ({"probability_tables": [[["a", "b", "c", "d"]]]}, "No row has four counts"),
        ({"probability_tables": [[[0, 0, 0, 0]]]}, "No row has four counts"),
        ({"probability_tables": [[[1, 2, 3]]]}, "No row has four counts"),
        ({"probability_tables": [[[1, 0, 0, 0]]] * 201}, "This table has 201 classes"),
    ],
)
def test_what_is_no_accuracy_table_says_why(data: Any, reason: str) -> None:
    made = accuracy(data, "t").shown
    assert isinstance(made, str)
    assert made.startswith(reason)


# --- matrices as they come ---


@pytest.mark.parametrize(
    ("data", "note"),
    [
        ([[1, 0], [0, 1]], "Classes are numbered"),
        ({"matrix": [[1, 0], [0, 1]], "class_labels": ["a"]}, "Classes are numbered"),
        ({"matrix": [[1, math.nan], [0, 1]], "class_labels": [0, 1]}, "1 count missing, taken as 0."),
        ({"data": {"matrix": [[0]], "class_labels": [0]}}, "All counts are 0."),
    ],
)
def test_a_partial_matrix_says_what_is_missing(data: Any, note: str) -> None:
    shown = matrix_of(data)
    assert isinstance(shown, Matrix)
    assert note in shown.note


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "No matrix found"),
        ({"matrix": "x"}, "No matrix found"),
        ([[1, 2], [3]], "The matrix is not square: 2 rows of 1 to 2 counts."),
        ([[-1]], "Some counts are negative or not numbers."),
        ([["x"]], "Some counts are negative or not numbers."),
        ([[0] * 201] * 201, "201 classes"),
    ],
)
def test_what_is_no_matrix_says_why(data: Any, reason: str) -> None:
    made = matrix_of(data)
    assert isinstance(made, str)
    assert made.startswith(reason)


def test_a_large_matrix_is_drawn_with_what_is_confused_most() -> None:
    counts = [[90 if row == column else 0 for column in range(31)] for row in range(31)]
    counts[3][7], counts[9][2] = 10, 4
    shown = matrix_of({"matrix": counts, "class_labels": [f"c{at}" for at in range(31)]})
    assert isinstance(shown, Matrix)
    assert shown.rows == ()
    assert shown.pairs == (("c3", "c7", "10", "0.100"), ("c9", "c2", "4", "0.043"))
    svg = str(shown.svg)
    ElementTree.fromstring(svg)
    assert re.findall(r'<path class="e8" d="([^"]*)"', svg) == ["M7 3.5h1"]
    assert re.findall(r'<path class="e4" d="([^"]*)"', svg) == ["M2 9.5h1"]
    assert matrix.diagnosed({"matrix": counts}).data == {
        "labels": [str(at) for at in range(31)],
        "counts": counts,
        "is_large": True,
    }


def test_of_a_dense_matrix_the_smallest_counts_are_not_drawn() -> None:
    shown = matrix_of([[row * 200 + column + 1 for column in range(200)] for row in range(200)])
    assert isinstance(shown, Matrix)
    assert "28,000 of the smallest counts not drawn." in shown.note
    assert len(shown.svg) < 200_000


# --- residuals and predictions as they come ---


def test_an_end_without_a_bound_is_drawn_as_wide_as_its_neighbour() -> None:
    shown = drawn(regression.residuals({"bin_edges": [-math.inf, 0, 1, math.inf], "bin_counts": [1, 2, 3]}, "r"))
    assert "An open bin" in shown.note
    assert [row.name for row in shown.sheets[0].rows] == ["−1", "0", "1"]


@pytest.mark.parametrize(
    ("data", "note"),
    [
        ({"bin_averages": [1, 2], "bin_edges": [0, 1, 2]}, "No bin_errors for the bins."),
        ({"bin_averages": [1, 2], "bin_edges": [0, 1, 2]}, "No bin_counts for the bins."),
        ({"bin_averages": [1, math.nan], "bin_edges": [0, 1, 2], "bin_counts": [3, 4]}, "1 bin without a number"),
        ({"data": {"bin_averages": [1], "bin_edges": [0, 1], "bin_errors": [1]}}, "No bin_counts"),
    ],
)
def test_partial_predictions_say_what_is_missing(data: Any, note: str) -> None:
    shown = drawn(regression.predictions(data, "p"))
    assert note in shown.note
    assert 'class="reference"' in str(shown.views[0].panels[0].svg)


@pytest.mark.parametrize("make", [regression.residuals, regression.predictions])
@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        [],
        {"bin_edges": [1, 0], "bin_counts": [1], "bin_averages": [1]},
        {"bin_counts": [1], "bin_averages": [1]},
    ],
)
def test_what_has_no_bins_says_why(make: Any, data: Any) -> None:
    assert isinstance(make(data, "r").shown, str)


def test_errors_stand_around_their_means() -> None:
    data = {"bin_averages": [10, 20], "bin_errors": [5, 0], "bin_edges": [0, 10, 20], "bin_counts": [3, 4]}
    svg = str(drawn(regression.predictions(data, "p")).views[0].panels[0].svg)
    (low, high) = re.findall(r'class="errors s1" d="M500 (\d+)V(\d+)"', svg)[0]
    middle = float(re.findall(r'<circle cx="25%" cy="([^"]*)"', svg)[0]) * 10
    assert middle - int(high) == pytest.approx(int(low) - middle, abs=1)
    assert svg.count("<circle") == 2


loose = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=30,
)
keys = st.sampled_from(
    [
        *("matrix", "class_labels", "probability_tables", "percentile_tables", "probability_thresholds"),
        *("bin_edges", "bin_counts", "bin_averages", "bin_errors", "data"),
    ]
)


@given(st.dictionaries(keys, loose) | loose)
def test_nonsense_is_never_an_error(data: Any) -> None:
    assert isinstance(matrix_of(data), Matrix | str)
    for make in (classification.accuracy, regression.residuals, regression.predictions):
        made = make(data, "x")
        assert isinstance(made.shown, Diagnosis | str)
        assert isinstance(made.data, dict | None)


counts = st.lists(st.integers(0, 10**12) | st.floats(0, 1e308) | st.just(math.nan), min_size=4, max_size=4)


@given(
    st.lists(st.lists(counts, min_size=1, max_size=5), min_size=1, max_size=3), st.lists(st.floats(0, 1), max_size=5)
)
def test_any_counts_make_a_card(tables: Any, thresholds: list[float]) -> None:
    made = accuracy({"probability_tables": tables, "probability_thresholds": sorted(set(thresholds))}, "x")
    if isinstance(made.shown, Diagnosis):
        drawn(made)
        assert made.data


@example([0.0, 1.0, 2.7e154], [0.0, 1.0])
@given(st.lists(st.floats(), min_size=2, max_size=9), st.lists(st.floats(), min_size=1, max_size=8))
def test_any_bins_make_a_card(edges: list[float], values: list[float]) -> None:
    data = {"bin_edges": sorted(edges), "bin_counts": values, "bin_averages": values, "bin_errors": values}
    for make in (regression.residuals, regression.predictions):
        made = make(data, "x")
        if isinstance(made.shown, Diagnosis):
            drawn(made)
