"""What each logging call leaves in the run folder, to the byte."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

from runpages import Run, UserError
from tests.logger.conftest import contents, definitions, read, untimed

HEADER = "name,step,time,value,text"


def test_scalars_are_lines_under_a_header(run: Run) -> None:
    run.log("mse", 0.3)
    run.log("alpha", 1)
    run.log("mse", 0.25)
    assert untimed(run, "metrics.csv") == [HEADER, "mse,0,T,0.3,", "alpha,0,T,1,", "mse,1,T,0.25,"]


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        (0.1, "0.1,"),
        (-0.0, "-0.0,"),
        (1e300, "1e+300,"),
        (3, "3,"),
        (True, "true,"),
        (False, "false,"),
        (None, "null,"),
        (float("nan"), "nan,"),
        (float("inf"), "inf,"),
        (float("-inf"), "-inf,"),
        (10**400, "1" + "0" * 400 + ","),
        ("word", ",word"),
        ("", ","),
        ("a,b", ',"a,b"'),
        ('say "x"', ',"say ""x"""'),
        ("two\nlines", ',"""two\\nlines"""'),
        ("3", ",3"),
        ("😀", ",😀"),
    ],
)
def test_each_datum_has_one_spelling(run: Run, value: Any, fields: str) -> None:
    run.log("x", value)
    assert untimed(run, "metrics.csv") == [HEADER, f"x,0,T,{fields}"]


def test_a_run_that_logged_nothing_has_no_metrics_file(run: Run) -> None:
    assert list(contents(run.folder)) == ["run.json"]


def test_steps_are_given_or_counted(run: Run) -> None:
    run.log("x", 1, step=10)
    run.log("x", 2)
    run.log("x", 3, step=-1.5)
    run.log("x", 4)
    assert untimed(run, "metrics.csv")[1:] == ["x,10,T,1,", "x,11,T,2,", "x,-1.5,T,3,", "x,12,T,4,"]


@pytest.mark.parametrize(
    ("moment", "spelled"),
    [
        (0, "0.000"),
        (1234.5678, "1234.568"),
        (datetime(2026, 1, 2, 3, 4, 5, 678900, UTC), "1767323045.679"),
        (datetime(2026, 1, 2, 4, 4, 5, tzinfo=timezone(timedelta(hours=1))), "1767323045.000"),
    ],
)
def test_a_timestamp_may_be_given(run: Run, moment: Any, spelled: str) -> None:
    run.log("x", 1, timestamp=moment)
    assert Path(run.folder, "metrics.csv").read_text().split("\n")[1] == f"x,0,{spelled},1,"


def test_a_description_is_said_before_the_first_line(run: Run) -> None:
    run.log("mse", 0.3, "mean squared error")
    assert definitions(run) == [{"name": "mse", "description": "mean squared error"}]
    assert untimed(run, "metrics.csv")[1:] == ["mse,0,T,0.3,"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda run: run.log("x", 0.5, 3), "description of 'x' must be a string, not an int; give a step as step=3"),
        (lambda run: run.log("x", 0.5, np.int64(3)), "not a numpy.int64; give a step as step=3"),
        (lambda run: run.log("x", 0.5, {"unit": "m"}), "must be a string, not a dict"),
        (lambda run: run.log_list("x", [1, 2], 7.5), "not a float; give a step as step=7.5"),
        (lambda run: run.log_row("x", {"a": 1}), "table 'x': give cells by name, as log_row('x', **values) does"),
        (lambda run: run.log_table("x", {"a": [1]}, 3), "description of 'x' must be a string"),
        (lambda run: run.log_text("x", "a text", 3), "description of 'x' must be a string"),
        (lambda run: run.define("x", unit=3), "unit of 'x' must be a string, not an int"),
        (lambda run: run.define("x", description=b"said"), "description of 'x' must be a string, not a bytes"),
    ],
)
def test_what_stands_in_the_place_of_a_description_is_refused(run: Run, call: Any, said: str) -> None:
    with pytest.raises(UserError, match=re.escape(said)):
        call(run)
    assert list(contents(run.folder)) == ["run.json"]
    run.log("x", 1)
    assert untimed(run, "metrics.csv")[1:] == ["x,0,T,1,"]  # What was refused counts no step.


