"""The query of runs: the same runs, and the same mistakes, as in the browser."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runpages_site.model import ExperimentSummary, MetricSummary, RunSummary
from runpages_site.query.columns import Columns, Row, ordered, rows
from runpages_site.query.meaning import matching
from runpages_site.query.syntax import QueryError, parse, spelled

SHARED: dict[str, Any] = json.loads((Path(__file__).parent.parent / "queries.json").read_text("utf-8"))


def metric(last: object = 0, goal: str | None = None, **known: Any) -> MetricSummary:
    """A metric; one that ended in no finite number has a finite value before it."""
    text, last = (last, known["min"]) if isinstance(last, str) else (None, last)
    known = {"min": last, "max": last, "mean": last, **known}
    return MetricSummary(count=2, last=last, text=text, spark=(), goal=goal, **known)  # type: ignore[arg-type]


def run(
    title: str = "a", started: str = "2026-11-01T00:00:00", duration: float | None = 1.0, **known: Any
) -> RunSummary:
    began = datetime.fromisoformat(started).replace(tzinfo=UTC).timestamp()
    fields = {"id": title, "number": 1, "status": "Completed", "host": None, "params": {}, "tags": {}, "metrics": {}}
    return RunSummary(
        title=title, path=title, started=began, created=None, last_write=None, parent=None, damaged=False,
        ended=None if duration is None else began + duration,
        **{**fields, **known},
    )  # fmt: skip


def experiment(*runs: RunSummary) -> ExperimentSummary:
    return ExperimentSummary("e/demo/index.html", "demo", None, None, {}, runs)


@pytest.fixture(scope="module")
def shared() -> list[Row]:
    known = [
        run(**{**one, "metrics": {name: metric(**values) for name, values in one["metrics"].items()}})
        for one in SHARED["runs"]
    ]
    return rows([experiment(*known)])


@pytest.mark.parametrize("case", SHARED["cases"], ids=lambda case: case["query"] or "nothing")
def test_a_query_leaves_the_runs_that_it_leaves_in_the_browser(case: dict[str, Any], shared: list[Row]) -> None:
    columns = Columns(shared)
    if "error" in case:
        with pytest.raises(QueryError) as raised:
            matching(case["query"], shared, columns)
        error = raised.value
        found = {"at": error.start, "end": error.end, "message": str(error), "example": error.example}
        assert found == case["error"]
    else:
        assert [shared.index(row) for row in matching(case["query"], shared, columns)] == case["rows"]


@given(st.text('"\\():=<>!-., *aR1ON', max_size=25))
def test_any_text_is_a_query_or_a_mistake_with_a_place(text: str) -> None:
    try:
        parse(text)
    except QueryError as error:
        assert 0 <= error.start < error.end <= len(text) + 1
        parse(error.example)


@given(st.text(min_size=1, max_size=15))
def test_a_spelled_name_is_found_again(name: str) -> None:
    [term] = parse(f"{spelled(name)}:1").parts
    assert term.name == name  # type: ignore[union-attr]


NAMES = [
    ("alpha", ("param", "alpha", "")),
    ("lr", ("param", "optim.lr", "")),
    ("mse", ("metric", "mse", "best")),
    ("seconds", ("metric", "seconds", "best")),
    ("last(mse)", ("metric", "mse", "last")),
    ("mse.last", ("metric", "mse", "last")),
    ("val/accuracy.mean", ("metric", "val/accuracy", "mean")),
    ("metric.max(val/accuracy)", ("metric", "val/accuracy", "max")),
    ("metric.seed", ("metric", "seed", "last")),
    ("status", ("run", "status", "")),
    ("param.status", ("param", "status", "")),
    ("stage", ("tag", "stage", "")),
    ("started", ("run", "started", "")),
]


@pytest.mark.parametrize(("name", "meant"), NAMES)
def test_a_name_means_a_column(name: str, meant: tuple[str, str, str], shared: list[Row]) -> None:
    field = Columns(shared).find(name)
    assert (field.column.kind, field.column.name, field.which) == meant


@pytest.mark.parametrize("name", ["seed", "nothing", "a b", "", "(", "mean(alpha)"])
def test_a_name_that_is_unclear_is_refused(name: str, shared: list[Row]) -> None:
    with pytest.raises(QueryError):
        Columns(shared).find(name)


def test_runs_are_sorted_by_several_columns_and_those_without_a_value_are_last() -> None:
    runs = rows(
        [experiment(*(run(title, params=params) for title, params in [
            ("a", {"x": 2, "y": "b"}), ("b", {"x": 1, "y": "b"}), ("c", {"y": "a"}), ("d", {"x": 10, "y": "B"}),
        ]))]
    )  # fmt: skip
    columns = Columns(runs)

    def sort(*keys: tuple[str, bool]) -> str:
        return "".join(row.run.title for row in ordered(runs, [(columns.find(name), down) for name, down in keys]))

    assert sort(("x", False)) == "badc"
    assert sort(("x", True)) == "dabc"
    assert sort(("y", False), ("x", True)) == "cdab"


def test_a_metric_that_ended_in_a_text_in_one_run_is_still_numeric() -> None:
    values = [metric(3), metric("late", min=1, max=2, mean=1.5)]
    runs = rows([experiment(*(run(f"r{at}", metrics={"x": value}) for at, value in enumerate(values)))])
    columns = Columns(runs)
    assert [row.run.title for row in matching("last(x):*", runs, columns)] == ["r0"]
    assert [row.run.title for row in matching("min(x):1", runs, columns)] == ["r1"]
