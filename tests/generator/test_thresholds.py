"""Accuracy tables at any real thresholds: their figures are those of scikit-learn, and what cannot be drawn is said."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

import runpages
from runpages.format.records import Chart
from runpages_site.build import build
from runpages_site.page import charts
from runpages_site.page.classification import accuracy
from runpages_site.page.parse_diagnostics import Diagnosis

Array = Any
NO_CALIBRATION = "No calibration"


@cache
def halves(load: Any, features: int) -> Any:
    """Half of a data set to fit with, half to judge by: x, x, y, y."""
    data = load()
    return train_test_split(data.data[:, :features], data.target, test_size=0.5, random_state=0)


@cache
def margins() -> tuple[Array, Array]:
    """Whether a sample is of the class, and its distance from the plane of a support vector machine."""
    first, second, known, true = halves(load_breast_cancer, 2)
    return true == 1, SVC().fit(first, known).decision_function(second)


@cache
def chances() -> tuple[Array, Array]:
    """The same with the probabilities that a logistic regression gives."""
    first, second, known, true = halves(load_breast_cancer, 2)
    return true == 1, LogisticRegression().fit(first, known).predict_proba(second)[:, 1]


def counts(right: Array, score: Array, thresholds: Any) -> list[list[int]]:
    """TP, FP, TN, FN at each threshold."""
    made = [score >= threshold for threshold in thresholds]
    return [
        [int((hit & right).sum()), int((hit & ~right).sum()), int((~hit & ~right).sum()), int((~hit & right).sum())]
        for hit in made
    ]


def card(right: Array, score: Array, thresholds: Any) -> Diagnosis:
    return made([counts(right, score, thresholds)], list(thresholds))


def made(tables: Any, thresholds: Any) -> Diagnosis:
    data = {"probability_tables": tables, "probability_thresholds": thresholds, "class_labels": ["yes"]}
    shown = accuracy(data, "table").shown
    assert isinstance(shown, Diagnosis), shown
    return shown


def figures(shown: Diagnosis) -> tuple[str, str]:
    """AUC and AP of the only class."""
    known = dict(shown.figures)
    return known["yes AUC"], known["yes AP"]


def sheets(shown: Diagnosis) -> dict[str, list[tuple[str, ...]]]:
    return {sheet.title: [(row.name, *row.cells) for row in sheet.rows] for sheet in shown.sheets}


def seen(score: Array, thresholds: Any) -> Array:
    """What is known of scores: between which thresholds they lie."""
    return np.searchsorted(np.unique(np.asarray(thresholds, float)), score, side="right")


# --- against scikit-learn ---


@pytest.mark.parametrize("scored", [margins, chances], ids=["margins", "chances"])
@pytest.mark.parametrize("scale", [1, -1, 1e9, 1e-9])
@pytest.mark.parametrize("backwards", [False, True])
def test_thresholds_of_a_roc_curve_give_its_areas(scored: Any, scale: float, backwards: bool) -> None:
    right, score = scored()
    score = score * scale
    _, _, thresholds = metrics.roc_curve(right, score, drop_intermediate=False)
    assert thresholds[0] == math.inf
    shown = card(right, score, thresholds[::-1] if backwards else thresholds)
    assert figures(shown) == (
        f"{metrics.roc_auc_score(right, score):.4f}",
        f"{metrics.average_precision_score(right, score):.4f}",
    )


@pytest.mark.parametrize("backwards", [False, True])
def test_thresholds_of_a_roc_curve_give_the_calibration_of_probabilities(backwards: bool) -> None:
    right, score = chances()
    _, _, thresholds = metrics.roc_curve(right, score, drop_intermediate=False)
    shown = card(right, score, thresholds[::-1] if backwards else thresholds)
    assert NO_CALIBRATION not in shown.note
    rows = sheets(shown)["Calibration"]
    # A score is known to lie between two thresholds: each is taken as the middle to the next.
    edges = np.append(np.unique(score), 1.0)
    middle = (edges[:-1] + edges[1:])[seen(score, np.unique(score)) - 1] / 2
    share, mean = calibration_curve(right, middle, n_bins=10)
    assert [float(row[1]) for row in rows] == pytest.approx(list(mean), abs=1e-4)
    assert [float(row[2]) for row in rows] == pytest.approx(list(share), abs=1e-4)
    assert sum(int(row[3]) for row in rows) == len(score)


def test_margins_have_no_calibration_and_say_so() -> None:
    right, score = margins()
    _, _, thresholds = metrics.roc_curve(right, score)
    shown = card(right, score, thresholds)
    assert [view.name for view in shown.views] == ["ROC and PR", "Gain and lift"]
    least, most = (f"{value:.4g}".replace("-", "−") for value in (thresholds[-1], thresholds[1]))
    told = f"thresholds must be probabilities from 0 to 1, not {least} to {most}."
    assert f"No calibration: {told}" in shown.note


def test_each_class_may_have_thresholds_of_its_own() -> None:
    first, second, known, true = halves(load_digits, 30)
    given_ = LogisticRegression(C=0.001, tol=0.1).fit(first, known).predict_proba(second)
    curves = [metrics.roc_curve(true == at, given_[:, at]) for at in range(10)]
    thresholds = [list(curve[2]) for curve in curves]
    assert len({len(one) for one in thresholds}) > 1
    tables = [counts(true == at, given_[:, at], thresholds[at]) for at in range(10)]
    data = {"probability_tables": tables, "probability_thresholds": thresholds, "class_labels": list(range(10))}
    shown = accuracy(data, "digits").shown
    assert isinstance(shown, Diagnosis)
    assert NO_CALIBRATION not in shown.note
    assert dict(shown.figures)["macro AUC"] == f"{metrics.roc_auc_score(true, given_, multi_class='ovr'):.4f}"
    paths: Any = accuracy(data, "digits").data
    assert all(one["calibration"] for one in paths["paths"])


def test_a_class_without_calibration_is_named() -> None:
    right, score = chances()
    thresholds = [[0.0, 0.5, 1.0], [-1.0, 0.5, 1.0]]
    tables = [counts(right, score, thresholds[0]), counts(~right, score, thresholds[1])]
    data = {"probability_tables": tables, "probability_thresholds": thresholds, "class_labels": ["a", "b"]}
    shown = accuracy(data, "two").shown
    assert isinstance(shown, Diagnosis)
    assert "No calibration of b: thresholds must be probabilities" in shown.note
    assert {name for name, *_ in sheets(shown)["Calibration"]} == {"a"}


def test_scores_beyond_the_first_and_the_last_threshold_count() -> None:
    right, score = np.array([False, True, True, True]), np.array([0.05, 0.15, 0.55, 0.95])
    rows = sheets(card(right, score, [0.2, 0.9]))["Calibration"]
    assert rows == [
        ("yes", "0.1000", "0.5000", "2"),
        ("yes", "0.5500", "1.0000", "1"),
        ("yes", "0.9500", "1.0000", "1"),
    ]


# --- what is no threshold ---


@pytest.mark.parametrize(
    ("thresholds", "reason"),
    [
        (None, "probability_tables with probability_thresholds are required."),
        ([], "probability_tables with probability_thresholds are required."),
        ("text", "probability_tables with probability_thresholds are required."),
        ([0.5], "1 threshold for 3 rows of counts."),
        ([0, math.nan, 1], "1 threshold without a number."),
        ([0, "a", None], "2 thresholds without a number."),
        ([-1, 0, 1], "thresholds must be probabilities from 0 to 1, not −1 to 1."),
        ([0, 1.5, 2], "thresholds must be probabilities from 0 to 1, not 0 to 2."),
        ([0, 10**400, math.inf], "thresholds must be probabilities from 0 to 1, not 0 to 0."),
        ([-math.inf, math.inf, math.inf], "thresholds must be probabilities from 0 to 1."),
        ([0, -math.inf, 1], "thresholds must be probabilities from 0 to 1, not 0 to 1."),
        ([1, 0.5, 0], "TP and FP must not rise with the threshold, and each row must count the same samples."),
    ],
)
def test_why_there_is_no_calibration_is_said(thresholds: Any, reason: str) -> None:
    shown = made([[[5, 5, 0, 0], [4, 1, 4, 1], [0, 0, 5, 5]]], thresholds)
    assert f"No calibration: {reason}" in shown.note
    assert [view.name for view in shown.views] == ["ROC and PR", "Gain and lift"]


@pytest.mark.parametrize("row", [[4, 1, 4, 2], [4, 1, 5, 1], [6, 1, 4, 1], [4, 6, 4, 1]])
def test_rows_of_other_samples_have_no_calibration(row: list[int]) -> None:
    shown = made([[[5, 5, 0, 0], row, [0, 0, 5, 5]]], [0, 0.5, 1])
    assert "No calibration: TP and FP must not rise" in shown.note


@pytest.mark.parametrize("thresholds", [[-math.inf, 0.5, 1.0], [0, 0.5, 2.0], [0, 0.5, math.inf], [0, 0.5, 10**400]])
def test_a_threshold_that_all_samples_reach_or_none_may_lie_beyond(thresholds: list[float]) -> None:
    shown = made([[[5, 5, 0, 0], [4, 1, 4, 1], [0, 0, 5, 5]]], thresholds)
    assert NO_CALIBRATION not in shown.note
    assert sheets(shown)["Calibration"] == [("yes", "0.2500", "0.2000", "5"), ("yes", "0.7500", "0.8000", "5")]


def test_weighted_counts_are_taken_for_the_same_samples() -> None:
    right, score = chances()
    weights = np.linspace(0.1, 3, len(score))
    fpr, tpr, thresholds = metrics.roc_curve(right, score, sample_weight=weights, drop_intermediate=False)
    yes, no = float(weights[right].sum()), float(weights[~right].sum())
    rows = [[t * yes, f * no, no - f * no, yes - t * yes] for f, t in zip(fpr, tpr, strict=True)]
    assert NO_CALIBRATION not in made([np.array(rows).tolist()], thresholds.tolist()).note


# --- any thresholds ---

reals = st.floats() | st.floats(0, 1) | st.sampled_from([0.0, 0.5, 1.0, -0.0, math.inf, -math.inf, math.nan, 1e308])
samples = st.lists(st.tuples(st.booleans(), st.floats(0, 1) | st.floats(-9, 9)), min_size=1, max_size=30)


def expected(right: Array, score: Array, thresholds: list[float]) -> dict[int, tuple[float, float]] | None:
    """By bin the samples and the share of the class, from the samples themselves; None where scores are no chances."""
    beyond = [one for one in thresholds if not 0 <= one <= 1]
    if not thresholds or any(
        one != one or (one > 1 and (score >= one).any()) or (one < 0 and one != -math.inf) for one in beyond
    ):
        return None
    edges = np.array([0.0, *sorted({max(one, 0.0) for one in thresholds if one <= 1}), 1.0])
    if -math.inf in thresholds and 0.0 not in thresholds:  # Then nothing is below the threshold that stands for zero.
        score = np.maximum(score, 0.0)
    place = np.searchsorted(edges[1:-1], score, side="right")
    bins = np.minimum(((edges[place] + edges[place + 1]) / 2 * 10).astype(int), 9)
    return {int(at): (float((bins == at).sum()), float(right[bins == at].mean())) for at in np.unique(bins)}


@example([(True, 0.3), (False, 0.2)], [0.5, math.inf, 0.25])
@example([(True, 0.3), (False, 0.2)], [1.0, 0.0])
@example([(True, -3.0), (False, 2.0)], [0.5])
@example([(False, 0.0), (False, -1.0)], [-math.inf])
@given(samples, st.lists(reals, max_size=12) | st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_at_any_thresholds_the_card_is_right_or_says_what_is_wrong(
    some: list[tuple[bool, float]], thresholds: list[float]
) -> None:
    right, score = np.array([one[0] for one in some]), np.array([one[1] for one in some])
    rows = counts(right, score, thresholds)
    if not rows:
        assert accuracy({"probability_tables": [rows]}, "t").shown == (
            "No row has four counts (TP, FP, TN, FN) that are numbers ≥ 0."
        )
        return
    shown = made([rows], thresholds)
    if right.any() and not right.all():
        known = seen(score, [one for one in thresholds if one == one])
        assert figures(shown) == (
            f"{metrics.roc_auc_score(right, known):.4f}",
            f"{metrics.average_precision_score(right, known):.4f}",
        )
    bins = expected(right, score, thresholds)
    event(f"calibrated: {bins is not None}")
    if bins is None:
        assert NO_CALIBRATION in shown.note
        assert "Calibration" not in sheets(shown)
        return
    assert NO_CALIBRATION not in shown.note
    rows_shown = sheets(shown)["Calibration"]
    assert [float(count) for *_, count in rows_shown] == [count for count, _ in bins.values()]
    assert [float(share) for _, _, share, _ in rows_shown] == pytest.approx(
        [share for _, share in bins.values()], abs=1e-4
    )


def test_the_share_of_a_sample_may_be_as_small_as_numbers_are() -> None:
    data = {"probability_tables": [[[1e-24, 0.0, 1e299, 0.0], [0.0, 0.0, 1e299, 1e-24]]]}
    assert isinstance(accuracy(data, "table").shown, Diagnosis)


# --- as a user meets it ---

ODD: dict[str, Any] = {
    "margins": [2.5, 0.5, -0.5, -31.0],
    "from infinity": [math.inf, 0.9, 0.5, 0.1],
    "unsorted": [0.5, 0.1, 0.9, 0.3],
    "equal": [0.5, 0.5, 0.5, 0.5],
    "huge": [-1e308, 0.0, 1e308, 10**400],
    "not numbers": [math.nan, None, "a", 0.5],
    "none": [],
    "an array": np.array([-1.0, -0.5, 0.5, 1.0]),
}
CALIBRATED = {"from infinity", "equal"}  # Scores at equal thresholds are known: they are these.


def test_every_run_with_odd_thresholds_has_its_page_and_its_curves(tmp_path: Path) -> None:
    right, score = np.array([True, False, True, False]), np.array([2.0, 0.4, 0.7, -12.0])
    for name, thresholds in ODD.items():
        rows = counts(right, score, [2.5, 0.5, -0.5, -31.0])
        with runpages.start("odd", root=tmp_path / "runs", name=name) as run:
            run.log_accuracy_table(
                "table", {"probability_tables": [rows], "probability_thresholds": thresholds, "class_labels": ["yes"]}
            )
    report = build(tmp_path / "runs", tmp_path / "site", now=1_795_000_000.0, version="1.2.3")
    assert report.problems == {}
    pages = [page.read_text() for page in (tmp_path / "site/e/odd").glob("*.html") if page.name != "index.html"]
    assert len(pages) == len(ODD)
    assert all("yes AUC" in page for page in pages)
    assert sum(NO_CALIBRATION in page for page in pages) == len(ODD) - len(CALIBRATED)


def test_a_build_computes_each_diagnostic_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    computed = []
    diagnosed = charts.diagnosed

    def counted(logged: Chart) -> Any:
        computed.append((logged.name, logged.step))
        return diagnosed(logged)

    monkeypatch.setattr(charts, "diagnosed", counted)
    rows = counts(np.array([True, False]), np.array([0.8, 0.3]), [0.7, 0.2])
    with runpages.start("e", root=tmp_path / "runs") as run:
        for step in range(3):
            run.log_accuracy_table(
                "table", {"probability_tables": [rows], "probability_thresholds": [0.7, 0.2]}, step=step
            )
        run.log_residuals("off", {"bin_edges": [-1, 0, 1], "bin_counts": [2, 1]})
    assert build(tmp_path / "runs", tmp_path / "site", now=1_795_000_000.0, version="1.2.3").problems == {}
    assert sorted(computed) == [("off", 0), ("table", 0), ("table", 1), ("table", 2)]
