"""The verdicts on groups of runs, held against scipy and numpy."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from runpages.format.verdict import (
    Spread,
    exact,
    holm,
    paired,
    quantile,
    seeds,
    spread,
    two_sided,
    verdicts,
    welch,
    wins,
)

BASE = [0.31, 0.29, 0.35, 0.28, 0.33, 0.30]
FINITE = st.floats(-1e6, 1e6).filter(lambda value: not 0 < abs(value) < 1e-100)
"""Values whose squares numpy and scipy can tell from 0."""
GROUPS = st.lists(FINITE, min_size=2, max_size=12)


@st.composite
def samples(draw: st.DrawFn) -> list[float]:
    """Normal values, of any place and spread; so they differ from one another."""
    seed, n = draw(st.integers(0, 2**32 - 1)), draw(st.integers(2, 40))
    values = np.random.default_rng(seed).normal(draw(st.floats(-3, 3)), draw(st.floats(0.01, 5)), n)
    return [float(value) for value in values * 10 ** draw(st.integers(-8, 8))]


def close(ours: float, theirs: float, scale: float = 0.0) -> bool:
    return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=max(1e-300, 1e-11 * scale))


@given(samples(), samples())
def test_welch_is_that_of_scipy(group: list[float], reference: list[float]) -> None:
    found, known = welch(group, reference), stats.ttest_ind(group, reference, equal_var=False)
    assert found is not None
    interval = known.confidence_interval()
    scale = max(map(abs, [*group, *reference]))
    assert close(found.p, known.pvalue)
    assert close(found.df, known.df)
    assert close(found.low, interval.low, scale)
    assert close(found.high, interval.high, scale)


@given(samples())
def test_the_paired_test_is_that_of_scipy(differences: list[float]) -> None:
    found, known = paired(differences), stats.ttest_1samp(differences, 0)
    assert found is not None
    assert close(found.p, known.pvalue)
    interval = known.confidence_interval()
    assert close(found.low, interval.low, max(map(abs, differences)))


@given(st.floats(1e-3, 300), st.floats(1, 1e5))
def test_the_distribution_of_t_is_that_of_scipy(t: float, df: float) -> None:
    known = 2 * stats.t.sf(t, df)
    assume(known > 1e-290)
    assert math.isclose(two_sided(t, df), known, rel_tol=1e-8)


@given(st.floats(1, 1e5))
def test_the_quantile_of_t_is_that_of_scipy(df: float) -> None:
    assert math.isclose(quantile(df), stats.t.ppf(0.975, df), rel_tol=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_the_correction_is_monotonous_and_bounded(ps: list[float]) -> None:
    found = holm(ps)
    assert all(p <= corrected <= 1 for p, corrected in zip(ps, found, strict=True))
    order = sorted(range(len(ps)), key=lambda index: ps[index])
    assert [found[index] for index in order] == sorted(found)
    assert found[order[0]] == min(1, len(ps) * ps[order[0]])


def test_the_correction_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


@given(st.lists(FINITE, min_size=1, max_size=5), st.lists(FINITE, min_size=1, max_size=5))
@settings(max_examples=30)
def test_the_exact_p_is_that_of_scipy(group: list[float], reference: list[float]) -> None:
    def difference(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
        moved: np.ndarray = np.round(np.abs(a.mean(axis=axis) - b.mean(axis=axis)) / scale, 9)
        return moved

    scale = max(map(abs, [*group, *reference])) or 1.0
    seen = abs(np.mean(group) - np.mean(reference)) / scale
    assume(abs(seen * 1e9 % 1 - 0.5) > 0.01)
    if len(group) > 1 and len(reference) > 1:
        known = stats.permutation_test((group, reference), difference, alternative="greater", n_resamples=10**5)
        assert exact(group, reference) == pytest.approx(known.pvalue, abs=0.02)


def test_the_exact_p_by_hand() -> None:
    assert exact([1, 2, 3], [4, 5, 6]) == pytest.approx(2 / 20)
    assert exact([1.0], [1.0]) == 1
    assert exact([], [1.0]) is None
    assert exact(list(range(11)), [1.0]) is None
    assert exact([0.1, 0.2, 0.3], [0.3, 0.1, 0.2]) == 1


@given(GROUPS)
def test_a_spread_is_that_of_numpy(values: list[float]) -> None:
    found = spread([*values, math.nan, math.inf])
    scale = max(map(abs, values))
    assert found.n == len(values)
    assert close(found.mean, float(np.mean(values)), scale)
    assert math.isclose(found.sd, float(np.std(values, ddof=1)), rel_tol=1e-7, abs_tol=1e-9 * scale)
    assert (found.least, found.most) == (min(values), max(values))


def test_a_spread_of_a_thousand_is_that_of_numpy() -> None:
    values = np.random.default_rng(1).normal(5, 2, 1000)
    found = spread([float(value) for value in values])
    assert (found.mean, found.sd) == pytest.approx((values.mean(), values.std(ddof=1)), rel=1e-12)


def test_nothing_has_no_spread() -> None:
    assert spread([math.nan]).n == 0
    assert math.isnan(spread([]).mean)
    assert math.isnan(spread([1.0]).sd)
    assert welch([1.0], [1.0, 2.0]) is None
    assert paired([1.0]) is None


def one(group: Sequence[float], reference: Sequence[float] = BASE, **how: object) -> str:
    return verdicts({"a": group}, reference, **{"goal": "min", **how})["a"].word  # type: ignore[arg-type]


def moved(by: float) -> list[float]:
    return [value + by for value in BASE]


def test_the_four_words() -> None:
    assert one(moved(0.1)) == "worse"
    assert one(moved(0.1), goal="max") == "better"
    assert one(moved(-0.1)) == "better"
    assert one(moved(0.01)) == "unknown"
    assert one(moved(0.001), tolerance=0.05) == "same"
    assert one(moved(0.1), goal=None) == "unknown"


def test_three_runs_cannot_tell() -> None:
    assert one([0.9, 0.91, 0.92]) == "unknown"
    assert one([0.9, 0.91, 0.92, 0.93], BASE[:3]) == "unknown"
    found = verdicts({"a": [0.9, 0.91, 0.92]}, BASE, goal="min")["a"]
    assert (found.p, found.tested) == (None, 0)
    assert found.interval is not None


def test_the_tolerance_comes_before_a_small_p() -> None:
    steady = [0.3001, 0.3002, 0.3003, 0.3002]
    assert one(steady, [0.3, 0.3001, 0.2999, 0.3], tolerance=0.01) == "same"
    assert one(steady, [0.3, 0.3001, 0.2999, 0.3]) == "worse"


def test_many_groups_are_corrected_together_and_small_ones_do_not_count() -> None:
    border = [0.35, 0.33, 0.37, 0.31, 0.36, 0.34]
    assert one(border) == "worse"
    many = {str(index): moved(0.001 * index) for index in range(10)}
    found = verdicts({"a": border, "small": border[:2], **many}, BASE, goal="min")
    assert (found["a"].word, found["a"].tested, found["small"].p) == ("unknown", 11, None)


def test_values_that_do_not_vary() -> None:
    found = verdicts({"same": [1.0] * 4, "other": [2.0] * 4}, [1.0] * 4, goal="max")
    assert (found["same"].word, found["same"].p) == ("unknown", 1)
    assert (found["other"].word, found["other"].p) == ("better", 0)
    assert one([1.0] * 4, [1.0] * 4, tolerance=0.1) == "same"


def test_what_is_not_finite_is_left_out() -> None:
    found = verdicts({"a": [*moved(0.1), math.nan, math.inf]}, [*BASE, math.nan], goal="min")["a"]
    assert found == verdicts({"a": moved(0.1)}, BASE, goal="min")["a"]


def test_pairs_take_the_place_of_the_groups() -> None:
    pairs = [(value + 0.01 + 0.001 * index, value) for index, value in enumerate(BASE)]
    alone = verdicts({"a": [a for a, _ in pairs]}, BASE, goal="min")["a"]
    together = verdicts({"a": [a for a, _ in pairs]}, BASE, goal="min", pairs={"a": [*pairs, (math.nan, 1)]})["a"]
    assert (alone.word, together.word) == ("unknown", "worse")
    three = verdicts({"a": moved(0.1)}, BASE, goal="min", pairs={"a": pairs[:3]})["a"]
    assert (three.word, three.p) == ("unknown", None)


def test_pairs_won_and_tied() -> None:
    assert wins([1.0, 3.0], [2.0, 3.0], "max") == (1, 1, 4)
    assert wins([1.0, 3.0], [2.0, 3.0], "min") == (2, 1, 4)


def test_how_many_runs_are_needed() -> None:
    assert seeds(Spread(2, 0.1340, 0.0353, 0, 0), Spread(6, 0.097, 0.0055, 0, 0), 0.037) == 10
    assert seeds(spread([1, 2]), spread(BASE), 1e-6) is None
    assert seeds(spread([1.0]), spread(BASE), 1.0) is None
    assert seeds(spread([1.0, 1.0]), spread([1.0, 1.0]), 1.0) == 4


def test_the_runs_that_are_said_to_be_enough_are(n: int = 4000) -> None:
    random = np.random.default_rng(2)
    a, b = Spread(4, 1.2, 1.0, 0, 0), Spread(10, 0.0, 1.0, 0, 0)
    enough = seeds(a, b, 1.2)
    assert enough is not None
    found = stats.ttest_ind(
        random.normal(1.2, 1, (n, enough)), random.normal(0, 1, (n, 10)), axis=1, equal_var=False
    ).pvalue
    assert 0.77 < np.mean(found < 0.05) < 0.85


@given(GROUPS, GROUPS, st.integers(-1_000, 1_000), st.sampled_from(["min", "max"]))
def test_verdicts_do_not_depend_on_the_unit(group: list[float], base: list[float], power: int, goal: str) -> None:
    """A run that diverged has values whose squares no float holds."""
    group, base = ([1.0 + value / 1e7 for value in values] for values in (group, base))  # None loses a digit.
    unit = 2.0**power
    large, reference = [value * unit for value in group], [value * unit for value in base]
    [(_, one)] = verdicts({"a": group}, base, goal=goal, tolerance=0.01).items()
    [(_, other)] = verdicts({"a": large}, reference, goal=goal, tolerance=0.01 * unit).items()
    assert (one.word, one.p, one.tested) == (other.word, other.p, other.tested)
    assert one.interval is not None
    assert other.interval is not None
    assert other.interval.difference == one.interval.difference * unit
    assert other.interval.low == pytest.approx(one.interval.low * unit, rel=1e-12)
    assert exact(large, reference) == exact(group, base)
    effect = one.interval.difference
    assert seeds(spread(large), spread(reference), effect * unit) == seeds(spread(group), spread(base), effect)


EXTREME = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=6)


@given(EXTREME, EXTREME)
def test_any_finite_values_have_a_verdict(group: list[float], base: list[float]) -> None:
    found = spread(group)
    assert found.least <= found.mean <= found.most
    pairs = list(zip(group, base, strict=False))
    for asked in (None, {"a": pairs}):
        (judged,) = verdicts({"a": group}, base, goal="min", tolerance=1.0, pairs=asked).values()
        assert judged.word in ("better", "worse", "same", "unknown")
    assert 0 < (exact(group, base) or 1) <= 1
    seeds(found, spread(base), found.mean)
