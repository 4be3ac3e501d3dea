"""The table of an experiment's runs: its columns, as they are chosen and as they are named."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from runpages_site import logged
from runpages_site.model import ExperimentSummary, MetricSummary, RunSummary
from runpages_site.page import default_columns, experiment_page
from runpages_site.page.runs_table import ROWS, runs_table
from runpages_site.select import levels
from runpages_site.site import Script, Site
from runpages_site.theme import theme

THEME = theme.load()
DATA = {kind: Script(f"e/demo/{kind}.js", "0") for kind in ("runs", "columns")}
SITE = Site("lab", None, None, "1", THEME.bundle.names, THEME.layout.sections)


def metric(value: float | None, goal: str | None = None, text: str | None = None) -> MetricSummary:
    return MetricSummary(2, value, value, value, text, (0, 0), goal)


def run(name: str, **known: Any) -> RunSummary:
    values: dict[str, Any] = {
        "path": f"e/demo/{name}.html",
        "id": name,
        "title": name,
        "params": {"model": {"lr": 0.1 if name == "a" else 0.2}, "seed": 1},
        "tags": {"machine": "m<1>", "kept": None},
        "metrics": {"loss": metric(0.5 if name == "a" else 0.25, "min"), "acc": metric(0.75)},
        "damaged": False,
    }
    empty: dict[str, Any] = dict.fromkeys(
        ("number", "status", "created", "started", "ended", "last_write", "parent", "host")
    )
    return RunSummary(**empty | values | known)


def experiment(*runs: RunSummary, **known: Any) -> ExperimentSummary:
    values: dict[str, Any] = {"description": None, "readme": None, "tags": {}, "metric": "loss", "goal": "min"}
    return ExperimentSummary("e/demo/index.html", "demo", runs=runs, **values | known)


DEMO = experiment(run("a"), run("b"))


def page(of: ExperimentSummary = DEMO, **how: Any) -> str:
    rows = how.pop("rows", 1_000)
    return experiment_page(
        SITE, of, THEME.render, default_columns(of, logged.of(of.runs), limit=rows, **how), DATA, rows=rows
    ).html


def table(html: str) -> list[list[str]]:
    """The texts of the table's own columns, with those of their heads first."""
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[" ".join(unescape(re.sub(r"<[^>]*>", " ", cell)).split()) for cell in row[3:-2]] for row in cells]


def test_columns_are_chosen_where_none_are_named() -> None:
    assert table(page()) == [
        ["loss lowest", "Curve", "model.lr", "acc highest (assumed)"],
        ["0.50", "", "0.1", "0.75"],
        ["0.25", "", "0.2", "0.75"],
    ]


def test_named_columns_are_shown_in_their_order_and_no_others() -> None:
    html = page(names=["machine", "acc", "model.lr", "loss", "kept", "seed"])
    assert table(html) == [
        ["machine", "acc highest (assumed)", "model.lr", "loss lowest", "Curve", "kept", "seed"],
        ["m<1>", "0.75", "0.1", "0.50", "", "✓", "1"],
        ["m<1>", "0.75", "0.2", "0.25", "", "✓", "1"],
    ]
    assert "Columns:" not in html, "nothing that was asked for is left out"


def test_a_name_that_no_run_has_is_left_out() -> None:
    assert table(page(names=["gone", "seed", "seed"]))[0] == ["seed"]
    assert table(page(names=["gone"])) == [[], [], []]


def test_a_parameter_goes_before_a_metric_and_that_before_a_tag() -> None:
    one = run("a", params={"x": "p"}, tags={"x": "t", "loss": "t"})
    assert table(page(experiment(one), names=["x", "loss"]))[1] == ["p", "0.5", ""]


def test_the_example_of_a_query_is_of_these_runs() -> None:
    def shown(*args: Any) -> str:
        return unescape(re.findall(r'placeholder="([^"]*)" data-key', page(*args))[0])

    assert shown() == 'loss<0.38 model.lr:0.1 "text"'
    both = [run(at, params={"lr": at}, metrics={"loss": metric(3), "lr": metric(1)}, tags={"loss": "t"}) for at in "12"]
    assert shown(experiment(*both)) == 'metric.loss<3 param.lr:1 "text"'
    odd = [run(opt, params={"my lr": f"{opt} 1", "opt": opt}, metrics={"a b": metric(3)}) for opt in ("adam", "sgd")]
    assert shown(experiment(*odd, metric="a b")) == '"a b"<3 opt:adam "text"'
    assert shown(experiment(run("a", params={"long": "two words"}, metrics={}))) == 'status:failed "text"'


