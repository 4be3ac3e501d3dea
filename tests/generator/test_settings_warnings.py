"""Warnings of names in the settings that match nothing in the workspace, and of duplicate run ids."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from runpages.format.records import Problem
from runpages_site import logged
from runpages_site.build import Report
from runpages_site.model import ExperimentSummary, MetricSummary, RunSummary
from runpages_site.settings import ExperimentSettings, Hide, Settings, View
from runpages_site.settings.warnings import unknown_experiments, unknown_names
from tests.generator.conftest import MakeRun

METRIC = MetricSummary(1, 1.0, 1.0, 1.0, None, (0,))
RUN = RunSummary(
    "e/demo/r.html", "r", "r", None, None, False, None, None, None, None, None, None,
    {"model": {"lr": 1}}, {"machine": None}, {"val/loss": METRIC},
)  # fmt: skip


def unknown(of: ExperimentSummary, overrides: ExperimentSettings) -> list[Problem]:
    return unknown_names(of, logged.of(of.runs), overrides)


def experiment(*runs: RunSummary) -> ExperimentSummary:
    return ExperimentSummary("e/demo/index.html", "demo", None, None, {}, runs)


def told(problems: Sequence[Problem]) -> list[str]:
    assert all(problem.file == "runpages.yml" and not problem.damage for problem in problems)
    return [f"{problem.message}. {problem.action}." for problem in problems]


def test_what_is_there_is_no_remark() -> None:
    said = ExperimentSettings(metric="val/loss", goals={"val/loss": "min"}, columns=("model.lr", "val/loss", "machine"))
    assert told(unknown(experiment(RUN), said)) == []
    assert told(unknown(experiment(RUN), ExperimentSettings())) == []


def test_what_no_run_has_is_told_with_what_may_be_meant() -> None:
    said = ExperimentSettings(metric="val/los", goals={"val/los": "min", "zzz": "max"}, columns=("lr", "machin", "qqq"))
    assert told(unknown(experiment(RUN), said)) == [
        "No run of 'demo' shows a metric 'val/los'. Perhaps 'val/loss' is meant.",
        "No run of 'demo' shows a metric 'zzz'. Left out.",
        "No run of 'demo' shows a parameter, metric or tag 'lr'. Left out.",
        "No run of 'demo' shows a parameter, metric or tag 'machin'. Perhaps 'machine' is meant.",
        "No run of 'demo' shows a parameter, metric or tag 'qqq'. Left out.",
    ]


def test_names_in_views_and_tolerances_are_looked_up_too() -> None:
    views = (
        View("a", sort=("-val/loss.mean", "started"), columns=("param.model.lr", "gone")),
        View("a", group=("machin",)),
    )
    said = ExperimentSettings(tolerance={"val/los": 1.0}, pair_by="model.l", views=views)
    assert told(unknown(experiment(RUN), said)) == [
        "No run of 'demo' shows a metric 'val/los'. Perhaps 'val/loss' is meant.",
        "No run of 'demo' shows a parameter, metric or tag 'model.l'. Perhaps 'model.lr' is meant.",
        "No run of 'demo' shows a parameter, metric or tag 'gone'. Left out.",
        "No run of 'demo' shows a parameter, metric or tag 'machin'. Perhaps 'machine' is meant.",
        "'demo' has several views 'a'. All shown.",
    ]


def test_an_experiment_without_runs_is_no_remark() -> None:
    assert told(unknown(experiment(), ExperimentSettings(metric="x", columns=("y",)))) == []


def test_an_experiment_that_is_not_there_is_told_but_not_one_that_is_hidden() -> None:
    said = {name: ExperimentSettings() for name in ("demo", "dmeo", "old")}
    hidden = {"gone": ExperimentSettings(hidden=True)}
    settings = Settings(experiments=said | hidden, hide=Hide(experiments=("o*",)))
    assert told(unknown_experiments(settings, ["demo"])) == ["There is no experiment 'dmeo'. Perhaps 'demo' is meant."]
    assert told(unknown_experiments(settings, [])) == [
        "There is no experiment 'demo'. Left out.",
        "There is no experiment 'dmeo'. Left out.",
    ]


def test_of_many_copies_of_a_run_a_few_are_named(
    make_run: MakeRun, built: Callable[[], tuple[Path, Report]], workspace: Path
) -> None:
    first = make_run("20260101-000000-abcdef", name="first")
    for number in range(6):
        shutil.copytree(first, first.parent / f"copy-{number}")
    [problem] = built()[1].problems[str(workspace / "demo")]
    assert " as copy-1, copy-2, copy-3 and 3 more: a copy keeps" in problem.message


def test_a_run_that_was_copied_beside_itself_is_told_and_both_are_shown(
    make_run: MakeRun, built: Callable[[], tuple[Path, Report]], workspace: Path
) -> None:
    first = make_run("20260101-000000-abcdef", name="first")
    shutil.copytree(first, first.parent / "20260101-000000-abcdef (copy)")
    make_run("other", name="other")
    site, report = built()
    [problem] = report.problems[str(workspace / "demo")]
    assert (problem.file, problem.action, problem.damage) == (
        "20260101-000000-abcdef (copy)", "Both shown", False,
    )  # fmt: skip
    assert problem.message.startswith("It has the same id '20260101-000000-abcdef' as 20260101-000000-abcdef: a copy")
    assert report.runs == 3
    assert len(list((site / "e" / "demo").glob("2026*.html"))) == 2
    _, again = built()
    assert again.problems == report.problems
