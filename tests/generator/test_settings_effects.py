"""Settings decide which runs are in the site, and what is shown of a run."""

from __future__ import annotations

from typing import Any

import pytest

from runpages.format.discovery import Found, RunFolder
from runpages.format.records import Chart, Declaration, Medium, Problem, RunRecord, Series, Table
from runpages_site.settings import ExperimentSettings, Hide, Limits, Settings, fingerprint
from runpages_site.settings.effects import (
    applied,
    experiment_settings,
    goal_of,
    is_experiment_hidden,
    is_hidden,
    main_goal,
    of_runs,
    visible_params,
    visible_runs,
    without_hidden,
)


def series(name: str, goal: str | None = None) -> Series:
    return Series(name, [0], [None], [1.0], Declaration(goal=goal, unit="s"))


def record(**known: Any) -> RunRecord:
    values: dict[str, Any] = dict.fromkeys(RunRecord._fields)
    values |= {"folder": "/runs/demo/r1", "experiment": "demo", "id": "r1", "owner": {}, "environment": {}}
    values |= {"tags": {}, "properties": {}, "params": {}, "series": {}, "document": {}}
    values |= {name: [] for name in ("tables", "charts", "images", "media", "artifacts", "logs", "problems")}
    return RunRecord(**values | known)


@pytest.mark.parametrize(
    ("patterns", "names", "hidden"),
    [
        ([], ["a"], False),
        (["a"], ["a"], True),
        (["a"], ["A"], False),
        (["x", "tmp-*"], ["tmp-1"], True),
        (["debug/*"], ["debug/a/b"], True),
        (["debug/*"], ["debug"], False),
        (["run?"], ["id", "run7"], True),
        (["*"], [None], False),
        (["[ab]"], ["[ab]"], False),
        (["[[]ab]"], ["[ab]"], True),
        (["a*"], ["a\nb"], True),
    ],
)
def test_a_name_is_hidden_by_a_pattern(patterns: list[str], names: list[str | None], hidden: bool) -> None:
    assert is_hidden(patterns, *names) is hidden


def test_hidden_experiments_and_runs_are_not_found() -> None:
    folders = [RunFolder(experiment, run, f"/{experiment}/{run}") for experiment in ("a", "b~20c", "d") for run in "xy"]
    found = Found(["a", "b~20c", "d", "tmp"], folders, ["a hint"])
    said = Settings(
        hide=Hide(experiments=("tmp*", "b c"), runs=("y",)), experiments={"d": ExperimentSettings(hidden=True)}
    )
    assert visible_runs(found, said) == Found(["a"], [RunFolder("a", "x", "/a/x")], ["a hint"])
    assert visible_runs(found, Settings()) == found


def test_an_experiment_is_known_by_each_of_its_names() -> None:
    said = Settings(experiments={"demo": ExperimentSettings(metric="x"), "folder": ExperimentSettings(hidden=True)})
    assert experiment_settings(said, None, "demo", "folder").metric == "x"
    assert experiment_settings(said, "other") == ExperimentSettings()
    assert is_experiment_hidden(said, "folder")
    assert not is_experiment_hidden(said, "demo")


def test_the_goal_of_a_metric() -> None:
    said = ExperimentSettings(metric="loss", goal="min", goals={"val.acc": "max", "speed/fps": "max"})
    assert goal_of(said, "val.acc", "min") == "max"
    assert goal_of(said, "speed/fps", None) == "max"
    assert goal_of(said, "loss", "max") == "min"
    assert goal_of(said, "other", "max") == "max"
    assert goal_of(said, "other", None) is None
    alone = ExperimentSettings(goal="min")
    assert goal_of(alone, "loss", None) is None
    assert main_goal(alone, "loss", "max") == "min"
    assert main_goal(ExperimentSettings(goal="min", goals={"loss": "max"}), "loss", None) == "max"
    assert main_goal(ExperimentSettings(), "loss", "max") == "max"


def test_hidden_parameters_are_hidden_with_what_is_in_them() -> None:
    params = {
        "lr": 1,
        "model": {"path": "p", "size": {"w": 1, "h": 2}},
        "data": {"path": "q"},
        "empty": {},
        "none": None,
    }
    assert visible_params((), params) == params
    assert visible_params(("*.path",), params) == {
        "lr": 1,
        "model": {"size": {"w": 1, "h": 2}},
        "empty": {},
        "none": None,
    }
    assert visible_params(("model.size",), params)["model"] == {"path": "p"}
    assert visible_params(("model", "l?"), params) == {"data": {"path": "q"}, "empty": {}, "none": None}
    assert visible_params(("model.size.?",), {"model.size.w": 1, "model": {"size": {"h": 2}}}) == {}


