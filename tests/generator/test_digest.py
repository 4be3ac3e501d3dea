"""A metric of any length in bounded memory."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from runpages.format.records import Declaration, Series
from runpages.format.stream import merge
from runpages_site import select
from runpages_site.read import downsample
from runpages_site.read.downsample import Digest, series
from tests.format.strategy import same

steps = (
    st.integers(0, 50)
    | st.integers(-(10**6), 10**6)
    | st.floats(-1, 1)
    | st.sampled_from([1e308, -1e308, 5e-324, 2**60, 2**60 + 1, 10**300, -0.0])
)
data = st.one_of(
    st.floats(),
    st.integers(-3, 3),
    st.sampled_from([math.nan, math.inf, -math.inf, None, "a string", True, 10**400]),
)
times = st.none() | st.floats(0, 2e9)
few_points = st.lists(st.tuples(steps, times, data), max_size=20)

Points = list[tuple[Any, Any, Any]]


def many(least: int, most: int) -> st.SearchStrategy[Points]:
    """Long lists of one kind of steps each: of steps from all over the numbers nearly all share a stretch."""
    kinds = [st.integers(0, 200), st.integers(-(10**6), 10**6), st.floats(-1, 1), st.floats(-1e9, 1e9), steps]
    return st.sampled_from(kinds).flatmap(
        lambda kind: st.lists(st.tuples(kind, times, data), min_size=least, max_size=most)
    )


long_points = many(60, 120)
points = few_points | long_points


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long series is one of more than twenty points."""
    monkeypatch.setattr(downsample, "FEW", 20)
    monkeypatch.setattr(downsample, "STRETCHES", 8)
    monkeypatch.setattr(downsample, "HEAD", 5)


def add(into: Digest, some: Points) -> Digest:
    into.add([point[0] for point in some], [point[1] for point in some], [point[2] for point in some])
    return into


def made(*some: Points) -> Series:
    return series("loss", Declaration(), [add(Digest(), points) for points in some])


def is_long(some: Points) -> bool:
    """Whether points are folded into stretches."""
    return add(Digest(), some).state()["exponent"] is not None


@given(points, st.lists(st.integers(1, 40), max_size=20))
def test_the_pieces_in_which_points_come_change_nothing(some: Points, sizes: list[int]) -> None:
    event(f"long: {is_long(some)}")
    pieces, left = Digest(), some
    for size in [*sizes, len(some)]:
        add(pieces, left[:size])
        left = left[size:]
        pieces = Digest(json.loads(json.dumps(pieces.state())))
    assert same(series("loss", Declaration(), [pieces]), made(some))


def test_a_step_just_below_0_is_in_the_stretch_below_however_wide_that_is() -> None:
    some: Points = [(step, None, 0.0) for step in (*range(30), 1e308, -1e-94, *range(-9, 0))]
    pieces = add(add(add(Digest(), some[:31]), some[31:32]), some[32:])
    assert same(series("loss", Declaration(), [pieces]), made(some))


@given(few_points)
def test_few_points_are_all_there_by_step(some: Points) -> None:
    assert not is_long(some)
    found = made(some)
    expected = sorted(some, key=lambda point: point[0])
    assert same(list(zip(found.steps, found.times, found.values, strict=True)), expected)
    assert found.whole is None


def finite(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, (int, float)) and math.isfinite(min(value, 1e300))]


@given(long_points)
def test_of_many_points_none_that_is_seen_gets_lost(some: Points) -> None:
    assert is_long(some)
    found = made(some)
    ordered = sorted(some, key=lambda point: point[0])
    numbers = finite(value for _, _, value in some)
    kept = found.values
    assert found.total == len(some)
    assert len(kept) <= 5 + 8 * 10
    assert same((found.steps[0], kept[0]), (ordered[0][0], ordered[0][2]))
    assert same((found.steps[-1], kept[-1]), (ordered[-1][0], ordered[-1][2]))
    assert same(kept[:5], [point[2] for point in ordered[:5]])
    known = finite(kept)
    if numbers:
        assert min(known) == min(numbers)
        assert max(known) == max(numbers)
    for kind in (None, math.inf, -math.inf):
        assert (kind in kept) == any(value == kind for _, _, value in some)
    assert any(isinstance(value, str) for value in kept) == any(isinstance(value, str) for _, _, value in some)
    assert found.whole is None or counted(found) == counts_of(some)
    event(f"all kept: {found.whole is None}")


def counted(found: Series) -> tuple[int, ...]:
    assert found.whole is not None
    return found.whole.points, found.whole.nan, found.whole.inf, found.whole.minus_inf, found.whole.null


def counts_of(some: Points) -> tuple[int, ...]:
    values = [value for _, _, value in some]
    kinds = (values.count(kind) for kind in (math.inf, -math.inf, None))
    return len(some), sum(value != value for value in values), *kinds


