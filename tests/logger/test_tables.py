"""Tables of any library come back as plain columns."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import classification_report
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

from runpages import Run, UserError
from runpages.table import rows
from tests.logger.conftest import contents, read
from tests.logger.tables import FRAME, NOON, Color, Fold, columns


class Pair(NamedTuple):
    left: int
    right: Any


INDEXED: dict[str, tuple[Callable[[], Any], dict[str, list[Any]]]] = {
    "grouped": (
        lambda: FRAME.groupby("city").mean(numeric_only=True),
        {"city": ["a", "b"], "x": [2.0, 2.5], "n": [2.0, 2.0]},
    ),
    "by two": (
        lambda: FRAME.groupby(["city", "kind"])[["x"]].agg(["min", "max"]),
        {"city": ["a", "b", "b"], "kind": ["v", "u", "v"], "x/min": [2.0, 1.0, 4.0], "x/max": [2.0, 1.0, 4.0]},
    ),
    "described": (
        lambda: FRAME[["n"]].describe().loc[["count", "mean", "max"]],
        {"index": ["count", "mean", "max"], "n": [3.0, 2.0, 3.0]},
    ),
    "crossed": (
        lambda: pd.crosstab(FRAME["city"], FRAME["kind"], margins=True),
        {"city": ["a", "b", "All"], "u": [0, 1, 1], "v": [1, 1, 2], "All": [1, 2, 3]},
    ),
    "turned": (lambda: FRAME[["n"]].T, {"index": ["n"], "0": [1], "1": [2], "2": [3]}),
    "filtered": (lambda: FRAME[FRAME["x"] > 1][["x"]], {"index": [1, 2], "x": [2.0, 4.0]}),
    "plain": (lambda: FRAME[["x"]].set_index(pd.Index([0, 1, 2])), {"x": [1.0, 2.0, 4.0]}),
    "named, but plain": (lambda: FRAME[["x"]].rename_axis("fold"), {"fold": [0, 1, 2], "x": [1.0, 2.0, 4.0]}),
    "levels without names": (
        lambda: pd.DataFrame({"x": [1]}, index=pd.MultiIndex.from_tuples([("a", 2)])),
        {"level_0": ["a"], "level_1": [2], "x": [1]},
    ),
    "times": (
        lambda: pd.DataFrame({"x": [1]}, index=pd.DatetimeIndex(["2026-01-02T10:00"], name="at")),
        {"at": ["2026-01-02T10:00:00"], "x": [1]},
    ),
    "series": (lambda: FRAME["city"].value_counts(), {"city": ["b", "a"], "count": [2, 1]}),
    "series without a name": (lambda: pd.Series([5, 6]), {"value": [5, 6]}),
    "styled": (lambda: FRAME[["n"]].style.format(precision=1), {"n": [1, 2, 3]}),
    "columns called as methods are": (
        lambda: pd.DataFrame({"columns": [1], "get_columns": [2], "keys": [3]}),
        {"columns": [1], "get_columns": [2], "keys": [3]},
    ),
}


@pytest.mark.parametrize("kind", INDEXED)
def test_an_index_that_says_something_becomes_the_first_columns(run: Run, kind: str) -> None:
    make, expected = INDEXED[kind]
    run.log_table("t", make())
    table = read(run.folder).tables[0]
    assert repr({column: [row[column] for row in table.rows] for column in table.columns}) == repr(expected)


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame([[1, 2, 3]], columns=["x", "x", "x.1"]),
        pa.table([[1], [2], [3]], names=["x", "x", "x.1"]),
        sqlite3.connect(":memory:").execute('select 1 as x, 2 as x, 3 as "x.1"'),
    ],
)
def test_columns_of_one_name_are_numbered(table: Any) -> None:
    assert columns(table) == {"x": [1], "x.2": [2], "x.1": [3]}


def test_names_that_are_one_as_texts_are_numbered() -> None:
    assert columns({1: [1], "1": [2]}) == {"1": [1], "1.1": [2]}
    assert columns(pd.DataFrame({"x": [1]}, index=pd.Index(["a"], name="x"))) == {"x": ["a"], "x.1": [1]}


def test_names_of_any_kind_are_texts() -> None:
    keys = [date(2026, 1, 2), Color.RED, ("a", "", 1), 0.5, None, object]
    assert list(columns({key: [1] for key in keys})) == ["2026-01-02", "RED", "a/1", "0.5", "None", str(object)]


@given(names=st.lists(st.sampled_from(["x", "x.1", "x.2", "y"]), max_size=8))
def test_every_column_has_a_name_of_its_own_and_the_first_keeps_its(names: list[str]) -> None:
    found = list(rows(pa.table([[1]] * len(names), names=names), "t")[0]) if names else []
    assert len(set(found)) == len(names)
    assert [found[names.index(name)] for name in names] == names


TABLES: dict[str, tuple[Callable[[], Any], dict[str, list[Any]]]] = {
    "arrow": (
        lambda: pa.table({"a": [1, None], "t": pa.array([NOON, None]), "s": [{"x": [1]}, None]}),
        {"a": [1, None], "t": ["2026-01-02T12:30:00.500000", None], "s": [{"x": [1]}, None]},
    ),
    "record batch": (lambda: pa.RecordBatch.from_pydict({"a": [1]}), {"a": [1]}),
    "batches": (lambda: pa.table({"a": [1, 2]}).to_reader(max_chunksize=1), {"a": [1, 2]}),
    "dictionaries": (lambda: [{"a": 1}, {"b": date(2026, 1, 2)}], {"a": [1, None], "b": [None, "2026-01-02"]}),
    "lists": (lambda: [[1, "a"], [2, "b"]], {"0": [1, 2], "1": ["a", "b"]}),
    "generator": (lambda: ((n, n * n) for n in range(2)), {"0": [0, 1], "1": [0, 1]}),
    "named tuples": (lambda: [Pair(1, Color.RED)], {"left": [1], "right": ["RED"]}),
    "dataclasses": (lambda: [Fold(1, 0.5)], {"number": [1], "score": [0.5]}),
    "series as rows": (
        lambda: [FRAME.iloc[0], FRAME.iloc[1]],
        {"city": ["b", "a"], "kind": ["u", "v"], "x": [1.0, 2.0], "n": [1, 2]},
    ),
    "two dimensions": (lambda: np.arange(4).reshape(2, 2), {"0": [0, 2], "1": [1, 3]}),
    "times in two dimensions": (lambda: np.array([["2026-01-02"]], "datetime64[D]"), {"0": ["2026-01-02"]}),
    "fields": (lambda: np.array([(1, b"a")], [("n", "i4"), ("word", "S2")]), {"n": [1], "word": ["a"]}),
    "sparse": (lambda: scipy.sparse.csr_matrix(np.eye(2)), {"0": [1.0, 0.0], "1": [0.0, 1.0]}),
    "query": (lambda: sqlite3.connect(":memory:").execute("select 1 as a, 'x' as b"), {"a": [1], "b": ["x"]}),
    "cells of lists": (lambda: {"box": [[1, 2], [3, 4]]}, {"box": [[1, 2], [3, 4]]}),
    "texts and dates are one cell": (
        lambda: {"a": "word", "b": date(2026, 1, 2)},
        {"a": ["word"], "b": ["2026-01-02"]},
    ),
    "nothing": (list, {}),
    "an empty frame": (pd.DataFrame, {}),
}


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_of_any_form_is_rows(run: Run, kind: str) -> None:
    make, expected = TABLES[kind]
    assert columns(make()) == expected
    run.log_table("t", make())
    assert read(run.folder).problems == []


class Lazy:
    """What a lazy frame of polars, and a frame of a cluster look like: the rows come when they are asked for."""

    def collect_schema(self) -> None: ...

    def collect(self) -> Any:
        return FRAME[["n"]]


class Elsewhere:
    """What a frame on a graphics card looks like."""

    def to_pandas(self) -> Any:
        return FRAME[["n"]]


class Column:
    """What a column of polars looks like."""

    name = "n"

    def to_list(self) -> list[int]:
        return [1, 2, 3]


class Columnar:
    """What a frame of polars looks like."""

    def get_columns(self) -> list[Column]:
        return [Column()]


class Labelled:
    """What a labelled array of xarray looks like."""

    def __init__(self, name: str | None) -> None:
        self.name = name

    def rename(self, name: str) -> Labelled:
        return Labelled(name)

    def to_dataframe(self) -> Any:
        return pd.DataFrame({self.name: [1, 2, 3]})


@pytest.mark.parametrize(
    ("table", "name"),
    [(Lazy(), "n"), (Elsewhere(), "n"), (Columnar(), "n"), (Labelled("n"), "n"), (Labelled(None), "value")],
)
def test_frames_of_other_libraries_are_taken_by_what_they_can_do(table: Any, name: str) -> None:
    assert columns(table) == {name: [1, 2, 3]}


def test_a_labelled_array_without_dimensions_is_no_table() -> None:
    scalar = Labelled("n")
    scalar.shape = ()  # type: ignore[attr-defined]
    with pytest.raises(UserError, match="log_table takes"):
        rows(scalar, "t")


def test_the_results_of_a_search_are_a_table(run: Run) -> None:
    search = GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, None]}, cv=2)
    run.log_table("search", search.fit([[0], [1], [0], [1]], [0, 1, 0, 1]).cv_results_)
    found = run.get_metrics()["search"]
    assert found["param_max_depth"] == [1, None]
    assert found["params"] == [{"max_depth": 1}, {"max_depth": None}]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ([[1, 2], [3]], "row 1 has 1 values, but the first one has 2; all rows must have the same length"),
        ([1, 2], "row 0 is an int; give a dictionary or a list for each row, or use log_list"),
        (["ab"], "row 0 is a str; give a dictionary or a list"),
        (np.arange(3), "row 0 is a numpy.int64; .* log_list"),
        (np.zeros((1, 1, 1)), r"log_table takes a data frame, .* of shape \(1, 1, 1\)"),
        *((one, "log_table takes a data frame, a dictionary column -> list") for one in ("word", 3, None)),
        (
            classification_report([0, 1], [0, 1], output_dict=True),
            "column '0': a dict is not .* pandas.DataFrame",
        ),
        (FRAME.groupby("city"), "DataFrame .* log it as its own table"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_give(run: Run, table: Any, told: str) -> None:
    before = contents(run.folder)
    with pytest.raises(UserError, match=f"table 'm'.*{told}"):
        run.log_table("m", table, "described")
    assert contents(run.folder) == before


def test_the_advice_for_a_dictionary_of_dictionaries_gives_the_table() -> None:
    report = classification_report([0, 1], [0, 1], output_dict=True)
    assert columns(pd.DataFrame(report).T)["index"] == ["0", "1", "accuracy", "macro avg", "weighted avg"]