def test_many_values_take_their_step_by_name(run: Run) -> None:
    with pytest.raises(UserError, match=re.escape("give many as log({name: value, ...}, step=...)")):
        run.log({"loss": 0.5}, 3)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (True, "must be a finite number, not True"),
        ("3", "must be a finite number, not '3'"),
        ([1], "must be a finite number, not a list"),
        (np.arange(3), "must be a finite number, not a numpy.ndarray of shape (3,)"),
        (10**400, "is too large"),
        (float("nan"), "must be a finite number, not nan"),
    ],
)
def test_a_step_that_is_none_is_named(run: Run, step: Any, said: str) -> None:
    with pytest.raises(UserError, match=re.escape(f"metric 'x': step {said}; omit it to count from 0")):
        run.log("x", 1, step=step)


@pytest.mark.parametrize("moment", [date(2026, 1, 2), "2026-01-02", [1], b"1", True, float("nan")])
def test_a_timestamp_that_is_none_is_named(run: Run, moment: Any) -> None:
    with pytest.raises(UserError, match="metric 'x': timestamp must be seconds since 1970 or a datetime"):
        run.log("x", 1, timestamp=moment)


def test_a_list_is_points_of_one_time(run: Run) -> None:
    run.log_list("l", [1, 2.5, "x", None, True], "a list")
    lines = untimed(run, "metrics.csv")
    assert lines == [HEADER, "l,0,T,1,", "l,1,T,2.5,", "l,2,T,,x", "l,3,T,null,", "l,4,T,true,"]
    assert definitions(run) == [{"name": "l", "kind": "list", "description": "a list"}]


def test_an_empty_list_is_kept_as_a_list_without_points(run: Run) -> None:
    run.log_list("l", [])
    assert definitions(run) == [{"name": "l", "kind": "list"}]
    assert run.get_metrics() == {"l": []}


def test_a_row_is_the_columns_and_nothing_else(run: Run) -> None:
    run.log_row("t", x=1, y=0.5)
    run.log_row("t", "a table", y="b", z=None)
    assert untimed(run, "tables/t.jsonl") == ['{"x":1,"y":0.5}', '{"y":"b","z":null}']
    assert definitions(run) == [{"name": "t", "description": "a table"}]


def test_a_table_is_one_line_a_row(run: Run) -> None:
    run.log_table("t", {"x": [1, 2], "y": ["a", "b"]})
    assert untimed(run, "tables/t.jsonl") == ['{"x":1,"y":"a"}', '{"x":2,"y":"b"}']


def test_a_scalar_as_a_column_is_one_cell(run: Run) -> None:
    run.log_table("t", {"x": 1, "y": "word"})
    assert untimed(run, "tables/t.jsonl") == ['{"x":1,"y":"word"}']


def test_special_numbers_in_a_table_are_valid_json(run: Run) -> None:
    run.log_table("t", {"x": [float("nan"), float("inf"), float("-inf")]})
    assert untimed(run, "tables/t.jsonl") == [f'{{"x":{{"float":"{word}"}}}}' for word in ("nan", "inf", "-inf")]


@pytest.mark.parametrize("logged", [{}, {"x": [], "y": []}])
def test_a_table_without_rows_writes_nothing(run: Run, logged: dict[str, Any]) -> None:
    run.log_table("t", logged)
    run.log_row("t")
    assert list(contents(run.folder)) == ["run.json"]


def test_an_image_is_a_file_and_a_line(run: Run) -> None:
    data = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    run.log_image("a plot", data, caption="what it shows")
    assert Path(run.folder, "images/a~20plot/0.svg").read_bytes() == data
    assert untimed(run, "images.jsonl") == [
        '{"name":"a plot","step":0,"time":"T","file":"images/a~20plot/0.svg","width":null,"height":null,'
        '"caption":"what it shows"}'
    ]


MATRIX = {"class_labels": ["a", "b"], "matrix": [[3, 1], [0, 2]]}
BINS = {"bin_edges": [0, 1, 2], "bin_counts": [3.5, 1]}
ENVELOPE = {"schema_type": "confusion_matrix", "schema_version": "1.0.0", "data": MATRIX}