@given(st.lists(st.floats(-1e9, 1e9), min_size=60, max_size=120, unique=True))
def test_the_extremes_of_each_stretch_stay_with_its_ends(values: list[float]) -> None:
    long: Points = [(step, None, value) for step, value in enumerate(values)]
    width = 2 ** math.ceil(math.log2(len(values) / 8))
    expected = set(range(5))
    for start in range(0, len(values), width):
        stretch = values[start : start + width]
        expected |= {start, start + len(stretch) - 1}
        expected |= {start + stretch.index(extreme(stretch)) for extreme in (min, max)}
    found = made(long)
    assert found.steps == sorted(expected)
    assert found.values == [values[step] for step in sorted(expected)]
    assert found.whole is not None and found.whole.points == len(values)


@given(many(25, 40), many(25, 40))
def test_of_many_points_of_two_writers_none_that_is_seen_gets_lost(one: Points, other: Points) -> None:
    assert is_long(one) and is_long(other)
    found = made(one, other)
    assert len(found.values) <= 5 + 8 * 10
    assert found.whole is None or counted(found) == counts_of([*one, *other])
    numbers, known = finite(value for _, _, value in [*one, *other]), finite(found.values)
    if numbers:
        assert (min(known), max(known)) == (min(numbers), max(numbers))


short_points = st.lists(st.tuples(steps, times, data), max_size=10)


@given(short_points, short_points)
def test_few_points_of_two_writers_are_merged_as_the_format_says(one: Points, other: Points) -> None:
    blocks = [
        (writer, {"loss": ([p[0] for p in some], [p[1] for p in some], [p[2] for p in some])})
        for writer, some in (("", one), ("w", other))
        if some
    ]
    if not blocks:
        return
    merged = merge(blocks)["loss"]
    order = sorted(range(len(merged.steps)), key=merged.steps.__getitem__)
    found = made(*(some for some in (one, other) if some))
    assert same(found.values, [merged.values[at] for at in order])


def test_a_spike_of_one_sample_in_a_million_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    long = Digest()
    for start in range(0, 1_000_000, 5_000):
        values = [0.5] * 5_000
        if start == 335_000:
            values[1_234] = 3.0
        long.add(list(range(start, start + 5_000)), [None] * 5_000, values)
    found = series("loss", Declaration(), [long])
    assert found.total == 1_000_000
    assert len(found.values) < 6_000
    assert found.values[found.steps.index(336_234)] == 3.0


def test_no_points_are_no_points() -> None:
    assert made([]).steps == []
    long: Points = [(step, None, 0.0) for step in range(30)]
    assert same(series("loss", Declaration(), [add(add(Digest(), long), [])]), made(long))


@given(long_points)
def test_the_mean_is_over_all_points_in_whatever_pieces_they_come(some: Points) -> None:
    at_once, piece_by_piece = add(Digest(), some), Digest()
    for at in range(0, len(some), 7):
        piece_by_piece = Digest(json.loads(json.dumps(add(piece_by_piece, some[at : at + 7]).state())))
    made = [series("m", Declaration(), [digest]) for digest in (at_once, piece_by_piece)]
    event(f"thinned: {made[0].whole is not None}")
    if made[0].whole is not None and made[1].whole is not None:
        known = [float(value) for _, _, value in some if select.finite(value) is not None]
        total = 0.0
        for value in known:
            total += value
        expected = total / len(known) if known and math.isfinite(total) else None
        assert repr(made[0].whole.mean) == repr(made[1].whole.mean)
        assert [select.summary(one).mean for one in made] == [expected, expected]


def test_the_mean_of_several_writers_is_over_the_points_of_all() -> None:
    digests = [add(Digest(), [(step, None, value) for step in range(30)]) for value in (1, 4)]
    assert series("m", Declaration(), digests).whole.mean == 2.5  # type: ignore[union-attr]


@given(st.integers(-100, 1 << 60), st.integers(1, 70), st.integers(21, 120), st.integers(1, 60))
def test_steps_that_are_even_are_folded_as_any_others(first: int, way: int, count: int, size: int) -> None:
    folded = [Digest(), Digest()]
    for begin in range(0, count, size):
        values = [math.sin(at) for at in range(begin, min(begin + size, count))]
        steps = range(first + begin * way, first + (begin + len(values)) * way, way)
        folded[0].add(steps, [None] * len(values), values)
        folded[1].add(list(steps), [None] * len(values), values)
    assert folded[0].state() == folded[1].state()


def test_notes_without_a_sum_are_refused() -> None:
    state = add(Digest(), [(step, None, 1.0) for step in range(30)]).state()
    del state["sum"]
    with pytest.raises(KeyError):
        Digest(state)
