"""A cell of any kind comes back plain, or is refused with its place."""

from __future__ import annotations

import ipaddress
import math
from datetime import UTC, date, time, timedelta, timezone
from decimal import Decimal
from enum import Flag
from fractions import Fraction
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image

from runpages import Run, UserError
from tests.logger.conftest import contents, read
from tests.logger.tables import FRAME, NOON, Color, Fold, columns


class Right(Flag):
    READ = 1
    WRITE = 2


CELLS = [
    (date(2026, 1, 2), "2026-01-02"),
    (NOON, "2026-01-02T12:30:00.500000"),
    (NOON.replace(tzinfo=UTC), "2026-01-02T12:30:00.500000+00:00"),
    (NOON.replace(tzinfo=timezone(timedelta(hours=5, minutes=30))), "2026-01-02T12:30:00.500000+05:30"),
    (time(8, 5), "08:05:00"),
    (timedelta(days=1, milliseconds=500), 86400.5),
    (np.datetime64("2026-01-02"), "2026-01-02"),
    (np.datetime64("2026-01-02T12:30:00.500", "ns"), "2026-01-02T12:30:00.5"),
    (np.datetime64("2026-01-02T10:00", "s"), "2026-01-02T10:00:00"),
    (np.array("2026-01-02", "datetime64[D]"), "2026-01-02"),
    (np.timedelta64(1500, "ms"), 1.5),
    (np.timedelta64(3, "M"), "3 months"),
    *((missing, None) for missing in (np.datetime64("NaT"), np.timedelta64("NaT"), pd.NaT, pd.NA, np.ma.masked)),
    (pd.Timestamp("2026-01-02T12:30", tz="Europe/Berlin"), "2026-01-02T12:30:00+01:00"),
    (pd.Timedelta("90min"), 5400.0),
    (pd.Period("2026-01", "M"), "2026-01"),
    (pd.Interval(0.5, 1), "(0.5, 1]"),
    (PurePosixPath("data/train.csv"), "data/train.csv"),
    *((Color.RED, "RED"), (Right.READ | Right.WRITE, "READ|WRITE"), (Right(0), "Right(0)")),
    (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (ipaddress.ip_address("10.0.0.1"), "10.0.0.1"),
    *((Decimal("1.10"), 1.1), (Fraction(1, 4), 0.25)),
    *((1 + 2j, "1+2j"), (np.complex64(1j), "1j"), (np.clongdouble(2), "2+0j")),
    *((b"word", "word"), (bytearray(b"word"), "word"), (memoryview(b"word"), "word"), (np.bytes_(b"word"), "word")),
    ([1, (2.5, None), [True]], [1, [2.5, None], [True]]),
    ({"a": {1: date(2026, 1, 2)}}, {"a": {"1": "2026-01-02"}}),
    (MappingProxyType({"a": 1}), {"a": 1}),
    ({3, 1, 2}, [1, 2, 3]),
    (range(3), [0, 1, 2]),
    (np.eye(2), [[1.0, 0.0], [0.0, 1.0]]),
    (np.array(["2026-01-02"], "datetime64[D]"), ["2026-01-02"]),
    (np.array(date(2026, 1, 2), object), "2026-01-02"),
    (pd.Series([1, 2]), [1, 2]),
    (pd.Index(["a"]), ["a"]),
    (pa.scalar(3), 3),
    (Fold(1, 0.5), {"number": 1, "score": 0.5}),
    (np.dtype("float32"), "float32"),
]


@pytest.mark.parametrize(("given", "expected"), CELLS, ids=lambda value: f"{type(value).__name__}")
def test_a_cell_of_any_kind_comes_back_plain_from_a_row_and_a_table(run: Run, given: Any, expected: Any) -> None:
    run.log_row("row", cell=given)
    run.log_table("table", {"cell": [given]})
    run.log_table("rows", [{"cell": given}])
    found = run.get_metrics()
    for name in ("row", "table", "rows"):
        assert repr(found[name]["cell"]) == repr(expected)
    assert read(run.folder).problems == []


COLUMNS = {
    "time": (pd.to_datetime(["2026-01-02", None]), ["2026-01-02T00:00:00", None]),
    "zone": (pd.to_datetime(["2026-07-02T00:00"]).tz_localize("Europe/Berlin"), ["2026-07-02T00:00:00+02:00"]),
    "duration": (pd.to_timedelta(["1h", None]), [3600.0, None]),
    "period": (pd.period_range("2026-01", periods=2, freq="Q"), ["2026Q1", "2026Q2"]),
    "interval": (pd.interval_range(0, 2), ["(0, 1]", "(1, 2]"]),
    "whole": (pd.array([1, None], dtype="Int64"), [1, None]),
    "real": (pd.array([1.5, None], dtype="Float64"), [1.5, None]),
    "truth": (pd.array([True, None], dtype="boolean"), [True, None]),
    "text": (pd.array(["a", None], dtype="string"), ["a", None]),
    "objects": (pd.Series(["a", float("nan")], dtype=object), ["a", None]),
    "mixed": (pd.Series([1, "a", date(2026, 1, 2)], dtype=object), [1, "a", "2026-01-02"]),
    "category": (pd.Categorical(["a", None]), ["a", None]),
    "numbered": (pd.Categorical([2, 1]), [2, 1]),
    "sparse": (pd.arrays.SparseArray([0.0, 0.0, 1.0]), [0.0, 0.0, 1.0]),
    "arrow": (pd.array([1, None], dtype="int64[pyarrow]"), [1, None]),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_of_any_kind_comes_back_plain(kind: str) -> None:
    given, expected = COLUMNS[kind]
    assert repr(columns(pd.DataFrame({"c": given}))) == repr({"c": expected})
    assert repr(columns({"c": given})) == repr({"c": expected})


def test_numbers_that_are_not_finite_stay_numbers() -> None:
    found = columns({"x": [1.0, math.nan, math.inf], "mixed": [1, math.nan, "a"]})
    assert repr(found) == repr({"x": [1.0, math.nan, math.inf], "mixed": [1, math.nan, "a"]})


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(values=st.lists(PLAIN, min_size=1, max_size=4))
def test_what_json_has_is_kept_as_it_is(values: list[Any]) -> None:
    assert repr(columns({"c": values})["c"]) == repr(values)


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (object(), r"an object cannot be stored in a cell; give .* str\(\) of it"),
        (np.float32, r"a type cannot be stored .* str\(\)"),
        (b"\xff", r"not UTF-8 cannot be stored; give their hex\(\)"),
        ((n for n in [1]), r"a generator cannot be stored in a cell; give list\(\) of it"),
        (FRAME, "DataFrame .* log it as its own table"),
        pytest.param(10**5000, "more digits than Python prints .* log its logarithm", id="digits"),
        ([{"a": object()}], "an object cannot be stored"),
        (Fraction(10**400), "Fraction cannot be stored"),
    ],
)
def test_a_cell_that_cannot_be_kept_is_named_with_its_place(run: Run, cell: Any, told: str) -> None:
    before = contents(run.folder)
    for table in ({"a": [1, 2], "b": [0, cell]}, [{"a": 1}, {"b": cell}]):
        with pytest.raises(UserError, match=rf"table 'm', column 'b', row 1: .*{told}"):
            run.log_table("m", table, "described")
    with pytest.raises(UserError, match=rf"table 'm', column 'b': .*{told}"):
        run.log_row("m", "described", a=1, b=cell)
    assert contents(run.folder) == before


@pytest.mark.parametrize("picture", [Figure(), Image.new("L", (1, 1))])
def test_a_picture_in_a_cell_is_refused_with_its_way(run: Run, picture: Any) -> None:
    with pytest.raises(UserError, match="log it with log_image, and put its name here"):
        run.log_row("m", picture=picture)


LOOP: dict[str, Any] = {}
LOOP["again"] = [LOOP]


@pytest.mark.parametrize("wrap", [lambda cell: [cell], lambda cell: {"a": cell}, lambda cell: Fold(1, cell)])
def test_a_cell_is_nested_as_deeply_as_readers_go(run: Run, wrap: Any) -> None:
    cell: Any = 1
    for _ in range(95):
        cell = wrap(cell)
    run.log_row("m", cell=cell)
    assert read(run.folder).problems == []
    for deeper in (wrap(cell), LOOP):
        with pytest.raises(UserError, match="column 'c', row 0: the value contains itself or is nested more than 95"):
            run.log_table("m", {"c": [deeper]})
    assert len(read(run.folder).tables[0].rows) == 1