@pytest.mark.parametrize(
    ("call", "value", "kind", "data"),
    [
        ("log_confusion_matrix", MATRIX, "confusion_matrix", MATRIX),
        ("log_confusion_matrix", ENVELOPE, "confusion_matrix", MATRIX),
        ("log_confusion_matrix", json.dumps(ENVELOPE), "confusion_matrix", MATRIX),
        ("log_confusion_matrix", json.dumps(MATRIX).encode(), "confusion_matrix", MATRIX),
        ("log_confusion_matrix", [[1, 2], [3, 4]], "confusion_matrix", {"matrix": [[1, 2], [3, 4]]}),
        ("log_confusion_matrix", [[0.5, None], [0, 1e300]], "confusion_matrix", {"matrix": [[0.5, None], [0, 1e300]]}),
        ("log_confusion_matrix", pandas.DataFrame([[3, 1], [0, 2]], columns=["a", "b"]), "confusion_matrix", MATRIX),
        ("log_confusion_matrix", pandas.crosstab(list("aaaabb"), list("aaabbb")), "confusion_matrix", MATRIX),
        ("log_accuracy_table", {"class_labels": ["a"]}, "accuracy_table", {"class_labels": ["a"]}),
        ("log_residuals", BINS, "residuals", BINS),
        ("log_predictions", BINS, "predictions", BINS),
    ],
)
def test_a_chart_is_a_line_out_of_its_envelope(run: Run, call: str, value: Any, kind: str, data: Any) -> None:
    getattr(run, call)("c", value)
    (line,) = untimed(run, "charts/c.jsonl")
    assert json.loads(line) == {"type": kind, "step": 0, "time": "T", "data": data}


def test_a_confusion_matrix_with_other_rows_than_columns_is_refused_with_what_helps(run: Run) -> None:
    frame = pandas.crosstab(list("abc"), list("abb"))
    with pytest.raises(UserError, match=r"'c': the rows .*'c'\], but the columns \['a', 'b'\]; give both") as told:
        run.log_confusion_matrix("c", frame)
    advice = str(told.value).rpartition(", as ")[2].removesuffix(" does")
    run.log_confusion_matrix("c", eval(advice, {"frame": frame, "classes": list("abc")}))
    assert read(run.folder).charts[0].data["matrix"] == [[1, 0, 0], [0, 1, 0], [0, 1, 0]]


def test_charts_of_one_name_count_their_steps(run: Run) -> None:
    run.log_residuals("c", BINS)
    run.log_residuals("c", BINS, "said", step=7)
    run.log_residuals("c", BINS)
    assert [json.loads(line)["step"] for line in untimed(run, "charts/c.jsonl")] == [0, 7, 8]
    assert definitions(run) == [{"name": "c", "description": "said"}]


def test_what_is_said_of_a_name_adds_up(run: Run) -> None:
    run.define("mse", unit="mm²", goal="min")
    run.define("mse", description="mean squared error")
    run.define("auc", goal="max")
    run.log("mse", 1, "mean squared error")
    assert definitions(run) == [
        {"name": "mse", "unit": "mm²", "goal": "min"},
        {"name": "mse", "description": "mean squared error"},
        {"name": "auc", "goal": "max"},
    ]
    said = read(run.folder).series["mse"].declared
    assert (said.unit, said.goal, said.description) == ("mm²", "min", "mean squared error")


def test_flush_leaves_everything_as_it_is(run: Run) -> None:
    run.log("x", 1)
    run.log_row("t", a=1)
    before = contents(run.folder)
    run.flush()
    run.flush(timeout_seconds=1)
    run.flush(sync=True)
    assert contents(run.folder) == before


def test_names_that_meet_without_case_have_two_files(run: Run) -> None:
    run.log_row("Loss", a=1)
    run.log_row("loss", a=2)
    run.log_row("Loss", a=3)
    first, second = sorted(name for name in contents(run.folder) if name.startswith("tables/"))
    assert first.lower() != second.lower()
    assert run.get_metrics() == {"Loss": {"a": [1, 3]}, "loss": {"a": 2}}


