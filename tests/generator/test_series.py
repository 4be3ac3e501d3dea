"""Metrics that are too many for rows on a run's page: one table, with its first rows and the way to the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from runpages.format.records import Declaration, Series
from runpages_site.build import Report
from runpages_site.page.series import MOST, metric_tables
from tests.generator.conftest import MakeRun
from tests.generator.test_page import record

Built = Callable[[], tuple[Path, Report]]
HEAD = "name,step,time,value,text\n"


def once(names: Iterable[str], step: int = 0) -> str:
    return "".join(f"{name},{step},1,{at},\n" for at, name in enumerate(names))


def series(name: str, *values: Any, **declared: Any) -> Series:
    return Series(name, [0.0] * len(values), [0.0] * len(values), list(values), Declaration(**declared))


def data(site: Path, name: str) -> dict[str, Any]:
    text = (site / f"e/demo/a/{name}.js").read_text()
    found: dict[str, Any] = json.loads(text[text.index("{") : text.rindex("}") + 1])
    return found


def test_few_values_have_a_row_each(make_run: MakeRun, built: Built) -> None:
    make_run("a", metrics=HEAD + once(f"v{at}" for at in range(MOST)))
    site, _ = built()
    page = (site / "e/demo/a.html").read_text()
    assert page.count('<tr data-name="v') == MOST
    assert "metrics-values" not in page
    assert not (site / "e/demo/a/values.js").exists()


def test_many_values_are_a_table_with_a_way_to_the_rest(make_run: MakeRun, built: Built) -> None:
    make_run("a", metrics=HEAD + once(f"v{at}" for at in range(3_000)) + "verdict,0,1,,fine\n")
    site, _ = built()
    page = (site / "e/demo/a.html").read_text()
    assert len(page) < 40_000
    assert page.count('<td class="value">v') == 100
    assert "100 of 3001 rows" in page
    (card,) = re.findall(r'<article [^>]*id="metrics-values".*?</article>', page, re.DOTALL)
    assert 'href="a/metrics.csv"' in card
    assert re.search(r'data-table="a/values\.js\?\w+', card)
    found = data(site, "values")
    assert (found["rows"], [one["name"] for one in found["columns"]]) == (3_001, ["Metric", "Value", "Value as text"])
    assert found["columns"][1]["values"].split(",")[:3] == ["0", "1", "2"]
    assert found["columns"][2]["words"] == ["fine"]


def test_every_curve_is_a_chart(make_run: MakeRun, built: Built, workspace: Path) -> None:
    (workspace / "runpages.yml").write_text("limits:\n  charts: 1\n")
    names = [f"c{at}" for at in range(MOST + 2)]
    make_run("a", metrics=HEAD + once(names) + once(names, 1))
    site, _ = built()
    page = (site / "e/demo/a.html").read_text()
    assert page.count('class="card metric"') == MOST + 2
    assert page.count("data-bare") == MOST + 1


def test_many_texts_and_lists_are_a_table() -> None:
    known = [series(f"t{at}", "a", "b") for at in range(60)]
    known += [series("empty", kind="list"), series("one more", 1, "c")]
    ((kind, table),) = metric_tables(record(series={one.name: one for one in known}), 60)
    assert (kind, table.columns) == ("texts", ["Metric", "Points", "Last as text"])
    assert [list(row.values()) for row in table.rows] == [["empty", 0], ["one more", "c", 2]]


def test_very_many_parameters_lead_to_the_document(make_run: MakeRun, built: Built) -> None:
    make_run("a", params={f"p{at}": at for at in range(20_000)})
    site, _ = built()
    page = (site / "e/demo/a.html").read_text()
    assert page.count("<dt>p") == 1_012
    assert "18,988 more in run.json, below" in page


def test_numbers_are_sorted_as_numbers_beside_what_is_none() -> None:
    known = [series(f"v{at}", at, unit="s") for at in range(MOST)]
    known += [series("nan", float("nan")), series("true", True), series("text", "x", description="said")]
    ((kind, table),) = metric_tables(record(series={one.name: one for one in known}), 60)
    assert (kind, table.columns) == ("values", ["Metric", "Value", "Unit", "Value as text", "Description"])
    assert [row.get("Value as text") for row in table.rows[-3:]] == [None, "true", "x"]
    assert {type(row.get("Value")) for row in table.rows} == {int, float, type(None)}
