"""Curves of the metrics files of other programs: which columns are numbers, and which points are kept."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages_site.page.file_curves import COLUMNS, POINTS, curves

CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.lists(st.integers(), max_size=2)
)


def found(name: str, source: str, *, whole: bool = True) -> dict[str, Any]:
    value = curves(name, source, whole)
    assert value is not None
    return value


def table(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def test_padded_heads_and_cells_are_read() -> None:
    value = found(
        "results.csv", "      epoch,   train/box_loss\n          0,          1.5\n          1,         1.25\n"
    )
    assert (value["names"], value["x"], value["y"]) == (["epoch", "train/box_loss"], 0, [1])
    assert value["values"] == [[0, 1], [1.5, 1.25]]


def test_cells_may_be_empty() -> None:
    value = found("metrics.csv", "epoch,step,train,val\n0,9,2.0,\n0,9,,0.5\n1,19,1.0,\n1,19,,0.75\n")
    assert (value["names"], value["x"]) == (["epoch", "step", "train", "val"], 1)
    assert value["values"][2:] == [[2.0, None, 1.0, None], [None, 0.5, None, 0.75]]


def test_keys_of_json_lines_come_and_go() -> None:
    rows: list[dict[str, object]] = [
        {"loss": 2.5, "step": 10, "note": "warm", "more": {"a": 1}},
        {"eval_loss": 2.25, "step": 10},
        {"loss": 2.0, "step": 20},
        {"eval_loss": 1.75, "step": 20},
    ]
    value = found("log_history.jsonl", "\n".join(map(json.dumps, rows)))
    assert (value["names"], value["x"], value["y"]) == (["loss", "step", "eval_loss"], 1, [0, 2])
    assert value["values"][2] == [None, 2.25, None, 1.75]


def test_a_table_without_a_head_or_a_step_is_drawn_over_its_rows() -> None:
    value = found("loss.tsv", "1.5\t2\n1.25\t3\n")
    assert (value["names"], value["x"], value["y"]) == (["column 1", "column 2"], -1, [0, 1])
    assert value["values"] == [[1.5, 1.25], [2, 3]]


def test_names_that_occur_twice_are_numbered() -> None:
    assert found("a.csv", "loss,loss\n1,2\n3,4\n")["names"] == ["loss", "loss (2)"]


def test_numbers_that_are_not_finite_are_texts() -> None:
    assert found("a.csv", "loss\n1\nnan\ninf\n-inf\n")["values"] == [[1, "nan", "inf", "-inf"]]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("labels.csv", "name,label\nanna,dog\nben,cat\n"),
        ("one.csv", "step,loss\n0,1\n"),
        ("steps.csv", "step\n0\n1\n"),
        ("broken.jsonl", '{"loss": 1}\n{"loss": '),
        ("list.jsonl", "[1]\n[2]\n"),
        ("deep.jsonl", "[" * 100_000),
        ("empty.csv", ""),
        ("notes.txt", "a,b\n1,2\n3,4\n"),
    ],
)
def test_files_without_curves_have_none(name: str, source: str) -> None:
    assert curves(name, source, True) is None


def test_the_last_line_of_a_beginning_may_be_cut() -> None:
    assert found("a.csv", "loss\n1\n2\n3", whole=False)["values"] == [[1, 2]]


def test_a_long_table_keeps_its_extremes_and_its_ends() -> None:
    rows = 50_000
    spiky: list[list[object]] = [[at, 7 if at == 31_234 else 1, -5 if at == 40_001 else at % 3] for at in range(rows)]
    value = found("long.csv", table([["step", "spike", "dip"], *spiky]))
    assert value["rows"] == rows
    assert len(value["index"]) == len(value["values"][0]) <= POINTS
    steps, spike, dip = value["values"]
    assert (steps[0], steps[-1]) == (0, rows - 1)
    assert (steps[spike.index(7)], steps[dip.index(-5)]) == (31_234, 40_001)
    assert value["index"] == steps


def test_a_wide_table_offers_its_first_columns() -> None:
    value = found("wide.csv", table([[f"c{at}" for at in range(300)], [0] * 300, [1] * 300]))
    assert len(value["names"]) == COLUMNS
    assert len(value["y"]) < COLUMNS


@given(st.lists(st.dictionaries(st.text(max_size=4), CELLS, max_size=4), max_size=6))
def test_any_json_lines_become_curves_that_fit_in_a_script(rows: list[dict[str, object]]) -> None:
    value = curves("x.jsonl", "\n".join(json.dumps(row) for row in rows), True)
    if value is not None:
        assert json.loads(orjson.dumps(value))["names"] == value["names"]
        assert all(len(column) == len(value["values"][0]) for column in value["values"])


@given(st.text(max_size=80), st.sampled_from(["x.csv", "x.tsv", "x.jsonl"]), st.booleans())
def test_any_text_is_read(source: str, name: str, whole: bool) -> None:
    curves(name, source, whole)
