"""A workspace, an experiment or a run comes back as plain values, and as data frames where pandas is installed."""

from __future__ import annotations

import json
import math
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runpages
from runpages import UserError
from tests.logger.conftest import Script, Start, contents


def by_hand(folder: Path, metrics: str = "name,step,value\nloss,0,0.5\nloss,1,0.25\n", **document: Any) -> Path:
    """A run that was made by no program."""
    folder.mkdir(parents=True)
    (folder / "metrics.csv").write_text(metrics, encoding="utf-8")
    if document:
        (folder / "run.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


@pytest.fixture
def workspace(start: Start, here: Path) -> Path:
    """Two experiments: `a` has the runs `first` and `second`, `b/c` has the run `third`."""
    with start(
        "a", name="first", params={"lr": 0.1, "net": {"depth": 2, "none": {}}}, tags={"t": "1", "bare": None}
    ) as run:
        run.log("loss", 0.5, timestamp=1767225601.123)
        run.log("loss", 0.25, timestamp=1767225602)
        run.log_row("rows", x=1)
    with start("a", name="second") as run:
        run.log("accuracy", 0.9)
    with start("b/c", name="third") as run:
        run.log("loss", 2)
    return here / "runs"  # fmt: skip


# --- what is read ------------------------------------------------------------------------------------------


def test_a_workspace_is_its_experiments_and_runs(workspace: Path) -> None:
    found = runpages.read(workspace)
    assert list(found.experiments) == ["a", "b/c"]
    assert {(run.experiment, run.name) for run in found.runs} == {("a", "first"), ("a", "second"), ("b/c", "third")}
    assert [run.id for run in found.runs[:2]] == sorted(run.id for run in found.runs if run.experiment == "a")
    assert [run.name for run in found.runs[2:]] == ["third"]
    assert found.hints == []
    assert repr(found) == f"Reading(path={str(workspace)!r}, runs=3)"


def test_the_folder_runs_is_read_by_default_and_any_spelling_of_a_path_is_taken(workspace: Path) -> None:
    for found in (runpages.read(), runpages.read("runs"), runpages.read("./runs/"), runpages.read(Path("runs"))):
        assert found.path == str(workspace)
        assert len(found.runs) == 3


def test_an_experiment_is_its_runs(workspace: Path) -> None:
    found = runpages.read(workspace / "b~2fc")
    assert list(found.experiments) == ["b/c"]
    assert [run.name for run in found.runs] == ["third"]


def test_a_run_is_itself(workspace: Path) -> None:
    first = runpages.read(workspace).run("first")
    found = runpages.read(first.folder)
    assert [run.id for run in found.runs] == [first.id]
    assert list(found.experiments) == ["a"]


def test_a_run_and_an_experiment_may_be_given_themselves(workspace: Path, start: Start) -> None:
    run = start("b/c")
    assert [one.id for one in runpages.read(run).runs] == [run.id]
    assert len(runpages.read(run.experiment).runs) == 2
    for wrong in (3, "a\0b"):
        with pytest.raises(UserError, match="path= must be a path, not"):
            runpages.read(wrong)  # type: ignore[arg-type]


def test_a_run_has_its_series_tables_params_and_tags(workspace: Path) -> None:
    run = runpages.read(workspace).run("first")
    assert run.series["loss"].values == [0.5, 0.25]
    assert run.series["loss"].steps == [0, 1]
    assert run.series["loss"].times == [1767225601.123, 1767225602]
    assert [(table.name, table.rows) for table in run.tables] == [("rows", [{"x": 1}])]
    assert run.params == {"lr": 0.1, "net": {"depth": 2, "none": {}}}
    assert run.tags == {"t": "1", "bare": None}
    assert (run.status, run.problems) == ("Completed", [])


def test_a_run_is_found_by_id_or_by_a_name_that_only_one_has(start: Start, workspace: Path) -> None:
    start("a", name="second").complete()
    found = runpages.read(workspace)
    third = found.run("third")
    assert found.run(third.id) is third
    with pytest.raises(UserError, match=r"no runs named 'fourth'"):
        found.run("fourth")
    with pytest.raises(UserError, match=r"2 runs named 'second'; give an id"):
        found.run("second")


def test_an_id_goes_before_a_name(start: Start, here: Path) -> None:
    one = start()
    start(name=one.id)
    assert runpages.read("runs").run(one.id).name is None


def test_what_was_read_is_kept_and_a_new_reading_sees_more(start: Start, workspace: Path) -> None:
    found = runpages.read(workspace)
    assert found.runs is found.runs
    start("a").complete()
    assert (len(found.runs), len(runpages.read(workspace).runs)) == (3, 4)


def test_a_run_that_goes_on_is_read_as_far_as_it_is(start: Start) -> None:
    run = start()
    run.log("x", 1)
    (found,) = runpages.read("runs").runs
    assert (found.status, found.series["x"].values) == ("Running", [1])


def test_reading_changes_nothing(workspace: Path) -> None:
    before = contents(workspace)
    found = runpages.read(workspace)
    assert found.runs and found.experiments
    found.to_pandas()
    found.table()
    assert contents(workspace) == before


def test_a_run_in_shell_is_read(here: Path) -> None:
    points = r"printf 'name,step,value\nloss,0,0.5\nloss,1,nan\n' > runs/demo/first/metrics.csv"
    subprocess.run(["sh", "-c", f"mkdir -p runs/demo/first && {points}"], check=True)
    for path in ("runs", "runs/demo", "runs/demo/first"):
        (run,) = runpages.read(path).runs
        assert (run.experiment, run.id, run.status, run.problems) == ("demo", "first", None, [])
        assert str(run.series["loss"].values) == "[0.5, nan]"
        assert runpages.read(path).run("first") == run
        assert list(runpages.read(path).experiments) == ["demo"]


def test_a_damaged_run_is_read_as_far_as_it_goes_and_tells_its_problems(workspace: Path) -> None:
    folder = Path(runpages.read(workspace).run("first").folder)
    (folder / "run.json").write_text("{broken")
    with (folder / "metrics.csv").open("a") as file:
        file.write("no point\nloss,2,1767225603.000,0.125,\n")
    found = runpages.read(workspace)
    run = found.run(folder.name)
    assert run.series["loss"].values == [0.5, 0.25, 0.125]
    assert run.damaged
    assert {problem.file for problem in run.problems} == {"run.json", "metrics.csv"}
    assert len(found.runs) == 3 and len(found.to_pandas()) == 5 and len(found.table()) == 3


def test_a_run_of_a_newer_format_is_told_and_the_others_are_read(workspace: Path) -> None:
    newer = by_hand(workspace / "a" / "newer", format=2, name="newer")
    for path, others in ((workspace, 3), (workspace / "a", 2), (newer, 0)):
        found = runpages.read(path)
        assert len(found.runs) == others
        assert len(found.hints) == 1
        assert str(newer) in found.hints[0] and "pip install -U runpages" in found.hints[0]
        assert len(found.table()) == others


def test_an_experiment_of_a_newer_format_has_its_runs(workspace: Path) -> None:
    (workspace / "a" / "experiment.json").write_text('{"format": 2, "name": "other"}')
    found = runpages.read(workspace)
    assert len(found.runs) == 3
    assert found.experiments["a"].problems


@pytest.mark.parametrize("extra", [[], [".hidden"], ["reports"], ["e"]])
def test_an_empty_workspace_is_read_as_empty(here: Path, extra: list[str]) -> None:
    for name in extra:
        (here / "runs" / name).mkdir(parents=True)
    (here / "runs").mkdir(exist_ok=True)
    found = runpages.read("runs")
    assert (found.runs, found.experiments, found.hints) == ([], {}, [])
    assert list(found.to_pandas().columns) == ["experiment", "run", "name", "step", "time", "value"]
    assert str(found.to_pandas()["time"].dtype) == "datetime64[us, UTC]"
    assert list(found.table().columns) == ["experiment", "run", "name", "status"]
    assert len(found.to_pandas()) == len(found.table()) == 0
    with pytest.raises(UserError, match="no runs named 'x'"):
        found.run("x")


def test_an_experiment_without_runs_is_there(workspace: Path) -> None:
    (workspace / "empty").mkdir()
    (workspace / "empty" / "experiment.json").write_text('{"name": "To do", "description": "Later."}')
    assert runpages.read(workspace).experiments["To do"].description == "Later."
    assert list(runpages.read(workspace / "empty").experiments) == ["To do"]


def test_experiments_of_one_name_are_all_there(workspace: Path) -> None:
    for name in ("x", "y"):
        by_hand(workspace / name / "run")
        (workspace / name / "experiment.json").write_text('{"name": "same"}')
    found = runpages.read(workspace)
    assert len(found.experiments) == 4
    assert {Path(one.folder).name for one in found.experiments.values()} == {"a", "b~2fc", "x", "y"}


@pytest.mark.parametrize("path", ["gone", "file", "gone/deeper"])
def test_where_is_nothing_to_read_is_told(here: Path, path: str) -> None:
    (here / "file").write_text("x")
    with pytest.raises(UserError, match=r"is not a folder; name a workspace, an experiment or a run"):
        runpages.read(path)


def test_a_folder_of_another_tool_is_not_read_as_an_empty_workspace(here: Path) -> None:
    (here / "mlruns" / "1" / "0123").mkdir(parents=True)
    (here / "runs" / ".runpages").mkdir(parents=True)
    assert runpages.read("mlruns").runs == runpages.read("runs").runs == []
    (here / "mlruns" / "1" / "meta.yaml").write_text("name: mine\n")
    (here / "runs" / "README.md").write_text("Later.\n")
    assert runpages.read("runs").runs == []
    sacred = here / "sacred" / "1"
    sacred.mkdir(parents=True)
    for name in ("run.json", "config.json", "cout.txt"):
        (sacred / name).write_text("{}")
    for path in ("mlruns", "sacred", "sacred/1"):
        with pytest.raises(UserError, match=f"has no run folders.*: runpages convert {path} runs"):
            runpages.read(path)


def test_runs_in_wrong_places_are_told_and_hide_no_others(workspace: Path) -> None:
    by_hand(workspace / "high")
    by_hand(workspace / "a" / "group" / "deep")
    found = runpages.read(workspace)
    assert len(found.runs) == 3
    assert list(found.experiments) == ["a", "b/c"]
    assert [hint.split(" looks ")[0] for hint in found.hints] == [
        str(workspace / "a" / "group" / "deep"),
        str(workspace / "high"),
    ]


def test_a_folder_of_runs_in_an_experiment_hides_none_of_its_own(workspace: Path) -> None:
    by_hand(workspace / "a" / "group" / "deep")
    assert {run.name for run in runpages.read(workspace / "a").runs} == {"first", "second"}


def test_a_run_that_holds_another_is_a_run(here: Path) -> None:
    outer = by_hand(here / "runs" / "e" / "outer")
    by_hand(outer / "artifacts" / "inner")
    for path in (here / "runs", here / "runs" / "e", outer):
        assert [run.id for run in runpages.read(path).runs] == ["outer"]


# --- data frames -------------------------------------------------------------------------------------------


def test_all_points_are_rows(workspace: Path) -> None:
    found = runpages.read(workspace)
    frame = found.to_pandas()
    assert list(frame.columns) == ["experiment", "run", "name", "step", "time", "value"]
    assert set(frame.drop(columns="time").itertuples(index=False, name=None)) == {
        ("a", found.run("first").id, "loss", 0, 0.5),
        ("a", found.run("first").id, "loss", 1, 0.25),
        ("a", found.run("second").id, "accuracy", 0, 0.9),
        ("b/c", found.run("third").id, "loss", 0, 2.0),
    }
    assert len(frame) == 4
    assert frame["time"].min() == pd.Timestamp(datetime(2026, 1, 1, 0, 0, 1, 123_000, UTC))
    types = {column: str(frame[column].dtype) for column in ("step", "time", "value")}
    assert types == {"step": "int64", "time": "datetime64[us, UTC]", "value": "float64"}


def test_a_frame_can_be_grouped_and_turned(workspace: Path) -> None:
    frame = runpages.read(workspace).to_pandas()
    assert frame.groupby(["experiment", "name"])["value"].min().to_dict() == {
        ("a", "accuracy"): 0.9,
        ("a", "loss"): 0.25,
        ("b/c", "loss"): 2.0,
    }
    assert frame[frame["name"] == "loss"].pivot(index="step", columns="run", values="value").shape == (2, 2)


def test_values_of_every_kind_are_in_a_frame(start: Start) -> None:
    run = start()
    values = [0.5, 3, "a string", "", None, True, math.nan, math.inf, 10**400]
    run.log_list("x", values)
    frame = runpages.read(run.folder).to_pandas()
    assert str(frame["value"].tolist()) == str(values)
    assert frame["value"].dtype == object


def test_numbers_alone_are_a_column_of_numbers(start: Start) -> None:
    run = start()
    run.log_list("x", [1, 0.5, math.nan, -math.inf, None])
    frame = runpages.read(run.folder).to_pandas()
    assert str(frame["value"].dtype) == "float64"
    assert str(frame["value"].tolist()) == "[1.0, 0.5, nan, -inf, nan]"


def test_points_without_a_time_or_of_an_impossible_one_have_none(here: Path) -> None:
    folder = by_hand(
        here / "e" / "r", "name,step,time,value\nx,0,,1\nx,1.5,1767225601.000,2\nx,1e300,1e300,3\nx,-1,-1e18,4\n"
    )
    frame = runpages.read(folder).to_pandas()
    assert frame["time"].isna().tolist() == [True, False, True, True]
    assert frame["step"].tolist() == [0, 1.5, 1e300, -1]
    assert frame["value"].tolist() == [1, 2, 3, 4]  # fmt: skip


def test_a_list_without_points_is_no_row(start: Start) -> None:
    run = start()
    run.log_list("x", [])
    assert len(runpages.read(run.folder).to_pandas()) == 0
    assert list(runpages.read(run.folder).table().columns) == ["experiment", "run", "name", "status"]


def test_each_run_is_a_row(workspace: Path) -> None:
    found = runpages.read(workspace)
    table = found.table()
    assert table["run"].tolist() == [run.id for run in found.runs]
    assert set(table["status"]) == {"Completed"}
    first, second, third = table.sort_values("name").to_dict("records")
    assert (first["params.lr"], first["params.net.depth"], first["params.net.none"]) == (0.1, 2, {})
    assert first["tags.t"] == "1"
    assert (first["loss"], second["accuracy"], third["loss"]) == (0.25, 0.9, 2)
    assert pd.isna(second["loss"]) and pd.isna(third["params.lr"])


def test_a_metric_never_takes_the_place_of_another_column(start: Start) -> None:
    run = start(name="r", params={"lr": 0.1})
    clashing = ["metrics.name", "name", "params.lr", "run", "status", "tags.t"]
    for name in ("loss", *clashing):
        run.log(name, 5)
    (row,) = runpages.read(run.folder).table().to_dict("records")
    assert (row["name"], row["run"], row["status"], row["params.lr"]) == ("r", run.id, "Running", 0.1)
    metrics = sorted(column for column, value in row.items() if value == 5)
    assert metrics == ["loss", *(f"metrics.{name}" for name in clashing)]


def test_where_pandas_is_missing_it_is_told_what_to_install(workspace: Path, script: Script) -> None:
    text = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "pandas":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
import runpages
found = runpages.read("runs")
print(len(found.runs), found.run("first").series["loss"].values)
for call in (found.to_pandas, found.table):
    try:
        call()
    except runpages.UserError as error:
        print(error)
"""
    told = "data frames need pandas, which is not installed: pip install pandas\n"
    assert script(text).stdout == "3 [0.5, 0.25]\n" + told * 2


def test_reading_loads_no_pandas(workspace: Path, script: Script) -> None:
    text = "import sys, runpages\nprint(len(runpages.read('runs').runs), 'pandas' in sys.modules)"
    assert script(text).stdout == "3 False\n"


def test_a_place_in_storage_is_to_be_built_first() -> None:
    with pytest.raises(UserError, match=r"s3://bucket/runs is in storage.*runpages build s3://bucket/runs -o site"):
        runpages.read("s3://bucket/runs")
