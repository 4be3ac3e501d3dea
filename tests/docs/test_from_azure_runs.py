"""What docs/how-to/from-azure.md says of runs in this process, row by row of its table."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

import runpages
from runpages.azureml import exceptions
from runpages.azureml.core import (
    Experiment,
    Run,
    Workspace,
)
from runpages.azureml.core.run import _OfflineRun
from runpages.azureml.widgets import RunDetails
from runpages.format.errors import ConflictError, UserError
from runpages.notebook import widget
from tests.docs.from_azure import experiment, here, row, run

__all__ = ["experiment", "here", "run"]


def process(text: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script in the working folder."""
    Path("script.py").write_text(text)
    environment = {**os.environ, **variables}
    return subprocess.run([sys.executable, "script.py"], capture_output=True, text=True, timeout=60, env=environment)


def latest(name: str = "ridge") -> Run:
    return next(iter(Experiment(Workspace(), name).get_runs()))


@row("`log`, `log_list`, `log_row`, `log_table`, `log_image`, confusion matrix, accuracy table, residuals, predictions")
def test_logging(run: Run) -> None:
    long = "loss / é " * 100
    run.log(long, 1)
    run.log_list("many", range(1000))
    run.log_row("wide", None, **{f"c{i}": i for i in range(40)})
    run.log_table("table", {f"c{i}": [i, i] for i in range(40)})
    matrix = {"schema_type": "confusion_matrix", "data": {"class_labels": ["a", "b"], "matrix": [[1, 0], [0, 1]]}}
    run.log_confusion_matrix("confusion", {**matrix, "schema_version": "v1"})
    bins = {"bin_edges": [0, 1, 2], "bin_counts": [3, 4]}
    run.log_residuals("residuals", {"schema_type": "residuals", "schema_version": "v1", "data": bins})
    averages = {"bin_averages": [0.5, 1.5], "bin_errors": [0.1, 0.1], **bins}
    run.log_predictions("predictions", {"schema_type": "predictions", "schema_version": "v1", "data": averages})
    table = [[[8, 2, 7, 1], [0, 9, 0, 9]]]
    thresholds = {"probability_tables": table, "percentile_tables": table, "class_labels": ["a"]}
    thresholds |= {"probability_thresholds": [0.0, 1.0], "percentile_thresholds": [0.0, 1.0]}
    run.log_accuracy_table("accuracy", {"schema_type": "accuracy_table", "schema_version": "v1", "data": thresholds})
    Path("p.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    run.log_image("picture", "p.svg")
    read = runpages.read(run.folder).runs[0]  # By another reader, without flush() and before the end.
    found = run.get_metrics()
    assert read.status == "Running" and len(found) == 9
    assert (found[long], len(found["many"]), len(found["wide"])) == (1, 1000, 40)
    assert found["table"]["c39"] == [39, 39]
    before = {path: path.stat().st_mtime_ns for path in Path(run.folder).rglob("*")}
    assert run.flush() is None  # type: ignore[func-returns-value]
    assert {path: path.stat().st_mtime_ns for path in Path(run.folder).rglob("*")} == before


@row("`get_metrics`")
def test_get_metrics(run: Run) -> None:
    Path("p.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    for value in (1, 0.5):
        run.log("mixed", value)
    run.log("once", 3)
    run.log_row("row", x=1, y=2)
    run.log_image("curve", "p.svg")
    assert run.get_metrics("curve") == {"curve": "images/curve/0.svg"}
    run.log_image("curve", "p.svg")
    found = run.get_metrics()
    assert found["curve"] == ["images/curve/0.svg", "images/curve/1.svg"]
    assert set(found["curve"]) <= set(run.get_file_names())
    assert found["mixed"] == [1, 0.5] and type(found["mixed"][0]) is int
    assert (found["once"], found["row"], run.get_metrics("none")) == (3, {"x": 1, "y": 2}, {})


@row("numbers of numpy, torch, `Decimal`")
def test_numbers(run: Run) -> None:
    class Tensor:
        """What torch's scalars offer."""

        shape = ()

        def item(self) -> float:
            return 0.5

    for name, value in {"int64": np.int64(3), "float32": np.float32(0.5), "decimal": Decimal("0.5")}.items():
        run.log(name, value)
    run.log("tensor", Tensor())
    assert run.get_metrics() == {"int64": 3, "float32": 0.5, "decimal": 0.5, "tensor": 0.5}
    with pytest.raises(UserError, match=r"'thing'.*object"):
        run.log("thing", object())
    assert "thing" not in run.get_metrics()


@row("`tag`, `set_tags`, `remove_tags`, `add_properties`, `description`, `display_name`")
def test_labels(run: Run) -> None:
    run.tag("a", "1")
    run.set_tags({"b": "2", "c": "3"})
    run.remove_tags(["c"])
    run.add_properties({"p": "1"})
    run.description, run.display_name = "prose", "first"
    again = Run(run.experiment, run.id)
    assert (again.get_tags(), again.get_properties()) == ({"a": "1", "b": "2"}, {"p": "1"})
    assert (again.description, again.display_name) == ("prose", "first")
    with pytest.raises(ConflictError):
        run.add_properties({"p": "2"})


@row("`upload_file`, `upload_files`, `upload_folder`, `download_file`, `download_files`, `get_file_names`")
def test_files(run: Run, here: Path) -> None:
    Path("folder").mkdir()
    Path("folder/x.txt").write_text("x")
    run.upload_file("a.txt", "folder/x.txt")
    run.upload_files(["b.txt", "c.txt"], ["folder/x.txt"] * 2)
    run.upload_folder("all", "folder")
    assert run.get_file_names() == ["a.txt", "all/x.txt", "b.txt", "c.txt"]
    with pytest.raises(ConflictError):
        run.upload_file("a.txt", "folder/x.txt")
    run.download_file("a.txt", "back.txt")
    run.download_files("all", "copies")
    assert Path("back.txt").read_text() == Path("copies/all/x.txt").read_text() == "x"


@row("`./outputs`")
@pytest.mark.parametrize("end", ["complete", "fail", "cancel"])
def test_outputs(experiment: Experiment, end: str) -> None:
    Path("outputs").mkdir()
    Path("outputs/old.txt").write_text("old")
    Path("outputs/changed.txt").write_text("old")
    run = experiment.start_logging(capture=False)
    for name in ("changed", "new", "uploaded"):
        Path(f"outputs/{name}.txt").write_text(f"{name} in the run")
    Path("other").write_text("other")
    run.upload_file("outputs/uploaded.txt", "other")
    getattr(run, end)()
    assert run.get_file_names() == [f"outputs/{name}.txt" for name in ("changed", "new", "uploaded")]
    run.download_file("outputs/uploaded.txt", "back")
    assert Path("back").read_text() == "other"


@row("`with run:`")
@pytest.mark.parametrize(
    ("error", "word"),
    [(None, "Completed"), (SystemExit(0), "Completed"), (KeyboardInterrupt(), "Canceled"), (OSError("x"), "Failed")],
)
def test_block(run: Run, error: BaseException | None, word: str) -> None:
    seen: BaseException | None = None
    try:
        with run:
            if error is not None:
                raise error  # noqa: TRY301 - the block is what is tested
    except BaseException as passed:
        seen = passed
    assert (seen, run.get_status()) == (error, word)


@row("the process ends without `complete()`")
@pytest.mark.parametrize(
    ("last", "word"),
    [
        ("", "Completed"),
        ("raise ValueError", "Failed"),
        (f"os.kill(os.getpid(), {signal.SIGTERM:d})", "Canceled"),
        (f"os.kill(os.getpid(), {signal.SIGKILL:d})", "NotResponding"),
    ],
)
def test_end_of_the_process(last: str, word: str) -> None:
    process(
        "import os\nfrom runpages.azureml.core import Experiment, Workspace\n"
        f"Experiment(Workspace(), 'ridge').start_logging(capture=False)\n{last}"
    )
    assert latest().get_status() == word


@row("`child_run`, `create_children`, `get_children`, `get_runs`, `Run.list`")
def test_children(run: Run, experiment: Experiment) -> None:
    with run.child_run("first") as child:
        assert child.parent is not None and child.parent.id == run.id
    made = run.create_children(120)
    assert [one.id for one in run.get_children()] == [child.id, *(one.id for one in made)]
    assert made[0].get_status() == "NotStarted"
    assert [one.id for one in experiment.get_runs()] == [one.id for one in Run.list(experiment)] == [run.id]
    assert len(list(experiment.get_runs(include_children=True))) == 122


@row("`Run.get_context()` without a run")
def test_offline(here: Path) -> None:
    done = process(
        "from runpages.azureml.core import Run\nfrom runpages.azureml.core.run import _OfflineRun\n"
        "run = Run.get_context()\nrun.log('mse', 0.25)\nwith run.child_run() as child: child.log('mse', 1)\n"
        "print(run.get_metrics(), isinstance(run, _OfflineRun), hasattr(run, 'experiment'), run.folder)"
    )
    printed, folder = done.stdout.strip().rsplit(" ", 1)
    assert printed == "{'mse': 0.25} True False"
    assert (done.stderr.count("\n"), Path(folder).exists(), Path("runs").exists()) == (2, False, False)
    with pytest.raises(exceptions.RunEnvironmentException):
        Run.get_context(allow_offline=False)
    assert issubclass(_OfflineRun, Run)


@row("`RunDetails(run).show()`")
def test_run_details(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    # That a thread shows it anew in a notebook is tested with a kernel, in tests/notebook.
    assert widget.EVERY == 12
    RunDetails(run).show()
    assert run.get_status() == "Running"
    assert capsys.readouterr().out == f"ridge, run 1, {run.id}: Running\n{run.get_portal_url()}\n"


@row("`get_portal_url()`")
def test_portal(run: Run) -> None:
    run.complete()
    page = Path(run.get_portal_url().removeprefix("file://"))
    assert not page.exists()
    subprocess.run([str(Path(sys.executable).with_name("runpages")), "build"], check=True, capture_output=True)
    assert run.id in page.read_text(encoding="utf-8")


@row("names of experiments")
def test_names_of_experiments(here: Path) -> None:
    for name in ("é / b: ok?", "x" * 255, "é " * 127):
        run = Experiment(Workspace(), name).start_logging(capture=False)
        assert Workspace().get_run(run.id).experiment.name == name
        run.complete()
    for wrong in ("", "x" * 256, None):
        with pytest.raises(UserError, match="1 to 255"):
            Experiment(Workspace(), wrong)
