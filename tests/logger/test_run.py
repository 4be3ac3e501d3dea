"""What a run, an experiment and a workspace are, and how they come back."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pandas
import pytest

import runpages
from runpages import ConflictError, Experiment, Run, UserError, Workspace
from tests.logger.conftest import Start, contents, read, runs, the_run

# --- a run -------------------------------------------------------------------------------------------------


def test_a_run_is_running_before_anything_is_logged(run: Run) -> None:
    record = read(run.folder)
    assert (record.status, record.id, record.experiment) == ("Running", run.id, "e")
    assert Path(run.folder).name == run.id
    assert record.number == run.number == 1
    assert (record.started, record.ended) == (record.created, None)


def test_numbers_rise_within_an_experiment(start: Start) -> None:
    assert [start().number, start().number, start("other").number, start().number] == [1, 2, 1, 3]


def test_what_is_said_at_the_start_is_kept(start: Start) -> None:
    params = {"optim": {"lr": 0.1, "betas": (0.9, 0.99)}, "seed": 3, "fast": True, "note": None}
    run = start(name="first", params=params, tags={"k": 1, "bare": None}, description="Why **this**")
    record = read(run.folder)
    assert record.params == {"optim": {"lr": 0.1, "betas": [0.9, 0.99]}, "seed": 3, "fast": True, "note": None}
    assert record.tags == {"k": "1", "bare": None}
    assert (record.name, record.description) == ("first", "Why **this**")
    assert (run.name, run.params, run.tags) == (record.name, record.params, record.tags)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": 3}, "name"),
        ({"description": ["x"]}, "description"),
        ({"params": [1, 2]}, "params"),
        ({"tags": "x"}, "tags"),
        ({"capture": ("python", "secrets")}, "secrets"),
        ({"outputs": "../elsewhere"}, "elsewhere"),
    ],
)
def test_a_start_that_is_refused_leaves_nothing_behind(
    start: Start, here: Path, wrong: dict[str, Any], told: str
) -> None:
    with pytest.raises(UserError, match=told):
        start(**wrong)
    assert contents(here) == {}


def test_tags_are_set_and_replaced_one_by_one(run: Run) -> None:
    run.tag("alone")
    run.tag("number", 1)
    run.set_tags({"number": 2, "more": "x"})
    assert read(run.folder).tags == run.tags == {"alone": None, "number": "2", "more": "x"}


def test_params_are_added_and_replaced(run: Run) -> None:
    run.log_params({"a": 1, "deep": {"b": 2}})
    run.log_params({"a": 3})
    assert read(run.folder).params == run.params == {"a": 3, "deep": {"b": 2}}


def test_params_may_be_anything_with_names(run: Run) -> None:
    run.log_params(argparse.Namespace(lr=0.1))
    run.log_params(MappingProxyType({"seed": 1}))
    run.log_params(type("Config", (), {"depth": 2}))
    run.add_properties(SimpleNamespace(kind=Path))
    run.set_tags(MappingProxyType({"by": Path, "bare": None}))
    record = read(run.folder)
    assert record.params == {"lr": 0.1, "seed": 1, "depth": 2}
    assert record.tags == {"by": "pathlib.Path", "bare": None}
    assert record.properties["kind"] == "pathlib.Path"


def test_a_run_tells_what_it_is(run: Run) -> None:
    assert str(run) == f"Run(Experiment: e,\nId: {run.id},\nType: None,\nStatus: Running)"
    assert repr(run) == str(run)


def test_tags_may_be_set_after_the_end(run: Run) -> None:
    run.complete()
    run.tag("judged", "good")
    record = read(run.folder)
    assert (record.status, record.tags) == ("Completed", {"judged": "good"})


# --- what comes back ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calls", "shape"),
    [
        ([("log", 0.03)], 0.03),
        ([("log", 1), ("log", 2)], [1, 2]),
        ([("log_list", [1, 2])], [1, 2]),
        ([("log_list", [1])], 1),
        ([("log_list", [1]), ("log_list", [2])], [1, 2]),
        ([("log_list", [])], []),
        ([("log_row", {"x": 1, "y": 0.4})], {"x": 1, "y": 0.4}),
        ([("log_row", {"x": 1}), ("log_row", {"x": 2, "y": 3})], {"x": [1, 2], "y": [None, 3]}),
        ([("log_table", {"x": [1], "y": [2]})], {"x": 1, "y": 2}),
        ([("log_table", {"x": [1, 2]})], {"x": [1, 2]}),
        ([("log_table", {"x": [1]}), ("log_row", {"x": 2})], {"x": [1, 2]}),
        ([("log", "a"), ("log", 1), ("log", None)], ["a", 1, None]),
    ],
)
def test_each_kind_comes_back_in_its_shape(run: Run, calls: list[tuple[str, Any]], shape: Any) -> None:
    for call, value in calls:
        if call == "log_row":
            run.log_row("m", **value)
        else:
            getattr(run, call)("m", value)
    assert run.get_metrics() == {"m": shape}
    assert run.get_metrics("m") == {"m": shape}
    assert run.get_metrics("other") == {}


def test_of_a_name_with_several_kinds_the_numbers_come_back_and_that_is_told(run: Run) -> None:
    run.log_table("m", {"x": [1, 2]})
    run.log_confusion_matrix("m", [[1]])
    run.log("m", 0.5)
    run.log("other", 1)
    with pytest.warns(RuntimeWarning, match="'m': logged as several kinds"):
        assert run.get_metrics() == {"m": 0.5, "other": 1}


def test_charts_come_back_as_their_path(run: Run) -> None:
    run.log_confusion_matrix("c", {"matrix": [[1, 0], [0, 1]]})
    run.log_confusion_matrix("c", {"matrix": [[2, 0], [0, 2]]})
    assert run.get_metrics() == {"c": ["charts/c.jsonl", "charts/c.jsonl"]}
    assert run.get_file_names() == ["charts/c.jsonl"]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda run: run.log("m", [1, 2]), "log_list"),
        (lambda run: run.log("m", {"a": 1}), "log_row"),
        (lambda run: run.log("", 1), "name"),
        (lambda run: run.log(3, 1), "name"),
        (lambda run: run.log("m", 1, step=float("nan")), "step"),
        (lambda run: run.log("m", 1, step="x"), "'x'|step"),
        (lambda run: run.log("m", 1, timestamp="now"), "m"),
        (lambda run: run.log("m", 1, timestamp=datetime), "years 1000"),
        (lambda run: run.log("m", 1, timestamp=datetime.min), "years 1000"),
        (lambda run: run.log("m", 1, timestamp=1e300), "years 1000"),
        (lambda run: run.log("m"), "value is missing"),
        (lambda run: run.log("m", object()), "'m': an object cannot be logged"),
        (lambda run: run.log({"m": 1}, description="said"), "define"),
        (lambda run: run.log({"m": 1, "n": object()}), "'n'"),
        (lambda run: run.log_image("m", "nul\0.png"), "not a path"),
        (lambda run: run.log("m", object(), "a description"), "m"),
        (lambda run: run.log_list("m", [[1], [2]]), "m"),
        (lambda run: run.log_list("m", {"a": 1}), "log_table"),
        (lambda run: run.log_list("m", pandas.DataFrame({"a": [1]})), "a pandas.*DataFrame .* use log_table"),
        (lambda run: run.log_row("m", x=object()), "m"),
        (lambda run: run.log_table("m", {"x": [1, 2], "y": [1]}), "'x' has 2 .* 'y' has 1"),
        (lambda run: run.log_table("m", [1, 2]), "dictionary"),
        (lambda run: run.log_confusion_matrix("m", "no json"), "JSON"),
        (lambda run: run.log_residuals("m", 3), "dictionary"),
        (lambda run: run.define("m", goal="best"), "goal"),
        (lambda run: run.define("", unit="s"), "name"),
    ],
)
def test_a_refused_call_leaves_nothing_behind(run: Run, call: Any, told: str) -> None:
    before = contents(run.folder)
    with pytest.raises(UserError, match=told):
        call(run)
    assert contents(run.folder) == before


# --- experiments and workspaces ----------------------------------------------------------------------------


def test_the_workspace_is_the_root_then_the_variable_then_runs(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Workspace().root == str(here / "runs")
    monkeypatch.setenv("RUNPAGES_WORKSPACE", "elsewhere")
    assert Workspace().root == str(here / "elsewhere")
    assert Workspace(root="given").root == str(here / "given")
    assert list(here.iterdir()) == []


def test_names_of_a_cloud_workspace_are_labels(here: Path) -> None:
    workspace = Workspace(workspace_name="../lab", subscription_id="s", resource_group="g")
    assert (workspace.name, workspace.subscription_id, workspace.resource_group) == ("../lab", "s", "g")
    assert workspace.root == str(here / "runs")
    assert Workspace("s", "g", "lab").name == "lab"


def test_an_experiment_is_there_with_its_first_run(here: Path) -> None:
    workspace = Workspace()
    experiment = Experiment(workspace=workspace, name="a/b é")
    assert list(here.iterdir()) == []
    assert workspace.experiments == {}
    run = experiment.start_logging(outputs=False, capture=False)
    assert list(workspace.experiments) == ["a/b é"]
    assert the_run(here / "runs").experiment == "a/b é"
    run.complete()


@pytest.mark.parametrize("how", [{"workspace": 1}, {"workspace_object": "x"}])
def test_what_is_no_workspace_is_refused(how: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="workspace"):
        Experiment(name="e", **how)


@pytest.mark.parametrize("name", ["", None, 3, "x" * 256])
def test_an_experiment_needs_a_name(name: Any) -> None:
    with pytest.raises(UserError, match="name"):
        Experiment(Workspace(), name)


@pytest.mark.parametrize("name", ["reports", "con", "../up", ".hidden", "a b", "日本", "x" * 255, "A", "~41"])
def test_any_name_of_an_experiment_has_a_folder_of_its_own(here: Path, start: Start, name: str) -> None:
    run = start(name)
    assert Path(run.folder).parent.parent == here / "runs"
    assert read(run.folder).experiment == name
    assert list(Workspace().experiments) == [name]


def test_start_logging_is_there_under_both_names(here: Path) -> None:
    experiment = Experiment(workspace_object=Workspace(), name="e")
    runs_ = [
        Run.start_logging(experiment=experiment, outputs=False, capture=False, name="one"),
        experiment.start_logging(False, display_name="two", capture=False),
    ]
    assert [run.name for run in runs_] == ["one", "two"]
    for run in runs_:
        run.complete()
    assert len(runs(here / "runs")) == 2


def test_only_an_experiment_without_runs_is_removed(here: Path) -> None:
    workspace = Workspace()
    empty, full = Experiment(workspace, "empty"), Experiment(workspace, "full")
    empty.tag("k")
    run = full.start_logging(outputs=False, capture=False)
    with pytest.raises(ConflictError, match="still contains"):
        Experiment.delete(workspace, full.id)
    Experiment.delete(workspace, empty.id)
    for wrong in ("none", "empty", "..", "."):
        with pytest.raises(UserError, match="no experiment"):
            Experiment.delete(workspace, wrong)
    assert list(workspace.experiments) == ["full"]
    run.complete()


def test_what_only_a_cloud_has_says_so() -> None:
    workspace: Any = Workspace()
    with pytest.raises(AttributeError, match="compute_targets has no meaning on folders"):
        _ = workspace.compute_targets
    with pytest.raises(AttributeError, match=r"Workspace\.other is not there"):
        _ = workspace.other
    assert not hasattr(Workspace(), "datastores")


def test_str_of_an_experiment_and_a_workspace(here: Path) -> None:
    workspace = Workspace(workspace_name="lab")
    assert str(Experiment(workspace, "e")) == "Experiment(Name: e,\nWorkspace: lab)"
    assert str(workspace) == f"Workspace(name='lab', root='{here / 'runs'}')"


def test_the_page_of_a_run_has_an_address_before_there_is_a_site(run: Run, here: Path) -> None:
    assert run.get_portal_url() == (here / "site" / "e" / "e" / f"{run.id}.html").as_uri()
    state = here / "runs" / ".runpages"
    state.mkdir()
    (state / "site.json").write_text(json.dumps({"site": "../../public html", "base_url": None}))
    assert run.get_portal_url() == (here / "public html" / "e" / "e" / f"{run.id}.html").as_uri()
    (state / "site.json").write_text(json.dumps({"site": "../../public", "base_url": "https://lab.example/runs/"}))
    assert run.get_portal_url() == f"https://lab.example/runs/e/e/{run.id}.html"


def test_errors_have_their_text_as_message(run: Run) -> None:
    run.upload_file("x", Path(run.folder, "run.json"))
    with pytest.raises(ConflictError) as raised:
        run.upload_file("x", Path(run.folder, "run.json"))
    assert raised.value.message == str(raised.value)
    assert issubclass(runpages.StorageError, OSError)
