"""What a notebook, or a terminal, shows of a run."""

from __future__ import annotations

import os
import sys
import threading
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runpages import Run, RunDetails, UserError
from runpages.notebook import widget
from tests.logger.conftest import Start, contents


class Output:
    """An output of a cell: what it has shown, the latest last, and what it will refuse to show with."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.texts: list[str] = []
        self.refuses: list[Exception] = []

    def update(self, page: Any) -> None:
        if self.refuses:
            raise self.refuses.pop(0)
        self.shown.append(page._repr_html_())
        self.texts.append(repr(page))


class Notebook(Output):
    """A kernel that notes what it is asked to display: the run, and the logs to choose from below it."""

    def __init__(self) -> None:
        super().__init__()
        self.logs = Output()

    def display(self, page: Any, *, display_id: bool) -> Output:
        output = self.logs if self.shown else self
        output.update(page)
        return output


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    kernel = Notebook()
    ipython: Any = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    display: Any = types.ModuleType("IPython.display")
    display.display = kernel.display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.setattr(widget, "EVERY", 0.02)
    return kernel


def wait_until(true: Callable[[], object]) -> None:
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def refreshing() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("runpages-show")]


def test_outside_of_a_notebook_a_text_is_printed_once(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(run.folder)
    RunDetails(run).show()
    assert capsys.readouterr().out == f"e, run 1, {run.id}: Running\n{run.get_portal_url()}\n"
    assert contents(run.folder) == before
    assert refreshing() == []


def test_a_shell_of_ipython_without_a_kernel_is_no_notebook(
    run: Run, notebook: Notebook, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: types.SimpleNamespace(), raising=False)
    RunDetails(run).show()
    assert notebook.shown == []
    assert run.id in capsys.readouterr().out


def test_a_notebook_shows_it_until_it_has_ended_and_once_more(
    run: Run, notebook: Notebook, capsys: pytest.CaptureFixture[str]
) -> None:
    run.log("mse", 0.25)
    RunDetails(run).show(render_lib=None)
    assert "0.25" in notebook.shown[0]
    assert "Running" in notebook.shown[0]
    assert "again every" in notebook.shown[0]
    wait_until(lambda: len(notebook.shown) > 2)
    run.log("mse", 0.125)
    wait_until(lambda: "image/svg" in notebook.shown[-1])
    run.complete()
    wait_until(lambda: not refreshing())
    assert "Completed" in notebook.shown[-1]
    assert "again every" not in notebook.shown[-1]
    assert (notebook.texts[0].endswith("Status: Running)"), notebook.texts[-1]) == (True, repr(run))
    assert capsys.readouterr().out == ""


def test_a_run_that_has_ended_is_shown_once(run: Run, notebook: Notebook) -> None:
    run.complete()
    RunDetails(run).show()
    assert refreshing() == []
    assert len(notebook.shown) == 1


def test_the_end_of_a_run_of_this_process_is_not_waited_for(
    run: Run, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(widget, "EVERY", 3600.0)
    RunDetails(run).show()
    run.complete()
    wait_until(lambda: not refreshing())
    assert len(notebook.shown) == 2


def test_the_first_look_comes_soon_and_the_later_ones_cost_little(
    run: Run, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(widget, "EVERY", 12.0)
    assert [widget.rest(looks, 0.05) for looks in (1, 2, 3, 100)] == [2.0, 12.0, 12.0, 12.0]
    assert widget.rest(2, 3.0) == 30.0
    waited: list[float] = []

    def wait(run: Run, seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 4:
            run.complete()

    monkeypatch.setattr(widget, "_pause", wait)
    monkeypatch.setattr(widget, "SHARE", 0)
    RunDetails(run).show()
    wait_until(lambda: not refreshing())
    assert waited == [2.0, 12.0, 12.0, 12.0]
    assert len(notebook.shown) == 5


def test_logs_to_choose_from_stay_as_they_are_until_one_of_them_changes(run: Run, notebook: Notebook) -> None:
    logs = Path(run.folder, "logs")
    logs.mkdir()
    for age, name in enumerate(("new.txt", "old.txt", "older.txt")):
        (logs / name).write_text(f"begin of {name}\n")
        os.utime(logs / name, (1e9 - age, 1e9 - age))
    RunDetails(run).show()
    assert "begin of new.txt" in notebook.shown[0]
    assert "begin of old.txt" not in notebook.shown[0]
    wait_until(lambda: len(notebook.shown) > 3)
    assert len(notebook.logs.shown) == 1
    (logs / "old.txt").write_text("more of old.txt\n")
    os.utime(logs / "old.txt", (1e9 - 1, 1e9 - 1))
    wait_until(lambda: len(notebook.logs.shown) > 1)
    assert "more of old.txt" in notebook.logs.shown[-1]
    assert "begin of older.txt" in notebook.logs.shown[-1]
    run.complete()


def test_four_errors_of_one_kind_in_a_row_end_it(run: Run, notebook: Notebook) -> None:
    RunDetails(run).show()
    notebook.refuses = [OSError("a"), OSError("b"), ValueError("c"), OSError("d"), OSError("e"), OSError("f")]
    notebook.refuses += [OSError("<b>gone</b>")]
    wait_until(lambda: not refreshing())
    assert notebook.refuses == []
    assert "after 4 errors: OSError: &lt;b&gt;gone&lt;/b&gt;" in notebook.shown[-1]
    assert notebook.shown[-1].startswith("<div")
    assert run.status == "Running"


def test_errors_that_pass_are_forgotten(run: Run, notebook: Notebook) -> None:
    RunDetails(run).show()
    for _ in range(3):
        count = len(notebook.shown)
        notebook.refuses = [OSError("for a moment")] * 2
        wait_until(lambda: not notebook.refuses and len(notebook.shown) > count + 1)  # noqa: B023
    assert refreshing() != []
    run.complete()
    wait_until(lambda: not refreshing())
    assert "Completed" in notebook.shown[-1]


def test_a_run_as_the_last_line_of_a_cell_is_shown_as_it_is(run: Run) -> None:
    run.log("mse", 0.25)
    assert "<th>Experiment</th>" in run._repr_html_()
    assert "0.25" in RunDetails(run)._repr_html_()
    assert refreshing() == []


def test_the_data_of_the_widget(run: Run) -> None:
    run.log("mse", 0.25)
    run.tag("k", "v")
    Path(run.folder, "logs").mkdir()
    Path(run.folder, "logs", "out.txt").write_text("one\n\x1b[32mtwo\x1b[0m\n")
    with run.child_run(name="fold") as child:
        child.log("mse", 1)
    data = RunDetails(run).get_widget_data()
    assert (data["status"], data["run_id"], data["run_metrics"]) == ("Running", run.id, {"mse": 0.25})
    properties = data["run_properties"]
    assert (properties["run_number"], properties["tags"], properties["end_time"]) == (1, {"k": "v"}, None)
    assert [(one["run_id"], one["name"], one["status"]) for one in data["child_runs"]] == [
        (child.id, "fold", "Completed")
    ]
    assert data["run_logs"] == "one\ntwo"


def test_a_run_that_is_there_is_shown_as_it_is(run: Run, here: Path) -> None:
    other = RunDetails(Run(run.experiment, run.id))
    assert other.get_widget_data()["status"] == "Running"
    run.complete()
    assert other.get_widget_data()["status"] == "Completed"
    assert repr(other).splitlines()[0].endswith(": Completed")


def test_a_folder_made_by_hand_is_shown_once(here: Path, start: Start, notebook: Notebook) -> None:
    folder = here / "runs" / "e" / "hand"
    folder.mkdir(parents=True)
    (folder / "metrics.csv").write_text("name,value\nloss,1\nloss,2\n")
    RunDetails(Run(start().experiment, "hand")).show()
    assert refreshing() == []
    assert "image/svg" in notebook.shown[0]


def test_what_is_no_run_is_not_shown() -> None:
    with pytest.raises(UserError, match=r"RunDetails shows a run, not a str; give one from start\(\) or resume\(\)"):
        RunDetails("20261130-090947-iipw2g")  # type: ignore[arg-type]
