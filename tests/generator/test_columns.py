"""The columns of an experiment's runs: what a browser gets from them is what was logged."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from runpages_site import logged, select, text
from runpages_site.model import ExperimentSummary, MetricSummary, RunSummary
from runpages_site.page import Chosen, column_scripts, views
from runpages_site.page.blocks import CURVES, Block, block_of
from runpages_site.page.columns import FILE
from runpages_site.page.data_scripts import LARGE, encoded, large_script, run_lists
from runpages_site.settings import View

RUN = RunSummary("e/x/a.html", "a", "a", 1, "Completed", False, 1.0, 1.0, 3.5, 3.5, None, None, {}, {}, {})


NONE = Chosen()


def put(data: bytes) -> Any:
    """The value that a script hands over."""
    source = data.decode()
    assert source.startswith('runpages.put("') and source.endswith(");\n")
    assert not {"<", ">", "&", "\u2028", "\u2029"} & set(source)
    value = source[source.index(",") + 1 : -3]
    if value.startswith("JSON.parse('"):
        value = re.sub(r"\\(.)", r"\1", value.removeprefix("JSON.parse('").removesuffix("')"))
    return json.loads(value)


def experiment(*runs: RunSummary, metric: str | None = None, goal: str | None = None) -> ExperimentSummary:
    return ExperimentSummary("e/x/index.html", "x", None, None, {}, runs, metric, goal)


def blocks(of: ExperimentSummary) -> list[Block]:
    """The runs in blocks, small ones of few runs."""
    size = max(2, len(of.runs) // 3)
    runs = [of.runs[at : at + size] for at in range(0, len(of.runs), size)]
    return [block_of(some, logged.of(some), of.metric) for some in runs]


class Read:
    """The columns as a browser reads them."""

    def __init__(self, of: ExperimentSummary, chosen: Chosen = NONE) -> None:
        cut = blocks(of)
        lists = [
            run_lists(replace(of, runs=of.runs[at : at + cut[0].rows])) for at in range(0, len(of.runs), cut[0].rows)
        ]
        made = column_scripts(of, cut, lists, chosen, "e/x/columns/")
        self.index = put(made.listing)
        self.files = {path.removeprefix("e/x/"): put(make()) for path, make in made.values.items()}
        self.columns = {one["key"]: one for one in self.index["columns"]}

    def values(self, key: str, which: str = "") -> list[Any]:
        """The values of a column by run: numbers, texts, or None."""
        column = self.columns[key]
        if "pieces" in column:
            return [curve for one in column["pieces"] for curve in self.piece(one)["sparks"]]
        values = self.piece(column["aggregates"][which] if which else column)
        if "words" not in values:
            return next(iter(values.values()))
        return [None if at < 0 else values["words"][at] for at in values["places"]]

    def piece(self, place: Any) -> Any:
        """What lies at a place."""
        return self.files[place["file"]][place["at"]]


names = st.text(min_size=1, max_size=8)
params = st.floats() | st.integers() | st.booleans() | st.none() | st.text() | st.lists(st.integers(), max_size=2)


@given(st.lists(st.dictionaries(names, params, max_size=3), min_size=1, max_size=5))
@example([{"a": 1, "b": 0.5}, {"a": math.nan}, {}])
@example([{"seed": 2**60}, {"seed": -(2**60) + 1}])
@example([{"</script>": "\u2028 & \ud800"}, {"__proto__": True}])
def test_params_come_back(rows: list[dict[str, Any]]) -> None:
    known = Read(experiment(*(replace(RUN, params=row) for row in rows)))
    names = dict.fromkeys(name for row in rows for name in row)
    assert [key for key in known.columns if key.startswith("param:")] == [f"param:{name}" for name in names]
    for name in names:
        column, values = known.columns[f"param:{name}"], known.values(f"param:{name}")
        logged = [row.get(name, ...) for row in rows]
        assert [value is None for value in values] == [value is ... for value in logged]
        assert column["count"] == len(rows) - logged.count(...)
        assert column["numeric"] == (column["type"] == "numbers")
        assert column.get("floats") == (
            all(type(one) in (float, type(...)) for one in logged) if column["numeric"] else None
        )
        for value, was in zip(values, logged, strict=True):
            if was is not ...:
                assert same(value, was) if column["numeric"] else value == text.visible(text.compact(was))


def same(value: Any, was: float) -> bool:
    return type(value) in (int, float) and value == was if math.isfinite(was) else str(value) == repr(was)


@given(st.lists(st.none() | st.lists(st.floats() | st.integers(), max_size=3), min_size=1, max_size=6))
def test_metrics_come_back(curves: list[list[float] | None]) -> None:
    runs = [replace(RUN, metrics={} if curve is None else {"loss": summary(*curve)}) for curve in curves]
    known = Read(experiment(*runs, metric="loss", goal="max"), Chosen(["metric:loss"], {"loss": 0.25}))
    if all(curve is None for curve in curves):
        assert "metric:loss" not in known.columns
        return
    column = known.columns["metric:loss"]
    assert (column["goal"], column["assumed"], column["tolerance"]) == ("max", False, 0.25)
    assert column["count"] == sum(curve is not None for curve in curves)
    if column["numeric"]:
        assert column["aggregates"]["best"] == column["aggregates"]["max"]
        for which in ("last", "min", "max", "mean"):
            for value, curve in zip(known.values("metric:loss", which), curves, strict=True):
                assert_aggregate(value, which, curve)


def summary(*values: Any) -> MetricSummary:
    from runpages.format.records import Series

    return select.summary(Series("loss", [*range(len(values))], [None] * len(values), list(values)))


def assert_aggregate(value: Any, which: str, curve: list[float] | None) -> None:
    known = [one for one in curve or () if math.isfinite(one)]
    if not curve:
        assert value is None
    elif which == "last" or not known:
        assert same(value, curve[-1])
    elif which == "mean":
        mean = float(sum(map(Fraction, known)) / len(known))  # Sums of floats may be larger than any.
        assert value is None or math.isclose(value, mean, rel_tol=1e-9, abs_tol=1e300)
    else:
        assert value == (min(known) if which == "min" else max(known))


def test_a_metric_of_texts_is_words() -> None:
    known = Read(experiment(*(replace(RUN, metrics={"state": summary(word)}) for word in ("done", "torn", "done"))))
    column = known.columns["metric:state"]
    assert (column["type"], column["numeric"], [*column["aggregates"]]) == ("words", False, ["last"])
    assert known.values("metric:state", "last") == ["done", "torn", "done"]


def test_a_run_that_diverged_ends_in_nan() -> None:
    runs = [replace(RUN, metrics={"loss": summary(*curve)}) for curve in ([3, 1, math.nan], [math.nan], [2, "stop"])]
    known = Read(experiment(*runs, metric="loss"))
    assert known.values("metric:loss", "last") == ["nan", "nan", None]
    assert known.values("metric:loss", "min") == [1, "nan", 2]
    assert known.values("metric:loss", "mean") == [2.0, "nan", 2.0]
    assert known.columns["metric:loss"]["ends"] == {"0": "nan"}


def test_what_every_run_has() -> None:
    run = replace(RUN, host="h", tags={"base": None, "k": "v"}, metrics={"loss": summary(3, 1)}, ended=None)
    known = Read(experiment(run, replace(RUN, id="b", parent="a", number=None, status=None), metric="loss"))
    assert known.values("tag:base") == ["", None]
    assert known.values("tag:k") == ["v", None]
    assert known.values("run:id") == ["a", "b"]
    assert known.values("run:parent") == [None, "a"]
    assert known.values("run:host") == ["h", None]
    assert known.values("run:number") == [1, None]
    assert known.values("run:status") == ["Completed", None]
    assert known.values("run:started") == [1.0, 1.0]
    assert known.values("run:duration") == [None, 2.5]
    assert known.values("run:spark") == [[1000, 0], None]
    assert "run:note" not in known.columns
    noted = Read(experiment(replace(RUN, note="**one**\n[two](https://example.org)"), RUN))
    assert noted.values("run:note") == ["one two", None]
    varying = {key for key, column in known.columns.items() if column["varies"]}
    assert {"run:title", "run:started"}.isdisjoint(varying) and {"run:id", "tag:base", "metric:loss"} <= varying


def test_files_hold_whole_columns_and_what_is_shown_first_comes_first() -> None:
    runs = [replace(RUN, id=f"{at:040}", params={"a": at / 7, "b": 1}, tags={}) for at in range(6_000)]
    known = Read(experiment(*runs), Chosen(["param:a", "run:title"]))
    assert [known.columns[key]["at"] for key in ("param:a", "param:b")] == [0, 1]
    assert known.columns["param:a"]["file"] == next(iter(known.files))
    sizes = [len(json.dumps(file)) for file in known.files.values()]
    assert 1 < len(sizes) < len(known.columns)
    assert all(size > FILE for size in sizes[:-1])
    assert all(re.fullmatch(r"columns/[0-9a-f]{16}\.js", path) for path in known.files)


def test_views_name_columns_by_their_keys() -> None:
    run = replace(RUN, params={"lr": 1, "loss": 1}, tags={"seed": "1"}, metrics={"loss": summary(1), "acc": summary(1)})
    view = View("fast", "acc>0.5", ("-acc", "started", "gone"), ("metric.loss", "loss", "acc.mean"), ("seed",), ("x",))
    assert views([view, View("all")], logged.keys(logged.of([run]))) == [
        {
            "name": "fast",
            "state": {
                "query": "acc>0.5",
                "sort": ["-metric:acc", "run:started"],
                "columns": ["metric:loss", "param:loss", "metric:acc.mean"],
                "group": ["tag:seed"],
                "charts": ["x"],
            },
        },
        {"name": "all", "state": {}},
    ]


def test_many_curves_lie_in_pieces_of_as_many_rows() -> None:
    count = 2 * CURVES + 5
    runs = [replace(RUN, id=str(at), metrics={"loss": summary(at, 0)} if at % 3 else {}) for at in range(count)]
    known = Read(experiment(*runs, metric="loss"), Chosen(["metric:loss", "run:spark"]))
    column = known.columns["run:spark"]
    pieces = [known.piece(one)["sparks"] for one in column["pieces"]]
    assert [len(piece) for piece in pieces] == [CURVES, CURVES, 5] and column["rows"] == CURVES
    assert [curve is None for curve in known.values("run:spark")] == [at % 3 == 0 for at in range(count)]
    assert "pieces" not in Read(experiment(*runs[:5], metric="loss")).columns["run:spark"]


def test_what_is_large_is_parsed_as_json_and_the_same() -> None:
    value = {"text": 'it\'s "so" \\ <b> & \u2028 ' * (LARGE // 20)}
    made = large_script("runs", encoded(value))
    assert made.startswith(b'runpages.put("runs",JSON.parse(\'') and put(made) == value