def test_what_a_run_lacks_is_a_dash() -> None:
    bare = run("b", params={}, tags={}, metrics={})
    rows = table(page(experiment(run("a"), bare), names=["seed", "machine", "acc", "loss"]))
    assert rows[2] == ["–", "–", "–", "–", ""]


def test_the_best_run_is_marked_where_a_goal_is_known() -> None:
    assert re.findall(r'<td class="n main bar best"[^>]*>([^<]*)', page(names=["loss"])) == ["0.25"]
    assert re.findall(
        r'<td class="n bar best"[^>]*>([^<]*)', page(experiment(*DEMO.runs, metric="acc"), names=["loss"])
    )
    assert 'loss lowest (assumed)"' in page(replace(DEMO, goal=None), names=["loss"])
    unknown = experiment(*(run(one, metrics={"norm": metric(1)}) for one in "ab"), metric="norm", goal=None)
    assert " best" not in page(unknown, names=["norm"])


def test_a_new_run_that_states_no_goal_takes_none_away() -> None:
    stated, bare = metric(1, "min"), metric(2)
    runs = [run("b", metrics={"norm": bare}), run("c", metrics={"norm": stated}), run("d", metrics={"norm": bare})]
    assert 'title="norm lowest"' in page(experiment(*runs, metric="loss"), names=["norm"])


def test_runs_with_the_same_best_value_are_all_marked() -> None:
    runs = [
        run(one, metrics={"loss": metric(value, "min")}) for one, value in zip("abc", (0.25, 0.5, 0.25), strict=True)
    ]
    failed = run("d", status="Failed", metrics={"loss": metric(0.25, "min")})
    found = re.findall(r'<td class="n main bar( best)?"', page(experiment(*runs, failed), names=["loss"]))
    assert found == [" best", "", " best", ""]


@pytest.mark.parametrize("state", ["Failed", "Canceled", "Running", "NotResponding"])
def test_only_finished_runs_compete_for_the_best(state: str) -> None:
    html = page(experiment(run("a"), run("b", status=state)), names=["loss"])
    assert re.findall(r'<td class="n main bar best"[^>]*>([^<]*)', html) == ["0.50"]


def test_without_a_finished_run_the_newest_value_is_no_best() -> None:
    html = page(experiment(run("a", status="Running"), run("b", status="Failed")))
    assert " best" not in html
    assert '<dt><bdi>loss</bdi> <span class="unit">last</span>' in html


def test_parameters_are_rounded_to_six_digits_with_all_of_them_in_the_tip() -> None:
    one, two = run("a", params={"p": 0.18245432644104032, "q": 1.5}), run("b", params={"p": 1e-05, "q": 123456789})
    html = page(experiment(one, two), names=["p", "q"])
    assert '<td class="n bar" title="0.18245432644104032">0.182454</td>' in html
    assert table(html)[1:] == [["0.182454", "1.5"], ["1e-05", "123456789"]]


def test_as_many_parameters_are_columns_as_there_is_room_for() -> None:
    runs = [run(name, params={f"parameter number {n}": f"{name}{n}" for n in range(8)}) for name in "ab"]
    html = page(experiment(*runs))
    assert "Columns: 5 of 8 parameters" in html


def test_other_metrics_take_the_room_that_parameters_leave() -> None:
    metrics = {"loss": metric(0.5, "min")} | {f"validation/accuracy of part {n}": metric(0.75) for n in range(6)}
    assert "Columns: 4 of 6 other metrics" in page(
        experiment(*(run(name, metrics=metrics, params={}) for name in "ab"))
    )
    params = {f"parameter number {n}": n for n in range(8)}
    wide = [run(name, metrics=metrics, params={at: f"{name}{n}" for at, n in params.items()}) for name in "ab"]
    assert "Columns: 5 of 8 parameters, 1 of 6 other metrics" in page(experiment(*wide))


def test_children_lie_below_their_parent_and_are_not_counted() -> None:
    child = run("c", parent="a", metrics={"acc": metric(0.875)})
    loop = [run("x", parent="y"), run("y", parent="x")]
    html = page(experiment(child, run("b"), run("a"), *loop))
    names = re.findall(r'<tr><td class="tick"></td><th scope="row" class="name s\d+([^"]*)">.*?<a [^>]*>(\w)</a>', html)
    assert names == [("", "b"), ("", "a"), (" below-1", "c"), ("", "x"), (" below-1", "y")]
    assert "<b>3</b> runs and 2 child runs</p>" in html


