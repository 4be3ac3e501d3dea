"""The table of an experiment's runs for other programs: they read back what was logged."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from typing import Any

import pandas
from hypothesis import example, given
from hypothesis import strategies as st
from pyarrow import parquet

from runpages_site import logged
from runpages_site.model import ExperimentSummary, MetricSummary, RunSummary
from runpages_site.page import Field, fields, runs_csv, runs_json
from runpages_site.text import compact
from runpages_site.write.runs_parquet import runs_parquet

RUN = RunSummary("e/x/a.html", "a", "first", 1, "Completed", False, 1.0, 1.5, 3.75, 3.5, None, None, {}, {}, {})


def experiment(*runs: RunSummary) -> ExperimentSummary:
    return ExperimentSummary("e/x/index.html", "x", None, None, {}, runs, "loss", "min")


def table(of: ExperimentSummary) -> list[Field]:
    return list(fields(of, logged.of(of.runs)))


def rows(of: ExperimentSummary) -> list[dict[str, str]]:
    data = runs_csv(table(of)).decode()
    return list(csv.DictReader(io.StringIO(data, newline=""), strict=True))


def metric(
    last: float | None, low: float | None, high: float | None, mean: float | None, **known: Any
) -> MetricSummary:
    return MetricSummary(3, last, low, high, known.get("text"), (), None, None, mean)


def test_a_run_is_a_row() -> None:
    one = replace(
        RUN,
        params={"opt": {"lr": 1e-05, "nesterov": True}, "id": [1, 2]},
        tags={"base": None, "note": 'a "b", c'},
        metrics={"loss": metric(0.1 + 0.2, 0.1, 1, 0.4), "gone": metric(None, None, None, None, text="−inf")},
    )
    first, other = rows(experiment(one, replace(RUN, id="b", number=None, status=None, started=None, ended=None)))
    assert first == {
        "id": "a", "number": "1", "name": "first", "status": "Completed",
        "started": "1970-01-01T00:00:01.500Z", "duration_s": "2.25",
        "param.opt.lr": "1e-05", "param.opt.nesterov": "true", "param.id": "[1, 2]",
        "tag.base": "true", "tag.note": 'a "b", c',
        "metric.loss.last": "0.30000000000000004", "metric.loss.min": "0.1", "metric.loss.max": "1",
        "metric.loss.mean": "0.4",
        "metric.gone.last": "-inf", "metric.gone.min": "-inf", "metric.gone.max": "-inf", "metric.gone.mean": "-inf",
    }  # fmt: skip
    assert {name for name, value in other.items() if value} == {"id", "name", "started"}


HOSTILE = ["id", "a,b", 'q"', "x\r\ny", "=1+1", "\0", "\ud800", "param.id", "loss.last", "", "é\u202e"]
NAMES = st.sampled_from(HOSTILE) | st.text(max_size=5)
TEXTS = st.sampled_from(HOSTILE) | st.text(max_size=9)
VALUES = st.floats() | st.integers() | st.booleans() | TEXTS | st.lists(st.integers(), max_size=2)


def written(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def known(name: str, values: list[Any], cells: list[str]) -> None:
    for value, cell in zip(values, cells, strict=True):
        if value is None:
            assert cell == ""
        elif isinstance(value, float):
            assert repr(float(cell)) == repr(value)
        else:
            assert cell == written(compact(value)), name


RUNS = st.lists(
    st.builds(
        lambda params, tags, title: replace(RUN, params=params, tags=tags, title=title),
        st.dictionaries(NAMES, VALUES, max_size=3), st.dictionaries(NAMES, TEXTS, max_size=2), TEXTS,
    ),
    min_size=1, max_size=4,
)  # fmt: skip


@given(RUNS)
@example([replace(RUN, params={"id": 1, "": 2}, tags={"\ud800": "\ud800"}, title="a\rb")])
def test_csv_is_read_back_by_the_standard_library_and_pandas(runs: list[RunSummary]) -> None:
    made = table(experiment(*runs))
    data = runs_csv(made)
    header, *lines = csv.reader(io.StringIO(data.decode(), newline=""), strict=True)
    frame = pandas.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False, na_filter=False)
    assert header == [written(name) for name, _ in made] == [*frame.columns]
    assert lines == frame.to_numpy().tolist()
    for at, (name, values) in enumerate(made):
        known(name, list(values), [line[at] for line in lines])


@given(RUNS)
def test_json_has_the_same_table(runs: list[RunSummary]) -> None:
    made = table(experiment(*runs))
    read = json.loads(runs_json(made), parse_constant=lambda word: pytest_fail(word))
    assert read["columns"] == [name if name.isprintable() else json.loads(json.dumps(name)) for name, _ in made]
    assert len(read["data"]) == len(runs)
    for at, (_, values) in enumerate(made):
        for value, row in zip(values, read["data"], strict=True):
            finite = not isinstance(value, float) or math.isfinite(value)
            assert row[at] == (value if finite else repr(value))


def pytest_fail(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


def test_json_is_a_frame_of_pandas() -> None:
    runs = [replace(RUN, metrics={"loss": metric(value, 1, 2, 1.5)}, params={"lr": value}) for value in (0.5, 0.25)]
    frame = pandas.read_json(io.BytesIO(runs_json(table(experiment(*runs)))), orient="split")
    assert frame["param.lr"].tolist() == frame["metric.loss.last"].tolist() == [0.5, 0.25]


def test_parquet_keeps_types() -> None:
    one = replace(RUN, params={"lr": 0.5, "on": True, "n": 3, "any": 1}, metrics={"loss": metric(1, 1, 2, 1.5)})
    other = replace(RUN, params={"lr": 1, "on": False, "any": "x", "big": 2**70}, tags={"\ud800": None}, number=None)
    data = runs_parquet(table(experiment(one, other)))
    assert data is not None
    found = parquet.read_table(io.BytesIO(data)).to_pydict()
    assert found["param.lr"] == [0.5, 1.0]
    assert found["param.on"] == [True, False]
    assert found["param.n"] == [3, None]
    assert found["param.any"] == ["1", "x"]
    assert found["param.big"] == [None, str(2**70)]
    assert found["tag.\\ud800"] == [None, True]
    assert found["number"] == [1, None]
    assert found["started"][0].isoformat() == "1970-01-01T00:00:01.500000+00:00"
    assert found["metric.loss.mean"] == [1.5, None]
