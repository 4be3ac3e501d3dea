"""Distributions as charts: every value is in it, and no input breaks it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from runpages.format.records import Chart
from runpages_site.chart import Distribution, distribution_chart
from runpages_site.chart.heatmap import COLUMNS, _shares
from runpages_site.page.charts import distribution

edges = st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=2, max_size=9, unique=True).map(sorted)


@st.composite
def made(draw: st.DrawFn) -> Distribution:
    bounds = draw(edges.filter(lambda some: all(high - low > 1e-6 for low, high in pairwise(some))))
    counts = draw(st.lists(st.integers(0, 9), min_size=len(bounds) - 1, max_size=len(bounds) - 1))
    return Distribution(draw(st.integers(-5, 10**9) | st.floats(-5, 1e9)), bounds, counts)


@given(st.lists(made(), min_size=1, max_size=9), st.integers(1, COLUMNS), st.text())
def test_any_distributions_make_a_chart(several: list[Distribution], repeated: int, name: str) -> None:
    some = several * repeated
    event(f"more than there are columns: {len(some) > COLUMNS}")
    svg = str(distribution_chart(some, name=name))
    ElementTree.fromstring(svg)
    assert "nan" not in re.sub(r'aria-label="[^"]*"', "", svg)
    assert "inf" not in re.sub(r'aria-label="[^"]*"', "", svg)


@pytest.mark.parametrize(
    ("count", "columns"), [(2, 2), (COLUMNS - 1, COLUMNS - 1), (COLUMNS, COLUMNS), (COLUMNS + 1, 31), (200, 50)]
)
def test_steps_share_columns_where_there_are_more_than_fit(count: int, columns: int) -> None:
    some = [Distribution(step, [0.0, 1.0], [1]) for step in range(count)]
    svg = str(distribution_chart(some, name="w"))
    (drawn,) = re.findall(r'class="heat h8 s1" d="([^"]+)"', svg)
    assert len(set(re.findall(r"M(\d+) ", drawn))) == columns


@given(made())
def test_the_rows_of_a_column_hold_all_its_values(one: Distribution) -> None:
    low, high = one.edges[0] - 1, one.edges[-1] + 2
    rows = [low + (high - low) * row / 32 for row in range(33)]
    assert abs(sum(_shares(one, rows)) - (1 if sum(one.counts) else 0)) < 1e-6


def test_bars_stand_where_the_bins_are() -> None:
    svg = str(distribution_chart([Distribution(0, [0.0, 1.0, 3.0], [2, 0])], name="w"))
    assert re.findall(r'<path class="bars s1" d="([^"]+)"', svg) == ["M0 1720V143H667V1720z"]
    assert 'aria-label="w: 2 values from 0 to 3"' in svg


def test_what_is_no_histogram_is_left_out() -> None:
    data: list[Any] = [{"bin_edges": [0, 1], "bin_counts": [1]}, None, [], {"bin_edges": [1, 0], "bin_counts": [1]}]
    data += [{"bin_edges": [0, 1], "bin_counts": [-1]}, {"bin_edges": [0, 1], "bin_counts": [{"float": "nan"}]}]
    charts = [Chart("w", "histogram", step, None, one) for step, one in enumerate(data)]
    charts.append(Chart("w", "residuals", 9, None, data[0]))
    assert [one.step for one in charts if distribution(one)] == [0]
