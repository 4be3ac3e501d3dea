"""Data scripts: what a browser gets from them is what was logged, and nothing in them ends a script."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from runpages.format.records import Declaration, Series, Value
from runpages_site.model import ExperimentSummary, MetricSummary, RunSummary
from runpages_site.page import points_script
from runpages_site.page.data_scripts import run_lists, runs_script, script
from runpages_site.text import tree

CLOSE = "</script><!-- \u2028 \u2029 & \ud800"


def put(data: bytes) -> Any:
    """The value that a script hands over."""
    text = data.decode()
    assert text.startswith('runpages.put("') and text.endswith(");\n")
    assert not {"<", ">", "&", "\u2028", "\u2029"} & set(text)
    return json.loads(text[text.index(",") + 1 : -3])


def run(name: str, loss: float | None, parent: str | None = None, **known: Any) -> RunSummary:
    metric = MetricSummary(1, loss, loss, loss, None, (), "min")
    values: dict[str, Any] = {
        "path": f"e/x/{name}.html", "id": name, "title": name, "number": 1, "status": "Completed", "damaged": False,
        "created": 1.0, "started": 1.0, "ended": 3.0, "last_write": 3.0, "parent": parent, "host": None, "params": {},
        "tags": {}, "metrics": {"loss": metric},
    }  # fmt: skip
    return RunSummary(**values | known)


def experiment(*runs: RunSummary) -> ExperimentSummary:
    return ExperimentSummary("e/x/index.html", "x", None, None, {}, runs, "loss", "min")


def columns(of: ExperimentSummary) -> bytes:
    """The runs of an experiment in blocks of one."""
    return runs_script(of, [run_lists(replace(of, runs=(one,))) for one in of.runs])


@given(st.recursive(st.none() | st.integers(-(2**53), 2**53) | st.text(), st.lists, max_leaves=5))
@example(CLOSE)
def test_a_script_hands_over_what_it_got(value: Any) -> None:
    assert put(script("k", value)) == value


def test_the_runs_of_an_experiment_are_columns() -> None:
    known = put(columns(experiment(run("b", 0.125, parent="a"), run("a", 0.25), run("c", None))))
    assert known["folder"] == "e/x/"
    assert known["page"] == ["b.html", "a.html", "c.html"]
    assert known["children"] == {
        "1": {"heads": [["loss", "lowest"]], "rows": [[0, ["0.125"]]], "means": ["0.125"], "rest": ""}
    }
    assert known["took"] == ["2.00 s"] * 3
    assert known["best"] == {"loss": ["min", 0.25, 1]}, "a child does not compete with its parent's own value"


def test_children_have_their_own_metrics_with_mean_and_deviation() -> None:
    def fold(name: str, f1: float, status: str = "Completed") -> RunSummary:
        metrics = {"seconds": MetricSummary(1, 9, 9, 9, None, ()), "f1": MetricSummary(1, f1, f1, f1, None, ())}
        return run(name, None, parent="p", metrics=metrics, status=status)

    folds = [fold("failed", 0.1, "Failed"), fold("c", 0.75), fold("b", 0.5), fold("a", 0.25)]
    known = put(columns(experiment(*folds, run("p", None, metrics={}))))
    table = known["children"]["4"]
    assert table["heads"] == [["f1", "highest (assumed)"], ["seconds", "last"]]
    assert table["rows"][0] == [3, ["0.25", "9"]]
    assert [place for place, _ in table["rows"]] == [3, 2, 1, 0]
    assert table["means"] == ["0.50 ± 0.25", "9 ± 0"]
    assert known["best"]["f1"] == ["max", 0.75, 1]


numbers = st.floats() | st.integers(-(2**53), 2**53) | st.booleans() | st.none()
points = st.lists(st.tuples(st.none() | st.integers(0, 2**41), numbers))


@given(st.lists(points, max_size=4))
def test_points_come_back(curves: list[list[tuple[int | None, Value]]]) -> None:
    series = [
        Series(
            f"m{at}", [*range(len(rows))], [None if ms is None else ms / 1000 for ms, _ in rows], [v for _, v in rows]
        )
        for at, rows in enumerate(curves)
    ]
    known = put(points_script(series))
    for one, rows, logged in zip(known["series"], curves, series, strict=True):
        assert known["steps"][one["steps"]] == logged.steps
        assert list(map(number, one["values"])) == list(map(number, logged.values))
        if one["times"] is None:
            assert all(ms is None for ms, _ in rows)
        else:
            base, ways = known["times"][one["times"]]
            assert summed(base, ways) == [ms for ms, _ in rows]


def number(value: Any) -> Any:
    """A value as a browser takes it, with nan as a word that equals itself."""
    value = float(value) if isinstance(value, str | int | float) else value
    return "nan" if isinstance(value, float) and math.isnan(value) else value


def summed(base: int, ways: list[int | None]) -> list[int | None]:
    found: list[int | None] = []
    for way in ways:
        base += way or 0
        found.append(None if way is None else base)
    return found


def test_columns_that_metrics_share_stand_once() -> None:
    series = [Series(name, [0, 1], [1.0, 2.0], [1, 2], Declaration("list")) for name in ("a", "b")]
    known = put(points_script(series))
    assert len(known["steps"]) == len(known["times"]) == 1
    assert [one["x"] for one in known["series"]] == ["index", "index"]


# --- the tree of a document --------------------------------------------------------------------------------


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)


@given(st.dictionaries(st.text(), json_values, max_size=8))
@example({"a": [[[[[[[[[[[[[[["deep"]]]]]]]]]]]]]]]})
@example({"many": list(range(1000)), "after": 1})
def test_a_tree_is_closed_and_holds_no_markup_of_strangers(document: dict[str, Any]) -> None:
    made = str(tree(document))
    for tag in ("details", "div", "span", "summary"):
        assert made.count(f"<{tag}") == made.count(f"</{tag}>")


def test_a_tree_tells_what_it_leaves_out() -> None:
    made = tree({"name": "<b>", "env": {"packages": {"a": "1"}}, "many": list(range(1000))})
    assert "&lt;b&gt;" in made and "<b>" not in made
    assert "1 key<" in made and "1000 items" in made
    assert "cut here" in made
    assert tree({}) == ""
