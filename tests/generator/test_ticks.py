from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from runpages_site.chart.axis import Tick, elided, linear, logarithmic, width

NUMBERS = st.floats(min_value=-1e300, max_value=1e300)
POSITIVE = st.floats(min_value=1e-300, max_value=1e300)


def labels(ticks: Sequence[Tick]) -> list[str]:
    return [tick.label for tick in ticks]


def said(tick: Tick) -> float:
    return float(tick.label.replace("−", "-").replace(",", ""))


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 39, ["0", "10", "20", "30"]),
        (0, 1, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (11.1, 24.9, ["12.5", "15.0", "17.5", "20.0", "22.5"]),
        (0.9, 1.03, ["0.900", "0.925", "0.950", "0.975", "1.000", "1.025"]),
        (-3, 7, ["−2", "0", "2", "4", "6"]),
        (0, 20_000, ["0", "5,000", "10,000", "15,000", "20,000"]),
        (0, 2e7, ["0", "5e6", "1e7", "1.5e7", "2e7"]),
        (0, 8e-5, ["0", "2e−5", "4e−5", "6e−5", "8e−5"]),
        (
            1e7,
            1e7 + 1,
            ["10,000,000.0", "10,000,000.2", "10,000,000.4", "10,000,000.6", "10,000,000.8", "10,000,001.0"],
        ),
        (-1e300, 1e300, ["−1e300", "−5e299", "0", "5e299", "1e300"]),
    ],
)
def test_linear_ticks_are_round(low: float, high: float, expected: list[str]) -> None:
    assert labels(linear(low, high)) == expected


def test_ticks_between_integers_are_integers() -> None:
    assert labels(linear(0, 1, whole=True)) == ["0", "1"]
    assert labels(linear(0, 12, whole=True)) == ["0", "5", "10"]
    assert labels(linear(0, 100, whole=True)) == ["0", "20", "40", "60", "80", "100"]


@given(NUMBERS, NUMBERS, st.integers(min_value=2, max_value=9), st.booleans())
def test_linear_ticks_lie_within_at_even_distances(one: float, other: float, limit: int, whole: bool) -> None:
    low, high = min(one, other), max(one, other)
    assume(high - low > max(1e-9 * max(-low, high), 1e-300))
    ticks = linear(low, high, limit=limit, whole=whole)
    span = high - low
    assert len(ticks) <= limit
    assert all(low - 1e-6 * span <= tick.value <= high + 1e-6 * span for tick in ticks)
    assert len(set(labels(ticks))) == len(ticks)
    steps = [after.value - before.value for before, after in pairwise(ticks)]
    assert all(step == pytest.approx(steps[0], rel=1e-5) for step in steps)
    assert all(f"{step:.1e}"[:3] in ("1.0", "2.0", "2.5", "5.0") for step in steps)
    if whole:
        assert all(tick.value.is_integer() for tick in ticks)
    elif limit >= 6:
        assert len(ticks) >= 3


@given(NUMBERS, NUMBERS)
def test_a_label_says_where_its_tick_is(one: float, other: float) -> None:
    low, high = min(one, other), max(one, other)
    assume(high - low > max(1e-9 * max(-low, high), 1e-300))
    for tick in linear(low, high):
        assert said(tick) == pytest.approx(tick.value, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.07, 2, ["0.1", "0.3", "1"]),
        (0.0017, 0.4, ["0.003", "0.01", "0.03", "0.1", "0.3"]),
        (0.08, 0.45, ["0.1", "0.15", "0.2", "0.3", "0.4"]),
        (1.1, 6.9, ["1.5", "2", "3", "4", "5"]),
        (1, 1e5, ["1", "10", "100", "1000", "10,000", "100,000"]),
        (1e-15, 1, ["1e−15", "1e−10", "1e−5", "1"]),
        (0.1, 0.102, ["0.1000", "0.1005", "0.1010", "0.1015", "0.1020"]),
        (5e-324, 1.7e308, ["1e−200", "1", "1e200"]),
    ],
)
def test_logarithmic_ticks(low: float, high: float, expected: list[str]) -> None:
    assert labels(logarithmic(low, high)) == expected


@given(POSITIVE, POSITIVE)
def test_logarithmic_ticks_lie_within_and_say_where(one: float, other: float) -> None:
    low, high = min(one, other), max(one, other)
    assume(high > low * (1 + 1e-9))
    ticks = logarithmic(low, high)
    assert 2 <= len(ticks) <= 7
    assert all(low * (1 - 1e-6) <= tick.value <= high * (1 + 1e-6) for tick in ticks)
    assert all(before.value < after.value for before, after in pairwise(ticks))
    assert all(math.isclose(said(tick), tick.value, rel_tol=1e-12) for tick in ticks)


@given(st.text(st.sampled_from("aM%… \u0301世"), max_size=30), st.floats(0, 200))
def test_a_label_is_elided_to_its_room_however_narrow_that_is(text: str, room: float) -> None:
    shown = elided(text, room)
    assert width(shown) <= max(room, width("…"))
    assert shown == text or "…" in shown