def test_a_run_is_shown_without_what_is_hidden() -> None:
    medium = Medium("debug/picture", 0, None, "images/x.png")
    run = record(
        tags={"machine": "m", "note": None},
        params={"lr": 0.1, "token": "t"},
        series={"loss": series("loss"), "debug/norm": series("debug/norm")},
        tables=[Table("debug/t", ["t"], [], []), Table("t", ["u"], [], [])],
        charts=[Chart("debug/c", "plotly", 0, None, {})],
        images=[medium, medium._replace(name="picture")],
        media=[medium],
        problems=[Problem("a", None, "b", "c")],
        document={"tags": {"machine": "m", "note": None}, "params": {"lr": 0.1, "token": "t"}, "id": "r1"},
    )
    hide = Hide(metrics=("debug/*",), params=("token",), tags=("machine",))
    left = applied(run, Settings(hide=hide))
    assert left.tags == {"note": None}
    assert left.params == {"lr": 0.1}
    assert left.document == {"tags": {"note": None}, "params": {"lr": 0.1}, "id": "r1"}
    assert list(left.series) == ["loss"]
    assert [[one.name for one in left.tables], left.charts, left.media] == [["t"], [], []]
    assert [one.name for one in left.images] == ["picture"]
    assert left.problems == run.problems
    assert run.document["params"] == {"lr": 0.1, "token": "t"}, "what was read is left as it is"
    assert applied(run, Settings(hide=Hide(runs=("x",)))) == run


@pytest.mark.parametrize("document", [{}, {"tags": "x", "params": [1]}, {"tags": None, "params": {}}])
def test_a_document_of_anything_is_borne(document: dict[str, Any]) -> None:
    assert applied(record(document=document), Settings(hide=Hide(params=("a",)))).document == document


def test_the_settings_say_what_is_better() -> None:
    said = {"demo": ExperimentSettings(metric="loss", goal="min", goals={"acc": "max"})}
    run = record(series={name: series(name, "max") for name in ("loss", "acc", "other")})
    left = applied(run, Settings(experiments=said))
    assert {name: one.declared.goal for name, one in left.series.items()} == {
        "loss": "min",
        "acc": "max",
        "other": "max",
    }
    assert left.series["loss"].declared.unit == "s"
    assert left.series["loss"].values is run.series["loss"].values
    assert applied(run, Settings(experiments={"other": said["demo"]})) == run
    assert applied(run, Settings(experiments={"other": said["demo"]}), "other") == left


def test_runs_depend_on_no_more_than_they_show() -> None:
    said = ExperimentSettings(metric="loss", goal="min", goals={"acc": "max"})
    whole = Settings(title="t", experiments={"demo": said, "other": ExperimentSettings()}, hide=Hide(params=("a",)))
    of = fingerprint(of_runs(whole, "demo"))
    same = [
        whole._replace(experiments={"demo": said}),
        whole._replace(experiments={"demo": said._replace(columns=("a",), description="d", hidden=True)}),
        whole._replace(description="d", sitemap=True, social_pictures="off"),
        whole._replace(hide=Hide(params=("a",), experiments=("y",))),
    ]
    assert {fingerprint(of_runs(one, "demo")) for one in same} == {of}
    other = [
        whole._replace(experiments={"demo": said._replace(goals={"acc": "min"})}),
        whole._replace(experiments={"demo": said._replace(goal="max")}),
        whole._replace(experiments={"demo": said._replace(metric="acc")}),
        whole._replace(limits=Limits(charts=1)),
        *(whole._replace(hide=Hide(**{part: ("a", "b")})) for part in ("metrics", "params", "tags", "runs")),
        whole._replace(title="u"),
        whole._replace(base_url="https://a"),
        whole._replace(social_pictures="runs"),
    ]
    assert len({of, *(fingerprint(of_runs(one, "demo")) for one in other)}) == len(other) + 1
    run = record(series={"loss": series("loss"), "acc": series("acc")}, params={"a": 1, "b": 2})
    assert applied(run, of_runs(whole, "demo")) == applied(run, whole)


def test_what_is_shown_keeps_its_order() -> None:
    assert list(without_hidden(("b*",), {"c": 1, "b": 2, "bb": 3, "a": 4})) == ["c", "a"]