@pytest.mark.parametrize("params", [3, 14])
def test_a_page_of_many_runs_and_columns_is_small(params: int) -> None:
    chance = random.Random(params)
    many = experiment(*(of_sweep(number, params, chance) for number in range(600)))
    html = page(many, rows=ROWS)
    linked = re.findall(r'<(?:link rel="stylesheet"|script)[^>]* (?:href|src)="../../assets/([^"]*)"', html)
    files = THEME.bundle.files
    assert len(linked) == 6
    size = len(html.encode()) + sum(len(files[f"assets/{name}"]) for name in linked)
    assert size <= 100 * 1024
    shown = len(table(html)) - 1
    assert 18 <= shown <= ROWS
    assert f"{600 - shown} older runs" in html
    assert "--rows: 600" in html


def test_more_rows_than_usual_are_there_if_they_are_asked_for() -> None:
    chance = random.Random(0)
    many = experiment(*(of_sweep(number, 14, chance) for number in range(100)))
    assert len(table(page(many, rows=80))) == 1 + 80


def of_sweep(number: int, params: int, chance: random.Random) -> RunSummary:
    """A run with four metrics, whose numbers have all their digits."""
    values = [0.9**step + chance.gauss(0, 0.02) for step in range(32)]
    found = MetricSummary(32, values[-1], min(values), max(values), None, levels(values), mean=sum(values) / 32)
    return run(
        f"20251009-085320-{number:06d}",
        title=f'trial {number} & "seed {number % 7}"',
        number=number + 1,
        status="Completed",
        started=1.76e9 + number,
        ended=1.76e9 + number + chance.random() * 7200,
        params={f"param_{at:02}": [number % 5, chance.random(), "adam"][at % 3] for at in range(params)},
        metrics=dict.fromkeys(("loss", "val/accuracy", "train/loss", "speed"), found),
    )


def test_only_the_newest_runs_are_rows() -> None:
    html = page(experiment(*(run(f"r{number}") for number in range(5))), rows=2)
    assert len(table(html)) == 1 + 2
    older = html.partition('class="older-runs"')[2]
    assert re.findall(r'<li><a href="([^"]*)"', older) == ["r2.html", "r3.html", "r4.html"]
    assert "3 older runs" in html


@pytest.mark.parametrize("said", ["<b>\"&'", "\u202eevil\x1b", "</td><script>"])
def test_strangers_texts_are_texts_in_every_kind_of_cell(said: str) -> None:
    hostile = run(
        "a",
        title=said,
        host=said,
        params={said: said, "p": said},
        tags={"t": said},
        metrics={"loss": metric(None, "min", said), "acc": metric(None, None, said)},
    )
    for html in (
        page(experiment(hostile, run("b", host="x"))),
        page(experiment(hostile), names=[said, "p", "t", "acc"]),
    ):
        assert said not in html
        assert not re.search("[\u202e\x1b]|<script>|<b>&", html)


def test_a_row_has_a_cell_for_each_head() -> None:
    hosts = experiment(run("a", host="x"), run("b", host="y"))
    for names in ([], ["loss"], ["seed", "kept"]):
        made = runs_table(hosts, default_columns(hosts, logged.of(hosts.runs), names))
        assert {row.cells.count("<td") for row in made.rows} == {len(made.heads)}


def test_a_metric_may_be_shown_by_another_aggregate() -> None:
    runs = [run("a", metrics={"loss": replace(metric(1.0, "min"), mean=1.5, max=2.0)}), run("b")]
    heads = runs_table(
        experiment(*runs), default_columns(experiment(*runs), logged.of(runs), ["loss.mean", "loss.max"])
    ).heads
    assert [(head.name, head.label) for head in heads] == [("loss", "mean"), ("loss", "highest")]
    html = page(experiment(*runs), names=["loss.mean", "loss.best"])
    assert "1.5" in html and " best" in html


def test_of_very_many_runs_fewer_columns_are_shown_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [run(name, params={f"p{at}": name for at in range(5)}) for name in "ab"]
    everything = default_columns(experiment(*runs), logged.of(runs))
    assert "metric:acc" in everything.keys and everything.note == ""
    monkeypatch.setattr("runpages_site.page.runs_table.VALUES", 6)
    few = default_columns(experiment(*runs), logged.of(runs))
    assert [key for key in few.keys if key.startswith(("param", "metric"))] == [
        "metric:loss",
        "param:p0",
        "param:p1",
        "param:p2",
    ]
    assert few.note == "Columns: 3 of 5 parameters, 0 of 1 other metric"
