from __future__ import annotations

import math
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages_site.text import number

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def value_of(text: str) -> float:
    """The number that a text for people says."""
    return float(text.replace("−", "-").replace(",", ""))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.08734, "0.0873"),
        (0.00169, "0.00169"),
        (0.98062, "0.9806"),
        (24.381, "24.38"),
        (1.0, "1"),
        (1.5, "1.5"),
        (0.25, "0.25"),
        (1.50004, "1.500"),
        (9.99996, "10.00"),
        (999.96, "1000"),
        (3295.7, "3296"),
        (9999.6, "10,000"),
        (12345.6, "12,346"),
        (-0.5, "−0.5"),
        (2.1e-5, "2.1e−5"),
        (1.3e8, "1.3e8"),
        (-1.23456e-300, "−1.235e−300"),
        (0.0, "0"),
        (-0.0, "0"),
        (math.nan, "nan"),
        (math.inf, "inf"),
        (-math.inf, "−inf"),
        (None, "–"),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (9999, "9999"),
        (10000, "10,000"),
        (-123456789, "−123,456,789"),
        (10**30, "1e30"),
        pytest.param(-3 * 10**5000, "−3e5000", id="five thousand digits"),
    ],
)
def test_a_single_value_has_about_four_significant_digits(value: float | None, text: str) -> None:
    assert number.short(value) == text


@given(st.floats(min_value=-1.7e308, max_value=1.7e308))
def test_a_single_value_is_short_and_near(value: float) -> None:
    text = number.short(value)
    assert value_of(text) == pytest.approx(value, rel=5.1e-3 if abs(value) < 0.1 else 5.1e-4, abs=0)
    assert len(text) <= 11
    assert text.isascii() or "−" in text


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        ([], 0),
        ([None, math.nan, math.inf], 0),
        ([1, 20, None, True], 0),
        ([0.0, 0.0], 0),
        ([0.9889, 0.9861, 0.9722], 4),
        ([24.38, 11.5, 0.0001], 2),
        ([3445.2, 3295.7], 0),
        ([1e-9], 6),
        ([1, 2.5], 1),
        ([1.5, 0.25], 2),
        ([1.5, 0.25, math.nan, None, 7], 2),
        ([0.0, 0.5, 0.0, 0.0], 1),
        ([10**400, 0.5, 0.25], 2),
    ],
)
def test_the_median_of_a_column_has_four_significant_digits(values: list[float | None], decimals: int) -> None:
    assert number.column(values) == decimals


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.98, 4, "0.9800"),
        (3295.71, 1, "3295.7"),
        (12480.52, 1, "12,480.5"),
        (9999.96, 1, "10,000.0"),
        (-9999.5, 1, "−9999.5"),
        (3295.71, 0, "3296"),
        (1234, 0, "1234"),
        (12345, 0, "12,345"),
        (1234, 2, "1234.00"),
        (-1234567, 0, "−1,234,567"),
        (-0.004, 2, "0.00"),
        (-0.0, 2, "0.00"),
        (-0.006, 2, "−0.01"),
        (2.1e-5, 4, "2.1e−5"),
        (1.3e8, 2, "1.3e8"),
        (130_000_000, 2, "130,000,000"),
        (10**400, 2, "1e400"),
        (math.nan, 2, "nan"),
        (-math.inf, 2, "−inf"),
        (None, 2, "–"),
        (True, 2, "true"),
    ],
)
def test_a_value_of_a_column_has_its_decimals(value: float | None, decimals: int, text: str) -> None:
    assert number.fixed(value, decimals) == text


@given(st.lists(st.floats(min_value=1e-4, max_value=9.9e6), min_size=1))
def test_all_rows_of_a_column_have_one_number_of_decimals(values: list[float]) -> None:
    decimals = number.column(values)
    texts = [number.fixed(value, decimals) for value in values]
    assert {len(text.partition(".")[2]) for text in texts} == {decimals}
    assert all(abs(value_of(text) - value) <= 0.51 * 10**-decimals for text, value in zip(texts, values, strict=True))


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(0.4, 0, "0.4"), (1.5, 0, "1.5"), (50.25, 0, "50"), (-0.004, 2, "−0.004"), (1.5, 3, "1.500"), (1e-5, 0, "1e−5")],
)
def test_a_cell_of_a_table_shows_what_the_decimals_of_its_column_would_hide(
    value: float, decimals: int, text: str
) -> None:
    assert number.cell(value, decimals) == text


@given(st.floats(min_value=1e-4, max_value=9.9e6), st.integers(0, 6))
def test_a_cell_of_a_table_is_off_by_a_hundredth_at_most(value: float, decimals: int) -> None:
    assert abs(value_of(number.cell(value, decimals)) - value) <= max(0.01 * value, 0.51e-6)


@given(st.one_of(FINITE, st.integers()))
def test_the_exact_text_reads_back(value: float) -> None:
    text = number.exact(value)
    assert text.isascii()
    assert (int(text) if isinstance(value, int) else float(text)) == value