def test_many_values_come_from_any_mapping(run: Run) -> None:
    run.log(pandas.Series({"a": 0.5, "b": 1.0}), step=3)
    run.log({"a": np.float32(0.25)})
    assert untimed(run, "metrics.csv")[1:] == ["a,3,T,0.5,", "b,3,T,1.0,", "a,4,T,0.25,"]


BAD_CHARTS: list[tuple[str, Any, str]] = [
    (
        "log_confusion_matrix",
        {"class_labels": ["a"], "matrix": [[1, 2]]},
        "must be square, but row 0 has length 2, not 1",
    ),
    ("log_confusion_matrix", [[1, 2], [3]], "must be square, but row 1 has length 1, not 2"),
    ("log_confusion_matrix", np.ones((2, 3)), "must be square"),
    (
        "log_confusion_matrix",
        {"class_labels": ["a"], "matrix": [[1, 2], [3, 4]]},
        "class_labels must have length 2, as matrix has, not 1",
    ),
    ("log_confusion_matrix", {"matrix": [1, 2]}, "must be a list of rows"),
    ("log_confusion_matrix", {"class_labels": ["a"]}, "must be a list of rows"),
    ("log_confusion_matrix", {"schema_type": "c", "data": {"matrix": [[1, 2]]}}, "must be square"),
    ("log_confusion_matrix", [], "must be a list of rows"),
    ("log_confusion_matrix", [[1, 2], ["3", 4]], r"at least 0, but matrix\[1\]\[0\] is '3'"),
    ("log_confusion_matrix", [[1, -2], [3, 4]], r"at least 0, but matrix\[0\]\[1\] is -2"),
    ("log_confusion_matrix", [[1, True], [3, 4]], r"matrix\[0\]\[1\] is True"),
    ("log_confusion_matrix", np.array([[1, -np.inf], [3, 4]]), r"matrix\[0\]\[1\] is -inf"),
    ("log_confusion_matrix", [[[1]]], r"matrix\[0\]\[0\] is \[1\]"),
    ("log_accuracy_table", {"probability_tables": [[[1, 2, 3]]]}, r"rows \[TP, FP, TN, FN\]"),
    ("log_accuracy_table", {"percentile_tables": [1]}, "percentile_tables must be"),
    (
        "log_accuracy_table",
        {"probability_tables": [[[1, 2, 3, 4]]], "class_labels": ["a", "b"]},
        "must have length 1, as probability",
    ),
    (
        "log_accuracy_table",
        {"probability_tables": [[[1, 2, 3, 4]]], "probability_thresholds": [0, 1]},
        r"probability_tables\[0\] must have length 2, as probability_thresholds has, not 1",
    ),
    (
        "log_residuals",
        {"bin_edges": [0, 1], "bin_counts": [1, 2]},
        "bin_counts must have length 1, one less than bin_edges, not 2",
    ),
    (
        "log_predictions",
        {"bin_edges": [0, 1, 2], "bin_averages": [1, 2], "bin_errors": [1]},
        "bin_errors must have length 2, one less than bin_edges, not 1",
    ),
]


@pytest.mark.parametrize(("call", "value", "told"), BAD_CHARTS)
def test_a_chart_whose_lists_do_not_fit_is_refused_by_name(run: Run, call: str, value: Any, told: str) -> None:
    with pytest.raises(UserError, match=f"'c': .*{told}"):
        getattr(run, call)("c", value)
    assert list(contents(run.folder)) == ["run.json"]


def test_a_table_with_thresholds_of_each_class_is_kept(run: Run) -> None:
    table = {"probability_tables": [[[1, 2, 3, 4]], []], "probability_thresholds": [[0.5], []]}
    run.log_accuracy_table("c", table)
    assert json.loads(untimed(run, "charts/c.jsonl")[0])["data"] == table


@pytest.mark.parametrize("call", ["log_image", "log_audio", "log_video"])
def test_a_missing_file_names_what_was_to_be_logged(run: Run, call: str) -> None:
    with pytest.raises(FileNotFoundError, match=r"'m': No such file or directory: 'nofile\.png'") as refused:
        getattr(run, call)("m", "nofile.png")
    assert (refused.value.errno, refused.value.filename) == (2, "nofile.png")