def test_what_is_no_number_is_spelled_as_in_the_files() -> None:
    special = [None, True, False, math.nan, math.inf, -math.inf]
    assert [number.exact(value) for value in special] == ["null", "true", "false", "nan", "inf", "-inf"]
    assert int(number.exact(7 * 10**9000), 16) == 7 * 10**9000


def test_whole_numbers_mark_their_thousands() -> None:
    assert [number.integer(n) for n in (0, 999, 9999, 10_000, -10_000)] == [
        "0",
        "999",
        "9999",
        "10,000",
        "−10,000",
    ]


@pytest.mark.parametrize(
    ("step", "text"),
    [(0, "0"), (10_000, "10000"), (1234567.0, "1234567"), (0.5, "0.5"), (-20_000, "−20000"), (1e20, "1e20")],
)
def test_a_step_has_no_separators(step: float, text: str) -> None:
    assert number.step(step) == text


@pytest.mark.parametrize("name", ["id", "ID", "sample id", "user_id", "train/epoch", "global_step", "Year", "x\nid"])
def test_ids_steps_epochs_and_years_have_no_separators(name: str) -> None:
    assert not number.has_separators(name)


@pytest.mark.parametrize("name", ["", "loss", "valid", "epochs", "bid", "id of x", "steps_per_s", "light-years"])
def test_other_columns_have_separators(name: str) -> None:
    assert number.has_separators(name)


@given(st.floats(1e-4, 9.9e6).map(lambda value: float(f"{value:.3g}")))
def test_a_value_of_few_digits_is_shown_as_it_was_logged(value: float) -> None:
    assert value_of(number.short(value)) == value
    text = number.short(value)
    assert "." not in text or not text.endswith("0")


def test_counts_agree_with_their_word() -> None:
    counts = [0, 1, 2, 29_000]
    assert [number.plural(n, "run") for n in counts] == ["No runs", "1 run", "2 runs", "29,000 runs"]
    assert number.plural(3, "entry", "entries") == "3 entries"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (38_904, "38.9 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (1_234_567, "1.2 MB"),
        (5 * 10**12, "5.0 TB"),
        (10**22, "10,000.0 EB"),
    ],
)
def test_sizes_count_in_thousands(count: int, text: str) -> None:
    assert number.size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (1e-9, "0 ms"),
        (0.0003, "0.3 ms"),
        (0.008, "8 ms"),
        (0.00996, "0.01 s"),
        (0.9, "0.90 s"),
        (9.994, "9.99 s"),
        (9.996, "10.0 s"),
        (12.4, "12.4 s"),
        (59.94, "59.9 s"),
        (59.96, "1:00"),
        (187, "3:07"),
        (3599.6, "1:00:00"),
        (9669, "2:41:09"),
        (86_399.4, "23:59:59"),
        (86_399.6, "1 d 0 h"),
        (273_600, "3 d 4 h"),
        (-12.4, "−12.4 s"),
        (math.inf, "inf"),
        (math.nan, "nan"),
        (None, "–"),
    ],
)
def test_durations_take_the_unit_that_fits(seconds: float | None, text: str) -> None:
    assert number.duration(seconds) == text


@given(st.floats(min_value=60, max_value=1e9))
def test_a_duration_says_its_length(seconds: float) -> None:
    text = number.duration(seconds)
    if " d " in text:
        days, hours = map(int, re.findall(r"\d+", text.replace(",", "")))
        assert hours < 24
        assert abs(days * 86_400 + hours * 3_600 - seconds) <= 1_800
    else:
        parts = [int(part) for part in text.split(":")]
        assert all(part < 60 for part in parts[1:])
        assert abs(sum(part * 60**power for power, part in enumerate(reversed(parts))) - seconds) <= 0.5


def test_times_are_spelled_in_utc() -> None:
    at = datetime(2026, 11, 22, 10, 4, 12, 345_000, tzinfo=UTC).timestamp()
    assert number.moment(at) == "22 Nov 2026, 10:04:12 UTC"
    assert number.day(at) == "22 Nov 2026"
    assert number.iso(at) == "2026-11-22T10:04:12.345Z"
    assert number.iso(-0.5) == "1969-12-31T23:59:59.500Z"


@pytest.mark.parametrize("epoch", [None, math.nan, math.inf, 1e300, -1e15])
def test_a_time_that_no_calendar_has_is_missing(epoch: float | None) -> None:
    assert (number.moment(epoch), number.day(epoch), number.iso(epoch)) == ("–", "–", "")


@given(st.integers(min_value=-60_000_000_000_000, max_value=250_000_000_000_000))
def test_a_time_for_machines_keeps_its_milliseconds(milliseconds: int) -> None:
    read = datetime.fromisoformat(number.iso(milliseconds / 1_000))
    assert round(read.timestamp() * 1_000) == milliseconds
